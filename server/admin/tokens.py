"""API tokens: who holds which, issuing one, revoking one."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import clock, db
from server.core.errors import Invalid
from server.core.ids import parse_id
from server.domain import contracts, identity
from server.domain.identity import ApiToken, Officer, OfficerState, PeopleFilters, Permission

blueprint = Blueprint("tokens", __name__, url_prefix="/admin/tokens")

COLUMNS = (
    Column("name", "名称", sort="name", optional=False),
    Column("holder", "持有人", sort="holder"),
    Column("scopes", "权限"),
    Column("contract", "合同"),
    Column("networks", "来源地址"),
    Column("state", "状态"),
    Column("expires_at", "到期", sort="expires_at"),
    Column("last_used_at", "最近使用", sort="last_used_at"),
    Column("created_at", "签发时间", sort="created_at", shown=False),
)
ORDERS = {
    "name": ApiToken.name,
    "holder": Officer.name,
    "expires_at": ApiToken.expires_at,
    "last_used_at": ApiToken.last_used_at,
    "created_at": ApiToken.created_at,
}


class TokenSchema(Schema):
    """What the token is for, what it may do, from where, and how long."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={"label": "名称", "placeholder": "例如：发布流水线"},
    )
    scopes = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1, error="请至少选择一项权限。"),
        metadata={"label": "权限", "widget": "checkboxes"},
    )
    contract_id = fields.String(
        metadata={"label": "合同", "widget": "select", "help": "运维单位的令牌只对一份合同有效。"}
    )
    days = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=365),
        metadata={"label": "有效天数", "help": "最长 365 天。"},
    )
    networks = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={
            "label": "允许的来源地址",
            "widget": "textarea",
            "rows": 3,
            "help": "每行一个 IP 地址或 CIDR 网段；不填则不限制来源。",
            "placeholder": "203.0.113.0/24",
        },
    )


@blueprint.get("/")
@needs(Permission.TOKEN_MANAGE)
def index() -> Response:
    """The list; those that work first to be seen, the others on request."""
    actor = current_actor()
    listing = Listing("tokens", COLUMNS, request.args, default_sort="-created_at")
    query = identity.tokens_matching(actor, live=not request.args.get("all"))
    found = paged(query, listing, ORDERS, tie=ApiToken.id)
    return page(
        "tokens/index.html",
        "tokens/_rows.html",
        listing=listing,
        found=found,
        rows=[{"id": token.id, "token": token, "holder": holder} for token, holder in found.items],
        titles=contracts.titles(actor),
        label_of=lambda value: Permission(value).label,
    )


@blueprint.get("/new")
@needs(Permission.TOKEN_MANAGE, step_up=True)
def new() -> Response:
    """First the holder, then what the holder's token may do."""
    asked = request.args.get("officer", "")
    if not asked:
        return page("tokens/new.html", holder=None, holders=_holders(), form=None)
    holder = identity.find_officer(parse_id(asked))
    return _form(holder, Form(TokenSchema(), {"days": 90}, choices=_choices(holder)))


@blueprint.post("/new")
@needs(Permission.TOKEN_MANAGE, step_up=True)
def issue() -> Response:
    """The token is shown this once."""
    holder = identity.find_officer(parse_id(request.args.get("officer", "")))
    form = Form.submitted(TokenSchema(), request.form, choices=_choices(holder))
    if not form.valid:
        return _form(holder, form, status=422)
    values = form.values
    contract = values.get("contract_id")
    try:
        made = identity.issue_token(
            current_actor(),
            officer_id=holder.id,
            name=values["name"],
            scopes=[Permission(value) for value in values["scopes"]],
            days=values["days"],
            contract_id=uuid.UUID(contract) if contract else None,
            networks=values["networks"].split(),
        )
    except Invalid as refused:
        form.refuse(refused.fields, refused.text)
        return _form(holder, form, status=422)
    return page("tokens/issued.html", made=made, holder=holder)


@blueprint.post("/<uuid:token_id>/revoke")
@needs(Permission.TOKEN_MANAGE, step_up=True)
def revoke(token_id: uuid.UUID) -> Response:
    """It stops at once."""
    token = identity.revoke_token(current_actor(), token_id)
    toast(f"已撤销令牌 {token.name}")
    return redirect_to("tokens.index")


@blueprint.app_template_test("expired")
def is_expired(token: ApiToken) -> bool:
    """Whether its time is over."""
    return token.expires_at <= clock.now()


def _holders() -> list[tuple[str, str]]:
    query = identity.people_matching(current_actor(), PeopleFilters(state=OfficerState.ACTIVE)).order_by(Officer.name)
    return [(str(officer.id), f"{officer.name}（{of.name}）") for officer, of in db.session().execute(query)]


def _choices(holder: Officer) -> dict[str, list[tuple[str, str]]]:
    """What the holder may do, and the holder's contracts."""
    held = identity.roles_of([holder.id]).get(holder.id, [])
    titles = contracts.titles(current_actor())
    own = dict.fromkeys(contract_id for _, contract_id in held if contract_id)
    return {
        "scopes": [(each.value, each.label) for each in Permission if each in identity.grants_of(held)],
        "contract_id": [(str(contract_id), titles.get(contract_id, str(contract_id))) for contract_id in own],
    }


def _form(holder: Officer, form: Form, *, status: int = 200) -> Response:
    return page("tokens/new.html", holder=holder, holders=[], form=form, status=status)
