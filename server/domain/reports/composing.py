"""What a report says now: fresh figures and texts while it is written, the frozen ones once it was submitted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, staffing
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER
from server.domain.reports.access import version_of
from server.domain.reports.content import Content, Grid, Problem, Section, Sheet, from_json
from server.domain.reports.figures.owed import coming_due
from server.domain.reports.figures.upkeep import sheet_for
from server.domain.reports.look import Look, day_text, minute_text
from server.domain.reports.models import Report, ReportProblem
from server.domain.reports.sections import sections_of
from server.domain.reports.vocabulary import EDITABLE, TEXTS, ReportKind, TextKey
from server.domain.reports.wording import automatic
from server.domain.upkeep import inspection_content

MOST_COMING = 12
# Which figures tell of a clause's work (domain.md §1.1, §1.2); a clause that a contract lacks is left out.
CLAUSES = {
    "A03": ("released.registered", "released.full", "released.rolled_back", "released.flags"),
    "A04": ("consulting.total", "upkeep.guidance"),
    "A05": ("desk.received", "desk.done", "desk.after"),
    "A09": ("training.held", "training.people", "training.hours"),
    "A11": ("field.dispatched", "field.arrived"),
    "A12": ("field.remote", "field.hours"),
    "A13": ("upkeep.inspections", "upkeep.findings", "upkeep.rectified"),
    "A17": ("people.present",),
    "A18": ("people.replaced",),
    "A19": ("calls.total", "calls.answered", "calls.called_back", "calls.missed"),
    "A20": ("promises.response.ended", "promises.response.kept", "promises.response.rate"),
    "A21": ("promises.on_site.ended", "promises.on_site.kept", "promises.on_site.rate"),
    "A28": ("materials.owed", "materials.late"),
    "A36": ("acceptance.sent", "acceptance.accepted", "acceptance.rejected"),
    "A37": ("acceptance.deemed",),
    "B05": ("upkeep.inspections", "upkeep.findings", "upkeep.rectified"),
    "B15": ("consulting.total",),
    "B17": ("referred.sent", "referred.settled", "referred.open"),
    "B18": ("referred.requirements", "referred.wanted"),
    "B19": ("referred.applied", "referred.delivered"),
    "B20": ("referred.liaison",),
    "B23": ("owed.due", "owed.in_time", "owed.late"),
    "B30": ("money.orders",),
}


def look_of(report: Report, contract: Contract | None = None) -> Look:
    """A look at the report's period."""
    return Look(
        contract or contracts.find(SCHEDULER, report.contract_id), report.kind, report.starts_on, report.ends_on
    )


def content_of(report: Report) -> Content:
    """What it says: fresh while it may be written, else as frozen."""
    if report.state in EDITABLE:
        return fresh(report)
    return frozen(report, report.version)


def frozen(report: Report, number: int) -> Content:
    """What was submitted as a version."""
    return from_json(version_of(report, number).content)


def fresh(report: Report) -> Content:
    """What it would say if it were submitted now."""
    look = look_of(report)
    sections = sections_of(look)
    if report.kind is ReportKind.SUMMARY:
        sections = (*sections, *_by_clause(look, sections))
    proposed = automatic(report.kind, sections, following(look))
    texts = {key.value: str(report.texts.get(key.value) or proposed[key]) for key in TEXTS[report.kind]}
    sheet = sheet_of(report, look)
    problems = tuple(_problem(each) for each in problems_of(report))
    return Content(_head(report, look, sheet), sections, texts, problems, inspection=sheet)


def sheet_of(report: Report, look: Look) -> Sheet | None:
    """The month's inspection sheet, where it goes in as part of the report and was handed in."""
    found = sheet_for(look) if report.with_inspection else None
    return None if found is None else Sheet(str(found.id), found.number, inspection_content(SCHEDULER, found))


def proposed_texts(report: Report, content: Content) -> dict[TextKey, str]:
    """The texts as the figures give them, whatever somebody wrote."""
    return automatic(report.kind, content.sections, following(look_of(report)))


def following(look: Look) -> list[str]:
    """What falls due in the next period, in words."""
    coming = coming_due(look)
    words = [
        f"{day_text(each.expected.due_on)} 前提交{each.expected.title}（{each.expected.period}）" for each in coming
    ]
    return words[:MOST_COMING]


def problems_of(report: Report) -> Sequence[ReportProblem]:
    """Its problems in order."""
    query = sa.select(ReportProblem).where(ReportProblem.report_id == report.id)
    return session().scalars(query.order_by(ReportProblem.position, ReportProblem.id)).all()


def period_text(report: Report) -> str:
    """The period for people."""
    return f"{report.starts_on.isoformat()} 至 {report.ends_on.isoformat()}"


def title_of(report: Report) -> str:
    """What it is called: 运维月报（2026年5月）."""
    if report.final:
        return f"{report.kind.label}（合同期满）"
    if report.kind is ReportKind.WEEKLY:
        sunday = report.cycle_on + timedelta(days=6)
        return f"{report.kind.label}（{report.cycle_on.isoformat()} 至 {sunday.isoformat()}）"
    return f"{report.kind.label}（{report.cycle_on.year}年{report.cycle_on.month}月）"


def _head(report: Report, look: Look, sheet: Sheet | None) -> tuple[tuple[str, str], ...]:
    contract = look.contract
    running = look.now < look.end
    told = (
        ("合同编号", contract.number),
        ("合同名称", contract.title),
        ("委托单位", contract.bureau_name),
        ("服务单位", contract.vendor_name),
        ("报告期间", period_text(report)),
        ("数据截至", minute_text(look.now) if running else f"{look.last.isoformat()} 24:00"),
        ("统计时间", minute_text(clock.now())),
    )
    if report.kind is ReportKind.MONTHLY:
        return (*told, ("巡检单", f"{sheet.number}，作为本报告组成部分" if sheet else "单独提交"))
    return (*told, *_ground(look)) if report.kind is ReportKind.SUMMARY else told


def _ground(look: Look) -> tuple[tuple[str, str], ...]:
    """On what a summary stands: the contract, what it covers, and who served it (domain.md §5.1)."""
    contract = look.contract
    systems = contracts.systems_of([contract.id])[contract.id]
    people = staffing.staff_on(contract.id, look.last)
    return (
        ("服务依据", f"《{contract.title}》（{contract.number}）"),
        ("服务范围", "、".join(each.label for each in systems) or "见合同约定"),
        ("服务组织", "、".join(f"{each.name}（{each.role}）" for each in people) or "无在岗人员"),
    )


def _problem(row: ReportProblem) -> Problem:
    return Problem(row.kind.label, row.text, row.measure, row.owner, day_text(row.due_on), row.state.label)


def _by_clause(look: Look, sections: Sequence[Section]) -> tuple[Section, ...]:
    figures = {one.key: one for section in sections for one in section.figures}
    rows = []
    for clause in look.terms.clauses:
        told = [figures[key] for key in CLAUSES.get(clause.id, ()) if key in figures]
        if told:
            rows.append((clause.where, clause.title, "，".join(f"{one.label} {one.text}" for one in told)))
    grid = Grid("clauses.rows", "按合同条款完成情况", ("条款", "内容", "完成情况"), tuple(rows))
    return (Section("clauses", "按条款完成的工作", grids=(grid,)),) if rows else ()
