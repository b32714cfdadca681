"""What a flag gives, in one word and a colour: for lists, tabs and headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.domain import flags
from server.domain.flags import Content, Environment

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FlagState:
    """``text`` says it, ``tone`` and ``icon`` show it. ``share``: percent of a first share, None without one."""

    text: str
    tone: str
    icon: str
    share: float | None = None


ABSENT = FlagState("未创建", "gray", "minus")
OFF = FlagState("已停用", "red", "ban")


def state_of(document: Document | None) -> FlagState:
    """A flag's state in one environment."""
    if document is None:
        return ABSENT
    if not document["enabled"]:
        return OFF
    served = flags.serves_one(dict(document))
    if served is not None:
        return _settled(document, served)
    share = _share(document)
    if share is not None:
        return FlagState(f"灰度 {flags.percent(share)}", "blue", "chart-pie", share / 100)
    return FlagState("按规则", "violet", "adjustments-horizontal")


def states_of(key: str, contents: Mapping[Environment, Content]) -> dict[Environment, FlagState]:
    """The same in every environment."""
    return {environment: state_of(content.flags.get(key)) for environment, content in contents.items()}


def first_share(document: Document) -> int | None:
    """The position of the first rule that gives shares."""
    return next((n for n, rule in enumerate(document.get("rules", [])) if "split" in rule["serve"]), None)


def _settled(document: Document, served: str) -> FlagState:
    if not served:
        return FlagState("程序默认", "gray", "circle")
    value = document["variants"][served]
    if value is True:
        return FlagState("全部开启", "green", "circle-check")
    if value is False:
        return FlagState("全部关闭", "gray", "circle-x")
    return FlagState(f"全部 {served}", "green", "circle-check")


def _share(document: Document) -> int | None:
    number = first_share(document)
    return None if number is None else int(document["rules"][number]["serve"]["split"][0][1])
