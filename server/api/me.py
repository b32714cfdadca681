"""The citizen's own account: profile, phone number, copy of the data, deletion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint
from marshmallow import fields

from server.api.consents import ConsentOut
from server.api.http import Body, fails, gives, idempotent, limited, needs_citizen, takes
from server.api.schemas import Id, Moment, Schema, Text
from server.api.sessions import WechatCodeInvalid, refusal_of
from server.core import clock
from server.core.db import reading, unit
from server.domain import calendar, identity, knowledge, notices, tickets, training
from server.domain.identity import Actor, Citizen, ConsentRequired
from server.gateways import queue, wechat

blueprint = Blueprint("me", __name__)

# GB/T 35273: an account is cancelled within fifteen working days.
DELETION_WORKING_DAYS = 15

# What each room knows of a citizen, by the name that it has in the copy.
COPIES: dict[str, Callable[[Actor], Any]] = {
    "identity": identity.export_data,
    "tickets": lambda actor: tickets.copy_of(actor.id) if actor.id else [],
    "messages": lambda actor: notices.own_data(actor.id) if actor.id else {},
    "opinions": lambda actor: knowledge.copy_of(actor.id) if actor.id else [],
    "trainings": lambda actor: training.copy_of(actor.id) if actor.id else [],
}


class MeOut(Schema):
    """The account."""

    id = Id(required=True)
    nickname = fields.String(required=True)
    phone_masked = fields.String(required=True, allow_none=True, metadata={"example": "138****8000"})
    registered_at = Moment(required=True)
    consent = fields.Nested(ConsentOut, required=True)


class Profile(Schema):
    """What a citizen may change."""

    nickname = Text(longest=32, required=True)


class PhoneCode(Schema):
    """What the ``getPhoneNumber`` button gave."""

    code = Text(longest=128, required=True, metadata={"description": "getPhoneNumber 按钮得到的 code，只能用一次。"})


class Copy(Schema):
    """Everything that we hold about the citizen."""

    made_at = Moment(required=True)
    data = fields.Dict(keys=fields.String(), required=True, metadata={"description": "按业务分组的本人数据。"})


class DeletionOut(Schema):
    """The receipt of a cancelled account."""

    id = Id(required=True)
    requested_at = Moment(required=True)
    due_on = fields.Date(
        required=True, allow_none=True, metadata={"description": "全部清除的最后期限；工作日历未维护时为 null。"}
    )


@blueprint.get("/me")
@needs_citizen
@gives(MeOut, etag=True)
def show(actor: Actor) -> Any:
    """本人资料。"""
    return _told(actor, identity.find_citizen(actor))


@blueprint.put("/me")
@needs_citizen
@limited("20/hour")
@takes(Profile)
@gives(MeOut)
@fails(ConsentRequired)
def edit(actor: Actor, body: Body) -> Any:
    """修改昵称。须已同意隐私保护指引。"""
    return _told(actor, identity.set_profile(actor, nickname=body["nickname"]))


@blueprint.post("/me/phone")
@needs_citizen
@limited("10/hour")
@idempotent(calls_out=True)
@takes(PhoneCode)
@gives(MeOut)
@fails(ConsentRequired, WechatCodeInvalid)
def set_phone(actor: Actor, body: Body) -> Any:
    """绑定微信验证过的手机号。须已同意隐私保护指引中的手机号一项。"""
    with reading():
        identity.require_consent(actor, "phone")
    try:
        phone = wechat.phone_number(body["code"])
    except wechat.WechatError as error:
        raise refusal_of(error) from error
    # Numbers of the mainland without their country code, as everybody writes and searches them.
    number = phone.pure if phone.country == "86" else f"+{phone.country}{phone.pure}"
    return _told(actor, identity.set_phone(actor, phone=number))


@blueprint.delete("/me/phone")
@needs_citizen
@gives(None)
def clear_phone(actor: Actor) -> None:
    """解绑手机号。"""
    identity.clear_phone(actor)


@blueprint.get("/me/export")
@needs_citizen
@limited("5/hour")
@gives(Copy)
def export(actor: Actor) -> Any:
    """本人数据的副本（个人信息保护法第四十五条）。"""
    # A reading request, but the copy itself is recorded.
    with unit():
        return {"made_at": clock.now(), "data": {name: copy(actor) for name, copy in COPIES.items()}}


@blueprint.delete("/me")
@needs_citizen
@limited("5/hour")
@gives(DeletionOut, status=202)
def delete(actor: Actor) -> Any:
    """注销账号。

    身份信息和登录立即清除，不可恢复；已提交的问题保留编号和处理记录，与本人脱钩，在十五个工作日内全部完成。
    """
    asked = identity.delete_citizen(actor, due_on=_due_on())
    args = {"citizen_id": str(asked.citizen_id), "request_id": str(asked.id)}
    queue.put("citizens.forget", args, dedupe_key=f"citizens.forget:{asked.id}")
    return asked


def _told(actor: Actor, citizen: Citizen) -> dict[str, Any]:
    return {
        "id": citizen.id,
        "nickname": citizen.nickname,
        "phone_masked": identity.masked_phone_of(citizen),
        "registered_at": citizen.created_at,
        "consent": identity.consent_state(actor),
    }


def _due_on() -> date | None:
    """The last day of the promise; unknown while the calendar of that year is missing."""
    try:
        return calendar.working_days_after(calendar.load(), clock.today(), DELETION_WORKING_DAYS).on
    except calendar.CalendarMissing:
        return None
