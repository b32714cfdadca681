"""What a done step changes beside the state: the places in the ledger, what is served to phones, and other releases."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from server.core import clock, versions
from server.core.db import session
from server.core.errors import Invalid
from server.domain import notices
from server.domain.flags import Environment
from server.domain.identity import Actor
from server.domain.releases import flag_use, gates, log
from server.domain.releases.models import Ledger, Release
from server.domain.releases.vocabulary import Driver, EventKind, Scope, State, Step

REASON = 200


@dataclass(slots=True, kw_only=True)
class Doing:
    """A step while it is being done. ``data`` is what its event keeps; effects add to it and to ``changes``."""

    actor: Actor
    release: Release
    ledger: Ledger
    step: Step
    data: dict[str, Any]
    at: datetime | None
    summary: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
    # What happens to another release by this step, after it.
    then: Callable[[], None] = lambda: None


def weigh(release: Release, ledger: Ledger, step: Step, data: dict[str, Any]) -> None:
    """Refuse what only this release's standing shows to be wrong; name the target of a roll-back."""
    if step is Step.GRAY and data["percent"] <= (release.gray_percent or 0):
        raise Invalid(fields={"percent": [f"灰度比例只能增大，当前为 {release.gray_percent}%。"]})
    if step is Step.ROLL_BACK:
        possible = {str(each.id): each for each in gates.roll_back_targets(release, ledger)}
        chosen = possible.get(data["target"] or next(iter(possible), ""))
        if chosen is None:
            raise Invalid(fields={"target": ["不能回退到这个版本。"]})
        data["target"], data["target_version"] = str(chosen.id), chosen.version


def apply(doing: Doing) -> None:
    """Change what the step changes. The state itself is moved by the log."""
    effect = _EFFECTS.get(doing.step)
    if effect:
        effect(doing)


def _upload(doing: Doing) -> None:
    doing.ledger.develop_id = doing.release.id
    if doing.release.driver is Driver.COMPONENT:
        # WeChat makes what a third-party platform commits the trial version at once.
        doing.ledger.trial_id = doing.release.id


def _set_trial(doing: Doing) -> None:
    before = _version_of(doing.ledger.trial_id)
    doing.ledger.trial_id = doing.release.id
    doing.changes["trial"] = [before, doing.release.version]


def _submit(doing: Doing) -> None:
    doing.ledger.audit_id = doing.release.id
    doing.release.audit_id = doing.data.get("audit_id") or doing.release.audit_id


def _end_audit(doing: Doing) -> None:
    doing.ledger.audit_id = None


def _approve(doing: Doing) -> None:
    doing.release.scope = Scope(doing.data["scope"])
    doing.summary += f"（{doing.release.scope.label}）"
    doing.changes["scope"] = [None, doing.release.scope.value]


def _gray(doing: Doing) -> None:
    before, now = doing.release.gray_percent, doing.data["percent"]
    doing.release.gray_percent = now
    doing.ledger.gray_id = doing.release.id
    doing.summary += f" {now}%"
    doing.changes["gray_percent"] = [before, now]
    if before is None:
        _note_revisions(doing, "gray")


def _stop_gray(doing: Doing) -> None:
    doing.changes["gray_percent"] = [doing.release.gray_percent, None]
    doing.release.gray_percent = None
    doing.ledger.gray_id = None


def _full(doing: Doing) -> None:
    release, ledger, actor = doing.release, doing.ledger, doing.actor
    before = ledger.full_id
    if ledger.gray_id == release.id:
        ledger.gray_id = None
    release.gray_percent = None
    release.live_at = doing.at or clock.now()
    ledger.full_id = release.id
    _note_revisions(doing, "full")
    notices.recommend_version(actor, version=release.version, reason=f"{release.version} 全量发布"[:REASON])
    if before is not None and before != release.id:
        doing.then = lambda: _follow(doing, before, Step.SUPERSEDE, f"被 {release.version} 替代")


def _roll_back(doing: Doing) -> None:
    release, ledger = doing.release, doing.ledger
    target = session().get_one(Release, uuid.UUID(doing.data["target"]))
    doing.summary += f"到 {target.version}：{doing.data['reason']}"
    doing.data["flag_revision"] = _shipped_revision(target)
    doing.changes["live"] = [release.version, target.version]
    if release.state is State.GRAY:
        release.gray_percent = None
        ledger.gray_id = None
    else:
        ledger.full_id = target.id
        target.live_at = doing.at or clock.now()
        doing.then = lambda: _follow(doing, target.id, Step.RESTORE, f"由 {release.version} 回退，恢复为线上版本")
    _limit(doing, target)


def _withdraw(doing: Doing) -> None:
    for place in ("develop_id", "trial_id"):
        if getattr(doing.ledger, place) == doing.release.id:
            setattr(doing.ledger, place, None)


_EFFECTS: Mapping[Step, Callable[[Doing], None]] = MappingProxyType(
    {
        Step.UPLOAD: _upload,
        Step.SET_TRIAL: _set_trial,
        Step.SUBMIT_AUDIT: _submit,
        Step.UNDO_AUDIT: _end_audit,
        Step.PASS_AUDIT: _end_audit,
        Step.REJECT_AUDIT: _end_audit,
        Step.APPROVE: _approve,
        Step.GRAY: _gray,
        Step.STOP_GRAY: _stop_gray,
        Step.FULL: _full,
        Step.ROLL_BACK: _roll_back,
        Step.WITHDRAW: _withdraw,
    }
)


def _limit(doing: Doing, target: Release) -> None:
    """What phones are told after a roll-back: the target is the newest, the release is stopped if so wished."""
    config = notices.app_config()
    lowest, aim = versions.parse(config.minimum_version), versions.parse(target.version)
    # A lowest version above the target would leave nobody a version to run.
    too_high = lowest is not None and aim is not None and aim < lowest
    blocked = {*config.blocked_versions, doing.release.version} if doing.data["block"] else set(config.blocked_versions)
    notices.limit_versions(
        doing.actor,
        latest=target.version,
        minimum=target.version if too_high else None,
        blocked=sorted(blocked),
        message=doing.data.get("message") or None,
        reason=f"{doing.release.version} 回退到 {target.version}：{doing.data['reason']}"[:REASON],
    )


def _follow(doing: Doing, release_id: uuid.UUID, step: Step, summary: str) -> None:
    """The step of another release that follows from this one."""
    other = session().get_one(Release, release_id)
    line = log.Line(
        kind=EventKind.DONE,
        step=step,
        summary=summary,
        data={"by": str(doing.release.id), "by_version": doing.release.version},
        at=doing.at,
    )
    log.write(doing.actor, other, doing.ledger, line)


def _note_revisions(doing: Doing, point: str) -> None:
    now = flag_use.revisions_now()
    doing.release.flag_revisions = {**doing.release.flag_revisions, point: now}
    doing.data["flag_revisions"] = now


def _shipped_revision(release: Release) -> int | None:
    """The revision of the released version's flags that a release went live with."""
    kept: dict[str, dict[str, int]] = release.flag_revisions
    point = kept.get("full") or kept.get("gray") or kept.get("push") or {}
    return point.get(Environment.RELEASE.value)


def _version_of(release_id: uuid.UUID | None) -> str | None:
    found = session().get(Release, release_id) if release_id else None
    return found.version if found else None
