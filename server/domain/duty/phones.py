"""Telephone numbers: brought into one form, sealed at rest, shown masked."""

from __future__ import annotations

import re
import uuid

from server.core import crypto
from server.core.errors import Invalid

_WANTED = re.compile(r"\+?\d{3,20}(-\d{1,8})?")
_FILLING = re.compile(r"[\s()（）·.]|(?<=\d)[-－—](?=\d{3})")
SHOWN = 7
MASKED_MOST = 30


def clean(number: str, *, field: str = "number") -> str:
    """A number without its spaces and strokes; empty stays empty (withheld); Invalid if it is none."""
    bare = _FILLING.sub("", number.strip())
    if bare and not _WANTED.fullmatch(bare):
        raise Invalid(fields={field: ["电话号码格式不正确"]})
    return bare


def masked(number: str) -> str:
    """As everybody sees it: 138****0000."""
    if len(number) <= SHOWN:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - SHOWN)}{number[-4:]}"[:MASKED_MOST]


def seal_shift(shift_id: uuid.UUID, number: str) -> str | None:
    """A duty person's number, sealed to its shift."""
    return crypto.ring().seal(number, shift_place(shift_id)) if number else None


def seal_call(call_id: uuid.UUID, number: str) -> str | None:
    """A caller's number, sealed to its call."""
    return crypto.ring().seal(number, call_place(call_id)) if number else None


def index(number: str) -> str | None:
    """By which a caller's number is found when it is known whole."""
    return crypto.ring().blind_index(number, "duty_calls:phone") if number else None


def shift_place(shift_id: uuid.UUID) -> str:
    """Where a shift's number belongs."""
    return f"duty_shifts:phone:{shift_id}"


def call_place(call_id: uuid.UUID) -> str:
    """Where a call's number belongs."""
    return f"duty_calls:phone:{call_id}"


def loosely(number: str) -> str:
    """A number as somebody typed it into a search, in the one form; what is none stays as it is."""
    return _FILLING.sub("", number.strip())
