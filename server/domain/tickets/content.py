"""The content check: asked of WeChat by a job, answered by scene, and where the machine is not sure, by a person.

Staff see everything at all times. Others see a text or picture that is not theirs only after it has passed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.tickets import access
from server.domain.tickets.files import Attachment, ContentCheck
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.policy import policy
from server.domain.tickets.vocabulary import NEEDS_REVIEW, CheckSubject, ContentState, Scene
from server.gateways import queue

MACHINE = frozenset({ContentState.PASS, ContentState.REVIEW, ContentState.RISKY})
OPEN = frozenset({ContentState.PENDING, ContentState.TIMEOUT})
TARGETS: Mapping[CheckSubject, tuple[Any, str]] = MappingProxyType(
    {
        CheckSubject.TICKET: (Ticket, "content_state"),
        CheckSubject.EVENT: (TicketEvent, "content_state"),
        CheckSubject.ATTACHMENT: (Attachment, "state"),
    }
)


class AlreadyJudged(Conflict):
    """The check has its last word."""

    code = "already_judged"
    message = "该内容已有检查结论。"


class CheckNotFound(NotFound):
    """There is no such check, or it belongs to a ticket that this person may not see."""

    code = "check_not_found"
    message = "没有找到该内容检查记录。"


@dataclass(frozen=True, slots=True)
class Question:
    """What a job asks WeChat: a text with its title, or a picture by ``attachment_id``; for which citizen's openid."""

    check_id: uuid.UUID
    citizen_id: uuid.UUID
    scene: int
    title: str
    text: str
    attachment_id: uuid.UUID | None


def first_state(actor: Actor) -> ContentState:
    """How content of this author begins: the staff's own passes, a stranger's has no openid to be checked for."""
    if access.is_staff(actor):
        return ContentState.PASS
    return ContentState.PENDING if actor.kind is ActorKind.CITIZEN else ContentState.REVIEW


def ask(
    actor: Actor,
    subject: CheckSubject,
    subject_id: uuid.UUID,
    *,
    ticket_id: uuid.UUID | None = None,
    scene: Scene = Scene.COMMENT,
) -> None:
    """Note that this content needs a check, and queue the question. Nothing for the staff's own."""
    state = first_state(actor)
    if state is ContentState.PASS:
        return
    check = ContentCheck(
        id=new_id(),
        ticket_id=ticket_id,
        subject_kind=subject,
        subject_id=subject_id,
        citizen_id=actor.id if actor.kind is ActorKind.CITIZEN else None,
        scene=scene,
        state=state,
        reason="" if state is ContentState.PENDING else "匿名提交，无法自动检查",
        asked_at=clock.now(),
    )
    session().add(check)
    if state is ContentState.PENDING:
        kind = "content.check_media" if subject is CheckSubject.ATTACHMENT else "content.check_text"
        queue.put(kind, {"check_id": str(check.id)})


def question(check_id: uuid.UUID) -> Question | None:
    """What to ask WeChat; None when nothing needs to be asked any more (judged meanwhile, or already asked)."""
    check = session().get(ContentCheck, check_id)
    if check is None or check.state not in OPEN or check.citizen_id is None or check.trace_id is not None:
        return None
    found = session().get(TARGETS[check.subject_kind][0], check.subject_id)
    if found is None:
        return None
    pictured = check.subject_kind is CheckSubject.ATTACHMENT
    return Question(
        check_id=check.id,
        citizen_id=check.citizen_id,
        scene=check.scene.code,
        title=found.title if check.subject_kind is CheckSubject.TICKET else "",
        text="" if pictured else found.text,
        attachment_id=found.id if pictured else None,
    )


def note_trace(check_id: uuid.UUID, trace_id: str) -> None:
    """WeChat took a picture for checking and will push the verdict under this trace."""
    check = session().get(ContentCheck, check_id)
    if check is not None and check.state in OPEN:
        check.trace_id = trace_id[:64]


def apply_text_verdict(
    actor: Actor, check_id: uuid.UUID, *, suggest: str, label: int | None = None, trace_id: str = ""
) -> bool:
    """WeChat's answer about a text. An answer that it never gives (``suggest`` unknown) means review. False: too late."""
    check = session().get(ContentCheck, check_id)
    if check is None or check.state not in OPEN:
        return False
    check.trace_id = trace_id[:64] or check.trace_id
    _machine_says(actor, check, suggest, label)
    return True


def apply_media_verdict(actor: Actor, *, trace_id: str, suggest: str | None, label: int | None = None) -> bool:
    """WeChat's push about a picture; without a result it means review. False: no check waits under this trace.

    The push can be quicker than our noting of the trace: the caller then keeps it and tries again.
    """
    check = session().scalars(sa.select(ContentCheck).where(ContentCheck.trace_id == trace_id)).one_or_none()
    if check is None or check.state not in OPEN:
        return False
    _machine_says(actor, check, suggest or ContentState.REVIEW, label)
    return True


def knows_trace(trace_id: str) -> bool:
    """Whether a picture was ever sent to WeChat under this trace."""
    query = sa.select(ContentCheck.id).where(ContentCheck.trace_id == trace_id)
    return session().scalar(query) is not None


def time_out_checks(actor: Actor) -> int:
    """Checks that nobody answered in time wait for a person instead. Answers how many."""
    long_ago = clock.now() - timedelta(minutes=policy().check_minutes)
    waiting = sa.select(ContentCheck).where(
        ContentCheck.state == ContentState.PENDING, ContentCheck.asked_at < long_ago
    )
    checks = list(session().scalars(waiting.order_by(ContentCheck.asked_at).limit(500)))
    for check in checks:
        _settle(check, ContentState.TIMEOUT, "超时未返回结果")
    if checks:
        identity.record(actor, "content.timed_out", summary=f"{len(checks)} 项内容检查超时，转人工复核", changes={})
    return len(checks)


def review(actor: Actor, check_id: uuid.UUID, *, passed: bool, reason: str = "") -> ContentCheck:
    """A person's word on content that the machine could not judge; it is the last. Needs content.review."""
    check = session().get(ContentCheck, check_id, with_for_update=True)
    if check is None:
        raise CheckNotFound
    ticket = session().get(Ticket, check.ticket_id) if check.ticket_id else None
    if not access.may(actor, Permission.TICKET_VIEW, ticket.contract_id if ticket else None):
        raise CheckNotFound
    access.need(actor, Permission.CONTENT_REVIEW, ticket.contract_id if ticket else None)
    if check.state not in NEEDS_REVIEW | {ContentState.PENDING}:
        raise AlreadyJudged
    before = check.state
    check.reviewer_id, check.reviewer_name = actor.id, actor.name[:64]
    _settle(check, ContentState.PASS if passed else ContentState.RISKY, reason)
    identity.record(
        actor,
        "content.reviewed",
        subject=("content_check", check.id),
        summary=f"人工复核{check.subject_kind.label}：{check.state.label}",
        changes={"state": [before.value, check.state.value], "reason": [None, reason]},
    )
    return check


def reviews_waiting(actor: Actor) -> sa.Select[tuple[ContentCheck]]:
    """Checks that wait for a person, oldest first. Needs content.review."""
    actor.need(Permission.CONTENT_REVIEW)
    query = sa.select(ContentCheck).where(ContentCheck.state.in_(NEEDS_REVIEW)).order_by(ContentCheck.asked_at)
    contracts = actor.contracts_for(Permission.CONTENT_REVIEW)
    if contracts is None:
        return query
    return query.join(Ticket, Ticket.id == ContentCheck.ticket_id).where(Ticket.contract_id.in_(contracts))


def checks_of(ticket_id: uuid.UUID) -> dict[uuid.UUID, ContentCheck]:
    """The newest check of every text and picture of a ticket, by what was checked."""
    query = sa.select(ContentCheck).where(ContentCheck.ticket_id == ticket_id).order_by(ContentCheck.asked_at)
    return {check.subject_id: check for check in session().scalars(query)}


def may_read(actor: Actor, state: ContentState, *, own: bool) -> bool:
    """Whether this reader may see content in this state."""
    return own or access.is_staff(actor) or state is ContentState.PASS


def _machine_says(actor: Actor, check: ContentCheck, suggest: str, label: int | None) -> None:
    known = suggest in {state.value for state in MACHINE}
    check.label = label
    _settle(
        check, ContentState(suggest) if known else ContentState.REVIEW, "" if known else f"未知结论 {suggest}"[:200]
    )
    identity.record(
        actor,
        "content.judged",
        subject=("content_check", check.id),
        summary=f"微信内容检查：{check.subject_kind.label}{check.state.label}",
        changes={"state": [ContentState.PENDING.value, check.state.value], "label": [None, label]},
    )


def _settle(check: ContentCheck, state: ContentState, reason: str) -> None:
    check.state, check.judged_at = state, clock.now()
    check.reason = reason[:200] or check.reason
    model, column = TARGETS[check.subject_kind]
    found = session().get(model, check.subject_id)
    if found is not None:
        setattr(found, column, state)
