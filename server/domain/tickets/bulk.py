"""One step on many tickets: each on its own, with what became of it; one that cannot be done stops no other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from server.core.db import session
from server.core.enums import Labelled
from server.core.errors import Invalid, ShijianError
from server.domain.identity import Actor, Permission
from server.domain.tickets import gates
from server.domain.tickets.access import may, visible
from server.domain.tickets.models import Ticket
from server.domain.tickets.states import allows
from server.domain.tickets.vocabulary import EventKind, Severity
from server.domain.tickets.work import assign, close, set_severity

MOST = 100


class Outcome(Labelled):
    """What became of one ticket of many."""

    DONE = "done", "已办理"
    UNCHANGED = "unchanged", "无变化"
    REFUSED = "refused", "未能办理"


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket, whether the step can be (or was) taken on it, and why not."""

    ticket: Ticket
    outcome: Outcome
    reason: str = ""


Weighed = tuple[Outcome, str]


def chosen(actor: Actor, ticket_ids: Sequence[uuid.UUID]) -> list[Ticket]:
    """The chosen tickets that the actor may see, by number; others are left out as if they did not exist."""
    wanted = list(dict.fromkeys(ticket_ids))
    if not wanted or len(wanted) > MOST:
        raise Invalid(f"请选择 1 至 {MOST} 个工单。")
    query = sa.select(Ticket).where(Ticket.id.in_(wanted), *visible(actor)).order_by(Ticket.number)
    return list(session().scalars(query))


def preview_assign(actor: Actor, ticket_ids: Sequence[uuid.UUID]) -> list[Row]:
    """Which of them could be handed over; nothing is written."""
    return [Row(ticket, *_assignable(actor, ticket)) for ticket in chosen(actor, ticket_ids)]


def assign_many(
    actor: Actor, ticket_ids: Sequence[uuid.UUID], *, assignee_id: uuid.UUID | None, note: str = ""
) -> list[Row]:
    """Hand them all over, each in a savepoint of its own and with its own line in log and trail."""

    def weigh(ticket: Ticket) -> Weighed:
        weighed = _assignable(actor, ticket)
        same = weighed[0] is Outcome.DONE and ticket.assignee_id == assignee_id
        return (Outcome.UNCHANGED, "") if same else weighed

    def act(ticket: Ticket) -> object:
        return assign(actor, ticket.id, assignee_id=assignee_id, note=note)

    return _each(actor, ticket_ids, weigh, act)


def preview_close(actor: Actor, ticket_ids: Sequence[uuid.UUID]) -> list[Row]:
    """Which of them could be closed; nothing is written."""
    return [Row(ticket, *_closable(actor, ticket)) for ticket in chosen(actor, ticket_ids)]


def close_many(actor: Actor, ticket_ids: Sequence[uuid.UUID], *, note: str = "") -> list[Row]:
    """Close all that are solved and have nothing open elsewhere."""
    return _each(
        actor, ticket_ids, lambda ticket: _closable(actor, ticket), lambda ticket: close(actor, ticket.id, note=note)
    )


def preview_severity(
    actor: Actor, ticket_ids: Sequence[uuid.UUID], *, severity: Severity, business_stopped: bool
) -> list[Row]:
    """Which of them would be graded anew; nothing is written."""
    wanted = (severity, business_stopped)
    return [Row(ticket, *_gradable(actor, ticket, wanted)) for ticket in chosen(actor, ticket_ids)]


def grade_many(
    actor: Actor,
    ticket_ids: Sequence[uuid.UUID],
    *,
    severity: Severity,
    business_stopped: bool,
    reason: str = "",
) -> list[Row]:
    """Give them all one severity; a major fault that stops business starts each one's on-site clock."""
    wanted = (severity, business_stopped)

    def act(ticket: Ticket) -> object:
        return set_severity(actor, ticket.id, severity=severity, business_stopped=business_stopped, reason=reason)

    return _each(actor, ticket_ids, lambda ticket: _gradable(actor, ticket, wanted), act)


def _each(
    actor: Actor, ticket_ids: Sequence[uuid.UUID], weigh: Callable[[Ticket], Weighed], act: Callable[[Ticket], object]
) -> list[Row]:
    return [_done(ticket, weigh, act) for ticket in chosen(actor, ticket_ids)]


def _done(ticket: Ticket, weigh: Callable[[Ticket], Weighed], act: Callable[[Ticket], object]) -> Row:
    outcome, reason = weigh(ticket)
    if outcome is not Outcome.DONE:
        return Row(ticket, outcome, reason)
    try:
        with session().begin_nested():
            act(ticket)
    except ShijianError as refused:
        return Row(ticket, Outcome.REFUSED, _told(refused))
    return Row(ticket, Outcome.DONE)


def _assignable(actor: Actor, ticket: Ticket) -> Weighed:
    if not may(actor, Permission.TICKET_ASSIGN, ticket.contract_id):
        return Outcome.REFUSED, "您不能分派该合同的工单"
    if not allows(ticket.state, EventKind.ASSIGNED):
        return Outcome.REFUSED, f"工单{ticket.state.label}"
    return Outcome.DONE, ""


def _closable(actor: Actor, ticket: Ticket) -> Weighed:
    if not may(actor, Permission.TICKET_CLOSE, ticket.contract_id):
        return Outcome.REFUSED, "您不能关闭该合同的工单"
    if not allows(ticket.state, EventKind.CLOSED):
        return Outcome.REFUSED, f"工单{ticket.state.label}，解决后才能关闭"
    shut = gates.reasons(ticket)
    return (Outcome.REFUSED, "；".join(shut)) if shut else (Outcome.DONE, "")


def _gradable(actor: Actor, ticket: Ticket, wanted: tuple[Severity, bool]) -> Weighed:
    if not may(actor, Permission.TICKET_RESPOND, ticket.contract_id):
        return Outcome.REFUSED, "您不能为该合同的工单定级"
    if not allows(ticket.state, EventKind.SEVERITY_CHANGED):
        return Outcome.REFUSED, f"工单{ticket.state.label}"
    return (Outcome.UNCHANGED, "") if (ticket.severity, ticket.business_stopped) == wanted else (Outcome.DONE, "")


def _told(refused: ShijianError) -> str:
    sentences = [text for texts in getattr(refused, "fields", {}).values() for text in texts]
    return "".join(sentences) or refused.text
