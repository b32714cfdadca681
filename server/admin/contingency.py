"""Contingency plans and their drills: list, page, versions, entering."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin.acceptance_new import contracts_for
from server.admin.acceptance_page import contract_of
from server.admin.access import current_actor, needs
from server.admin.document_box import box
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.admin.upkeep import around, filters
from server.admin.upkeep_forms import DrillSchema, PlanSchema, ReasonSchema, correcting, kept
from server.admin.upkeep_words import RESULT_TONES, before_of, mark_of
from server.core import clock, db
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import parse_id
from server.domain import upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import DrillDraft, Plan, PlanDraft

blueprint = Blueprint("contingency", __name__, url_prefix="/admin/upkeep/plans")

VIEW, LOG = Permission.RECORD_VIEW, Permission.RECORD_LOG
COLUMNS = (
    Column("number", "编号", sort="number", optional=False),
    Column("scenario", "适用场景", optional=False),
    Column("version", "版本"),
    Column("owner", "负责人"),
    Column("next", "下次演练", sort="next_drill_on"),
    Column("contract", "合同"),
)


@blueprint.get("/")
@needs(VIEW)
def index() -> Response:
    """The plans, the next drill first."""
    actor = current_actor()
    listing = Listing("plans", COLUMNS, request.args, default_sort="")
    query = upkeep.plans_matching(actor, filters())
    return page(
        "contingency/index.html",
        "contingency/_rows.html",
        listing=listing,
        found=paged(query, listing, upkeep.PLAN_ORDERS, tie=Plan.id.desc()),
        today=clock.today(),
        states=[("retired", "已停用")],
        **around(actor, "plans"),
    )


@blueprint.get("/new")
@needs(LOG)
def new() -> Response:
    """An empty form."""
    choices = contracts_for(current_actor(), LOG)
    data = {"owner": current_actor().name} | ({"contract_id": choices[0][0]} if len(choices) == 1 else {})
    return _new_page(Form(PlanSchema(), data, choices={"contract_id": choices}))


@blueprint.post("/new")
@needs(LOG)
def create() -> Response:
    """Put a plan down."""
    actor = current_actor()
    with db.reading():
        choices = contracts_for(actor, LOG)
    form = Form.submitted(PlanSchema(), request.form, request.files, choices={"contract_id": choices})
    made: list[uuid.UUID] = []

    def perform(values: dict[str, Any]) -> str:
        uploads, contract_id = kept(values.pop("upload")), parse_id(values.pop("contract_id"))
        with db.unit():
            plan = upkeep.make_plan(actor, contract_id, PlanDraft(**values), uploads=uploads)
        made.append(plan.id)
        return f"已编制 {plan.number}"

    refused, status = _tried(form, perform)
    if status is None:
        return redirect_to("contingency.show", plan_id=made[0])
    if refused:
        form.refuse(None, refused)
    with db.reading():
        return _new_page(form, status=status)


@blueprint.get("/<uuid:plan_id>")
@needs(VIEW)
def show(plan_id: uuid.UUID) -> Response:
    """A plan with its drills and its versions."""
    return _plan_page(current_actor(), plan_id)


@blueprint.get("/drills/<uuid:drill_id>")
@needs(VIEW)
def drill(drill_id: uuid.UUID) -> Response:
    """A drill."""
    actor = current_actor()
    found = upkeep.find_drill(actor, drill_id)
    return page(
        "contingency/drill.html",
        drill=found,
        plan=upkeep.find_plan(actor, found.plan_id),
        files=upkeep.files_of([found.id]),
        result_tones=RESULT_TONES,
        contract=contract_of(actor, found.contract_id),
        paper_box=box(actor, "drill", found.id, contract_id=found.contract_id),
    )


@blueprint.post("/<uuid:plan_id>/<any(revise, drill, retire):step>")
@needs(LOG)
def step(plan_id: uuid.UUID, step: str) -> Response:
    """Write the next version, put a drill on record, or take the plan out of use."""
    actor = current_actor()
    with db.reading():
        if not actor.may(LOG, upkeep.find_plan(actor, plan_id).contract_id):
            raise Forbidden(permission=LOG.value)
    form = Form.submitted(SCHEMAS[step](), request.form, request.files, prefix=step)

    def perform(values: dict[str, Any]) -> str:
        uploads = kept(values.pop("upload", []))
        with db.unit():
            if step == "revise":
                reason, version = values.pop("correction"), values.pop("version")
                draft = PlanDraft(**values)
                upkeep.revise_plan(actor, plan_id, draft, version=version, reason=reason, uploads=uploads)
                return "已修订，原版本保留"
            if step == "drill":
                made = upkeep.drill(actor, plan_id, DrillDraft(**values), uploads=uploads)
                return f"已登记演练 {made.number}"
            upkeep.retire_plan(actor, plan_id, **values)
            return "已停用"

    refused, status = _tried(form, perform)
    if status is None:
        return redirect_to("contingency.show", plan_id=plan_id)
    with db.reading():
        return _plan_page(actor, plan_id, step=step, form=form, refused=refused, status=status)


SCHEMAS: dict[str, Callable[[], Any]] = {
    "revise": lambda: correcting(PlanSchema),
    "drill": DrillSchema,
    "retire": ReasonSchema,
}


def _tried(form: Form, perform: Callable[[dict[str, Any]], str]) -> tuple[str, int | None]:
    if not form.valid:
        return "", 422
    try:
        done = perform(dict(form.values))
    except Invalid as error:
        names = {"reason": "correction"} if "correction" in form.names else {}
        form.refuse({names.get(name, name): list(told) for name, told in error.fields.items()}, error.text)
        return "", 422
    except Conflict as error:
        return error.text, 409
    toast(done)
    return "", None


def _new_page(form: Form, *, status: int = 200) -> Response:
    return page("contingency/new.html", status=status, form=form, action=url_for("contingency.create"))


def _plan_page(
    actor: Actor, plan_id: uuid.UUID, *, step: str = "", form: Form | None = None, refused: str = "", status: int = 200
) -> Response:
    found = upkeep.find_plan(actor, plan_id)
    says = {name: getattr(found, name) for name in PlanDraft.__dataclass_fields__}
    forms = {
        "revise": Form(correcting(PlanSchema), says | {"version": found.version}, prefix="revise"),
        "drill": Form(DrillSchema(), {"leader": found.owner}, prefix="drill"),
        "retire": Form(ReasonSchema(), prefix="retire"),
    }
    if form is not None:
        forms[step] = form
    return page(
        "contingency/show.html",
        status=status,
        plan=found,
        drills=upkeep.drills_of(found),
        events=upkeep.events_of(found),
        files=upkeep.files_of([found.id]),
        forms_of=forms,
        tried=step if form is not None else "",
        refused=refused,
        today=clock.today(),
        writes=actor.may(LOG, found.contract_id) and found.retired_at is None,
        result_tones=RESULT_TONES,
        mark_of=mark_of,
        before_of=before_of,
        contract=contract_of(actor, found.contract_id),
        paper_box=box(actor, "contingency_plan", found.id, contract_id=found.contract_id),
    )
