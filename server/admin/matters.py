"""Matters without a figure: disputes, force majeure, infringement, breach. A register and nothing more (A46, B29, B32)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.listing import Column, Listing
from server.admin.money_forms import FileSchema, MatterSchema, StageSchema
from server.admin.money_moves import PAPERS, Move, Pages, Tried, add_moves, choices_for
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.payments import contracts_of
from server.admin.penalties import attach_to, claimable, may_attach, tabs_for
from server.core import clock
from server.core.errors import Invalid
from server.domain import contracts, payments
from server.domain.identity import Actor, Permission
from server.domain.payments import MATTER_STEPS, Matter, MatterKind, MatterStage, Subject

blueprint = Blueprint("matters", __name__, url_prefix="/admin/penalties/matters")

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "标题"),
    Column("kind", "类别"),
    Column("contract", "合同"),
    Column("occurred", "发生日期", sort="occurred"),
    Column("loss", "实际损失（元）", numeric=True),
    Column("stage", "进展"),
)
ORDERS = {"number": Matter.number, "occurred": Matter.occurred_on}
TONES = {
    MatterStage.NOTIFIED: "blue",
    MatterStage.NEGOTIATION: "violet",
    MatterStage.MEDIATION: "amber",
    MatterStage.COURT: "red",
    MatterStage.CLOSED: "gray",
}
P = Permission


@blueprint.get("/")
@needs(Permission.PAYMENT_VIEW)
def index() -> Response:
    actor = current_actor()
    listing = Listing("matters", COLUMNS, request.args, default_sort="-occurred")
    kind = request.args.get("kind", "")
    query = payments.matters_matching(
        actor, kind=MatterKind(kind) if kind in set(MatterKind) else None, text=request.args.get("q", "")
    )
    kept = contracts_of(actor)
    return page(
        "penalties/matters.html",
        "penalties/_matters.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=Matter.number),
        contracts={each.id: each for each in kept},
        manageable=[each for each in kept if actor.may(P.PENALTY_AGREE, each.id)],
        tabs=tabs_for("matters.index"),
        tones=TONES,
        MatterKind=MatterKind,
    )


@blueprint.get("/contracts/<uuid:contract_id>/new")
@needs(Permission.PENALTY_AGREE)
def new(contract_id: uuid.UUID) -> Response:
    contract = claimable(current_actor(), contract_id, P.PENALTY_AGREE)
    return page(
        "penalties/matter_new.html", contract=contract, form=Form(MatterSchema(), {"occurred_on": clock.today()})
    )


@blueprint.post("/contracts/<uuid:contract_id>/new")
@needs(Permission.PENALTY_AGREE)
def create(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = claimable(actor, contract_id, P.PENALTY_AGREE)
    form = Form.submitted(MatterSchema(), request.form)
    if form.valid:
        try:
            matter = payments.open_matter(actor, contract_id=contract.id, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"已登记 {matter.number}")
            return redirect_to("matters.show", key=matter.id)
    return page("penalties/matter_new.html", status=422, contract=contract, form=form)


@blueprint.get("/<uuid:key>")
@needs(Permission.PAYMENT_VIEW)
def show(key: uuid.UUID) -> Response:
    actor = current_actor()
    return show_matter(actor, payments.find_matter(actor, key), None, 200)


def show_matter(actor: Actor, matter: Matter, tried: Tried | None, status: int) -> Response:
    """The page of a matter; a refused step stands open on it."""
    return page(
        "penalties/matter.html",
        status=status,
        matter=matter,
        contract=contracts.find(actor, matter.contract_id),
        papers=payments.papers_of([matter.id]),
        events=payments.events_of([matter.id]),
        moves=choices_for(actor, matter, MOVES, tried),
        tones=TONES,
    )


def _stages(_actor: Actor, matter: Matter) -> Mapping[str, Choices]:
    return {"stage": [(each.value, each.label) for each in MATTER_STEPS[matter.stage]]}


def _attach(actor: Actor, key: uuid.UUID, values: dict[str, Any], _seen: int | None) -> object:
    return attach_to(actor, Subject.MATTER, key, values)


MOVES = (
    Move(
        "move",
        "登记进展",
        StageSchema,
        P.PENALTY_AGREE,
        "已登记进展",
        lambda a, k, v, s: payments.move_matter(a, k, seen=s, **v),
        lambda _a, matter: bool(MATTER_STEPS[matter.stage]),
        choices=_stages,
    ),
    Move("attach", "上传附件", FileSchema, P.PAYMENT_VIEW, "已上传附件", _attach, may_attach, "quiet", either=PAPERS),
)
add_moves(blueprint, MOVES, Pages(payments.find_matter, show_matter, "matters.show"))
