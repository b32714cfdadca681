"""Penalties: the claims, each with its worksheet, and what both sides say of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.listing import Column, Listing
from server.admin.money_forms import AgreeSchema, ClaimSchema, FileSchema, ReasonSchema, ReworkSchema
from server.admin.money_moves import PAPERS, Move, Pages, Tried, add_moves, choices_for
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.payments import contracts_of
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.money_words import in_words
from server.domain import contracts, payments, records, tickets
from server.domain.contracts import Contract, Party
from server.domain.identity import Actor, Permission
from server.domain.payments import Claim, ClaimState, Subject

blueprint = Blueprint("penalties", __name__, url_prefix="/admin/penalties")

COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("event", "事件"),
    Column("title", "依据"),
    Column("contract", "合同"),
    Column("occurred", "发生日期", sort="occurred"),
    Column("computed", "测算参考（元）", numeric=True),
    Column("settled", "双方确认（元）", numeric=True),
    Column("state", "状态"),
    Column("ticket", "工单", shown=False),
    Column("owed", "责任方", shown=False),
)
ORDERS = {"number": Claim.number, "occurred": Claim.occurred_on}
TONES = {ClaimState.OPEN: "amber", ClaimState.SETTLED: "green", ClaimState.DROPPED: "gray"}
TABS = (("违约金", "penalties.index"), ("整改通知", "rectification.index"), ("事项登记", "matters.index"))
P = Permission
# Where the forms name what the verbs call otherwise.
FIELD_OF = {"penalty_key": "penalty", "ticket_id": "ticket", "material_id": "material"}


@blueprint.get("/")
@needs(Permission.PAYMENT_VIEW)
def index() -> Response:
    actor = current_actor()
    listing = Listing("penalties", COLUMNS, request.args, default_sort="-occurred")
    state = request.args.get("state", "")
    query = payments.claims_matching(
        actor, state=ClaimState(state) if state in set(ClaimState) else None, text=request.args.get("q", "")
    )
    kept = contracts_of(actor)
    return page(
        "penalties/index.html",
        "penalties/_rows.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=Claim.number),
        contracts={each.id: each for each in kept},
        manageable=[each for each in kept if actor.may(P.PENALTY_MANAGE, each.id)],
        tabs=tabs_for("penalties.index"),
        tones=TONES,
        ClaimState=ClaimState,
    )


@blueprint.get("/contracts/<uuid:contract_id>/new")
@needs(Permission.PENALTY_MANAGE)
def new(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = claimable(actor, contract_id)
    data = {
        name: request.args[name]
        for name in ("penalty", "milestone", "ticket", "material", "event")
        if request.args.get(name)
    }
    form = Form(ClaimSchema(), {"occurred_on": clock.today(), **data}, choices=choices_of(contract))
    return page("penalties/new.html", contract=contract, form=form, prices=_prices(contract))


@blueprint.post("/contracts/<uuid:contract_id>/new")
@needs(Permission.PENALTY_MANAGE)
def create(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = claimable(actor, contract_id)
    form = Form.submitted(ClaimSchema(), request.form, choices=choices_of(contract))
    if form.valid:
        given = dict(form.values)
        try:
            claim = payments.open_claim(
                actor,
                contract_id=contract.id,
                penalty_key=given.pop("penalty"),
                ticket_id=ticket_named(contract, given.pop("ticket")),
                material_id=_material_named(actor, contract, given.pop("material")),
                **given,
            )
        except Invalid as refused:
            form.refuse({FIELD_OF.get(name, name): told for name, told in refused.fields.items()}, refused.text)
        except Conflict as refused:
            form.refuse(message=refused.text)
        else:
            toast(f"已立案 {claim.number}")
            return redirect_to("penalties.show", key=claim.id)
    return page("penalties/new.html", status=422, contract=contract, form=form, prices=_prices(contract))


@blueprint.get("/<uuid:key>")
@needs(Permission.PAYMENT_VIEW)
def show(key: uuid.UUID) -> Response:
    actor = current_actor()
    return show_claim(actor, payments.find_claim(actor, key), None, 200)


def show_claim(actor: Actor, claim: Claim, tried: Tried | None, status: int) -> Response:
    """The page of a claim; a refused step stands open on it."""
    contract = contracts.find(actor, claim.contract_id)
    return page(
        "penalties/show.html",
        status=status,
        claim=claim,
        contract=contract,
        sheet=claim.worksheet
        or {"lines": [], "warnings": [], "as_of": claim.occurred_on.isoformat(), "uncapped": None},
        words="" if claim.computed is None else in_words(claim.computed),
        settled_words="" if claim.settled is None else in_words(claim.settled),
        papers=payments.papers_of([claim.id]),
        events=payments.events_of([claim.id]),
        moves=choices_for(actor, claim, MOVES, tried),
        tones=TONES,
    )


def tabs_for(endpoint: str) -> list[tuple[str, str, bool]]:
    """The three lists of this group."""
    return [(label, each, each == endpoint) for label, each in TABS]


def claimable(actor: Actor, contract_id: uuid.UUID, permission: Permission = P.PENALTY_MANAGE) -> Contract:
    """A contract whose money the actor may see and do this with; the domain says how it refuses."""
    payments.payee_changes_of(actor, contract_id)
    actor.need(permission, contract_id)
    return contracts.find(actor, contract_id)


def ticket_named(contract: Contract, number: str) -> uuid.UUID | None:
    """The ticket of this contract that goes by a spoken number."""
    if not number.strip():
        return None
    found = tickets.ids_by_number([number.strip()], frozenset({contract.id}))
    if number.strip() not in found:
        raise Invalid(fields={"ticket": ["该合同没有这个编号的工单"]})
    return found[number.strip()]


def _material_named(actor: Actor, contract: Contract, number: str) -> uuid.UUID | None:
    """The material of this contract that goes by a spoken number."""
    wanted = number.strip()
    if not wanted:
        return None
    filters = records.MaterialFilters(contract_id=contract.id, text=wanted)
    for found in session().scalars(records.materials_matching(actor, filters)):
        if found.number == wanted:
            return found.id
    raise Invalid(fields={"material": ["该合同没有这个编号的资料"]})


def choices_of(contract: Contract) -> Mapping[str, Choices]:
    """The penalties and instalments that the contract knows."""
    terms = contracts.terms_of(contract.id)
    return {
        "penalty": [(each.key, f"{each.title}（{each.owed_by.label}）") for each in terms.penalties],
        "milestone": [(each.key, each.title) for each in terms.milestones],
    }


def _prices(contract: Contract) -> list[contracts.Price]:
    return contracts.prices(contract, contracts.terms_of(contract.id))


def _open(_actor: Actor, claim: Claim) -> bool:
    return claim.state is ClaimState.OPEN


def _family(_actor: Actor, claim: Claim) -> Mapping[str, Choices]:
    terms = contracts.terms_of(claim.contract_id)
    penalty = next((each for each in terms.penalties if each.key == claim.penalty), None)
    keys = payments.family_of(terms, penalty) if penalty else []
    return {"penalty": [(each.key, each.title) for each in terms.penalties if each.key in keys]}


def _agreed(actor: Actor, claim: Claim) -> Mapping[str, Any]:
    mine, theirs = claim.bureau_amount, claim.vendor_amount
    if payments.side_of(actor) is Party.VENDOR:
        mine, theirs = theirs, mine
    return {"amount": next((each for each in (mine, theirs, claim.computed) if each is not None), None)}


def _attach(actor: Actor, key: uuid.UUID, values: dict[str, Any], _seen: int | None) -> object:
    return attach_to(actor, Subject.CLAIM, key, values)


def attach_to(actor: Actor, kind: Subject, key: uuid.UUID, values: dict[str, Any]) -> object:
    """Keep the file that a form brought."""
    file = values["upload"]
    return payments.attach(actor, kind, key, name=file.filename or "", raw=file.read(), label=values["label"])


def may_attach(actor: Actor, row: Any) -> bool:
    """Whether the actor adds papers here."""
    return any(actor.may(verb, row.contract_id) for verb in PAPERS)


MOVES = (
    Move(
        "agree",
        "确认金额",
        AgreeSchema,
        P.PENALTY_AGREE,
        "已记录本方意见",
        lambda a, k, v, s: payments.agree_claim(a, k, seen=s, **v),
        _open,
        prefill=_agreed,
        note="测算金额仅供参考；双方确认的金额一致后结案。",
    ),
    Move(
        "rework",
        "改用条款或重算",
        ReworkSchema,
        P.PENALTY_MANAGE,
        "已重新测算",
        lambda a, k, v, s: payments.rework_claim(a, k, penalty_key=v["penalty"], until=v["until"], seen=s),
        _open,
        "quiet",
        prefill=lambda _a, c: {"penalty": c.penalty},
        choices=_family,
        note="重新测算后，双方此前的确认作废。",
    ),
    Move("attach", "上传附件", FileSchema, P.PAYMENT_VIEW, "已上传附件", _attach, may_attach, "quiet", either=PAPERS),
    Move(
        "drop",
        "撤销立案",
        ReasonSchema,
        P.PENALTY_MANAGE,
        "已撤销",
        lambda a, k, v, s: payments.drop_claim(a, k, seen=s, **v),
        _open,
        "quiet",
    ),
)
add_moves(blueprint, MOVES, Pages(payments.find_claim, show_claim, "penalties.show"))
