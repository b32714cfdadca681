"""Clocks kept beside the log: settled after each step, and computed again when the calendar or a contract changes."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core.db import session
from server.core.ids import new_id
from server.domain import calendar, contracts, identity
from server.domain.calendar import WorkCalendar
from server.domain.contracts import Terms
from server.domain.identity import Actor
from server.domain.tickets import sla
from server.domain.tickets.models import Ticket, TicketClock, TicketEvent
from server.domain.tickets.sla import MOVES_CLOCKS, Reading
from server.domain.tickets.vocabulary import ENDED, ClockKind

BATCH = 200
NAMED = 50


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A deadline that a recomputation moved (None: there is or was none)."""

    ticket_id: uuid.UUID
    number: str
    kind: ClockKind
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What one batch moved, and after which ticket the next batch begins; None: all done."""

    moved: tuple[MovedClock, ...]
    next_after: uuid.UUID | None


def terms_for(contract_id: uuid.UUID | None) -> Terms | None:
    """The contract's terms as they stand now; None without a contract."""
    return None if contract_id is None else contracts.terms_of(contract_id)


def settle(ticket: Ticket) -> None:
    """Derive a ticket's clocks from its log again and keep them."""
    kept = {row.kind: row for row in clocks_of([ticket.id])[ticket.id]}
    log = logs_of([ticket.id])[ticket.id]
    _keep(ticket.id, sla.derive(log, terms_for(ticket.contract_id), calendar.load()), kept)


def begin(ticket: Ticket, opened: TicketEvent, terms: Terms | None, works: WorkCalendar) -> None:
    """A new ticket's clocks, from its first line; terms and calendar were read before its number was taken."""
    _keep(ticket.id, sla.derive([opened], terms, works), {})


def clocks_of(ticket_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[TicketClock]]:
    """The clocks of some tickets, in one query; response first."""
    wanted = list(ticket_ids)
    found: dict[uuid.UUID, list[TicketClock]] = {ticket_id: [] for ticket_id in wanted}
    query = sa.select(TicketClock).where(TicketClock.ticket_id.in_(wanted)).order_by(TicketClock.kind.desc())
    for row in session().scalars(query):
        found[row.ticket_id].append(row)
    return found


def logs_of(ticket_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[TicketEvent]]:
    """The lines that move clocks, by ticket, oldest first."""
    query = (
        sa.select(TicketEvent)
        .where(TicketEvent.ticket_id.in_(list(ticket_ids)), TicketEvent.kind.in_(MOVES_CLOCKS))
        .order_by(TicketEvent.ticket_id, TicketEvent.seq)
    )
    found: dict[uuid.UUID, list[TicketEvent]] = defaultdict(list)
    for event in session().scalars(query):
        found[event.ticket_id].append(event)
    return found


def recompute_clocks(
    actor: Actor, *, reason: str, contract_id: uuid.UUID | None = None, after: uuid.UUID | None = None
) -> Recomputed:
    """Derive the clocks of one batch of tickets again, and say which deadlines moved.

    Taken are tickets that have not ended, and ended ones whose deadline was an estimate or could not be computed.
    The caller goes on with ``next_after``, one unit of work a batch.
    """
    tickets = list(session().scalars(_unsettled(contract_id, after)))
    works = calendar.load()
    moved = _derived_again(tickets, works, keep=True)
    if moved:
        identity.record(
            actor,
            "ticket.clocks_recomputed",
            summary=f"重新计算工单期限：{reason}，变动 {len(moved)} 项",
            changes={f"{move.number}.{move.kind.value}": [move.before, move.after] for move in moved[:NAMED]},
        )
    return Recomputed(tuple(moved), tickets[-1].id if len(tickets) == BATCH else None)


def would_move(works: WorkCalendar) -> list[MovedClock]:
    """The deadlines that would move if this calendar were in force; nothing is written."""
    moved: list[MovedClock] = []
    after: uuid.UUID | None = None
    while True:
        tickets = list(session().scalars(_unsettled(None, after)))
        moved += _derived_again(tickets, works, keep=False)
        if len(tickets) < BATCH:
            return moved
        after = tickets[-1].id


def _unsettled(contract_id: uuid.UUID | None, after: uuid.UUID | None) -> sa.Select[tuple[Ticket]]:
    unsure = sa.select(TicketClock.ticket_id).where(
        TicketClock.ticket_id == Ticket.id,
        sa.or_(TicketClock.provisional, TicketClock.basis == "calendar_missing"),
    )
    query = sa.select(Ticket).where(sa.or_(Ticket.state.not_in(ENDED), unsure.exists()))
    if contract_id is not None:
        query = query.where(Ticket.contract_id == contract_id)
    if after is not None:
        query = query.where(Ticket.id > after)
    return query.order_by(Ticket.id).limit(BATCH)


def _derived_again(tickets: Sequence[Ticket], works: WorkCalendar, *, keep: bool) -> list[MovedClock]:
    ids = [ticket.id for ticket in tickets]
    logs, kept = logs_of(ids), clocks_of(ids)
    terms = {key: terms_for(key) for key in {ticket.contract_id for ticket in tickets}}
    moved: list[MovedClock] = []
    for ticket in tickets:
        rows = {row.kind: row for row in kept[ticket.id]}
        readings = sla.derive(logs[ticket.id], terms[ticket.contract_id], works)
        for reading in readings:
            before = rows[reading.kind].due_at if reading.kind in rows else None
            if before != reading.due_at:
                moved.append(MovedClock(ticket.id, ticket.number, reading.kind, before, reading.due_at))
        if keep:
            _keep(ticket.id, readings, rows)
    return moved


def _keep(ticket_id: uuid.UUID, readings: Sequence[Reading], rows: dict[ClockKind, TicketClock]) -> None:
    for reading in readings:
        row = rows.pop(reading.kind, None)
        if row is None:
            session().add(TicketClock(id=new_id(), ticket_id=ticket_id, **asdict(reading)))
            continue
        for name, value in asdict(reading).items():
            setattr(row, name, value)
    for row in rows.values():
        session().delete(row)
