"""Whom a change would touch, in the words of a table: two flag sets over the contexts seen lately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.core import clock
from server.domain import flags
from server.domain.flags import Content, FlagImpact, Impact, Resolution

# So many contexts are enough for a share, and few enough for a page.
MOST_CONTEXTS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """Of one flag: who came to one thing and would come to another. ``share``: percent of all evaluations seen."""

    key: str
    before: str
    after: str
    count: int
    share: float

    @property
    def share_text(self) -> str:
        """As people read it; what is there is never nothing."""
        return "< 0.1%" if 0 < self.share < 0.1 else f"{self.share:.1f}%"  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Reach:
    """``contexts`` distinct ones, which stand for ``weight`` evaluations; ``touched`` of these are served something else."""

    contexts: int
    weight: int
    touched: int
    rows: list[Row]


def reach(before: Content, after: Content) -> Reach:
    """What becomes of those whom the environment of ``after`` saw lately. The caller has asked whether it may be seen."""
    seen = flags.contexts_seen(after.environment, MOST_CONTEXTS)
    if not seen:
        return Reach(0, 0, 0, [])
    found = flags.impact(_compiled(before), _compiled(after), seen, at=clock.now())
    return Reach(found.contexts, found.weight, found.touched, [*_rows(found)])


def _compiled(content: Content) -> flags.FlagSet:
    return flags.compile_set(flags.document_of(content))


def _rows(found: Impact) -> Iterator[Row]:
    for each in found.changed:
        yield from _moves(each)


def _moves(impact: FlagImpact) -> Iterator[Row]:
    for move in impact.moves:
        if move.changed:
            share = 100 * move.weight / impact.weight if impact.weight else 0.0
            yield Row(impact.key, _served(move.before), _served(move.after), move.weight, share)


def _served(resolution: Resolution | None) -> str:
    if resolution is None:
        return "没有这个开关"
    if resolution.error_code is not None:
        return "出错"
    if not resolution.enabled:
        return "已停用"
    return resolution.variant or "程序默认值"
