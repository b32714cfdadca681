"""When the console must speak up about the calendar: next year's list not in, or this year's still an estimate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from server.core.enums import Labelled
from server.domain.calendar.loading import load
from server.domain.calendar.working import WorkCalendar, YearStatus

BANNER_MONTH = 11
ALARM_MONTH = 12


class WarningLevel(Labelled):
    """How loud: a banner from November, an alarm from December."""

    BANNER = "warning", "提醒"
    ALARM = "danger", "告警"


@dataclass(frozen=True, slots=True)
class CalendarWarning:
    """One sentence for the console's head."""

    level: WarningLevel
    year: int
    text: str


def warnings(today: date) -> list[CalendarWarning]:
    """What the console says today about the calendar in force; nothing most of the year."""
    return warnings_of(load(), today)


def warnings_of(calendar: WorkCalendar, today: date) -> list[CalendarWarning]:
    """Pure: this year not official is an alarm at any time; next year a banner from 1 November, an alarm from December."""
    found = []
    if calendar.status(today.year) is not YearStatus.OFFICIAL:
        found.append(_about(calendar, today.year, WarningLevel.ALARM))
    following = today.year + 1
    if today.month >= BANNER_MONTH and calendar.status(following) is not YearStatus.OFFICIAL:
        level = WarningLevel.ALARM if today.month >= ALARM_MONTH else WarningLevel.BANNER
        found.append(_about(calendar, following, level))
    return found


def _about(calendar: WorkCalendar, year: int, level: WarningLevel) -> CalendarWarning:
    if calendar.status(year) is YearStatus.MISSING:
        return CalendarWarning(level, year, f"{year} 年节假日未维护，涉及该年的期限无法计算，请导入放假安排。")
    return CalendarWarning(level, year, f"{year} 年节假日为暂定，涉及该年的期限均为估算，请导入正式放假安排。")
