"""Conditions that stand in the rules of several flags are evaluated once for each asker, not once for each flag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from server.domain.flags.evaluation.terms import Run

WORTH = frozenset({"and", "or", "!", "if", "sem_ver", "in", "=="})
LONGEST = 4096
UNKNOWN = object()


class Asked(dict[str, Any]):
    """A context while flags are evaluated for it, and what shared conditions have come to for it."""

    __slots__ = ("known",)

    def __init__(self, context: Mapping[str, Any]) -> None:
        super().__init__(context)
        self.known: dict[bytes, Any] = {}


def repeated(rules: Iterable[Any]) -> frozenset[bytes]:
    """The conditions, as they are spelt, that occur in more than one of the rules."""
    seen: Counter[bytes] = Counter()
    for rule in rules:
        seen.update(set(_conditions(rule)))
    return frozenset(condition for condition, count in seen.items() if count > 1)


def spelt(raw: Any) -> bytes | None:
    """A condition as text, by which equal ones are known; None for what is not worth it."""
    if not isinstance(raw, dict) or len(raw) != 1 or next(iter(raw)) not in WORTH:
        return None
    try:
        written = orjson.dumps(raw)
    except (TypeError, RecursionError):
        return None
    return written if len(written) <= LONGEST else None


def remembered(run: Run, name: bytes) -> Run:
    """The same, run once for each asker."""

    def once(data: Any) -> Any:
        known = data.known
        found = known.get(name, UNKNOWN)
        if found is UNKNOWN:
            found = known[name] = run(data)
        return found

    return once


def _conditions(raw: Any) -> Iterator[bytes]:
    waiting = [raw]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = spelt(part)
            if name is not None:
                yield name
