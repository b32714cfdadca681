"""Many tickets closed or graded at once: first what would become of each, then what became of it."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs, page_before
from server.admin.forms import Form
from server.admin.pages import page
from server.core import db
from server.core.ids import parse_id
from server.domain import tickets
from server.domain.identity import Permission
from server.domain.tickets import Severity

blueprint = Blueprint("ticket_bulk", __name__, url_prefix="/admin/tickets/bulk")

SHORT = validate.Length(max=500)


class CloseSchema(Schema):
    """A word to go with the closing of all."""

    note = fields.String(
        load_default="",
        validate=SHORT,
        metadata={
            "label": "关闭说明",
            "help": "选填，会写入每个工单，市民可以看到。",
            "rows": "2",
            "widget": "textarea",
        },
    )


class GradeSchema(Schema):
    """One severity for all."""

    severity = fields.Enum(Severity, by_value=True, required=True, metadata={"label": "级别"})
    business_stopped = fields.Boolean(
        load_default=False, metadata={"label": "业务已中断", "help": "“重大”并且业务中断时，开始计算到场时限。"}
    )
    reason = fields.String(
        load_default="",
        validate=SHORT,
        metadata={"label": "理由", "help": "选填，仅内部可见。", "rows": "2", "widget": "textarea"},
    )


@blueprint.post("/close")
@needs(Permission.TICKET_CLOSE)
def choose_to_close() -> Response:
    """Which of the chosen tickets can be closed; nothing is changed yet."""
    return _preview("close", tickets.preview_close(current_actor(), _chosen()), Form(CloseSchema()))


@blueprint.post("/close/now")
@needs(Permission.TICKET_CLOSE)
def close_chosen() -> Response:
    """Close them, and say of each what became of it."""
    actor, ids = current_actor(), _chosen()
    form = Form.submitted(CloseSchema(), request.form)
    if not form.valid:
        return _preview("close", tickets.preview_close(actor, ids), form, status=422)
    with db.unit():
        rows = tickets.close_many(actor, ids, note=form.values["note"])
    return _result("close", rows)


@blueprint.post("/severity")
@needs(Permission.TICKET_RESPOND)
def choose_severity() -> Response:
    """Which of the chosen tickets can be graded; nothing is changed yet."""
    form = Form(GradeSchema(), {"severity": Severity.NORMAL})
    return _preview("severity", _gradable(_chosen()), form)


@blueprint.post("/severity/now")
@needs(Permission.TICKET_RESPOND)
def grade_chosen() -> Response:
    """Grade them, and say of each what became of it."""
    actor, ids = current_actor(), _chosen()
    form = Form.submitted(GradeSchema(), request.form)
    if not form.valid:
        return _preview("severity", _gradable(ids), form, status=422)
    with db.unit():
        rows = tickets.grade_many(actor, ids, **form.values)
    return _result("severity", rows)


WORDS = {
    "close": ("关闭", "ticket_bulk.close_chosen"),
    "severity": ("定级", "ticket_bulk.grade_chosen"),
}


def _preview(what: str, rows: list[tickets.BulkRow], form: Form, *, status: int = 200) -> Response:
    ready = sum(row.outcome is not tickets.Outcome.REFUSED for row in rows)
    word, endpoint = WORDS[what]
    return page(
        "tickets/bulk.html",
        status=status,
        rows=rows,
        ready=ready,
        form=form,
        word=word,
        endpoint=endpoint,
        back=_back(),
        level_of=_level,
    )


def _result(what: str, rows: list[tickets.BulkRow]) -> Response:
    return page("tickets/bulk_done.html", rows=rows, word=WORDS[what][0], outcomes=tickets.Outcome, back=_back())


def _gradable(ids: list[uuid.UUID]) -> list[tickets.BulkRow]:
    """As far as it can be told before a severity is chosen: what is of any use for at least one of two severities."""
    actor = current_actor()
    high = tickets.preview_severity(actor, ids, severity=Severity.HIGH, business_stopped=False)
    low = tickets.preview_severity(actor, ids, severity=Severity.LOW, business_stopped=False)
    return [
        one if one.outcome is not tickets.Outcome.UNCHANGED else other for one, other in zip(high, low, strict=True)
    ]


def _level(severity: Severity) -> int:
    return list(Severity).index(severity) + 1


def _chosen() -> list[uuid.UUID]:
    return [parse_id(text) for text in request.form.getlist("ids")]


def _back() -> str:
    """The list as it was left."""
    given = request.form.get("back", "")
    here = url_for("tickets.index")
    return given if given.startswith(f"{here}?") else (page_before() or here)
