"""A contract's month of service records: which are signed, which wait, and issuing those that are missing in one go."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden
from server.domain import contracts, documents
from server.domain.calendar import CycleKind, cycle_of
from server.domain.documents import STANDING, Document, DocumentState
from server.domain.forms.rules import SERVICE_RECORD, is_outdated, needing
from server.domain.identity import Actor, Permission
from server.domain.tickets import Ticket, TicketState

DONE = (TicketState.RESOLVED, TicketState.CLOSED)
BATCH = 50


@dataclass(frozen=True, slots=True)
class Waiting:
    """A solved ticket of a month, and its record; ``document`` None: not issued, ``outdated``: issued before it was solved."""

    ticket: Ticket
    document: Document | None
    outdated: bool

    @property
    def to_issue(self) -> bool:
        """Whether a record is to be made, the first or the next version."""
        return self.document is None or self.outdated


@dataclass(frozen=True, slots=True)
class Month:
    """How a month stands: how many services, how many records in each state, and those not yet signed."""

    first: date
    solved: int
    states: Counter[DocumentState]
    waiting: Sequence[Waiting]

    @property
    def to_issue(self) -> int:
        """How many records are to be made."""
        return sum(each.to_issue for each in self.waiting)


def month_of(actor: Actor, contract_id: uuid.UUID, day: date) -> Month:
    """The tickets of a contract that were solved in the month of a day and need a record. Needs document.view."""
    actor.need(Permission.DOCUMENT_VIEW)
    contract = contracts.find(actor, contract_id)
    scope = actor.contracts_for(Permission.DOCUMENT_VIEW)
    if scope is not None and contract.id not in scope:
        raise Forbidden(permission=Permission.DOCUMENT_VIEW.value)
    cycle = cycle_of(CycleKind.MONTH, day)
    query = sa.select(Ticket).where(
        Ticket.contract_id == contract.id,
        Ticket.state.in_(DONE),
        Ticket.merged_into_id.is_(None),
        Ticket.resolved_at >= clock.start_of(cycle.starts_on),
        Ticket.resolved_at < clock.end_of(cycle.ends_on),
    )
    found = needing(session().scalars(query.order_by(Ticket.resolved_at, Ticket.id)).all())
    papers = _documents_of([each.id for each in found])
    rows = [Waiting(each, papers.get(each.id), is_outdated(each, papers.get(each.id))) for each in found]
    states = Counter(row.document.state for row in rows if row.document is not None)
    waiting = [row for row in rows if row.to_issue or (row.document and row.document.state is not DocumentState.SIGNED)]
    return Month(cycle.starts_on, len(found), states, waiting)


def waiting_of(actor: Actor, contract_id: uuid.UUID, day: date) -> Sequence[Waiting]:
    """The same month's tickets whose record is missing or unsigned."""
    return month_of(actor, contract_id, day).waiting


def issue_waiting(actor: Actor, contract_id: uuid.UUID, day: date, *, most: int = BATCH) -> list[Document]:
    """Issue what is missing in a month, oldest solution first, at most ``most`` at once; again for the rest.

    Needs document.issue. A record from before its ticket was opened again gets its next version.
    """
    if not actor.may(Permission.DOCUMENT_ISSUE, contract_id):
        raise Forbidden(permission=Permission.DOCUMENT_ISSUE.value)
    made: list[Document] = []
    for row in month_of(actor, contract_id, day).waiting:
        if len(made) == most:
            break
        if row.document is None:
            made.append(documents.issue(actor, SERVICE_RECORD, row.ticket.id))
        elif row.outdated:
            made.append(documents.correct(actor, row.document.id, reason="工单重新打开后再次解决"))
    return made


def _documents_of(ticket_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Document]:
    query = sa.select(Document).where(
        Document.kind == SERVICE_RECORD, Document.subject_id.in_(ticket_ids), Document.state.in_(STANDING)
    )
    return {each.subject_id: each for each in session().scalars(query)}
