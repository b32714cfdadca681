"""Telling days of a calendar on which a contract's clocks can be shown, pure: a plain one, and those that surprise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from server.core import clock
from server.domain.calendar import DayKind, WorkCalendar, YearStatus

SATURDAY, FRIDAY = 5, 4
MORNING, NIGHT = time(9, 12), time(23, 30)
# A rest that a period of a few days may run into.
LONG_REST = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A moment that shows something, and what it shows."""

    label: str
    at: datetime


def moments(book: WorkCalendar, first_on: date, last_on: date) -> list[Example]:
    """Up to five moments inside a term: a working day, a day off, a worked weekend, a holiday, a night before rest."""
    kinds: tuple[tuple[str, time, Callable[[date], bool]], ...] = (
        ("工作日", MORNING, lambda day: book.works(day) and day.weekday() < SATURDAY),
        ("休息日", MORNING, lambda day: not book.works(day) and day.weekday() >= SATURDAY),
        ("调休上班的周末", MORNING, lambda day: book.works(day) and day.weekday() >= SATURDAY),
        ("法定节假日", MORNING, lambda day: book.day(day).kind is DayKind.HOLIDAY),
        ("休息日前夜（跨日）", NIGHT, lambda day: book.works(day) and not book.works(day + timedelta(days=1))),
    )
    found = []
    for label, hour, fits in kinds:
        day = next((each for each in _days(book, first_on, last_on) if fits(each)), None)
        if day is not None:
            found.append(Example(label, datetime.combine(day, hour, clock.LOCAL)))
    return found


def before_long_rest(book: WorkCalendar, first_on: date, last_on: date) -> date | None:
    """The last working day before a rest of several days, where periods in natural days roll over."""
    for day in _days(book, first_on, last_on):
        after = [day + timedelta(days=number) for number in range(1, LONG_REST + 1)]
        known = all(book.status(each.year) is not YearStatus.MISSING for each in after)
        if known and book.works(day) and not any(book.works(each) for each in after):
            return day
    return None


def _days(book: WorkCalendar, first_on: date, last_on: date) -> Iterator[date]:
    """The days of a term of which the calendar and that of the next day are known."""
    day = first_on
    while day <= last_on:
        if all(book.status(each.year) is not YearStatus.MISSING for each in (day, day + timedelta(days=1))):
            yield day
        day += timedelta(days=1)
