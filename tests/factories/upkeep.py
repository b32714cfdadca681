"""Entries, inspections and plans for tests: the smallest valid ones, through the doors."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from server.core import clock
from server.domain import upkeep
from server.domain.contracts import Contract
from server.domain.identity import Actor
from server.domain.upkeep import (
    DrillDraft,
    DrillForm,
    DrillResult,
    Finding,
    FindingDraft,
    Guidance,
    GuidanceChannel,
    GuidanceDraft,
    Inspection,
    ItemForm,
    Plan,
    PlanDraft,
    Severity,
    Verdict,
    Visit,
    VisitDraft,
    Work,
    WorkDraft,
    WorkKind,
)
from tests.factories import identity as people

GOOD = {
    ItemForm.HOST: {
        "cpu_avg": "21",
        "cpu_max": "46.5",
        "memory_avg": "40",
        "memory_max": "62",
        "disk_avg": "55",
        "disk_max": "55",
    },
    ItemForm.TASKS: {"normal": "140", "abnormal": "0"},
    ItemForm.COUNTS: {"equal": "14", "different": "0"},
    ItemForm.CHECK: {"result": "正常"},
}


def vendor(contract: Contract, login: str = "zheng") -> Actor:
    """A maintainer of the contract's vendor."""
    return people.actor(login, contract_id=contract.id)


def work_draft(**values: Any) -> WorkDraft:
    """Half an hour of routine work that ended just now."""
    now = clock.now()
    usual: dict[str, Any] = {
        "kind": WorkKind.ROUTINE,
        "what": "清理应用服务器日志",
        "started_at": now - timedelta(minutes=30),
        "ended_at": now,
        "who": "郑一鸣",
    }
    return WorkDraft(**(usual | values))


def work(contract: Contract, by: Actor | None = None, **values: Any) -> Work:
    """A piece of maintenance."""
    return upkeep.note_work(by or vendor(contract), contract.id, work_draft(**values))


def guidance_draft(**values: Any) -> GuidanceDraft:
    """Ten minutes on the telephone."""
    usual: dict[str, Any] = {
        "channel": GuidanceChannel.PHONE,
        "asker": "方科员",
        "question": "公告怎样置顶？",
        "answer": "在公告列表点“置顶”。",
        "minutes": 10,
        "given_at": clock.now(),
        "who": "郑一鸣",
    }
    return GuidanceDraft(**(usual | values))


def guidance(contract: Contract, by: Actor | None = None, **values: Any) -> Guidance:
    """A guidance."""
    return upkeep.note_guidance(by or vendor(contract), contract.id, guidance_draft(**values))


def visit_draft(**values: Any) -> VisitDraft:
    """A visit today."""
    usual: dict[str, Any] = {
        "visited_on": clock.today(),
        "place": "局机关三楼机房",
        "who": "郑一鸣",
        "reason": "更换交换机",
    }
    return VisitDraft(**(usual | values))


def visit(contract: Contract, by: Actor | None = None, **values: Any) -> Visit:
    """A visit."""
    return upkeep.note_visit(by or vendor(contract), contract.id, visit_draft(**values))


def begun(contract: Contract, by: Actor | None = None, **values: Any) -> Inspection:
    """This month's sheet, open."""
    usual: dict[str, Any] = {"month_on": clock.today(), "inspector": "郑一鸣", "place": "局机关机房"}
    return upkeep.begin(by or vendor(contract), contract.id, **(usual | values))


def filled(inspection: Inspection, by: Actor, *, abnormal: str = "") -> Inspection:
    """Every item checked; the one whose title has ``abnormal`` is not well."""
    for item in upkeep.items_of(inspection):
        bad = bool(abnormal) and abnormal in item.title
        upkeep.save_item(
            by,
            inspection.id,
            item.id,
            version=item.version,
            given=GOOD[item.form],
            verdict=Verdict.ABNORMAL if bad else Verdict.NORMAL,
            remark="见问题" if bad else "",
        )
    return inspection


def finding(inspection: Inspection, by: Actor, **values: Any) -> Finding:
    """Something found."""
    usual: dict[str, Any] = {
        "text": "证书 20 天后到期",
        "severity": Severity.MAJOR,
        "owner": "郑一鸣",
        "due_on": clock.today() + timedelta(days=7),
        "advice": "尽快更换",
    }
    return upkeep.add_finding(by, inspection.id, FindingDraft(**(usual | values)))


def submitted(contract: Contract, by: Actor | None = None, **values: Any) -> Inspection:
    """This month's sheet, complete and handed in."""
    actor = by or vendor(contract)
    made = filled(begun(contract, actor, **values), actor)
    return upkeep.submit(actor, made.id)


def plan_draft(**values: Any) -> PlanDraft:
    """What to do when the database is down."""
    usual: dict[str, Any] = {
        "scenario": "数据库不可用",
        "trigger": "连续 5 分钟连接失败",
        "steps": "1. 切换备库\n2. 通知局方\n3. 排查原因",
        "owner": "吴桐",
    }
    return PlanDraft(**(usual | values))


def plan(contract: Contract, by: Actor | None = None, **values: Any) -> Plan:
    """A contingency plan."""
    return upkeep.make_plan(by or vendor(contract), contract.id, plan_draft(**values))


def drill_draft(**values: Any) -> DrillDraft:
    """A drill at the table, today."""
    usual: dict[str, Any] = {
        "drilled_on": clock.today(),
        "form": DrillForm.TABLETOP,
        "leader": "吴桐",
        "course": "按步骤推演",
        "result": DrillResult.PASSED,
    }
    return DrillDraft(**(usual | values))


def planned(contract: Contract, by: Actor, *, on: date) -> Inspection:
    """An inspection in the plan."""
    upkeep.plan_year(by, contract.id, working_day=1, inspector="郑一鸣")
    (found,) = [
        month.regular
        for month in upkeep.months_of(by, contract)
        if month.regular and month.month_on == on.replace(day=1)
    ]
    return upkeep.reschedule(by, found.id, planned_on=on, inspector="郑一鸣", version=found.version)
