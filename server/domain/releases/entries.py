"""What a person says with a step: which fields each step takes, and what they must look like. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from server.core.errors import Invalid
from server.domain.releases.states import TABLE
from server.domain.releases.vocabulary import Scope, Step

LONGEST = 2000
LINE = 200
MOST_LINKS = 20
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_AUDIT_ID = re.compile(r"\d{1,20}")
Reader = Callable[[Any], Any]


class _Wrong(Exception):
    """A value that does not do; the sentence says why."""


def _words(longest: int, *, needed: bool) -> Reader:
    def read(value: Any) -> str:
        text = "" if value is None else value
        if not isinstance(text, str) or _UNWANTED.search(text):
            raise _Wrong("含有不能使用的字符。")
        text = text.strip()
        if needed and not text:
            raise _Wrong("请填写此项。")
        if len(text) > longest:
            raise _Wrong(f"不能超过 {longest} 个字。")
        return text

    return read


def _percent(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 100:  # noqa: PLR2004 - all is full release
        raise _Wrong("灰度比例为 1 至 99 的整数，100% 请使用全量发布。")
    return value


def _scope(value: Any) -> str:
    if value not in set(Scope):
        raise _Wrong("请选择合同范围内或合同外增项。")
    return Scope(value).value


def _links(*, needed: bool) -> Reader:
    line = _words(LINE, needed=True)

    def read(value: Any) -> list[str]:
        given = [value] if isinstance(value, str) else list(value or ())
        links = [line(each) for each in given if each]
        if len(links) > MOST_LINKS or (needed and not links):
            raise _Wrong(f"请填写 1 至 {MOST_LINKS} 条验收文号或链接。" if needed else f"最多 {MOST_LINKS} 条。")
        return links

    return read


def _id(value: Any) -> str | None:
    if not value:
        return None
    try:
        return str(uuid.UUID(str(value)))
    except ValueError:
        raise _Wrong("没有这个版本。") from None


def _flag(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, bool):
        raise _Wrong("应为是或否。")
    return value


def _audit_id(value: Any) -> str:
    text = str(value or "").strip()
    if text and not _AUDIT_ID.fullmatch(text):
        raise _Wrong("审核单号由数字组成。")
    return text


_NOTE = _words(LONGEST, needed=False)
_REASON = _words(LONGEST, needed=True)
FIELDS: Mapping[Step, Mapping[str, Reader]] = MappingProxyType(
    {
        Step.UPLOAD: {"note": _NOTE},
        Step.SET_TRIAL: {"note": _NOTE},
        Step.SUBMIT_AUDIT: {"audit_id": _audit_id, "note": _NOTE},
        Step.UNDO_AUDIT: {"reason": _REASON},
        Step.PASS_AUDIT: {"note": _NOTE},
        Step.REJECT_AUDIT: {"reason": _REASON},
        Step.APPROVE: {"scope": _scope, "acceptance": _links(needed=False), "note": _NOTE},
        Step.REFUSE: {"reason": _REASON},
        Step.GRAY: {"percent": _percent, "note": _NOTE},
        Step.STOP_GRAY: {"reason": _REASON},
        Step.FULL: {"note": _NOTE},
        Step.ROLL_BACK: {"reason": _REASON, "target": _id, "block": _flag, "message": _words(LINE, needed=False)},
        Step.ACCEPT: {"acceptance": _links(needed=True), "note": _NOTE},
        Step.WITHDRAW: {"reason": _REASON},
    }
)


def read(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The step's data as plain JSON, every field there; Invalid names what is wrong. ``clicked``: what was clicked."""
    readers = dict(FIELDS[step])
    if TABLE[step].clicks:
        readers["clicked"] = _words(LINE, needed=False)
    wrong: dict[str, list[str]] = {name: ["此操作没有这个字段。"] for name in given if name not in readers}
    found: dict[str, Any] = {}
    for name, reader in readers.items():
        try:
            found[name] = reader(given.get(name))
        except _Wrong as fault:
            wrong[name] = [str(fault)]
    if wrong:
        raise Invalid(fields=wrong)
    if TABLE[step].clicks and not found["clicked"]:
        found["clicked"] = TABLE[step].clicks
    return found
