"""What the dashboard shows of the desk: how much is late, due, waiting and new, and what is due next."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.identity import Actor, Permission
from server.domain.tickets.access import visible
from server.domain.tickets.models import Ticket, TicketClock
from server.domain.tickets.policy import policy
from server.domain.tickets.queries import Lateness, standing
from server.domain.tickets.vocabulary import ACTIVE, ClockKind, Scope, TicketState

NEXT = 8
COUNTING = tuple(scope for scope in Scope if scope.counts)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets stand how. ``today``: received since midnight in Shanghai, whatever became of them."""

    active: int = 0
    new: int = 0
    late: int = 0
    due_soon: int = 0
    waiting: int = 0
    unassigned: int = 0
    mine: int = 0
    today: int = 0
    resolved_today: int = 0


@dataclass(frozen=True, slots=True)
class NextDue:
    """A running clock and its ticket."""

    ticket: Ticket
    clock: TicketClock


@dataclass(frozen=True, slots=True)
class ContractCounts:
    """The same for one contract (None: tickets without one)."""

    contract_id: uuid.UUID | None
    active: int
    late: int
    due_soon: int


@dataclass(frozen=True, slots=True)
class Board:
    """The desk at a glance at one moment."""

    at: datetime
    counts: Counts
    next_due: Sequence[NextDue]
    contracts: Sequence[ContractCounts]


@dataclass(frozen=True, slots=True)
class Attainment:
    """Promises of a period: how many ended, how many of them in time."""

    kind: ClockKind
    ended: int
    kept: int


def board(actor: Actor, now: datetime | None = None) -> Board:
    """The dashboard's figures of what the actor may see. Needs ticket.view. Four queries, whatever the number."""
    actor.need(Permission.TICKET_VIEW)
    now = now or clock.now()
    soon = policy().due_soon_minutes
    return Board(now, _counts(actor, now, soon), _next_due(actor), _by_contract(actor, now, soon))


def attainment(actor: Actor, *, since: datetime, until: datetime) -> list[Attainment]:
    """How promises were kept for tickets received in a period: those met, or late by now. What lies outside the
    contract does not count (A29)."""
    actor.need(Permission.TICKET_VIEW)
    due, met = TicketClock.due_at, TicketClock.met_at
    kept = sa.case((met <= due, 1), else_=0)
    ended = sa.or_(met.is_not(None), due < clock.now())
    query = (
        sa.select(TicketClock.kind, sa.func.count(), sa.func.sum(kept))
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .where(*visible(actor), Ticket.received_at >= since, Ticket.received_at < until)
        .where(due.is_not(None), ended, Ticket.scope.in_(COUNTING), Ticket.state != TicketState.CANCELLED)
        # A merged matter counts once, by the ticket that remains.
        .where(Ticket.merged_into_id.is_(None))
        .group_by(TicketClock.kind)
    )
    return [Attainment(kind, int(total), int(good or 0)) for kind, total, good in session().execute(query)]


def daily(actor: Actor, *, days: int) -> list[tuple[str, int, int]]:
    """Received and resolved in each of the last days, oldest first: (ISO day, received, resolved)."""
    actor.need(Permission.TICKET_VIEW)
    first = clock.today() - timedelta(days=days - 1)
    found = {(first + timedelta(days=number)).isoformat(): [0, 0] for number in range(days)}
    for place, column in enumerate((Ticket.received_at, Ticket.resolved_at)):
        query = sa.select(column).where(*visible(actor), column >= clock.start_of(first))
        for at in session().scalars(query):
            day = clock.local_day(at).isoformat() if at is not None else ""
            if day in found:
                found[day][place] += 1
    return [(day, received, resolved) for day, (received, resolved) in found.items()]


def _counts(actor: Actor, now: datetime, soon: int) -> Counts:
    """One statement: the open tickets are gone through once, the day's two figures have indexes of their own."""
    active = Ticket.state.in_(ACTIVE)
    midnight = clock.start_of(clock.local_day(now))
    asked: dict[str, sa.ColumnElement[bool]] = {
        "active": active,
        "new": Ticket.state == TicketState.NEW,
        "late": standing(Lateness.LATE, now, soon),
        "due_soon": standing(Lateness.DUE, now, soon),
        "waiting": Ticket.state == TicketState.WAITING,
        "unassigned": Ticket.assignee_id.is_(None),
        "mine": Ticket.assignee_id == actor.id,
    }
    sums = [sa.func.sum(sa.case((clause, 1), else_=0)).label(name) for name, clause in asked.items()]
    days = [
        _since(actor, Ticket.received_at, midnight, "today"),
        _since(actor, Ticket.resolved_at, midnight, "resolved_today"),
    ]
    row = session().execute(sa.select(*sums, *days).where(*visible(actor), active)).one()
    return Counts(**{name: int(value or 0) for name, value in row._mapping.items()})


def _since(actor: Actor, moment: Any, midnight: datetime, name: str) -> sa.Label[int]:
    counted = sa.select(sa.func.count()).select_from(Ticket).where(*visible(actor), moment >= midnight)
    return counted.correlate(None).scalar_subquery().label(name)


def _next_due(actor: Actor) -> list[NextDue]:
    query = (
        sa.select(Ticket, TicketClock)
        .join(TicketClock, TicketClock.ticket_id == Ticket.id)
        .where(*visible(actor), Ticket.state.in_(ACTIVE))
        .where(TicketClock.met_at.is_(None), TicketClock.due_at.is_not(None))
        .order_by(TicketClock.due_at, Ticket.id)
        .limit(NEXT)
    )
    return [NextDue(ticket, running) for ticket, running in session().execute(query)]


def _by_contract(actor: Actor, now: datetime, soon: int) -> list[ContractCounts]:
    late = sa.func.sum(sa.case((standing(Lateness.LATE, now, soon), 1), else_=0))
    due = sa.func.sum(sa.case((standing(Lateness.DUE, now, soon), 1), else_=0))
    query: sa.Select[Any] = (
        sa.select(Ticket.contract_id, sa.func.count(Ticket.id), late, due)
        .where(*visible(actor), Ticket.state.in_(ACTIVE))
        .group_by(Ticket.contract_id)
    )
    rows = [
        ContractCounts(key, int(count), int(late_ones or 0), int(due_ones or 0))
        for key, count, late_ones, due_ones in session().execute(query)
    ]
    return sorted(rows, key=lambda each: (-each.late, -each.due_soon, -each.active, str(each.contract_id)))
