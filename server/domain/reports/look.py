"""What a report looks at: one contract, a period of whole days, and the moment as of which it is told."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, deliverables
from server.domain.contracts import Contract, Terms
from server.domain.deliverables import Standing
from server.domain.identity import SCHEDULER
from server.domain.reports.vocabulary import ReportKind
from server.domain.tickets import ACTIVE, ENDED, EventKind, Ticket, TicketClock, TicketEvent, TicketState


class Line(NamedTuple):
    """One line of a ticket's log."""

    ticket_id: uuid.UUID
    kind: EventKind
    at: datetime
    data: Mapping[str, object]
    actor_name: str


@dataclass(frozen=True)
class Look:
    """One look at a contract's rows. Both days included; ``at`` is the period's end, or now while it runs.

    Rows that several subjects need are read once. Nobody's permission is asked: the report's own access is checked
    before, and what it tells is the contract's alone.
    """

    contract: Contract
    kind: ReportKind
    first: date
    last: date
    now: datetime = field(default_factory=clock.now)

    @property
    def contract_id(self) -> uuid.UUID:
        """Whose rows."""
        return self.contract.id

    @property
    def start(self) -> datetime:
        """The period's first moment."""
        return clock.start_of(self.first)

    @property
    def end(self) -> datetime:
        """The moment after its last."""
        return clock.end_of(self.last)

    @property
    def at(self) -> datetime:
        """The moment as of which things are told."""
        return min(self.now, self.end)

    @property
    def as_of(self) -> date:
        """The last day that is told of."""
        return min(clock.local_day(self.now), self.last)

    @property
    def next_days(self) -> tuple[date, date]:
        """The period that the plan is for: as long as this one, a month at most."""
        length = min((self.last - self.first).days + 1, 31)
        return self.last + timedelta(days=1), self.last + timedelta(days=length)

    @cached_property
    def terms(self) -> Terms:
        """What holds on the period's last day."""
        return contracts.terms_of(self.contract_id, on=max(self.as_of, self.contract.starts_on))

    @cached_property
    def tickets(self) -> dict[uuid.UUID, Ticket]:
        """Every ticket that was received in the period, changed since its start, or is not over. Merged ones are another's."""
        query = sa.select(Ticket).where(*self._concerned())
        return {row.id: row for row in session().scalars(query.order_by(Ticket.received_at, Ticket.number))}

    @cached_property
    def events(self) -> dict[uuid.UUID, list[Line]]:
        """The log lines of those tickets, in order."""
        columns = (TicketEvent.ticket_id, TicketEvent.kind, TicketEvent.at, TicketEvent.data, TicketEvent.actor_name)
        query = (
            sa.select(*columns)
            .join(Ticket, Ticket.id == TicketEvent.ticket_id)
            .where(*self._concerned())
            .order_by(TicketEvent.ticket_id, TicketEvent.seq)
        )
        found: dict[uuid.UUID, list[Line]] = {}
        for row in session().execute(query):
            found.setdefault(row.ticket_id, []).append(Line(*row))
        return found

    @cached_property
    def clocks(self) -> list[tuple[Ticket, TicketClock]]:
        """The promises of the tickets received in the period."""
        query = (
            sa.select(Ticket, TicketClock)
            .join(Ticket, Ticket.id == TicketClock.ticket_id)
            .where(
                Ticket.contract_id == self.contract_id,
                Ticket.merged_into_id.is_(None),
                Ticket.received_at >= self.start,
                Ticket.received_at < self.at,
            )
            .order_by(TicketClock.started_at, Ticket.number)
        )
        return [(ticket, kept) for ticket, kept in session().execute(query)]

    @cached_property
    def duties(self) -> list[Standing]:
        """Everything that the contract owes in papers."""
        return deliverables.standing(SCHEDULER, self.contract_id)

    def _concerned(self) -> list[sa.ColumnElement[bool]]:
        return [
            Ticket.contract_id == self.contract_id,
            Ticket.merged_into_id.is_(None),
            Ticket.received_at < self.at,
            sa.or_(Ticket.updated_at >= self.start, Ticket.received_at >= self.start, Ticket.state.not_in(ENDED)),
        ]

    def state_at(self, ticket: Ticket, moment: datetime) -> TicketState | None:
        """What a ticket's log amounted to at a moment; None before it was there."""
        if ticket.received_at >= moment:
            return None
        found = TicketState.NEW
        for line in self.events.get(ticket.id, []):
            if line.at < moment and "state" in line.data:
                found = TicketState(str(line.data["state"]))
        return found

    def is_open(self, ticket: Ticket, moment: datetime) -> bool:
        """Whether somebody had still to work on it at a moment."""
        return self.state_at(ticket, moment) in ACTIVE

    def received(self) -> list[Ticket]:
        """The tickets received in the period."""
        return [each for each in self.tickets.values() if self.start <= each.received_at < self.at]

    def within(self, moment: datetime | None) -> bool:
        """Whether a moment lies in what is told of."""
        return moment is not None and self.start <= moment < self.at

    def on_day(self, day: date | None) -> bool:
        """The same for a day."""
        return day is not None and self.first <= day <= self.as_of

    def tickets_address(self, **filters: str) -> str:
        """The console's list of the tickets received in the period."""
        asked = {"contract": str(self.contract_id), "from": str(self.first), "to": str(self.last), **filters}
        return f"/admin/tickets/?{urlencode(asked)}"

    def address(self, path: str, **filters: str) -> str:
        """A console list of this contract."""
        return f"/admin/{path}?{urlencode({'contract': str(self.contract_id), **filters})}"


def day_text(moment: datetime | date | None) -> str:
    """A day as papers write it, Shanghai's."""
    if moment is None:
        return ""
    return (clock.local_day(moment) if isinstance(moment, datetime) else moment).isoformat()


def until_text(moment: datetime | None) -> str:
    """A last moment as papers write it: the end of a day is 24:00 of that day, not 00:00 of the next."""
    if moment is None or clock.to_local(moment).time() != time():
        return minute_text(moment)
    return f"{day_text(moment - timedelta(minutes=1))} 24:00"


def minute_text(moment: datetime | None) -> str:
    """A moment as papers write it."""
    return "" if moment is None else clock.to_local(moment).strftime("%Y-%m-%d %H:%M")
