"""One step on many tickets: each on its own, with what became of it; one that cannot be done stops no other."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.core.db import session
from server.core.enums import Labelled
from server.core.errors import Invalid, ShijianError
from server.domain.identity import Actor, Permission
from server.domain.tickets.access import may, visible
from server.domain.tickets.models import Ticket
from server.domain.tickets.states import allows
from server.domain.tickets.vocabulary import EventKind
from server.domain.tickets.work import assign

MOST = 100


class Outcome(Labelled):
    """What became of one ticket of many."""

    DONE = "done", "已分派"
    UNCHANGED = "unchanged", "无变化"
    REFUSED = "refused", "未能分派"


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket, whether the step can be (or was) taken on it, and why not."""

    ticket: Ticket
    outcome: Outcome
    reason: str = ""


def chosen(actor: Actor, ticket_ids: Sequence[uuid.UUID]) -> list[Ticket]:
    """The chosen tickets that the actor may see, by number; others are left out as if they did not exist."""
    wanted = list(dict.fromkeys(ticket_ids))
    if not wanted or len(wanted) > MOST:
        raise Invalid(f"请选择 1 至 {MOST} 个工单。")
    query = sa.select(Ticket).where(Ticket.id.in_(wanted), *visible(actor)).order_by(Ticket.number)
    return list(session().scalars(query))


def preview_assign(actor: Actor, ticket_ids: Sequence[uuid.UUID]) -> list[Row]:
    """Which of them could be handed over; nothing is written."""
    return [Row(ticket, *_weighed(actor, ticket)) for ticket in chosen(actor, ticket_ids)]


def assign_many(
    actor: Actor, ticket_ids: Sequence[uuid.UUID], *, assignee_id: uuid.UUID | None, note: str = ""
) -> list[Row]:
    """Hand them all over, each in a savepoint of its own and with its own line in log and trail."""
    return [_assigned(actor, ticket, assignee_id, note) for ticket in chosen(actor, ticket_ids)]


def _assigned(actor: Actor, ticket: Ticket, assignee_id: uuid.UUID | None, note: str) -> Row:
    outcome, reason = _weighed(actor, ticket)
    if outcome is Outcome.REFUSED:
        return Row(ticket, outcome, reason)
    if ticket.assignee_id == assignee_id:
        return Row(ticket, Outcome.UNCHANGED)
    try:
        with session().begin_nested():
            assign(actor, ticket.id, assignee_id=assignee_id, note=note)
    except ShijianError as refused:
        return Row(ticket, Outcome.REFUSED, _told(refused))
    return Row(ticket, Outcome.DONE)


def _weighed(actor: Actor, ticket: Ticket) -> tuple[Outcome, str]:
    if not may(actor, Permission.TICKET_ASSIGN, ticket.contract_id):
        return Outcome.REFUSED, "您不能分派该合同的工单"
    if not allows(ticket.state, EventKind.ASSIGNED):
        return Outcome.REFUSED, f"工单{ticket.state.label}"
    return Outcome.DONE, ""


def _told(refused: ShijianError) -> str:
    sentences = [text for texts in getattr(refused, "fields", {}).values() for text in texts]
    return "".join(sentences) or refused.text
