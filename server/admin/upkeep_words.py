"""How upkeep looks: the colours of states and verdicts, the marks of the log, and what a correction changed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain import upkeep
from server.domain.upkeep import DrillResult, EventKind, InspectionState, Risk, Severity, UpkeepEvent, Verdict

S = InspectionState
STATE_TONES: Mapping[InspectionState, str] = MappingProxyType(
    {
        S.PLANNED: "gray",
        S.DRAFT: "blue",
        S.SUBMITTED: "violet",
        S.RETURNED: "amber",
        S.SIGNED: "green",
        S.CANCELLED: "gray",
    }
)
VERDICT_TONES: Mapping[Verdict, str] = MappingProxyType(
    {Verdict.NORMAL: "green", Verdict.WATCH: "amber", Verdict.ABNORMAL: "red", Verdict.SKIPPED: "gray"}
)
SEVERITY_TONES: Mapping[Severity, str] = MappingProxyType(
    {Severity.MINOR: "blue", Severity.MAJOR: "amber", Severity.CRITICAL: "red"}
)
RISK_TONES: Mapping[Risk, str] = MappingProxyType(
    {Risk.NONE: "gray", Risk.LOW: "blue", Risk.MIDDLE: "amber", Risk.HIGH: "red"}
)
RESULT_TONES: Mapping[DrillResult, str] = MappingProxyType(
    {DrillResult.PASSED: "green", DrillResult.PARTLY: "amber", DrillResult.FAILED: "red"}
)
MARKS: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        EventKind.NOTED: ("edit", "blue"),
        EventKind.CORRECTED: ("pencil", "amber"),
        EventKind.PLANNED: ("calendar-event", "gray"),
        EventKind.BEGUN: ("player-play", "blue"),
        EventKind.RESCHEDULED: ("calendar-due", "amber"),
        EventKind.CANCELLED: ("ban", "gray"),
        EventKind.SUBMITTED: ("send", "violet"),
        EventKind.RETURNED: ("arrow-back-up", "amber"),
        EventKind.SIGNED: ("signature", "green"),
        EventKind.TICKETED: ("ticket", "blue"),
        EventKind.RECTIFIED: ("circle-check", "green"),
        EventKind.REVISED: ("pencil", "violet"),
        EventKind.DRILLED: ("urgent", "blue"),
        EventKind.ATTACHED: ("paperclip", "gray"),
    }
)
FIELD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "kind": "类别",
        "what": "维护内容",
        "why": "原因",
        "before": "维护前",
        "after": "维护后",
        "risk": "风险",
        "rollback": "回退办法",
        "systems": "涉及系统",
        "versions": "涉及版本",
        "started_at": "开始时间",
        "ended_at": "结束时间",
        "who": "人员",
        "channel": "方式",
        "asker": "咨询人",
        "unit": "部门",
        "question": "问题",
        "answer": "指导内容",
        "minutes": "用时",
        "given_at": "指导时间",
        "visited_on": "服务日期",
        "place": "地点",
        "host": "接待人",
        "reason": "事由",
        "work": "处理过程",
        "result": "处理结果",
        "dispatched_at": "派员时间",
        "arrived_at": "到达时间",
        "left_at": "离开时间",
        "ticket_id": "关联工单",
        "release_id": "关联版本",
        "inspection_id": "关联巡检",
        "article_id": "知识条目",
        "scenario": "场景",
        "trigger": "启动条件",
        "steps": "处置步骤",
        "owner": "负责人",
        "contacts": "联系方式",
        "every_months": "演练周期",
        "next_drill_on": "下次演练",
        "designated": "人员核对",
    }
)
PLAIN = frozenset(
    {"what", "why", "before", "after", "rollback", "systems", "versions", "who", "asker", "unit", "question"}
)
PLAIN |= {
    "answer",
    "minutes",
    "visited_on",
    "place",
    "host",
    "reason",
    "work",
    "result",
    "scenario",
    "trigger",
    "steps",
}
PLAIN |= {"owner", "contacts", "every_months", "next_drill_on"}


def mark_of(event: UpkeepEvent) -> tuple[str, str]:
    """Icon and colour of a line of the log."""
    return MARKS[event.kind]


def before_of(event: UpkeepEvent) -> list[tuple[str, str]]:
    """What a correction replaced: names, and the words that stood there before."""
    before, found = event.data.get("before", {}), []
    for name in event.data.get("changed", []):
        if name in before and name in FIELD_NAMES:
            words = str(before[name] if before[name] not in (None, "") else "（空）")
            found.append((FIELD_NAMES[name], words if name in PLAIN else "已改"))
    return found


def told(item: upkeep.InspectionItem) -> str:
    """An item's values in one line."""
    return upkeep.told(item.form, item.values, total=item.total)
