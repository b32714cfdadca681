"""The desk's words: kinds, channels, states, events, clocks and content checks, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Kind(Labelled):
    """What sort of matter it is."""

    FAULT = "fault", "故障"
    BUG = "bug", "缺陷"
    CONSULTATION = "consultation", "咨询"
    SUGGESTION = "suggestion", "建议"
    REQUIREMENT = "requirement", "需求"
    OPTIMISATION = "optimisation", "优化"
    SECURITY_NOTICE = "security_notice", "安全通报"
    DATA_REQUEST = "data_request", "数据申请"


class Channel(Labelled):
    """How it came in (domain.md B16)."""

    MINI_PROGRAM = "mini_program", "小程序"
    PHONE = "phone", "电话"
    ZHEZHENGDING = "zhezhengding", "浙政钉"
    QQ = "qq", "QQ"
    WECHAT = "wechat", "微信"
    EMAIL = "email", "电子邮件"
    VISIT = "visit", "来访"
    CRASH = "crash", "崩溃上报"
    PATROL = "patrol", "日巡检"
    INSPECTION = "inspection", "月巡检"


class AskerKind(Labelled):
    """Who asks (domain.md B15; both of #30's groups are there)."""

    PUBLIC = "public", "社会公众"
    ENTERPRISE = "enterprise", "企业"
    DEPARTMENT = "department", "部门单位"
    BUREAU = "bureau", "局内人员"


class ConsultKind(Labelled):
    """What a consultation is about (B15)."""

    POLICY = "policy", "政策"
    BUSINESS = "business", "业务"
    TECHNICAL = "technical", "技术"


class Consent(Labelled):
    """How the bureau's consent to a repair stands (A11); without it a major fault on site is not repaired."""

    NONE = "none", "未请求"
    ASKED = "asked", "待局方同意"
    GIVEN = "given", "局方已同意"
    REFUSED = "refused", "局方不同意"


class Severity(Labelled):
    """How grave it is. Only ``MAJOR`` together with stopped business is contractual (A11); the rest orders the work."""

    LOW = "low", "轻微"
    NORMAL = "normal", "一般"
    HIGH = "high", "较重"
    MAJOR = "major", "重大"


class Scope(Labelled):
    """Whether it lies inside the contract. What is outside never counts against the vendor (A29)."""

    UNDECIDED = "undecided", "未判定"
    INSIDE = "inside", "合同范围内"
    CLIENT_SIDE = "client_side", "用户终端或操作系统"
    THIRD_PARTY = "third_party", "第三方软件授权"
    OUTSIDE = "outside", "合同范围外"

    @property
    def counts(self) -> bool:
        """Whether its clocks count in the vendor's figures."""
        return self in (Scope.UNDECIDED, Scope.INSIDE)


class TicketState(Labelled):
    """Where a ticket stands. ``WAITING`` is for our own figure only: contractual clocks never pause (A20, A21)."""

    NEW = "new", "待受理"
    RESPONDED = "responded", "已响应"
    IN_PROGRESS = "in_progress", "处理中"
    WAITING = "waiting", "等待反馈"
    RESOLVED = "resolved", "已解决"
    CLOSED = "closed", "已关闭"
    CANCELLED = "cancelled", "已撤销"


ACTIVE = frozenset({TicketState.NEW, TicketState.RESPONDED, TicketState.IN_PROGRESS, TicketState.WAITING})
ENDED = frozenset({TicketState.CLOSED, TicketState.CANCELLED})


class EventKind(Labelled):
    """What happened to a ticket."""

    OPENED = "opened", "提交"
    AUTO_REPLIED = "auto_replied", "自动回复"
    RESPONDED = "responded", "响应"
    COMMENTED = "commented", "沟通"
    FED_BACK = "fed_back", "补充信息"
    ASSIGNED = "assigned", "分派"
    SEVERITY_CHANGED = "severity_changed", "定级"
    SCOPE_DECIDED = "scope_decided", "判定范围"
    CONTRACT_CHOSEN = "contract_chosen", "归属合同"
    STARTED = "started", "开始处理"
    WAITED = "waited", "等待反馈"
    DISPATCHED = "dispatched", "派员"
    ARRIVED = "arrived", "到场"
    RESOLVED = "resolved", "解决"
    CLOSED = "closed", "关闭"
    REOPENED = "reopened", "重新打开"
    RATED = "rated", "评价"
    CANCELLED = "cancelled", "撤销"
    RECLASSIFIED = "reclassified", "变更类型"
    MERGED = "merged", "合并"
    ABSORBED = "absorbed", "并入其他工单"
    LINKED = "linked", "标记重复"
    ANALYSED = "analysed", "联合分析"
    CONSENT_ASKED = "consent_asked", "请求同意处置"
    CONSENTED = "consented", "同意处置"
    CONSENT_REFUSED = "consent_refused", "不同意处置"
    ARRIVAL_SIGNED = "arrival_signed", "到场签认"
    SCOPE_PROPOSED = "scope_proposed", "提出范围判定"
    SCOPE_CONFIRMED = "scope_confirmed", "确认范围"
    SCOPE_DECLINED = "scope_declined", "不同意范围判定"
    CONFIRMED = "confirmed", "用户确认解决"
    # Written by rooms above, through ``log`` only.
    MATERIAL_STALLED = "material_stalled", "等资料"
    MATERIAL_RESUMED = "material_resumed", "资料到位"
    COMPLETION_NOTICED = "completion_noticed", "完工通知"
    ACCEPTED = "accepted", "验收合格"
    REJECTED = "rejected", "验收不合格"
    DEEMED_ACCEPTED = "deemed_accepted", "视为验收通过"
    REFERRED = "referred", "转办反馈"
    REFERRAL_RETURNED = "referral_returned", "反馈结论"
    SESSION_LOGGED = "session_logged", "远程服务"
    ARTICLE_MADE = "article_made", "形成知识"
    CALL_LINKED = "call_linked", "关联通话"


LOGGED = frozenset(
    {
        EventKind.MATERIAL_STALLED,
        EventKind.MATERIAL_RESUMED,
        EventKind.COMPLETION_NOTICED,
        EventKind.ACCEPTED,
        EventKind.REJECTED,
        EventKind.DEEMED_ACCEPTED,
        EventKind.REFERRED,
        EventKind.REFERRAL_RETURNED,
        EventKind.SESSION_LOGGED,
        EventKind.ARTICLE_MADE,
        EventKind.CALL_LINKED,
    }
)


class ClockKind(Labelled):
    """What a contract promises in hours."""

    RESPONSE = "response", "响应"
    ON_SITE = "on_site", "到场"


class Basis(Labelled):
    """Whether a clock has a deadline, and if not, why."""

    AGREED = "agreed", "按合同"
    NOT_AGREED = "not_agreed", "未约定"
    NO_CONTRACT = "no_contract", "无生效合同"
    CALENDAR_MISSING = "calendar_missing", "日历未维护"
    LIFTED = "lifted", "已降级"
    MERGED = "merged", "已并入"


class ContentState(Labelled):
    """How the content check of a text or a picture stands."""

    PENDING = "pending", "检查中"
    PASS = "pass", "通过"
    REVIEW = "review", "待复核"
    RISKY = "risky", "违规"
    TIMEOUT = "timeout", "检查超时"


NEEDS_REVIEW = frozenset({ContentState.REVIEW, ContentState.TIMEOUT})


class Scene(Labelled):
    """WeChat's scenes of user content; the number that it wants is ``code``."""

    PROFILE = "profile", "资料"
    COMMENT = "comment", "评论"
    FORUM = "forum", "论坛"
    JOURNAL = "journal", "社交日志"

    @property
    def code(self) -> int:
        """The number in WeChat's call."""
        return list(Scene).index(self) + 1


class CheckSubject(Labelled):
    """What was checked."""

    TICKET = "ticket", "工单正文"
    EVENT = "event", "沟通内容"
    ATTACHMENT = "attachment", "图片"
