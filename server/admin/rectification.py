"""Orders to rectify: what is wrong, by when it must be right, and whether it is (B30)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.money_forms import (
    AnswerSchema,
    FailSchema,
    FileSchema,
    OrderSchema,
    OutcomeSchema,
    PassSchema,
    ReasonSchema,
)
from server.admin.money_moves import PAPERS, Move, Pages, Tried, add_moves, choices_for
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.payments import contracts_of
from server.admin.penalties import attach_to, claimable, may_attach, tabs_for, ticket_named
from server.core import clock
from server.core.errors import Invalid
from server.domain import contracts, payments
from server.domain.identity import Actor, Permission
from server.domain.payments import OrderState, RectificationOrder, Subject

blueprint = Blueprint("rectification", __name__, url_prefix="/admin/penalties/orders")

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("facts", "存在的问题"),
    Column("contract", "合同"),
    Column("issued", "下达日期", sort="issued"),
    Column("due", "整改期限", sort="due"),
    Column("state", "状态"),
    Column("ticket", "工单", shown=False),
)
ORDERS = {
    "number": RectificationOrder.number,
    "issued": RectificationOrder.issued_on,
    "due": RectificationOrder.due_on,
}
TONES = {
    OrderState.ORDERED: "amber",
    OrderState.ANSWERED: "blue",
    OrderState.PASSED: "green",
    OrderState.FAILED: "red",
    OrderState.WITHDRAWN: "gray",
}
STANDING = (OrderState.ORDERED, OrderState.ANSWERED, OrderState.FAILED)
P = Permission


@blueprint.get("/")
@needs(Permission.PAYMENT_VIEW)
def index() -> Response:
    actor = current_actor()
    listing = Listing("orders", COLUMNS, request.args, default_sort="-due")
    state = request.args.get("state", "")
    query = payments.orders_matching(
        actor, state=OrderState(state) if state in set(OrderState) else None, text=request.args.get("q", "")
    )
    kept = contracts_of(actor)
    return page(
        "penalties/orders.html",
        "penalties/_orders.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=RectificationOrder.number),
        contracts={each.id: each for each in kept},
        manageable=[each for each in kept if actor.may(P.RECTIFICATION_MANAGE, each.id)],
        tabs=tabs_for("rectification.index"),
        tones=TONES,
        is_overdue=payments.is_overdue,
        today=clock.today(),
        OrderState=OrderState,
    )


@blueprint.get("/contracts/<uuid:contract_id>/new")
@needs(Permission.RECTIFICATION_MANAGE)
def new(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = claimable(actor, contract_id, P.RECTIFICATION_MANAGE)
    usual = payments.usual_due(actor, contract.id)
    form = Form(OrderSchema(), {"due_on": usual, "ticket": request.args.get("ticket", "")})
    return page("penalties/order_new.html", contract=contract, form=form, usual=usual)


@blueprint.post("/contracts/<uuid:contract_id>/new")
@needs(Permission.RECTIFICATION_MANAGE)
def create(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = claimable(actor, contract_id, P.RECTIFICATION_MANAGE)
    form = Form.submitted(OrderSchema(), request.form)
    if form.valid:
        given = dict(form.values)
        try:
            ticket_id = ticket_named(contract, given.pop("ticket"))
            made = payments.order(actor, contract_id=contract.id, ticket_id=ticket_id, **given)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast(f"已下达整改通知 {made.number}")
            return redirect_to("rectification.show", key=made.id)
    usual = payments.usual_due(actor, contract.id)
    return page("penalties/order_new.html", status=422, contract=contract, form=form, usual=usual)


@blueprint.get("/<uuid:key>")
@needs(Permission.PAYMENT_VIEW)
def show(key: uuid.UUID) -> Response:
    actor = current_actor()
    return show_order(actor, payments.find_order(actor, key), None, 200)


def show_order(actor: Actor, made: RectificationOrder, tried: Tried | None, status: int) -> Response:
    """The page of an order; a refused step stands open on it."""
    return page(
        "penalties/order.html",
        status=status,
        order=made,
        contract=contracts.find(actor, made.contract_id),
        overdue=payments.is_overdue(made, clock.today()),
        days_left=(made.due_on - clock.today()).days,
        papers=payments.papers_of([made.id]),
        events=payments.events_of([made.id]),
        moves=choices_for(actor, made, MOVES, tried),
        tones=TONES,
        standing=made.state in STANDING,
    )


def _standing(_actor: Actor, made: RectificationOrder) -> bool:
    return made.state in STANDING


def _answerable(actor: Actor, made: RectificationOrder) -> bool:
    return actor.is_vendor and made.state in (OrderState.ORDERED, OrderState.FAILED)


def _overdue(_actor: Actor, made: RectificationOrder) -> bool:
    return payments.is_overdue(made, clock.today())


def _attach(actor: Actor, key: uuid.UUID, values: dict[str, Any], _seen: int | None) -> object:
    return attach_to(actor, Subject.ORDER, key, values)


MOVES = (
    Move(
        "answer",
        "提交整改答复",
        AnswerSchema,
        P.PAYMENT_APPLY,
        "已提交，等待复查",
        lambda a, k, v, s: payments.answer(a, k, seen=s, **v),
        _answerable,
    ),
    Move(
        "pass",
        "复查通过",
        PassSchema,
        P.RECTIFICATION_MANAGE,
        "复查通过",
        lambda a, k, v, s: payments.recheck(a, k, passed=True, seen=s, **v),
        _standing,
    ),
    Move(
        "fail",
        "复查不通过",
        FailSchema,
        P.RECTIFICATION_MANAGE,
        "已记录复查不通过",
        lambda a, k, v, s: payments.recheck(a, k, passed=False, seen=s, **v),
        _standing,
        "quiet",
    ),
    Move(
        "decide",
        "逾期处置",
        OutcomeSchema,
        P.RECTIFICATION_MANAGE,
        "已记录处置决定",
        lambda a, k, v, s: payments.decide_outcome(a, k, seen=s, **v),
        _overdue,
        "quiet",
        note="此处只记录决定；解除合同、立案索赔须另行办理。",
    ),
    Move("attach", "上传附件", FileSchema, P.PAYMENT_VIEW, "已上传附件", _attach, may_attach, "quiet", either=PAPERS),
    Move(
        "withdraw",
        "撤销通知",
        ReasonSchema,
        P.RECTIFICATION_MANAGE,
        "已撤销",
        lambda a, k, v, s: payments.withdraw_order(a, k, seen=s, **v),
        _standing,
        "quiet",
    ),
)
add_moves(blueprint, MOVES, Pages(payments.find_order, show_order, "rectification.show"))
