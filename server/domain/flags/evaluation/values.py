"""JsonLogic's view of JSON values: what is true, what a value is as a number or a text, what equals what.

The rules are those of flagd's Python core (docs/flags.md says where they differ from JavaScript's), so that a document
means the same here and there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

NAN = math.nan
NUMBERS = (int, float)
DIGITS = 18
INFINITIES = frozenset({"inf", "-inf", "+inf"})


def truthy(value: Any) -> bool:
    """Whether a value counts as true: empty text, empty list, zero, null and NaN do not, every object does."""
    if value is None:
        return False
    if isinstance(value, float):
        return not math.isnan(value) and value != 0.0
    if isinstance(value, (str, int, list)):
        return bool(value)
    return True


def number(value: Any) -> int | float:
    """A value as a number; NaN where it is none."""
    if isinstance(value, NUMBERS):
        return value
    if value is None:
        return 0
    if isinstance(value, list):
        if len(value) > 1:
            return NAN
        return number(value[0]) if value else 0
    if isinstance(value, dict):
        return NAN
    if isinstance(value, str) and value.strip().lower() in INFINITIES:
        return NAN
    try:
        return float(value)
    except ValueError:
        return NAN


def text(value: Any) -> str:
    """A value as a text; a list is its parts with commas between them."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, list):
        return ",".join(text(part) for part in value)
    return "[object Object]" if isinstance(value, dict) else str(value)


def equal(left: Any, right: Any) -> bool:
    """Loose equality; two lists or two objects are equal only if they are one and the same."""
    kind = type(left)
    if kind is type(right):
        return left is right if kind in (list, dict) else bool(left == right)
    if isinstance(left, NUMBERS) or isinstance(right, NUMBERS):
        return bool(number(left) == number(right))
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, (list, dict)):
        return left == text(right)
    if isinstance(right, str) and isinstance(left, (list, dict)):
        return text(left) == right
    return False


def ordered(order: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison of two JSON values made from a comparison of two numbers or two texts."""

    def compare(left: Any, right: Any) -> bool:
        if isinstance(left, NUMBERS) or isinstance(right, NUMBERS):
            return order(number(left), number(right))
        if isinstance(left, str) or isinstance(right, str):
            return order(text(left), text(right))
        return order(number(left), number(right))

    return compare


def look_up(data: Any, key: Any = None, default: Any = None) -> Any:
    """What stands under a dotted path in the data; the whole of it for null or the empty path."""
    if key is None or key == "":
        return data
    if isinstance(key, NUMBERS):
        if not isinstance(data, (list, str)):
            return default
        index = -1 if isinstance(key, float) and math.isnan(key) else int(key)
        return data[index] if index == key and 0 <= index < len(data) else default
    found = walk(data, text(key).split("."))
    return default if found is None else found


def walk(data: Any, steps: list[str] | tuple[str, ...]) -> Any:
    """What stands at the end of a path, None if it breaks off; a list and a text have a ``length``."""
    for step in steps:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, (list, str)):
            if step == "length":
                return len(data)
            index = position(step)
            if index is None or index >= len(data):
                return None
            data = data[index]
        else:
            return None
    return data


def position(step: str) -> int | None:
    """The index that a step spells, as JavaScript would write it; else None."""
    spells = step.isascii() and step.isdigit() and len(step) <= DIGITS and (step == "0" or step[0] != "0")
    return int(step) if spells else None
