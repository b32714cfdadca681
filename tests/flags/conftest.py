"""Flags' people: the vendor of the mini program edits, another vendor sees nothing, the bureau approves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from server.domain.identity import Actor, OrganisationKind, Role
from tests.factories import contracts as contract_factory
from tests.factories import identity as people

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cast:
    """郑 and 吴 keep the mini program, 白 another system; 周 approves, 林 looks, 陈 manages keys."""

    zheng: Actor
    wu: Actor
    bai: Actor
    zhou: Actor
    lin: Actor
    chen: Actor


@pytest.fixture
def clock() -> Iterator[Any]:
    """Friday, 20 November 2026, 9:00 in Shanghai; stands still until moved."""
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def make_cast() -> Cast:
    """Two contracts in force, and the people."""
    own, other = (
        contract_factory.contract_a(),
        contract_factory.contract_b(ends_on=datetime(2027, 7, 6, tzinfo=UTC).date()),
    )
    elsewhere = people.organisation(OrganisationKind.VENDOR, "明渠数据服务有限公司")
    return Cast(
        zheng=people.actor("zheng", contract_id=own.id),
        wu=people.actor("wu", contract_id=own.id),
        bai=people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=other.id, of=elsewhere),
        zhou=people.actor("zhou"),
        lin=people.actor("lin"),
        chen=people.actor("chen"),
    )


@pytest.fixture
def cast(clock: Any, session: Any) -> Cast:
    return make_cast()
