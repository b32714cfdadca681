"""What holds for every day and every period, whatever the calendar says."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain import calendar
from tests.factories.calendar import work_calendar

BOOK = work_calendar()
days = st.dates(date(2004, 1, 2), date(2026, 6, 30))
counts = st.integers(0, 90)


def end(event: date, count: int) -> date:
    on = calendar.working_days_after(BOOK, event, count).on
    assert on is not None
    return on


@given(days, counts, counts)
def test_a_longer_period_never_ends_earlier(event: date, one: int, other: int) -> None:
    assert end(event, min(one, other)) <= end(event, max(one, other))


@given(days, st.integers(0, 40), counts)
def test_a_later_event_never_ends_earlier(event: date, later: int, count: int) -> None:
    assert end(event, count) <= end(event + timedelta(days=later), count)
    rolled = calendar.natural_days_after(BOOK, event, count).on
    rolled_later = calendar.natural_days_after(BOOK, event + timedelta(days=later), count).on
    assert rolled is not None
    assert rolled_later is not None
    assert rolled <= rolled_later


@given(days, counts, counts)
def test_periods_add_up(event: date, one: int, other: int) -> None:
    assert end(end(event, one), other) == end(event, one + other)


@given(days, counts)
def test_counting_back_gives_the_period(event: date, count: int) -> None:
    assert calendar.working_days_between(BOOK, event, end(event, count)).days == count


@given(days, st.integers(1, 90))
def test_a_period_ends_on_a_working_day(event: date, count: int) -> None:
    assert BOOK.works(end(event, count))
    rolled = calendar.natural_days_after(BOOK, event, count).on
    assert rolled is not None
    assert BOOK.works(rolled)
    assert rolled >= event + timedelta(days=count)


@given(days, st.integers(1, 60))
def test_the_latest_event_is_the_latest(due: date, count: int) -> None:
    if due < date(2005, 1, 1):
        return
    event = calendar.working_days_before(BOOK, due, count)
    assert end(event, count) <= due < end(event + timedelta(days=1), count)


@given(days, counts)
def test_computing_again_gives_the_same(event: date, count: int) -> None:
    assert calendar.working_days_after(BOOK, event, count) == calendar.working_days_after(BOOK, event, count)
    assert calendar.natural_days_after(BOOK, event, count) == calendar.natural_days_after(BOOK, event, count)


@given(days, st.integers(0, 48), st.integers(0, 48))
def test_months_are_monotone_and_keep_the_day(event: date, one: int, other: int) -> None:
    assert calendar.corresponding_day(event, min(one, other)) <= calendar.corresponding_day(event, max(one, other))
    assert calendar.corresponding_day(event, one).day in (event.day, 28, 29, 30)
