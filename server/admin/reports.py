"""The reports' overview: a contract's weeks and months with what became of each, and where a draft begins."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.deliverable_words import due_in_words
from server.admin.deliverable_words import url_of as duty_url
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import NotFound
from server.core.ids import parse_id
from server.domain import deliverables, reports
from server.domain.deliverables import State
from server.domain.identity import Permission
from server.domain.reports import Cell, ReportKind, ReportState

blueprint = Blueprint("reports", __name__, url_prefix="/admin/reports")

TONES = {
    ReportState.DRAFT: "gray",
    ReportState.SUBMITTED: "blue",
    ReportState.RETURNED: "violet",
    ReportState.SIGNED: "green",
}
LEGEND = (
    ("open", "未开始"),
    ("amber", "待编制"),
    ("gray", "编制中"),
    ("blue", "待签收"),
    ("violet", "已退回"),
    ("green", "已签收"),
    ("red", "逾期"),
)
RECENT = 12


@blueprint.get("/")
@needs(Permission.REPORT_VIEW)
def index() -> Response:
    """One contract at a time: its calendar of reports, and the newest ones."""
    actor = current_actor()
    seen = deliverables.contracts_seen(actor, permission=Permission.REPORT_VIEW)
    wanted = parse_id(request.args.get("contract", "")) if request.args.get("contract") else None
    chosen = next((each for each in seen if each.id == wanted), seen[0] if seen else None)
    if wanted is not None and (chosen is None or chosen.id != wanted):
        raise NotFound
    lines = reports.overview(actor, chosen.id) if chosen else []
    found = reports.reports_of(actor, chosen.id) if chosen else []
    return page(
        "reports/index.html",
        contracts=seen,
        contract=chosen,
        lines=lines,
        found=found[:RECENT],
        # As the calendar below shows them: a cycle that was handed in without a report here counts too.
        counts=Counter(tone_of(cell) for line in lines for cell in line.cells),
        may_write=chosen is not None and actor.may(Permission.REPORT_WRITE, chosen.id),
        kinds=ReportKind,
        tones=TONES,
        legend=LEGEND,
        tone_of=tone_of,
        words_of=words_of,
        title_of=reports.title_of,
        period_of=reports.period_text,
        duty_url=duty_url,
        today=clock.today(),
    )


@blueprint.post("/draft")
@needs(Permission.REPORT_WRITE)
def draft() -> Response:
    """Begin a report."""
    kind, day = request.form.get("kind", ""), request.form.get("day", "")
    try:
        chosen, first, contract_id = ReportKind(kind), date.fromisoformat(day), uuid.UUID(request.form["contract"])
    except (ValueError, KeyError):
        raise NotFound from None
    made = reports.draft(
        current_actor(), contract_id=contract_id, kind=chosen, day=first, key=request.form.get("key", "")[:40]
    )
    toast(f"已建立{reports.title_of(made)}")
    return redirect_to("report.show", report_id=made.id)


def tone_of(cell: Cell) -> str:
    """A cell's colour: the report's state, else what became of the deliverable."""
    if cell.report is not None:
        late = cell.duty is not None and cell.duty.state is State.LATE
        return "red" if late and cell.report.state is ReportState.DRAFT else TONES[cell.report.state]
    if cell.duty is None:
        return "gray"
    if cell.duty.delivery is not None:
        return {State.SIGNED: "green", State.RETURNED: "violet"}.get(cell.duty.state, "blue")
    if cell.duty.state is State.LATE:
        return "red"
    return "amber" if cell.begun else "open"


def words_of(cell: Cell) -> str:
    """The same in words."""
    tone = tone_of(cell)
    state = cell.report.state.label if cell.report else dict(LEGEND)[tone]
    if cell.duty is None:
        return f"{reports.title_of(cell.report) if cell.report else ''}，{state}"
    if cell.report is None and cell.duty.delivery is not None:
        state = f"{cell.duty.state.label}（未经本页编制）"
    late = "，迟交" if cell.duty.late and cell.duty.delivery else ""
    return f"{cell.duty.expected.period}，截止 {due_in_words(cell.duty.expected)}，{state}{late}"
