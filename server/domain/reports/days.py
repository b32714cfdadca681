"""Days as papers spell them: reports keep them in short, as screens and lists show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# never a part of a number such as YW-2025-01-2026-0001
_DAY = re.compile(r"(?:(?<=至) )?(?<![0-9A-Za-z-])(\d{4})-(\d{2})-(\d{2})(?![0-9A-Za-z-])(?: (?=[\u4e00-\u9fff]))?")
_AXIS = re.compile(r"(\d{1,2})-(\d{1,2})(?: (起))?")


def spelled(told: Any) -> Any:
    """Texts, or whatever holds them, with each day in Chinese: 2026-06-15 至 2026-06-21 is 2026年6月15日至2026年6月21日."""
    if isinstance(told, str):
        return _DAY.sub(_day, told)
    if isinstance(told, Mapping):
        return {key: _axis(each) if key == "labels" else spelled(each) for key, each in told.items()}
    return [spelled(each) for each in told] if isinstance(told, Sequence) else told


def _day(found: re.Match[str]) -> str:
    year, month, day = map(int, found.groups())
    return f"{year}年{month}月{day}日"


def _axis(labels: Sequence[str]) -> list[str]:
    """The days under a chart: 6-15 is 6月15日, 6-15 起 (a week's first) 6月15日起."""
    return [_AXIS.sub(r"\1月\2日\3", each) if _AXIS.fullmatch(each) else spelled(each) for each in labels]
