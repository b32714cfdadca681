"""Promises to keep secrets: the list, who has none, drawing one up, and its steps (A39, B31)."""

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
from server.admin.secrecy_forms import EndPromiseSchema, PromiseSchema, SignedSchema
from server.admin.secrecy_show import Step, show, take
from server.admin.secrecy_words import around, promise_due
from server.admin.trying import attempt
from server.core import clock, db
from server.core.db import session
from server.core.ids import parse_id
from server.domain import contracts, secrecy
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Actor, Permission
from server.domain.secrecy import PROMISE_ORDERS, Missing, Promise, PromiseKind, PromiseState

blueprint = Blueprint("secrecy_promises", __name__, url_prefix="/admin/secrecy/promises")

LOG = Permission.RECORD_LOG
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("name", "承诺人", sort="name", optional=False),
    Column("kind", "种类"),
    Column("state", "状态"),
    Column("signed_on", "签署", sort="signed_on"),
    Column("valid", "有效期", sort="valid"),
    Column("contract", "合同"),
    Column("version", "文本版本", shown=False),
)
PAPERS = {PromiseKind.PERSON: secrecy.PERSON_PAPER, PromiseKind.VENDOR: secrecy.VENDOR_PAPER}
STEPS = {
    "sign": Step(
        "登记纸质签署",
        "登记",
        "signature",
        SignedSchema,
        secrecy.sign_on_paper,
        LOG,
        frozenset({PromiseState.DRAFT}),
        "已登记签署",
        bureau=True,
        primary=True,
    ),
    "end": Step(
        "终止承诺书",
        "终止",
        "ban",
        EndPromiseSchema,
        secrecy.end,
        Permission.SECRECY_MANAGE,
        frozenset({PromiseState.DRAFT, PromiseState.SIGNED}),
        "承诺书已终止",
        bureau=True,
    ),
}
MOST_CONTRACTS = 10
WITH_LINKS = ("officer_id", "maintainer_id")


@blueprint.get("/")
@needs(Permission.SECRECY_VIEW)
def index() -> Response:
    """The list, and who has access without a promise."""
    actor = current_actor()
    listing = Listing("promises", COLUMNS, request.args, default_sort="-number")
    asked = request.args
    contract_id = key_of(asked.get("contract", ""))
    query = secrecy.promises_matching(
        actor,
        contract_id=contract_id,
        kind=next((each for each in PromiseKind if each.value == asked.get("kind")), None),
        state=next((each for each in PromiseState if each.value == asked.get("state")), None),
        text=asked.get("q", "")[:100],
    )
    found = paged(query, listing, PROMISE_ORDERS, tie=Promise.id.desc())
    today = clock.today()
    context = around(actor, "promises")
    return page(
        "secrecy/promises.html",
        "secrecy/_promises.html",
        listing=listing,
        found=found,
        due_by_id={row.id: promise_due(row, today) for row in found.items},
        kinds=PromiseKind.choices(),
        states=PromiseState.choices(),
        missing=_missing(actor, contract_id),
        may_enter=actor.may(LOG),
        **context,
    )


@blueprint.get("/new")
@needs(LOG)
def new() -> Response:
    """An empty form, or one for somebody who has none."""
    actor = current_actor()
    asked = request.args
    offered = contracts_for(actor, LOG)
    data: dict[str, Any] = {
        "contract_id": asked.get("contract", offered[0][0] if len(offered) == 1 else ""),
        "kind": asked.get("kind", PromiseKind.PERSON.value),
        "name": asked.get("name", ""),
        "role": asked.get("role", ""),
    }
    form = Form(PromiseSchema(), data, choices={"contract_id": offered})
    return page("secrecy/new_promise.html", form=form, links={name: asked.get(name, "") for name in WITH_LINKS})


@blueprint.post("/new")
@needs(LOG)
def create() -> Response:
    """Draw it up."""
    actor = current_actor()
    with db.reading():
        offered = contracts_for(actor, LOG)
    form = Form.submitted(PromiseSchema(), request.form, choices={"contract_id": offered})
    links = {name: request.form.get(name, "") for name in WITH_LINKS}

    def verb() -> Promise:
        values = form.values | {name: parse_id(text) if text else None for name, text in links.items()}
        values["contract_id"] = parse_id(values["contract_id"])
        return secrecy.prepare(actor, **values)

    made = attempt(form, verb)
    if made is None:
        return page("secrecy/new_promise.html", status=422, form=form, links=links)
    toast(f"已拟订 {made.number}")
    return redirect_to("secrecy_promises.show", promise_id=made.id)


@blueprint.get("/<uuid:promise_id>", endpoint="show")
@needs(Permission.SECRECY_VIEW)
def show_promise(promise_id: uuid.UUID) -> Response:
    """One promise."""
    return _show(current_actor(), promise_id)


@blueprint.post("/<uuid:promise_id>/<step>")
@needs(Permission.SECRECY_VIEW)
def step(promise_id: uuid.UUID, step: str) -> Response:
    """Sign it on paper, or end it."""
    actor = current_actor()
    with db.reading():
        row = secrecy.find_promise(actor, promise_id)
    back = ("secrecy_promises.show", {"promise_id": promise_id})
    return take(actor, row, STEPS, step, lambda name, form: _show(actor, promise_id, name, form), back)


def _show(actor: Actor, promise_id: uuid.UUID, tried: str = "", form: Form | None = None) -> Response:
    row = secrecy.find_promise(actor, promise_id)
    standing = secrecy.may_issue_promise(row)
    box = document_box.box(actor, PAPERS[row.kind], row.id, contract_id=row.contract_id, ready=standing)
    return show(
        actor,
        "secrecy/promise.html",
        row,
        STEPS,
        tried=tried,
        form=form,
        status=200 if form is None else 422,
        boxes=[box],
        due=promise_due(row, clock.today()),
    )


def _missing(actor: Actor, contract_id: uuid.UUID | None) -> list[Missing]:
    """Who has none, of the contract that was chosen, else of every one in force that the actor may see."""
    if contract_id is not None:
        return secrecy.missing(actor, contract_id)
    if not actor.may(Permission.CONTRACT_VIEW):
        return []
    today = clock.today()
    running = contracts.matching(actor, state=ContractState.ACTIVE).where(
        Contract.starts_on <= today, Contract.ends_on >= today
    )
    ids = [row.id for row in session().scalars(running.limit(MOST_CONTRACTS))]
    return [each for key in ids for each in secrecy.missing(actor, key)]
