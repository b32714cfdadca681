"""People's words on their way in: trimmed, bounded, and free of the marks of a state secret; moments and days checked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from server.core import clock
from server.core.errors import Invalid
from server.core.secrecy import refuse_marked

# A clock that is a little ahead elsewhere must not refuse an entry.
AHEAD = timedelta(minutes=1)


def said(text: str, *, field: str, longest: int, needed: bool = True) -> str:
    """A person's words, trimmed; Invalid when they are missing or too many, SecretMarked when they carry such a mark."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["请填写内容。"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 个字。"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def span(started_at: datetime, ended_at: datetime, *, first: str = "started_at", last: str = "ended_at") -> None:
    """Invalid unless the end is after the beginning and not in the future."""
    if ended_at < started_at:
        raise Invalid(fields={last: ["结束时间不能早于开始时间。"]})
    past(started_at, field=first)
    past(ended_at, field=last)


def past(at: datetime | None, *, field: str) -> None:
    """Invalid for a moment that is still to come."""
    if at is not None and at > clock.now() + AHEAD:
        raise Invalid(fields={field: ["不能晚于当前时间。"]})


def not_ahead(day: date, *, field: str) -> date:
    """Invalid for a day that is still to come."""
    if day > clock.today():
        raise Invalid(fields={field: ["不能晚于今天。"]})
    return day
