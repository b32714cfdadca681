"""What was recorded against what WeChat tells and what calls: the only control there is over steps that people click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from server.core import clock
from server.core.enums import Labelled
from server.domain.identity import Actor, Permission
from server.domain.releases import access
from server.domain.releases.adoption import share_of, versions_seen
from server.domain.releases.models import Ledger, Release
from server.domain.releases.policy import policy
from server.domain.releases.vocabulary import State

# getgrayreleaseplan's ``status``; 4 is a plan that was taken back.
RUNNING, PAUSED, FINISHED, DELETED = 1, 2, 3, 4
PERCENT = 100


class Source(Labelled):
    """Who contradicts the ledger."""

    PLAN = "plan", "微信灰度计划"
    TRAFFIC = "traffic", "线上流量"


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction, as a Chinese sentence."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class GrayPlan:
    """WeChat's gray plan as it was last told; ``percent`` 0 to 100."""

    status: int
    percent: int
    told_at: datetime

    @property
    def runs(self) -> bool:
        """Whether a part of the users gets another version at this time."""
        return self.status in (RUNNING, PAUSED)


def note_gray_plan(actor: Actor, plan: Mapping[str, Any]) -> None:
    """Keep what ``wxa/getgrayreleaseplan`` told, its ``gray_release_plan`` object; an empty one: there is none."""
    actor.need(Permission.RELEASE_OPERATE)
    ledger = access.hold()
    ledger.gray_plan = {
        "status": int(plan.get("status", 0)),
        "gray_percentage": int(plan.get("gray_percentage", 0)),
        "create_timestamp": int(plan.get("create_timestamp", 0)),
        "default_finish_timestamp": int(plan.get("default_finish_timestamp", 0)),
    }
    ledger.gray_plan_at = clock.now()


def gray_plan() -> GrayPlan | None:
    """The plan that WeChat last told of; None if it was never asked."""
    return _plan_of(access.ledger())


def findings(release: Release) -> list[Finding]:
    """Where WeChat or the traffic contradicts what is recorded of a release; empty: nowhere."""
    ledger = access.ledger()
    return [*_of_plan(release, ledger), *_of_traffic(release)]


def _plan_of(ledger: Ledger) -> GrayPlan | None:
    if ledger.gray_plan is None or ledger.gray_plan_at is None:
        return None
    return GrayPlan(ledger.gray_plan["status"], ledger.gray_plan["gray_percentage"], ledger.gray_plan_at)


def _of_plan(release: Release, ledger: Ledger) -> Iterator[Finding]:
    plan = _plan_of(ledger)
    # What WeChat told before the last step says nothing about it.
    if plan is None or plan.told_at < release.updated_at:
        return
    if release.state is State.GRAY:
        if plan.status == PAUSED:
            yield Finding(Source.PLAN, "登记为灰度中，微信显示灰度已暂停。")
        elif not plan.runs:
            yield Finding(Source.PLAN, "登记为灰度中，微信没有进行中的灰度计划。")
        if plan.runs and plan.percent != release.gray_percent:
            yield Finding(Source.PLAN, f"登记的灰度比例为 {release.gray_percent}%，微信显示 {plan.percent}%。")
    elif release.state is State.FULL and ledger.gray_id is None and plan.runs:
        yield Finding(Source.PLAN, f"登记为已全量，微信仍有进行中的灰度计划（{plan.percent}%）。")


def _of_traffic(release: Release) -> Iterator[Finding]:
    rules, now = policy(), clock.now()
    since = now - timedelta(hours=rules.unseen_hours)
    seen = versions_seen(clock.local_day(since))
    requests = seen.get(release.version, 0)
    ripe = release.updated_at <= since
    if release.state is State.GRAY and ripe:
        share = share_of(release.version, clock.local_day(now - timedelta(days=1)))
        if not requests:
            yield Finding(Source.TRAFFIC, f"灰度已超过 {rules.unseen_hours} 小时，没有见到该版本的请求。")
        elif share is not None and share * PERCENT > (release.gray_percent or 0) + rules.gray_tolerance_percent:
            text = f"昨日 {share:.0%} 的启动来自该版本，超过登记的灰度比例 {release.gray_percent}%。"
            yield Finding(Source.TRAFFIC, text)
    elif release.state is State.FULL and ripe and any(seen.values()) and not requests:
        yield Finding(Source.TRAFFIC, f"全量已超过 {rules.unseen_hours} 小时，没有见到该版本的请求。")
    elif requests and not release.flag_revisions.keys() & {"gray", "full"}:
        # Phones that once got a version keep it for days, so whoever was published may be seen.
        yield Finding(Source.TRAFFIC, f"登记为“{release.state.label}”，正式版流量中已有该版本的 {requests} 次请求。")
