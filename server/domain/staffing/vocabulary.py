"""The room's words, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Review(Labelled):
    """What the bureau says of a person whom the vendor designated (A17)."""

    PENDING = "pending", "待局方审核"
    AGREED = "agreed", "局方已认可"
    REFUSED = "refused", "局方不认可"
    WITHDRAWN = "withdrawn", "已撤回"


STANDING = frozenset({Review.PENDING, Review.AGREED})


class Reason(Labelled):
    """Why somebody is replaced (A18)."""

    RESIGNED = "resigned", "离职"
    TRANSFERRED = "transferred", "调岗"
    ILLNESS = "illness", "伤病"
    BUREAU_ASKED = "bureau_asked", "局方要求更换"
    OTHER = "other", "其他"


class ReplacementState(Labelled):
    """Where a replacement stands."""

    NOTIFIED = "notified", "待生效"
    EFFECTIVE = "effective", "已生效"
    WITHDRAWN = "withdrawn", "已撤回"


class Ability(Labelled):
    """Whether the substitute is as able as the predecessor: the bureau judges, no program does (A18)."""

    PENDING = "pending", "待局方判断"
    NOT_LOWER = "not_lower", "不低于原人员"
    LOWER = "lower", "低于原人员"


class Breach(Labelled):
    """What a replacement does not keep of the contract. Flagged, never blocked (A18)."""

    SHORT_NOTICE = "short_notice", "提前通知不足"
    NO_SUBSTITUTE = "no_substitute", "没有接替人员"
    BELOW_MINIMUM = "below_minimum", "低于约定的最低经验"
    FEWER_YEARS = "fewer_years", "经验少于原人员"
    LOWER_ABILITY = "lower_ability", "能力低于原人员"


class SkillLevel(Labelled):
    """How well somebody knows a system or a process (B15)."""

    KNOWS = "knows", "了解"
    SKILLED = "skilled", "熟练"
    EXPERT = "expert", "精通"


class CheckItem(Labelled):
    """What has to be settled when somebody leaves (A39; PIPL 21: data are returned or destroyed)."""

    ACCOUNTS = "accounts", "系统账号和令牌收回"
    REMOTE = "remote", "远程访问、服务器和数据库账号收回"
    DATA = "data", "数据返还或销毁"
    DEVICES = "devices", "设备、介质和门禁卡归还"
    PAPERS = "papers", "技术资料移交"
    SECRECY = "secrecy", "离岗保密提醒并签字"


class Disposition(Labelled):
    """What became of an item."""

    OPEN = "open", "待办"
    DONE = "done", "已完成"
    RETURNED = "returned", "已返还"
    DESTROYED = "destroyed", "已销毁"
    NONE = "none", "未持有"


class SubcontractState(Labelled):
    """Where a request to hand work to a third party stands (A33)."""

    REQUESTED = "requested", "待局方决定"
    CONSENTED = "consented", "已书面同意"
    REFUSED = "refused", "不同意"
    ENDED = "ended", "已终止"


class SubjectKind(Labelled):
    """What a document or a line of history belongs to."""

    MAINTAINER = "maintainer", "维护人员"
    REPLACEMENT = "replacement", "人员变更"
    OFF_BOARDING = "off_boarding", "离岗交接"
    SUBCONTRACT = "subcontract", "分包"


class DocumentKind(Labelled):
    """What an attached paper proves."""

    EXPERIENCE = "experience", "经验证明"
    SECRECY = "secrecy", "保密承诺书"
    NOTICE = "notice", "人员变更通知书"
    COMPARISON = "comparison", "能力对比材料"
    CONSENT = "consent", "书面同意"
    HAND_OVER = "hand_over", "交接材料"
    OTHER = "other", "其他"


class EventKind(Labelled):
    """What happened, as a person's history tells it."""

    ASSIGNED = "assigned", "指派"
    REVIEWED = "reviewed", "局方审核"
    LINKED = "linked", "关联账号"
    SKILLS_SET = "skills_set", "登记技能"
    PAPER_ADDED = "paper_added", "上传材料"
    NOTIFIED = "notified", "通知更换"
    SUBSTITUTE_NAMED = "substitute_named", "提名接替人员"
    JUDGED = "judged", "局方判断能力"
    WITHDRAWN = "withdrawn", "撤回更换"
    REPLACED = "replaced", "更换生效"
    BREACHES_MOVED = "breaches_moved", "违约情形重新计算"
    LEFT = "left", "离岗"
    ACCESS_ENDED = "access_ended", "访问权限收回"
    ITEM_SETTLED = "item_settled", "交接事项办结"
    REQUESTED = "requested", "申请分包"
    DECIDED = "decided", "局方决定"
    ENDED = "ended", "终止"
