"""The staff's verbs: answer, hand over, grade, solve, close. Each takes the version that it was decided on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from server.core import clock
from server.core.errors import Invalid
from server.domain import contracts, identity
from server.domain.identity import Actor, Permission
from server.domain.tickets import access, attachments, gates, merging, scoping, steps, visiting
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.tellings import tell
from server.domain.tickets.vocabulary import Consent, EventKind, Scope, Severity
from server.domain.tickets.words import said


def respond(
    actor: Actor,
    ticket_id: uuid.UUID,
    *,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
    upload_ids: Sequence[uuid.UUID] = (),
) -> TicketEvent:
    """The first human answer: it stops the response clock (A20), and the citizen is told.

    ``at``: when it was given, if by telephone a while ago; the log keeps both moments.
    """
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.RESPONDED)
    words = said(text)
    happened = steps.moment_between(at, ticket.received_at)
    step = Step(kind=EventKind.RESPONDED, public=True, text=words, at=happened)
    event = take(actor, ticket, step, summary="首次响应" + ("（补录）" if happened else ""))
    ticket.responded_at = event.at
    if ticket.assignee_id is None and access.is_staff(actor) and actor.id is not None:
        ticket.assignee_id, ticket.assignee_name = actor.id, actor.name
    attachments.attach(actor, ticket, event, upload_ids)
    tell(ticket, event)
    return event


def comment(
    actor: Actor,
    ticket_id: uuid.UUID,
    *,
    text: str,
    public: bool,
    version: int | None = None,
    upload_ids: Sequence[uuid.UUID] = (),
) -> TicketEvent:
    """A word to the citizen (``public``) or among the staff. The first public word is the response and needs its right."""
    ticket = begin(actor, ticket_id, Permission.TICKET_COMMENT, version=version, step=EventKind.COMMENTED)
    if public and ticket.responded_at is None:
        return respond(actor, ticket_id, text=text, upload_ids=upload_ids)
    step = Step(kind=EventKind.COMMENTED, public=public, text=said(text))
    event = take(actor, ticket, step, summary="回复用户" if public else "内部备注")
    attachments.attach(actor, ticket, event, upload_ids)
    if public:
        tell(ticket, event)
    return event


def assign(
    actor: Actor, ticket_id: uuid.UUID, *, assignee_id: uuid.UUID | None, version: int | None = None, note: str = ""
) -> TicketEvent:
    """Hand it to somebody who may answer tickets of its contract; None takes it from whoever has it.

    Taking a free ticket for oneself needs ticket.respond only.
    """
    own = assignee_id is not None and assignee_id == actor.id
    wanted = Permission.TICKET_RESPOND if own else Permission.TICKET_ASSIGN
    ticket = begin(actor, ticket_id, wanted, version=version, step=EventKind.ASSIGNED)
    if own and ticket.assignee_id not in (None, actor.id):
        access.need(actor, Permission.TICKET_ASSIGN, ticket.contract_id)
    name = "" if assignee_id is None else _name_of(ticket, assignee_id)
    before = ticket.assignee_name
    ticket.assignee_id, ticket.assignee_name = assignee_id, name
    data = {"assignee_id": str(assignee_id) if assignee_id else None, "assignee": name}
    step = Step(kind=EventKind.ASSIGNED, text=said(note, field="note", needed=False), data=data)
    summary = f"分派给{name}" if name else "取消分派"
    return take(actor, ticket, step, summary=summary, changes={"assignee": [before, name]})


def set_severity(
    actor: Actor,
    ticket_id: uuid.UUID,
    *,
    severity: Severity,
    business_stopped: bool,
    reason: str = "",
    version: int | None = None,
) -> TicketEvent:
    """Grade it. A major fault that stops business starts the on-site clock at this moment (A11, A21)."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.SEVERITY_CHANGED)
    before = (ticket.severity, ticket.business_stopped)
    if before == (severity, business_stopped):
        raise Invalid(fields={"severity": ["与当前级别相同。"]})
    ticket.severity, ticket.business_stopped = severity, business_stopped
    data = {"severity": severity.value, "business_stopped": business_stopped}
    step = Step(kind=EventKind.SEVERITY_CHANGED, text=said(reason, field="reason", needed=False), data=data)
    changes = {
        "severity": [before[0].value, severity.value],
        "business_stopped": [before[1], business_stopped],
    }
    told = severity.label + ("、业务中断" if business_stopped else "")
    return take(actor, ticket, step, summary=f"定级为{told}", changes=changes)


def choose_contract(
    actor: Actor, ticket_id: uuid.UUID, *, contract_id: uuid.UUID, version: int | None = None
) -> TicketEvent:
    """Put it under a contract: the clocks are that contract's from receipt on. Needs ticket.assign on both contracts."""
    ticket = begin(actor, ticket_id, Permission.TICKET_ASSIGN, version=version, step=EventKind.CONTRACT_CHOSEN)
    access.need(actor, Permission.TICKET_ASSIGN, contract_id)
    contract = contracts.find(actor, contract_id)
    before = ticket.contract_id
    if before not in (None, contract_id) and merging.has_followers(ticket.id):
        raise merging.OthersDepend("已有其他工单并入此工单，不能改归其他合同。")
    data: dict[str, str] = {"contract_id": str(contract_id)}
    changes: dict[str, Any] = {"contract_id": [before, contract_id]}
    if before is not None and before != contract_id:
        # What was decided under the other contract does not bind this one.
        data |= {"scope": Scope.UNDECIDED.value, "consent": Consent.NONE.value}
        changes |= {"scope": [ticket.scope.value, Scope.UNDECIDED.value]}
        ticket.scope, ticket.consent = Scope.UNDECIDED, Consent.NONE
        ticket.scope_proposed = ticket.scope_proposed_by = ticket.scope_confirmed_at = None
    ticket.contract_id = contract_id
    step = Step(kind=EventKind.CONTRACT_CHOSEN, data=data)
    return take(actor, ticket, step, summary=f"归属合同 {contract.number}", changes=changes)


def start(actor: Actor, ticket_id: uuid.UUID, *, version: int | None = None, note: str = "") -> TicketEvent:
    """Work on it begins, or goes on after waiting. A requirement first needs a scope that both confirmed (A08, A44)."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.STARTED)
    scoping.require_scope(ticket)
    step = Step(kind=EventKind.STARTED, text=said(note, field="note", needed=False))
    return take(actor, ticket, step, summary="开始处理")


def wait(actor: Actor, ticket_id: uuid.UUID, *, reason: str, version: int | None = None) -> TicketEvent:
    """Others must act first; the citizen reads why. Our own figure pauses, contractual clocks do not."""
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.WAITED)
    # Else the answer to the waiting would begin the work.
    scoping.require_scope(ticket)
    step = Step(kind=EventKind.WAITED, public=True, text=said(reason, field="reason"))
    event = take(actor, ticket, step, summary="等待反馈")
    tell(ticket, event)
    return event


def resolve(
    actor: Actor,
    ticket_id: uuid.UUID,
    *,
    text: str,
    cause: str,
    version: int | None = None,
    upload_ids: Sequence[uuid.UUID] = (),
) -> TicketEvent:
    """Solved: the citizen reads ``text`` and is asked for a rating; ``cause`` stays among the staff.

    Not before the scope of a requirement is confirmed, nor before the bureau consented to a repair on site (A11).
    """
    ticket = begin(actor, ticket_id, Permission.TICKET_RESPOND, version=version, step=EventKind.RESOLVED)
    scoping.require_scope(ticket)
    visiting.require_consent(ticket)
    words, why = said(text), said(cause, field="cause", needed=False)
    ticket.cause, ticket.resolved_at = why, clock.now()
    event = take(actor, ticket, Step(kind=EventKind.RESOLVED, public=True, text=words), summary="标记为已解决")
    attachments.attach(actor, ticket, event, upload_ids)
    tell(ticket, event)
    merging.tell_followers(actor, ticket, merging.TOLD_SOLVED)
    return event


def close(actor: Actor, ticket_id: uuid.UUID, *, version: int | None = None, note: str = "") -> TicketEvent:
    """Done with it. The bureau's word; what other rooms still have open about it stands in the way (``gate``)."""
    ticket = begin(actor, ticket_id, Permission.TICKET_CLOSE, version=version, step=EventKind.CLOSED)
    gates.pass_gates(ticket)
    step = Step(kind=EventKind.CLOSED, public=True, text=said(note, field="note", needed=False))
    event = take(actor, ticket, step, summary="关闭工单")
    ticket.closed_at = event.at
    return event


def cancel(actor: Actor, ticket_id: uuid.UUID, *, reason: str, version: int | None = None) -> TicketEvent:
    """Not a matter for us (a double, a test, a mistake): by the bureau with a reason, or by the citizen who reported it."""
    wanted = Permission.TICKET_CLOSE if access.is_staff(actor) else None
    ticket = begin(actor, ticket_id, wanted, version=version, step=EventKind.CANCELLED)
    if not access.is_staff(actor) and merging.has_followers(ticket.id):
        raise merging.OthersDepend("已有其他用户的同一问题并入，不能撤销。")
    step = Step(kind=EventKind.CANCELLED, public=True, text=said(reason, field="reason"))
    event = take(actor, ticket, step, summary="撤销工单")
    ticket.closed_at = event.at
    if access.is_staff(actor):
        tell(ticket, event)
    merging.tell_followers(actor, ticket, merging.TOLD_CANCELLED)
    return event


def _name_of(ticket: Ticket, officer_id: uuid.UUID) -> str:
    """Whoever it is handed to must be able to answer it."""
    able = identity.officers_for(ticket.contract_id, Permission.TICKET_RESPOND)
    for officer in able:
        if officer.id == officer_id:
            return officer.name
    raise Invalid(fields={"assignee_id": ["此人不能处理该合同的工单。"]})
