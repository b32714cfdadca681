"""How every step is written: seen, weighed, one line in the log, clocks derived again, one line in the audit trail.

A step that was decided on an older ``version`` of the ticket is refused with what has happened since.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.tickets import access, clocks, states
from server.domain.tickets.models import NAME, Ticket, TicketEvent
from server.domain.tickets.sla import MOVES_CLOCKS
from server.domain.tickets.vocabulary import ContentState, EventKind, TicketState


class TicketChanged(Conflict):
    """Somebody else was quicker; ``details['events']`` says what they did."""

    code = "ticket_changed"
    message = "工单已被他人更新，请刷新后再操作。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line for the log. ``at`` None means now; ``data`` must be plain JSON."""

    kind: EventKind
    public: bool = False
    text: str = ""
    content_state: ContentState = ContentState.PASS
    data: Mapping[str, Any] | None = None
    at: datetime | None = None


def begin(
    actor: Actor,
    ticket_id: uuid.UUID,
    permission: Permission | None = None,
    *,
    version: int | None = None,
    step: EventKind | None = None,
) -> Ticket:
    """The ticket, held for writing, after every check that can be made before the change itself.

    NotFound when it is not to be seen, Forbidden without the permission on its contract, ``ticket_changed`` when
    ``version`` is not the newest, ``ticket_state`` when the step is not allowed now.
    """
    ticket = access.find_for_update(actor, ticket_id)
    if permission is not None:
        access.need(actor, permission, ticket.contract_id)
    if version is not None and version != ticket.version:
        raise _changed_since(ticket, version)
    if step is not None:
        states.after(ticket.state, step)
    return ticket


def take(
    actor: Actor,
    ticket: Ticket,
    step: Step,
    *,
    summary: str,
    changes: Mapping[str, Any] | None = None,
) -> TicketEvent:
    """Write the step. The ticket's state moves as the table says, its version by one."""
    now = clock.now()
    before = ticket.state
    ticket.state = states.after(before, step.kind)
    ticket.version += 1
    ticket.updated_at = now
    event = line(actor, ticket, step, recorded_at=now)
    session().add(event)
    session().flush()
    if step.kind in MOVES_CLOCKS:
        clocks.settle(ticket)
    moved = {"state": [before.value, ticket.state.value]} if ticket.state is not before else {}
    identity.record(
        actor,
        f"ticket.{step.kind.value}",
        subject=("ticket", ticket.id),
        summary=f"{ticket.number} {summary}",
        changes={**moved, **(changes or {})},
    )
    return event


def line(actor: Actor, ticket: Ticket, step: Step, *, recorded_at: datetime) -> TicketEvent:
    """The log's line for a step, not yet added to the session."""
    return TicketEvent(
        id=new_id(),
        ticket_id=ticket.id,
        seq=ticket.version,
        kind=step.kind,
        at=step.at or recorded_at,
        recorded_at=recorded_at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:100],
        by_vendor=actor.is_vendor,
        public=step.public,
        text=step.text,
        content_state=step.content_state,
        data={**(step.data or {}), "state": ticket.state.value},
    )


def moment_between(at: datetime | None, earliest: datetime) -> datetime | None:
    """A moment that a person enters afterwards: not before the receipt and not in the future."""
    if at is not None and not earliest <= at <= clock.now():
        raise Invalid(fields={"at": ["时间不能早于接报时间，也不能晚于当前时间。"]})
    return at


def _changed_since(ticket: Ticket, version: int) -> TicketChanged:
    since = (
        sa.select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket.id, TicketEvent.seq > version)
        .order_by(TicketEvent.seq)
    )
    events = [
        {"kind": event.kind.value, "label": event.kind.label, "by": event.actor_name, "at": event.recorded_at}
        for event in session().scalars(since)
    ]
    told = "、".join(f"{event['by'] or '系统'}{event['label']}" for event in events[-3:])
    text = f"工单已更新（{told}），请查看后再操作。" if told else None
    return TicketChanged(text, version=ticket.version, state=TicketState(ticket.state).label, events=events)
