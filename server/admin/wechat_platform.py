"""The connection to WeChat as a third-party platform: whether it stands, who authorised it, how new releases are driven."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from flask import Blueprint, Response, current_app, request, url_for
from marshmallow import Schema, fields, validate

from server.admin.access import current_actor, needs
from server.admin.forms import Form
from server.admin.pages import page, redirect_to, toast
from server.core import clock
from server.core.errors import Conflict, Unavailable
from server.domain import identity, releases
from server.domain.identity import Permission
from server.domain.releases import Driver
from server.gateways import queue, wechat
from server.gateways.wechat import CheckStep, PlatformConfig, WechatAuthorisation, WechatError
from server.settings import Settings

blueprint = Blueprint("wechat_platform", __name__, url_prefix="/admin/wechat-platform")

T = TypeVar("T")
LONGEST_CODE = 512
RETRY = 5
# A ticket comes every ten minutes.
LATE = timedelta(minutes=30)
CODE_MANAGEMENT = 18
DRIVERS = {"driver": Driver.choices()}


class NoPlatform(Conflict):
    """This installation has no platform."""

    code = "no_platform"
    message = "尚未配置第三方平台。"


class NotAuthorised(Conflict):
    """There is nothing to disconnect."""

    code = "platform_not_authorised"
    message = "小程序没有授权第三方平台。"


class CodeSchema(Schema):
    """What WeChat sends the browser back with."""

    auth_code = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_CODE))


class DriverSchema(Schema):
    """How the steps of new releases are done at WeChat."""

    driver = fields.String(
        required=True,
        validate=validate.OneOf([driver.value for driver in Driver]),
        metadata={"label": "新版本的办理方式", "widget": "select", "help": "已登记的版本按登记时的方式办理。"},
    )


@dataclass(frozen=True)
class Ticket:
    """How it stands with WeChat's tickets: in a word, a tone and a hint, and when the last one was given."""

    text: str
    tone: str
    note: str
    at: datetime | None = None


@blueprint.get("/")
@needs(Permission.SYSTEM_CONFIGURE)
def index() -> Response:
    """How the connection stands."""
    return _page()


@blueprint.post("/tickets")
@needs(Permission.SYSTEM_CONFIGURE)
def start_tickets() -> Response:
    """Have WeChat push a ticket; the call leaves the house, so it comes before the first statement."""
    _config()
    _asked(wechat.platform().start_tickets)
    toast("已请求微信推送验证票据，稍后刷新查看", "info")
    return redirect_to("wechat_platform.index")


@blueprint.post("/check")
@needs(Permission.SYSTEM_CONFIGURE)
def check() -> Response:
    """Ask WeChat what is on trial and live, with the platform's token; first the call, then the trace of it."""
    _config()
    try:
        versions, quota = wechat.code().version_info(), wechat.code().audit_quota()
    except WechatError as error:
        steps = [CheckStep("代小程序调用", False, _told(error))]
    else:
        trial, live = versions.trial or "无", versions.live or "无"
        steps = [
            CheckStep("代小程序调用", True, f"线上版本 {live}，体验版本 {trial}。"),
            CheckStep("提审额度", quota.rest > 0, f"本月还可提交 {quota.rest} 次，加急 {quota.speedup_rest} 次。"),
        ]
    summary = "检测第三方平台：" + ("正常" if all(step.ok for step in steps) else "异常")
    result = "ok" if all(step.ok for step in steps) else "failed"
    identity.record(current_actor(), "platform.checked", summary=summary, result=result)
    return _page(steps)


@blueprint.post("/authorise")
@needs(Permission.SYSTEM_CONFIGURE, step_up=True)
def authorise() -> Response:
    """The way to WeChat's page, where the mini program's administrator agrees."""
    _config()
    settings: Settings = current_app.config["SETTINGS"]
    code = _asked(wechat.platform().preauth_code)
    back = settings.base_url.rstrip("/") + url_for("wechat_platform.back")
    return page("wechat_platform/authorise.html", there=wechat.platform().authorisation_page(code, back=back))


@blueprint.get("/back")
@needs(Permission.SYSTEM_CONFIGURE)
def back() -> Response:
    """Where WeChat sends the browser. Only what the officer then confirms changes anything."""
    return page("wechat_platform/back.html", auth_code=request.args.get("auth_code", "")[:LONGEST_CODE])


@blueprint.post("/register")
@needs(Permission.SYSTEM_CONFIGURE)
def register() -> Response:
    """Queue the code to be redeemed; WeChat's own push may have been quicker, which is as good."""
    form = Form.submitted(CodeSchema(), request.form)
    if not form.valid:
        return page("wechat_platform/back.html", auth_code="", status=422)
    _config()
    queue.put(wechat.AUTHORISE, {"code": wechat.seal_code(form.values["auth_code"])})
    identity.record(current_actor(), "platform.code_received", summary="从微信带回第三方平台授权码")
    toast("已收到授权，正在向微信登记")
    return redirect_to("wechat_platform.index")


@blueprint.post("/disconnect")
@needs(Permission.SYSTEM_CONFIGURE, step_up=True)
def disconnect() -> Response:
    """Forget the authorisation here; at WeChat the mini program's administrator takes it back."""
    appid = _config().mini.appid
    if not wechat.end_authorisation(appid, at=clock.now()):
        raise NotAuthorised
    summary = "停用第三方平台授权，已清除刷新令牌"
    identity.record(current_actor(), "platform.disconnected", subject=("wechat", appid), summary=summary)
    toast("已停用授权")
    return redirect_to("wechat_platform.index")


@blueprint.post("/driver")
@needs(Permission.SYSTEM_CONFIGURE)
def set_driver() -> Response:
    """Who does WeChat's side of new releases: people, or the platform."""
    form = Form.submitted(DriverSchema(), request.form, choices=DRIVERS)
    if not form.valid:
        return _page(driver=form, status=422)
    if form.values["driver"] == Driver.COMPONENT.value:
        _config()
    releases.set_policy(current_actor(), driver=form.values["driver"])
    toast("已保存办理方式")
    return redirect_to("wechat_platform.index")


def _page(steps: list[CheckStep] | None = None, *, driver: Form | None = None, status: int = 200) -> Response:
    config = wechat.platform_config()
    settings: Settings = current_app.config["SETTINGS"]
    authorisation = wechat.authorisation(config.mini.appid) if config else None
    return page(
        "wechat_platform/index.html",
        status=status,
        config=config,
        ticket=_ticket(config) if config else None,
        authorisation=authorisation if authorisation and _stands(authorisation, config) else None,
        may_publish=authorisation is not None and CODE_MANAGEMENT in authorisation.scopes,
        events=f"{settings.base_url.rstrip('/')}/api/wechat/platform/events",
        messages=f"{settings.base_url.rstrip('/')}/api/wechat/platform/$APPID$",
        steps=steps or [],
        driver=driver or _driver_form(releases.policy().driver),
    )


def _driver_form(value: str) -> Form:
    return Form(DriverSchema(), {"driver": value}, choices=DRIVERS)


def _stands(authorisation: WechatAuthorisation, config: PlatformConfig | None) -> bool:
    return authorisation.revoked_at is None and config is not None and authorisation.component == config.appid


def _ticket(config: PlatformConfig) -> Ticket:
    row = wechat.platform_row(config.appid)
    if row is None or row.ticket_at is None:
        return Ticket("尚未收到", "red", "请核对开放平台填写的授权事件接收地址，或点击“请求推送票据”。")
    age = clock.now() - row.ticket_at
    if age > wechat.TICKET_LIFE:
        return Ticket("已失效", "red", "超过 12 小时没有收到新票据，令牌无法更新。", row.ticket_at)
    if age > LATE:
        return Ticket("未按时收到", "amber", "正常情况下每 10 分钟一次。", row.ticket_at)
    return Ticket("正常", "green", "", row.ticket_at)


def _config() -> PlatformConfig:
    found = wechat.platform_config()
    if found is None:
        raise NoPlatform
    return found


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except WechatError as error:
        raise Unavailable(_told(error), retry_after=RETRY) from None


def _told(error: WechatError) -> str:
    code = f"（{error.errcode}）" if error.errcode is not None else ""
    return f"{error.message.rstrip('。')}{code}。"
