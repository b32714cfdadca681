"""The words of the room: levels, carriers, kinds of promises and results, grades of incidents, and what became of each."""

from __future__ import annotations

from server.core.enums import Labelled


class Subject(Labelled):
    """What a line of the log is about."""

    ITEM = "secrecy_item", "涉密敏感资料"
    PROMISE = "promise", "承诺书"
    HANDOVER = "handover", "成果移交"
    INCIDENT = "incident", "网络安全事件"


class Level(Labelled):
    """What the bureau declares of a thing (A38). Undeclared is treated as internal."""

    UNDECLARED = "undeclared", "未申报"
    PUBLIC = "public", "公开"
    INTERNAL = "internal", "内部"
    SENSITIVE = "sensitive", "敏感"
    WORK_SECRET = "work_secret", "工作秘密"
    SECRET = "secret", "秘密"
    CONFIDENTIAL = "confidential", "机密"
    TOP_SECRET = "top_secret", "绝密"


STATE_SECRETS = frozenset({Level.SECRET, Level.CONFIDENTIAL, Level.TOP_SECRET})
"""Registered as entries only: neither they nor anything of them may be in an internet system."""
OFFLINE = STATE_SECRETS | {Level.WORK_SECRET}
"""Handed over on paper or an approved medium, never online."""


class Carrier(Labelled):
    """What it is on."""

    PAPER = "paper", "纸质"
    DISC = "disc", "光盘"
    DRIVE = "drive", "移动存储介质"
    DEVICE = "device", "计算机或设备"
    ONLINE = "online", "线上传递"


class ItemState(Labelled):
    """Where a thing that was handed over is."""

    HELD = "held", "持有中"
    RETURNED = "returned", "已归还"
    DESTROYED = "destroyed", "已销毁"
    WITHDRAWN = "withdrawn", "登记已撤销"


class PromiseKind(Labelled):
    """Who promises."""

    PERSON = "person", "保密承诺书"
    VENDOR = "vendor", "安全承诺书"


class PromiseState(Labelled):
    """Whether a promise holds. Keeping secrets goes on after one has ended."""

    DRAFT = "draft", "待签署"
    SIGNED = "signed", "有效"
    ENDED = "ended", "已终止"


class SignedHow(Labelled):
    """How it was signed."""

    PAPER = "paper", "纸质签署"
    IN_APP = "in_app", "系统内签署"


class AssetKind(Labelled):
    """What is handed over (A40)."""

    SOURCE = "source", "源代码"
    DOCUMENT = "document", "技术文档"
    DESIGN = "design", "设计文件"
    DATA = "data", "数据"
    ACCOUNT = "account", "账号与权限"
    OTHER = "other", "其他"


FILES = frozenset({AssetKind.SOURCE, AssetKind.DOCUMENT, AssetKind.DESIGN, AssetKind.DATA})
"""Kinds that are files, so that a hash can say which."""


class HandoverState(Labelled):
    """Where a hand-over stands."""

    DRAFT = "draft", "整理中"
    DELIVERED = "delivered", "待接收"
    ACCEPTED = "accepted", "已接收"
    REFUSED = "refused", "已退回"


class UseState(Labelled):
    """Whether the vendor may use the results otherwise than to perform."""

    NONE = "none", "仅限履约"
    ASKED = "asked", "待甲方答复"
    AGREED = "agreed", "甲方已同意"
    DENIED = "denied", "甲方未同意"


class Grade(Labelled):
    """How grave an incident is; which grades must be reported is a rule of the installation."""

    ORDINARY = "ordinary", "一般"
    SERIOUS = "serious", "较大"
    MAJOR = "major", "重大"
    EXTREME = "extreme", "特别重大"


class IncidentKind(Labelled):
    """What sort of incident."""

    MALWARE = "malware", "有害程序"
    ATTACK = "attack", "网络攻击"
    LEAK = "leak", "数据泄露"
    CONTENT = "content", "信息内容篡改"
    OUTAGE = "outage", "设备设施故障"
    OTHER = "other", "其他"


class IncidentState(Labelled):
    """Where an incident stands."""

    OPEN = "open", "处置中"
    CONTAINED = "contained", "已控制"
    CLOSED = "closed", "已结案"


class Told(Labelled):
    """Who has to hear of an incident."""

    BUREAU = "bureau", "采购人（局方）"
    CAC = "cac", "网信部门"
    POLICE = "police", "公安机关"
    SUPERIOR = "superior", "上级主管部门"
    PERSONS = "persons", "受影响的个人"
    OTHER = "other", "其他单位"


class EventKind(Labelled):
    """A line of the log."""

    ENTERED = "entered", "登记"
    CHANGED = "changed", "变更"
    DECLARED = "declared", "申报密级"
    ASKED_BACK = "asked_back", "要求归还"
    RETURNED = "returned", "归还"
    DESTROYED = "destroyed", "销毁"
    WITHDRAWN = "withdrawn", "撤销登记"
    SIGNED = "signed", "签署"
    ENDED = "ended", "终止"
    ADDED = "added", "列入清单"
    REMOVED = "removed", "移出清单"
    DELIVERED = "delivered", "移交"
    ACCEPTED = "accepted", "接收"
    REFUSED = "refused", "退回"
    CHECKED = "checked", "核对文件"
    USE_ASKED = "use_asked", "申请其他使用"
    USE_DECIDED = "use_decided", "答复其他使用"
    STEP = "step", "处置"
    NOTIFIED = "notified", "通知"
    REPORTED = "reported", "上报"
    CONTAINED = "contained", "控制"
    CLOSED = "closed", "结案"
