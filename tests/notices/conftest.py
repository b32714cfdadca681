"""A simulated WeChat, our gateway pointed at it, and one citizen with a template."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from server.app import Service
from tests.support import outbox
from tests.support.wechat import Control, running_simulator

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Control]:
    with running_simulator(start_at=NOW.timestamp(), sent_events=False) as control:
        yield control


@pytest.fixture
def sim(simulator: Control) -> Control:
    """A simulator as at its start."""
    simulator.reset()
    return simulator


@pytest.fixture
def clock() -> Iterator[Any]:
    """Friday, 20 November 2026, 9:00 in Shanghai; stands still."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def person(sim: Control, clock: Any, app: Service, session: Any) -> outbox.Person:
    outbox.point_at(sim)
    outbox.set_template()
    return outbox.Person.signed_in(sim)
