"""The fourth clock, pure: calendar cycles (day, week, month, year), and periods that end on a corresponding day."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta

from server.core.enums import Labelled
from server.domain.calendar.clocks import last_day
from server.domain.calendar.working import Deadline, WorkCalendar, spell

MONTHS = 12


class CycleKind(Labelled):
    """How long a cycle is. Weeks start on Monday."""

    DAY = "day", "每日"
    WEEK = "week", "每周"
    MONTH = "month", "每月"
    YEAR = "year", "每年"


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle, both ends included, whole even where a term covers only a part of it."""

    kind: CycleKind
    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        """2026年11月, 2026年, a day, or the week by its first day."""
        if self.kind is CycleKind.MONTH:
            return f"{self.starts_on.year}年{self.starts_on.month}月"
        if self.kind is CycleKind.YEAR:
            return f"{self.starts_on.year}年"
        if self.kind is CycleKind.WEEK:
            return f"{self.starts_on.isoformat()} 至 {self.ends_on.isoformat()}"
        return self.starts_on.isoformat()


def cycle_of(kind: CycleKind, on: date) -> Cycle:
    """The cycle in which a day lies."""
    if kind is CycleKind.DAY:
        return Cycle(kind, on, on)
    if kind is CycleKind.WEEK:
        monday = on - timedelta(days=on.weekday())
        return Cycle(kind, monday, monday + timedelta(days=6))
    if kind is CycleKind.MONTH:
        return Cycle(kind, on.replace(day=1), on.replace(day=months.monthrange(on.year, on.month)[1]))
    return Cycle(kind, date(on.year, 1, 1), date(on.year, 12, 31))


def cycles_touched(kind: CycleKind, first_on: date, last_on: date) -> list[Cycle]:
    """Every cycle of which a term touches at least one day (finding 18: contract A touches 13 months)."""
    found: list[Cycle] = []
    day = first_on
    while day <= last_on:
        found.append(cycle_of(kind, day))
        day = found[-1].ends_on + timedelta(days=1)
    return found


def corresponding_day(on: date, month_count: int) -> date:
    """The day of the same number so many months on, or the month's last day where it has none (Civil Code 202)."""
    month = on.year * MONTHS + on.month - 1 + month_count
    year, month = month // MONTHS, month % MONTHS + 1
    return date(year, month, min(on.day, months.monthrange(year, month)[1]))


def months_after(calendar: WorkCalendar, event_on: date, month_count: int, *, roll_over: bool = True) -> Deadline:
    """A period in months; twelve for a year. It ends on the corresponding day, rolled over if that is agreed."""
    if month_count < 0:
        raise ValueError("a period cannot be negative")
    last = corresponding_day(event_on, month_count)
    trace = [
        f"起算事件发生于 {spell(event_on)}，当日不计入",
        f"满 {month_count} 个月，最后一日为对应日 {spell(last)}",
    ]
    return last_day(calendar, last, trace, roll_over=roll_over)


def years_after(calendar: WorkCalendar, event_on: date, year_count: int, *, roll_over: bool = True) -> Deadline:
    """A period in years, ending on the corresponding day."""
    return months_after(calendar, event_on, year_count * MONTHS, roll_over=roll_over)


def working_day_of_month(calendar: WorkCalendar, year: int, month: int, number: int) -> date:
    """The n-th working day of a month, from 1: when monthly papers are due (B23). ValueError if it has fewer."""
    days = [date(year, month, day + 1) for day in range(months.monthrange(year, month)[1])]
    worked = [day for day in days if calendar.works(day)]
    if not 1 <= number <= len(worked):
        raise ValueError(f"{year}-{month:02} has {len(worked)} working days")
    return worked[number - 1]


def working_days_of_month(calendar: WorkCalendar, year: int, month: int) -> int:
    """How many working days a month has."""
    return sum(calendar.works(date(year, month, day + 1)) for day in range(months.monthrange(year, month)[1]))
