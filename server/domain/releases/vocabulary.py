"""The words of the release ledger: states, steps, drivers, and what an event of the log says."""

from __future__ import annotations

from server.core.enums import Labelled


class State(Labelled):
    """How far a release has come."""

    REGISTERED = "registered", "已登记"
    UPLOADED = "uploaded", "已上传"
    IN_AUDIT = "in_audit", "审核中"
    AUDIT_PASSED = "audit_passed", "微信审核通过"
    AUDIT_REJECTED = "audit_rejected", "微信审核未通过"
    APPROVED = "approved", "局方已批准"
    REFUSED = "refused", "局方未批准"
    GRAY = "gray", "灰度中"
    FULL = "full", "已全量"
    SUPERSEDED = "superseded", "已被替代"
    ROLLED_BACK = "rolled_back", "已回退"
    WITHDRAWN = "withdrawn", "已撤销"


LIVE = frozenset({State.GRAY, State.FULL})


class Step(Labelled):
    """What is done to a release. The table in ``states`` says by whom and when."""

    REGISTER = "register", "登记版本"
    UPLOAD = "upload", "上传代码"
    SET_TRIAL = "set_trial", "设为体验版"
    SUBMIT_AUDIT = "submit_audit", "提交审核"
    UNDO_AUDIT = "undo_audit", "撤回审核"
    PASS_AUDIT = "pass_audit", "微信审核通过"
    REJECT_AUDIT = "reject_audit", "微信审核未通过"
    APPROVE = "approve", "批准上线"
    REFUSE = "refuse", "不予批准"
    GRAY = "gray", "灰度发布"
    STOP_GRAY = "stop_gray", "取消灰度"
    FULL = "full", "全量发布"
    SUPERSEDE = "supersede", "被新版本替代"
    ROLL_BACK = "roll_back", "回退版本"
    RESTORE = "restore", "恢复为线上版本"
    ACCEPT = "accept", "登记验收"
    WITHDRAW = "withdraw", "撤销版本"


class EventKind(Labelled):
    """What a line of a release's log says about its step."""

    DONE = "done", "已办理"
    ASKED = "asked", "已请求微信"
    FAILED = "failed", "微信未办成"
    MAP_KEPT = "map_kept", "已收到源码映射"


class Driver(Labelled):
    """How WeChat's side of a step is done: clicked by a person and recorded here, or called by the service."""

    MANUAL = "manual", "人工办理"
    COMPONENT = "component", "第三方平台"


class Scope(Labelled):
    """Whether the bureau takes a release as part of the contract's price."""

    IN_CONTRACT = "in_contract", "合同范围内"
    ADDITIONAL = "additional", "合同外增项"


class FlagRole(Labelled):
    """What a release does to a flag."""

    INTRODUCED = "introduced", "引入"
    RETIRED = "retired", "移除"


class CheckState(Labelled):
    """How a point of the checklist stands."""

    OK = "ok", "通过"
    WAITING = "waiting", "未到"
    WARNING = "warning", "注意"
    FAILED = "failed", "不符"
