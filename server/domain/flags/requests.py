"""Change requests: proposed by one person, approved by another, of the bureau; bound to what was shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.domain import identity
from server.domain.flags import access, objects
from server.domain.flags.applying import apply, is_due
from server.domain.flags.changes import Change, Plan
from server.domain.flags.conflicts import OPEN
from server.domain.flags.content import Tree, held
from server.domain.flags.environments import Environment
from server.domain.flags.models import LONGEST_REASON, ChangeRequest, RequestState, RevisionKind
from server.domain.flags.objects import hash_of
from server.domain.flags.policy import checked_reason, needs_approval
from server.domain.flags.request_queries import find_request
from server.domain.flags.revisions import EDITS, planned
from server.domain.identity import Actor, Permission


class RequestClosed(Conflict):
    """In its state the request cannot take this step."""

    code = "flag_request_closed"
    message = "该申请当前状态不允许这样操作。"


class OwnRequest(Forbidden):
    """Two persons: whoever proposed a change does not approve it."""

    code = "flag_own_request"
    message = "不能审批自己提出的变更申请，请由另一人审批。"


class ApprovalOutdated(Conflict):
    """The approver saw another content than the request has."""

    code = "flag_approval_outdated"
    message = "申请内容与您看到的不一致，请重新打开后再审批。"


@dataclass(frozen=True, slots=True)
class Promoted:
    """Where promoted changes came from, and which hash of each is taken as common from then on."""

    source: Environment
    number: int
    origins: Mapping[str, str | None]


def propose(
    actor: Actor,
    environment: Environment,
    changes: Iterable[Change],
    *,
    reason: str,
    apply_at: datetime | None = None,
    until: datetime | None = None,
    replaces: uuid.UUID | None = None,
    kind: RevisionKind = RevisionKind.EDIT,
) -> ChangeRequest:
    """Ask for changes. Needs flag.edit. Refuses what ``publish`` refuses, but for ApprovalNeeded.

    Where the rules need approval it waits as PENDING. Elsewhere it is APPROVED at once, and already APPLIED unless it has
    an ``apply_at``. With ``apply_at`` (ahead of now) it takes effect then; with ``until`` (after that) what it set is set
    back then. ``replaces`` withdraws an earlier request of the actor's that is still open or in conflict: a request is
    never edited, so no approval outlives a change.
    """
    access.need(actor, Permission.FLAG_EDIT)
    if kind not in EDITS:
        raise ValueError(kind)
    if replaces is not None and find_request(actor, replaces).environment is not environment:
        raise Invalid("新的申请应属于同一环境。")
    plan = planned(environment, changes)
    if replaces is not None:
        withdraw(actor, replaces, reason="由新的申请替代")
    return enter(actor, plan, kind, reason=reason, apply_at=apply_at, until=until, replaces=replaces)


def enter(
    actor: Actor,
    plan: Plan,
    kind: RevisionKind,
    *,
    reason: str,
    apply_at: datetime | None = None,
    until: datetime | None = None,
    replaces: uuid.UUID | None = None,
    promoted: Promoted | None = None,
) -> ChangeRequest:
    """Write a verified plan down as a request, and apply it if nothing has to be waited for."""
    _check_moments(apply_at, until)
    waits = needs_approval(plan.base.environment)
    listed = [
        {"subject": step.subject.value, "key": step.key, "before": step.before, "after": step.after}
        for step in plan.steps
    ]
    request = ChangeRequest(
        environment=plan.base.environment,
        kind=kind,
        state=RequestState.PENDING if waits else RequestState.APPROVED,
        changes=listed,
        content_hash=_content_hash(plan.base.environment, listed, apply_at, until),
        base_number=plan.base.number,
        reason=checked_reason(reason),
        author_id=actor.id,
        author_name=actor.name[:64],
        author_organisation=actor.organisation_name[:100],
        created_at=clock.now(),
        apply_at=apply_at,
        until=until,
        replaces_id=replaces,
        promoted_from=promoted.source if promoted else None,
        promoted_number=promoted.number if promoted else None,
        origins=dict(promoted.origins) if promoted else {},
        note="" if waits else "该环境无需审批",
    )
    objects.keep(plan.brought)
    session().add(request)
    session().flush()
    _record(actor, request, "proposed", f"提出{request.environment.label}开关变更申请：{request.reason}", None)
    if not waits and apply_at is None:
        apply(actor, request, plan.base)
    return request


def approve(actor: Actor, request_id: uuid.UUID, *, content_hash: str, note: str = "") -> ChangeRequest:
    """Agree to a pending request as it was shown; it takes effect now, or at its moment. Needs flag.approve.

    The request that comes back is APPLIED, APPROVED (waits for its moment), or CONFLICTED: its flags have changed since or
    no longer fit together, and nothing was overwritten; ``conflict`` says why. OwnRequest for its author, VendorMayNot,
    ApprovalOutdated for another ``content_hash`` than the request's, RequestClosed.
    """
    _need_approver(actor)
    request, base = _held(actor, request_id)
    if actor.id == request.author_id:
        raise OwnRequest
    _need_state(request, RequestState.PENDING)
    if content_hash != request.content_hash:
        raise ApprovalOutdated
    _decide(actor, request, RequestState.APPROVED, note)
    _record(actor, request, "approved", f"批准{request.environment.label}开关变更申请：{request.reason}", "pending")
    if is_due(request):
        apply(actor, request, base)
    return request


def reject(actor: Actor, request_id: uuid.UUID, *, reason: str) -> ChangeRequest:
    """Refuse a pending request, or take back the approval of one that waits for its moment. Needs flag.approve."""
    _need_approver(actor)
    reason = checked_reason(reason)
    request, _ = _held(actor, request_id)
    _need_state(request, *OPEN)
    before = request.state.value
    _decide(actor, request, RequestState.REJECTED, reason)
    _record(actor, request, "rejected", f"驳回{request.environment.label}开关变更申请：{reason}", before)
    return request


def withdraw(actor: Actor, request_id: uuid.UUID, *, reason: str = "") -> ChangeRequest:
    """Take one's own request back while it is open or in conflict. Forbidden for anybody but its author."""
    access.need(actor, Permission.FLAG_EDIT)
    request, _ = _held(actor, request_id)
    if actor.id != request.author_id:
        raise Forbidden("只有提出申请的人可以撤回申请。")
    _need_state(request, *OPEN, RequestState.CONFLICTED)
    before = request.state.value
    request.state = RequestState.WITHDRAWN
    request.note = reason.replace("\0", "").strip()[:LONGEST_REASON]
    session().flush()
    _record(actor, request, "withdrawn", f"撤回{request.environment.label}开关变更申请：{request.reason}", before)
    return request


def _need_approver(actor: Actor) -> None:
    access.need_bureau(actor, Permission.FLAG_APPROVE)
    if actor.id is None:
        raise Forbidden("功能开关变更只能由人审批。")


def _held(actor: Actor, request_id: uuid.UUID) -> tuple[ChangeRequest, Tree]:
    """A request as it stands now, and the environment's tree, both held against other writers."""
    seen = find_request(actor, request_id)
    base = held(seen.environment)
    session().refresh(seen)
    return seen, base


def _need_state(request: ChangeRequest, *states: RequestState) -> None:
    if request.state not in states:
        raise RequestClosed(f"该申请{request.state.label}，不能再这样操作。", state=request.state.value)


def _decide(actor: Actor, request: ChangeRequest, state: RequestState, note: str) -> None:
    request.state = state
    request.decided_by_id = actor.id
    request.decided_by_name = actor.name[:64]
    request.decided_at = clock.now()
    request.note = note.replace("\0", "").strip()[:LONGEST_REASON]
    session().flush()


def _check_moments(apply_at: datetime | None, until: datetime | None) -> None:
    now = clock.now()
    faults: dict[str, list[str]] = {}
    if apply_at is not None and apply_at <= now:
        faults["apply_at"] = ["生效时间应晚于现在"]
    if until is not None and until <= (apply_at or now):
        faults["until"] = ["恢复时间应晚于生效时间"]
    if faults:
        raise Invalid(fields=faults)


def _content_hash(
    environment: Environment, changes: list[dict[str, Any]], apply_at: datetime | None, until: datetime | None
) -> str:
    """What an approval is bound to: where, which documents instead of which, from when, until when."""
    moments = [None if each is None else each.astimezone(UTC).isoformat() for each in (apply_at, until)]
    return hash_of([environment.value, changes, *moments])


def _record(actor: Actor, request: ChangeRequest, done: str, summary: str, before: str | None) -> None:
    identity.record(
        actor,
        f"flag_request.{done}",
        subject=("flag_request", request.id),
        summary=summary,
        changes={
            "state": [before, request.state.value],
            "content_hash": [None, request.content_hash],
            **{f"{each['subject']}:{each['key']}": [each["before"], each["after"]] for each in request.changes},
        },
    )
