"""One report: its figures with their sources, texts, problems, and the steps of each side."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from server.admin import document_box
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.report_charts import charts_of
from server.admin.report_forms import CHOICES, AgainSchema, ProblemSchema, ReasonSchema, RemarkSchema
from server.admin.report_money import shown, told
from server.admin.reports import TONES
from server.core import db
from server.core.errors import Conflict, Invalid, NotFound
from server.domain import agenda, contracts, reports
from server.domain.identity import Permission
from server.domain.reports import (
    EDITABLE,
    TEXTS,
    Difference,
    ProblemDraft,
    ProblemKind,
    Report,
    ReportState,
    TextKey,
)

blueprint = Blueprint("report", __name__, url_prefix="/admin/reports")


@blueprint.get("/<uuid:report_id>")
@needs(Permission.REPORT_VIEW)
def show(report_id: uuid.UUID) -> Response:
    return _page(reports.find(current_actor(), report_id))


@blueprint.get("/<uuid:report_id>/figures/<string:key>")
@needs(Permission.REPORT_VIEW)
def figure(report_id: uuid.UUID, key: str) -> Response:
    """What one figure counts, row by row."""
    report = reports.find(current_actor(), report_id)
    found = shown(current_actor(), report, reports.content_of(report)).figure(key)
    if found is None:
        raise NotFound
    return page("reports/figure.html", report=report, figure=found, title=reports.title_of(report))


@blueprint.get("/<uuid:report_id>/versions/<int:number>")
@needs(Permission.REPORT_VIEW)
def version(report_id: uuid.UUID, number: int) -> Response:
    """What a version changed against the one before, and what the data say now."""
    report = reports.find(current_actor(), report_id)
    row = reports.version_of(report, number)
    newest = number == report.version
    content = reports.frozen(report, number)
    changed = [Difference("", *each) for each in content.differences]
    moved = reports.changed_since(report) if newest else []
    return page(
        "reports/version.html",
        report=report,
        version=row,
        title=reports.title_of(report),
        differences=[(each.what, each.before, each.after) for each in told(current_actor(), report, content, changed)],
        moved=told(current_actor(), report, content, moved),
        newest=newest,
    )


@blueprint.post("/<uuid:report_id>/texts")
@needs(Permission.REPORT_WRITE)
def texts(report_id: uuid.UUID) -> Response:
    """Save the texts; one that is as the figures give it stays automatic."""

    def act() -> None:
        report = reports.find(current_actor(), report_id)
        proposed = reports.proposed_texts(report, reports.content_of(report))
        sent = {
            key: request.form[key.value].replace("\r\n", "\n")
            for key in TEXTS[report.kind]
            if key.value in request.form
        }
        given = {key: "" if text.strip() == proposed[key].strip() else text for key, text in sent.items()}
        reports.write(current_actor(), report_id, seq=_seq(), texts=given)

    return _attempt(report_id, act, "已保存")


@blueprint.post("/<uuid:report_id>/inspection")
@needs(Permission.REPORT_WRITE)
def inspection(report_id: uuid.UUID) -> Response:
    """Whether the inspection sheet goes in as part of it."""
    part = request.form.get("part") == "1"
    return _attempt(
        report_id,
        lambda: reports.set_inspection(current_actor(), report_id, seq=_seq(), part=part),
        "巡检单作为本报告组成部分" if part else "巡检单单独提交",
    )


@blueprint.post("/<uuid:report_id>/problems")
@needs(Permission.REPORT_WRITE)
def problem(report_id: uuid.UUID) -> Response:
    """Add a problem, or change one."""
    which = request.form.get("problem_id", "", type=str)
    prefix = f"problem-{which}" if which else "problem"
    form = Form.submitted(ProblemSchema(), request.form, choices=dict(CHOICES), prefix=prefix)

    def act() -> None:
        given = ProblemDraft(**form.values)
        key = uuid.UUID(which) if which else None
        reports.put_problem(current_actor(), report_id, given, seq=_seq(), problem_id=key)

    return _attempt(report_id, act, "已保存问题", form=form, name=prefix)


@blueprint.post("/<uuid:report_id>/problems/<uuid:problem_id>/drop")
@needs(Permission.REPORT_WRITE)
def drop_problem(report_id: uuid.UUID, problem_id: uuid.UUID) -> Response:
    """Take a problem out."""
    return _attempt(
        report_id, lambda: reports.drop_problem(current_actor(), report_id, problem_id, seq=_seq()), "已删除问题"
    )


@blueprint.post("/<uuid:report_id>/submit")
@needs(Permission.REPORT_WRITE)
def submit(report_id: uuid.UUID) -> Response:
    """Freeze, put on paper and hand in."""
    form = Form.submitted(AgainSchema(), request.form, prefix="again")

    def act() -> None:
        reports.submit(current_actor(), report_id, seq=_seq(), **form.values)
        agenda.look_soon()

    return _attempt(report_id, act, "已提交，文书正在生成", form=form, name="again")


@blueprint.post("/<uuid:report_id>/sign")
@needs(Permission.DELIVERABLE_SIGN)
def sign(report_id: uuid.UUID) -> Response:
    """The bureau signs for it."""

    def act() -> None:
        reports.sign(current_actor(), report_id, version=request.form.get("version", type=int))
        agenda.look_soon()

    return _attempt(report_id, act, "已签收")


@blueprint.post("/<uuid:report_id>/send-back")
@needs(Permission.DELIVERABLE_SIGN)
def send_back(report_id: uuid.UUID) -> Response:
    """The bureau returns it with reasons."""
    form = Form.submitted(ReasonSchema(), request.form, prefix="send_back")

    def act() -> None:
        reports.send_back(current_actor(), report_id, version=request.form.get("version", type=int), **form.values)
        agenda.look_soon()

    return _attempt(report_id, act, "已退回", form=form, name="send_back")


@blueprint.post("/<uuid:report_id>/remark")
@needs(Permission.REPORT_VIEW)
def remark(report_id: uuid.UUID) -> Response:
    """Either side's word."""
    form = Form.submitted(RemarkSchema(), request.form, prefix="remark")
    return _attempt(
        report_id,
        lambda: reports.remark(current_actor(), report_id, **form.values),
        "已提交意见",
        form=form,
        name="remark",
    )


def _seq() -> int:
    return request.form.get("seq", -1, type=int)


def _attempt(
    report_id: uuid.UUID, act: Callable[[], Any], done: str, *, form: Form | None = None, name: str = ""
) -> Response:
    """Take a step in a unit of its own; the page again with what was typed when something is wrong."""
    refused, status = "", 422
    with db.reading():
        reports.find(current_actor(), report_id)
    if form is None or form.valid:
        try:
            with db.unit():
                act()
        except Invalid as wrong:
            refused = (
                "" if form else "；".join(text for texts_ in wrong.fields.values() for text in texts_) or wrong.text
            )
            if form:
                form.refuse(wrong.fields, wrong.text)
        except Conflict as conflict:
            refused, status = conflict.text, 409
        else:
            toast(done)
            return redirect_to("report.show", report_id=report_id)
    with db.reading():
        report = reports.find(current_actor(), report_id)
        return _page(report, tried={name: form} if form else {}, refused=refused, status=status)


def _page(report: Report, *, tried: dict[str, Form] | None = None, refused: str = "", status: int = 200) -> Response:
    actor = current_actor()
    whole = reports.content_of(report)
    content = shown(actor, report, whole)
    editable = report.state in EDITABLE and actor.may(Permission.REPORT_WRITE, report.contract_id)
    rows = reports.problems_of(report)
    forms = {
        "again": Form(AgainSchema(), prefix="again"),
        "send_back": Form(ReasonSchema(), prefix="send_back"),
        "remark": Form(RemarkSchema(), prefix="remark"),
        "problem": Form(
            ProblemSchema(), {"kind": ProblemKind.TECHNICAL.value}, choices=dict(CHOICES), prefix="problem"
        ),
    }
    for row in rows if editable else []:
        data = {name: getattr(row, name) for name in ("text", "measure", "owner")}
        data |= {"kind": row.kind.value, "state": row.state.value}
        data |= {name: day.isoformat() if (day := getattr(row, name)) else "" for name in ("due_on", "done_on")}
        prefix = f"problem-{row.id}"
        forms[prefix] = Form(ProblemSchema(), data, choices=dict(CHOICES), prefix=prefix)
    decides = actor.may(Permission.DELIVERABLE_SIGN, report.contract_id) and report.state is ReportState.SUBMITTED
    return page(
        "reports/show.html",
        status=status,
        report=report,
        contract=contracts.find(actor, report.contract_id),
        content=content,
        title=reports.title_of(report),
        period=reports.period_text(report),
        editable=editable,
        may_decide=decides,
        may_remark=decides or editable or actor.may(Permission.DELIVERABLE_SIGN, report.contract_id),
        forms=forms | (tried or {}),
        tried=set(tried or {}),
        refused=refused,
        rows=rows,
        checks=reports.checks_of(report, whole) if editable else [],
        moved=[] if report.state in EDITABLE else told(actor, report, whole, reports.changed_since(report)),
        history=reports.history_of(report),
        versions=reports.versions_of(report),
        charts=charts_of(content),
        text_keys=TEXTS[report.kind],
        TextKey=TextKey,
        tones=TONES,
        box=document_box.box(
            actor,
            report.kind.value,
            report.id,
            contract_id=report.contract_id,
            ready=False,
            note="提交后自动出具。",
        ),
    )
