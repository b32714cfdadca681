"""The door to WeChat; wechatpy lives only here.

``configure`` once where the application is put together; then ``wechat.mini().code2session(code)`` and its like.
Calls leave the house: make them before the first statement of a unit of work or between units, never inside one.
"""

from __future__ import annotations

from collections.abc import Mapping

from server.gateways.wechat.callbacks import BadPush, Push, rows_of
from server.gateways.wechat.callbacks import read_push as _read_push
from server.gateways.wechat.callbacks import verify_address as _verify_address
from server.gateways.wechat.calls import Login, MiniAPI, Phone, Quota, Scene, Suggestion, TextVerdict
from server.gateways.wechat.checks import CheckStep
from server.gateways.wechat.checks import check as _check
from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.config import WechatConfig
from server.gateways.wechat.errors import (
    Meaning,
    Remedy,
    WechatBusy,
    WechatDown,
    WechatError,
    WechatQuota,
    WechatRefused,
)

__all__ = [
    "BadPush",
    "CheckStep",
    "Login",
    "Meaning",
    "MiniAPI",
    "MiniClient",
    "Phone",
    "Push",
    "Quota",
    "Remedy",
    "Scene",
    "Suggestion",
    "TextVerdict",
    "WechatBusy",
    "WechatConfig",
    "WechatDown",
    "WechatError",
    "WechatQuota",
    "WechatRefused",
    "check",
    "code2session",
    "configure",
    "installed",
    "mini",
    "phone_number",
    "read_push",
    "rows_of",
    "verify_address",
]

_installed: list[MiniClient] = []


def configure(config: WechatConfig) -> None:
    """Make one mini program the process's own."""
    _installed[:] = [MiniClient(config)]


def installed() -> MiniClient:
    """The process's client."""
    return _installed[0]


def mini() -> MiniAPI:
    """The mini program's calls."""
    found: MiniAPI = installed().mini
    return found


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


def check() -> list[CheckStep]:
    """Whether the connection stands, step by step, for people. Calls WeChat: never inside a unit of work."""
    return _check(installed())
