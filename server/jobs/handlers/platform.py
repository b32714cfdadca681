"""What the third-party platform is told: its tickets, who authorised it, who took that back, verdicts on versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from server.core import clock
from server.core.db import unit
from server.domain import identity, notices
from server.domain.identity import SCHEDULER
from server.domain.notices import OpenedPush
from server.gateways import wechat
from server.gateways.wechat import Remedy, WechatError, WechatRefused
from server.jobs.context import Hopeless, JobContext, Later
from server.jobs.handlers import releases
from server.jobs.registry import handles

PREFIX = "platform."
RETRY_SECONDS = 30
# So long a code is good; verdicts are asked for by themselves after that.
PATIENCE = timedelta(hours=1)
CODE_MANAGEMENT = 18  # the permission set of code management


def understand(push: OpenedPush) -> None:
    """Handle a push of the platform's. What it asks of WeChat is asked outside of the unit in which it is closed."""
    handle = KINDS.get(push.kind)
    if handle is None:
        _closed(push, handled=False)
        return
    try:
        handle(push)
    except WechatError as error:
        if error.meaning.retryable and clock.now() - push.received_at < PATIENCE:
            raise Later(RETRY_SECONDS, error.message) from None
        _closed(push, handled=False)


@handles(wechat.AUTHORISE, label="登记第三方平台授权", backoff=10)
def authorise(job: JobContext) -> None:
    """The authorisation that an officer's browser brought back. WeChat tells of it too; both come to the same."""
    code = wechat.open_code(job.args["code"])
    try:
        _register(code, clock.now(), lambda: None)
    except WechatRefused as refused:
        raise Hopeless(refused.message) from None
    except WechatError as error:
        raise Later(RETRY_SECONDS, error.message) from None


def _ticket(push: OpenedPush) -> None:
    config = wechat.platform_config()
    ticket = str(push.body.get("ComponentVerifyTicket") or "")
    with unit():
        if config is not None and ticket:
            # A time ahead of ours would keep the tickets that follow out.
            wechat.keep_ticket(config.appid, ticket, min(_told_at(push), push.received_at))
        notices.close_push(push.id, handled=bool(ticket))


def _authorised(push: OpenedPush) -> None:
    if str(push.body.get("AuthorizerAppid")) != _our_appid():
        _closed(push, handled=False)
        return
    _register(
        str(push.body.get("AuthorizationCode") or ""),
        min(_told_at(push), push.received_at),
        lambda: notices.close_push(push.id, handled=True),
    )


def _register(code: str, at: datetime, also: Callable[[], None]) -> None:
    """Redeem a code and keep the authorisation, with what else belongs to it; another mini program's is not kept.

    A code is good once, and the answer to it may have been lost, or somebody was quicker: then WeChat is asked whether
    our mini program has authorised us, which it answers as often as it is asked.
    """
    appid, refresh_token = _our_appid(), ""
    try:
        redeemed = wechat.platform().query_auth(code)
        refresh_token = redeemed.refresh_token if redeemed.appid == appid else ""
    except WechatRefused as refused:
        if refused.remedy is not Remedy.NEW_CODE:
            raise
    found = wechat.platform().authorizer(appid)
    config = wechat.platform_config()
    with unit():
        if config is not None and (refresh_token or found.refresh_token):
            wechat.keep_authorisation(
                config.appid,
                appid,
                refresh_token=refresh_token or found.refresh_token,
                name=found.name,
                scopes=[*found.scopes],
                at=at,
            )
            lacking = "" if CODE_MANAGEMENT in found.scopes else "，但未授予代码管理权限"
            summary = f"小程序 {found.name or appid} 已授权第三方平台{lacking}"
            identity.record(SCHEDULER, "platform.authorised", subject=("wechat", appid), summary=summary)
        also()


def _unauthorised(push: OpenedPush) -> None:
    appid = str(push.body.get("AuthorizerAppid") or "")
    with unit():
        ended = bool(appid) and wechat.end_authorisation(appid, at=min(_told_at(push), push.received_at))
        if ended:
            summary = f"小程序 {appid} 在微信侧取消了对第三方平台的授权"
            identity.record(SCHEDULER, "platform.unauthorised", subject=("wechat", appid), summary=summary)
        notices.close_push(push.id, handled=ended)


def _audited(push: OpenedPush) -> None:
    """It is time to look: the push itself names neither the audit nor the version."""
    settled = releases.settle_audit()
    _closed(push, handled=settled)


def _closed(push: OpenedPush, *, handled: bool) -> None:
    with unit():
        notices.close_push(push.id, handled=handled)


def _our_appid() -> str:
    return wechat.installed().config.appid


def _told_at(push: OpenedPush) -> datetime:
    """WeChat's time of a push; that of its coming where it says none."""
    try:
        return datetime.fromtimestamp(int(push.body.get("CreateTime", "")), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return push.received_at


KINDS: Mapping[str, Callable[[OpenedPush], None]] = MappingProxyType(
    {
        f"{PREFIX}component_verify_ticket": _ticket,
        f"{PREFIX}authorized": _authorised,
        f"{PREFIX}updateauthorized": _authorised,
        f"{PREFIX}unauthorized": _unauthorised,
        f"{PREFIX}weapp_audit_success": _audited,
        f"{PREFIX}weapp_audit_fail": _audited,
        f"{PREFIX}weapp_audit_delay": _audited,
    }
)
