"""Revisions: written one after the other without a gap, and read again. Every change of an answer is one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import Conflict
from server.domain import identity
from server.domain.flags import access, conflicts, documents, followers, objects
from server.domain.flags.changes import Change, FlagMoved, NothingChanged, Plan, checked, moved_of, plan_of, verified
from server.domain.flags.content import Content, RevisionNotFound, content, held
from server.domain.flags.documents import Difference
from server.domain.flags.environments import Environment
from server.domain.flags.models import FlagChange, FlagHead, Revision, RevisionKind, Subject
from server.domain.flags.policy import checked_reason, needs_approval
from server.domain.identity import Actor, Permission

# What an editor may call a revision; the other kinds have verbs of their own.
EDITS = frozenset({RevisionKind.EDIT, RevisionKind.RAMP, RevisionKind.IMPORT})


class ApprovalNeeded(Conflict):
    """In this environment a change is proposed and approved, not published."""

    code = "flag_approval_needed"
    message = "该环境的功能开关变更须经局方审批，请提交变更申请。"


class HeadMoved(Conflict):
    """Somebody else published in the same instant. Nothing was lost: try again."""

    code = "flag_head_moved"
    message = "刚有其他修改发布，请重试。"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who stands behind a revision, and why."""

    author_id: uuid.UUID | None
    author_name: str
    author_organisation: str
    reason: str
    approver_id: uuid.UUID | None = None
    approver_name: str = ""
    reviewed: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a revision came from, beside a person's editor."""

    request_id: uuid.UUID | None = None
    reverts_to: int | None = None
    promoted_from: Environment | None = None
    promoted_number: int | None = None
    origins: dict[str, Any] | None = None


def publish(
    actor: Actor,
    environment: Environment,
    changes: Iterable[Change],
    *,
    reason: str,
    kind: RevisionKind = RevisionKind.EDIT,
) -> Revision:
    """Write changes as the next revision; all of them or none. Needs flag.edit. ``kind``: edit, ramp or import.

    ApprovalNeeded where the rules say so; FlagMoved when somebody else changed one of the same flags (never because of
    others): send merged documents again with ``Moved.theirs_hash`` as base; NothingChanged; StillNeeded; TooManyFlags;
    Invalid with fields for wrong documents.
    """
    access.need(actor, Permission.FLAG_EDIT)
    if kind not in EDITS:
        raise ValueError(kind)
    reason = checked_reason(reason)
    if needs_approval(environment):
        raise ApprovalNeeded
    return write(actor, planned(environment, changes), kind, signed(actor, reason))


def planned(environment: Environment, changes: Iterable[Change]) -> Plan:
    """Hold the environment and plan changes on top of what stands; FlagMoved, NothingChanged, or what ``verified`` says."""
    wanted = checked(changes)
    base = held(environment)
    late = moved_of(base, wanted)
    if late:
        raise FlagMoved(late)
    plan = plan_of(base, wanted)
    if not plan.steps:
        raise NothingChanged
    verified(plan)
    return plan


def signed(actor: Actor, reason: str, *, reviewed: bool = True) -> Signature:
    """The actor as the author."""
    return Signature(actor.id, actor.name[:64], actor.organisation_name[:100], reason, reviewed=reviewed)


def write(actor: Actor, plan: Plan, kind: RevisionKind, signature: Signature, origin: Origin | None = None) -> Revision:
    """Write a plan, verified on a held environment, as the next revision, and all that follows from it."""
    origin = origin or Origin()
    base, tree = plan.base, plan.tree
    number = base.number + 1
    moved = sa.update(FlagHead).where(FlagHead.environment == base.environment, FlagHead.number == base.number)
    if hit(moved.values(number=number)) == 0:
        raise HeadMoved
    objects.keep(plan.brought)
    revision = Revision(
        environment=base.environment,
        number=number,
        parent=base.number or None,
        kind=kind,
        tree=tree.plain(),
        content_hash=tree.content_hash,
        origins=dict(base.origins) if origin.origins is None else origin.origins,
        reason=signature.reason,
        author_id=signature.author_id,
        author_name=signature.author_name,
        author_organisation=signature.author_organisation,
        approver_id=signature.approver_id,
        approver_name=signature.approver_name,
        reviewed=signature.reviewed,
        request_id=origin.request_id,
        reverts_to=origin.reverts_to,
        promoted_from=origin.promoted_from,
        promoted_number=origin.promoted_number,
        created_at=clock.now(),
    )
    session().add(revision)
    session().flush()
    _note(revision, plan)
    conflicts.mark(actor, tree)
    _record(actor, revision, plan)
    followers.announce(actor, revision)
    return revision


def _note(revision: Revision, plan: Plan) -> None:
    session().add_all(
        [
            FlagChange(
                revision_id=revision.id,
                environment=revision.environment,
                number=revision.number,
                subject=step.subject,
                key=step.key,
                before_hash=step.before,
                after_hash=step.after,
                created_at=revision.created_at,
            )
            for step in plan.steps
        ]
    )


def _record(actor: Actor, revision: Revision, plan: Plan) -> None:
    """The entry in the trail: what changed in each flag, in words, whatever way it was changed."""
    hashes = {digest for step in plan.steps for digest in (step.before, step.after) if digest}
    known = objects.load(hashes - plan.brought.keys()) | dict(plan.brought)
    told = {}
    for step in plan.steps:
        found = documents.differences(known.get(step.before or ""), known.get(step.after or ""))
        words = "；".join(each.text for each in found)
        told[f"{step.subject.value}:{step.key}"] = [_short(step.before), f"{words}（{_short(step.after) or '无'}）"]
    identity.record(
        actor,
        f"flag_set.{PAST[revision.kind]}",
        subject=("flag_set", f"{revision.environment.value}/{revision.number}"),
        summary=f"{revision.environment.label}功能开关第 {revision.number} 版（{revision.kind.label}）：{revision.reason}",
        changes={"revision": [revision.parent, revision.number], **told},
    )


def _short(digest: str | None) -> str | None:
    return digest and digest[:12]


PAST = {
    RevisionKind.EDIT: "edited",
    RevisionKind.RAMP: "ramped",
    RevisionKind.IMPORT: "imported",
    RevisionKind.PROMOTION: "promoted",
    RevisionKind.SCHEDULE: "scheduled_change_applied",
    RevisionKind.EXPIRY: "expired",
    RevisionKind.ROLL_BACK: "rolled_back",
    RevisionKind.KILL: "killed",
}


def revisions_matching(
    actor: Actor,
    environment: Environment | None = None,
    *,
    kind: RevisionKind | None = None,
    unreviewed: bool = False,
    text: str = "",
) -> sa.Select[tuple[Revision]]:
    """Revisions, newest first. Needs flag.view. ``text`` looks in reasons and authors' names."""
    query = sa.select(Revision).where(*access.visible(actor))
    query = query.order_by(Revision.created_at.desc(), Revision.number.desc(), Revision.id.desc())
    if environment is not None:
        query = query.where(Revision.environment == environment)
    if kind is not None:
        query = query.where(Revision.kind == kind)
    if unreviewed:
        query = query.where(Revision.reviewed.is_(False))
    if text:
        words = (Revision.reason, Revision.author_name)
        told = text.replace("\0", "")
        query = query.where(sa.or_(*(word.contains(told, autoescape=True) for word in words)))
    return query


def find_revision(actor: Actor, environment: Environment, number: int) -> Revision:
    """One revision; RevisionNotFound. Needs flag.view."""
    access.need(actor)
    query = sa.select(Revision).where(Revision.environment == environment, Revision.number == number)
    found = session().scalars(query).one_or_none()
    if found is None:
        raise RevisionNotFound
    return found


def find_content(actor: Actor, environment: Environment, number: int | None = None) -> Content:
    """What ``content`` gives, for a person. Needs flag.view."""
    access.need(actor)
    return content(environment, number)


def history_of(
    actor: Actor, key: str, environment: Environment | None = None, *, subject: Subject = Subject.FLAG
) -> sa.Select[tuple[FlagChange, Revision]]:
    """Every change of one flag (or segment) with the revision that made it, newest first. Needs flag.view."""
    query = (
        sa.select(FlagChange, Revision)
        .join(Revision, Revision.id == FlagChange.revision_id)
        .where(FlagChange.key == key.replace("\0", ""), FlagChange.subject == subject, *access.visible(actor))
        .order_by(FlagChange.created_at.desc(), FlagChange.number.desc(), FlagChange.id.desc())
    )
    return query if environment is None else query.where(FlagChange.environment == environment)


def changes_of(revisions: Sequence[Revision]) -> dict[uuid.UUID, list[FlagChange]]:
    """What each of these revisions changed, by its id, in one statement: for lists of what the caller may see."""
    found: dict[uuid.UUID, list[FlagChange]] = {each.id: [] for each in revisions}
    query = sa.select(FlagChange).where(FlagChange.revision_id.in_(found))
    for change in session().scalars(query.order_by(FlagChange.subject, FlagChange.key)):
        found[change.revision_id].append(change)
    return found


def differences_of(changes: Sequence[FlagChange]) -> dict[uuid.UUID, list[Difference]]:
    """What each of these changes did, in words, by its id, in one statement."""
    known = objects.load(
        digest for each in changes for digest in (each.before_hash, each.after_hash) if digest is not None
    )
    return {
        each.id: documents.differences(known.get(each.before_hash or ""), known.get(each.after_hash or ""))
        for each in changes
    }
