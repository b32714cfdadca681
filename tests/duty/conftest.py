"""A contract that owes duty around the clock, its vendor's people, and moments as Shanghai's clock shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from server.core import clock
from server.domain import duty
from server.domain.contracts import Contract
from server.domain.duty import Shift
from server.domain.identity import Actor, Role
from tests.factories import contracts, identity
from tests.factories.calendar import seeded_calendar


@dataclass(frozen=True)
class House:
    """Both contracts; A's manager and maintainer, B's manager, and the bureau."""

    a: Contract
    b: Contract
    wu: Actor
    zheng: Actor
    stranger: Actor
    lin: Actor
    zhou: Actor


def at(text: str) -> datetime:
    """A moment in Shanghai, as ``2026-11-02 08:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


def day(text: str) -> date:
    return date.fromisoformat(text)


def made() -> House:
    a, b = contracts.contract_a(), contracts.contract_b(ends_on=date(2027, 7, 6))
    return House(
        a=a,
        b=b,
        wu=identity.actor("wu", contract_id=a.id),
        zheng=identity.actor("zheng", contract_id=a.id),
        stranger=identity.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=b.id),
        lin=identity.actor("lin"),
        zhou=identity.actor("zhou"),
    )


@pytest.fixture
def house(session: Any) -> House:
    seeded_calendar()
    return made()


@pytest.fixture
def plan(house: House) -> Callable[..., Shift]:
    """Put somebody on A's roster, 郑一鸣 unless said otherwise."""

    def call(since: str, until: str, **values: Any) -> Shift:
        usual: dict[str, Any] = {"name": "郑一鸣", "contract_id": house.a.id}
        return duty.plan_shift(house.wu, **(usual | values), starts_at=at(since), ends_at=at(until))

    return call
