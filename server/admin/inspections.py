"""Inspections: the months of each contract, the list, the year's plan, findings; opening a month's sheet; checklists."""

from __future__ import annotations

from flask import Blueprint, Response, request

from server.admin import inspection_sheet
from server.admin.acceptance_new import contracts_for
from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.upkeep import around, filters
from server.admin.upkeep_forms import BeginSchema, PlanYearSchema
from server.admin.upkeep_words import SEVERITY_TONES, STATE_TONES
from server.core import clock, db
from server.core.errors import Conflict, Invalid
from server.core.ids import parse_id
from server.domain import contracts, deliverables, upkeep
from server.domain.contracts import ContractState
from server.domain.identity import Actor, Permission
from server.domain.upkeep import InspectionState

blueprint = Blueprint("inspections", __name__, url_prefix="/admin/upkeep/inspections")
blueprint.add_url_rule("/<uuid:inspection_id>", "show", inspection_sheet.show, methods=["GET"])

VIEW, LOG = Permission.RECORD_VIEW, Permission.RECORD_LOG
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("month", "月份", sort="month_on", optional=False),
    Column("state", "状态"),
    Column("planned", "计划", sort="planned_on"),
    Column("inspected", "巡检"),
    Column("inspector", "巡检人"),
    Column("place", "地点"),
    Column("contract", "合同"),
)
FINDING_COLUMNS = (
    Column("text", "问题", optional=False),
    Column("severity", "程度"),
    Column("due", "期限", sort="due_on"),
    Column("owner", "责任人"),
    Column("ticket", "工单"),
    Column("done", "整改"),
    Column("sheet", "巡检"),
)
MOST_CONTRACTS = 6


@blueprint.get("/")
@needs(VIEW)
def index() -> Response:
    """The list, below the months of the contracts in force."""
    return _index(current_actor())


@blueprint.get("/findings")
@needs(VIEW)
def findings() -> Response:
    """What was found, the first due first; the open ones unless all are asked for."""
    actor = current_actor()
    listing = Listing("findings", FINDING_COLUMNS, request.args, default_sort="")
    state = request.args.get("state", "")
    query = upkeep.findings_matching(actor, filters(), open_only=state == "open", late=state == "late")
    return page(
        "inspections/findings.html",
        "inspections/_findings.html",
        listing=listing,
        found=paged(query, listing, upkeep.FINDING_ORDERS, tie=upkeep.Finding.id.desc()),
        today=clock.today(),
        severity_tones=SEVERITY_TONES,
        states=[("open", "未整改"), ("late", "已逾期")],
        **around(actor, "findings"),
    )


@blueprint.post("/plan")
@needs(LOG)
def plan_year() -> Response:
    """Plan every coming month of a contract."""
    actor = current_actor()
    form = Form.submitted(PlanYearSchema(), request.form, choices={"contract_id": _open_contracts(actor)})
    if form.valid:
        values = dict(form.values)
        try:
            made, missing = upkeep.plan_year(actor, parse_id(values.pop("contract_id")), **values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            told = f"已安排 {len(made)} 个月" if made else "没有需要安排的月份"
            if missing:
                told += f"；{missing[0]} 起日历未维护，暂未安排"
            toast(told, "success" if made else "info")
            return redirect_to("inspections.index")
    return _index(actor, plan_form=form, status=422)


@blueprint.post("/new")
@needs(LOG)
def begin() -> Response:
    """Open a month's sheet."""
    actor = current_actor()
    form = Form.submitted(BeginSchema(), request.form, choices={"contract_id": _open_contracts(actor)})
    status = 422
    if form.valid:
        values = dict(form.values)
        try:
            with db.unit():
                key, month_on = parse_id(values.pop("contract_id")), values.pop("month")
                made = upkeep.begin(actor, key, month_on=month_on, **values)
        except Invalid as refused:
            form.refuse({"month" if name == "month_on" else name: told for name, told in refused.fields.items()})
        except Conflict as refused:
            form.refuse(None, refused.text)
            status = 409
        else:
            toast(f"已打开 {made.number}，逐项填写会自动保存")
            return redirect_to("inspections.show", inspection_id=made.id)
    return _index(actor, begin_form=form, status=status)


def _index(
    actor: Actor, *, plan_form: Form | None = None, begin_form: Form | None = None, status: int = 200
) -> Response:
    listing = Listing("inspections", COLUMNS, request.args, default_sort="-month_on")
    query = upkeep.inspections_matching(actor, filters())
    shared = around(actor, "inspections")
    logs = actor.may(LOG)
    choices = _open_contracts(actor) if logs else []
    usual = {"contract_id": choices[0][0]} if len(choices) == 1 else {}
    usual |= {"inspector": actor.name}
    month = {"month": request.args.get("month", f"{clock.today():%Y-%m}")}
    if request.args.get("contract"):
        usual["contract_id"] = request.args["contract"]
    offered = {"contract_id": choices}
    return page(
        "inspections/index.html",
        "inspections/_rows.html",
        status=status,
        listing=listing,
        found=paged(query, listing, upkeep.INSPECTION_ORDERS, tie=upkeep.Inspection.id.desc()),
        tones=STATE_TONES,
        years=_years(actor),
        today=clock.today(),
        states=InspectionState.choices(),
        may_log=logs,
        plan_form=plan_form or Form(PlanYearSchema(), usual, choices=offered, prefix="plan"),
        begin_form=begin_form or Form(BeginSchema(), usual | month, choices=offered, prefix="begin"),
        tried="plan" if plan_form else "begin" if begin_form else "",
        **shared,
    )


def _years(actor: Actor) -> list[tuple[contracts.Contract, list[upkeep.Month]]]:
    """The months of every contract that is in force, a few at most."""
    seen = deliverables.contracts_seen(actor, permission=VIEW)
    running = [each for each in seen if each.state is ContractState.ACTIVE][:MOST_CONTRACTS]
    return [(contract, upkeep.months_of(actor, contract)) for contract in running]


def _open_contracts(actor: Actor) -> list[tuple[str, str]]:
    return list(contracts_for(actor, LOG))
