"""The desk in a browser: two vendors' contracts, their people, and one browser for whoever sits down at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from server.core.db import session as unit_session
from server.domain import identity, tickets
from server.domain.contracts import Contract
from server.domain.identity import Actor, Officer, OrganisationKind, Role
from server.domain.tickets import Ticket
from tests.factories import citizens, contracts
from tests.factories import identity as people
from tests.factories import tickets as desk_factory
from tests.factories.calendar import seeded_calendar


@dataclass(frozen=True)
class Desk:
    """Two contracts; 林 and 周 of the bureau, 郑 and 吴 under the first contract, 白 (bai) under the second."""

    client: FlaskClient
    ours: Contract
    theirs: Contract
    officers: dict[str, Officer]

    def sit(self, login: str, *, stepped_up: bool = True) -> FlaskClient:
        """The browser, with this person signed in."""
        return people.signed_in(self.client, self.officers[login], stepped_up=stepped_up)

    def actor(self, login: str) -> Actor:
        """The same person for verbs."""
        return people.actor(login)

    def ticket(self, **values: Any) -> Ticket:
        """老王 reports a bug under the first contract."""
        usual: dict[str, Any] = {"actor": citizens.actor("wang"), "contract": self.ours}
        return desk_factory.ticket(**(usual | values))

    def reread(self, ticket: Ticket) -> Ticket:
        """The ticket as it stands after a request."""
        found = unit_session().get(Ticket, ticket.id, populate_existing=True)
        assert found is not None
        return found

    def log(self, ticket: Ticket) -> list[tickets.TicketEvent]:
        """The ticket's events, oldest first."""
        query = sa.select(tickets.TicketEvent).where(tickets.TicketEvent.ticket_id == ticket.id)
        return list(unit_session().scalars(query.order_by(tickets.TicketEvent.seq)))

    def trail(self, action: str) -> list[identity.AuditEntry]:
        """The trail's entries of one action."""
        return citizens.entries(action)


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return _desk(client, contracts.contract_a(), contracts.contract_a())


@pytest.fixture
def mini_program_desk(client: FlaskClient) -> Desk:
    """The same, where only the first contract keeps the mini program: flags are its vendor's, and not 白's."""
    return _desk(client, contracts.contract_a(), contracts.contract_b(ends_on=date(2027, 7, 6)))


def _desk(client: FlaskClient, ours: Contract, theirs: Contract) -> Desk:
    seeded_calendar()
    other = people.organisation(OrganisationKind.VENDOR, "明渠数据服务有限公司")
    made = {login: people.officer(login) for login in ("lin", "zhou", "shen", "chen")}
    made |= {login: people.officer(login, contract_id=ours.id) for login in ("zheng", "wu")}
    made["bai"] = people.officer("bai", name="白露", roles=[Role.VENDOR_MANAGER], contract_id=theirs.id, of=other)
    return Desk(client, ours, theirs, made)


def step(browser: FlaskClient, ticket: Ticket, name: str, **data: Any) -> Any:
    """The form of a step, filled in and sent; decided on the newest version unless another is given."""
    found = unit_session().get(Ticket, ticket.id, populate_existing=True)
    assert found is not None
    version = data.pop("version", found.version)
    return browser.post(f"/admin/tickets/{ticket.id}/{name}", data={"version": version, **data})
