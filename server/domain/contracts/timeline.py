"""Which revision holds when, and how a change goes into all that holds from a day on, pure.

Of the revisions whose day has come, the highest number holds. A change with an earlier day than a revision that is
still to come would therefore hide that revision, or bring it forward; so a change is written once for every stretch
of time that it touches, and each stretch keeps what it had of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from server.domain.contracts.paths import key_of


class Kept(Protocol):
    """A revision as the timeline needs it: its number and its day. A row of the query will do."""

    @property
    def revision(self) -> int: ...

    @property
    def effective_from(self) -> date: ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """From which day which revision holds."""

    starts_on: date
    revision: int


def holding(kept: Iterable[Kept], on: date) -> int | None:
    """The revision that holds on a day; before all of them the one that will hold first; None if there is none."""
    rows = list(kept)
    day = max(on, min((row.effective_from for row in rows), default=on))
    held = [row for row in rows if row.effective_from <= day]
    return max((row.revision for row in held), default=None)


def stretches(kept: Iterable[Kept], since: date) -> list[Stretch]:
    """What holds from a day on: that day first, then every later day on which another revision begins to hold."""
    rows = list(kept)
    days = [since, *sorted({row.effective_from for row in rows if row.effective_from > since})]
    found: list[Stretch] = []
    for day in days:
        revision = holding(rows, day)
        if revision is not None and (not found or found[-1].revision != revision):
            found.append(Stretch(day, revision))
    return found


def merged(base: Any, changed: Any, other: Any) -> Any:
    """What ``other`` becomes when it goes the way that ``base`` went to ``changed``: three values of one place.

    Where both went another way, the change wins: what is decided later prevails (A47). Lists of keyed objects are
    merged entry by entry.
    """
    if base == changed:
        return copy.deepcopy(other)
    if all(isinstance(each, Mapping) for each in (base, changed, other)):
        return _merged_objects(base, changed, other)
    if all(_keyed(each) for each in (base, changed, other)):
        return _merged_lists(base, changed, other)
    return copy.deepcopy(changed)


def _merged_objects(base: Mapping[str, Any], changed: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in [*other, *(each for each in changed if each not in other)]:
        if name in base and name not in changed:
            continue
        if name in changed and name in base and name in other:
            made[name] = merged(base[name], changed[name], other[name])
        elif name in changed and (name not in base or base[name] != changed[name]):
            made[name] = copy.deepcopy(changed[name])
        elif name in other:
            made[name] = copy.deepcopy(other[name])
    return made


def _merged_lists(base: list[Any], changed: list[Any], other: list[Any]) -> list[Any]:
    together = _merged_objects(*({str(key_of(each)): each for each in entries} for entries in (base, changed, other)))
    return list(together.values())


def _keyed(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) and key_of(each) is not None for each in value)
