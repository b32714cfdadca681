"""A year of the working calendar as it is drawn: twelve months of weeks, and its holidays in a few lines."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta

from server.domain.calendar import Day, DayKind, WorkCalendar

MARKS = {DayKind.HOLIDAY: "休", DayKind.SHIFTED: "班"}
DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in the grid."""

    on: date
    day: Day

    @property
    def mark(self) -> str:
        """What stands beside the number, so that colour never stands alone."""
        return MARKS.get(self.day.kind, "")

    @property
    def spoken(self) -> str:
        """The day for a screen reader and a tooltip."""
        return f"{self.on.month}月{self.on.day}日 {self.day.kind.label}{self.day.name and f'，{self.day.name}'}"


@dataclass(frozen=True, slots=True)
class Month:
    """One month: weeks from Monday, None where a week belongs to its neighbours."""

    number: int
    working_days: int
    weeks: list[list[Cell | None]]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of free days around a holiday, or days that are worked for it."""

    name: str
    first_on: date
    last_on: date
    works: bool

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.last_on - self.first_on).days + 1


def months_of(book: WorkCalendar, year: int) -> list[Month]:
    """The grid of a maintained year."""
    return [_month(book, year, number) for number in range(1, 13)]


def spans_of(book: WorkCalendar, year: int) -> list[Span]:
    """The holidays of a year with the weekends that they touch, and the weekends worked for them, in order."""
    days = sorted(on for on in book.days if on.year == year)
    found = [Span(book.day(on).name, on, on, works=True) for on in days if book.day(on).kind is DayKind.SHIFTED]
    free: list[date] = []
    for on in [*days, None]:
        if on is not None and not book.works(on):
            free.append(on)
            continue
        names = [book.day(each).name for each in free if book.day(each).kind is DayKind.HOLIDAY]
        if names:
            spoken = "、".join(dict.fromkeys(name or "临时放假" for name in names))
            found.append(Span(spoken, free[0], free[-1], works=False))
        free = []
    return sorted(found, key=lambda span: span.first_on)


def _month(book: WorkCalendar, year: int, number: int) -> Month:
    lead, length = months.monthrange(year, number)
    first = date(year, number, 1)
    cells: list[Cell | None] = [None] * lead
    for offset in range(length):
        on = first + timedelta(days=offset)
        cells.append(Cell(on, book.day(on)))
    cells += [None] * (-len(cells) % DAYS_OF_WEEK)
    weeks = [cells[start : start + DAYS_OF_WEEK] for start in range(0, len(cells), DAYS_OF_WEEK)]
    worked = sum(cell is not None and cell.day.kind.works for cell in cells)
    return Month(number, worked, weeks)
