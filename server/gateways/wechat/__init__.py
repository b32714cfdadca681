"""The door to WeChat; wechatpy lives only here.

``configure`` once where the application is put together; then ``wechat.mini().code2session(code)`` and its like.
Calls leave the house: make them before the first statement of a unit of work or between units, never inside one.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.gateways.wechat.callbacks import BadPush, Push, rows_of
from server.gateways.wechat.callbacks import read_platform_push as _read_platform_push
from server.gateways.wechat.callbacks import read_push as _read_push
from server.gateways.wechat.callbacks import verify_address as _verify_address
from server.gateways.wechat.calls import Login, MiniAPI, Phone, Quota, Scene, Suggestion, TextVerdict
from server.gateways.wechat.checks import CheckStep
from server.gateways.wechat.checks import check as _check
from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.code import CodeAPI
from server.gateways.wechat.code_answers import (
    Audit,
    AuditQuota,
    AuditStatus,
    GrayPlan,
    GrayStatus,
    PastVersion,
    Template,
    Versions,
)
from server.gateways.wechat.config import PlatformConfig, WechatConfig
from server.gateways.wechat.errors import (
    Meaning,
    Remedy,
    WechatBusy,
    WechatDown,
    WechatError,
    WechatQuota,
    WechatRefused,
)
from server.gateways.wechat.platform import AuthorisedClient, ComponentClient, PlatformAPI
from server.gateways.wechat.platform_state import (
    AUTHORISE,
    TICKET_LIFE,
    WechatAuthorisation,
    WechatPlatform,
    authorisation,
    end_authorisation,
    keep_authorisation,
    keep_ticket,
    open_code,
    platform_row,
    rotate_platform_keys,
    seal_code,
)

__all__ = [
    "AUTHORISE",
    "TICKET_LIFE",
    "Audit",
    "AuditQuota",
    "AuditStatus",
    "AuthorisedClient",
    "BadPush",
    "CheckStep",
    "CodeAPI",
    "ComponentClient",
    "GrayPlan",
    "GrayStatus",
    "Login",
    "Meaning",
    "MiniAPI",
    "MiniClient",
    "PastVersion",
    "Phone",
    "PlatformAPI",
    "PlatformConfig",
    "Push",
    "Quota",
    "Remedy",
    "Scene",
    "Suggestion",
    "Template",
    "TextVerdict",
    "Versions",
    "WechatAuthorisation",
    "WechatBusy",
    "WechatConfig",
    "WechatDown",
    "WechatError",
    "WechatPlatform",
    "WechatQuota",
    "WechatRefused",
    "authorisation",
    "check",
    "code",
    "code2session",
    "configure",
    "end_authorisation",
    "installed",
    "keep_authorisation",
    "keep_ticket",
    "mini",
    "open_code",
    "phone_number",
    "platform",
    "platform_config",
    "platform_row",
    "read_platform_push",
    "read_push",
    "rotate_platform_keys",
    "rows_of",
    "seal_code",
    "verify_address",
]

NO_PLATFORM = 61011

_installed: list[MiniClient] = []
_platform: list[tuple[ComponentClient, AuthorisedClient]] = []


def configure(config: WechatConfig, platform: PlatformConfig | None = None) -> None:
    """Make one mini program the process's own, and the third-party platform that may act for it, if there is one."""
    _installed[:] = [MiniClient(config)]
    component = ComponentClient(platform) if platform is not None else None
    _platform[:] = [(component, AuthorisedClient(component))] if component is not None else []


def installed() -> MiniClient:
    """The process's client."""
    return _installed[0]


def mini() -> MiniAPI:
    """The mini program's calls."""
    found: MiniAPI = installed().mini
    return found


def platform_config() -> PlatformConfig | None:
    """The platform, if this installation has one."""
    return _platform[0][0].platform_config if _platform else None


def platform() -> PlatformAPI:
    """The platform's own calls; WechatRefused without a platform."""
    found: PlatformAPI = _clients()[0].platform
    return found


def code() -> CodeAPI:
    """Code management for the mini program; WechatRefused without a platform."""
    found: CodeAPI = _clients()[1].code
    return found


def _clients() -> tuple[ComponentClient, AuthorisedClient]:
    if not _platform:
        raise WechatRefused(NO_PLATFORM, "no platform is configured")
    return _platform[0]


def code2session(code: str) -> Login:
    """Who sent a ``wx.login`` code; WechatRefused with remedy NEW_CODE if it is used or too old."""
    return mini().code2session(code)


def phone_number(code: str) -> Phone:
    """The number behind a ``getPhoneNumber`` code."""
    return mini().phone_number(code)


def verify_address(args: Mapping[str, str]) -> str:
    """The echo that WeChat wants when it looks whether the callback address is ours, or BadPush."""
    return _verify_address(installed().config, args)


def read_push(args: Mapping[str, str], raw: bytes) -> Push:
    """The push in a callback's query arguments and body, or BadPush."""
    return _read_push(installed().config, args, raw)


def read_platform_push(args: Mapping[str, str], raw: bytes, *, appid: str | None = None) -> Push:
    """The push to the platform: about the mini program of this appid, which must be ours, or about the platform."""
    caller = _platform_caller()
    if appid is not None and appid != installed().config.appid:
        raise BadPush("about another mini program")
    return _read_platform_push(caller, args, raw, about=appid)


def _platform_caller() -> WechatConfig:
    found = platform_config()
    if found is None:
        raise BadPush("no platform is configured")
    return found.as_caller()


def check() -> list[CheckStep]:
    """Whether the connection stands, step by step, for people. Calls WeChat: never inside a unit of work."""
    return _check(installed())
