"""The clocks against every test date and case of the domain report's §3 and the arithmetic of §1.5."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from server.core.clock import LOCAL, end_of
from server.domain import calendar
from server.domain.calendar import CalendarMissing, CycleKind, DayKind
from tests.factories.calendar import work_calendar

D = date.fromisoformat

WORKED_WEEKENDS = {2025: "01-26 02-08 04-27 09-28 10-11", 2026: "01-04 02-14 02-28 05-09 09-20 10-10"}
FREE_WEEKDAYS = {
    2025: "01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 "
    "10-01 10-02 10-05 10-06 10-07",
}


def listed(table: dict[int, str]) -> list[str]:
    return [f"{year}-{day}" for year, days in table.items() for day in days.split()]


@pytest.mark.parametrize("day", listed(WORKED_WEEKENDS))
def test_shifted_weekends_are_worked(day: str) -> None:
    assert work_calendar().day(D(day)).kind is DayKind.SHIFTED
    assert D(day).weekday() >= 5


@pytest.mark.parametrize("day", listed(FREE_WEEKDAYS))
def test_holidays_on_weekdays_are_free(day: str) -> None:
    assert work_calendar().day(D(day)).kind is DayKind.HOLIDAY
    assert D(day).weekday() < 5


@pytest.mark.parametrize("year", [2025, 2026])
def test_no_other_day_is_out_of_the_ordinary(year: int) -> None:
    book = work_calendar()
    days = [on for on in book.days if on.year == year]
    assert sorted(on for on in days if on.weekday() >= 5 and book.works(on)) == [
        D(f"{year}-{day}") for day in WORKED_WEEKENDS[year].split()
    ]
    assert sorted(on for on in days if on.weekday() < 5 and not book.works(on)) == [
        D(f"{year}-{day}") for day in FREE_WEEKDAYS[year].split()
    ]


@pytest.mark.parametrize("day", ["2025-01-27", "2026-02-24"])
def test_days_beside_the_spring_festival_are_worked(day: str) -> None:
    assert work_calendar().day(D(day)).kind is DayKind.WORKDAY


@pytest.mark.parametrize(
    ("year", "counts"),
    [
        (2025, [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]),
        (2026, [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]),
    ],
)
def test_working_days_of_each_month(year: int, counts: list[int]) -> None:
    book = work_calendar()
    assert [calendar.working_days_of_month(book, year, month) for month in range(1, 13)] == counts
    assert sum(counts) == 248


@pytest.mark.parametrize(
    ("days", "event", "last"),
    [
        (7, "2025-09-26", "2025-10-13"),
        (7, "2025-09-30", "2025-10-16"),
        (7, "2025-12-22", "2025-12-31"),
        (7, "2025-12-30", "2026-01-09"),
        (7, "2026-02-13", "2026-03-02"),
        (7, "2026-04-30", "2026-05-13"),
        (7, "2026-09-18", "2026-09-29"),
        (60, "2025-07-07", "2025-09-28"),
        (60, "2025-07-31", "2025-10-29"),
        (30, "2026-07-07", "2026-08-18"),
        (30, "2026-09-01", "2026-10-19"),
    ],
)
def test_working_days_from_an_event(days: int, event: str, last: str) -> None:
    found = calendar.working_days_after(work_calendar(), D(event), days)
    assert found.on == D(last)
    assert found.at == end_of(D(last))
    assert not found.provisional


def test_sixty_working_days_from_2026_11_20_are_an_estimate() -> None:
    found = calendar.working_days_after(work_calendar(), D("2026-11-20"), 60)
    assert found.on == D("2027-02-19")
    assert found.provisional
    assert found.trace[-1] == "2027 年放假安排尚未公布，按暂定日历估算，公布后自动重算"


@pytest.mark.parametrize(
    ("paid", "late"), [("2025-10-10", 4), ("2025-10-17", 10), ("2025-10-24", 15), ("2025-11-03", 21)]
)
def test_working_days_late_after_2025_09_28(paid: str, late: int) -> None:
    assert calendar.working_days_between(work_calendar(), D("2025-09-28"), D(paid)).days == late


@pytest.mark.parametrize(
    ("received", "last"),
    [
        ("2025-09-25", "2025-09-28"),
        ("2025-09-26", "2025-09-29"),
        ("2025-09-30", "2025-10-09"),
        ("2025-10-01", "2025-10-09"),
        ("2026-02-12", "2026-02-24"),
        ("2026-02-13", "2026-02-24"),
        ("2026-09-17", "2026-09-20"),
        ("2026-09-22", "2026-09-28"),
    ],
)
def test_three_natural_days_from_receipt_roll_over(received: str, last: str) -> None:
    found = calendar.natural_days_after(work_calendar(), D(received), 3)
    assert found.on == D(last)
    assert found.at == datetime.combine(D(last) + timedelta(days=1), datetime.min.time(), LOCAL).astimezone(UTC)


def test_parties_may_agree_that_nothing_rolls_over() -> None:
    found = calendar.natural_days_after(work_calendar(), D("2025-09-30"), 3, roll_over=False)
    assert found.on == D("2025-10-03")


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        ("2025-09-28T09:12", 2, "2025-09-28T11:12"),
        ("2025-05-05T10:00", 4, "2025-05-05T14:00"),
        ("2026-02-15T08:00", 4, "2026-02-15T12:00"),
        ("2025-10-10T23:30", 2, "2025-10-11T01:30"),
        ("2025-10-08T22:30", 4, "2025-10-09T02:30"),
    ],
)
def test_elapsed_hours_run_through_midnight_and_holidays(received: str, hours: int, due: str) -> None:
    start = datetime.fromisoformat(received).replace(tzinfo=LOCAL)
    found = calendar.add_hours(work_calendar(), start.astimezone(UTC), hours)
    assert found.at == datetime.fromisoformat(due).replace(tzinfo=LOCAL)
    assert found.on is None


def test_half_hours_can_be_agreed() -> None:
    start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert calendar.add_hours(work_calendar(), start, Decimal("0.5")).at == start + timedelta(minutes=30)


def test_replacement_effective_2025_06_01_needs_notice_by_2025_05_02() -> None:
    assert calendar.natural_days_before(D("2025-06-01"), 30) == D("2025-05-02")


def test_documents_after_22_december_2025_push_payment_past_the_fixed_day() -> None:
    book = work_calendar()
    assert calendar.working_days_before(book, D("2025-12-31"), 7) == D("2025-12-22")
    assert calendar.working_days_after(book, D("2025-12-23"), 7).on == D("2026-01-04")


@pytest.mark.parametrize(
    ("event", "months", "last"),
    [
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-07-07", 12, "2026-07-07"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-11-30", 3, "2026-02-28"),
        ("2025-09-01", 1, "2025-10-01"),
    ],
)
def test_months_and_years_end_on_the_corresponding_day(event: str, months: int, last: str) -> None:
    assert calendar.months_after(work_calendar(), D(event), months, roll_over=False).on == D(last)


def test_a_month_that_ends_in_a_holiday_rolls_over() -> None:
    assert calendar.months_after(work_calendar(), D("2025-09-01"), 1).on == D("2025-10-09")
    assert calendar.years_after(work_calendar(), D("2024-10-01"), 1).on == D("2025-10-09")


def test_contract_a_touches_thirteen_calendar_months() -> None:
    touched = calendar.cycles_touched(CycleKind.MONTH, D("2025-03-04"), D("2026-03-31"))
    assert len(touched) == 13
    assert (touched[0].label, touched[-1].label) == ("2025年3月", "2026年3月")


def test_weeks_start_on_monday_and_years_on_new_year() -> None:
    week = calendar.cycle_of(CycleKind.WEEK, D("2026-11-20"))
    assert (week.starts_on, week.ends_on, week.label) == (
        D("2026-11-16"),
        D("2026-11-22"),
        "2026-11-16 至 2026-11-22",
    )
    assert calendar.cycle_of(CycleKind.YEAR, D("2026-11-20")).label == "2026年"
    assert len(calendar.cycles_touched(CycleKind.DAY, D("2026-02-27"), D("2026-03-02"))) == 4


def test_monthly_papers_are_due_on_the_nth_working_day() -> None:
    book = work_calendar()
    assert calendar.working_day_of_month(book, 2026, 10, 3) == D("2026-10-10")
    assert calendar.working_day_of_month(book, 2026, 10, 5) == D("2026-10-13")
    with pytest.raises(ValueError, match="18 working days"):
        calendar.working_day_of_month(book, 2026, 10, 19)


@pytest.mark.parametrize("event", ["1999-05-01", "2003-12-31", "2031-05-01"])
def test_a_missing_year_is_refused_and_named(event: str) -> None:
    with pytest.raises(CalendarMissing) as refused:
        calendar.working_days_after(work_calendar(), D(event) - timedelta(days=1), 7)
    assert str(refused.value.year) in refused.value.text
    with pytest.raises(CalendarMissing):
        calendar.natural_days_after(work_calendar(), D(event), 0)


def test_a_period_that_runs_into_a_missing_year_is_refused() -> None:
    with pytest.raises(CalendarMissing) as refused:
        calendar.working_days_after(work_calendar(), D("2027-12-20"), 30)
    assert refused.value.year == 2028


def test_hours_and_agreed_fixed_ends_need_no_calendar() -> None:
    book = work_calendar()
    assert calendar.natural_days_after(book, D("2031-05-01"), 3, roll_over=False).on == D("2031-05-04")
    assert not calendar.add_hours(book, datetime(2031, 5, 1, tzinfo=UTC), 2).provisional


def test_2027_is_an_estimate_without_shifted_weekends() -> None:
    book = work_calendar()
    year = {on: day for on, day in book.days.items() if on.year == 2027}
    assert len(year) == 365
    assert not any(day.kind is DayKind.SHIFTED for day in year.values())
    assert year[D("2027-10-01")].kind is DayKind.HOLIDAY
    assert calendar.natural_days_after(book, D("2027-03-01"), 3).provisional


def test_the_trace_says_what_was_skipped_and_what_was_counted() -> None:
    trace = calendar.working_days_after(work_calendar(), D("2025-09-26"), 7).trace
    assert trace[0] == "起算事件发生于 2025年9月26日（星期五），当日不计入"
    assert "10月1日（国庆节）" in trace[1]
    assert trace[2] == "期间调休上班日计入：9月28日（国庆节调休）、10月11日（国庆节调休）"
    assert trace[3] == "第 7 个工作日为 2025年10月13日（星期一），至当日 24:00 止"


def test_a_negative_period_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="negative"):
        calendar.working_days_after(work_calendar(), D("2025-09-26"), -1)
