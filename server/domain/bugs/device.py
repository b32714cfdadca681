"""The device context of a report: known fields only, short plain texts, no identifiers of a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from server.core.enums import Labelled
from server.core.errors import Invalid


class AppEnv(Labelled):
    """Which build it is; WeChat's ``envVersion``."""

    RELEASE = "release", "正式版"
    TRIAL = "trial", "体验版"
    DEVELOP = "develop", "开发版"


# Field: its longest value and its Chinese name. What is not here is refused, so nothing personal comes along unseen.
FIELDS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "app_version": (32, "小程序版本"),
        "app_env": (16, "小程序环境"),
        "app_build": (64, "构建号"),
        "base_library": (32, "基础库版本"),
        "wechat_version": (32, "微信版本"),
        "platform": (32, "平台"),
        "brand": (64, "品牌"),
        "model": (64, "机型"),
        "system": (64, "操作系统"),
        "language": (32, "语言"),
        "screen": (32, "屏幕"),
        "network": (32, "网络"),
        "page": (200, "页面"),
    }
)
_QUERY = re.compile(r"[?#].*", re.DOTALL)


class BadDevice(Invalid):
    """A field that is not known, or not a short text."""

    code = "bad_device"
    message = "设备信息格式不正确。"


def checked(given: Mapping[str, Any] | None) -> dict[str, str]:
    """The context as it is kept: known fields, trimmed, empty ones left out; a page without its query string.

    A page's query may carry a name or a number that somebody searched for, so it is cut off.
    """
    found: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for name, value in (given or {}).items():
        if name not in FIELDS:
            wrong[f"device.{name}"] = ["没有这个字段。"]
        elif not isinstance(value, str):
            wrong[f"device.{name}"] = ["应为文字。"]
        elif len(value) > FIELDS[name][0]:
            wrong[f"device.{name}"] = [f"最多 {FIELDS[name][0]} 个字。"]
        elif value.replace("\0", "").strip():
            found[name] = value.replace("\0", "").strip()
    if found.get("app_env", AppEnv.RELEASE.value) not in set(AppEnv):
        wrong["device.app_env"] = ["应为 release、trial 或 develop。"]
    if wrong:
        raise BadDevice(fields=wrong)
    if "page" in found:
        found["page"] = _QUERY.sub("", found["page"])
    return found
