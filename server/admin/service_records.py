"""Service records: a contract's month at a glance with issuing in one go, and the supplement of one ticket."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.acceptance_forms import words_field
from server.admin.acceptance_new import contracts_for
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.paper_boxes import duty_boxes, paper_boxes
from server.core import clock, db
from server.core.errors import Conflict, Invalid
from server.core.ids import parse_id
from server.domain import forms, tickets
from server.domain.identity import Actor, Permission

blueprint = Blueprint("service_records", __name__, url_prefix="/admin/service-records")
blueprint.add_app_template_global(paper_boxes)
blueprint.add_app_template_global(duty_boxes)


class SupplementSchema(Schema):
    """What the ticket itself does not know."""

    cause = words_field("原因", "不填则取标记解决时写的原因。", most=2000, required=False, rows=2)
    result = words_field("处理结果", "不填则取标记解决时给用户的答复。", most=2000, required=False, rows=3)
    left_over = words_field("遗留问题", "没有就不填，单上写“无”。", most=2000, required=False, rows=2)
    materials = words_field(
        "使用材料和版本", "关联的版本和资料会自动列出，这里只写其他的。", most=2000, required=False, rows=2
    )
    hours = fields.String(
        load_default="",
        validate=validate.Length(max=8),
        metadata={
            "label": "工时（小时）",
            "help": "最多一位小数；不填则按远程服务、到场和处理时间推算。",
            "widget": "text",
        },
    )


@blueprint.get("/")
@needs(Permission.DOCUMENT_VIEW)
def index() -> Response:
    """A contract's month: how many services, which records are missing or unsigned."""
    actor = current_actor()
    choices = contracts_for(actor, Permission.DOCUMENT_VIEW)
    chosen = request.args.get("contract", "") or (choices[0][0] if choices else "")
    first = _month(request.args.get("month", ""))
    month = forms.month_of(actor, parse_id(chosen), first) if chosen else None
    return page(
        "service_records/index.html",
        month=month,
        contracts=choices,
        contract=chosen,
        month_text=f"{first:%Y-%m}",
        may_issue=bool(chosen) and actor.may(Permission.DOCUMENT_ISSUE, parse_id(chosen)),
    )


@blueprint.post("/issue")
@needs(Permission.DOCUMENT_ISSUE)
def issue() -> Response:
    """Issue a month's missing records; the files follow in the background."""
    actor = current_actor()
    contract_id = parse_id(request.form.get("contract", ""))
    first = _month(request.form.get("month", ""))
    made = forms.issue_waiting(actor, contract_id, first)
    left = forms.month_of(actor, contract_id, first).to_issue
    told = f"已出具 {len(made)} 份服务记录单" + (f"，还有 {left} 份，请再次点击" if left else "")
    toast(told if made else "没有需要出具的服务记录单", "success" if made else "info")
    return redirect_to("service_records.index", contract=contract_id, month=f"{first:%Y-%m}")


@blueprint.get("/tickets/<uuid:ticket_id>/supplement")
@needs(Permission.RECORD_LOG)
def supplement(ticket_id: uuid.UUID) -> Response:
    """The supplement's form, filled in with what the log says."""
    actor = current_actor()
    service = forms.gather(actor, ticket_id)
    kept = service.supplement
    data = {
        "cause": service.cause,
        "result": service.result,
        "left_over": kept.left_over if kept else "",
        "materials": kept.materials if kept else "",
        "hours": f"{service.hours.normalize():f}",
    }
    return _form_page(actor, ticket_id, Form(SupplementSchema(), data), version=kept.version if kept else 0)


@blueprint.post("/tickets/<uuid:ticket_id>/supplement")
@needs(Permission.RECORD_LOG)
def note(ticket_id: uuid.UUID) -> Response:
    """Write it down."""
    actor = current_actor()
    form = Form.submitted(SupplementSchema(), request.form)
    version = _version(request.form.get("version", ""))
    with db.reading():
        tickets.find(actor, ticket_id)
    status = 422
    if form.valid:
        try:
            with db.unit():
                forms.note(actor, ticket_id, **form.values, version=version)
        except Invalid as error:
            form.refuse(error.fields, error.text)
        except Conflict as error:
            form.refuse(None, error.text)
            status = 409
        else:
            toast("已保存服务记录补充")
            return redirect_to("ticket.show", ticket_id=ticket_id)
    with db.reading():
        return _form_page(actor, ticket_id, form, version=version, status=status)


def _form_page(actor: Actor, ticket_id: uuid.UUID, form: Form, *, version: int, status: int = 200) -> Response:
    service = forms.gather(actor, ticket_id)
    context: dict[str, Any] = {"ticket": service.ticket, "service": service, "form": form, "version": version}
    return page("service_records/supplement.html", status=status, **context)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return clock.today().replace(day=1)


def _version(text: str) -> int:
    return int(text) if text.isdecimal() else 0
