"""Shifts planned one by one or by rotation, changed, cancelled, handed over."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.duty_forms import (
    HandOverSchema,
    NewShiftSchema,
    ReasonSchema,
    RotationSchema,
    ShiftSchema,
    someone_in,
)
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.admin.staff_forms import contract_choices
from server.admin.trying import attempt
from server.core import clock, db
from server.core.errors import Conflict, Invalid
from server.domain import contracts, duty
from server.domain.duty import Pattern, Shift
from server.domain.identity import Actor, Permission

blueprint = Blueprint("duty_shifts", __name__, url_prefix="/admin/duty")

SHOWN_DRAFTS = 40
MONTH = timedelta(days=27)


@blueprint.get("/shifts/new")
@needs(Permission.DUTY_MANAGE)
def new() -> Response:
    """The form of one shift; the address may name its span, so that a gap is filled by a click."""
    options = contract_choices(current_actor(), Permission.DUTY_MANAGE)
    data = {
        "contract_id": request.args.get("contract", options[0][0] if options else ""),
        "starts_at": _moment("start"),
        "ends_at": _moment("end"),
    }
    return page("duty/new.html", form=Form(NewShiftSchema(), data, choices={"contract_id": options}))


@blueprint.post("/shifts/new")
@needs(Permission.DUTY_MANAGE)
def create() -> Response:
    """Plan one shift."""
    actor = current_actor()
    with db.reading():
        options = contract_choices(actor, Permission.DUTY_MANAGE)
    form = Form.submitted(NewShiftSchema(), request.form, choices={"contract_id": options})
    made = attempt(form, lambda: duty.plan_shift(actor, **form.values))
    if made is None:
        return page("duty/new.html", status=422, form=form)
    toast("已安排值班")
    return _to_month(made.contract_id, made.starts_at)


@blueprint.get("/rotation")
@needs(Permission.DUTY_MANAGE)
def rotation() -> Response:
    """The generator's form."""
    options = contract_choices(current_actor(), Permission.DUTY_MANAGE)
    today = clock.today()
    data = {
        "contract_id": request.args.get("contract", options[0][0] if options else ""),
        "pattern": Pattern.DAILY,
        "first": request.args.get("first") or today,
        "last": request.args.get("last") or today + MONTH,
        "change_at": "08:30",
        "fill_only": True,
    }
    return page(
        "duty/rotation.html",
        form=Form(RotationSchema(), data, choices={"contract_id": options}),
        drafts=None,
        refused="",
    )


@blueprint.post("/rotation/preview")
@needs(Permission.DUTY_MANAGE)
def preview() -> Response:
    """What the rotation would plan, while it is typed. Writes nothing."""
    actor = current_actor()
    options = contract_choices(actor, Permission.DUTY_MANAGE)
    form = Form.submitted(RotationSchema(), request.form, choices={"contract_id": options})
    drafts, refused = None, ""
    if form.valid:
        try:
            drafts = duty.preview_rotation(actor, **_rotation_of(form.values))
        except (Invalid, Conflict) as error:
            refused = _first_fault(error)
    else:
        refused = "填完必填项后显示预览。"
    return page("duty/_drafts.html", "duty/_drafts.html", drafts=drafts, refused=refused, most=SHOWN_DRAFTS)


@blueprint.post("/rotation")
@needs(Permission.DUTY_MANAGE)
def rotate() -> Response:
    """Plan the turns."""
    actor = current_actor()
    with db.reading():
        options = contract_choices(actor, Permission.DUTY_MANAGE)
    form = Form.submitted(RotationSchema(), request.form, choices={"contract_id": options})
    made = attempt(form, lambda: (duty.plan_rotation(actor, **_rotation_of(form.values)),))
    if made is None:
        return page("duty/rotation.html", status=422, form=form, drafts=None, refused="")
    toast(
        f"已安排 {len(made[0])} 个班次" if made[0] else "该时段已全部有人值班，没有新增班次",
        "success" if made[0] else "info",
    )
    return redirect_to("duty.index", contract=form.values["contract_id"], month=f"{form.values['first']:%Y-%m}")


@blueprint.get("/shifts/<uuid:shift_id>")
@needs(Permission.DUTY_VIEW)
def show(shift_id: uuid.UUID) -> Response:
    """One shift."""
    actor = current_actor()
    return _show(actor, duty.find_shift(actor, shift_id))


@blueprint.post("/shifts/<uuid:shift_id>/change")
@needs(Permission.DUTY_MANAGE)
def change(shift_id: uuid.UUID) -> Response:
    """Another person, or other hours."""
    actor, shift = _shift(shift_id, Permission.DUTY_MANAGE)
    form = Form.submitted(ShiftSchema(), request.form, prefix="change")
    done = attempt(form, lambda: duty.change_shift(actor, shift.id, **form.values))
    return _answer(actor, shift, done, "change", form, "班次已调整")


@blueprint.post("/shifts/<uuid:shift_id>/cancel")
@needs(Permission.DUTY_MANAGE)
def cancel(shift_id: uuid.UUID) -> Response:
    """Off the roster."""
    actor, shift = _shift(shift_id, Permission.DUTY_MANAGE)
    form = Form.submitted(ReasonSchema(), request.form, prefix="cancel")
    done = attempt(form, lambda: duty.cancel_shift(actor, shift.id, **form.values))
    return _answer(actor, shift, done, "cancel", form, "班次已取消")


@blueprint.post("/shifts/<uuid:shift_id>/hand-over")
@needs(Permission.CALL_LOG)
def hand_over(shift_id: uuid.UUID) -> Response:
    """What the next one must know."""
    actor, shift = _shift(shift_id, Permission.CALL_LOG)
    form = Form.submitted(HandOverSchema(), request.form, prefix="handover")
    done = attempt(form, lambda: duty.hand_over(actor, shift.id, **form.values))
    return _answer(actor, shift, done, "handover", form, "交接已登记")


@blueprint.post("/shifts/<uuid:shift_id>/take-over")
@needs(Permission.CALL_LOG)
def take_over(shift_id: uuid.UUID) -> Response:
    """The hand-over was read."""
    actor, shift = _shift(shift_id, Permission.CALL_LOG)
    duty.take_over(actor, shift.id)
    toast("已接班")
    return redirect_to("duty_shifts.show", shift_id=shift.id)


def _rotation_of(values: dict[str, Any]) -> dict[str, Any]:
    return dict(values) | {"people": someone_in(values["people"])}


def _first_fault(error: Invalid | Conflict) -> str:
    if isinstance(error, Invalid):
        return next((texts[0] for texts in error.fields.values()), error.text)
    return error.text


def _shift(shift_id: uuid.UUID, permission: Permission) -> tuple[Actor, Shift]:
    actor = current_actor()
    with db.reading():
        shift = duty.find_shift(actor, shift_id)
    actor.need(permission, shift.contract_id)
    return actor, shift


def _answer(actor: Actor, shift: Shift, done: object, name: str, form: Form, told: str) -> Response:
    if done is None:
        with db.reading():
            return _show(actor, duty.find_shift(actor, shift.id), tried=name, form=form, status=422)
    toast(told)
    return redirect_to("duty_shifts.show", shift_id=shift.id)


def _show(actor: Actor, shift: Shift, *, tried: str = "", form: Form | None = None, status: int = 200) -> Response:
    typed = {
        "name": shift.name,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "backup": shift.backup,
        "note": shift.note,
    }
    forms = {
        "change": Form(ShiftSchema(), typed, prefix="change"),
        "cancel": Form(ReasonSchema(), {}, prefix="cancel"),
        "handover": Form(HandOverSchema(), {"text": shift.handover}, prefix="handover"),
    }
    if form is not None:
        forms[tried] = form
    standing = shift.cancelled_at is None
    logs = actor.may(Permission.CALL_LOG, shift.contract_id) and standing
    present = shift.starts_at <= clock.now() < shift.ends_at
    return page(
        "duty/shift.html",
        status=status,
        shift=shift,
        number=duty.number_of(shift) if present and standing else shift.phone_masked,
        contract=contracts.find(actor, shift.contract_id),
        may_plan=actor.may(Permission.DUTY_MANAGE, shift.contract_id) and standing,
        may_hand_over=logs,
        may_take_over=logs and shift.handed_over_at is not None and shift.taken_over_at is None,
        month=f"{clock.to_local(shift.starts_at):%Y-%m}",
        forms_of=forms,
        tried=tried,
    )


def _to_month(contract_id: uuid.UUID, at: datetime) -> Response:
    return redirect_to("duty.index", contract=contract_id, month=f"{clock.to_local(at):%Y-%m}")


def _moment(name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(request.args.get(name, "")).astimezone(clock.LOCAL)
    except ValueError:
        return None
