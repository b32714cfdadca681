"""What must not wait for a second person: switching one flag off, and going back to a revision that held before."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, Forbidden
from server.domain.flags import access, objects
from server.domain.flags.access import FlagNotFound
from server.domain.flags.changes import (
    Change,
    NothingChanged,
    Plan,
    Preview,
    Step,
    plan_of,
    touched,
)
from server.domain.flags.content import RevisionNotFound, Tree, content_of, held, tree
from server.domain.flags.environments import Environment
from server.domain.flags.evaluation import compile_set
from server.domain.flags.models import FlagChange, Revision, RevisionKind, Subject
from server.domain.flags.policy import checked_reason, needs_approval
from server.domain.flags.revisions import Origin, signed, write
from server.domain.flags.serving import document_of
from server.domain.identity import Actor, Permission


class AlreadyOff(Conflict):
    """The flag is off."""

    code = "flag_already_off"
    message = "该功能开关已经是关闭状态。"


class KilledByOthers(Forbidden):
    """What others (the bureau, above all) switched off in an emergency does not come on again past the bureau."""

    code = "flag_killed_by_others"
    message = "该功能开关不是由贵单位紧急关闭的，恢复须提交变更申请并经局方审批。"


def kill(actor: Actor, environment: Environment, key: str, *, reason: str) -> Revision:
    """Switch a flag off at once, whatever it says now: one revision, with its reason. Needs flag.kill.

    Asks nobody's approval; where approval was due the revision says ``reviewed=False``. Open requests about the flag end
    as conflicted. FlagNotFound, AlreadyOff.
    """
    access.need(actor, Permission.FLAG_KILL)
    reason = checked_reason(reason)
    base = held(environment)
    digest = base.flags.get(key)
    if digest is None:
        raise FlagNotFound
    document = objects.load([digest])[digest]
    if not document.get("enabled", True):
        raise AlreadyOff
    plan = plan_of(base, [Change(Subject.FLAG, key, {**document, "enabled": False}, digest)])
    return write(actor, plan, RevisionKind.KILL, signed(actor, reason, reviewed=not needs_approval(environment)))


def roll_back_preview(actor: Actor, environment: Environment, number: int) -> Preview:
    """What going back to a revision would change now. Needs flag.view."""
    access.need(actor)
    before, after = content_of(tree(environment)), content_of(tree(environment, number))
    return Preview(before, after, touched(before, after))


def roll_back(actor: Actor, environment: Environment, number: int, *, reason: str) -> Revision:
    """Make the flag set what it was as revision ``number`` (from 1): a new revision that names it in ``reverts_to``.

    Needs flag.kill. Asks nobody's approval; where approval was due it says ``reviewed=False``. What was promoted since
    counts as not promoted. RevisionNotFound, NothingChanged, and KilledByOthers where approval is due and a vendor
    would switch on again what somebody else killed since.
    """
    access.need(actor, Permission.FLAG_KILL)
    reason = checked_reason(reason)
    base = held(environment)
    if not 1 <= number <= base.number:
        raise RevisionNotFound
    aim = tree(environment, number)
    plan = Plan(base, _steps(base, aim), {})
    if not plan.steps:
        raise NothingChanged(f"现在的内容与第 {number} 版相同，不需要回退。")
    due = needs_approval(environment)
    if due and actor.is_vendor:
        _refuse_undoing(actor, plan, number)
    # What held once is not measured by today's rules: only that it can be served.
    compile_set(document_of(content_of(plan.tree)))
    origin = Origin(reverts_to=number, origins={name: dict(each) for name, each in aim.origins.items()})
    return write(actor, plan, RevisionKind.ROLL_BACK, signed(actor, reason, reviewed=not due), origin)


def _refuse_undoing(actor: Actor, plan: Plan, number: int) -> None:
    """KilledByOthers if the steps switch on a flag that another organisation killed after the revision aimed at."""
    changed = [step for step in plan.steps if step.subject is Subject.FLAG]
    known = objects.load(digest for step in changed for digest in (step.before, step.after) if digest)

    def is_on(digest: str | None) -> bool:
        return bool(known.get(digest or "", {}).get("enabled"))

    on = [step.key for step in changed if is_on(step.after) and not is_on(step.before)]
    query = (
        sa.select(FlagChange.key)
        .join(Revision, Revision.id == FlagChange.revision_id)
        .where(
            FlagChange.environment == plan.base.environment,
            FlagChange.number > number,
            FlagChange.subject == Subject.FLAG,
            FlagChange.key.in_(on),
            Revision.kind == RevisionKind.KILL,
            Revision.author_organisation != actor.organisation_name,
        )
        .order_by(FlagChange.key)
        .limit(1)
    )
    key = session().scalar(query)
    if key is not None:
        raise KilledByOthers(f"“{key}”不是由贵单位紧急关闭的，恢复须提交变更申请并经局方审批。", key=key)


def _steps(base: Tree, aim: Tree) -> tuple[Step, ...]:
    return tuple(
        Step(subject, key, base.get(subject, key), aim.get(subject, key))
        for subject in Subject
        for key in sorted(base.shelf(subject).keys() | aim.shelf(subject).keys())
        if base.get(subject, key) != aim.get(subject, key)
    )
