"""Contract B's year with its people: 郑 and 吴 of its vendor, 白 of another vendor's contract, 林 and 周 of the bureau."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from server.core import clock
from server.domain import deliverables, identity
from server.domain.contracts import Contract
from server.domain.deliverables import Delivery, Standing
from server.domain.identity import Actor, OrganisationKind, Role
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat


@contextmanager
def at(text: str) -> Iterator[None]:
    """A moment of Shanghai's wall clock: ``2025-08-04 09:00``."""
    moment = datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)
    with clock.replaying(moment):
        yield


@dataclass(frozen=True)
class Office:
    """Two contracts and the people around the first."""

    contract: Contract
    other: Contract
    zheng: Actor
    bai: Actor
    lin: Actor
    shen: Actor

    def duty(self, key: str, cycle_on: str) -> Standing:
        """How one duty stands now."""
        found = deliverables.standing(self.lin, self.contract.id)
        return next(each for each in found if (each.expected.key, each.expected.cycle_on) == (key, D(cycle_on)))

    def hand_in(self, key: str = "weekly", cycle_on: str = "2025-07-28", **values: Any) -> Delivery:
        """郑 hands in."""
        usual: dict[str, Any] = {"summary": "本期巡查正常，异常 2 件已处理。"}
        return deliverables.hand_in(
            self.zheng, contract_id=self.contract.id, key=key, cycle_on=D(cycle_on), **(usual | values)
        )

    def trail(self, action: str) -> list[identity.AuditEntry]:
        """What the trail holds of one action."""
        return citizens.entries(action)


@pytest.fixture
def office(session: Any) -> Iterator[Office]:
    with at("2025-07-07 09:00"):
        seeded_calendar((2025, 2026))
        contract, other = contract_b(), contract_a(starts_on=D("2025-03-04"), ends_on=D("2026-03-31"))
        elsewhere = people.organisation(OrganisationKind.VENDOR, "河畔云策信息技术有限公司")
        yield Office(
            contract,
            other,
            people.actor("zheng", contract_id=contract.id),
            people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=other.id, of=elsewhere),
            people.actor("lin"),
            people.actor("shen"),
        )
