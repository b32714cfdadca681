"""The room's words: kinds of entries, how an inspection stands, what a check came to, each with its Chinese name."""

from __future__ import annotations

from server.core.enums import Labelled


class Subject(Labelled):
    """What a line of the room's log, or a file, belongs to."""

    WORK = "work", "维护记录"
    GUIDANCE = "guidance", "操作指导"
    VISIT = "visit", "现场服务"
    INSPECTION = "inspection", "巡检"
    PLAN = "plan", "应急预案"
    DRILL = "drill", "应急演练"


class WorkKind(Labelled):
    """What sort of maintenance it was."""

    ROUTINE = "routine", "日常维护"
    REPAIR = "repair", "故障修复"
    CHANGE = "change", "配置变更"
    RELEASE = "release", "版本发布"
    DATA = "data", "数据维护"
    BACKUP = "backup", "备份恢复"
    SECURITY = "security", "安全加固"
    OTHER = "other", "其他"


class Risk(Labelled):
    """How much could have gone wrong."""

    NONE = "none", "无"
    LOW = "low", "低"
    MIDDLE = "middle", "中"
    HIGH = "high", "高"


class GuidanceChannel(Labelled):
    """How somebody asked for guidance (A04)."""

    PHONE = "phone", "电话"
    ZHEZHENGDING = "zhezhengding", "浙政钉"
    WECHAT = "wechat", "微信"
    ON_SITE = "on_site", "现场"
    REMOTE = "remote", "远程协助"
    EMAIL = "email", "电子邮件"


class Section(Labelled):
    """The parts of a checklist (domain.md §5.1, A13, B05)."""

    HOSTS = "hosts", "主机资源"
    SERVICES = "services", "服务运行"
    EXCHANGE = "exchange", "交换任务"
    COMPARISON = "comparison", "数量比对"
    APPLICATION = "application", "应用可用性"
    RELEASES = "releases", "版本发布"
    CONTENT = "content", "内容检查"
    WECHAT = "wechat", "微信平台配置"
    CERTIFICATES = "certificates", "证书与域名"
    BACKUPS = "backups", "备份"
    SECURITY = "security", "安全与补丁"
    LOGS = "logs", "日志"
    OTHER = "other", "其他"


class ItemForm(Labelled):
    """Which values an item asks for."""

    HOST = "host", "CPU、内存、磁盘"
    TASKS = "tasks", "任务正常、异常、补推"
    COUNTS = "counts", "比对一致、不一致"
    CHECK = "check", "检查结果"


class Verdict(Labelled):
    """What the check of an item came to."""

    NORMAL = "normal", "正常"
    WATCH = "watch", "需关注"
    ABNORMAL = "abnormal", "异常"
    SKIPPED = "skipped", "未检查"


class InspectionState(Labelled):
    """Where an inspection stands. What was submitted is frozen until the bureau sends it back or both have signed."""

    PLANNED = "planned", "已计划"
    DRAFT = "draft", "填写中"
    SUBMITTED = "submitted", "已提交"
    RETURNED = "returned", "已退回"
    SIGNED = "signed", "已签署"
    CANCELLED = "cancelled", "已取消"


OPEN = frozenset({InspectionState.DRAFT, InspectionState.RETURNED})
DONE = frozenset({InspectionState.SUBMITTED, InspectionState.SIGNED})


class Severity(Labelled):
    """How serious a finding is."""

    MINOR = "minor", "一般"
    MAJOR = "major", "较重"
    CRITICAL = "critical", "严重"


class DrillForm(Labelled):
    """How a plan was drilled."""

    TABLETOP = "tabletop", "桌面推演"
    LIVE = "live", "实战演练"


class DrillResult(Labelled):
    """What a drill came to."""

    PASSED = "passed", "达到预期"
    PARTLY = "partly", "部分达到"
    FAILED = "failed", "未达到"


class EventKind(Labelled):
    """What happened."""

    NOTED = "noted", "登记"
    CORRECTED = "corrected", "更正"
    PLANNED = "planned", "列入计划"
    BEGUN = "begun", "开始填写"
    RESCHEDULED = "rescheduled", "改期"
    CANCELLED = "cancelled", "取消"
    SUBMITTED = "submitted", "提交"
    RETURNED = "returned", "退回"
    SIGNED = "signed", "签署"
    TICKETED = "ticketed", "转工单"
    RECTIFIED = "rectified", "整改完成"
    REVISED = "revised", "修订预案"
    DRILLED = "drilled", "登记演练"
    ATTACHED = "attached", "添加附件"
