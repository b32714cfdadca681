"""One service as it is on record: the ticket with everything that other rooms know of it, gathered once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from server.core import spelling
from server.core.db import session
from server.core.errors import NotFound
from server.domain import contracts, records, releases, tickets
from server.domain.contracts import Contract
from server.domain.forms.models import Supplement
from server.domain.identity import Actor
from server.domain.records import Completion, Material, RemoteSession
from server.domain.releases import Release
from server.domain.tickets import ClockKind, EventKind, Ticket, TicketClock, TicketEvent, TicketState

WORKING = frozenset({TicketState.IN_PROGRESS})
# What is guessed from a log alone is never more than a day's work.
A_DAY = timedelta(hours=8)


class NoContract(NotFound):
    """A service record is a contract's paper; the ticket has none."""

    code = "service_without_contract"
    message = "该工单不属于任何合同，没有服务记录单。"


@dataclass(frozen=True, slots=True)
class Service:
    """What is known of one service. Everything was read by one actor who may see the ticket."""

    ticket: Ticket
    contract: Contract
    log: Sequence[TicketEvent]
    clocks: dict[ClockKind, TicketClock]
    sessions: Sequence[RemoteSession]
    completions: Sequence[Completion]
    materials: Sequence[Material]
    releases: Sequence[Release]
    supplement: Supplement | None

    def last(self, *kinds: EventKind) -> TicketEvent | None:
        """The newest line of some kinds."""
        return next((line for line in reversed(self.log) if line.kind in kinds), None)

    @property
    def cause(self) -> str:
        """As the vendor put it for the record, else as it was given with the solution."""
        return self.supplement.cause if self.supplement and self.supplement.cause else self.ticket.cause

    @property
    def result(self) -> str:
        """The same for what came of it."""
        if self.supplement and self.supplement.result:
            return self.supplement.result
        solved = self.last(EventKind.RESOLVED)
        return solved.text if solved else ""

    @property
    def left_over(self) -> str:
        """What remains to be done; 无 where nothing was noted."""
        return self.supplement.left_over if self.supplement and self.supplement.left_over else "无"

    @property
    def used(self) -> str:
        """Materials and versions: as noted, with the releases and materials that are linked to the ticket."""
        told = [self.supplement.materials] if self.supplement and self.supplement.materials else []
        told += [f"小程序版本 {each.version}（{each.state.label}）" for each in self.releases]
        told += [f"{each.number} {each.item}（{each.state.label}）" for each in self.materials]
        return "；".join(told) or "无"

    @property
    def hours(self) -> Decimal:
        """As noted, else what the log adds up to."""
        if self.supplement and self.supplement.hours is not None:
            return self.supplement.hours
        return self.hours_logged

    @property
    def hours_logged(self) -> Decimal:
        """Remote services and stays on site; where there are none, the time that it was being worked on, a day's at most.

        A guess to start from: the vendor puts the true hours into the supplement.
        """
        spent = sum((each.ended_at - each.started_at for each in self.sessions if each.ended_at), timedelta())
        spent += self._on_site()
        if not spent:
            spent = min(self._worked(), A_DAY)
        return spelling.hours(spent)

    def _on_site(self) -> timedelta:
        there = self.last(EventKind.ARRIVAL_SIGNED, EventKind.ARRIVED)
        solved = self.last(EventKind.RESOLVED)
        return solved.at - there.at if there and solved and solved.at > there.at else timedelta()

    def _worked(self) -> timedelta:
        spent, since = timedelta(), None
        for line in self.log:
            state = TicketState(line.data["state"])
            if state in WORKING and since is None:
                since = line.at
            elif state not in WORKING and since is not None:
                spent, since = spent + (line.at - since), None
        first, solved = self.last(EventKind.RESPONDED), self.last(EventKind.RESOLVED)
        if not spent and first and solved:
            return max(solved.at - first.at, timedelta())
        return spent


def gather(actor: Actor, ticket_id: uuid.UUID) -> Service:
    """Everything about one service; TicketNotFound for a foreign ticket, NoContract without a contract."""
    ticket = tickets.find(actor, ticket_id)
    if ticket.contract_id is None:
        raise NoContract
    read = session().scalars
    return Service(
        ticket=ticket,
        contract=contracts.find(actor, ticket.contract_id),
        log=list(read(sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.seq))),
        clocks={each.kind: each for each in tickets.clocks_by_ticket([ticket.id])[ticket.id]},
        sessions=list(
            read(
                sa.select(RemoteSession).where(RemoteSession.ticket_id == ticket.id).order_by(RemoteSession.started_at)
            )
        ),
        completions=list(
            read(sa.select(Completion).where(Completion.ticket_id == ticket.id).order_by(Completion.sent_at))
        ),
        materials=list(read(sa.select(Material).where(Material.ticket_id == ticket.id).order_by(Material.number))),
        releases=releases.releases_for(ticket.id),
        supplement=supplement_of(ticket.id),
    )


def supplement_of(ticket_id: uuid.UUID) -> Supplement | None:
    """What was noted beside the ticket, if anything."""
    return session().scalars(sa.select(Supplement).where(Supplement.ticket_id == ticket_id)).one_or_none()


def deemed_at(ticket: Ticket) -> datetime | None:
    """When silence accepted the work of a ticket (A37); None if it did not, or if it was taken up again afterwards."""
    query = sa.select(Completion.decided_at).where(
        Completion.ticket_id == ticket.id, Completion.state == records.CompletionState.DEEMED
    )
    at = session().scalars(query.order_by(Completion.decided_at.desc())).first()
    if at is None:
        return None
    again = sa.select(TicketEvent.id).where(
        TicketEvent.ticket_id == ticket.id,
        TicketEvent.kind.in_((EventKind.REOPENED, EventKind.REJECTED)),
        TicketEvent.at >= at,
    )
    return None if session().scalars(again.limit(1)).first() else at
