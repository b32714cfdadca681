"""First filling of the calendar: the only place that asks a library what a day is (domain.md §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import chinese_calendar
import holidays
import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity
from server.domain.calendar import followers
from server.domain.calendar.loading import load, next_version
from server.domain.calendar.models import CalendarDay, CalendarYear
from server.domain.calendar.working import SATURDAY, Day, DayKind, YearStatus, ordinary, year_days
from server.domain.identity import Actor, Permission

FIRST_YEAR = min(day.year for day in chinese_calendar.constants.holidays)
LAST_OFFICIAL_YEAR = max(day.year for day in chinese_calendar.constants.holidays)
# How far ahead of today estimates are laid down: the longest term of a contract, with its payments.
YEARS_AHEAD = 4
OFFICIAL_SOURCE = "国务院办公厅放假通知（chinesecalendar 内置数据）"
PROVISIONAL_SOURCE = "按周末与法定节日估算（holidays 规则，不含调休）"


@dataclass(frozen=True, slots=True)
class YearPlan:
    """A year as a library gives it."""

    year: int
    status: YearStatus
    source: str
    days: dict[date, Day]


def seed(actor: Actor, years: Iterable[int] | None = None) -> list[int]:
    """Lay down the years that are not there yet; years that somebody maintains are left alone.

    Years of the official lists are OFFICIAL, later ones PROVISIONAL, earlier ones stay missing. By default everything
    from 2004 to four years after today. Returns the years that were laid down.
    """
    actor.need(Permission.CALENDAR_MANAGE)
    wanted = years if years is not None else range(FIRST_YEAR, clock.today().year + YEARS_AHEAD + 1)
    calendar = load()
    plans = [plan_of(year) for year in sorted(set(wanted) - set(calendar.years)) if year >= FIRST_YEAR]
    if not plans:
        return []
    version = next_version(calendar.version)
    moment = clock.now()
    session().execute(
        sa.insert(CalendarYear),
        [
            {"year": p.year, "status": p.status, "source": p.source, "version": version, "updated_at": moment}
            for p in plans
        ],
    )
    session().execute(sa.insert(CalendarDay), [row for plan in plans for row in _rows(plan, version)])
    laid = [plan.year for plan in plans]
    identity.record(
        actor,
        "calendar.seeded",
        subject=("calendar", str(version)),
        summary=f"初始化 {laid[0]}–{laid[-1]} 年工作日历（{len(laid)} 年）",
        changes={"years": [None, laid]},
    )
    followers.announce(actor, "日历初始化")
    return laid


def plan_of(year: int) -> YearPlan:
    """What the libraries say about a year: announced days where they know them, an estimate where they do not."""
    if FIRST_YEAR <= year <= LAST_OFFICIAL_YEAR:
        days = {on: _announced(on) for on in year_days(year)}
        return YearPlan(year, YearStatus.OFFICIAL, OFFICIAL_SOURCE, days)
    feasts = holidays.country_holidays("CN", years=year, language="zh_CN")
    days = {on: Day(DayKind.HOLIDAY, str(feasts[on])) if on in feasts else ordinary(on) for on in year_days(year)}
    return YearPlan(year, YearStatus.PROVISIONAL, PROVISIONAL_SOURCE, days)


def _announced(on: date) -> Day:
    free, english = chinese_calendar.get_holiday_detail(on)
    name = chinese_calendar.Holiday(english).chinese if english else ""
    if free:
        return Day(DayKind.HOLIDAY, name) if name else ordinary(on)
    return Day(DayKind.SHIFTED, f"{name}调休") if on.weekday() >= SATURDAY else ordinary(on)


def _rows(plan: YearPlan, version: int) -> list[dict[str, object]]:
    return [
        {
            "day_on": on,
            "year": plan.year,
            "kind": day.kind,
            "name": day.name,
            "source": plan.source,
            "version": version,
        }
        for on, day in plan.days.items()
    ]
