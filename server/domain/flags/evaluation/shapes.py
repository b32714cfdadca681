"""Faster closures for the shapes that rules mostly have: what can be known when the document is read is done then.

Each takes an operator's compiled operands and gives a closure that answers as the operator itself would, or None where
the shape is another.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.domain.flags.evaluation.bucketing import hash_of, pair_hash, pair_head
from server.domain.flags.evaluation.operators import OPERATORS, weigh
from server.domain.flags.evaluation.semver import RANGES, version
from server.domain.flags.evaluation.terms import Run, Term, is_flat
from server.domain.flags.evaluation.values import equal, walk

FLAGD = "$flagd"
FLAG_KEY = "$flagd.flagKey"
PAIR, TRIPLE = 2, 3


def attribute(op: str, operands: Sequence[Term]) -> str | None:
    """The attribute that an expression is: ``var`` with a name without dots and no default."""
    path = operands[0].raw if op == "var" and len(operands) == 1 and operands[0].fixed else None
    return path if isinstance(path, str) and path and "." not in path else None


def seeded(op: str, operands: Sequence[Term]) -> tuple[str, str] | None:
    """The text and the attribute of a ``cat`` of just these."""
    if op != "cat" or len(operands) != PAIR or not operands[0].fixed or not operands[1].attribute:
        return None
    return (operands[0].raw, operands[1].attribute) if isinstance(operands[0].raw, str) else None


def variable(operands: Sequence[Term], top: bool) -> Run | None:
    """``var`` with a written path; at the top the data are an object."""
    if len(operands) not in (1, PAIR) or not all(operand.fixed for operand in operands):
        return None
    path, default = operands[0].raw, operands[1].raw if len(operands) == PAIR else None
    if not isinstance(path, str) or not path or isinstance(default, (list, dict)):
        return None
    steps = tuple(path.split("."))
    if not top:
        return lambda data: default if (found := walk(data, steps)) is None else found
    if len(steps) > 1:
        first, rest = steps[0], steps[1:]
        return lambda data: default if (found := walk(data.get(first), rest)) is None else found
    if default is None:
        return lambda data: data.get(path)
    return lambda data: default if (found := data.get(path)) is None else found


def membership(operands: Sequence[Term], _: bool) -> Run | None:
    """``in`` a written list: a set for what can be hashed, so that a thousand names cost as much as one."""
    if len(operands) != PAIR or not operands[1].fixed or not isinstance(operands[1].raw, list):
        return None
    needle, name, listed = operands[0].run, operands[0].attribute, operands[1].raw
    flat = is_flat(listed)
    plain = frozenset(listed if flat else (member for member in listed if is_flat([member])))
    others = [] if flat else [member for member in listed if not is_flat([member])]

    def run(data: Any) -> bool:
        wanted = needle(data)
        try:
            return wanted in plain
        except TypeError:  # a list or an object, which only a list or an object can equal
            return wanted in others

    def read(data: Any) -> bool:
        wanted = data.get(name)
        try:
            return wanted in plain
        except TypeError:
            return wanted in others

    return read if name else run


def equality(operands: Sequence[Term], _: bool) -> Run | None:
    """``==`` with a written text."""
    if len(operands) != PAIR or not operands[1].fixed or not isinstance(operands[1].raw, str):
        return None
    left, right = operands[0].run, operands[1].raw

    def run(data: Any) -> bool:
        value = left(data)
        return value == right if type(value) is str else equal(value, right)

    return run


def in_range(operands: Sequence[Term], _: bool) -> Run | None:
    """``sem_ver`` against a written version."""
    if len(operands) != TRIPLE or not operands[1].fixed or not operands[2].fixed:
        return None
    relation = RANGES.get(operands[1].raw) if isinstance(operands[1].raw, str) else None
    bound = version(operands[2].raw)
    if relation is None or bound is None:
        return None
    value, name = operands[0].run, operands[0].attribute

    def run(data: Any) -> bool | None:
        met = version(value(data))
        return None if met is None else relation(met, bound)

    def read(data: Any) -> bool | None:
        met = version(data.get(name))
        return None if met is None else relation(met, bound)

    return read if name else run


def concatenation(operands: Sequence[Term], _: bool) -> Run | None:
    """``cat`` of a written text and something: what a bucket with a seed of its own is made of."""
    if len(operands) != PAIR or not operands[0].fixed or not isinstance(operands[0].raw, str):
        return None
    head, rest, whole = operands[0].raw, operands[1].run, OPERATORS["cat"]

    def run(data: Any) -> Any:
        tail = rest(data)
        return whole(data, head, tail) if type(tail) is not str else head + tail

    return run


def shares(operands: Sequence[Term], key: str) -> Run | None:
    """``fractional`` with written shares, bucketed by a value or (at the top) by flag key and targeting key."""
    if not operands:
        return None
    short = isinstance(operands[0].raw, list)
    written = operands if short else operands[1:]
    if not all(share.fixed for share in written) or not (short or operands[0].op in ("cat", "substr")):
        return None
    weighed = weigh(tuple(share.raw for share in written))
    if weighed is None or any(isinstance(name, (list, dict)) for name in weighed[0]):
        return None
    names, ends = weighed
    total = ends[-1]
    if not short:
        return by_value(operands[0], names, ends)
    head = pair_head(key)

    def run(data: Any) -> Any:
        targeting_key = data.get("targetingKey")
        if not isinstance(targeting_key, str) or not targeting_key:
            return None
        hashed = pair_hash(head, targeting_key)
        return None if hashed is None else names[bisect_right(ends, (hashed * total) >> 32)]

    return run


def by_value(by: Term, names: Sequence[Any], ends: Sequence[int]) -> Run:
    """Shares by a value that is computed: in most rules a seed and the targeting key."""
    value, total = by.run, ends[-1]

    def bucketed(data: Any) -> Any:
        hashed = hash_of(value(data))
        return None if hashed is None else names[bisect_right(ends, (hashed * total) >> 32)]

    if by.seeded is None:
        return bucketed
    seed, name = by.seeded

    def sown(data: Any) -> Any:
        tail = data.get(name)
        if type(tail) is not str:
            return bucketed(data)
        hashed = hash_of(seed + tail)
        return None if hashed is None else names[bisect_right(ends, (hashed * total) >> 32)]

    return sown


SHAPES: Mapping[str, Callable[[Sequence[Term], bool], Run | None]] = {
    "var": variable,
    "in": membership,
    "==": equality,
    "sem_ver": in_range,
    "cat": concatenation,
}
