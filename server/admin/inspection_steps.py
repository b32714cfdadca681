"""What is done to an inspection: an item saved as one goes, the head, findings, tickets, handing in, sending back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.inspection_sheet import sheet_page
from server.admin.pages import page, redirect_to, toast, wants_part
from server.admin.upkeep_forms import FindingSchema, HeadSchema, ReasonSchema, RectifySchema, RescheduleSchema, kept
from server.admin.upkeep_words import VERDICT_TONES
from server.core import db
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import parse_id
from server.domain import upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import FIELDS, FindingDraft, InspectionItem, UpkeepFilters, Verdict

blueprint = Blueprint("inspection_steps", __name__, url_prefix="/admin/upkeep/inspections")

LOG = Permission.RECORD_LOG
Perform = Callable[[dict[str, Any]], str]


@blueprint.post("/<uuid:inspection_id>/items/<uuid:item_id>")
@needs(LOG)
def save_item(inspection_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    """Keep one item; what was typed stays on the page whatever comes of it."""
    actor, given = current_actor(), request.form
    chosen = given.get("verdict", "")
    names = {name for fields in FIELDS.values() for name in fields}
    verdict = next((each for each in Verdict if each.value == chosen), None)
    faults: Mapping[str, Any] = {}
    try:
        with db.unit():
            item = upkeep.save_item(
                actor,
                inspection_id,
                item_id,
                version=given.get("version", 0, type=int),
                given={name: given[name] for name in names if name in given},
                verdict=verdict,
                remark=given.get("remark", ""),
            )
    except Invalid as refused:
        return _item_answer(actor, inspection_id, item_id, faults=refused.fields, status=422)
    except Conflict as refused:
        return _item_answer(actor, inspection_id, item_id, faults={"": [refused.text]}, status=409)
    return _item_answer(actor, inspection_id, item.id, faults=faults, saved=True)


@blueprint.post("/<uuid:inspection_id>/head")
@needs(LOG)
def save_head(inspection_id: uuid.UUID) -> Response:
    """Keep who, when, where and the words at the end."""
    actor = current_actor()

    def perform(values: dict[str, Any]) -> str:
        uploads = kept(values.pop("upload"))
        with db.unit():
            upkeep.save_head(actor, inspection_id, **values, uploads=uploads)
        return "已保存"

    return _stepped(
        inspection_id, "head", Form.submitted(HeadSchema(), request.form, request.files, prefix="head"), perform
    )


@blueprint.post("/<uuid:inspection_id>/findings")
@needs(LOG)
def add_finding(inspection_id: uuid.UUID) -> Response:
    """Put a finding on the sheet."""
    actor = current_actor()
    with db.reading():
        choices = _choices(actor, inspection_id)
    form = Form.submitted(FindingSchema(), request.form, choices=choices, prefix="finding")

    def perform(values: dict[str, Any]) -> str:
        for name in ("item_id", "plan_id"):
            values[name] = parse_id(values[name]) if values[name] else None
        with db.unit():
            upkeep.add_finding(actor, inspection_id, FindingDraft(**values))
        return "已登记问题"

    return _stepped(inspection_id, "finding", form, perform)


@blueprint.post("/findings/<uuid:finding_id>/drop")
@needs(LOG)
def drop_finding(finding_id: uuid.UUID) -> Response:
    """Take a finding off an open sheet."""
    actor = current_actor()
    found = upkeep.find_finding(actor, finding_id)
    inspection_id = found.inspection_id
    upkeep.drop_finding(actor, finding_id)
    toast("已删除")
    return redirect_to("inspections.show", inspection_id=inspection_id)


@blueprint.post("/findings/<uuid:finding_id>/ticket")
@needs(LOG)
def open_ticket(finding_id: uuid.UUID) -> Response:
    """Make a ticket of a finding."""
    actor = current_actor()
    found = upkeep.find_finding(actor, finding_id)
    ticket = upkeep.open_ticket(actor, finding_id)
    toast(f"已转为工单 {ticket.number}")
    return redirect_to("inspections.show", inspection_id=found.inspection_id)


@blueprint.post("/findings/<uuid:finding_id>/rectify")
@needs(LOG)
def rectify(finding_id: uuid.UUID) -> Response:
    """A finding is put right."""
    actor = current_actor()
    with db.reading():
        inspection_id = upkeep.find_finding(actor, finding_id).inspection_id

    def perform(values: dict[str, Any]) -> str:
        with db.unit():
            upkeep.rectify(actor, finding_id, **values)
        return "已登记整改完成"

    form = Form.submitted(RectifySchema(), request.form, prefix="rectify")
    return _stepped(inspection_id, f"rectify-{finding_id}", form, perform)


@blueprint.post("/<uuid:inspection_id>/submit")
@needs(LOG)
def submit(inspection_id: uuid.UUID) -> Response:
    """Hand the sheet in."""
    actor = current_actor()
    try:
        with db.unit():
            upkeep.submit(actor, inspection_id)
    except (Invalid, Conflict) as refused:
        with db.reading():
            status = 422 if isinstance(refused, Invalid) else 409
            return sheet_page(actor, inspection_id, refused=refused.text, status=status)
    toast("已提交，可以出具巡检单并签署")
    return redirect_to("inspections.show", inspection_id=inspection_id)


@blueprint.post("/<uuid:inspection_id>/<any(return, cancel, reschedule):step>")
@needs(LOG)
def move(inspection_id: uuid.UUID, step: str) -> Response:
    """Send it back, cancel it, or plan another day."""
    actor = current_actor()
    with db.reading():
        if not actor.may(LOG, upkeep.find_inspection(actor, inspection_id).contract_id):
            raise Forbidden(permission=LOG.value)
    schema = RescheduleSchema() if step == "reschedule" else ReasonSchema()

    def perform(values: dict[str, Any]) -> str:
        verb, done = {
            "return": (upkeep.send_back, "已退回"),
            "cancel": (upkeep.cancel, "已取消"),
            "reschedule": (upkeep.reschedule, "已改期"),
        }[step]
        with db.unit():
            verb(actor, inspection_id, **values)  # type: ignore[operator]
        return done

    return _stepped(inspection_id, step, Form.submitted(schema, request.form, prefix=step), perform)


def _stepped(inspection_id: uuid.UUID, step: str, form: Form, perform: Perform) -> Response:
    refused, status = "", 422
    if form.valid:
        try:
            done = perform(dict(form.values))
        except Invalid as error:
            form.refuse(error.fields, error.text)
        except Conflict as error:
            refused, status = error.text, 409
        else:
            toast(done)
            return redirect_to("inspections.show", inspection_id=inspection_id)
    with db.reading():
        return sheet_page(current_actor(), inspection_id, step=step, form=form, refused=refused, status=status)


def _item_answer(
    actor: Actor,
    inspection_id: uuid.UUID,
    item_id: uuid.UUID,
    *,
    faults: Mapping[str, Any],
    saved: bool = False,
    status: int = 200,
) -> Response:
    """For htmx the line below the item; for a browser without scripts the page, at that item."""
    if not wants_part():
        if saved:
            return redirect_to("inspections.show", inspection_id=inspection_id, _anchor=f"item-{item_id}")
        with db.reading():
            told = " ".join(text for texts in faults.values() for text in texts)
            return sheet_page(actor, inspection_id, refused=told, status=status)
    with db.reading():
        sheet = upkeep.find_inspection(actor, inspection_id)
        item = session().get(InspectionItem, item_id, populate_existing=True)
        items = upkeep.items_of(sheet)
        return page(
            "inspections/_state.html",
            status=200,
            item=item,
            faults=faults,
            saved=saved,
            left=sum(each.verdict is None for each in items),
            missing=upkeep.missing_of(sheet),
            anew=True,
            verdict_tones=VERDICT_TONES,
        )


def _choices(actor: Actor, inspection_id: uuid.UUID) -> dict[str, Choices]:
    found = upkeep.find_inspection(actor, inspection_id)
    plans = session().scalars(upkeep.plans_matching(actor, UpkeepFilters(contract_id=found.contract_id)))
    return {
        "item_id": [(str(item.id), f"{item.position}. {item.title}") for item in upkeep.items_of(found)],
        "plan_id": [(str(plan.id), f"{plan.number} {plan.scenario}") for plan in plans],
    }
