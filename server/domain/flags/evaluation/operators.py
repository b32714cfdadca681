"""The operators whose operands are all evaluated first, as plain functions of the data and the operands."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import isnan
from typing import Any, TypeVar

from server.domain.flags.evaluation.bucketing import MOST, hash_of
from server.domain.flags.evaluation.semver import RANGES, version
from server.domain.flags.evaluation.values import NAN, equal, look_up, number, ordered, text, truthy

Operator = Callable[..., Any]
Built = TypeVar("Built", str, list[Any])

LONGEST = 1 << 20
"""Characters or elements that an operator may build, and bits of a product: more is an error, not a full memory."""


class TooLarge(ArithmeticError):
    """An operator was about to build something that nobody needs to tell a variant by."""


less, less_or_equal = ordered(operator.lt), ordered(operator.le)
greater, greater_or_equal = ordered(operator.gt), ordered(operator.ge)


def chained(compare: Callable[[Any, Any], bool]) -> Operator:
    """A comparison of two operands, or of three as in ``a < b < c``."""

    def run(_: Any, left: Any = None, middle: Any = None, right: Any = None, *_more: Any) -> bool:
        return compare(left, middle) and (right is None or compare(middle, right))

    return run


def add(_: Any, *terms: Any) -> int | float:
    return sum((number(term) for term in terms), 0)


def multiply(_: Any, *factors: Any) -> int | float:
    product: int | float = 1
    for factor in factors:
        product *= number(factor)
        if type(product) is int and product.bit_length() > LONGEST:
            raise TooLarge
    return product


def subtract(_: Any, left: Any = None, right: Any = None, *_more: Any) -> int | float:
    return -number(left) if right is None else number(left) - number(right)


def smallest(_: Any, *values: Any) -> int | float:
    return min(number(value) for value in values) if values else NAN


def largest(_: Any, *values: Any) -> int | float:
    return max(number(value) for value in values) if values else NAN


def concatenate(_: Any, *parts: Any) -> str:
    return within("".join([text(part) for part in parts]))


def merge(_: Any, *parts: Any) -> list[Any]:
    merged: list[Any] = []
    for part in parts:
        if isinstance(part, list):
            merged.extend(part)
        else:
            merged.append(part)
    return within(merged)


def within(built: Built) -> Built:
    """What was built, if it is not too much of it."""
    if len(built) > LONGEST:
        raise TooLarge
    return built


def substring(_: Any, whole: Any = None, start: Any = None, length: Any = None, *_more: Any) -> str:
    """The part from ``start`` (from the end if negative) of ``length`` characters (up to the end less them if negative)."""
    written = text(whole)
    size = len(written)
    first = number(start)
    if isnan(first):
        first = 0
    elif first < 0:
        first = 0 if -first >= size else size - int(-first)
    else:
        first = min(int(first), size)
    if length is None:
        return written[first:]
    count = number(length)
    if isnan(count):
        return ""
    count = int(count)
    return written[first : first + count if count >= 0 else max(first, size + count)]


def missing(data: Any, *keys: Any) -> list[Any]:
    """Those of the paths under which there is nothing or the empty text."""
    wanted = keys[0] if keys and isinstance(keys[0], list) else keys
    return [key for key in wanted if (found := look_up(data, key)) is None or found == ""]


def missing_some(data: Any, needed: Any = 0, keys: Any = None, *_more: Any) -> list[Any]:
    """Nothing if enough of the paths are there, else those that are not."""
    if not isinstance(keys, list):
        return []
    enough = number(needed)
    absent = missing(data, keys)
    return [] if len(keys) - len(absent) >= enough else absent


def contained(_: Any, needle: Any = None, haystack: Any = None, *_more: Any) -> bool:
    if isinstance(haystack, list):
        return needle in haystack
    return isinstance(haystack, str) and text(needle) in haystack


def starts_with(_: Any, *operands: Any) -> bool | None:
    one, other = operands if len(operands) == 2 else (None, None)  # noqa: PLR2004
    return one.startswith(other) if isinstance(one, str) and isinstance(other, str) else None


def ends_with(_: Any, *operands: Any) -> bool | None:
    one, other = operands if len(operands) == 2 else (None, None)  # noqa: PLR2004
    return one.endswith(other) if isinstance(one, str) and isinstance(other, str) else None


def sem_ver(_: Any, *operands: Any) -> bool | None:
    """Whether two versions stand in a relation; null where one of them is no version or there is no such relation."""
    if len(operands) != 3:  # noqa: PLR2004
        return None
    one, other = version(operands[0]), version(operands[2])
    relation = RANGES.get(operands[1]) if isinstance(operands[1], str) else None
    return None if one is None or other is None or relation is None else relation(one, other)


def fractional(data: Any, *operands: Any) -> Any:
    """The variant into whose share the bucketed value falls; null where there is nothing to bucket or no shares."""
    by, shares = bucketed(data, operands)
    hashed = hash_of(by)
    weighed = weigh(shares)
    if hashed is None or weighed is None:
        return None
    names, ends = weighed
    place = (hashed * ends[-1]) >> 32
    return next(name for name, end in zip(names, ends, strict=True) if place < end)


def bucketed(data: Any, operands: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """What decides the bucket, and the shares: the first operand, or flag key and targeting key if it is a share."""
    if not operands:
        return None, ()
    if not isinstance(operands[0], list):
        return operands[0], operands[1:]
    targeting_key = data.get("targetingKey")
    if not isinstance(targeting_key, str) or not targeting_key:
        return None, operands
    return [data.get("$flagd", {}).get("flagKey", ""), targeting_key], operands


def weigh(shares: tuple[Any, ...]) -> tuple[list[Any], list[int]] | None:
    """The names of the shares and where each ends; None if one is malformed or the weights sum to nothing or too much."""
    names, ends, total = [], [], 0
    for share in shares:
        if not isinstance(share, list) or not 1 <= len(share) <= 2:  # noqa: PLR2004
            return None
        weight = share[1] if len(share) > 1 else 1
        if not isinstance(weight, int) or isinstance(weight, bool):
            return None
        total += max(0, weight)  # a computed ramp may go below nothing
        names.append(share[0])
        ends.append(total)
    return (names, ends) if 0 < total <= MOST else None


OPERATORS: Mapping[str, Operator] = {
    "==": lambda _, left=None, right=None, *_more: equal(left, right),
    "!=": lambda _, left=None, right=None, *_more: not equal(left, right),
    "===": lambda _, left=None, right=None, *_more: left == right,
    "!==": lambda _, left=None, right=None, *_more: left != right,
    "<": chained(less),
    "<=": chained(less_or_equal),
    ">": chained(greater),
    ">=": chained(greater_or_equal),
    "!": lambda _, value=None, *_more: not truthy(value),
    "!!": lambda _, value=None, *_more: truthy(value),
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": lambda _, left=None, right=None, *_more: number(left) / number(right),
    "%": lambda _, left=None, right=None, *_more: number(left) % number(right),
    "min": smallest,
    "max": largest,
    "cat": concatenate,
    "substr": substring,
    "merge": merge,
    "in": contained,
    "var": look_up,
    "missing": missing,
    "missing_some": missing_some,
    "log": lambda _, value=None, *_more: value,
    "starts_with": starts_with,
    "ends_with": ends_with,
    "sem_ver": sem_ver,
    "fractional": fractional,
}
