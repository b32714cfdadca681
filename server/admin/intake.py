"""Registering a ticket that came by telephone, in person, or by any other way than the mini program."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, toast
from server.admin.uploads import kept_ids, pictures_field, take
from server.core import db
from server.core.clock import LOCAL
from server.core.errors import Invalid
from server.core.idempotency import Answer, claim, complete, scope_of
from server.core.ids import digest
from server.domain import contracts, tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import AskerKind, Channel, ConsultKind, Kind, Severity, Ticket
from server.gateways.images import PictureRefused

blueprint = Blueprint("intake", __name__, url_prefix="/admin/tickets")

BY_HAND = [channel for channel in Channel if channel not in (Channel.MINI_PROGRAM, Channel.CRASH)]
NO_CONTRACT = "none"
UNKNOWN = "unknown"
ASKERS = [(UNKNOWN, "未注明"), *AskerKind.choices()]
ABOUT = [(UNKNOWN, "未注明"), *ConsultKind.choices()]
KEY = 64
EARLIEST = datetime(2000, 1, 1, tzinfo=LOCAL)


class TicketSchema(Schema):
    """A matter as somebody tells it."""

    channel = fields.Enum(
        Channel,
        by_value=True,
        required=True,
        metadata={"label": "渠道", "choices": [(each.value, each.label) for each in BY_HAND]},
    )
    kind = fields.Enum(Kind, by_value=True, required=True, metadata={"label": "类型"})
    title = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"label": "标题", "help": "不填则取描述的开头。", "placeholder": "一句话说明出了什么问题"},
    )
    text = fields.String(
        required=True,
        validate=validate.Length(max=5000),
        metadata={"label": "问题描述", "rows": "6", "placeholder": "现象、影响范围、从什么时候开始、对方的原话"},
    )
    severity = fields.Enum(Severity, by_value=True, required=True, metadata={"label": "级别"})
    business_stopped = fields.Boolean(
        load_default=False,
        metadata={"label": "业务已中断", "help": "“重大”并且业务中断时，立即开始计算到场时限。"},
    )
    contract_id = fields.String(
        required=True, metadata={"label": "所属合同", "help": "响应和到场时限按该合同的约定计算。"}
    )
    received_at = fields.AwareDateTime(
        load_default=None,
        default_timezone=LOCAL,
        validate=validate.Range(min=EARLIEST, error="时间过早，请检查年份。"),
        metadata={"label": "接报时间", "help": "不填即为现在。时限从接报时间起算。"},
    )
    asker_kind = fields.String(
        load_default=UNKNOWN,
        validate=validate.OneOf([value for value, _ in ASKERS]),
        metadata={"label": "咨询对象", "choices": ASKERS},
    )
    consult_kind = fields.String(
        load_default=UNKNOWN,
        validate=validate.OneOf([value for value, _ in ABOUT]),
        metadata={"label": "咨询类别", "choices": ABOUT},
    )
    consulted_system = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"label": "涉及系统", "placeholder": "例如：全程电子化登记系统", "autocomplete": "off"},
    )
    contact_name = fields.String(
        load_default="", validate=validate.Length(max=64), metadata={"label": "联系人", "autocomplete": "off"}
    )
    contact_phone = fields.String(
        load_default="",
        validate=validate.Length(max=30),
        metadata={"label": "联系电话", "widget": "tel", "autocomplete": "off", "help": "加密保存，页面上只显示首尾。"},
    )
    pictures = pictures_field("截图或照片")


@blueprint.get("/new")
@needs(Permission.TICKET_OPEN)
def new() -> Response:
    """An empty form; one contract is chosen already where there is only one."""
    actor = current_actor()
    choices = _contracts(actor)
    usual: dict[str, Any] = {"channel": Channel.PHONE, "kind": Kind.FAULT, "severity": Severity.NORMAL}
    if choices:
        usual["contract_id"] = choices[0][0]
    return _page(Form(TicketSchema(), usual, choices={"contract_id": choices}), secrets.token_urlsafe(16), [])


@blueprint.post("/new")
@needs(Permission.TICKET_OPEN)
def create() -> Response:
    """Register it. The same form sent twice registers one ticket."""
    actor = current_actor()
    with db.reading():
        choices = _contracts(actor)
    form = Form.submitted(TicketSchema(), request.form, request.files, choices={"contract_id": choices})
    key = request.form.get("form_key", "")[:KEY]
    pictures = kept_ids(request.form.getlist("upload_ids"))
    if not form.valid:
        return _page(form, key, pictures, status=422)
    try:
        pictures += take(actor, form.values["pictures"])
        with db.unit():
            where = _registered_once(actor, form, key, pictures)
    except PictureRefused as refused:
        form.refuse({"pictures": [refused.text]})
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
    else:
        return current_app.make_response(redirect(where, code=303))
    with db.reading():
        return _page(form, key, pictures, status=422)


def _registered_once(actor: Actor, form: Form, key: str, pictures: list[uuid.UUID]) -> str:
    """The new ticket's address, or that of the ticket that this very form has made before."""
    words = digest(repr(sorted((name, str(value)) for name, value in form.data.items() if name != "pictures")))
    held = claim(scope_of(f"officer:{actor.id}", "POST", request.path, f"{key}:{words}"), words)
    if isinstance(held, Answer):
        return held.headers["Location"]
    ticket = _register(actor, form.values, pictures)
    where = url_for("ticket.show", ticket_id=ticket.id)
    complete(held, Answer(303, {"Location": where}, b""))
    toast(f"已登记 {ticket.number}")
    return where


def _register(actor: Actor, values: dict[str, Any], pictures: list[uuid.UUID]) -> Ticket:
    apart = ("contract_id", "pictures", "asker_kind", "consult_kind")
    told = {name: value for name, value in values.items() if name not in apart}
    chosen, asker, about = values["contract_id"], values["asker_kind"], values["consult_kind"]
    if values["kind"] is not Kind.CONSULTATION:
        asker = about = UNKNOWN
        told["consulted_system"] = ""
    return tickets.open(
        actor,
        contract_id=None if chosen == NO_CONTRACT else uuid.UUID(chosen),
        upload_ids=pictures,
        asker_kind=None if asker == UNKNOWN else AskerKind(asker),
        consult_kind=None if about == UNKNOWN else ConsultKind(about),
        **told,
    )


def _contracts(actor: Actor) -> Choices:
    """The contracts under which the actor may register; only who may everywhere can leave it open."""
    scope = actor.contracts_for(Permission.TICKET_OPEN)
    found = [(str(key), name) for key, name in contracts.titles(actor).items() if scope is None or key in scope]
    return [*found, (NO_CONTRACT, "暂不归属合同")] if scope is None else found


def _page(form: Form, key: str, pictures: list[uuid.UUID], *, status: int = 200) -> Response:
    kept = [tickets.find_attachment(current_actor(), each) for each in pictures]
    return page("tickets/new.html", status=status, form=form, form_key=key, kept=kept)
