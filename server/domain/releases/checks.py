"""The checklist of a release: what should be so before, while and after it goes out, read from every source that we have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core import clock
from server.domain import identity
from server.domain.flags import Environment
from server.domain.releases import access, flag_use, gates, maps, plans
from server.domain.releases.adoption import versions_seen
from server.domain.releases.log import events_of
from server.domain.releases.models import Release
from server.domain.releases.policy import policy
from server.domain.releases.reading import tickets_of
from server.domain.releases.vocabulary import LIVE, CheckState, EventKind, FlagRole, State, Step

OK, WAITING, WARNING, FAILED = CheckState.OK, CheckState.WAITING, CheckState.WARNING, CheckState.FAILED


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the list: its name, how it stands, and a Chinese sentence why."""

    key: str
    label: str
    state: CheckState
    detail: str


def checklist(release: Release) -> list[Check]:
    """All points of a release that was found visible, in the order of its life."""
    return [
        _map(release),
        _tickets(release),
        _flags(release),
        _privacy(release),
        _approval(release),
        *_plan(release),
        _traffic(release),
        _way_back(release),
    ]


def _map(release: Release) -> Check:
    label = "源码映射"
    if release.map_sha256 is None:
        return Check("source_map", label, WARNING, "清单未声明源码映射，崩溃堆栈无法还原。")
    if maps.map_of(release.id) is None:
        return Check("source_map", label, WAITING, "清单已声明，尚未上传。")
    return Check("source_map", label, OK, f"已保存，SHA-256 {release.map_sha256[:12]}…")


def _tickets(release: Release) -> Check:
    linked = tickets_of([release.id])[release.id]
    if not linked:
        return Check("tickets", "关联工单", WARNING, "没有关联工单。")
    return Check("tickets", "关联工单", OK, f"已关联 {len(linked)} 张：{'、'.join(row.number for row in linked)}。")


def _flags(release: Release) -> Check:
    label = "功能开关"
    brought = flag_use.flags_of([release.id])[release.id][FlagRole.INTRODUCED]
    if not brought:
        return Check("flags", label, OK, "没有引入新的开关。")
    lacking = flag_use.missing(release, Environment.RELEASE)
    if not lacking:
        return Check("flags", label, OK, f"引入的 {len(brought)} 个开关在正式版均已建立。")
    state = FAILED if release.state in LIVE else WAITING
    return Check("flags", label, state, f"正式版尚未建立：{'、'.join(lacking)}。")


def _privacy(release: Release) -> Check:
    current = identity.current_version()
    if release.privacy_version == current:
        return Check("privacy", "隐私保护指引", OK, f"与现行第 {current} 版一致。" if current else "尚未发布指引。")
    gone_on = release.state not in (State.REGISTERED, State.UPLOADED, State.IN_AUDIT, State.AUDIT_PASSED)
    said = f"第 {release.privacy_version} 版" if release.privacy_version else "未声明"
    detail = f"清单为{said}，现行为第 {current} 版。"
    return Check("privacy", "隐私保护指引", WARNING if gone_on else FAILED, detail)


def _approval(release: Release) -> Check:
    done = [event for event in events_of(release) if event.kind is EventKind.DONE]
    for event in reversed(done):
        if event.step is Step.APPROVE:
            scope = f"（{release.scope.label}）" if release.scope else ""
            return Check("approval", "局方批准", OK, f"{event.actor_name}于 {_day(event.at)} 批准{scope}。")
        if event.step is Step.REFUSE:
            return Check("approval", "局方批准", FAILED, f"{event.actor_name}未批准：{event.text}")
    return Check("approval", "局方批准", WAITING, "尚未批准。")


def _plan(release: Release) -> Iterator[Check]:
    if release.state not in LIVE:
        yield Check("gray_plan", "微信灰度计划", WAITING, "尚未发布。")
        return
    told = [finding for finding in plans.findings(release) if finding.source is plans.Source.PLAN]
    if told:
        yield Check("gray_plan", "微信灰度计划", FAILED, " ".join(finding.text for finding in told))
    elif access.ledger().gray_plan_at is None:
        yield Check("gray_plan", "微信灰度计划", WAITING, "尚未从微信查询。")
    else:
        yield Check("gray_plan", "微信灰度计划", OK, "与登记一致。")


def _traffic(release: Release) -> Check:
    label = "线上流量"
    since = clock.local_day(clock.now() - timedelta(hours=policy().unseen_hours))
    requests = versions_seen(since).get(release.version, 0)
    if release.state in LIVE:
        if requests:
            return Check("traffic", label, OK, f"最近 {policy().unseen_hours} 小时有 {requests} 次请求来自该版本。")
        return Check("traffic", label, WAITING, "发布后还没有见到该版本的请求。")
    if requests and release.state in (State.ROLLED_BACK, State.SUPERSEDED):
        return Check("traffic", label, WARNING, f"最近 {policy().unseen_hours} 小时仍有 {requests} 次请求来自该版本。")
    if requests:
        return Check("traffic", label, FAILED, f"尚未发布，却已有 {requests} 次请求自称该版本。")
    return Check("traffic", label, WAITING, "没有来自该版本的请求。")


def _way_back(release: Release) -> Check:
    label = "回退目标"
    if release.state is State.ROLLED_BACK:
        return Check("way_back", label, OK, "已回退。")
    ledger = access.ledger()
    if release.state in LIVE:
        targets = gates.roll_back_targets(release, ledger)
        if targets:
            return Check("way_back", label, OK, f"可以回退到 {targets[0].version}。")
        return Check("way_back", label, WARNING, "没有可以回退到的版本。")
    if ledger.full_id and ledger.full_id != release.id:
        return Check("way_back", label, OK, "发布后可以回退到现在的线上版本。")
    return Check("way_back", label, WARNING, "线上没有可以回退到的版本。")


def _day(moment: datetime) -> str:
    return f"{clock.to_local(moment):%Y-%m-%d}"
