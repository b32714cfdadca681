"""The contracts' pages: the list, one contract with everything that follows from it, its revisions and readings."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import clock
from server.core.errors import Invalid, NotFound
from server.domain import calendar, contracts
from server.domain.calendar import CalendarMissing, Deadline
from server.domain.contracts import Contract, ContractState, DayRule, Terms
from server.domain.identity import Permission

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
    "findings": "矛盾与缺漏",
    "revisions": "修订记录",
}
# Where the form has what the terms' own check names by path.
FIELD_OF = {
    "response.working_day_hours": "working_day_hours",
    "response.other_day_hours": "other_day_hours",
    "on_site.hours": "on_site_hours",
    "acceptance.days": "acceptance_days",
}
HOURS = validate.Range(min=Decimal("0.01"), max=Decimal(8760))
DAYS = validate.Range(min=1, max=3650)


class ReviseSchema(Schema):
    """The clocks of a contract; what is left empty is not agreed."""

    working_day_hours = fields.Decimal(
        load_default=None, validate=HOURS, metadata={"label": "响应：工作日（小时）", "help": "留空表示合同未约定。"}
    )
    other_day_hours = fields.Decimal(load_default=None, validate=HOURS, metadata={"label": "响应：其他日期（小时）"})
    day_rule = fields.Enum(DayRule, by_value=True, load_default=DayRule.RECEIPT, metadata={"label": "响应：跨日规则"})
    on_site_hours = fields.Decimal(load_default=None, validate=HOURS, metadata={"label": "到达现场（小时）"})
    acceptance_days = fields.Integer(load_default=None, validate=DAYS, metadata={"label": "验收（自然日）"})
    roll_over = fields.Boolean(load_default=False, metadata={"label": "验收末日遇休息日顺延"})
    deemed = fields.Boolean(load_default=False, metadata={"label": "逾期未验收视为通过"})
    effective_from = fields.Date(required=True, metadata={"label": "自何日起适用"})
    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "修订依据", "widget": "textarea", "rows": "3", "placeholder": "例如：补充协议一第二条"},
    )


class EndSchema(Schema):
    """How a contract ends."""

    ended_on = fields.Date(required=True, metadata={"label": "终止日期", "help": "不得晚于合同约定的截止日。"})
    reason = fields.String(required=True, validate=validate.Length(max=300), metadata={"label": "终止依据"})


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


@blueprint.get("/<uuid:contract_id>/revise")
@needs(Permission.CONTRACT_MANAGE)
def edit(contract_id: uuid.UUID) -> Response:
    contract = contracts.find(current_actor(), contract_id)
    terms = contracts.terms_of(contract.id, contract.revision)
    form = Form(ReviseSchema(), _clock_fields(terms) | {"effective_from": clock.today()})
    return page("contracts/edit.html", contract=contract, form=form)


@blueprint.post("/<uuid:contract_id>/revise")
@needs(Permission.CONTRACT_MANAGE)
def revise(contract_id: uuid.UUID) -> Response:
    actor = current_actor()
    contract = contracts.find(actor, contract_id)
    form = Form.submitted(ReviseSchema(), request.form)
    if form.valid:
        try:
            contracts.amend(
                actor,
                contract,
                changes=_clock_terms(form.values),
                reason=form.values["reason"],
                effective_from=form.values["effective_from"],
                expected=request.form.get("version", type=int),
            )
        except Invalid as refused:
            form.refuse({FIELD_OF.get(path, path): told for path, told in refused.fields.items()}, refused.text)
        else:
            toast(f"已修订为第 {contract.revision} 版条款")
            return redirect_to("contracts.show", contract_id=contract.id, tab="revisions")
    return page("contracts/edit.html", status=422, contract=contract, form=form)


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
    terms = contracts.terms_of(contract.id, contract.revision)
    book = calendar.load()
    context: dict[str, Any] = {
        "contract": contract,
        "terms": terms,
        "tab": tab,
        "tabs": TABS,
        "systems": contracts.systems_of([contract.id])[contract.id],
        "reminders": contracts.warnings_of(actor, contract),
        "manages": actor.may(Permission.CONTRACT_MANAGE, contract.id),
        "today": clock.today(),
        "in_force": contracts.terms_of(contract.id).revision,
        "end_form": end_form or Form(EndSchema(), {"ended_on": contract.ends_on}, prefix="end"),
        "words": contracts,
    }
    if tab == "overview":
        context |= _tried(contract)
    elif tab == "money":
        context |= {
            "instalments": contracts.instalments(contract, terms, book),
            "prices": contracts.prices(contract, terms),
        }
    elif tab == "revisions":
        context["revisions"] = _with_differences(contract)
    return page("contracts/show.html", status=status, **context)


def _with_differences(contract: Contract) -> list[tuple[contracts.ContractTerms, list[contracts.Difference]]]:
    """Each revision with what it changed against the one before, newest first."""
    rows = contracts.revisions_of(contract)
    older = [*rows[1:], None]
    return [
        (row, contracts.differences(before.terms, row.terms) if before else [])
        for row, before in zip(rows, older, strict=True)
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


def _clock_fields(terms: Terms) -> dict[str, Any]:
    response, on_site, acceptance = terms.response, terms.on_site, terms.acceptance
    return {
        "working_day_hours": response and response.working_day_hours,
        "other_day_hours": response and response.other_day_hours,
        "day_rule": response.day_rule if response else DayRule.RECEIPT,
        "on_site_hours": on_site and on_site.hours,
        "acceptance_days": acceptance and acceptance.days,
        "roll_over": bool(acceptance and acceptance.roll_over),
        "deemed": bool(acceptance and acceptance.deemed),
    }


def _clock_terms(values: dict[str, Any]) -> dict[str, Any]:
    """The form's values as terms; a pair of hours of which one is missing is left for the terms' own check."""
    hours = {name: _number(values[name]) for name in ("working_day_hours", "other_day_hours")}
    on_site, days = values["on_site_hours"], values["acceptance_days"]
    return {
        "response": hours | {"day_rule": values["day_rule"].value} if any(hours.values()) else None,
        "on_site": {"hours": _number(on_site)} if on_site is not None else None,
        "acceptance": {"days": days, "roll_over": values["roll_over"], "deemed": values["deemed"]} if days else None,
    }


def _number(value: Decimal | None) -> int | str | None:
    """A figure as terms keep it: whole numbers as such, others as text, so that nothing is rounded."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else str(value.normalize())
