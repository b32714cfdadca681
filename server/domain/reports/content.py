"""What a report holds, as plain values: figures with their sources, grids, work done, charts. It goes to JSON and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

MOST_REFS = 200


@dataclass(frozen=True, slots=True)
class Ref:
    """One row that a figure counts: its words, and its address in the console."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``value`` None: there is nothing to measure, or nothing is agreed; ``text`` is how it is printed.

    ``address`` is the console's list that shows the same rows, where a filter can say them; ``refs`` are the rows.
    """

    key: str
    label: str
    value: int | str | None
    text: str
    note: str = ""
    address: str = ""
    refs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of texts under headings."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work done in the period: when, what sort, what, who; with its address."""

    on: str
    kind: str
    text: str
    who: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """A chart over labels."""

    key: str
    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of a report."""

    key: str
    title: str
    figures: tuple[Figure, ...] = ()
    grids: tuple[Grid, ...] = ()
    works: tuple[Work, ...] = ()
    curves: tuple[Curve, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it is printed."""

    kind: str
    text: str
    measure: str
    owner: str
    due_on: str
    state: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An inspection's sheet as it went in: ``blocks`` are what ``upkeep.INSPECTION_BLOCKS`` take."""

    id: str
    number: str
    blocks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a report says: ``head`` are labelled facts, ``texts`` by TextKey as they are printed.

    ``inspection`` is the month's inspection sheet where it is part of the report (#25).
    """

    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]
    differences: tuple[tuple[str, str, str], ...] = ()
    inspection: Sheet | None = None

    def figure(self, key: str) -> Figure | None:
        """A figure by its key."""
        return next((one for section in self.sections for one in section.figures if one.key == key), None)

    def grid(self, key: str) -> Grid | None:
        """A grid by its key."""
        return next((one for section in self.sections for one in section.grids if one.key == key), None)


def count(key: str, label: str, refs: Sequence[Ref], *, address: str = "", note: str = "", unit: str = "件") -> Figure:
    """A figure that counts rows; at most so many of them are named."""
    return Figure(key, label, len(refs), f"{len(refs)} {unit}", note, address, tuple(refs[:MOST_REFS]))


def percent(kept: int, total: int) -> str:
    """``95.0%`` rounded half up from integers; a dash where there is nothing to divide by."""
    if not total:
        return "—"
    share = (Decimal(kept) * 100 / Decimal(total)).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")
    return f"{share}%"


def to_json(content: Content) -> dict[str, Any]:
    """As plain JSON values."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(content), ensure_ascii=False))
    return plain


def sha256_of(plain: Mapping[str, Any]) -> str:
    """The hash of the canonical JSON."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(plain: Mapping[str, Any]) -> Content:
    """And back."""
    return Content(
        head=_pairs(plain["head"]),
        sections=tuple(_section(each) for each in plain["sections"]),
        texts=dict(plain["texts"]),
        problems=tuple(Problem(**each) for each in plain["problems"]),
        differences=tuple((a, b, c) for a, b, c in plain.get("differences", [])),
        inspection=Sheet(**plain["inspection"]) if plain.get("inspection") else None,
    )


def _section(plain: Mapping[str, Any]) -> Section:
    return Section(
        key=plain["key"],
        title=plain["title"],
        figures=tuple(
            Figure(**{**each, "refs": tuple(Ref(**ref) for ref in each["refs"])}) for each in plain["figures"]
        ),
        grids=tuple(
            Grid(each["key"], each["title"], tuple(each["headings"]), tuple(tuple(row) for row in each["rows"]))
            for each in plain["grids"]
        ),
        works=tuple(Work(**each) for each in plain["works"]),
        curves=tuple(_curve(each) for each in plain["curves"]),
        note=plain["note"],
    )


def _curve(plain: Mapping[str, Any]) -> Curve:
    series = tuple((name, tuple(values)) for name, values in plain["series"])
    return Curve(plain["key"], plain["title"], plain["unit"], tuple(plain["labels"]), series)


def _pairs(plain: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in plain)
