"""The people and the contracts of the room's tests."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from tests.factories.calendar import seeded_calendar
from tests.factories.records import at
from tests.records.conftest import House, made

__all__ = ["House"]


@pytest.fixture
def friday(session: Any) -> Any:
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as moved:
        seeded_calendar()
        yield moved


@pytest.fixture
def house(friday: Any) -> House:
    return made()
