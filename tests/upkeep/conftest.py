"""The people and the contracts of the room's tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from server.domain.contracts import Contract
from server.domain.identity import Actor, Role
from tests.factories import contracts, identity
from tests.factories.calendar import seeded_calendar


@dataclass(frozen=True)
class House:
    """A calendar, both contracts, the bureau's people, A's vendor and B's."""

    a: Contract
    b: Contract
    lin: Actor
    zhou: Actor
    shen: Actor
    zheng: Actor
    wu: Actor
    bai: Actor


@pytest.fixture
def house(session: Any) -> House:
    seeded_calendar()
    a, b = contracts.contract_a(), contracts.contract_b()
    return House(
        a=a,
        b=b,
        lin=identity.actor("lin"),
        zhou=identity.actor("zhou"),
        shen=identity.actor("shen"),
        zheng=identity.actor("zheng", contract_id=a.id),
        wu=identity.actor("wu", contract_id=a.id),
        bai=identity.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=b.id),
    )
