"""A data application (数据申请单): written, submitted to the data office, approved, delivered."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.referral_steps import Step, day, line, numbers_of, offered, places, taken, words
from server.admin.referrals import days_since
from server.admin.sheet_steps import ReasonSchema
from server.core import clock
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.ids import parse_id
from server.domain import referrals, tickets
from server.domain.identity import Actor, Permission
from server.domain.referrals import Application, ApplicationDraft, ApplicationState
from server.domain.tickets import Ticket

blueprint = Blueprint("referral_applications", __name__, url_prefix="/admin/referrals/applications")

DRAFT = ("item", "item_code", "provider", "applicant_unit", "purpose", "extent")


class ApplicationSchema(Schema):
    """An application as it is written."""

    item = line("目录项名称", longest=120, needed=True, placeholder="省公共数据目录里的名称")
    item_code = line("目录项编码", longest=64)
    provider = line("数源单位")
    applicant_unit = line("申请单位", needed=True)
    purpose = words("用途和依据", needed=True, rows=4)
    extent = words("数据范围", rows=3, placeholder="字段、区域、时间段、更新频率")


class NewApplicationSchema(ApplicationSchema):
    """A new one, with whose it is."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    ticket = fields.String(load_default="", metadata={"widget": "hidden"})


class SubmitSchema(Schema):
    """Where it was handed in."""

    to = line("受理单位", needed=True, placeholder="例如：市数据局")
    submitted_on = day("提交日期", help="不填即为今天。")


class ApproveSchema(Schema):
    """That it was approved."""

    approved_by = line("批准单位", needed=True)
    approved_on = day("批准日期", help="不填即为今天。")
    expected_on = day("预计交付")


class RefuseSchema(Schema):
    """That it was refused."""

    reason = words("未批准的原因", needed=True, rows=2, longest=200)
    refused_on = day("日期", help="不填即为今天。")


class DeliverSchema(Schema):
    """How the data came."""

    delivery = words("交付方式", needed=True, rows=2, longest=200, placeholder="例如：推送到市前置库 SJJH_QZ")
    delivered_on = day("交付日期", help="不填即为今天。")


SUBMIT = Step(
    name="submit", label="提交申请", schema=SubmitSchema, run=referrals.submit_application, icon="send", primary=True
)
APPROVE = Step(
    name="approve",
    label="登记批准",
    schema=ApproveSchema,
    run=referrals.approve_application,
    icon="circle-check",
    bureau=True,
    primary=True,
)
REFUSE = Step(
    name="refuse", label="未批准", schema=RefuseSchema, run=referrals.refuse_application, icon="circle-x", bureau=True
)
DELIVER = Step(
    name="deliver",
    label="登记交付",
    schema=DeliverSchema,
    run=referrals.deliver_application,
    icon="database-export",
    primary=True,
)
WITHDRAW = Step(
    name="withdraw",
    label="撤回",
    schema=ReasonSchema,
    run=referrals.withdraw_application,
    icon="arrow-back-up",
    danger=True,
    done="已撤回",
)
TAKE_BACK = Step(
    name="withdraw",
    label="撤回",
    schema=ReasonSchema,
    run=referrals.withdraw_application,
    icon="arrow-back-up",
    danger=True,
    bureau=True,
    done="已撤回",
)
STEPS: dict[ApplicationState, tuple[Step, ...]] = {
    ApplicationState.DRAFT: (SUBMIT, WITHDRAW),
    ApplicationState.SUBMITTED: (APPROVE, REFUSE, TAKE_BACK),
    ApplicationState.APPROVED: (DELIVER, TAKE_BACK),
    ApplicationState.REFUSED: (),
    ApplicationState.DELIVERED: (),
    ApplicationState.WITHDRAWN: (),
}
BY_NAME = {each.name: each for each in (SUBMIT, APPROVE, REFUSE, DELIVER, WITHDRAW)}


@blueprint.get("/new")
@needs(Permission.REFERRAL_LOG)
def new() -> Response:
    """An empty form, or one from a ticket."""
    actor = current_actor()
    choices = places(actor)
    data: dict[str, Any] = {"contract_id": choices[0][0]} if len(choices) == 1 else {}
    ticket = _ticket(actor, request.args.get("ticket", ""))
    if ticket is not None:
        data |= {"purpose": tickets.shown(actor, ticket.text), "ticket": str(ticket.id)}
        data["contract_id"] = str(ticket.contract_id or "")
    return _form(Form(NewApplicationSchema(), data, choices={"contract_id": choices}), ticket=ticket)


@blueprint.post("/new")
@needs(Permission.REFERRAL_LOG)
def create() -> Response:
    """Write it down."""
    actor = current_actor()
    ticket = _ticket(actor, request.form.get("ticket", ""))
    form = Form.submitted(NewApplicationSchema(), request.form, choices={"contract_id": places(actor)})
    if not form.valid:
        return _form(form, ticket=ticket, status=422)
    contract_id = uuid.UUID(form.values["contract_id"])
    try:
        made = referrals.draft_application(
            actor, _draft(form), contract_id=contract_id, ticket_id=ticket.id if ticket else None
        )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(form, ticket=ticket, status=422)
    toast(f"已登记 {made.number}")
    return redirect_to("referral_applications.show", application_id=made.id)


@blueprint.get("/<uuid:application_id>")
@needs(Permission.REFERRAL_VIEW)
def show(application_id: uuid.UUID) -> Response:
    """One application with all that happened to it."""
    actor = current_actor()
    return _shown(actor, referrals.find(actor, Application, application_id))


@blueprint.get("/<uuid:application_id>/edit")
@needs(Permission.REFERRAL_LOG)
def edit(application_id: uuid.UUID) -> Response:
    """The form with what stands, before it is submitted."""
    application = _own(current_actor(), application_id)
    return _form(Form(ApplicationSchema(), {name: getattr(application, name) for name in DRAFT}), application)


@blueprint.post("/<uuid:application_id>/edit")
@needs(Permission.REFERRAL_LOG)
def amend(application_id: uuid.UUID) -> Response:
    """Correct it."""
    actor = current_actor()
    application = _own(actor, application_id)
    form = Form.submitted(ApplicationSchema(), request.form)
    if form.valid:
        try:
            referrals.amend_application(actor, application_id, _draft(form))
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
    if not form.valid:
        return _form(form, application, status=422)
    toast("已保存")
    return redirect_to("referral_applications.show", application_id=application_id)


@blueprint.post("/<uuid:application_id>/<name>")
@needs(Permission.REFERRAL_LOG)
def step(application_id: uuid.UUID, name: str) -> Response:
    """Take one of the steps."""
    actor = current_actor()
    application = referrals.find(actor, Application, application_id)
    if name not in BY_NAME:
        raise NotFound
    return taken(
        actor,
        application.contract_id,
        application_id,
        BY_NAME[name],
        back=("referral_applications.show", {"application_id": application_id}),
        again=lambda refused, status: _shown(actor, application, status=status, refused=refused),
    )


def _shown(
    actor: Actor, application: Application, *, status: int = 200, refused: tuple[str, Form] | None = None
) -> Response:
    def address(name: str) -> str:
        return url_for("referral_applications.step", application_id=application.id, name=name)

    return page(
        "referrals/application.html",
        status=status,
        application=application,
        steps=offered(actor, application.contract_id, STEPS[application.state], address, refused=refused),
        events=referrals.events_of(application),
        may_edit=application.state is ApplicationState.DRAFT
        and actor.may(Permission.REFERRAL_LOG, application.contract_id),
        ticket_url=url_if("ticket.show", ticket_id=application.ticket_id) if application.ticket_id else "",
        contract_number=numbers_of(actor).get(application.contract_id, ""),
        days=days_since(application.created_at),
        today=clock.today(),
    )


def _form(
    form: Form, application: Application | None = None, *, ticket: Ticket | None = None, status: int = 200
) -> Response:
    return page("referrals/application_form.html", status=status, form=form, application=application, ticket=ticket)


def _own(actor: Actor, application_id: uuid.UUID) -> Application:
    application = referrals.find(actor, Application, application_id)
    if not actor.may(Permission.REFERRAL_LOG, application.contract_id):
        raise Forbidden(permission=Permission.REFERRAL_LOG.value)
    return application


def _draft(form: Form) -> ApplicationDraft:
    return ApplicationDraft(**{name: form.values[name] for name in DRAFT})


def _ticket(actor: Actor, asked: str) -> Ticket | None:
    return tickets.find(actor, parse_id(asked)) if asked else None
