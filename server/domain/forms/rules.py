"""Which ticket needs a service record before it is closed (A16), and what is still missing of it.

| the ticket | record | why |
|---|---|---|
| under a contract that asks for records, dealt with, of whatever kind | needed | A16: every service (A04: guidance is one) |
| the same, outside of the scope, but work was begun on it | needed | A29 names the record as its paper |
| decided to be outside of the scope and sent away without work | not | nothing was done for it |
| merged into another ticket | not | the one that remains has it; both are one matter |
| cancelled: refused, a double, a mistake, taken back by the citizen | not | it is never closed |
| under a contract that does not speak of records (B) | not | not agreed |
| without a contract | not | nobody owes it |

A contract asks for records where a clause of its terms concerns ``service_record``; older revisions, from before that was
known, name the clause by its title only. Those terms count that held when the request was received.

A record counts when both have signed it, or silence accepted the work (A37), each after the last solution: what was
signed before a ticket was opened again tells of another piece of work.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.enums import Labelled
from server.domain import contracts, documents, tickets
from server.domain.contracts import Clause
from server.domain.documents import Document, DocumentState
from server.domain.forms.service import deemed_at
from server.domain.tickets import EventKind, Ticket, TicketEvent, TicketState

SERVICE_RECORD = "service_record"
CLAUSE_TITLE = "服务记录单"


class Need(Labelled):
    """Whether a ticket needs a record, and if not, why."""

    NEEDED = "needed", "结单前须双方签署"
    SENT_AWAY = "sent_away", "合同范围外且未开展服务，不需要"
    MERGED = "merged", "已并入其他工单，由该工单出具"
    CANCELLED = "cancelled", "工单已撤销，不需要"
    NOT_AGREED = "not_agreed", "合同未约定服务记录单"
    NO_CONTRACT = "no_contract", "无对应合同，不需要"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a ticket stands to its record. ``missing``: what keeps it from being closed, in words; empty if nothing does.

    ``clause`` is the one that asks for it. ``outdated``: the document tells of the time before it was opened again.
    """

    need: Need
    clause: Clause | None = None
    document: Document | None = None
    deemed: bool = False
    outdated: bool = False
    missing: str = ""


def asking_clause(contract_id: uuid.UUID, on: date) -> Clause | None:
    """The clause of a contract that, on a day, asks for a record of every service; None where none does."""
    terms = contracts.terms_of(contract_id, on=on)
    named = next((each for each in terms.clauses if SERVICE_RECORD in each.concerns), None)
    return named or next((each for each in terms.clauses if each.title == CLAUSE_TITLE), None)


def need_of(ticket: Ticket) -> Need:
    """Whether the ticket needs a record: the table above."""
    return _judged(ticket, _clause_for(ticket), _begun)


def needing(tickets: Sequence[Ticket]) -> list[Ticket]:
    """Those of some tickets that need a record; a query for each day of receipt, and one for what lies out of scope."""
    clauses: dict[tuple[uuid.UUID | None, date], Clause | None] = {}
    begun = _begun_among([each.id for each in tickets if not each.scope.counts])
    found = []
    for each in tickets:
        key = each.contract_id, clock.local_day(each.received_at)
        if key not in clauses:
            clauses[key] = _clause_for(each)
        if _judged(each, clauses[key], lambda ticket: ticket.id in begun) is Need.NEEDED:
            found.append(each)
    return found


def standing_of(ticket: Ticket) -> Standing:
    """How it stands; asks nobody's permission."""
    need = need_of(ticket)
    document = documents.standing(SERVICE_RECORD, ticket.id)
    if need is not Need.NEEDED:
        return Standing(need, document=document)
    clause = _clause_for(ticket)
    outdated = is_outdated(ticket, document)
    if document is not None and document.state is DocumentState.SIGNED and not outdated:
        return Standing(need, clause, document)
    if deemed_at(ticket) is not None:
        return Standing(need, clause, document, deemed=True)
    return Standing(need, clause, document, outdated=outdated, missing=_missing(clause, document, outdated))


def unsigned(ticket: Ticket) -> str | None:
    """The closing gate. A ticket that is not solved yet can only be merged away, and then the other one has the record."""
    if ticket.state is not TicketState.RESOLVED:
        return None
    return standing_of(ticket).missing or None


def install() -> None:
    """Stand at the desk's gate; called once where the room is imported."""
    tickets.gate(unsigned)


def _judged(ticket: Ticket, clause: Clause | None, begun: Callable[[Ticket], bool]) -> Need:
    if ticket.contract_id is None:
        return Need.NO_CONTRACT
    if ticket.state is TicketState.CANCELLED:
        return Need.CANCELLED
    if ticket.merged_into_id is not None:
        return Need.MERGED
    if clause is None:
        return Need.NOT_AGREED
    if not ticket.scope.counts and not begun(ticket):
        return Need.SENT_AWAY
    return Need.NEEDED


def _clause_for(ticket: Ticket) -> Clause | None:
    if ticket.contract_id is None:
        return None
    return asking_clause(ticket.contract_id, clock.local_day(ticket.received_at))


def _begun(ticket: Ticket) -> bool:
    return ticket.id in _begun_among([ticket.id])


def _begun_among(ticket_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    if not ticket_ids:
        return set()
    work = TicketEvent.kind.in_((EventKind.STARTED, EventKind.ARRIVED))
    return set(session().scalars(sa.select(TicketEvent.ticket_id).where(TicketEvent.ticket_id.in_(ticket_ids), work)))


def is_outdated(ticket: Ticket, document: Document | None) -> bool:
    """Whether a document was issued before the ticket was last solved."""
    return document is not None and ticket.resolved_at is not None and document.issued_at < ticket.resolved_at


def _missing(clause: Clause | None, document: Document | None, outdated: bool) -> str:
    where = f"（合同{clause.where or clause.id}）" if clause else ""
    if document is None:
        return f"尚未出具服务记录单{where}，出具并由双方签署后才能关闭工单。"
    if outdated:
        return f"服务记录单 {document.number} 出具于本次解决之前，请出具更正版并由双方签署后再关闭工单。"
    return f"服务记录单 {document.number} {document.state.label}，双方签署后才能关闭工单。"
