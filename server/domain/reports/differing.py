"""What differs between two contents of one report, line by line in words: figures, grids, texts, problems. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.domain.reports.content import Content, Grid, Problem
from server.domain.reports.vocabulary import TextKey
from server.domain.upkeep import INSPECTION_BLOCKS
from server.gateways.office.layout import Fields, Table

NOTHING = "（无）"
# The sheet's own order of what a line holds.
PLACES = {
    block.key: tuple(each.key for each in (block.fields if isinstance(block, Fields) else block.columns))
    for block in INSPECTION_BLOCKS
    if isinstance(block, Fields | Table)
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that reads otherwise: where, before, after; ``part`` is figure, grid, inspection, text or problem."""

    part: str
    what: str
    before: str
    after: str


def differences(old: Content, new: Content) -> list[Difference]:
    """Every difference, in the order of the newer one."""
    return [
        *_figures(old, new),
        *_grids(old, new),
        *_inspection(old, new),
        *_texts(old, new),
        *_problems(old, new),
    ]


def _figures(old: Content, new: Content) -> Iterator[Difference]:
    before = {one.key: (f"{s.title} · {one.label}", one.text) for s in old.sections for one in s.figures}
    after = {one.key: (f"{s.title} · {one.label}", one.text) for s in new.sections for one in s.figures}
    yield from _compared("figure", before, after)


def _grids(old: Content, new: Content) -> Iterator[Difference]:
    yield from _compared("grid", _lines(old), _lines(new))


def _lines(content: Content) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for section in content.sections:
        for grid in section.grids:
            for number, row in enumerate(grid.rows):
                name = row[0] if row else ""
                key = f"{grid.key}:{name}"
                if key in found:
                    key = f"{key}:{number}"
                found[key] = (f"{section.title} · {grid.title} · {name}", _line(grid, row))
    return found


def _line(grid: Grid, row: tuple[str, ...]) -> str:
    pairs = zip(grid.headings[1:], row[1:], strict=False)
    return "，".join(f"{heading} {cell}" for heading, cell in pairs if cell)


def _inspection(old: Content, new: Content) -> Iterator[Difference]:
    yield from _compared("inspection", _sheet(old), _sheet(new))


def _sheet(content: Content) -> dict[str, tuple[str, str]]:
    """Each line of the inspection sheet under its first words."""
    if content.inspection is None:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for key, block in content.inspection.blocks.items():
        rows = block if isinstance(block, list) else [block if isinstance(block, dict) else {"": block}]
        for number, row in enumerate(rows):
            # what was kept as JSON has its keys in another order than what was made just now
            order = PLACES.get(key, ())
            cells = [row[name] for name in (*order, *sorted(set(row) - set(order))) if row.get(name)]
            name = cells[0] if cells and isinstance(block, list) else "巡检单"
            found[f"{key}:{number}:{name}"] = (f"巡检单 · {name}"[:200], "，".join(cells))
    return found


def _texts(old: Content, new: Content) -> Iterator[Difference]:
    before = {key: (TextKey(key).label, text) for key, text in old.texts.items()}
    after = {key: (TextKey(key).label, text) for key, text in new.texts.items()}
    yield from _compared("text", before, after)


def _problems(old: Content, new: Content) -> Iterator[Difference]:
    yield from _compared("problem", _told(old), _told(new))


def _told(content: Content) -> dict[str, tuple[str, str]]:
    return {each.text: (f"问题：{each.text}", _problem(each)) for each in content.problems}


def _problem(each: Problem) -> str:
    parts = (
        each.kind,
        each.measure,
        each.owner and f"责任人 {each.owner}",
        each.due_on and f"期限 {each.due_on}",
        each.state,
    )
    return "，".join(part for part in parts if part)


def _compared(
    part: str, before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]
) -> Iterator[Difference]:
    for key, (what, text) in after.items():
        told = before.get(key, ("", NOTHING))[1]
        if told != text:
            yield Difference(part, what, told or NOTHING, text or NOTHING)
    for key, (what, text) in before.items():
        if key not in after:
            yield Difference(part, what, text or NOTHING, NOTHING)
