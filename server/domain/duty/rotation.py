"""Turns over weeks, made from a pattern: pure. Shanghai has no summer time, so a day is always 24 hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from server.core import clock
from server.domain.duty.coverage import Span
from server.domain.duty.vocabulary import Pattern

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """A span and whose turn it is, as a place in the row of people."""

    who: int
    span: Span


def turns(
    people: int, pattern: Pattern, first: date, last: date, *, change_at: time, night_at: time | None = None
) -> list[Turn]:
    """Turns that cover every moment from the first day's 00:00 to the last day's 24:00.

    People change at ``change_at`` (every day, every Monday, or also at ``night_at``); the first in the row begins, however
    short the piece before the first change is.
    """
    begin, end = clock.start_of(first), clock.end_of(last)
    moments = sorted({begin, *(at for at in _changes(pattern, first, last, change_at, night_at) if begin < at < end)})
    spans = [Span(since, until) for since, until in zip(moments, [*moments[1:], end], strict=True)]
    return [Turn(place % people, span) for place, span in enumerate(spans)]


def _changes(pattern: Pattern, first: date, last: date, change_at: time, night_at: time | None) -> Iterator[datetime]:
    day = first
    while day <= last:
        if pattern is not Pattern.WEEKLY or day.isoweekday() == 1:
            yield _moment(day, change_at)
        if pattern is Pattern.DAY_NIGHT and night_at is not None:
            yield _moment(day, night_at)
        day += ONE_DAY


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.LOCAL).astimezone(clock.start_of(day).tzinfo)
