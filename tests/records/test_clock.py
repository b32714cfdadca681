"""The acceptance clock, pure: every date case of domain.md §1.5 and §3, on sure, estimated, corrected and missing years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from server.core import clock
from server.domain import records
from server.domain.calendar import Day, DayKind, WorkCalendar, YearStatus
from server.domain.contracts import AcceptanceTerm
from server.domain.records import Basis
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D = date.fromisoformat
BOOK = work_calendar()
# domain.md §3: received → last day. 2025-09-28 and 2026-09-20 are worked Sundays.
CASES = [
    ("2025-09-25", "2025-09-28"),
    ("2025-09-26", "2025-09-29"),
    ("2025-09-30", "2025-10-09"),
    ("2025-10-01", "2025-10-09"),
    ("2026-02-12", "2026-02-24"),
    ("2026-02-13", "2026-02-24"),
    ("2026-09-17", "2026-09-20"),
    ("2026-09-22", "2026-09-28"),
]


def changed(year: int, status: YearStatus, **days: DayKind) -> WorkCalendar:
    kept = {on: day for on, day in BOOK.days.items() if on.year == year}
    return BOOK.with_year(year, kept | {D(on.replace("_", "-")[1:]): Day(kind) for on, kind in days.items()}, status)


@pytest.mark.parametrize(("received", "last"), CASES, ids=[f"A36 §3 received {case[0]}" for case in CASES])
def test_a36_last_day_by_the_contract_and_the_civil_code(received: str, last: str) -> None:
    found = records.read(terms_a(), BOOK, D(received))
    assert (found.basis, found.due_on, found.due_at) == (Basis.AGREED, D(last), clock.end_of(D(last)))
    assert found.deemable
    assert not found.provisional


@pytest.mark.parametrize(("received", "last"), CASES, ids=[f"#13 received {case[0]}" for case in CASES])
def test_finding_13_without_roll_over_the_third_day_stands(received: str, last: str) -> None:
    term = AcceptanceTerm(days=3, roll_over=False, deemed=True)
    found = records.read(replace(terms_a(), acceptance=term), BOOK, D(received))
    assert found.due_on is not None
    assert (found.due_on - D(received)).days == 3
    assert found.due_on <= D(last)


def test_a37_the_last_day_ends_at_midnight() -> None:
    found = records.read(terms_a(), BOOK, D("2025-09-30"))
    assert found.due_at is not None
    assert clock.to_local(found.due_at).isoformat() == "2025-10-10T00:00:00+08:00"
    assert any("顺延" in step for step in found.trace)


def test_a37_without_proof_of_receipt_there_is_no_clock() -> None:
    found = records.read(terms_a(), BOOK, None)
    assert (found.basis, found.due_at, found.deemable) == (Basis.AWAITING, None, False)
    assert found.basis.label == "待签收证据"


def test_finding_36_contract_b_has_no_term_and_so_no_clock() -> None:
    found = records.read(terms_b(), BOOK, D("2026-03-02"))
    assert (found.basis, found.due_on, found.due_at, found.deemable) == (Basis.NOT_AGREED, None, None, False)
    assert found.basis.label == "未约定"


def test_an_estimated_year_says_so() -> None:
    found = records.read(terms_a(), BOOK, D("2026-12-29"))
    assert (found.due_on, found.provisional) == (D("2027-01-04"), True)
    assert any("暂定" in step for step in found.trace)


def test_a_corrected_year_moves_the_last_day() -> None:
    book = changed(2025, YearStatus.OFFICIAL, _2025_09_29=DayKind.HOLIDAY)
    assert records.read(terms_a(), book, D("2025-09-26")).due_on == D("2025-09-30")
    book = changed(2025, YearStatus.OFFICIAL, _2025_09_28=DayKind.RESTDAY)
    assert records.read(terms_a(), book, D("2025-09-25")).due_on == D("2025-09-29")


def test_a_missing_year_is_never_guessed() -> None:
    found = records.read(terms_a(), work_calendar(2025, 2026), D("2026-12-29"))
    assert (found.basis, found.due_at, found.deemable) == (Basis.CALENDAR_MISSING, None, False)
    assert "2027" in found.trace[0]
    assert records.read(terms_a(), work_calendar(2025, 2026), D("2026-12-28")).due_on == D("2026-12-31")


def test_a_term_without_deeming_gives_a_day_that_accepts_nothing() -> None:
    term = AcceptanceTerm(days=3, roll_over=True, deemed=False)
    found = records.read(replace(terms_a(), acceptance=term), BOOK, D("2025-09-26"))
    assert (found.due_on, found.deemable) == (D("2025-09-29"), False)
