"""The contracts' pages: the list, one contract with everything that follows from it, its revisions and readings."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.contract_live import all_cards, cards_for
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.supplements import SigningSchema
from server.core import clock
from server.core.errors import Invalid, NotFound
from server.domain import calendar, contracts
from server.domain.calendar import CalendarMissing, Deadline
from server.domain.contracts import Contract, ContractState, Party, Terms
from server.domain.identity import Actor, Permission

blueprint = Blueprint("contracts", __name__, url_prefix="/admin/contracts")

COLUMNS = (
    Column("number", "内部编号", sort="number", optional=False),
    Column("title", "合同"),
    Column("vendor", "乙方", sort="vendor"),
    Column("systems", "维护系统"),
    Column("term", "合同期", sort="starts"),
    Column("state", "状态"),
    Column("paper", "纸面编号", shown=False),
    Column("bureau", "甲方", shown=False),
)
ORDERS = {"number": Contract.number, "vendor": Contract.vendor_name, "starts": Contract.starts_on}
TABS = {
    "overview": "概况",
    "money": "付款与违约金",
    "clauses": "条文",
    "live": "履约情况",
    "findings": "矛盾与缺漏",
    "supplements": "补充协议",
    "revisions": "修订记录",
}


class EndSchema(Schema):
    """How a contract ends."""

    ended_on = fields.Date(required=True, metadata={"label": "终止日期", "help": "不得晚于合同约定的截止日。"})
    reason = fields.String(required=True, validate=validate.Length(max=300), metadata={"label": "终止依据"})
    agreed_by_both = fields.Boolean(
        load_default=False,
        metadata={"label": "双方一致同意提前终止", "help": "早于截止日终止时必须勾选，并在终止依据里写明书面文件。"},
    )


@blueprint.get("/")
@needs(Permission.CONTRACT_VIEW)
def index() -> Response:
    listing = Listing("contracts", COLUMNS, request.args, default_sort="-starts")
    state = request.args.get("state", "")
    query = contracts.matching(
        current_actor(),
        state=ContractState(state) if state in set(ContractState) else None,
        text=request.args.get("q", "").strip(),
    )
    found = paged(query, listing, ORDERS, tie=Contract.number)
    return page(
        "contracts/index.html",
        "contracts/_rows.html",
        listing=listing,
        found=found,
        systems=contracts.systems_of([each.id for each in found.items]),
        today=clock.today(),
        ContractState=ContractState,
        manages=current_actor().may(Permission.CONTRACT_MANAGE),
    )


@blueprint.get("/<uuid:contract_id>")
@needs(Permission.CONTRACT_VIEW)
def show(contract_id: uuid.UUID) -> Response:
    return _contract_page(contracts.find(current_actor(), contract_id))


@blueprint.get("/<uuid:contract_id>/clocks")
@needs(Permission.CONTRACT_VIEW)
def clocks(contract_id: uuid.UUID) -> Response:
    """The contract's clocks tried out on a moment of the reader's choosing."""
    contract = contracts.find(current_actor(), contract_id)
    return page("contracts/clocks.html", "contracts/_clocks.html", contract=contract, **_tried(contract))


@blueprint.get("/<uuid:contract_id>/clauses/<clause_id>")
@needs(Permission.CONTRACT_VIEW)
def clause(contract_id: uuid.UUID, clause_id: str) -> Response:
    """What one clause means today, with what the other rooms have to say about it."""
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    found = contracts.clause_today(actor, contract.id, clause_id)
    clauses = contracts.terms_of(contract.id).clauses
    at = next(number for number, each in enumerate(clauses) if each.id == clause_id)
    return page(
        "contracts/clause.html",
        contract=contract,
        found=found,
        earlier=clauses[at - 1] if at else None,
        later=clauses[at + 1] if at + 1 < len(clauses) else None,
        cards_found=cards_for(actor, contract, found.clause.concerns),
        today=clock.today(),
        words=contracts,
    )


@blueprint.post("/<uuid:contract_id>/findings/<finding>")
@needs(Permission.CONTRACT_MANAGE)
def choose(contract_id: uuid.UUID, finding: str) -> Response:
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    contracts.choose_reading(
        actor,
        contract,
        finding=finding,
        reading=request.form.get("reading", ""),
        reason=request.form.get("reason", "")[:300],
        expected=request.form.get("version", type=int),
    )
    toast(f"已记录读法，条款修订为第 {contract.revision} 版")
    return redirect_to("contracts.show", contract_id=contract.id, tab="findings", _anchor=finding)


@blueprint.post("/<uuid:contract_id>/activate")
@needs(Permission.CONTRACT_MANAGE)
def activate(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contracts.activate(actor, contracts.find(actor, contract_id))
    toast("合同已开始履行")
    return redirect_to("contracts.show", contract_id=contract_id)


@blueprint.post("/<uuid:contract_id>/end")
@needs(Permission.CONTRACT_MANAGE, step_up=True)
def end(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    form = Form.submitted(EndSchema(), request.form, prefix="end")
    if form.valid:
        try:
            contracts.end(actor, contract, **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast("合同已终止")
            return redirect_to("contracts.show", contract_id=contract_id)
    return _contract_page(contract, end_form=form, status=422)


def _contract_page(contract: Contract, *, end_form: Form | None = None, status: int = 200) -> Response:
    actor = current_actor()
    tab = request.args.get("tab", "overview")
    if tab not in TABS:
        raise NotFound
    terms = contracts.terms_of(contract.id)
    context: dict[str, Any] = {
        "contract": contract,
        "terms": terms,
        "tab": tab,
        "tabs": TABS,
        "systems": contracts.systems_of([contract.id])[contract.id],
        "reminders": contracts.warnings_of(actor, contract),
        "manages": actor.may(Permission.CONTRACT_MANAGE, contract.id),
        "today": clock.today(),
        "to_come": contracts.stretches_of(contract.id, clock.today())[1:],
        "supplements": contracts.supplements_of(contract.id),
        "end_form": end_form or Form(EndSchema(), {"ended_on": contract.ends_on}, prefix="end"),
        "words": contracts,
    }
    context |= _of_tab(actor, contract, terms, tab)
    return page("contracts/show.html", status=status, **context)


def _of_tab(actor: Actor, contract: Contract, terms: Terms, tab: str) -> dict[str, Any]:
    """What only one part of the page needs."""
    if tab == "overview":
        signings = {each.party: each for each in contracts.signings_of(contract.id)}
        return _tried(contract) | {
            "Party": Party,
            "signings": signings,
            "sign_form": Form(SigningSchema(), prefix="sign"),
        }
    if tab == "money":
        book = calendar.load()
        return {
            "instalments": contracts.instalments(contract, terms, book),
            "prices": contracts.prices(contract, terms),
        }
    if tab == "live":
        return {"live_cards": all_cards(actor, contract)}
    if tab == "revisions":
        return {"revisions": _with_differences(contract)}
    return {}


def _with_differences(contract: Contract) -> list[tuple[contracts.ContractTerms, list[contracts.Difference]]]:
    """Each revision with what it changed against the one whose place it took, newest first."""
    return [
        (row, contracts.differences(before.terms, row.terms) if before else [])
        for row, before in contracts.with_predecessors(contract)
    ]


def _tried(contract: Contract) -> dict[str, Any]:
    """The clocks from a moment on: the asked one, or now."""
    at = _asked_moment()
    terms = contracts.terms_of(contract.id, on=clock.local_day(at))
    book = calendar.load()
    day = clock.local_day(at)
    found: list[tuple[str, Deadline | None, str]] = []
    tries: tuple[tuple[str, Any], ...] = (
        ("响应", lambda: contracts.response_deadline(terms, book, received_at=at)),
        ("到达现场", lambda: contracts.on_site_deadline(terms, book, notified_at=at)),
        ("验收", lambda: contracts.acceptance_deadline(terms, book, received_on=day)),
    )
    for label, compute in tries:
        try:
            found.append((label, compute(), ""))
        except CalendarMissing as missing:
            found.append((label, None, missing.text))
    return {"tried_at": at, "tried": found, "tried_revision": terms.revision}


def _asked_moment() -> datetime:
    try:
        asked = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        return clock.now().replace(second=0, microsecond=0)
    at = asked if asked.tzinfo else asked.replace(tzinfo=clock.LOCAL)
    earliest, latest = clock.now() - timedelta(days=36500), clock.now() + timedelta(days=36500)
    return min(max(at, earliest), latest)
