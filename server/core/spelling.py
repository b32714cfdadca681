"""Values as they stand on paper: days, moments, lengths and answers in Chinese, blank where there is nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from server.core import clock

NONE = ""
HOUR = Decimal(3600)


def day(on: date | None) -> str:
    """2025年3月4日; blank for none."""
    return NONE if on is None else f"{on.year}年{on.month}月{on.day}日"


def moment(at: datetime | None) -> str:
    """2025年3月4日 09:12, on Shanghai's clock; blank for none."""
    if at is None:
        return NONE
    local = clock.to_local(at)
    return f"{day(local.date())} {local:%H:%M}"


def month(on: date) -> str:
    """2025年3月."""
    return f"{on.year}年{on.month}月"


def span(first: date | None, last: date | None) -> str:
    """2025年3月4日至2026年3月31日; 起 where the end is open."""
    if first is None or last is None:
        return f"{day(first)}起" if first else NONE
    return f"{day(first)}至{day(last)}"


def yes_no(told: bool | None, *, yes: str = "是", no: str = "否") -> str:
    """是 or 否, blank while nobody has said."""
    return NONE if told is None else (yes if told else no)


def length(taken: timedelta) -> str:
    """2 小时 5 分钟: whole minutes, days only above two of them."""
    minutes = int(taken.total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} 分钟"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:  # noqa: PLR2004 - two days
        days, hours = divmod(hours, 24)
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    return f"{hours} 小时 {rest} 分钟" if rest else f"{hours} 小时"


def hours(taken: timedelta) -> Decimal:
    """A length in hours with one decimal, never 0.0 for what took any time."""
    exact = (Decimal(int(taken.total_seconds())) / HOUR).quantize(Decimal("0.1"))
    return exact if exact or not taken else Decimal("0.1")


def hidden_name(name: str) -> str:
    """王某 as 王*: the first sign stays."""
    told = name.strip()
    return told if len(told) < 2 else told[0] + "*" * (len(told) - 1)  # noqa: PLR2004 - one sign cannot be hidden
