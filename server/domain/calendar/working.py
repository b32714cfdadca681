"""The working calendar as a frozen value: what each day is, how sure its year is, and what a computed deadline says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

from server.core.enums import Labelled
from server.core.errors import Conflict

SATURDAY = 5
WEEKDAYS = "一二三四五六日"


class DayKind(Labelled):
    """What a day is. Work is done on workdays and on shifted ones (调休上班)."""

    WORKDAY = "workday", "工作日"
    RESTDAY = "restday", "休息日"
    HOLIDAY = "holiday", "节假日"
    SHIFTED = "shifted_workday", "调休上班"

    @property
    def works(self) -> bool:
        """Whether statutory working days are counted on it."""
        return self in (DayKind.WORKDAY, DayKind.SHIFTED)


class YearStatus(Labelled):
    """How sure a year's days are."""

    OFFICIAL = "official", "正式"
    PROVISIONAL = "provisional", "暂定"
    MISSING = "missing", "未维护"


class CalendarMissing(Conflict):
    """A deadline touches a year that nobody has maintained; nothing is guessed (domain.md §3)."""

    code = "calendar_missing"
    message = "所涉年份的工作日历尚未维护，无法计算期限。"

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年的工作日历尚未维护，无法计算期限。请先导入该年的放假安排。", year=year)
        self.year = year


@dataclass(frozen=True, slots=True)
class Day:
    """One day's kind, and what it is called when it is out of the ordinary (春节, 国庆节调休)."""

    kind: DayKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """All maintained days at one version. Pure clocks take it as an argument and never look anywhere else."""

    version: int
    years: Mapping[int, YearStatus] = field(default_factory=lambda: MappingProxyType({}))
    days: Mapping[date, Day] = field(default_factory=lambda: MappingProxyType({}))

    def status(self, year: int) -> YearStatus:
        """How sure a year is; MISSING if nobody ever maintained it."""
        return self.years.get(year, YearStatus.MISSING)

    def day(self, on: date) -> Day:
        """What a day is; CalendarMissing if its year is not maintained."""
        if self.status(on.year) is YearStatus.MISSING or on not in self.days:
            raise CalendarMissing(on.year)
        return self.days[on]

    def works(self, on: date) -> bool:
        """Whether a day is a statutory working day; CalendarMissing if its year is not maintained."""
        return self.day(on).kind.works

    def is_provisional(self, days: Iterable[date]) -> bool:
        """Whether any of the days lies in a year that is only an estimate."""
        return any(self.status(year) is YearStatus.PROVISIONAL for year in {day.year for day in days})

    def with_year(self, year: int, days: Mapping[date, Day], status: YearStatus) -> WorkCalendar:
        """The same calendar with one year replaced, at the next version: for showing what a change would move."""
        kept = {on: day for on, day in self.days.items() if on.year != year}
        return WorkCalendar(
            version=self.version + 1,
            years=MappingProxyType({**self.years, year: status}),
            days=MappingProxyType({**kept, **days}),
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a period ends, and how that was found.

    ``on`` is the last day (None for periods in hours); ``at`` the moment of its end in UTC: 24:00 Shanghai of the last
    day. ``provisional``: an estimate, because it touches a year whose official list is not out. ``calendar_version``
    says which calendar it was computed on; ``trace`` explains it in Chinese, one step a line.
    """

    on: date | None
    at: datetime
    provisional: bool
    calendar_version: int
    trace: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many days were counted, whether on an estimate, on which calendar, and how."""

    days: int
    provisional: bool
    calendar_version: int
    trace: tuple[str, ...]


def year_days(year: int) -> list[date]:
    """Every day of a year."""
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def ordinary(on: date) -> Day:
    """What a day is before any announcement: Monday to Friday worked, the weekend not."""
    return Day(DayKind.RESTDAY if on.weekday() >= SATURDAY else DayKind.WORKDAY)


def spell(on: date) -> str:
    """A day as people read it: 2025年9月28日（星期日）."""
    return f"{on.year}年{on.month}月{on.day}日（星期{WEEKDAYS[on.weekday()]}）"
