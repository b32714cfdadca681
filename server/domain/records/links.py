"""What the desk hears of the room: lines in a ticket's log, and the gate that keeps a ticket open while work is unjudged."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Invalid
from server.domain import releases, tickets
from server.domain.identity import Actor
from server.domain.records.models import Completion
from server.domain.records.vocabulary import OPEN
from server.domain.tickets import EventKind, Ticket


def ticket_for(actor: Actor, ticket_id: uuid.UUID | None, contract_id: uuid.UUID) -> Ticket | None:
    """The ticket that a record is to belong to: of the same contract and visible to the actor, or Invalid."""
    if ticket_id is None:
        return None
    found = tickets.find(actor, ticket_id)
    if found.contract_id != contract_id:
        raise Invalid(fields={"ticket_id": ["该工单不属于所选合同。"]})
    return found


def answered_ticket_for(actor: Actor, ticket_id: uuid.UUID | None, contract_id: uuid.UUID) -> Ticket | None:
    """The same for a completion notice: nothing is complete that nobody has answered yet, or that was cancelled."""
    found = ticket_for(actor, ticket_id, contract_id)
    if found is not None and not tickets.allows(found.state, EventKind.COMPLETION_NOTICED):
        raise Invalid(fields={"ticket_id": [f"工单 {found.number} {found.state.label}，不能提交完工通知。"]})
    return found


def release_for(actor: Actor, release_id: uuid.UUID | None, contract_id: uuid.UUID) -> None:
    """Invalid unless the release is of the same contract; NotFound if it is not the actor's to see."""
    if release_id is not None and releases.find(actor, release_id).contract_id != contract_id:
        raise Invalid(fields={"release_id": ["该版本不属于所选合同。"]})


def note(
    actor: Actor,
    ticket_id: uuid.UUID | None,
    kind: EventKind,
    *,
    text: str,
    data: Mapping[str, Any],
    at: datetime | None = None,
) -> None:
    """Leave a line in a ticket's log, where its state allows that: what was cancelled hears no more of it."""
    if ticket_id is None or not tickets.allows(tickets.find(actor, ticket_id).state, kind):
        return
    tickets.log(actor, ticket_id, kind, text=text, data=dict(data), at=at)


def unjudged(ticket: Ticket) -> str | None:
    """Why a ticket may not be closed yet: a completion notice for it waits for the bureau's word."""
    query = sa.select(Completion.number).where(Completion.ticket_id == ticket.id, Completion.state.in_(OPEN))
    number = session().scalars(query.limit(1)).first()
    return f"完工通知 {number} 尚未验收，验收或撤回后才能关闭工单。" if number else None
