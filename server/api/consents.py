"""The privacy notice and the citizen's consent to it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import fields, validate

from server.api.http import (
    Body,
    any_version,
    fails,
    gives,
    idempotent,
    limited,
    needs_citizen,
    open_to_all,
    takes,
)
from server.api.schemas import Flag, Moment, Schema, Whole
from server.domain import identity
from server.domain.identity import Actor, NoticeMissing, NoticeOutdated

blueprint = Blueprint("consents", __name__)

LARGEST_VERSION = 1_000_000
MOST_SCOPES = 30


class ItemOut(Schema):
    """One thing that is collected."""

    key = fields.String(required=True, metadata={"description": "同意范围的标识。", "example": "phone"})
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    required = Flag(required=True, metadata={"description": "是否为提供服务所必需。"})


class PrivacyNoticeOut(Schema):
    """The privacy notice in force."""

    version = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    items = fields.List(fields.Nested(ItemOut), required=True)
    published_at = Moment(required=True)


class GiveConsent(Schema):
    """What the citizen agrees to."""

    version = Whole(required=True, validate=validate.Range(min=1, max=LARGEST_VERSION))
    scopes = fields.List(
        fields.String(validate=validate.Length(min=1, max=64)), required=True, validate=validate.Length(max=MOST_SCOPES)
    )


class ConsentOut(Schema):
    """How the citizen stands to the notice."""

    required = fields.Boolean(required=True, metadata={"description": "是否需要（重新）同意。"})
    version = fields.Integer(required=True, allow_none=True, metadata={"description": "现行版本。"})
    given = fields.Integer(required=True, allow_none=True, metadata={"description": "已同意的版本。"})
    scopes = fields.List(fields.String(), required=True)
    given_at = Moment(required=True, allow_none=True)


@blueprint.get("/privacy-notice")
@open_to_all
@any_version
@gives(PrivacyNoticeOut, etag=True)
@fails(NoticeMissing)
def notice() -> Any:
    """现行的隐私保护指引。"""
    return identity.current_privacy_notice()


@blueprint.get("/me/consents")
@needs_citizen
@gives(ConsentOut)
def show(actor: Actor) -> Any:
    """本人对现行指引的同意情况。"""
    return identity.consent_state(actor)


@blueprint.post("/me/consents")
@needs_citizen
@limited("20/hour")
@idempotent
@takes(GiveConsent)
@gives(ConsentOut, status=201)
@fails(NoticeMissing, NoticeOutdated)
def give(actor: Actor, body: Body) -> Any:
    """同意现行的隐私保护指引。

    ``scopes`` 须包含所有必需项；非必需项（例如手机号）可以不选，之后再补。
    """
    return identity.give_consent(actor, version=body["version"], scopes=body["scopes"])


@blueprint.delete("/me/consents/current")
@needs_citizen
@gives(None)
def withdraw(actor: Actor) -> None:
    """撤回同意。

    已绑定的手机号和昵称随之清除；已提交的问题不受影响。
    """
    identity.withdraw_consent(actor)
