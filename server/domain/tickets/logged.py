"""What other rooms write into a ticket's log: material, acceptance, referrals, sessions, articles, calls."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from server.core import clock
from server.core.errors import Invalid
from server.domain.identity import Actor
from server.domain.tickets.models import TicketEvent
from server.domain.tickets.states import WrongState
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.vocabulary import LOGGED, EventKind
from server.domain.tickets.words import said


def log(
    actor: Actor,
    ticket_id: uuid.UUID,
    kind: EventKind,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    public: bool = False,
    at: datetime | None = None,
) -> TicketEvent:
    """Write what happened elsewhere; only kinds of ``LOGGED``. The calling room has checked its own permission, the
    ticket must be visible to the actor. ``data`` is plain JSON; a stall and its end name the same ``material``.

    A rejected acceptance reopens the ticket. ``at`` may lie before the receipt (material owed earlier), never ahead.
    """
    if kind not in LOGGED:
        raise ValueError(f"{kind} is the desk's own step")
    ticket = begin(actor, ticket_id, step=kind)
    if at is not None and at > clock.now():
        raise Invalid(fields={"at": ["时间不能晚于当前时间。"]})
    if kind is EventKind.REJECTED:
        if ticket.merged_into_id is not None:
            raise WrongState("该工单已并入其他工单处理，不能重新打开。", state=ticket.state.value)
        ticket.resolved_at = ticket.closed_at = ticket.confirmed_at = None
    step = Step(kind=kind, public=public, text=said(text, needed=False), data=data, at=at)
    return take(actor, ticket, step, summary=kind.label)
