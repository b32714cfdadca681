"""Three of the four clocks, pure: elapsed hours, natural days, statutory working days. Calendar cycles are in cycles.py.

They are never mixed (domain.md §0). Periods in days start the day after the event; a period in hours starts at its
moment; the last day ends at 24:00 Shanghai; a last day that is a rest day moves to the first working day after it
unless the parties agreed otherwise (Civil Code 200–204).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from server.core import clock
from server.domain.calendar.working import Count, Day, DayKind, Deadline, WorkCalendar, spell

Hours = int | Decimal
ONE_DAY = timedelta(days=1)


def add_hours(calendar: WorkCalendar, start_at: datetime, hours: Hours) -> Deadline:
    """Elapsed hours from a moment: they run through nights, weekends and holidays, and know no estimate."""
    _not_negative(hours)
    at = start_at + timedelta(seconds=float(Decimal(hours) * 3600))
    trace = (f"自 {_moment(start_at)} 起连续计时 {hours} 小时，至 {_moment(at)}",)
    return Deadline(None, at, provisional=False, calendar_version=calendar.version, trace=trace)


def natural_days_after(calendar: WorkCalendar, event_on: date, days: int, *, roll_over: bool = True) -> Deadline:
    """Natural days after an event; with ``roll_over`` a last day that is not worked moves to the next worked one."""
    _not_negative(days)
    last = event_on + timedelta(days=days)
    trace = [
        f"起算事件发生于 {spell(event_on)}，当日不计入",
        f"自次日起满 {days} 个自然日，最后一日为 {spell(last)}",
    ]
    return last_day(calendar, last, trace, roll_over=roll_over)


def natural_days_before(effective_on: date, days: int) -> date:
    """The last day on which a notice may be received that must come so many natural days ahead (A18)."""
    _not_negative(days)
    return effective_on - timedelta(days=days)


def working_days_after(calendar: WorkCalendar, event_on: date, days: int) -> Deadline:
    """Statutory working days after an event: the event's day is skipped, shifted weekends count."""
    _not_negative(days)
    walked: list[date] = []
    day, left = event_on, days
    while left:
        day += ONE_DAY
        walked.append(day)
        left -= calendar.works(day)
    trace = [f"起算事件发生于 {spell(event_on)}，当日不计入", *_exceptions(calendar, walked)]
    trace.append(f"第 {days} 个工作日为 {spell(day)}，至当日 24:00 止")
    return _deadline(calendar, day, walked, trace)


def working_days_before(calendar: WorkCalendar, due_on: date, days: int) -> date:
    """The latest event day from which so many working days still end on or before a day."""
    _not_negative(days)
    day, left = due_on, days
    while left:
        left -= calendar.works(day)
        day -= ONE_DAY
    return day


def working_days_between(calendar: WorkCalendar, after_on: date, until_on: date) -> Count:
    """Working days after one day up to and including another; 0 if the second is not later."""
    walked = [after_on + timedelta(days=number) for number in range(1, (until_on - after_on).days + 1)]
    counted = sum(calendar.works(day) for day in walked)
    trace = [
        f"自 {spell(after_on)} 次日起，至 {spell(until_on)}（含）",
        *_exceptions(calendar, walked),
        f"共 {counted} 个工作日",
    ]
    provisional = calendar.is_provisional(walked)
    return Count(counted, provisional, calendar.version, tuple(trace + _caution(calendar, walked)))


def natural_days_between(calendar: WorkCalendar, after_on: date, until_on: date) -> Count:
    """Natural days after one day up to and including another; 0 if the second is not later."""
    counted = max((until_on - after_on).days, 0)
    trace = (f"自 {spell(after_on)} 次日起，至 {spell(until_on)}（含），共 {counted} 个自然日",)
    return Count(counted, provisional=False, calendar_version=calendar.version, trace=trace)


def last_day(calendar: WorkCalendar, last: date, trace: list[str], *, roll_over: bool) -> Deadline:
    """A deadline on a last day found elsewhere, moved past a rest day if it may move."""
    if not roll_over:
        trace.append(f"约定不因休息日顺延，至 {spell(last)} 24:00 止")
        return Deadline(last, clock.end_of(last), False, calendar.version, tuple(trace))
    walked = [last]
    while not calendar.works(walked[-1]):
        walked.append(walked[-1] + ONE_DAY)
    if len(walked) > 1:
        trace.append(f"该日为{_called(last, calendar.day(last))}，顺延至休息日结束后的 {spell(walked[-1])}")
    elif calendar.day(last).kind is DayKind.SHIFTED:
        trace.append("该日虽在周末，但为调休上班日，不顺延")
    trace.append(f"至 {spell(walked[-1])} 24:00 止")
    return _deadline(calendar, walked[-1], walked, trace)


def _deadline(calendar: WorkCalendar, last: date, walked: list[date], trace: list[str]) -> Deadline:
    provisional = calendar.is_provisional(walked)
    steps = tuple(trace + _caution(calendar, walked))
    return Deadline(last, clock.end_of(last), provisional, calendar.version, steps)


def _exceptions(calendar: WorkCalendar, walked: list[date]) -> list[str]:
    """What makes the stretch differ from counting Monday to Friday."""
    days = [(day, calendar.day(day)) for day in walked]
    free = [_short(on, day) for on, day in days if day.kind is DayKind.HOLIDAY]
    shifted = [_short(on, day) for on, day in days if day.kind is DayKind.SHIFTED]
    steps = []
    if free:
        steps.append(f"期间节假日不计：{_some(free)}")
    if shifted:
        steps.append(f"期间调休上班日计入：{_some(shifted)}")
    return steps


def _caution(calendar: WorkCalendar, walked: Iterable[date]) -> list[str]:
    years = sorted({day.year for day in walked if calendar.is_provisional([day])})
    return [f"{year} 年放假安排尚未公布，按暂定日历估算，公布后自动重算" for year in years]


def _short(on: date, day: Day) -> str:
    return f"{on.month}月{on.day}日{day.name and f'（{day.name}）'}"


def _some(texts: list[str], most: int = 14) -> str:
    return "、".join(texts[:most]) + (f"等 {len(texts)} 天" if len(texts) > most else "")


def _called(on: date, day: Day) -> str:
    return day.name or ("周末" if on.weekday() >= 5 else day.kind.label)  # noqa: PLR2004 - Saturday is the sixth


def _moment(at: datetime) -> str:
    return clock.to_local(at).strftime("%Y-%m-%d %H:%M")


def _not_negative(amount: Hours) -> None:
    if amount < 0:
        raise ValueError("a period cannot be negative")
