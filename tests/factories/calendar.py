"""Working calendars for tests: seeded into the database, or as a plain value."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import MappingProxyType

from server.domain import calendar
from server.domain.calendar import WorkCalendar
from server.domain.calendar.seeding import plan_of
from server.domain.identity import SCHEDULER

USUAL_YEARS = (2025, 2026, 2027)


def seeded_calendar(years: Iterable[int] = USUAL_YEARS) -> WorkCalendar:
    """Seed the database (2025 and 2026 official, 2027 provisional unless told otherwise) and load it."""
    calendar.seed(SCHEDULER, years=years)
    return calendar.load()


@cache
def work_calendar(first: int = 2004, last: int = 2027) -> WorkCalendar:
    """The same days without a database, for pure rules: official to 2026, provisional after."""
    plans = [plan_of(year) for year in range(first, last + 1)]
    return WorkCalendar(
        version=1,
        years=MappingProxyType({plan.year: plan.status for plan in plans}),
        days=MappingProxyType({on: day for plan in plans for on, day in plan.days.items()}),
    )
