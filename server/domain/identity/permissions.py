"""What may be done, and by which role (domain.md §1.3); docs/permissions.md is written from here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.core.enums import Labelled


class Permission(Labelled):
    """One verb that a route or a rule asks for."""

    DASHBOARD_VIEW = "dashboard.view", "查看工作台"
    TICKET_VIEW = "ticket.view", "查看工单"
    TICKET_OPEN = "ticket.open", "登记工单"
    TICKET_RESPOND = "ticket.respond", "响应和处理工单"
    TICKET_ASSIGN = "ticket.assign", "分派工单"
    TICKET_COMMENT = "ticket.comment", "工单沟通"
    TICKET_CLOSE = "ticket.close", "关闭工单"
    TICKET_EXPORT = "ticket.export", "导出工单"
    CONTENT_REVIEW = "content.review", "内容安全复核"
    CONTRACT_VIEW = "contract.view", "查看合同"
    CONTRACT_MANAGE = "contract.manage", "维护合同"
    CALENDAR_VIEW = "calendar.view", "查看工作日历"
    CALENDAR_MANAGE = "calendar.manage", "维护工作日历"
    NOTICE_VIEW = "notice.view", "查看公告"
    NOTICE_PUBLISH = "notice.publish", "发布公告"
    MESSAGE_VIEW = "message.view", "查看消息"
    JOB_VIEW = "job.view", "查看后台任务"
    JOB_RETRY = "job.retry", "重试后台任务"
    PEOPLE_VIEW = "people.view", "查看人员"
    PEOPLE_MANAGE = "people.manage", "管理人员"
    TOKEN_MANAGE = "token.manage", "管理接口令牌"
    PII_UNMASK = "pii.unmask", "查看完整个人信息"
    DATA_REQUEST_HANDLE = "data_request.handle", "处理个人信息请求"
    PRIVACY_PUBLISH = "privacy.publish", "发布隐私保护指引"
    AUDIT_VIEW = "audit.view", "查看审计日志"
    AUDIT_EXPORT = "audit.export", "导出审计日志"
    SYSTEM_VIEW = "system.view", "查看系统状态"
    SYSTEM_CONFIGURE = "system.configure", "系统设置"
    RELEASE_PUSH = "release.push", "推送版本"


class Role(Labelled):
    """A bundle of permissions; the vendor's roles hold for one contract each."""

    BUREAU_HANDLER = "bureau_handler", "局方经办"
    BUREAU_ADMINISTRATOR = "bureau_administrator", "局方管理员"
    BUREAU_AUDITOR = "bureau_auditor", "审计员"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员"
    VENDOR_MAINTAINER = "vendor_maintainer", "运维人员"
    VENDOR_MANAGER = "vendor_manager", "运维经理"
    VENDOR_RELEASE_PUSHER = "vendor_release_pusher", "版本推送"
    SCHEDULER = "scheduler", "系统调度"

    @property
    def per_contract(self) -> bool:
        """Whether the role is given for one contract (a vendor's) or for the whole bureau."""
        return self.value.startswith("vendor_")


P = Permission

_VIEWS = frozenset({P.DASHBOARD_VIEW, P.TICKET_VIEW, P.CONTRACT_VIEW, P.CALENDAR_VIEW, P.NOTICE_VIEW, P.MESSAGE_VIEW})
_HANDLER = _VIEWS | {
    P.TICKET_OPEN,
    P.TICKET_RESPOND,
    P.TICKET_ASSIGN,
    P.TICKET_COMMENT,
    P.TICKET_CLOSE,
    P.TICKET_EXPORT,
    P.CONTENT_REVIEW,
    P.NOTICE_PUBLISH,
}
_MAINTAINER = frozenset(
    {
        P.DASHBOARD_VIEW,
        P.TICKET_VIEW,
        P.TICKET_OPEN,
        P.TICKET_RESPOND,
        P.TICKET_COMMENT,
        P.CONTRACT_VIEW,
        P.CALENDAR_VIEW,
        P.NOTICE_VIEW,
    }
)

PERMISSIONS_OF: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.BUREAU_HANDLER: _HANDLER,
        Role.BUREAU_ADMINISTRATOR: _HANDLER
        | {
            P.CONTRACT_MANAGE,
            P.CALENDAR_MANAGE,
            P.PII_UNMASK,
            P.DATA_REQUEST_HANDLE,
            P.PRIVACY_PUBLISH,
            P.JOB_VIEW,
            P.PEOPLE_VIEW,
        },
        Role.BUREAU_AUDITOR: _VIEWS
        | {P.AUDIT_VIEW, P.AUDIT_EXPORT, P.JOB_VIEW, P.PEOPLE_VIEW, P.SYSTEM_VIEW, P.TICKET_EXPORT},
        Role.SYSTEM_ADMINISTRATOR: frozenset(
            {
                P.DASHBOARD_VIEW,
                P.PEOPLE_VIEW,
                P.PEOPLE_MANAGE,
                P.TOKEN_MANAGE,
                P.JOB_VIEW,
                P.JOB_RETRY,
                P.MESSAGE_VIEW,
                P.SYSTEM_VIEW,
                P.SYSTEM_CONFIGURE,
                P.CALENDAR_VIEW,
            }
        ),
        Role.VENDOR_MAINTAINER: _MAINTAINER,
        Role.VENDOR_MANAGER: _MAINTAINER | {P.TICKET_ASSIGN, P.TICKET_EXPORT},
        Role.VENDOR_RELEASE_PUSHER: frozenset({P.RELEASE_PUSH}),
        Role.SCHEDULER: frozenset(Permission),
    }
)

# 三员分立 (GB/T 22239 level 3): nobody both appoints people and reads the trail of what they did.
APART = ((Permission.PEOPLE_MANAGE, Permission.AUDIT_VIEW),)
