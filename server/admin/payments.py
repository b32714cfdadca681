"""Payments: what falls due under every contract, the plan of one with the reasons for each day, and the applications."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from server.admin import traces
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.money_forms import ApplySchema, PayeeSchema
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.core.money_words import in_words
from server.domain import contracts, payments
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Actor, Permission
from server.domain.payments import (
    Application,
    ApplicationState,
    Claim,
    ClaimState,
    MilestoneStanding,
    MilestoneState,
)

blueprint = Blueprint("payments", __name__, url_prefix="/admin/payments")

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("title", "付款节点"),
    Column("contract", "合同"),
    Column("amount", "金额（元）", sort="amount", numeric=True),
    Column("paid", "已付（元）", numeric=True),
    Column("applied", "申请日期", sort="applied"),
    Column("received", "收到日期", shown=False),
    Column("state", "状态"),
    Column("payee", "收款单位", shown=False),
)
ORDERS = {"number": Application.number, "amount": Application.amount, "applied": Application.applied_on}
TONES = {
    MilestoneState.WAITING: "gray",
    MilestoneState.DUE: "blue",
    MilestoneState.LATE: "red",
    MilestoneState.PARTLY: "violet",
    MilestoneState.PAID: "green",
    ApplicationState.SUBMITTED: "blue",
    ApplicationState.CHECKED: "violet",
    ApplicationState.APPROVED: "amber",
    ApplicationState.PARTLY_PAID: "amber",
    ApplicationState.PAID: "green",
    ApplicationState.RETURNED: "red",
    ApplicationState.WITHDRAWN: "gray",
}
# How many contracts the overview works out; a bureau has a handful in force.
MOST_PLANS = 12


@blueprint.get("/")
@needs(Permission.PAYMENT_VIEW)
def index() -> Response:
    actor = current_actor()
    listing = Listing("payments", COLUMNS, request.args, default_sort="-applied")
    state = request.args.get("state", "")
    query = payments.matching(
        actor,
        state=ApplicationState(state) if state in set(ApplicationState) else None,
        text=request.args.get("q", ""),
    )
    found = paged(query, listing, ORDERS, tie=Application.number)
    kept = contracts_of(actor)
    return page(
        "payments/index.html",
        "payments/_rows.html",
        listing=listing,
        found=found,
        contracts={each.id: each for each in kept},
        plans=_plans(actor, kept),
        shut={each.id for each in kept if each.state is ContractState.ACTIVE and payments.gate_of(each.id)},
        tones=TONES,
        today=clock.today(),
        ApplicationState=ApplicationState,
    )


@blueprint.get("/contracts/<uuid:contract_id>")
@needs(Permission.PAYMENT_VIEW)
def plan(contract_id: uuid.UUID) -> Response:
    return plan_page(current_actor(), contract_id)


@blueprint.get("/contracts/<uuid:contract_id>/<milestone>/late")
@needs(Permission.PAYMENT_VIEW)
def late(contract_id: uuid.UUID, milestone: str) -> Response:
    """The worksheet of an instalment's lateness, up to today or a day of the reader's choosing."""
    actor = current_actor()
    standing = _standing(actor, contract_id, milestone)
    until = request.args.get("until", type=_day)
    sheet = payments.late_fee(actor, contract_id, milestone, until=until)
    if sheet is None:
        raise NotFound("合同没有约定逾期付款的违约金。")
    contract = contracts.find(actor, contract_id)
    rows = [(each.text, each.figures, each.clause, each.reading) for each in sheet.lines]
    words = "" if sheet.amount is None else in_words(sheet.amount)
    return page(
        "payments/late.html",
        contract=contract,
        standing=standing,
        sheet=sheet,
        rows=rows,
        words=words,
        until=until,
        claim=_claimed(actor, contract_id, milestone),
    )


@blueprint.get("/contracts/<uuid:contract_id>/<milestone>/apply")
@needs(Permission.PAYMENT_APPLY)
def new(contract_id: uuid.UUID, milestone: str) -> Response:
    actor = current_actor()
    standing = _standing(actor, contract_id, milestone)
    actor.need(Permission.PAYMENT_APPLY, contract_id)
    form = Form(ApplySchema(), {"amount": standing.unpaid, "applied_on": clock.today()})
    return _apply_page(actor, standing, form)


@blueprint.post("/contracts/<uuid:contract_id>/<milestone>/apply")
@needs(Permission.PAYMENT_APPLY)
def apply(contract_id: uuid.UUID, milestone: str) -> Response:
    actor = current_actor()
    standing = _standing(actor, contract_id, milestone)
    actor.need(Permission.PAYMENT_APPLY, contract_id)
    form = Form.submitted(ApplySchema(), request.form)
    if form.valid:
        try:
            made = payments.apply(actor, contract_id=contract_id, milestone=milestone, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        except Conflict as refused:
            form.refuse(message=refused.text)
        else:
            toast(f"已提交付款申请 {made.number}")
            return redirect_to("payment.show", key=made.id)
    return _apply_page(actor, standing, form, status=422)


@blueprint.get("/files/<uuid:file_id>")
@needs(Permission.PAYMENT_VIEW)
def file(file_id: uuid.UUID) -> Response:
    """A paper as a download, to who may see what it belongs to."""
    kept, pieces = payments.read(current_actor(), file_id)
    traces.of(kept.contract_id)
    answer = Response(pieces, mimetype=kept.mime)
    answer.content_length = kept.size
    spelled = quote(kept.file_name)
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{kept.id}\"; filename*=UTF-8''{spelled}"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def plan_page(
    actor: Actor,
    contract_id: uuid.UUID,
    *,
    payee_form: Form | None = None,
    status: int = 200,
) -> Response:
    """The plan of one contract; with the payee's form open where it was refused."""
    standings = payments.plan_of(actor, contract_id)
    contract = contracts.find(actor, contract_id)
    terms = contracts.terms_of(contract.id)
    changes = payments.payee_changes_of(actor, contract_id)
    side = payments.side_of(actor)
    speaks = actor.may(Permission.PAYEE_AGREE, contract_id)
    return page(
        "payments/plan.html",
        status=status,
        contract=contract,
        terms=terms,
        standings=standings,
        moved=payments.changes_of(contract.id),
        titles={each.milestone.key: each.milestone.title for each in standings},
        gate=payments.gate_of(contract.id),
        reminders=[each for each in contracts.warnings_of(actor, contract) if each.finding in MONEY_FINDINGS],
        payee_changes=changes,
        masked=contracts.masked,
        in_words=in_words,
        side=side,
        speaks=speaks,
        applies=actor.may(Permission.PAYMENT_APPLY, contract_id) and contract.state is not ContractState.DRAFT,
        payee_form=payee_form or Form(PayeeSchema(), prefix="payee"),
        tones=TONES,
        today=clock.today(),
    )


# The contradictions of domain.md §1.4 that are about money.
MONEY_FINDINGS = frozenset({1, 3, 4, 6, 7, 16, 17, 21, 33, 34, 35})


def contracts_of(actor: Actor) -> list[Contract]:
    """The contracts whose money the actor may see, without drafts, newest term first."""
    scope = actor.contracts_for(Permission.PAYMENT_VIEW)
    query = contracts.matching(actor).where(Contract.state != ContractState.DRAFT)
    if scope is not None:
        query = query.where(Contract.id.in_(scope))
    return list(session().scalars(query))


def _plans(actor: Actor, kept: list[Contract]) -> list[tuple[Contract, list[MilestoneStanding]]]:
    active = [each for each in kept if each.state is ContractState.ACTIVE]
    return [(each, payments.plan_of(actor, each.id)) for each in active[:MOST_PLANS]]


def _standing(actor: Actor, contract_id: uuid.UUID, milestone: str) -> MilestoneStanding:
    standing = next((each for each in payments.plan_of(actor, contract_id) if each.milestone.key == milestone), None)
    if standing is None:
        raise NotFound("合同里没有这个付款节点。")
    return standing


def _claimed(actor: Actor, contract_id: uuid.UUID, milestone: str) -> Claim | None:
    """The claim that this lateness has become; none while it is only worked out."""
    mine = payments.claims_matching(actor, contract_id=contract_id)
    standing = mine.where(Claim.milestone == milestone, Claim.state != ClaimState.DROPPED)
    return session().scalars(standing).first()


def _apply_page(actor: Actor, standing: MilestoneStanding, form: Form, *, status: int = 200) -> Response:
    contract = contracts.find(actor, standing.contract_id)
    context: dict[str, Any] = {"contract": contract, "standing": standing, "form": form}
    billing = contracts.terms_of(contract.id).billing
    words = in_words(standing.unpaid)
    return page("payments/apply.html", status=status, billing=billing, words=words, masked=contracts.masked, **context)


def _day(text: str) -> date:
    return date.fromisoformat(text)
