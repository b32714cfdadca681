"""Entering a contract from its paper, correcting a draft, revising the terms: one form with a live preview."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.contract_draft import act, draft_of
from server.admin.contract_form import (
    Entry,
    Mode,
    begun,
    form_page,
    of_contract,
    preview_context,
    preview_of,
    sent,
    vendor_named,
)
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.errors import Invalid, NotFound
from server.core.ids import parse_id
from server.domain import calendar, contracts
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Permission

blueprint = Blueprint("contract_entry", __name__, url_prefix="/admin/contracts")

SHAPES = {"mini_program": "小程序运维", "data_exchange": "数据交换服务"}
# What a shape or a copy does not bring along: it is another contract's own.
BLANKED = ("fee.amount", "fee.words", "fee.paid_from", "fee.paid_to", "billing")


@blueprint.get("/new")
@needs(Permission.CONTRACT_MANAGE)
def new() -> Response:
    """From what to begin; then the form."""
    source = request.args.get("from", "")
    if not source:
        found = list(db.session().scalars(contracts.matching(current_actor()).limit(50)))
        return page("contract_entry/start.html", shapes=SHAPES, contracts=found)
    return form_page(_beginning(source))


@blueprint.post("/new")
@needs(Permission.CONTRACT_MANAGE)
def create() -> Response:
    entry = sent(Mode.NEW, None)
    values = _checked_facts(entry)
    if not entry.faults:
        try:
            contract = contracts.create(current_actor(), **values)
        except Invalid as refused:
            entry.faults = _texts(refused)
        except contracts.NumberTaken as taken:
            entry.faults = {"facts-number": [taken.text]}
        else:
            toast(f"已录入合同 {contract.number}，请核对矛盾与缺漏，并登记签署")
            return redirect_to("contracts.show", contract_id=contract.id)
    return form_page(entry, status=422)


@blueprint.get("/<uuid:contract_id>/entry")
@needs(Permission.CONTRACT_MANAGE)
def edit(contract_id: uuid.UUID) -> Response:
    return form_page(of_contract(Mode.DRAFT, _draft(contract_id)))


@blueprint.post("/<uuid:contract_id>/entry")
@needs(Permission.CONTRACT_MANAGE)
def correct(contract_id: uuid.UUID) -> Response:
    contract = _draft(contract_id)
    entry = sent(Mode.DRAFT, contract)
    values = _checked_facts(entry)
    if not entry.faults:
        try:
            contracts.correct(current_actor(), contract, expected=_expected(entry), **values)
        except Invalid as refused:
            entry.faults = _texts(refused)
        except contracts.NumberTaken as taken:
            entry.faults = {"facts-number": [taken.text]}
        else:
            toast("草稿已更正")
            return redirect_to("contracts.show", contract_id=contract.id)
    return form_page(entry, status=422)


@blueprint.get("/<uuid:contract_id>/revise")
@needs(Permission.CONTRACT_MANAGE)
def revising(contract_id: uuid.UUID) -> Response:
    return form_page(of_contract(Mode.REVISE, _running(contract_id)))


@blueprint.post("/<uuid:contract_id>/revise")
@needs(Permission.CONTRACT_MANAGE)
def revise(contract_id: uuid.UUID) -> Response:
    contract = _running(contract_id)
    entry = sent(Mode.REVISE, contract)
    if entry.extra is not None and entry.extra.valid:
        try:
            terms = contracts.with_findings(contract, entry.typed.terms, calendar.load(), ticked=entry.draft.ticked)
            contracts.revise(current_actor(), contract, terms=terms, expected=_expected(entry), **entry.extra.values)
        except Invalid as refused:
            entry.faults = _texts(refused)
        else:
            toast(f"已修订为第 {contract.revision} 版条款")
            return redirect_to("contracts.show", contract_id=contract.id, tab="revisions")
    return form_page(entry, status=422)


@blueprint.post("/entry/rows")
@needs(Permission.CONTRACT_MANAGE)
def rows() -> Response:
    """The same form with a row added, moved or taken away; nothing is kept anywhere."""
    entry = _looked_at()
    act(entry.draft, request.form.get("do", ""))
    return form_page(entry)


@blueprint.post("/entry/preview")
@needs(Permission.CONTRACT_MANAGE)
def preview() -> Response:
    """What follows from what is typed so far."""
    return page("contract_entry/preview.html", "contract_entry/_preview.html", **preview_context(_looked_at()))


def _looked_at() -> Entry:
    mode = request.form.get("mode", "")
    contract_id = request.form.get("contract", "")
    contract = contracts.find(current_actor(), parse_id(contract_id)) if contract_id else None
    chosen = Mode(mode) if mode in set(Mode) else Mode.NEW
    return sent(chosen if contract is not None else Mode.NEW, contract, checked=False)


def _beginning(source: str) -> Entry:
    """A blank form, one of the two shapes, or another contract's terms without what is its own."""
    terms: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    ticked: list[str] = []
    if source in SHAPES:
        fact = next(each for each in contracts.demo_facts() if each["key"] == source)
        terms, facts = fact["terms"], {"systems": fact["systems"]}
    elif source != "blank":
        contract = contracts.find(current_actor(), parse_id(source))
        terms = contracts.raw_terms(contract.id, contracts.terms_of(contract.id).revision)
        facts = {name: getattr(contract, name) for name in ("title", "bureau_name", "vendor_id", "vendor_name")}
        facts["systems"] = contracts.systems_of([contract.id])[contract.id]
        ticked = [each["key"] for each in terms.get("findings") or ()]
    draft = draft_of(_without_own(terms), facts)
    draft.ticked = ticked
    return begun(Mode.NEW, None, draft, {})


def _without_own(terms: dict[str, Any]) -> dict[str, Any]:
    """Terms for another contract: dates, prices and accounts are typed from its own paper."""
    if not terms:
        return {}
    milestones = [
        {**each, "amount": None, "due": {**each["due"], "fixed_on": None}} for each in terms.get("milestones") or ()
    ]
    papers = [{**each, "once_on": None} for each in terms.get("deliverables") or ()]
    blanked = dict.fromkeys(BLANKED)
    made = contracts.with_changes(terms, blanked, lenient=True)
    return made | {"milestones": milestones, "deliverables": papers, "term_text": "", "lpr": None}


def _checked_facts(entry: Entry) -> dict[str, Any]:
    """The facts as ``create`` takes them. What is missing is told by box."""
    typed = entry.typed
    facts = typed.facts
    vendor_id, vendor_name = vendor_named(str(facts.get("vendor_id") or ""))
    if vendor_id is None:
        entry.faults.setdefault("facts-vendor_id", []).append("请选择乙方单位")
    entry.faults |= typed.faults
    terms = typed.terms
    rule, effective_on = terms.get("term"), facts.get("effective_on")
    counted = isinstance(rule, dict) and isinstance(rule.get("months"), int) and effective_on is not None
    shown = preview_of(entry)
    if counted and not shown.faults:
        facts["starts_on"], facts["ends_on"] = shown.contract.starts_on, shown.contract.ends_on
    for name in ("starts_on", "ends_on"):
        at = f"term-{name}"
        if facts.get(name) is None and at not in entry.faults:
            entry.faults[at] = ["请填写；纸面只写月数的，请填服务期月数和预计生效日"]
    if not shown.faults:
        terms = contracts.with_findings(shown.contract, terms, calendar.load(), ticked=entry.draft.ticked)
    else:
        entry.faults |= shown.faults
    return {
        **{name: facts[name] for name in ("number", "paper_number", "title", "bureau_name", "systems")},
        "vendor_id": vendor_id,
        "vendor_name": facts["vendor_name"] or vendor_name,
        "starts_on": facts["starts_on"],
        "ends_on": facts["ends_on"],
        "effective_on": effective_on,
        "terms": terms,
    }


def _texts(refused: Invalid) -> dict[str, list[str]]:
    fields = {name: list(texts) for name, texts in refused.fields.items()}
    return fields or {"terms": [refused.text]}


def _draft(contract_id: uuid.UUID) -> Contract:
    contract = contracts.find(current_actor(), contract_id)
    if contract.state is not ContractState.DRAFT:
        raise NotFound("这份合同已开始履行，请修订条款或签补充协议。")
    return contract


def _running(contract_id: uuid.UUID) -> Contract:
    contract = contracts.find(current_actor(), contract_id)
    if contract.state is ContractState.ENDED:
        raise contracts.WrongState("合同已终止，条款不能再修订。")
    return contract


def _expected(entry: Entry) -> int | None:
    return int(entry.version) if entry.version.isdigit() else None
