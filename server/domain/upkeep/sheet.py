"""What an inspection's sheet holds, ready for paper: alone, or inside the month's report."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from server.core import clock, spelling
from server.core.db import session
from server.domain import calendar
from server.domain.calendar import CycleKind
from server.domain.identity import Actor
from server.domain.upkeep import queries
from server.domain.upkeep.findings import findings_of
from server.domain.upkeep.inspection_models import Finding, Inspection, InspectionItem
from server.domain.upkeep.inspections import items_of
from server.domain.upkeep.queries import UpkeepFilters
from server.domain.upkeep.values import told
from server.domain.upkeep.vocabulary import ItemForm, Verdict

TABLED = frozenset({ItemForm.TASKS, ItemForm.COUNTS})
MOST_WORKS = 60


def inspection_content(actor: Actor, inspection: Inspection) -> dict[str, Any]:
    """An inspection as ``forms.INSPECTION_BLOCKS`` take it, for its own sheet or a part of the month's report."""
    items = items_of(inspection)
    found = findings_of([inspection.id])
    plans = list(session().scalars(queries.plans_matching(actor, UpkeepFilters(contract_id=inspection.contract_id))))
    month = calendar.cycle_of(CycleKind.MONTH, inspection.month_on)
    asked = UpkeepFilters(contract_id=inspection.contract_id, since=month.starts_on, until=month.ends_on)
    works = session().scalars(queries.works_matching(actor, asked).limit(MOST_WORKS)).all()
    return {
        "facts": {
            "number": inspection.number,
            "month": spelling.month(inspection.month_on),
            "day": spelling.day(inspection.inspected_on),
            "place": inspection.place,
            "on_site": "现场" if inspection.on_site else f"远程：{inspection.off_site_reason}",
            "inspector": inspection.inspector,
            "companion": inspection.companion,
            "verdicts": _counted(items),
        },
        "hosts": [_host(item, inspection) for item in items if item.form is ItemForm.HOST],
        "tasks": [_task(item) for item in items if item.form in TABLED],
        "checks": [_check(item) for item in items if item.form is ItemForm.CHECK],
        "findings": [_finding(each, {plan.id: plan.number for plan in plans}) for each in found],
        "works": [
            {
                "day": spelling.day(clock.local_day(work.started_at)),
                "number": work.number,
                "what": work.what,
                "who": work.who,
            }
            for work in reversed(works)
        ],
        "plans": [
            {
                "number": plan.number,
                "scenario": plan.scenario,
                "version": str(plan.version),
                "owner": plan.owner,
                "drill": spelling.day(plan.next_drill_on),
            }
            for plan in plans
        ],
        "summary": inspection.summary,
        "advice": inspection.advice,
    }


def _counted(items: Sequence[InspectionItem]) -> str:
    parts = [(verdict, sum(item.verdict is verdict for item in items)) for verdict in Verdict]
    return f"共 {len(items)} 项：" + "，".join(f"{verdict.label} {count}" for verdict, count in parts if count)


def _host(item: InspectionItem, inspection: Inspection) -> dict[str, str]:
    def pair(name: str) -> str:
        values = item.values
        low, high = values.get(f"{name}_avg", "–"), values.get(f"{name}_max", "–")
        return f"{low}% / {high}%"

    return {
        "title": item.title,
        "cpu": pair("cpu"),
        "memory": pair("memory"),
        "disk": pair("disk"),
        "threshold": f"{inspection.warn}%/{inspection.critical}%",
        "verdict": item.verdict.label if item.verdict else "",
        "remark": item.remark,
    }


def _task(item: InspectionItem) -> dict[str, str]:
    values = item.values
    counts = item.form is ItemForm.COUNTS
    return {
        "title": item.title,
        "total": "" if item.total is None else str(item.total),
        "normal": values.get("equal" if counts else "normal", ""),
        "abnormal": values.get("different" if counts else "abnormal", ""),
        "repushed": "" if counts else values.get("repushed", ""),
        "verdict": item.verdict.label if item.verdict else "",
        "remark": "；".join(part for part in (values.get("note", ""), item.remark) if part),
    }


def _check(item: InspectionItem) -> dict[str, str]:
    said = "；".join(part for part in (told(item.form, item.values), item.remark) if part)
    return {
        "section": item.section.label,
        "title": item.title,
        "standard": item.standard,
        "result": said,
        "verdict": item.verdict.label if item.verdict else "",
    }


def _finding(finding: Finding, plans: Mapping[uuid.UUID, str]) -> dict[str, str]:
    done = f"{spelling.day(finding.done_on)} 完成：{finding.done_note}" if finding.done_on else "整改中"
    links = [finding.ticket_number, plans.get(finding.plan_id, "") if finding.plan_id else ""]
    return {
        "severity": finding.severity.label,
        "text": finding.text,
        "advice": finding.advice,
        "owner": finding.owner,
        "due": spelling.day(finding.due_on),
        "done": done,
        "links": "、".join(each for each in links if each),
    }
