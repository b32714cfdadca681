"""The words of what is handed on: states, verdicts, outcomes, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Subject(Labelled):
    """What sort of thing is handed on."""

    SHEET = "sheet", "应用系统问题反馈单"
    REQUIREMENT = "requirement", "需求提交单"
    APPLICATION = "application", "数据申请单"


class SheetKind(Labelled):
    """What the problem is about (domain.md §5.1)."""

    BUG = "bug", "程序缺陷"
    DATA = "data", "数据问题"
    REQUIREMENT = "requirement", "需求"
    CONSULTING = "consulting", "咨询"


class Urgency(Labelled):
    """How soon it is wanted; it orders the work and promises nothing."""

    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"
    CRITICAL = "critical", "特急"


class SheetState(Labelled):
    """Where a feedback sheet stands (B17)."""

    FILED = "filed", "待提交"
    SENT = "sent", "待项目组判定"
    JUDGED = "judged", "处理中"
    SETTLED = "settled", "已办结"
    VOID = "void", "已作废"


class Verdict(Labelled):
    """What the project team says it is."""

    DEFECT = "defect", "程序缺陷"
    DATA = "data", "数据问题"
    REQUIREMENT = "requirement", "属于新需求"
    OPERATION = "operation", "操作使用问题"
    ENVIRONMENT = "environment", "环境或配置问题"
    NO_PROBLEM = "no_problem", "未复现或非问题"
    DUPLICATE = "duplicate", "重复反馈"


class Handling(Labelled):
    """Who handles it from here."""

    VENDOR = "vendor", "运维单位处理"
    PROVINCE = "province", "省级项目组处理"
    NOBODY = "nobody", "无需处理"


class Outcome(Labelled):
    """How a feedback sheet ended; every sheet has one in the end."""

    FIXED_BY_VENDOR = "fixed_by_vendor", "运维单位已解决"
    FIXED_BY_PROVINCE = "fixed_by_province", "省级已修复"
    EXPLAINED = "explained", "已解释说明"
    BECAME_REQUIREMENT = "became_requirement", "转为需求"
    REFUSED = "refused", "项目组不予处理"
    WITHDRAWN = "withdrawn", "提出人撤回"
    VOID = "void", "作废"


class ExternalState(Labelled):
    """Where it stands at the province. That it is fixed there is the bureau's word, never the vendor's (B18)."""

    NOT_SENT = "not_sent", "未提交省级"
    RECEIVED = "received", "省级已受理"
    ASSESSING = "assessing", "省级评估中"
    SCHEDULED = "scheduled", "省级已排期"
    IN_PROGRESS = "in_progress", "省级处理中"
    REPORTED_FIXED = "reported_fixed", "省级称已修复，待局方确认"
    FIXED = "fixed", "局方已确认修复"
    REFUSED = "refused", "省级不予处理"


class RequirementState(Labelled):
    """Where a requirement stands: all of them go to the bureau first (B18)."""

    SUBMITTED = "submitted", "已报局方"
    FORWARDED = "forwarded", "已转省级"
    KEPT = "kept", "局方自行安排"
    SETTLED = "settled", "已办结"
    VOID = "void", "已作废"


class RequirementOutcome(Labelled):
    """How a requirement ended, in the bureau's word."""

    DONE_BY_PROVINCE = "done_by_province", "省级已实现"
    DONE_BY_VENDOR = "done_by_vendor", "运维单位已实现"
    REFUSED_BY_PROVINCE = "refused_by_province", "省级不采纳"
    DECLINED = "declined", "局方不采纳"
    DROPPED = "dropped", "提出人撤回"
    VOID = "void", "作废"


class ApplicationState(Labelled):
    """Where an application for catalogued provincial data stands (B19)."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "审批中"
    APPROVED = "approved", "已批准，待交付"
    REFUSED = "refused", "未批准"
    DELIVERED = "delivered", "已交付"
    WITHDRAWN = "withdrawn", "已撤回"


class Medium(Labelled):
    """How people spoke with each other (B16, B20)."""

    PHONE = "phone", "电话"
    ZHEZHENGDING = "zhezhengding", "浙政钉"
    QQ = "qq", "QQ"
    WECHAT = "wechat", "微信"
    EMAIL = "email", "电子邮件"
    LETTER = "letter", "函件"
    MEETING = "meeting", "会议"
    VISIT = "visit", "现场"


class EventKind(Labelled):
    """What happened to a sheet, a requirement or an application."""

    FILED = "filed", "登记"
    CHANGED = "changed", "修改"
    SENT = "sent", "提交项目组"
    JUDGED = "judged", "项目组判定"
    SETTLED = "settled", "办结"
    VISITED = "visited", "回访"
    REOPENED = "reopened", "重新处理"
    VOIDED = "voided", "作废"
    FORWARDED = "forwarded", "转省级"
    KEPT = "kept", "局方自行安排"
    EXTERNAL = "external", "省级进展"
    SUBMITTED = "submitted", "提交申请"
    APPROVED = "approved", "批准"
    REFUSED = "refused", "未批准"
    DELIVERED = "delivered", "交付"
    WITHDRAWN = "withdrawn", "撤回"
