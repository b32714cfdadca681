"""A month of the agenda as it is drawn: whole weeks from Monday, each day with its kind and its duties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from server.admin.year_grid import MARKS
from server.domain import calendar
from server.domain.agenda import Entry, Urgency
from server.domain.calendar import CalendarMissing, CycleKind, Day, WorkCalendar

WEEK = 7
SHOWN = 4
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_URGENT = {Urgency.LATE: 0, Urgency.SOON: 1, Urgency.AHEAD: 2, Urgency.DONE: 3}


@dataclass(frozen=True, slots=True)
class Box:
    """One day. ``day`` None: its year is not maintained, so nothing is said of it."""

    on: date
    day: Day | None
    inside: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """休 or 班, so that colour never stands alone."""
        return MARKS.get(self.day.kind, "") if self.day else ""

    @property
    def free(self) -> bool:
        """Whether nobody works on it, as far as that is known."""
        return self.day is not None and not self.day.kind.works

    @property
    def first(self) -> list[Entry]:
        """What is drawn at once, the urgent first."""
        return self.entries[:SHOWN]

    @property
    def rest(self) -> list[Entry]:
        """What opens on request."""
        return self.entries[SHOWN:]


@dataclass(frozen=True, slots=True)
class Month:
    """A month and its weeks."""

    first: date
    last: date
    weeks: list[list[Box]]

    @property
    def label(self) -> str:
        """2026年11月."""
        return f"{self.first.year}年{self.first.month}月"

    @property
    def before(self) -> str:
        """The month before, as the address names it."""
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The month after."""
        return f"{self.last + timedelta(days=1):%Y-%m}"

    @property
    def grid(self) -> tuple[date, date]:
        """The first and the last day that are drawn."""
        return self.weeks[0][0].on, self.weeks[-1][-1].on


def asked(text: str, today: date) -> date:
    """The first day of the month that an address names; this month if it names none."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)


def month_of(first: date, book: WorkCalendar) -> Month:
    """The empty grid of a month."""
    last = calendar.cycle_of(CycleKind.MONTH, first).ends_on
    start = calendar.cycle_of(CycleKind.WEEK, first).starts_on
    end = calendar.cycle_of(CycleKind.WEEK, last).ends_on
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    boxes = [Box(on, _day(book, on), first <= on <= last) for on in days]
    return Month(first, last, [boxes[number : number + WEEK] for number in range(0, len(boxes), WEEK)])


def fill(month: Month, entries: Iterable[Entry]) -> None:
    """Put the duties into their days, the urgent first."""
    boxes = {box.on: box for week in month.weeks for box in week}
    for entry in sorted(entries, key=lambda each: (_URGENT[each.urgency], each.ends_at, each.object_id)):
        if entry.due_on in boxes:
            boxes[entry.due_on].entries.append(entry)


def by_day(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    """The duties under their days, in order."""
    found: dict[date, list[Entry]] = {}
    for entry in entries:
        if entry.due_on is not None:
            found.setdefault(entry.due_on, []).append(entry)
    return found


def _day(book: WorkCalendar, on: date) -> Day | None:
    try:
        return book.day(on)
    except CalendarMissing:
        return None
