"""Which moments nobody, or more than one, is on duty for: pure, over half-open spans of aware moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a moment up to, not including, another."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at


def gaps_in(spans: Iterable[Span], whole: Span) -> list[Span]:
    """The parts of ``whole`` that no span covers, in order. Spans that touch leave nothing between them."""
    return [Span(since, until) for since, until, depth in _depths(spans, whole) if depth == 0]


def doubles_in(spans: Iterable[Span], whole: Span) -> list[Span]:
    """The parts of ``whole`` that two or more spans cover, in order."""
    found: list[Span] = []
    for since, until, depth in _depths(spans, whole):
        if depth < 2:  # noqa: PLR2004 - two is what makes it double
            continue
        if found and found[-1].ends_at == since:
            found[-1] = Span(found[-1].starts_at, until)
        else:
            found.append(Span(since, until))
    return found


def shared(span: Span, others: Iterable[Span]) -> list[Span]:
    """The parts of a span that lie in others, which do not overlap each other."""
    cut = (Span(max(span.starts_at, each.starts_at), min(span.ends_at, each.ends_at)) for each in others)
    return sorted(each for each in cut if each.starts_at < each.ends_at)


def _depths(spans: Iterable[Span], whole: Span) -> list[tuple[datetime, datetime, int]]:
    """``whole`` in pieces, each with the number of spans that cover it; neighbours differ in it."""
    steps: dict[datetime, int] = {}
    for each in shared(whole, spans):
        steps[each.starts_at] = steps.get(each.starts_at, 0) + 1
        steps[each.ends_at] = steps.get(each.ends_at, 0) - 1
    pieces: list[tuple[datetime, datetime, int]] = []
    since, depth = whole.starts_at, 0
    for at in sorted(steps):
        if steps[at] == 0:
            continue
        if at > since:
            pieces.append((since, at, depth))
        since, depth = at, depth + steps[at]
    if since < whole.ends_at:
        pieces.append((since, whole.ends_at, depth))
    return pieces
