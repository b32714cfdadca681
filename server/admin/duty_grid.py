"""A month of the roster as it is drawn: weeks of days, each with who is on when, and where nobody is."""

from __future__ import annotations

import calendar as months
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.admin.year_grid import MARKS
from server.core import clock
from server.domain import calendar, duty
from server.domain.calendar import CalendarMissing, WorkCalendar
from server.domain.duty import Gap, Shift, Span
from server.domain.identity import Actor

ONE_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a shift that lies in a day."""

    shift: Shift
    hours: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. ``gaps`` are the hours that nobody covers, ``doubles`` those that two do."""

    on: date
    inside: bool
    mark: str
    pieces: list[Piece]
    gaps: list[str]
    doubles: list[str]

    @property
    def weekday(self) -> str:
        """As people say it."""
        return f"周{WEEKDAYS[self.on.weekday()]}"


@dataclass(frozen=True, slots=True)
class Grid:
    """The month, with its neighbours and what it holds in hours."""

    first: date
    last: date
    weeks: list[list[Cell]]
    gaps: list[Gap]
    before: str
    after: str


def month_of(text: str | None) -> date:
    """The first day of a month as the address names it (2026-11), else of this month."""
    try:
        return datetime.strptime(f"{text}-01", "%Y-%m-%d").date()  # noqa: DTZ007 - a day without a time
    except ValueError:
        return clock.today().replace(day=1)


def grid_of(actor: Actor, contract_id: uuid.UUID, first: date) -> Grid:
    """A contract's month in whole weeks from Monday."""
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    begin, end = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    book = calendar.load()
    shifts = duty.shifts_between(actor, clock.start_of(begin), clock.end_of(end), contract_id=contract_id)
    gaps = duty.gaps(contract_id, begin, end)
    doubles = duty.doubles(contract_id, begin, end)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    cells = [_cell(day, first.month, book, shifts, gaps, doubles) for day in days]
    return Grid(
        first=first,
        last=last,
        weeks=[cells[at : at + 7] for at in range(0, len(cells), 7)],
        gaps=[each for each in gaps if each.starts_at < clock.end_of(last) and each.ends_at > clock.start_of(first)],
        before=f"{first - ONE_DAY:%Y-%m}",
        after=f"{last + ONE_DAY:%Y-%m}",
    )


def hours_in(day: date, starts_at: datetime, ends_at: datetime) -> str:
    """The hours of a span in a day: 08:30–24:00, or 全天."""
    begin, end = clock.start_of(day), clock.end_of(day)
    since, until = max(starts_at, begin), min(ends_at, end)
    if (since, until) == (begin, end):
        return "全天"
    ends = "24:00" if until == end else f"{clock.to_local(until):%H:%M}"
    return f"{clock.to_local(since):%H:%M}–{ends}"


def _cell(
    day: date, month: int, book: WorkCalendar, shifts: Sequence[Shift], gaps: Iterable[Gap], doubles: Iterable[Span]
) -> Cell:
    begin, end = clock.start_of(day), clock.end_of(day)

    def touching(spans: Iterable[Gap] | Iterable[Span]) -> list[str]:
        return [
            hours_in(day, each.starts_at, each.ends_at)
            for each in spans
            if each.starts_at < end and each.ends_at > begin
        ]

    return Cell(
        on=day,
        inside=day.month == month,
        mark=_mark(book, day),
        pieces=[
            Piece(each, hours_in(day, each.starts_at, each.ends_at))
            for each in shifts
            if each.starts_at < end and each.ends_at > begin
        ],
        gaps=touching(gaps),
        doubles=touching(doubles),
    )


def _mark(book: WorkCalendar, day: date) -> str:
    """休 or 班; nothing for a year that nobody maintains: duty needs no working days."""
    try:
        return MARKS.get(book.day(day).kind, "")
    except CalendarMissing:
        return ""
