"""The sidebar: what there is, for whom, and which entry a page belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app, request, url_for


class Actor(Protocol):
    """What the layout asks of the signed-in officer."""

    def may(self, permission: str, /) -> bool: ...


@dataclass(frozen=True)
class Entry:
    """`permission` as in identity's Permission; empty: for every officer. `prefix`: the one path on which the entry
    is lit, when that is not everything below its own address."""

    label: str
    icon: str
    endpoint: str
    permission: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Link:
    label: str
    icon: str
    url: str
    active: bool


NAVIGATION = (
    Group("", (Entry("工作台", "layout-dashboard", "dashboard.index", "dashboard.view", prefix="/admin/"),)),
    Group(
        "服务台",
        (
            Entry("工单", "ticket", "tickets.index", "ticket.view"),
            Entry("反馈与需求", "arrows-exchange", "referrals.index", "referral.view"),
            Entry("值班与通话", "phone", "duty.index", "duty.view"),
            Entry("知识库", "book", "knowledge.index", "knowledge.view"),
            Entry("公告与指南", "news", "notices.index", "notice.view"),
            Entry("消息发送", "send", "messages.index", "message.view"),
            Entry("个人信息请求", "shield-lock", "data_requests.index", "data_request.handle"),
        ),
    ),
    Group(
        "发布",
        (
            Entry("版本", "rocket", "releases.index", "release.view"),
            Entry("功能开关", "toggle-right", "flags.index", "flag.view"),
            Entry("变更审批", "git-pull-request", "flag_requests.index", "flag.view"),
            Entry("用户分组", "users-group", "flag_segments.index", "flag.view"),
        ),
    ),
    Group(
        "履约",
        (
            Entry("履约日历", "calendar-due", "agenda.index", "agenda.view"),
            Entry("运维合同", "contract", "contracts.index", "contract.view"),
            Entry("完工与验收", "clipboard-check", "acceptances.index", "acceptance.view"),
            Entry("服务记录单", "signature", "service_records.index", "document.view"),
            Entry("履约记录", "notebook", "records.index", "record.view"),
            Entry("维护与巡检", "tool", "upkeep.index", "record.view"),
            Entry("文书", "file-text", "documents.index", "document.view"),
            Entry("培训", "school", "trainings.index", "record.view"),
            Entry("交付物", "files", "deliverables.index", "deliverable.view"),
            Entry("运维报告", "report", "reports.index", "report.view"),
            Entry("付款", "cash", "payments.index", "payment.view"),
            Entry("违约金与整改", "scale", "penalties.index", "payment.view"),
            Entry("维护人员", "id-badge", "staff.index", "staff.view"),
            Entry("保密与安全", "lock", "secrecy.index", "secrecy.view"),
            Entry("工作日历", "calendar-event", "calendar.index", "calendar.view"),
        ),
    ),
    Group(
        "系统",
        (
            Entry("人员与权限", "users", "people.index", "people.view"),
            Entry("接口令牌", "key", "tokens.index", "token.manage"),
            Entry("后台任务", "list-check", "jobs.index", "job.view"),
            Entry("审计日志", "history", "audit.index", "audit.view"),
            Entry("小程序配置", "device-mobile", "app_config.show", "system.configure"),
            Entry("系统设置", "settings", "settings.index", "system.view"),
        ),
    ),
)


def navigation_of(actor: Actor | None, groups: tuple[Group, ...] = NAVIGATION) -> list[tuple[str, list[Link]]]:
    """The groups that have something for this officer. Pages of another profile, not registered, are left out."""
    if actor is None:
        return []
    shown = []
    for group in groups:
        links = [_link(entry) for entry in group.entries if _open_to(actor, entry)]
        if links:
            shown.append((group.label, links))
    return shown


def url_if(endpoint: str, **values: Any) -> str:
    """The address of an endpoint, or nothing when this installation has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def _open_to(actor: Actor, entry: Entry) -> bool:
    if entry.endpoint not in current_app.view_functions:
        return False
    return not entry.permission or actor.may(entry.permission)


def _link(entry: Entry) -> Link:
    url = url_for(entry.endpoint)
    prefix = entry.prefix or url
    active = request.path == prefix or (not entry.prefix and request.path.startswith(f"{prefix.rstrip('/')}/"))
    return Link(entry.label, entry.icon, url, active)
