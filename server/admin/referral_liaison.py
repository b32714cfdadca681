"""The liaison log (沟通记录) and the front-end databases (前置库), with no password on any page."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import Schema, fields

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, redirect_to, toast
from server.admin.referral_steps import choice, day, line, moment, numbers_of, places, words
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.core.ids import parse_id
from server.domain import referrals
from server.domain.identity import Actor, Permission
from server.domain.referrals import Application, DatabaseCard, FrontDatabase, Liaison, Medium

blueprint = Blueprint("referral_liaison", __name__, url_prefix="/admin/referrals")

CARD = ("name", "purpose", "product", "zone", "address", "account", "keeper", "note")
NO_PASSWORD = "不得填写密码、口令或密钥；写明由谁保管、如何领取。"  # noqa: S105 - a warning, not a password
MOST_CHOICES = 100


class LiaisonSchema(Schema):
    """A talk as it is written down."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    at = moment("沟通时间")
    medium = choice(Medium, "方式")
    with_unit = line("对方单位", needed=True)
    with_name = line("对方人员", longest=64)
    topic = line("主题", longest=120, needed=True)
    text = words("内容", needed=True, rows=6, help=NO_PASSWORD)
    result = words("结果", rows=2)
    follow_up = line("待跟进", longest=200)
    follow_up_on = day("跟进期限")
    application_id = fields.String(load_default="", metadata={"label": "关联数据申请", "placeholder": "不关联"})
    database_id = fields.String(load_default="", metadata={"label": "关联前置库", "placeholder": "不关联"})
    corrects = fields.String(load_default="", metadata={"widget": "hidden"})


class DatabaseSchema(Schema):
    """What may be kept of a front-end database."""

    name = line("名称", needed=True, placeholder="例如：市级前置库（生产）")
    purpose = line("用途", longest=200)
    product = line("数据库产品", longest=64, placeholder="例如：Oracle 19c、达梦 8")
    zone = line("网络区域", placeholder="例如：政务外网 前置区")
    address = line("地址和实例", placeholder="主机名或内网地址、端口、实例名")
    account = line("账号名", longest=64, help="只写账号名。")
    keeper = line("口令保管人", placeholder="例如：市数据局 运维处", help="口令向保管人领取，不在本系统登记。")
    note = words("说明", rows=3, help=NO_PASSWORD)


class NewDatabaseSchema(DatabaseSchema):
    """A new one, with whose it is."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})


class DatabaseVersionSchema(DatabaseSchema):
    """The same with the version that the writer saw."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})


@blueprint.get("/liaison/new")
@needs(Permission.REFERRAL_LOG)
def new() -> Response:
    """An empty entry, or the correction of one (``corrects``)."""
    actor = current_actor()
    choices = _choices(actor)
    data: dict[str, Any] = {"medium": Medium.PHONE, "at": clock.now()}
    if len(choices["contract_id"]) == 1:
        data["contract_id"] = choices["contract_id"][0][0]
    wrong = _corrected(actor, request.args.get("corrects", ""))
    if wrong is not None:
        data |= {name: getattr(wrong, name) for name in LiaisonSchema().fields if hasattr(wrong, name)}
        data |= {name: str(getattr(wrong, name) or "") for name in ("contract_id", "application_id", "database_id")}
        data["corrects"] = str(wrong.id)
    return _form(Form(LiaisonSchema(), data, choices=choices), wrong)


@blueprint.post("/liaison/new")
@needs(Permission.REFERRAL_LOG)
def create() -> Response:
    """Write it down."""
    actor = current_actor()
    wrong = _corrected(actor, request.form.get("corrects", ""))
    form = Form.submitted(LiaisonSchema(), request.form, choices=_choices(actor))
    if not form.valid:
        return _form(form, wrong, status=422)
    values = dict(form.values)
    del values["corrects"]
    asked = {name: values.pop(name) for name in ("application_id", "database_id")}
    keys: dict[str, Any] = {name: uuid.UUID(text) if text else None for name, text in asked.items()}
    contract_id = uuid.UUID(values.pop("contract_id"))
    try:
        made = referrals.log_liaison(
            actor, contract_id=contract_id, corrects_id=wrong.id if wrong else None, **keys, **values
        )
    except (Invalid, Conflict) as refused:
        form.refuse(getattr(refused, "fields", None), refused.text)
        return _form(form, wrong, status=422)
    toast(f"已登记 {made.number}")
    return redirect_to("referral_liaison.show", liaison_id=made.id)


@blueprint.get("/liaison/<uuid:liaison_id>")
@needs(Permission.REFERRAL_VIEW)
def show(liaison_id: uuid.UUID) -> Response:
    """One entry."""
    actor = current_actor()
    entry = referrals.find(actor, Liaison, liaison_id)
    return page(
        "referrals/liaison_entry.html",
        entry=entry,
        application=referrals.find(actor, Application, entry.application_id) if entry.application_id else None,
        database=referrals.find(actor, FrontDatabase, entry.database_id) if entry.database_id else None,
        corrected=referrals.find(actor, Liaison, entry.corrects_id) if entry.corrects_id else None,
        correction=referrals.correction_of(actor, entry),
        may_log=actor.may(Permission.REFERRAL_LOG, entry.contract_id),
        contract_number=numbers_of(actor).get(entry.contract_id, ""),
        today=clock.today(),
    )


@blueprint.post("/liaison/<uuid:liaison_id>/follow")
@needs(Permission.REFERRAL_LOG)
def follow(liaison_id: uuid.UUID) -> Response:
    """What was to follow is done."""
    referrals.follow_liaison(current_actor(), liaison_id)
    toast("已完成跟进")
    return redirect_to("referral_liaison.show", liaison_id=liaison_id)


@blueprint.get("/databases/new")
@needs(Permission.REFERRAL_LOG)
def new_database() -> Response:
    """An empty card."""
    choices = places(current_actor())
    data = {"contract_id": choices[0][0]} if len(choices) == 1 else {}
    return _card_form(Form(NewDatabaseSchema(), data, choices={"contract_id": choices}))


@blueprint.post("/databases/new")
@needs(Permission.REFERRAL_LOG)
def create_database() -> Response:
    """Note a front-end database."""
    actor = current_actor()
    form = Form.submitted(NewDatabaseSchema(), request.form, choices={"contract_id": places(actor)})
    if form.valid:
        try:
            referrals.note_database(actor, _card(form), contract_id=uuid.UUID(form.values["contract_id"]))
        except (Invalid, Conflict) as refused:
            form.refuse(getattr(refused, "fields", None), refused.text)
    if not form.valid:
        return _card_form(form, status=422)
    toast("已登记前置库")
    return redirect_to("referrals.liaison")


@blueprint.get("/databases/<uuid:database_id>")
@needs(Permission.REFERRAL_LOG)
def edit_database(database_id: uuid.UUID) -> Response:
    """The card with what stands."""
    database = _own(current_actor(), database_id)
    data = {name: getattr(database, name) for name in (*CARD, "version")}
    return _card_form(Form(DatabaseVersionSchema(), data), database)


@blueprint.post("/databases/<uuid:database_id>")
@needs(Permission.REFERRAL_LOG)
def amend_database(database_id: uuid.UUID) -> Response:
    """Bring the card up to date."""
    actor = current_actor()
    database = _own(actor, database_id)
    form = Form.submitted(DatabaseVersionSchema(), request.form)
    if form.valid:
        try:
            referrals.amend_database(actor, database_id, _card(form), version=form.values["version"])
        except (Invalid, Conflict) as refused:
            form.refuse(getattr(refused, "fields", None), refused.text)
    if not form.valid:
        return _card_form(form, database, status=422)
    toast("已保存")
    return redirect_to("referrals.liaison")


def _choices(actor: Actor) -> dict[str, Choices]:
    """The contracts, applications and databases that an entry can name."""
    recent = session().scalars(referrals.matching(actor, Application).limit(MOST_CHOICES))
    return {
        "contract_id": places(actor),
        "application_id": [(str(each.id), f"{each.number} {each.item}") for each in recent],
        "database_id": [(str(each.id), each.name) for each in referrals.databases(actor)],
    }


def _corrected(actor: Actor, asked: str) -> Liaison | None:
    """The entry that the new one corrects, if one is named."""
    if not asked:
        return None
    wrong = referrals.find(actor, Liaison, parse_id(asked))
    if referrals.correction_of(actor, wrong) is not None:
        raise NotFound("这条记录已有更正。")
    return wrong


def _own(actor: Actor, database_id: uuid.UUID) -> FrontDatabase:
    database = referrals.find(actor, FrontDatabase, database_id)
    if not actor.may(Permission.REFERRAL_LOG, database.contract_id):
        raise Forbidden(permission=Permission.REFERRAL_LOG.value)
    return database


def _card(form: Form) -> DatabaseCard:
    return DatabaseCard(**{name: form.values[name] for name in CARD})


def _form(form: Form, wrong: Liaison | None, *, status: int = 200) -> Response:
    return page("referrals/liaison_form.html", status=status, form=form, wrong=wrong)


def _card_form(form: Form, database: FrontDatabase | None = None, *, status: int = 200) -> Response:
    return page("referrals/database_form.html", status=status, form=form, database=database)
