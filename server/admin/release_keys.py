"""The public keys by which pushes are signed: entering one, revoking one, and how a pipeline uses the private half."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, request
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Choices, Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import contracts, releases
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, Permission
from server.settings import Settings

blueprint = Blueprint("release_keys", __name__, url_prefix="/admin/releases/keys")


class KeySchema(Schema):
    """A public key, whose it is."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=64),
        metadata={"label": "名称", "placeholder": "例如：发布流水线"},
    )
    contract_id = fields.String(required=True, metadata={"label": "合同", "widget": "select"})
    public_key = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": "公钥",
            "widget": "textarea",
            "rows": "4",
            "help": "Ed25519 公钥：PEM、OpenSSH 一行或 base64 均可。私钥留在流水线，不要提交到这里。",
            "placeholder": "-----BEGIN PUBLIC KEY-----",
        },
    )


class RevokeSchema(Schema):
    """Why a key is worthless."""

    reason = fields.String(required=True, validate=validate.Length(max=200), metadata={"label": "撤销原因"})


@blueprint.get("/")
@needs(Permission.RELEASE_VIEW)
def index() -> Response:
    """The keys, and how to use one."""
    return _page(current_actor())


@blueprint.post("/")
@needs(Permission.RELEASE_KEY_MANAGE, step_up=True)
def add() -> Response:
    """Enter a key."""
    actor = current_actor()
    form = Form.submitted(KeySchema(), request.form, choices={"contract_id": _contracts(actor)}, prefix="new")
    if not form.valid:
        return _page(actor, new=form, status=422)
    values = dict(form.values)
    contract_id = uuid.UUID(values.pop("contract_id"))
    try:
        key = releases.add_key(actor, contract_id, **values)
    except (Invalid, Conflict) as refused:
        form.refuse(getattr(refused, "fields", None) or {"public_key": [refused.text]}, refused.text)
        return _page(actor, new=form, status=422)
    toast(f"已登记公钥 {key.name}")
    return redirect_to("release_keys.index")


@blueprint.post("/<uuid:key_id>/revoke")
@needs(Permission.RELEASE_KEY_MANAGE, step_up=True)
def revoke(key_id: uuid.UUID) -> Response:
    """From now on worthless."""
    actor = current_actor()
    form = Form.submitted(RevokeSchema(), request.form, prefix=f"revoke-{key_id}")
    if not form.valid:
        return _page(actor, revoking=(key_id, form), status=422)
    key = releases.revoke_key(actor, key_id, reason=form.values["reason"])
    toast(f"已撤销公钥 {key.name}")
    return redirect_to("release_keys.index")


def _page(
    actor: Actor, *, new: Form | None = None, revoking: tuple[uuid.UUID, Form] | None = None, status: int = 200
) -> Response:
    manages = actor.may(Permission.RELEASE_KEY_MANAGE)
    keys = session().scalars(releases.keys_matching(actor)).all()
    settings: Settings = current_app.config["SETTINGS"]
    forms = {key.id: Form(RevokeSchema(), prefix=f"revoke-{key.id}") for key in keys if key.revoked_at is None}
    if revoking is not None and revoking[0] in forms:
        forms[revoking[0]] = revoking[1]
    return page(
        "releases/keys.html",
        status=status,
        keys=keys,
        manages=manages,
        titles=_titles(actor),
        new=new or Form(KeySchema(), choices={"contract_id": _contracts(actor)}, prefix="new") if manages else None,
        forms_of=forms,
        reopened=revoking[0] if revoking else None,
        base_url=settings.base_url,
        contract_number=_number(actor),
    )


def _contracts(actor: Actor) -> Choices:
    """The contracts that can push: those of the mini program, the one in force first."""
    now = contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today())
    return sorted(((str(key), title) for key, title in _titles(actor).items()), key=lambda pair: pair[0] != str(now))


def _number(actor: Actor) -> str:
    """The number of the contract that maintains the mini program, which a push names."""
    now = contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today())
    return _titles(actor).get(now, "").partition(" ")[0] if now else ""


def _titles(actor: Actor) -> dict[uuid.UUID, str]:
    may = actor.may(Permission.CONTRACT_VIEW) or actor.may(Permission.PEOPLE_VIEW)
    return contracts.titles(actor) if may else {}
