"""Day-to-day upkeep: maintenance, guidance, inspections and what they found (A04, A13, A15, B05). None where nothing was ever noted.

An inspection counts on the day it was made, once its sheet was handed in; what it found counts with it.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.db import session
from server.domain.identity import SCHEDULER
from server.domain.reports.content import Grid, Ref, Section, count
from server.domain.reports.content import Work as Done
from server.domain.reports.look import Look, day_text
from server.domain.upkeep import DONE, Finding, Guidance, Inspection, UpkeepFilters, Work, inspections_matching

CLAUSES = frozenset({"A04", "A13", "B05"})


def upkeep(look: Look) -> Section | None:
    """The section."""
    works, guided = _works(look), _guided(look)
    sheets = [each for each in _sheets(look) if each.inspected_on is not None and each.inspected_on <= look.as_of]
    if not (works or guided or sheets) and not CLAUSES & {clause.id for clause in look.terms.clauses}:
        return None
    made = [each for each in sheets if look.on_day(each.inspected_on)]
    found = _found(sheets)
    new = [each for each in found if each.inspection_id in {sheet.id for sheet in made}]
    rectified = [each for each in found if look.on_day(each.done_on)]
    left = [each for each in found if each.done_on is None or each.done_on > look.as_of]
    late = [each for each in left if each.due_on < look.as_of]
    days = {"from": str(look.first), "to": str(look.last)}
    numbers = {sheet.id: sheet.number for sheet in sheets}
    rows = [_row(each, numbers, look) for each in dict.fromkeys([*new, *rectified, *left])]
    return Section(
        key="upkeep",
        title="日常维护与巡检",
        figures=(
            count("upkeep.works", "维护作业", _work_refs(works), address=look.address("upkeep/", **days), unit="次"),
            count(
                "upkeep.guidance",
                "操作指导",
                _guided_refs(guided),
                address=look.address("upkeep/guidance/", **days),
                unit="次",
            ),
            count("upkeep.inspections", "现场巡检", _sheet_refs(made), unit="次"),
            count("upkeep.findings", "巡检发现问题", _finding_refs(new)),
            count("upkeep.rectified", "完成整改", _finding_refs(rectified)),
            count(
                "upkeep.open", "期末未完成整改", _finding_refs(left), note=f"其中逾期 {len(late)} 件" if late else ""
            ),
        ),
        grids=(
            Grid(
                "upkeep.rows",
                "巡检问题与整改",
                ("巡检单", "问题", "程度", "责任人", "期限", "整改情况"),
                tuple(rows),
            ),
        ),
        works=(
            *(Done(day_text(each.started_at), "维护作业", f"{each.number} {each.what}", each.who) for each in works),
            *(Done(day_text(each.given_at), "操作指导", f"{each.number} {each.question}", each.who) for each in guided),
            *(
                Done(day_text(each.inspected_on), "现场巡检", f"{each.number} {each.place}", each.inspector)
                for each in made
            ),
        ),
    )


def sheet_for(look: Look) -> Inspection | None:
    """The handed-in sheet of the month's regular inspection; extra ones come by themselves."""
    first = look.first.replace(day=1)
    regular = (each for each in _sheets(look) if each.month_on == first and each.slot is not None)
    return next(regular, None)


def _works(look: Look) -> list[Work]:
    query = sa.select(Work).where(
        Work.contract_id == look.contract_id, Work.started_at >= look.start, Work.started_at < look.at
    )
    return list(session().scalars(query.order_by(Work.started_at, Work.number)))


def _guided(look: Look) -> list[Guidance]:
    query = sa.select(Guidance).where(
        Guidance.contract_id == look.contract_id, Guidance.given_at >= look.start, Guidance.given_at < look.at
    )
    return list(session().scalars(query.order_by(Guidance.given_at, Guidance.number)))


def _sheets(look: Look) -> list[Inspection]:
    query = inspections_matching(SCHEDULER, UpkeepFilters(contract_id=look.contract_id))
    query = query.where(Inspection.state.in_(DONE)).order_by(None)
    return list(session().scalars(query.order_by(Inspection.inspected_on, Inspection.number)))


def _found(sheets: list[Inspection]) -> list[Finding]:
    query = sa.select(Finding).where(Finding.inspection_id.in_([each.id for each in sheets]))
    return list(session().scalars(query.order_by(Finding.due_on, Finding.id)))


def _row(finding: Finding, numbers: dict[uuid.UUID, str], look: Look) -> tuple[str, ...]:
    done = finding.done_on is not None and finding.done_on <= look.as_of
    return (
        numbers[finding.inspection_id],
        finding.text,
        finding.severity.label,
        finding.owner,
        day_text(finding.due_on),
        f"{day_text(finding.done_on)} 完成" if done else "整改中",
    )


def _work_refs(works: list[Work]) -> list[Ref]:
    return [Ref(f"{each.number} {each.what}", f"/admin/upkeep/works/{each.id}") for each in works]


def _guided_refs(guided: list[Guidance]) -> list[Ref]:
    return [Ref(f"{each.number} {each.question}", f"/admin/upkeep/guidance/{each.id}") for each in guided]


def _sheet_refs(sheets: list[Inspection]) -> list[Ref]:
    return [
        Ref(f"{each.number} {day_text(each.inspected_on)} {each.place}", f"/admin/upkeep/inspections/{each.id}")
        for each in sheets
    ]


def _finding_refs(found: list[Finding]) -> list[Ref]:
    return [Ref(each.text, f"/admin/upkeep/inspections/{each.inspection_id}") for each in found]
