"""Terms as JSON, by path: what to change in them, and what differs between two revisions.

A path is written with dots; entries of a list go by their ``key`` (or ``id``): ``milestones.first.due.working_days``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from server.core.errors import Invalid
from server.core.money import neat
from server.domain.contracts.labels import CHOICES, LABELS, MASKED

MISSING = object()
IDS = frozenset({"key", "id"})
FIGURES = frozenset({"amount", "rate", "cap", "lpr", "hours", "working_day_hours", "other_day_hours"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs; None where a side does not have it. Account numbers are masked.

    ``label`` is the path in Chinese; ``was`` and ``becomes`` are the values for people.
    """

    path: str
    label: str
    before: Any
    after: Any
    was: str
    becomes: str


def with_changes(data: Mapping[str, Any], changes: Mapping[str, Any], *, lenient: bool = False) -> dict[str, Any]:
    """A copy of terms with values replaced by path; Invalid if a path's parent is not there (``lenient``: left out).

    A path to an entry of a list replaces or adds it; None takes it away.
    """
    made = copy.deepcopy(dict(data))
    for path, value in changes.items():
        try:
            _set(made, path, copy.deepcopy(value))
        except Invalid:
            if not lenient:
                raise
    return made


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The changes that ``with_changes`` needs to make the one out of the other."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys([*before, *after]):
        at = f"{path}.{name}" if path else name
        was, becomes = before.get(name), after.get(name)
        if was == becomes or (was is not None and becomes is not None and _same(at, was, becomes)):
            continue
        if isinstance(was, Mapping) and isinstance(becomes, Mapping):
            found |= changes_between(was, becomes, at)
        elif _entries(was) and _entries(becomes):
            found |= changes_between(_by_key(was), _by_key(becomes), at)
        else:
            found[at] = becomes
    return found


def overlap(one: str, other: str) -> bool:
    """Whether two paths are the same place or one lies inside the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every value that differs between two revisions, in the order of their paths."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    names = _names(before) | _names(after)
    found = []
    for path in sorted(old.keys() | new.keys()):
        # By what an entry goes stands in its path; for people it has a name.
        if path.rpartition(".")[2] in IDS:
            continue
        was, becomes = old.get(path), new.get(path)
        if not _same(path, old.get(path, MISSING), new.get(path, MISSING)):
            label = spell_path(path, names)
            words = spell_value(path, was, names), spell_value(path, becomes, names)
            found.append(Difference(path, label, _shown(path, was), _shown(path, becomes), *words))
    return found


def _same(path: str, was: Any, becomes: Any) -> bool:
    """Whether two values say the same: figures are compared as such, so that 2 is "2" and 28000 is "28000.00"."""
    if was == becomes or path.rpartition(".")[2] not in FIGURES or MISSING in (was, becomes):
        return bool(was == becomes)
    try:
        return Decimal(str(was)) == Decimal(str(becomes))
    except InvalidOperation:
        return False


def spell_path(path: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A path in Chinese: 响应时限 · 工作日（小时）. ``names`` tells what entries of lists are called."""
    parts = path.split(".")
    whole = [".".join(parts[: number + 1]) for number in range(len(parts))]
    return " · ".join(names.get(at, LABELS.get(part, part)) for at, part in zip(whole, parts, strict=True))


def spell_value(path: str, value: Any, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value for people: choices by their label, yes and no, 未约定 for none."""
    if value is None or value == []:
        return "（空）" if path.startswith("findings.") else "未约定"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(spell_value(path, each, names) for each in value)
    if path.endswith(".amount"):
        return _money(str(value))
    for members in CHOICES.get(path.rpartition(".")[2], ()):
        if value in set(members):
            return members(value).label
    return names.get(f"{path}={value}", str(_shown(path, value))) or "（空）"


def _money(figure: str) -> str:
    try:
        return neat(Decimal(figure))
    except InvalidOperation:
        return figure


def masked(number: str) -> str:
    """An account number of which the last four digits can be seen."""
    return f"{'*' * max(len(number) - 4, 0)}{number[-4:]}"


def _set(made: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    place: Any = made
    for parent in parents:
        place = _step(place, parent, path)
    if isinstance(place, dict):
        place[name] = value
    elif _entries(place) and (value is None or (isinstance(value, dict) and key_of(value) == name)):
        at = next((number for number, each in enumerate(place) if key_of(each) == name), len(place))
        place[at : at + 1] = [] if value is None else [value]
    else:
        raise Invalid(fields={path: ["没有这一项条款数据"]})


def _by_key(entries: Any) -> dict[str, Any]:
    return {str(key_of(each)): each for each in entries}


def _entries(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and key_of(each) is not None for each in value)


def _step(place: Any, name: str, path: str) -> Any:
    if isinstance(place, dict):
        found = place.get(name)
    elif isinstance(place, list):
        found = next((each for each in place if isinstance(each, dict) and key_of(each) == name), None)
    else:
        found = None
    if found is None:
        raise Invalid(fields={path: ["没有这一项条款数据"]})
    return found


def key_of(entry: Mapping[str, Any]) -> Any:
    """What an entry of a list goes by: its ``key`` or its ``id``."""
    return entry.get("key", entry.get("id"))


def _names(data: Mapping[str, Any]) -> dict[str, str]:
    """What entries of the lists are called, by path, and what the keys of readings stand for."""
    found: dict[str, str] = {}
    for part, entries in data.items():
        for entry in entries if isinstance(entries, list) else ():
            at = f"{part}.{key_of(entry)}"
            found[at] = f"第 {entry['number']} 项" if "number" in entry else str(entry.get("title") or key_of(entry))
            for reading in entry.get("readings") or ():
                found[f"{at}.chosen={reading.get('key')}"] = str(reading.get("label"))
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{path}.{key_of(each) or number}")
    elif value is not None:
        yield path, value


def _shown(path: str, value: Any) -> Any:
    return masked(str(value)) if value is not None and path.rpartition(".")[2] in MASKED else value
