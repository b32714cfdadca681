"""What is owed and by when, against figures worked out by hand from domain.md (A10, A13, A31, B05, B23; findings 18, 24)."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import pytest

from server.core import clock
from server.domain import deliverables
from server.domain.calendar import CycleKind, Day, DayKind, WorkCalendar, YearStatus
from server.domain.contracts import Deliverable, DeliverableKind, Terms
from server.domain.deliverables import BY_DEFAULT, Expected
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D = date.fromisoformat


@dataclass(frozen=True)
class Term:
    """A contract's days without a database."""

    starts_on: date
    ends_on: date
    id: uuid.UUID = field(default_factory=uuid.uuid4)


A = Term(D("2025-03-04"), D("2026-03-31"))
B = Term(D("2025-07-07"), D("2026-07-06"))


def by_cycle(terms: Terms, term: Term, book: WorkCalendar | None = None) -> dict[tuple[str, date], Expected]:
    found = deliverables.expected(terms, term, book or work_calendar())
    return {(each.key, each.cycle_on): each for each in found}


def moment(each: Expected) -> str:
    """The due moment as Shanghai's wall clock shows it; 24:00 is written as the next day's 00:00."""
    assert each.due_at is not None
    return clock.to_local(each.due_at).strftime("%Y-%m-%d %H:%M")


def test_row_counts_of_a() -> None:
    counts = Counter(each.key for each in deliverables.expected(terms_a(), A, work_calendar()))
    # March 2025 to March 2026: 10 months of 2025 and 3 of 2026 (finding 18).
    assert counts == {"inspection": 13, "summary": 13, "final_summary": 1, "plan": 1}


def test_row_counts_of_b() -> None:
    counts = Counter(each.key for each in deliverables.expected(terms_b(), B, work_calendar()))
    # 2025-07-07 is a Monday and 2026-07-06 another: 52 whole weeks and one day; July 2025 to July 2026 are 13 months.
    assert counts == {"weekly": 53, "monthly": 13, "statistics": 13, "inspection": 13}


def test_finding_18_whole_months_only_when_that_reading_is_chosen() -> None:
    inspection = replace(terms_a().deliverables[0], partial=False)
    terms = replace(terms_a(), deliverables=(inspection,))
    found = deliverables.expected(terms, A, work_calendar())
    assert len(found) == 12
    assert found[0].cycle_on == D("2025-04-01")


# B23: the 3rd and the 5th working day of the next month, Monday 12:00; A10 takes the 5th as well. Counted on the
# bureau's calendar by hand: 2025-10 has 1–8 free and Saturday 11 worked; 2026-01 has 1–3 free and Sunday 4 worked;
# 2026-02 ends with Saturday 28 worked; 2026-05 has 1–5 free and Saturday 9 worked.
DUE = [
    ("B23 monthly", "monthly", "2025-07-01", "2025-08-06 00:00"),
    ("B23 monthly over National Day", "monthly", "2025-09-01", "2025-10-12 00:00"),
    ("B23 monthly over New Year", "monthly", "2025-12-01", "2026-01-07 00:00"),
    ("B23 monthly after the Spring Festival", "monthly", "2026-02-01", "2026-03-05 00:00"),
    ("B23 monthly over Labour Day", "monthly", "2026-04-01", "2026-05-09 00:00"),
    ("B23 monthly of the last, broken month", "monthly", "2026-07-01", "2026-08-06 00:00"),
    ("B23 statistics", "statistics", "2025-07-01", "2025-08-08 00:00"),
    ("B23 statistics over National Day", "statistics", "2025-09-01", "2025-10-15 00:00"),
    ("B23 statistics over New Year", "statistics", "2025-12-01", "2026-01-09 00:00"),
    ("B23 statistics over Labour Day", "statistics", "2026-04-01", "2026-05-12 00:00"),
    ("B23 weekly, first", "weekly", "2025-07-07", "2025-07-14 12:00"),
    ("B23 weekly on a shifted Sunday's Monday", "weekly", "2025-09-22", "2025-09-29 12:00"),
    ("B23 weekly, Monday in National Day", "weekly", "2025-09-29", "2025-10-09 12:00"),
    ("B23 weekly, Monday in the Spring Festival", "weekly", "2026-02-09", "2026-02-24 12:00"),
    ("B23 weekly, Monday of Qingming", "weekly", "2026-03-30", "2026-04-07 12:00"),
    ("B23 weekly, last", "weekly", "2026-07-06", "2026-07-13 12:00"),
    ("B05 inspection", "inspection", "2025-07-01", "2025-08-01 00:00"),
    ("B05 inspection on a Sunday stays in its month", "inspection", "2025-08-01", "2025-09-01 00:00"),
    ("B05 inspection ends with the term", "inspection", "2026-07-01", "2026-07-07 00:00"),
]


@pytest.mark.parametrize(("key", "cycle_on", "due"), [each[1:] for each in DUE], ids=[each[0] for each in DUE])
def test_due_days_of_b(key: str, cycle_on: str, due: str) -> None:
    assert moment(by_cycle(terms_b(), B)[key, D(cycle_on)]) == due


DUE_OF_A = [
    ("A13 first inspection", "inspection", "2025-03-01", "2025-04-01 00:00"),
    ("A13 last inspection", "inspection", "2026-03-01", "2026-04-01 00:00"),
    # April 2025: 1, 2, 3 worked, 4 Qingming, 7, 8: the fifth is the 8th.
    ("A10 summary of March 2025", "summary", "2025-03-01", "2025-04-09 00:00"),
    # April 2025's last days: 27 worked on a Sunday; May: 1–5 free, 6, 7, 8, 9, 12.
    ("A10 summary of April 2025", "summary", "2025-04-01", "2025-05-13 00:00"),
    ("A10 final summary", "final_summary", "2025-03-04", "2026-04-01 00:00"),
]


@pytest.mark.parametrize(
    ("key", "cycle_on", "due"), [each[1:] for each in DUE_OF_A], ids=[each[0] for each in DUE_OF_A]
)
def test_due_days_of_a(key: str, cycle_on: str, due: str) -> None:
    assert moment(by_cycle(terms_a(), A)[key, D(cycle_on)]) == due


def test_what_the_paper_does_not_fix_is_labelled() -> None:
    ours, theirs = by_cycle(terms_a(), A), by_cycle(terms_b(), B)
    assert ours["summary", D("2025-03-01")].note == BY_DEFAULT
    assert theirs["weekly", D("2025-07-07")].note == BY_DEFAULT
    assert ours["inspection", D("2025-03-01")].note == ""
    plan = ours["plan", D("2025-03-04")]
    assert (plan.note, plan.due_at, plan.period) == ("未约定", None, "一次性")


def test_every_due_day_explains_itself() -> None:
    trace = by_cycle(terms_b(), B)["weekly", D("2025-09-29")].deadline
    assert trace is not None
    assert "顺延" in "".join(trace.trace)
    assert "星期一" in trace.trace[0]
    monthly = by_cycle(terms_b(), B)["monthly", D("2025-09-01")].deadline
    assert monthly is not None
    assert "第 3 个工作日" in monthly.trace[0]


def without(book: WorkCalendar, year: int, status: YearStatus | None = None) -> WorkCalendar:
    """The calendar with one year missing, or of another status."""
    years = {each: held for each, held in book.years.items() if each != year or status is not None}
    return replace(book, years=MappingProxyType(years | ({year: status} if status else {})))


def test_a_missing_year_is_said_and_never_guessed() -> None:
    found = by_cycle(terms_b(), B, without(work_calendar(), 2026))
    touched = found["monthly", D("2025-12-01")]
    assert (touched.deadline, "2026 年的工作日历尚未维护" in touched.note) == (None, True)
    assert found["weekly", D("2025-12-29")].refused
    assert not found["monthly", D("2025-11-01")].refused
    # Within the own cycle no calendar is asked.
    assert moment(found["inspection", D("2026-02-01")]) == "2026-03-01 00:00"


def test_a_provisional_year_is_said() -> None:
    found = by_cycle(terms_b(), B, without(work_calendar(), 2026, YearStatus.PROVISIONAL))
    assert found["monthly", D("2025-12-01")].provisional
    assert found["weekly", D("2025-12-29")].provisional
    assert not found["monthly", D("2025-11-01")].provisional


def test_a_corrected_calendar_moves_the_days() -> None:
    book = work_calendar()
    moved = replace(book, days=MappingProxyType({**book.days, D("2025-08-04"): Day(DayKind.HOLIDAY, "台风")}))
    before, after = by_cycle(terms_b(), B, book), by_cycle(terms_b(), B, moved)
    assert (moment(before["weekly", D("2025-07-28")]), moment(after["weekly", D("2025-07-28")])) == (
        "2025-08-04 12:00",
        "2025-08-05 12:00",
    )
    assert moment(after["monthly", D("2025-07-01")]) == "2025-08-07 00:00"


def test_terms_hold_for_the_cycles_that_end_under_them() -> None:
    weekly = terms_b().deliverables[0]
    later = replace(terms_b(), deliverables=(replace(weekly, weekday=2, agreed=True),), revision=2)
    revisions = {1: (D("2025-07-07"), terms_b()), 2: (D("2025-10-01"), later)}
    found = deliverables.expected_under(revisions, B, work_calendar(), today=D("2025-12-01"))
    weeks = {each.cycle_on: each for each in found if each.key == "weekly"}
    assert moment(weeks[D("2025-09-22")]) == "2025-09-29 12:00"
    # The week that ends on 5 October ends under the new terms: Tuesday the 7th is a holiday, the 9th is worked.
    assert moment(weeks[D("2025-09-29")]) == "2025-10-09 12:00"
    assert moment(weeks[D("2025-10-06")]) == "2025-10-14 12:00"
    assert len(weeks) == 53
    assert max(each.cycle_on for each in found if each.key == "monthly") == D("2025-09-01")


CYCLES = [
    ("year, 3rd working day", CycleKind.YEAR, 3, None, "2025-01-01", "2026-01-07 00:00"),
    ("week, 2nd working day", CycleKind.WEEK, 2, None, "2025-09-29", "2025-10-11 00:00"),
    ("day, next working day", CycleKind.DAY, 1, None, "2025-09-30", "2025-10-10 00:00"),
    ("month, the first Friday after", CycleKind.MONTH, None, 5, "2025-07-01", "2025-08-02 00:00"),
    ("month, the first Thursday after", CycleKind.MONTH, None, 4, "2025-07-01", "2025-08-08 00:00"),
]


@pytest.mark.parametrize(
    ("cycle", "working_day", "weekday", "cycle_on", "due"), [each[1:] for each in CYCLES], ids=[e[0] for e in CYCLES]
)
def test_any_cycle_has_its_due_day(
    cycle: CycleKind, working_day: int | None, weekday: int | None, cycle_on: str, due: str
) -> None:
    one = Deliverable("paper", "材料", cycle, working_day, weekday, "", kind=DeliverableKind.OTHER)
    found = by_cycle(replace(terms_b(), deliverables=(one,)), B)
    assert moment(found["paper", D(cycle_on)]) == due


def test_a_month_with_too_few_working_days_is_said() -> None:
    book = work_calendar()
    free = {D(f"2025-08-{day:02}"): Day(DayKind.HOLIDAY, "停工") for day in range(1, 32)}
    closed = replace(book, days=MappingProxyType({**book.days, **free}))
    assert "不足 3 个工作日" in by_cycle(terms_b(), B, closed)["monthly", D("2025-07-01")].note
