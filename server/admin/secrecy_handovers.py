"""Results that go over to the bureau: lists with hashes, and whether a file is what was handed over (A40)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request

from server.admin import document_box
from server.admin.acceptance_new import contracts_for
from server.admin.acceptances import key_of
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.secrecy_forms import (
    AssetSchema,
    CheckSchema,
    DecideUseSchema,
    DeliverSchema,
    HandoverSchema,
    RefuseSchema,
    RemarkSchema,
    UseSchema,
    hashed,
)
from server.admin.secrecy_show import Step, show, take
from server.admin.secrecy_words import around
from server.admin.trying import attempt
from server.core import db
from server.core.errors import Invalid
from server.core.ids import parse_id
from server.domain import secrecy
from server.domain.identity import Actor, Permission
from server.domain.secrecy import HANDOVER_ORDERS, Handover, HandoverState, UseState

blueprint = Blueprint("secrecy_handovers", __name__, url_prefix="/admin/secrecy/handovers")

LOG, VIEW = Permission.RECORD_LOG, Permission.SECRECY_VIEW
OPEN = frozenset({HandoverState.DRAFT, HandoverState.REFUSED})
WAITS = frozenset({HandoverState.DELIVERED})
OVER = frozenset({HandoverState.DELIVERED, HandoverState.ACCEPTED})
ALL = frozenset(HandoverState)
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "移交内容", optional=False),
    Column("state", "状态"),
    Column("delivered_on", "移交", sort="delivered_on"),
    Column("decided_on", "接收", sort="decided_on"),
    Column("use", "其他使用"),
    Column("contract", "合同"),
)
STEPS = {
    "add": Step("列入成果", "列入", "plus", AssetSchema, secrecy.add, LOG, OPEN, "已列入清单", primary=True),
    "deliver": Step("移交", "移交", "send", DeliverSchema, secrecy.deliver, LOG, OPEN, "已移交，待甲方接收"),
    "accept": Step(
        "接收",
        "接收",
        "circle-check",
        RemarkSchema,
        secrecy.accept,
        LOG,
        WAITS,
        "已接收",
        bureau=True,
        primary=True,
    ),
    "refuse": Step("退回", "退回", "circle-x", RefuseSchema, secrecy.refuse, LOG, WAITS, "已退回", bureau=True),
    "check": Step("核对文件", "核对", "fingerprint", CheckSchema, secrecy.check, VIEW, OVER, "已核对，结果见时间线"),
    "ask-use": Step(
        "申请其他使用",
        "申请",
        "help-circle",
        UseSchema,
        secrecy.ask_use,
        LOG,
        ALL,
        "已申请",
        when=lambda row: row.use_state in (UseState.NONE, UseState.DENIED),
    ),
    "decide-use": Step(
        "答复其他使用",
        "答复",
        "scale",
        DecideUseSchema,
        secrecy.decide_use,
        Permission.SECRECY_MANAGE,
        ALL,
        "已答复",
        bureau=True,
        when=lambda row: row.use_state is UseState.ASKED,
    ),
}


@blueprint.get("/")
@needs(VIEW)
def index() -> Response:
    """The lists."""
    actor = current_actor()
    listing = Listing("handovers", COLUMNS, request.args, default_sort="-number")
    asked = request.args
    query = secrecy.handovers_matching(
        actor,
        contract_id=key_of(asked.get("contract", "")),
        state=next((each for each in HandoverState if each.value == asked.get("state")), None),
        text=asked.get("q", "")[:100],
    )
    found = paged(query, listing, HANDOVER_ORDERS, tie=Handover.id.desc())
    return page(
        "secrecy/handovers.html",
        "secrecy/_handovers.html",
        listing=listing,
        found=found,
        states=HandoverState.choices(),
        may_enter=actor.may(LOG),
        **around(actor, "handovers"),
    )


@blueprint.get("/new")
@needs(LOG)
def new() -> Response:
    """An empty form."""
    offered = contracts_for(current_actor(), LOG)
    data: dict[str, Any] = {"contract_id": offered[0][0]} if len(offered) == 1 else {}
    return page("secrecy/new_handover.html", form=Form(HandoverSchema(), data, choices={"contract_id": offered}))


@blueprint.post("/new")
@needs(LOG)
def create() -> Response:
    """Begin a list."""
    actor = current_actor()
    with db.reading():
        offered = contracts_for(actor, LOG)
    form = Form.submitted(HandoverSchema(), request.form, choices={"contract_id": offered})
    made = attempt(
        form,
        lambda: secrecy.draft(actor, contract_id=parse_id(form.values["contract_id"]), title=form.values["title"]),
    )
    if made is None:
        return page("secrecy/new_handover.html", status=422, form=form)
    toast(f"已新建 {made.number}，请列入成果")
    return redirect_to("secrecy_handovers.show", handover_id=made.id)


@blueprint.get("/<uuid:handover_id>", endpoint="show")
@needs(VIEW)
def show_handover(handover_id: uuid.UUID) -> Response:
    """One list."""
    return _show(current_actor(), handover_id)


@blueprint.post("/<uuid:handover_id>/<step>")
@needs(VIEW)
def step(handover_id: uuid.UUID, step: str) -> Response:
    """Put something on it, hand it over, take it, check a file, and so on."""
    actor = current_actor()
    with db.reading():
        row = secrecy.find_handover(actor, handover_id)
    back = ("secrecy_handovers.show", {"handover_id": handover_id})
    return take(
        actor,
        row,
        STEPS,
        step,
        lambda name, form: _show(actor, handover_id, name, form),
        back,
        made=_with_hash if step in ("add", "check") else dict,
    )


@blueprint.post("/<uuid:handover_id>/assets/<uuid:asset_id>/remove")
@needs(LOG)
def remove(handover_id: uuid.UUID, asset_id: uuid.UUID) -> Response:
    """Take a line off the list."""
    secrecy.remove(current_actor(), handover_id, asset_id)
    toast("已移出清单")
    return redirect_to("secrecy_handovers.show", handover_id=handover_id)


def _with_hash(values: dict[str, Any]) -> dict[str, Any]:
    """The hash of the chosen file in the place of a typed one."""
    found = hashed(values.pop("file", None))
    if found and "kind" not in values:
        found.pop("size")
    if not found and "kind" not in values and not values.get("sha256"):
        raise Invalid(fields={"file": ["请选择文件，或填写校验值。"]})
    return values | found


def _show(actor: Actor, handover_id: uuid.UUID, tried: str = "", form: Form | None = None) -> Response:
    row = secrecy.find_handover(actor, handover_id)
    ready = row.state in OVER
    box = document_box.box(
        actor,
        secrecy.HANDOVER_PAPER,
        row.id,
        contract_id=row.contract_id,
        ready=ready,
        note="" if ready else "移交后可以出具。",
    )
    return show(
        actor,
        "secrecy/handover.html",
        row,
        STEPS,
        tried=tried,
        form=form,
        status=200 if form is None else 422,
        boxes=[box],
        assets=secrecy.assets_of(row.id),
        may_change=row.state in OPEN and actor.may(LOG, row.contract_id),
    )
