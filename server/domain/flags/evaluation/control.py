"""The operators that choose which of their operands are evaluated, and on what: if, and, or, and the iterators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from server.domain.flags.evaluation.terms import Run, Term
from server.domain.flags.evaluation.values import truthy


def choose(operands: Sequence[Term]) -> Run:
    """condition, then, condition, then, …, else: the first whose condition is true; null without an else."""
    pairs = [(operands[at].run, operands[at + 1].run) for at in range(0, len(operands) - 1, 2)]
    other = operands[-1].run if len(operands) % 2 else nothing
    if len(pairs) == 1:
        ((condition, then),) = pairs
        name = operands[0].attribute
        if name:

            def given(data: Any) -> Any:
                met = data.get(name)
                return then(data) if (met if type(met) is str else truthy(met)) else other(data)

            return given

        def once(data: Any) -> Any:
            met = condition(data)
            return then(data) if met is True or (met is not False and truthy(met)) else other(data)

        return once

    def first(data: Any) -> Any:
        for condition, then in pairs:
            met = condition(data)
            if met is True or (met is not False and truthy(met)):
                return then(data)
        return other(data)

    return first


def nothing(_: Any) -> None:
    return None


def both(operands: Sequence[Term]) -> Run:
    """The first operand that is false, else the last."""
    runs = [operand.run for operand in operands]

    def run(data: Any) -> Any:
        value = None
        for part in runs:
            value = part(data)
            if value is not True and (value is False or not truthy(value)):
                return value
        return value

    return run


def either(operands: Sequence[Term]) -> Run:
    """The first operand that is true, else the last."""
    runs = [operand.run for operand in operands]

    def run(data: Any) -> Any:
        value = None
        for part in runs:
            value = part(data)
            if value is True or (value is not False and truthy(value)):
                return value
        return value

    return run


CHOICES: Mapping[str, Callable[[Sequence[Term]], Run]] = {"if": choose, "?:": choose, "and": both, "or": either}


def mapped(items: Run, test: Run, _: Any) -> Run:
    def run(data: Any) -> Any:
        found = items(data)
        return [test(item) for item in found] if isinstance(found, list) else []

    return run


def filtered(items: Run, test: Run, _: Any) -> Run:
    def run(data: Any) -> Any:
        found = items(data)
        return [item for item in found if truthy(test(item))] if isinstance(found, list) else []

    return run


def every(items: Run, test: Run, _: Any) -> Run:
    """JsonLogic says that all of nothing is false."""

    def run(data: Any) -> Any:
        found = items(data)
        return bool(found) and all(truthy(test(item)) for item in found) if isinstance(found, list) else False

    return run


def some(items: Run, test: Run, _: Any) -> Run:
    def run(data: Any) -> Any:
        found = items(data)
        return any(truthy(test(item)) for item in found) if isinstance(found, list) else False

    return run


def none(items: Run, test: Run, _: Any) -> Run:
    def run(data: Any) -> Any:
        found = items(data)
        return not any(truthy(test(item)) for item in found) if isinstance(found, list) else True

    return run


def reduced(items: Run, test: Run, start: Any) -> Run:
    """From ``start``, which is taken as it is written and not evaluated, over each item as ``current``."""

    def run(data: Any) -> Any:
        found = items(data)
        if not isinstance(found, list):
            return start
        step = {"accumulator": start}
        for item in found:
            step["current"] = item
            step["accumulator"] = test(step)
        return step["accumulator"]

    return run


ITERATORS: Mapping[str, tuple[Callable[[Run, Run, Any], Run], int, Run]] = {
    "map": (mapped, 1, lambda _: []),
    "reduce": (reduced, 1, nothing),
    "filter": (filtered, 2, lambda _: []),
    "all": (every, 2, lambda _: False),
    "some": (some, 2, lambda _: False),
    "none": (none, 2, lambda _: True),
}
"""Per operator how it runs, how many operands it needs, and what it is with fewer."""
