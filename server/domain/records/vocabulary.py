"""The room's words: where a completion notice, a material and a remote session stand, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class CompletionState(Labelled):
    """Where a completion notice stands. Accepted by a person and deemed accepted by the clock never look alike (A37)."""

    SENT = "sent", "待签收"
    RECEIVED = "received", "待验收"
    ACCEPTED = "accepted", "验收合格"
    REJECTED = "rejected", "验收不合格"
    DEEMED = "deemed", "视为通过"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN = frozenset({CompletionState.SENT, CompletionState.RECEIVED})
PASSED = frozenset({CompletionState.ACCEPTED, CompletionState.DEEMED})


class Basis(Labelled):
    """Whether the acceptance clock runs, and if not, why."""

    AWAITING = "awaiting", "待签收证据"
    AGREED = "agreed", "按合同"
    NOT_AGREED = "not_agreed", "未约定"
    CALENDAR_MISSING = "calendar_missing", "日历未维护"


class ReceiptKind(Labelled):
    """How it is known that the bureau had the notice."""

    CONSOLE = "console", "系统内签收"
    PAPER = "paper", "纸质签收单"
    EMAIL = "email", "电子邮件回执"
    ZHEZHENGDING = "zhezhengding", "浙政钉已读"
    POST = "post", "邮寄签收"


class ReceiptState(Labelled):
    """What the bureau says of evidence that the vendor handed in."""

    CLAIMED = "claimed", "待局方确认"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "有异议"


class ItemResult(Labelled):
    """What the check of one item came to."""

    PASSED = "passed", "合格"
    FAILED = "failed", "不合格"


class Conclusion(Labelled):
    """What stands under the acceptance list (domain.md §5.1)."""

    PASSED = "passed", "合格"
    FAILED = "failed", "不合格"
    RECHECK = "recheck", "整改后复验"
    DEEMED = "deemed", "视为通过"


class MaterialForm(Labelled):
    """What sort of material the bureau owes (A28)."""

    FORM_LIST = "form_list", "表单清单"
    PROCESS_DATA = "process_data", "流程资料"
    DOCUMENT = "document", "文件资料"
    ACCOUNT = "account", "账号与权限"
    OTHER = "other", "其他"


class MaterialState(Labelled):
    """Where a requested material stands."""

    REQUESTED = "requested", "待提供"
    DELIVERED = "delivered", "已交付"
    RETURNED = "returned", "已退回"
    DROPPED = "dropped", "已撤销"


OWED = frozenset({MaterialState.REQUESTED, MaterialState.RETURNED})


class Quality(Labelled):
    """How a delivered material was found."""

    COMPLETE = "complete", "完整可用"
    INCOMPLETE = "incomplete", "不完整"
    DEFECTIVE = "defective", "有缺陷"


class StallKind(Labelled):
    """Why the vendor could not go on."""

    LATE = "late", "逾期未提供"
    DEFECTIVE = "defective", "退回补正"


class SessionChannel(Labelled):
    """How the vendor helped from afar (A12)."""

    PHONE = "phone", "电话指导"
    EMAIL = "email", "电子邮件"
    REMOTE = "remote", "远程接入"


class Subject(Labelled):
    """What a line of the room's log, or a paper, belongs to."""

    COMPLETION = "completion", "完工通知"
    MATERIAL = "material", "资料"
    SESSION = "session", "远程服务"


class EventKind(Labelled):
    """What happened."""

    SENT = "sent", "发出完工通知"
    RECEIPT_CLAIMED = "receipt_claimed", "提交签收证据"
    RECEIPT_DISPUTED = "receipt_disputed", "对签收有异议"
    RECEIVED = "received", "签收"
    MOVED = "moved", "验收期限变动"
    ACCEPTED = "accepted", "验收合格"
    REJECTED = "rejected", "验收不合格"
    DEEMED = "deemed", "视为验收通过"
    WITHDRAWN = "withdrawn", "撤回"
    REQUESTED = "requested", "提出资料需求"
    RESCHEDULED = "rescheduled", "改期"
    DELIVERED = "delivered", "交付资料"
    RETURNED = "returned", "退回资料"
    DROPPED = "dropped", "撤销需求"
    STARTED = "started", "开始远程服务"
    LOGGED = "logged", "登记远程服务"
    ENDED = "ended", "结束远程服务"
