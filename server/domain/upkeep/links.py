"""What an entry hangs on: tickets, releases, articles, inspections of the same contract; and who was designated that day."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.serials import next_number, prepare
from server.domain import knowledge, releases, staffing, tickets
from server.domain.identity import Actor
from server.domain.tickets import EventKind, Ticket, TicketEvent
from server.domain.upkeep import access
from server.domain.upkeep.inspection_models import Inspection

SERIES = ("WH", "ZD", "XC", "XJ", "YA", "YL")


def numbered(series: str) -> str:
    """The next spoken number of a series, of this year."""
    year = clock.today().year
    return f"{series}-{year}-{next_number(series, year):04d}"


def prepare_numbers() -> None:
    """Make this year's and the next year's numbers of every series ready."""
    year = clock.today().year
    for series in SERIES:
        prepare(series, year)
        prepare(series, year + 1)


def ticket_for(actor: Actor, ticket_id: uuid.UUID | None, contract_id: uuid.UUID) -> Ticket | None:
    """The ticket that an entry belongs to: of the same contract and visible to the actor, or Invalid."""
    if ticket_id is None:
        return None
    found = tickets.find(actor, ticket_id)
    if found.contract_id != contract_id:
        raise Invalid(fields={"ticket_id": ["该工单不属于所选合同。"]})
    return found


def release_for(actor: Actor, release_id: uuid.UUID | None, contract_id: uuid.UUID) -> None:
    """Invalid unless the release is of the same contract; NotFound if it is not the actor's to see."""
    if release_id is not None and releases.find(actor, release_id).contract_id != contract_id:
        raise Invalid(fields={"release_id": ["该版本不属于所选合同。"]})


def article_for(actor: Actor, article_id: uuid.UUID | None) -> None:
    """NotFound unless the article is one that the actor may read."""
    if article_id is not None:
        knowledge.find(actor, article_id)


def inspection_for(actor: Actor, inspection_id: uuid.UUID | None, contract_id: uuid.UUID) -> None:
    """Invalid unless the inspection is of the same contract; NotFound if it is not the actor's to see."""
    if inspection_id is not None and access.find(actor, Inspection, inspection_id).contract_id != contract_id:
        raise Invalid(fields={"inspection_id": ["该巡检不属于所选合同。"]})


def designated(contract_id: uuid.UUID, name: str, day: date) -> bool | None:
    """Whether somebody was on the contract's roster that day; None where no roster is kept. It warns and blocks nothing."""
    there = staffing.staff_on(contract_id, day)
    return any(each.name == name for each in there) if there else None


@dataclass(frozen=True, slots=True)
class Presence:
    """Going and being there as a ticket's log has it; ``signed_by``: who of the bureau vouched for the arrival.

    ``consented_at``, ``consented_by``: the bureau's word that the repair may begin (A11).
    """

    dispatched_at: datetime | None
    arrived_at: datetime | None
    signed_by: str
    consented_at: datetime | None = None
    consented_by: str = ""


def presence_of(ticket_id: uuid.UUID) -> Presence:
    """The on-site moments of a ticket that the caller found visible: the bureau's word outweighs the vendor's (A21)."""
    kinds = (EventKind.DISPATCHED, EventKind.ARRIVED, EventKind.ARRIVAL_SIGNED, EventKind.CONSENTED)
    query = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket_id, TicketEvent.kind.in_(kinds))
    last = {event.kind: event for event in session().scalars(query.order_by(TicketEvent.seq))}
    signed = last.get(EventKind.ARRIVAL_SIGNED)
    arrived = signed or last.get(EventKind.ARRIVED)
    sent = last.get(EventKind.DISPATCHED)
    agreed = last.get(EventKind.CONSENTED)
    return Presence(
        sent.at if sent else None,
        arrived.at if arrived else None,
        signed.actor_name if signed else "",
        agreed.at if agreed else None,
        agreed.actor_name if agreed else "",
    )
