"""Two contracts with their vendors' people and the bureau's, on the calendar of 2025 and 2026."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session as unit
from server.domain.agenda import Alert, AlertState
from server.domain.contracts import Contract
from server.domain.identity import Actor, OrganisationKind, Role
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat


@contextmanager
def at(text: str) -> Iterator[None]:
    """A moment of Shanghai's wall clock: ``2025-08-04 09:00``."""
    with clock.replaying(datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)):
        yield


@dataclass(frozen=True)
class Office:
    """郑 and 吴 work under contract B, 白 under contract A; 林 and 周 are the bureau's, 沈 audits, 陈 keeps the system."""

    ours: Contract
    theirs: Contract

    def actor(self, login: str) -> Actor:
        """One of them."""
        return people.actor(login)

    def alerts(self, state: AlertState | None = AlertState.STANDING) -> list[Alert]:
        """The alerts in the database, by due day."""
        query = sa.select(Alert).order_by(Alert.due_on, Alert.object_id, Alert.kind)
        if state is not None:
            query = query.where(Alert.state == state)
        return list(unit().scalars(query))


@pytest.fixture
def office(session: Any) -> Iterator[Office]:
    with at("2025-07-07 09:00"):
        seeded_calendar((2025, 2026))
        ours, theirs = contract_b(), contract_a(ends_on=D("2026-03-31"))
        elsewhere = people.organisation(OrganisationKind.VENDOR, "河畔云策信息技术有限公司")
        for login in ("lin", "zhou", "shen", "chen"):
            people.officer(login)
        for login in ("zheng", "wu"):
            people.officer(login, contract_id=ours.id)
        people.officer("bai", roles=[Role.VENDOR_MANAGER], contract_id=theirs.id, of=elsewhere)
        yield Office(ours, theirs)
