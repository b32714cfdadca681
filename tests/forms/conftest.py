"""The people and the contracts of the room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.factories.calendar import seeded_calendar
from tests.factories.records import at
from tests.records.conftest import House, made


@pytest.fixture
def house(session: Any) -> House:
    seeded_calendar()
    return made()


@pytest.fixture
def friday() -> Iterator[Any]:
    """2025-09-26, a Friday, ten in the morning."""
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as clock:
        yield clock
