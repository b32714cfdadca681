"""A feedback sheet (应用系统问题反馈单): written, sent, judged, settled, asked after; on screen and on paper."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to, toast
from server.admin.referral_steps import choice, line, moment, numbers_of, offered, places, taken, words
from server.admin.referrals import days_since
from server.admin.sheet_steps import BY_NAME, STEPS, PaperSchema, UnmaskSchema
from server.core import clock
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.ids import parse_id
from server.domain import referrals, tickets
from server.domain.identity import Actor, Permission
from server.domain.referrals import ExternalState, Sheet, SheetDraft, SheetKind, SheetState, Urgency
from server.domain.tickets import Channel, Kind, Ticket

blueprint = Blueprint("referral_sheets", __name__, url_prefix="/admin/referrals/sheets")

KINDS = {
    Kind.CONSULTATION: SheetKind.CONSULTING,
    Kind.REQUIREMENT: SheetKind.REQUIREMENT,
    Kind.SUGGESTION: SheetKind.REQUIREMENT,
    Kind.OPTIMISATION: SheetKind.REQUIREMENT,
    Kind.DATA_REQUEST: SheetKind.DATA,
}
DRAFT = (
    *("title", "system", "module", "kind", "urgency", "channel", "reporter_unit", "reporter_name", "reporter_phone"),
    *("found_at", "steps", "expected", "actual", "first_judgement"),
)


class SheetSchema(Schema):
    """The sheet as it is written (domain.md §5.1)."""

    title = line("问题", longest=120, needed=True, placeholder="一句话说明")
    system = line("系统", needed=True, placeholder="例如：浙江省市场监管一体化平台")
    module = line("模块")
    kind = choice(SheetKind, "类别")
    urgency = choice(Urgency, "紧急程度")
    channel = choice(Channel, "反馈渠道")
    found_at = moment("发现时间")
    reporter_unit = line("反馈单位")
    reporter_name = line("反馈人", longest=64)
    reporter_phone = fields.String(
        load_default="",
        validate=validate.Length(max=30),
        metadata={"label": "联系电话", "widget": "tel", "autocomplete": "off", "help": "加密保存，页面上只显示首尾。"},
    )
    actual = words("实际结果", needed=True, rows=4, placeholder="看到了什么，报错原文")
    expected = words("期望结果", rows=2)
    steps = words("操作步骤", rows=4)
    first_judgement = words("初步判断", rows=2)


class NewSheetSchema(SheetSchema):
    """A new one, with whose it is."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    ticket = fields.String(load_default="", metadata={"widget": "hidden"})


@blueprint.get("/new")
@needs(Permission.REFERRAL_LOG)
def new() -> Response:
    """An empty sheet, or one filled from a ticket."""
    actor = current_actor()
    choices = places(actor)
    ticket = _ticket(actor, request.args.get("ticket", ""))
    data: dict[str, Any] = {"urgency": Urgency.NORMAL, "channel": Channel.PHONE, "kind": SheetKind.BUG}
    if len(choices) == 1:
        data["contract_id"] = choices[0][0]
    if ticket is not None:
        data |= _from(actor, ticket)
    return _form(Form(NewSheetSchema(), data, choices={"contract_id": choices}), ticket=ticket)


@blueprint.post("/new")
@needs(Permission.REFERRAL_LOG)
def create() -> Response:
    """Write the sheet down."""
    actor = current_actor()
    ticket = _ticket(actor, request.form.get("ticket", ""))
    form = Form.submitted(NewSheetSchema(), request.form, choices={"contract_id": places(actor)})
    if not form.valid:
        return _form(form, ticket=ticket, status=422)
    try:
        sheet = referrals.file_sheet(
            actor,
            _draft(form),
            contract_id=uuid.UUID(form.values["contract_id"]),
            ticket_id=ticket.id if ticket else None,
        )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(form, ticket=ticket, status=422)
    toast(f"已登记 {sheet.number}")
    return redirect_to("referral_sheets.show", sheet_id=sheet.id)


@blueprint.get("/<uuid:sheet_id>")
@needs(Permission.REFERRAL_VIEW)
def show(sheet_id: uuid.UUID) -> Response:
    """One sheet with all that happened to it."""
    actor = current_actor()
    return shown(actor, referrals.find(actor, Sheet, sheet_id))


@blueprint.get("/<uuid:sheet_id>/print")
@needs(Permission.REFERRAL_VIEW)
def paper_view(sheet_id: uuid.UUID) -> Response:
    """The sheet as the paper that goes to the project team."""
    actor = current_actor()
    sheet = referrals.find(actor, Sheet, sheet_id)
    return page(
        "referrals/sheet_print.html",
        sheet=sheet,
        phone=referrals.reporter_phone(sheet),
        papers=[each for each in referrals.papers_of(sheet) if each.mime.startswith("image/")],
        contract_number=numbers_of(actor).get(sheet.contract_id, ""),
    )


@blueprint.get("/<uuid:sheet_id>/edit")
@needs(Permission.REFERRAL_LOG)
def edit(sheet_id: uuid.UUID) -> Response:
    """The form with what stands, before the sheet is sent."""
    sheet = own(current_actor(), sheet_id)
    data = {name: getattr(sheet, name) for name in DRAFT if name != "reporter_phone"}
    return _form(Form(SheetSchema(), data), sheet=sheet)


@blueprint.post("/<uuid:sheet_id>/edit")
@needs(Permission.REFERRAL_LOG)
def amend(sheet_id: uuid.UUID) -> Response:
    """Correct the sheet."""
    actor = current_actor()
    sheet = own(actor, sheet_id)
    form = Form.submitted(SheetSchema(), request.form)
    if form.valid:
        try:
            referrals.amend_sheet(actor, sheet_id, _draft(form))
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
    if not form.valid:
        return _form(form, sheet=sheet, status=422)
    toast("已保存")
    return redirect_to("referral_sheets.show", sheet_id=sheet_id)


@blueprint.post("/<uuid:sheet_id>/<name>")
@needs(Permission.REFERRAL_LOG)
def step(sheet_id: uuid.UUID, name: str) -> Response:
    """Take one of the steps."""
    actor = current_actor()
    sheet = referrals.find(actor, Sheet, sheet_id)
    if name not in BY_NAME:
        raise NotFound
    back = ("referral_sheets.show", {"sheet_id": sheet_id})
    return taken(
        actor,
        sheet.contract_id,
        sheet_id,
        BY_NAME[name],
        back=back,
        again=lambda refused, status: shown(actor, sheet, status=status, refused=refused),
    )


def shown(
    actor: Actor,
    sheet: Sheet,
    *,
    status: int = 200,
    refused: tuple[str, Form] | None = None,
    paper_form: Form | None = None,
    phone: str = "",
    phone_form: Form | None = None,
) -> Response:
    with_province = sheet.external_state is not ExternalState.NOT_SENT
    found = STEPS[sheet.state]
    if with_province and not referrals.is_bureau(actor):
        found = tuple(each for each in found if each.name != "settle")
    if not with_province:
        found = tuple(each for each in found if each.name != "external")

    def address(name: str) -> str:
        return url_for("referral_sheets.step", sheet_id=sheet.id, name=name)

    return page(
        "referrals/sheet.html",
        status=status,
        sheet=sheet,
        steps=offered(actor, sheet.contract_id, found, address, refused=refused),
        events=referrals.events_of(sheet),
        papers=referrals.papers_of(sheet),
        phone=phone or referrals.reporter_phone(sheet),
        phone_shown=bool(phone),
        phone_form=phone_form or Form(UnmaskSchema(), prefix="phone"),
        may_unmask=bool(sheet.reporter_phone) and actor.may(Permission.PII_UNMASK, sheet.contract_id),
        paper_form=paper_form or Form(PaperSchema(), prefix="paper"),
        may_log=actor.may(Permission.REFERRAL_LOG, sheet.contract_id),
        awaits_bureau=with_province and sheet.state is SheetState.JUDGED and not referrals.is_bureau(actor),
        ticket_url=url_if("ticket.show", ticket_id=sheet.ticket_id) if sheet.ticket_id else "",
        contract_number=numbers_of(actor).get(sheet.contract_id, ""),
        days=days_since(sheet.found_at),
        today=clock.today(),
    )


def _form(form: Form, *, sheet: Sheet | None = None, ticket: Ticket | None = None, status: int = 200) -> Response:
    return page("referrals/sheet_form.html", status=status, form=form, sheet=sheet, ticket=ticket)


def own(actor: Actor, sheet_id: uuid.UUID) -> Sheet:
    sheet = referrals.find(actor, Sheet, sheet_id)
    if not actor.may(Permission.REFERRAL_LOG, sheet.contract_id):
        raise Forbidden(permission=Permission.REFERRAL_LOG.value)
    return sheet


def _draft(form: Form) -> SheetDraft:
    return SheetDraft(**{name: form.values[name] for name in DRAFT})


def _ticket(actor: Actor, asked: str) -> Ticket | None:
    return tickets.find(actor, parse_id(asked)) if asked else None


def _from(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """What a ticket says already."""
    return {
        "title": tickets.shown(actor, ticket.title),
        "actual": tickets.shown(actor, ticket.text),
        "system": ticket.consulted_system,
        "kind": KINDS.get(ticket.kind, SheetKind.BUG),
        "channel": ticket.channel,
        "found_at": ticket.received_at,
        "contract_id": str(ticket.contract_id or ""),
        "ticket": str(ticket.id),
    }
