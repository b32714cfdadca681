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
    RELEASE_VIEW = "release.view", "查看版本"
    RELEASE_PUSH = "release.push", "推送版本"
    RELEASE_OPERATE = "release.operate", "办理版本发布"
    RELEASE_APPROVE = "release.approve", "审批版本上线"
    RELEASE_ROLL_BACK = "release.roll_back", "回退和停用版本"
    RELEASE_KEY_MANAGE = "release_key.manage", "管理版本签名公钥"
    FLAG_VIEW = "flag.view", "查看功能开关"
    FLAG_EDIT = "flag.edit", "修改功能开关"
    FLAG_APPROVE = "flag.approve", "审批功能开关变更"
    FLAG_KILL = "flag.kill", "紧急关闭功能"
    FLAG_KEY_MANAGE = "flag_key.manage", "管理开关客户端密钥"
    TICKET_DECIDE = "ticket.decide", "判定范围与同意处置"
    ACCEPTANCE_VIEW = "acceptance.view", "查看验收"
    ACCEPTANCE_NOTIFY = "acceptance.notify", "提交完工通知"
    ACCEPTANCE_DECIDE = "acceptance.decide", "验收"
    RECORD_VIEW = "record.view", "查看履约记录"
    RECORD_LOG = "record.log", "登记履约记录"
    PAYMENT_VIEW = "payment.view", "查看付款"
    PAYMENT_APPLY = "payment.apply", "申请付款"
    PAYMENT_HANDLE = "payment.handle", "经办付款"
    PAYMENT_APPROVE = "payment.approve", "审批付款"
    PAYEE_AGREE = "payee.agree", "变更收款账户"
    PENALTY_MANAGE = "penalty.manage", "测算违约金"
    PENALTY_AGREE = "penalty.agree", "确认违约金"
    RECTIFICATION_MANAGE = "rectification.manage", "下达和复查整改"
    STAFF_VIEW = "staff.view", "查看维护人员"
    STAFF_MANAGE = "staff.manage", "指派和更换维护人员"
    STAFF_DECIDE = "staff.decide", "审核维护人员与分包"
    DUTY_VIEW = "duty.view", "查看值班与通话"
    DUTY_MANAGE = "duty.manage", "安排值班"
    CALL_LOG = "call.log", "登记通话"
    DELIVERABLE_VIEW = "deliverable.view", "查看交付物"
    DELIVERABLE_SUBMIT = "deliverable.submit", "提交交付物"
    DELIVERABLE_SIGN = "deliverable.sign", "签收交付物"
    AGENDA_VIEW = "agenda.view", "查看履约日历与提醒"
    KNOWLEDGE_VIEW = "knowledge.view", "查看知识库"
    KNOWLEDGE_EDIT = "knowledge.edit", "编写知识条目"
    KNOWLEDGE_PUBLISH = "knowledge.publish", "发布知识条目"
    REFERRAL_VIEW = "referral.view", "查看反馈单与需求"
    REFERRAL_LOG = "referral.log", "登记反馈单与需求"
    REFERRAL_DECIDE = "referral.decide", "确认反馈单与需求结论"
    DOCUMENT_VIEW = "document.view", "查看文书"
    DOCUMENT_ISSUE = "document.issue", "出具文书"
    DOCUMENT_SIGN = "document.sign", "签署文书"
    TEMPLATE_MANAGE = "template.manage", "维护文书模板"
    REPORT_VIEW = "report.view", "查看运维报告"
    REPORT_WRITE = "report.write", "编制运维报告"
    SECRECY_VIEW = "secrecy.view", "查看保密登记"
    SECRECY_MANAGE = "secrecy.manage", "维护保密登记"
    INCIDENT_REPORT = "incident.report", "登记网络安全事件"
    TRACE_VIEW = "trace.view", "查看访问与导出日志"


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

_VIEWS = frozenset(
    {
        P.DASHBOARD_VIEW,
        P.TICKET_VIEW,
        P.CONTRACT_VIEW,
        P.CALENDAR_VIEW,
        P.NOTICE_VIEW,
        P.MESSAGE_VIEW,
        P.RELEASE_VIEW,
        P.FLAG_VIEW,
        P.ACCEPTANCE_VIEW,
        P.RECORD_VIEW,
        P.PAYMENT_VIEW,
        P.STAFF_VIEW,
        P.DUTY_VIEW,
        P.DELIVERABLE_VIEW,
        P.AGENDA_VIEW,
        P.KNOWLEDGE_VIEW,
        P.REFERRAL_VIEW,
        P.DOCUMENT_VIEW,
        P.REPORT_VIEW,
        P.SECRECY_VIEW,
    }
)
_HANDLER = _VIEWS | {
    P.TICKET_OPEN,
    P.TICKET_RESPOND,
    P.TICKET_ASSIGN,
    P.TICKET_COMMENT,
    P.TICKET_CLOSE,
    P.TICKET_EXPORT,
    P.CONTENT_REVIEW,
    P.NOTICE_PUBLISH,
    P.TICKET_DECIDE,
    P.ACCEPTANCE_DECIDE,
    P.RECORD_LOG,
    P.PAYMENT_HANDLE,
    P.CALL_LOG,
    P.DELIVERABLE_SIGN,
    P.KNOWLEDGE_EDIT,
    P.KNOWLEDGE_PUBLISH,
    P.REFERRAL_LOG,
    P.REFERRAL_DECIDE,
    P.DOCUMENT_ISSUE,
    P.DOCUMENT_SIGN,
    P.INCIDENT_REPORT,
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
        P.RELEASE_VIEW,
        P.FLAG_VIEW,
        P.FLAG_EDIT,
        P.FLAG_KILL,
        P.ACCEPTANCE_VIEW,
        P.ACCEPTANCE_NOTIFY,
        P.RECORD_VIEW,
        P.RECORD_LOG,
        P.STAFF_VIEW,
        P.DUTY_VIEW,
        P.CALL_LOG,
        P.DELIVERABLE_VIEW,
        P.DELIVERABLE_SUBMIT,
        P.AGENDA_VIEW,
        P.KNOWLEDGE_VIEW,
        P.KNOWLEDGE_EDIT,
        P.REFERRAL_VIEW,
        P.REFERRAL_LOG,
        P.DOCUMENT_VIEW,
        P.DOCUMENT_ISSUE,
        P.DOCUMENT_SIGN,
        P.REPORT_VIEW,
        P.REPORT_WRITE,
        P.SECRECY_VIEW,
        P.INCIDENT_REPORT,
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
            P.RELEASE_APPROVE,
            P.RELEASE_ROLL_BACK,
            P.FLAG_APPROVE,
            P.FLAG_KILL,
            P.PAYMENT_APPROVE,
            P.PAYEE_AGREE,
            P.PENALTY_MANAGE,
            P.PENALTY_AGREE,
            P.RECTIFICATION_MANAGE,
            P.STAFF_DECIDE,
            P.DUTY_MANAGE,
            P.TEMPLATE_MANAGE,
            P.SECRECY_MANAGE,
            P.TRACE_VIEW,
        },
        Role.BUREAU_AUDITOR: _VIEWS
        | {
            P.AUDIT_VIEW,
            P.AUDIT_EXPORT,
            P.JOB_VIEW,
            P.PEOPLE_VIEW,
            P.SYSTEM_VIEW,
            P.TICKET_EXPORT,
            P.TRACE_VIEW,
        },
        Role.SYSTEM_ADMINISTRATOR: frozenset(
            {
                P.DASHBOARD_VIEW,
                P.PEOPLE_VIEW,
                P.PEOPLE_MANAGE,
                P.TOKEN_MANAGE,
                P.RELEASE_KEY_MANAGE,
                P.FLAG_KEY_MANAGE,
                P.RELEASE_VIEW,
                P.FLAG_VIEW,
                P.JOB_VIEW,
                P.JOB_RETRY,
                P.MESSAGE_VIEW,
                P.SYSTEM_VIEW,
                P.SYSTEM_CONFIGURE,
                P.CALENDAR_VIEW,
            }
        ),
        Role.VENDOR_MAINTAINER: _MAINTAINER,
        Role.VENDOR_MANAGER: _MAINTAINER
        | {
            P.TICKET_ASSIGN,
            P.TICKET_EXPORT,
            P.RELEASE_PUSH,
            P.RELEASE_OPERATE,
            P.RELEASE_ROLL_BACK,
            P.PAYMENT_VIEW,
            P.PAYMENT_APPLY,
            P.PAYEE_AGREE,
            P.PENALTY_AGREE,
            P.STAFF_MANAGE,
            P.DUTY_MANAGE,
        },
        Role.VENDOR_RELEASE_PUSHER: frozenset({P.RELEASE_PUSH, P.RELEASE_VIEW, P.FLAG_VIEW}),
        Role.SCHEDULER: frozenset(Permission),
    }
)

# 三员分立 (GB/T 22239 level 3): nobody both appoints people and reads the trail of what they did.
APART = ((Permission.PEOPLE_MANAGE, Permission.AUDIT_VIEW),)
