"""The rules for changing flags as data, in numbered versions: where approval is needed, when a flag is stale, how many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import identity
from server.domain.flags import access
from server.domain.flags.environments import Environment
from server.domain.flags.models import LONGEST_REASON, FlagPolicyVersion
from server.domain.identity import Actor, Permission

LONGEST_DAYS = 3650
# What a worker compiles and answers in one bulk has an end somewhere; measured with thousands.
MOST = 2000


class StalePolicy(Conflict):
    """Somebody else has changed the rules meanwhile."""

    code = "flag_policy_moved"
    message = "开关规则已被他人修改，请刷新后重新填写。"


@dataclass(frozen=True, slots=True)
class FlagPolicy:
    """The rules that hold. ``number`` 0: the built-in ones, before the first were written."""

    number: int = 0
    approval: frozenset[Environment] = frozenset({Environment.RELEASE})
    stale_days: int = 90
    most_flags: int = 500


def policy() -> FlagPolicy:
    """The rules that hold now. One small query."""
    newest = sa.select(FlagPolicyVersion).order_by(FlagPolicyVersion.number.desc()).limit(1)
    row = session().scalars(newest).first()
    if row is None:
        return FlagPolicy()
    return FlagPolicy(row.number, frozenset(Environment(each) for each in row.approval), row.stale_days, row.most_flags)


def policies(actor: Actor) -> sa.Select[tuple[FlagPolicyVersion]]:
    """All versions of the rules, newest first. Needs flag.view."""
    return sa.select(FlagPolicyVersion).where(*access.visible(actor)).order_by(FlagPolicyVersion.number.desc())


def needs_approval(environment: Environment) -> bool:
    """Whether a change in this environment waits for a second person, of the bureau."""
    return environment in policy().approval


def set_policy(
    actor: Actor,
    *,
    base_number: int,
    approval: Collection[Environment],
    stale_days: int,
    most_flags: int,
    reason: str,
) -> FlagPolicy:
    """Write the next version of the rules. Needs flag.approve, of the bureau. ``base_number``: the version seen.

    StalePolicy if another was written meanwhile; Invalid by field.
    """
    access.need_bureau(actor, Permission.FLAG_APPROVE)
    before = policy()
    if before.number != base_number:
        raise StalePolicy
    reason = checked_reason(reason)
    faults: dict[str, list[str]] = {}
    if not 1 <= stale_days <= LONGEST_DAYS:
        faults["stale_days"] = [f"应为 1 至 {LONGEST_DAYS} 天"]
    if not 1 <= most_flags <= MOST:
        faults["most_flags"] = [f"应为 1 至 {MOST} 个"]
    if faults:
        raise Invalid(fields=faults)
    after = FlagPolicy(before.number + 1, frozenset(map(Environment, approval)), stale_days, most_flags)
    if (after.approval, after.stale_days, after.most_flags) == (before.approval, before.stale_days, before.most_flags):
        raise Invalid("规则没有任何变化。")
    session().add(
        FlagPolicyVersion(
            number=after.number,
            approval=_names(after),
            stale_days=stale_days,
            most_flags=most_flags,
            reason=reason,
            created_by_id=actor.id,
            created_by_name=actor.name[:64],
            created_at=clock.now(),
        )
    )
    try:
        session().flush()
    except sa.exc.IntegrityError as clash:
        raise StalePolicy from clash
    identity.record(
        actor,
        "flag_policy.set",
        subject=("flag_policy", str(after.number)),
        summary=f"修改开关规则为第 {after.number} 版：{reason}",
        changes=_changes(before, after),
    )
    return after


def checked_reason(text: str, field: str = "reason") -> str:
    """A reason that says something; Invalid otherwise."""
    text = text.replace("\0", "").strip()
    if not text or len(text) > LONGEST_REASON:
        raise Invalid(fields={field: [f"请写明原因，不超过 {LONGEST_REASON} 个字"]})
    return text


def _names(rules: FlagPolicy) -> list[str]:
    return sorted(each.value for each in rules.approval)


def _changes(before: FlagPolicy, after: FlagPolicy) -> dict[str, Any]:
    told: dict[str, list[Any]] = {
        "approval": [_names(before), _names(after)],
        "stale_days": [before.stale_days, after.stale_days],
        "most_flags": [before.most_flags, after.most_flags],
    }
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}
