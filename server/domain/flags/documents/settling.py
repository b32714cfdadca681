"""One value with three states: before, mine, theirs; and what is left for a person to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from server.domain.flags.documents.reading import canonical
from server.domain.flags.documents.wording import value_in_words

Take = Mapping[str, str]
# Comparisons whose values are a set.
SETS = frozenset({"in", "not_in", "one_of", "not_one_of", "starts_with", "ends_with", "contains"})


class Missing:
    """Not there."""

    def __repr__(self) -> str:
        return "（无）"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed one thing differently: ``path`` names it for ``take``, the rest is for people."""

    path: str
    label: str
    base: str
    mine: str
    theirs: str


class Settle:
    """Takes the side that changed; where both did, the side that was chosen; else keeps a conflict."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self.conflicts: list[Conflict] = []

    def __call__(self, path: str, label: str, base: Any, mine: Any, theirs: Any) -> Any:
        """The value to take; mine as a stand-in for one that is not settled."""
        if same(mine, base):
            return theirs
        if same(theirs, base) or same(mine, theirs):
            return mine
        chosen = self.take.get(path)
        if chosen not in {"mine", "theirs"}:
            self.conflicts.append(Conflict(path, label, _told(base), _told(mine), _told(theirs)))
        return theirs if chosen == "theirs" else mine


def same(left: Any, right: Any) -> bool:
    """Equality as JSON has it, where true is not 1."""
    if left is MISSING or right is MISSING:
        return left is right
    return canonical(left) == canonical(right)


def merge_conditions(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any] | None:
    """Conditions of which only the lists of values differ, merged as sets; None if more differs or nothing is left."""
    if not len(base) == len(mine) == len(theirs):
        return None
    joined = []
    for before, one, other in zip(base, mine, theirs, strict=True):
        if same(one, before) or same(other, before):
            joined.append(other if same(one, before) else one)
            continue
        frames = [{**each, "values": None} for each in (before, one, other)]
        if before["op"] not in SETS or frames[0] != frames[1] or frames[0] != frames[2]:
            return None
        gone = {value for value in before["values"] if value not in one["values"] or value not in other["values"]}
        every = dict.fromkeys([*before["values"], *one["values"], *other["values"]])
        values = [value for value in every if value not in gone]
        if not values:
            return None
        joined.append({**before, "values": values})
    return joined


def _told(value: Any) -> str:
    if value is MISSING:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else value_in_words(value)
