"""Requests take effect, now or at their moment, and those with an end are set back: once each, and over nobody's change."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, ShijianError
from server.domain import identity
from server.domain.flags import conflicts
from server.domain.flags.changes import Plan, Step, verified
from server.domain.flags.content import Tree, held
from server.domain.flags.models import LONGEST_REASON, ChangeRequest, RequestState, RevisionKind, Subject
from server.domain.flags.policy import needs_approval
from server.domain.flags.revisions import Origin, Signature, write
from server.domain.identity import SCHEDULER, Actor


def steps_of(request: ChangeRequest) -> tuple[Step, ...]:
    """What a request sets, by hash."""
    return tuple(Step(Subject(each["subject"]), each["key"], each["before"], each["after"]) for each in request.changes)


def is_due(request: ChangeRequest) -> bool:
    """Whether an approved request has no moment to wait for, or no longer."""
    return request.apply_at is None or request.apply_at <= clock.now()


def apply(actor: Actor, request: ChangeRequest, base: Tree) -> None:
    """Have an approved request take effect on a held environment; or end it as conflicted, visibly, with nothing written."""
    if request.decided_by_id is None and needs_approval(base.environment):
        _await_approval(actor, request)
        return
    moved = conflicts.moved_in(request, base)
    if moved:
        conflicts.declare(actor, request, f"{'、'.join(moved)}在申请提出之后又有修改，请按最新内容重新提交。")
        return
    if request.until is not None and request.until <= clock.now():
        conflicts.declare(actor, request, "到了恢复时间仍未生效，没有执行。")
        return
    plan = Plan(base, steps_of(request), {})
    if _fits(actor, request, plan, RequestState.CONFLICTED):
        request.state = RequestState.APPLIED
        request.applied_number = base.number + 1
        kind = RevisionKind.SCHEDULE if request.apply_at and request.kind is RevisionKind.EDIT else request.kind
        write(actor, plan, kind, _signature(request, request.reason), _origin(request, base))


def expire(actor: Actor, request: ChangeRequest, base: Tree) -> None:
    """Set back what a request set and nothing else, on a held environment; STUCK if somebody changed it meanwhile."""
    steps, changed = [], []
    for step in steps_of(request):
        now = base.get(step.subject, step.key)
        if now == step.after:
            steps.append(Step(step.subject, step.key, step.after, step.before))
        elif now != step.before:
            changed.append(f"“{step.key}”")
    if changed:
        sentence = f"{'、'.join(changed)}在生效之后又有修改，没有自动恢复，请人工处理。"
        conflicts.declare(actor, request, sentence, RequestState.STUCK)
        return
    plan = Plan(base, tuple(steps), {})
    if steps and not _fits(actor, request, plan, RequestState.STUCK):
        return
    request.state = RequestState.ENDED
    session().flush()
    if steps:
        request.ended_number = base.number + 1
        reason = f"到期恢复：{request.reason}"[:LONGEST_REASON]
        write(actor, plan, RevisionKind.EXPIRY, _signature(request, reason), Origin(request_id=request.id))


def due(limit: int = 50) -> list[uuid.UUID]:
    """The requests whose moment has come, to take effect or to be set back, earliest first. One small query."""
    now = clock.now()
    moment = sa.case((ChangeRequest.state == RequestState.APPROVED, ChangeRequest.apply_at), else_=ChangeRequest.until)
    waits = sa.and_(ChangeRequest.state == RequestState.APPROVED, ChangeRequest.apply_at <= now)
    ends = sa.and_(ChangeRequest.state == RequestState.APPLIED, ChangeRequest.until <= now)
    query = sa.select(ChangeRequest.id).where(sa.or_(waits, ends)).order_by(moment, ChangeRequest.id)
    return list(session().scalars(query.limit(limit)))


def settle(request_id: uuid.UUID) -> bool:
    """Have one due request take effect or be set back, in the running unit; False if it was done already. For the job."""
    seen = session().get(ChangeRequest, request_id)
    if seen is None:
        return False
    base = held(seen.environment)
    session().refresh(seen)
    now = clock.now()
    if seen.state is RequestState.APPROVED and seen.apply_at is not None and seen.apply_at <= now:
        apply(SCHEDULER, seen, base)
        return True
    if seen.state is RequestState.APPLIED and seen.until is not None and seen.until <= now:
        expire(SCHEDULER, seen, base)
        return True
    return False


def apply_due(limit: int = 50) -> int:
    """Settle what is due, at most ``limit`` requests, in the running unit; how many. The job takes one a unit instead."""
    return sum(settle(request_id) for request_id in due(limit))


def _fits(actor: Actor, request: ChangeRequest, plan: Plan, otherwise: RequestState) -> bool:
    """Whether the flag set still holds together with the plan; if not, the request ends and says why."""
    try:
        verified(plan)
    except ShijianError as fault:
        sentences = [text for texts in fault.fields.values() for text in texts] if isinstance(fault, Invalid) else []
        conflicts.declare(actor, request, "；".join([fault.text, *sentences]), otherwise)
        return False
    return True


def _await_approval(actor: Actor, request: ChangeRequest) -> None:
    """The rules have come to need approval while it waited."""
    request.state = RequestState.PENDING
    request.note = "规则已改为须经审批"
    session().flush()
    identity.record(
        actor,
        "flag_request.returned",
        subject=("flag_request", request.id),
        summary=f"{request.environment.label}开关变更申请到时未执行：规则已改为须经审批",
        changes={"state": [RequestState.APPROVED.value, RequestState.PENDING.value]},
    )


def _signature(request: ChangeRequest, reason: str) -> Signature:
    return Signature(
        request.author_id,
        request.author_name,
        request.author_organisation,
        reason,
        approver_id=request.decided_by_id,
        approver_name=request.decided_by_name,
    )


def _origin(request: ChangeRequest, base: Tree) -> Origin:
    if request.promoted_from is None:
        return Origin(request_id=request.id)
    return Origin(
        request_id=request.id,
        promoted_from=request.promoted_from,
        promoted_number=request.promoted_number,
        origins=origins_with(base, request.promoted_from.value, request.origins),
    )


def origins_with(base: Tree, source: str, promoted: dict[str, Any]) -> dict[str, Any]:
    """A tree's origins after hashes were promoted from a source (None: their removal was)."""
    known = {name: dict(each) for name, each in base.origins.items()}
    merged: dict[str, Any] = {**known.get(source, {}), **promoted}
    return {**known, source: {key: digest for key, digest in merged.items() if digest is not None}}
