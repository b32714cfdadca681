"""How moments, spans, amounts, sizes and names are written for people."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask

from server.core import clock

MINUTE, HOUR, DAY = 60, 3600, 86400
KILO = 1024
SHORT_NUMBER = 8
NOTHING = "–"


def install(app: Flask) -> None:
    for each in (local, local_date, local_time, ago, duration, mask_phone, money, filesize, label):
        app.jinja_env.filters[each.__name__] = each


def local(moment: datetime | None) -> str:
    """2026-11-20 09:30 on the clocks of the bureau. Refuses a moment without a zone: it could mean anything."""
    return NOTHING if moment is None else f"{clock.to_local(moment):%Y-%m-%d %H:%M}"


def local_date(day: date | datetime | None) -> str:
    if day is None:
        return NOTHING
    return f"{clock.to_local(day) if isinstance(day, datetime) else day:%Y-%m-%d}"


def local_time(moment: datetime | None) -> str:
    return NOTHING if moment is None else f"{clock.to_local(moment):%H:%M}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, or how far ahead, in words a person would use; the day itself once a week has passed."""
    if moment is None:
        return NOTHING
    seconds = ((now or clock.now()) - moment).total_seconds()
    side = "前" if seconds >= 0 else "后"
    span = abs(seconds)
    if span < MINUTE:
        return "刚刚" if seconds >= 0 else "马上"
    if span < HOUR:
        return f"{int(span // MINUTE)}分钟{side}"
    if span < DAY:
        return f"{int(span // HOUR)}小时{side}"
    if span < 7 * DAY:
        return f"{int(span // DAY)}天{side}"
    return local_date(moment)


def duration(span: timedelta | float | None) -> str:
    """2时05分, 41分, 3天2时, 30秒; the sign is left to the words around it. Numbers are seconds."""
    if span is None:
        return NOTHING
    seconds = int(abs(span.total_seconds() if isinstance(span, timedelta) else span))
    if seconds < MINUTE:
        return f"{seconds}秒"
    if seconds < HOUR:
        return f"{seconds // MINUTE}分"
    if seconds < DAY:
        return f"{seconds // HOUR}时{seconds % HOUR // MINUTE:02d}分"
    return f"{seconds // DAY}天{seconds % DAY // HOUR}时"


def mask_phone(phone: str | None) -> str:
    """138****8000; a number too short for that shows its last two digits only."""
    if not phone:
        return NOTHING
    if len(phone) < SHORT_NUMBER:
        return "*" * (len(phone) - 2) + phone[-2:]
    return f"{phone[:3]}****{phone[-4:]}"


def money(amount: Decimal | int | str | None) -> str:
    """Yuan with grouping and two places: 28,000.00; also of an amount that a log keeps as text."""
    return NOTHING if amount is None else f"{Decimal(amount):,.2f}"


def filesize(size: int | None) -> str:
    if size is None:
        return NOTHING
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < KILO:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= KILO
    return f"{amount:.1f} GB"


def label(member: Any) -> str:
    """The Chinese name of an enum's member; yes and no for a flag; nothing at all as a dash."""
    if member is None or member == "":
        return NOTHING
    if isinstance(member, bool):
        return "是" if member else "否"
    return str(getattr(member, "label", member))
