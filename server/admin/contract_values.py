"""Between what is typed in a box and what the terms keep: one pair of functions for every kind of box."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from server.admin.contract_boxes import Box

FEN = Decimal("0.01")
SPLIT = re.compile(r"[、,，;；\s]+")


def to_terms(box: Box, typed: str, many: list[str]) -> Any:
    """The value as terms keep it. What cannot be read stays as it was typed, so that the terms' own check names it."""
    if box.kind == "flag":
        return bool(typed)
    if box.kind == "many":
        return many
    if box.kind in {"text", "area"}:
        return typed
    if not typed:
        return None
    if box.kind == "maybe":
        return typed == "true"
    return _figure(box.kind, typed) if box.kind in FIGURES else typed


def from_terms(box: Box, value: Any) -> str:
    """What stands in the box for a value of the terms."""
    if value is None or (value is False and box.kind == "flag"):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if box.kind in SCALES:
        return _plain(Decimal(str(value)) * SCALES[box.kind])
    if box.kind == "hours":
        return _plain(Decimal(str(value)))
    return str(value)


def split(text: str) -> list[str]:
    """Ids that were typed in a line."""
    return [each for each in SPLIT.split(text.strip()) if each]


FIGURES = frozenset({"money", "hours", "whole", "permille", "percent", "cap", "weekday"})
SCALES = {"permille": Decimal(1000), "cap": Decimal(100)}


def _figure(kind: str, typed: str) -> Any:
    try:
        number = Decimal(typed.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return typed
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        return typed
    if kind == "money":
        return str(number.quantize(FEN)) if number == number.quantize(FEN) else str(number)
    if kind in SCALES:
        return _plain(number / SCALES[kind])
    if kind == "percent":
        return str(number)
    return int(number) if number == number.to_integral_value() else _plain(number)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
