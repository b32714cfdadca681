"""Signing in: WeChat's one-time code for tokens of our own, refreshing, signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, request
from marshmallow import fields

from server.api.http import Body, fails, gives, idempotent, limited, needs_citizen, open_to_all, takes
from server.api.schemas import Id, Schema, Text
from server.core.errors import Forbidden, Invalid, Unavailable
from server.domain import identity
from server.domain.identity import Actor, Lifetimes, RefreshReused, RefreshSuperseded, TokenInvalid, Tokens
from server.gateways import wechat
from server.settings import Settings

blueprint = Blueprint("sessions", __name__)

# Long enough for a phone to find its way out of a lift, short enough for an answer that holds live tokens.
KEPT = timedelta(minutes=10)
RISKY_USER = 40226
# Many people of one village share an address of their operator.
BY_ADDRESS = "120/minute;3000/hour"


class WechatCodeInvalid(Invalid):
    """The code was used before or is too old; a fresh one is needed."""

    code = "wechat_code_invalid"
    message = "微信授权码无效或已使用，请重试。"


class WechatAccountBlocked(Forbidden):
    """WeChat takes this user for a risk."""

    code = "wechat_account_blocked"
    message = "微信判定该账号存在风险，暂时无法登录。"


class SignIn(Schema):
    """What ``wx.login`` gave."""

    code = Text(
        longest=128, required=True, metadata={"description": "wx.login 得到的 code，五分钟内有效，只能用一次。"}
    )


class Refresh(Schema):
    """The refresh token of the last answer."""

    refresh_token = Text(longest=128, required=True, metadata={"description": "上次得到的刷新令牌，只能用一次。"})


class CitizenOut(Schema):
    """Who signed in."""

    id = Id(required=True)
    nickname = fields.String(required=True)
    phone_masked = fields.String(required=True, allow_none=True, metadata={"example": "138****8000"})


class ConsentNeed(Schema):
    """Whether the privacy notice has to be agreed to first."""

    required = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True, metadata={"description": "现行版本；尚未发布时为 null。"})


class TokensOut(Schema):
    """A pair of tokens."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True, metadata={"example": "Bearer"})
    expires_in = fields.Integer(required=True, metadata={"description": "访问令牌的有效秒数。"})
    citizen = fields.Nested(CitizenOut, required=True)
    consent = fields.Nested(ConsentNeed, required=True)


@blueprint.post("/sessions")
@open_to_all
@limited(BY_ADDRESS)
@idempotent(kept=KEPT, calls_out=True)
@takes(SignIn)
@gives(TokensOut, status=201)
@fails(WechatCodeInvalid, WechatAccountBlocked, Unavailable)
def new(actor: Actor, body: Body) -> Any:
    """微信登录。

    不需要事先同意隐私保护指引；涉及个人信息的接口才需要。微信暂时不可用时返回 503，请稍后用新的 code 再试。
    """
    try:
        login = wechat.code2session(body["code"])
    except wechat.WechatError as error:
        raise refusal_of(error) from error
    tokens = identity.sign_in_citizen(
        actor,
        openid=login.openid,
        unionid=login.unionid,
        session_key=login.session_key,
        device=_device(),
        lifetimes=_lifetimes(),
    )
    return _told(tokens)


@blueprint.post("/sessions/refresh")
@open_to_all
@limited(BY_ADDRESS)
@idempotent(kept=KEPT, caller_field="refresh_token")
@takes(Refresh)
@gives(TokensOut, status=201)
@fails(TokenInvalid, RefreshReused, RefreshSuperseded)
def refresh(actor: Actor, body: Body) -> Any:
    """用刷新令牌换取新令牌。

    刷新令牌只能用一次。没有收到答复时，用同一 Idempotency-Key 重发，得到同一对令牌；用过的刷新令牌再次出现会使
    该次登录的所有令牌失效。
    """
    return _told(identity.refresh(actor, refresh=body["refresh_token"], lifetimes=_lifetimes()))


@blueprint.delete("/sessions/current")
@needs_citizen
@gives(None)
def end(actor: Actor) -> None:
    """退出登录。"""
    identity.sign_out_citizen(actor)


def refusal_of(error: wechat.WechatError) -> Exception:
    """What a citizen is told when WeChat does not take a code."""
    if error.errcode == RISKY_USER:
        return WechatAccountBlocked()
    if error.remedy is wechat.Remedy.NEW_CODE:
        return WechatCodeInvalid(fields={"code": [WechatCodeInvalid.message]})
    return error.refusal()


def _lifetimes() -> Lifetimes:
    settings: Settings = current_app.config["SETTINGS"]
    return Lifetimes(
        access=timedelta(minutes=settings.access_token_minutes), refresh=timedelta(days=settings.refresh_token_days)
    )


def _device() -> str:
    """What the phone says of itself, for the citizen's own list of sessions."""
    said = [request.headers.get(name, "") for name in ("X-App-Env", "X-App-Build", "User-Agent")]
    return " ".join(part for part in said if part)[:200]


def _told(tokens: Tokens) -> dict[str, Any]:
    citizen = tokens.citizen
    version = identity.current_version()
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "citizen": {
            "id": citizen.id,
            "nickname": citizen.nickname,
            "phone_masked": identity.masked_phone_of(citizen),
        },
        "consent": {
            "required": citizen.consent_version is None or citizen.consent_version != version,
            "version": version,
        },
    }
