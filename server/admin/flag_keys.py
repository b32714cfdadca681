"""Client keys: who may have flags evaluated over OFREP; issuing one, revoking one."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.flag_words import member
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core.errors import Invalid
from server.domain import flags
from server.domain.flags import Environment, FlagClientKey
from server.domain.identity import Permission

blueprint = Blueprint("flag_keys", __name__, url_prefix="/admin/flag-keys")

COLUMNS = (
    Column("name", "用途", sort="name", optional=False),
    Column("environment", "环境"),
    Column("origins", "网页来源"),
    Column("state", "状态"),
    Column("created_by", "签发人"),
    Column("created_at", "签发时间", sort="created_at"),
)
ORDERS = {"name": FlagClientKey.name, "created_at": FlagClientKey.created_at}


class KeySchema(Schema):
    """What the key is for, which environment it reads, and from which web pages."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": "用途", "placeholder": "例如：办件大屏"},
    )
    environment = fields.Enum(Environment, by_value=True, required=True, metadata={"label": "环境"})
    origins = fields.String(
        load_default="",
        validate=validate.Length(max=4000),
        metadata={
            "label": "允许的网页来源",
            "widget": "textarea",
            "rows": "3",
            "placeholder": "https://h5.example.gov.cn",
            "help": "每行一个。只有浏览器中的网页需要填写；服务端程序留空。",
        },
    )


@blueprint.get("/")
@needs(Permission.FLAG_KEY_MANAGE)
def index() -> Response:
    """Those that work; the others on request."""
    listing = Listing("flag-keys", COLUMNS, request.args, default_sort="-created_at")
    query = flags.keys_matching(
        current_actor(), member(Environment, request.args.get("environment", "")), live=not request.args.get("all")
    )
    return page(
        "flag_keys/index.html",
        "flag_keys/_rows.html",
        listing=listing,
        found=paged(query, listing, ORDERS, tie=FlagClientKey.id),
        environments=Environment.choices(),
    )


@blueprint.get("/new")
@needs(Permission.FLAG_KEY_MANAGE, step_up=True)
def new() -> Response:
    return page("flag_keys/new.html", form=Form(KeySchema(), {"environment": Environment.RELEASE}))


@blueprint.post("/new")
@needs(Permission.FLAG_KEY_MANAGE, step_up=True)
def issue() -> Response:
    """The secret is shown this once."""
    form = Form.submitted(KeySchema(), request.form)
    if form.valid:
        values = form.values
        try:
            made = flags.issue_key(
                current_actor(), values["environment"], name=values["name"], origins=values["origins"].split()
            )
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            return page("flag_keys/issued.html", made=made, ofrep_url=f"{request.host_url}ofrep/v1")
    return page("flag_keys/new.html", status=422, form=form)


@blueprint.post("/<uuid:key_id>/revoke")
@needs(Permission.FLAG_KEY_MANAGE, step_up=True)
def revoke(key_id: uuid.UUID) -> Response:
    """It stops at once."""
    key = flags.revoke_key(current_actor(), key_id)
    toast(f"已撤销密钥 {key.name}")
    return redirect_to("flag_keys.index")
