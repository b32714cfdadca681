"""People's words on their way in: trimmed, bounded, and free of the marks of a state secret."""

from __future__ import annotations

from datetime import datetime

from server.core import clock
from server.core.errors import Invalid
from server.core.secrecy import refuse_marked

LONGEST = 5000


def said(text: str, *, field: str, longest: int = LONGEST, needed: bool = True) -> str:
    """A person's words, trimmed; Invalid when they are missing or too many, SecretMarked when they carry such a mark."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["请填写内容。"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 个字。"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def to_the_minute(at: datetime) -> datetime:
    """The minute that a moment lies in: what people read off a message, and all that they can enter."""
    return at.replace(second=0, microsecond=0)


def moment(at: datetime | None, *, field: str, earliest: datetime | None = None, what: str = "") -> datetime:
    """A moment that a person enters afterwards (None: now): never in the future, never before ``earliest``."""
    now = clock.now()
    if at is None:
        return now
    if at > now:
        raise Invalid(fields={field: ["不能晚于当前时间。"]})
    if earliest is not None and at < earliest:
        raise Invalid(fields={field: [f"不能早于{what}（{clock.to_local(earliest):%Y-%m-%d %H:%M}）。"]})
    return at
