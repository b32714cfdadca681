"""A requirement (需求提交单): told to the bureau, handed on to the province or kept, settled in the bureau's word."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.referral_steps import (
    Step,
    choice,
    day,
    line,
    moment,
    numbers_of,
    offered,
    places,
    taken,
    words,
)
from server.admin.referrals import days_since
from server.admin.sheet_steps import PROGRESS, ReasonSchema
from server.core import clock
from server.core.errors import Invalid, NotFound
from server.core.ids import parse_id
from server.domain import referrals, tickets
from server.domain.identity import Actor, Permission
from server.domain.referrals import (
    ExternalState,
    Requirement,
    RequirementDraft,
    RequirementOutcome,
    RequirementState,
    Sheet,
    Urgency,
)
from server.domain.tickets import Ticket

blueprint = Blueprint("referral_requirements", __name__, url_prefix="/admin/referrals/requirements")

ENDS = [(each.value, each.label) for each in RequirementOutcome if each is not RequirementOutcome.VOID]
DRAFT = ("title", "system", "module", "urgency", "proposer_unit", "proposer_name", "text", "reason")


class RequirementSchema(Schema):
    """A requirement as it is written."""

    title = line("需求", longest=120, needed=True, placeholder="一句话说明要什么")
    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    system = line("系统", needed=True)
    module = line("模块")
    urgency = choice(Urgency, "紧急程度")
    proposer_unit = line("提出单位")
    proposer_name = line("提出人", longest=64)
    text = words("需求说明", needed=True, rows=6)
    reason = words("理由和依据", rows=3, placeholder="政策文件、业务影响")
    ticket = fields.String(load_default="", metadata={"widget": "hidden"})
    sheet = fields.String(load_default="", metadata={"widget": "hidden"})


class ForwardSchema(Schema):
    """To whom it goes on."""

    to = line("转给", needed=True, placeholder="例如：省局业务处、项目组")
    external_number = line("省级受理编号", longest=64)
    planned_on = day("计划完成")
    forwarded_at = moment("转出时间")


class ExternalSchema(Schema):
    """How it stands at the province."""

    state = choice(ExternalState, "省级进展", choices=PROGRESS, help="“局方已确认修复”只能由局方登记。")
    text = words("说明", rows=2)
    external_number = line("省级受理编号", longest=64)
    planned_on = day("计划完成")
    at = moment("时间")


class SettleSchema(Schema):
    """How it ended."""

    outcome = choice(RequirementOutcome, "结论", choices=ENDS)
    result = words("说明", needed=True)
    settled_at = moment("办结时间")


def _external(actor: Actor, key: Any, **values: Any) -> object:
    return referrals.note_external(actor, Requirement, key, **values)


FORWARD = Step(
    name="forward",
    label="转省级",
    schema=ForwardSchema,
    run=referrals.forward_requirement,
    icon="send",
    bureau=True,
    primary=True,
)
KEEP = Step(
    name="keep", label="自行安排", schema=ReasonSchema, run=referrals.keep_requirement, icon="building", bureau=True
)
SETTLE = Step(
    name="settle",
    label="办结",
    schema=SettleSchema,
    run=referrals.settle_requirement,
    icon="circle-check",
    bureau=True,
    done="已办结",
)
EXTERNAL = Step(name="external", label="省级进展", schema=ExternalSchema, run=_external, icon="hierarchy")
VOID = Step(
    name="void",
    label="作废",
    schema=ReasonSchema,
    run=referrals.void_requirement,
    icon="ban",
    danger=True,
    done="已作废",
)
STEPS: dict[RequirementState, tuple[Step, ...]] = {
    RequirementState.SUBMITTED: (FORWARD, KEEP, SETTLE, VOID),
    RequirementState.FORWARDED: (EXTERNAL, SETTLE),
    RequirementState.KEPT: (SETTLE, FORWARD),
    RequirementState.SETTLED: (),
    RequirementState.VOID: (),
}
BY_NAME = {each.name: each for steps in STEPS.values() for each in steps}


@blueprint.get("/new")
@needs(Permission.REFERRAL_LOG)
def new() -> Response:
    """An empty form, or one filled from a ticket or from a feedback sheet."""
    actor = current_actor()
    choices = places(actor)
    data: dict[str, Any] = {"urgency": Urgency.NORMAL}
    if len(choices) == 1:
        data["contract_id"] = choices[0][0]
    ticket, sheet = _sources(actor, request.args)
    if sheet is not None:
        data |= {name: getattr(sheet, name) for name in ("title", "system", "module", "urgency")}
        data |= {"text": sheet.expected or sheet.actual, "reason": sheet.analysis, "sheet": str(sheet.id)}
        data |= {"proposer_unit": sheet.reporter_unit, "contract_id": str(sheet.contract_id)}
    elif ticket is not None:
        data |= {"title": tickets.shown(actor, ticket.title), "text": tickets.shown(actor, ticket.text)}
        data |= {
            "system": ticket.consulted_system,
            "contract_id": str(ticket.contract_id or ""),
            "ticket": str(ticket.id),
        }
    return _form(Form(RequirementSchema(), data, choices={"contract_id": choices}), ticket, sheet)


@blueprint.post("/new")
@needs(Permission.REFERRAL_LOG)
def create() -> Response:
    """Tell the bureau."""
    actor = current_actor()
    ticket, sheet = _sources(actor, request.form)
    form = Form.submitted(RequirementSchema(), request.form, choices={"contract_id": places(actor)})
    if not form.valid:
        return _form(form, ticket, sheet, status=422)
    try:
        made = referrals.submit_requirement(
            actor,
            RequirementDraft(**{name: form.values[name] for name in DRAFT}),
            contract_id=uuid.UUID(form.values["contract_id"]),
            ticket_id=ticket.id if ticket else None,
            sheet_id=sheet.id if sheet else None,
        )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(form, ticket, sheet, status=422)
    toast(f"已报局方，编号 {made.number}")
    return redirect_to("referral_requirements.show", requirement_id=made.id)


@blueprint.get("/<uuid:requirement_id>")
@needs(Permission.REFERRAL_VIEW)
def show(requirement_id: uuid.UUID) -> Response:
    """One requirement with all that happened to it."""
    actor = current_actor()
    return _shown(actor, referrals.find(actor, Requirement, requirement_id))


@blueprint.post("/<uuid:requirement_id>/<name>")
@needs(Permission.REFERRAL_LOG)
def step(requirement_id: uuid.UUID, name: str) -> Response:
    """Take one of the steps."""
    actor = current_actor()
    requirement = referrals.find(actor, Requirement, requirement_id)
    if name not in BY_NAME:
        raise NotFound
    return taken(
        actor,
        requirement.contract_id,
        requirement_id,
        BY_NAME[name],
        back=("referral_requirements.show", {"requirement_id": requirement_id}),
        again=lambda refused, status: _shown(actor, requirement, status=status, refused=refused),
    )


def _shown(
    actor: Actor, requirement: Requirement, *, status: int = 200, refused: tuple[str, Form] | None = None
) -> Response:
    def address(name: str) -> str:
        return url_for("referral_requirements.step", requirement_id=requirement.id, name=name)

    return page(
        "referrals/requirement.html",
        status=status,
        requirement=requirement,
        steps=offered(actor, requirement.contract_id, STEPS[requirement.state], address, refused=refused),
        events=referrals.events_of(requirement),
        sheet=referrals.find(actor, Sheet, requirement.sheet_id) if requirement.sheet_id else None,
        ticket_url=url_if("ticket.show", ticket_id=requirement.ticket_id) if requirement.ticket_id else "",
        contract_number=numbers_of(actor).get(requirement.contract_id, ""),
        awaits_bureau=not referrals.is_bureau(actor) and requirement.outcome is None,
        days=days_since(requirement.submitted_at),
        today=clock.today(),
    )


def _form(form: Form, ticket: Ticket | None, sheet: Sheet | None, *, status: int = 200) -> Response:
    return page("referrals/requirement_form.html", status=status, form=form, ticket=ticket, sheet=sheet)


def _sources(actor: Actor, given: Any) -> tuple[Ticket | None, Sheet | None]:
    """The ticket and the feedback sheet that the form names, if the actor may see them."""
    ticket, sheet = given.get("ticket", ""), given.get("sheet", "")
    return (
        tickets.find(actor, parse_id(ticket)) if ticket else None,
        referrals.find(actor, Sheet, parse_id(sheet)) if sheet else None,
    )
