"""订阅消息：可以订阅的种类，以及用户在弹窗中的回答。"""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from marshmallow import fields, validate

from server.api.http import Body, gives, idempotent, limited, needs_citizen, takes
from server.api.schemas import Schema
from server.domain import notices
from server.domain.identity import Actor
from server.domain.notices import KINDS, Answer

blueprint = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")

MOST = 10


class TemplateOut(Schema):
    """A kind of message that a citizen may subscribe to."""

    key = fields.String(required=True, metadata={"description": "消息种类。"})
    template_id = fields.String(required=True, metadata={"description": "传给 wx.requestSubscribeMessage 的模板编号。"})
    title = fields.String(required=True, metadata={"description": "模板标题。"})
    purpose = fields.String(required=True, metadata={"description": "向用户说明订阅的用处。"})
    sample = fields.Dict(
        keys=fields.String(), values=fields.String(), required=True, metadata={"description": "示例内容。"}
    )
    remaining = fields.Integer(required=True, metadata={"description": "还可以发送的次数。"})


class TemplatesOut(Schema):
    """All kinds of message of this installation."""

    items = fields.List(fields.Nested(TemplateOut), required=True)


class Answers(Schema):
    """What ``wx.requestSubscribeMessage`` answered, by template id."""

    results = fields.Dict(
        keys=fields.String(validate=validate.Length(min=1, max=64)),
        values=fields.String(validate=validate.OneOf([answer.value for answer in Answer])),
        required=True,
        validate=validate.Length(min=1, max=MOST),
        metadata={
            "description": "模板编号到回答：accept、reject、ban、filter。",
            "minProperties": 1,
            "maxProperties": MOST,
        },
    )


class RemainingOut(Schema):
    """What remains of each kind that was answered."""

    remaining = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "模板编号到还可以发送的次数。"},
    )


@blueprint.get("/templates")
@needs_citizen
@limited("60/minute")
@gives(TemplatesOut)
def index(actor: Actor) -> Any:
    """可以请用户订阅的消息模板。"""
    left = notices.remaining_of(actor.id) if actor.id else {}
    items = [
        {
            "key": template.key,
            "template_id": template.template_id,
            "title": KINDS[template.key].title,
            "purpose": KINDS[template.key].purpose,
            "sample": dict(KINDS[template.key].sample),
            "remaining": left.get(template.key, 0),
        }
        for template in notices.templates()
    ]
    return {"items": items}


@blueprint.post("")
@needs_citizen
@limited("30/minute")
@idempotent
@takes(Answers)
@gives(RemainingOut)
def new(actor: Actor, body: Body) -> Any:
    """记录 wx.requestSubscribeMessage 的结果；每次同意可发送一条消息。"""
    results = {template_id: Answer(answer) for template_id, answer in body["results"].items()}
    return {"remaining": notices.grant(actor, results=results)}
