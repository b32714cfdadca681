"""Contract A's and B's clocks, row by row of the domain report: A18, A20, A21, A25, A36, B26, B27, and silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.clock import LOCAL
from server.domain import contracts
from server.domain.calendar import CalendarMissing
from server.domain.contracts import Combine, DayRule, DueRule, Event, Terms
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D = date.fromisoformat
BOOK = work_calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL).astimezone(UTC)


def by_rule(rule: DayRule) -> Terms:
    terms = terms_a()
    assert terms.response is not None
    return replace(terms, response=replace(terms.response, day_rule=rule))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-09-28T09:12", "2025-09-28T11:12"),
        ("2025-05-05T10:00", "2025-05-05T14:00"),
        ("2026-02-15T08:00", "2026-02-15T12:00"),
        ("2025-10-10T23:30", "2025-10-11T01:30"),
        ("2025-10-08T22:30", "2025-10-09T02:30"),
        ("2026-11-20T17:59", "2026-11-20T19:59"),
        ("2026-11-21T00:00", "2026-11-21T04:00"),
    ],
)
def test_a20_response_by_the_day_of_receipt(received: str, due: str) -> None:
    found = contracts.response_deadline(terms_a(), BOOK, received_at=at(received))
    assert found is not None
    assert found.at == at(due)
    assert not found.provisional


def test_a20_the_day_is_shanghais_not_utcs() -> None:
    found = contracts.response_deadline(terms_a(), BOOK, received_at=datetime(2026, 11, 19, 16, 30, tzinfo=UTC))
    assert found is not None
    assert found.at == datetime(2026, 11, 19, 18, 30, tzinfo=UTC)
    friday_night = contracts.response_deadline(terms_a(), BOOK, received_at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
    assert friday_night is not None
    assert friday_night.at == datetime(2026, 11, 20, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "received", "due"),
    [
        (DayRule.RECEIPT, "2026-11-22T23:00", "2026-11-23T03:00"),
        (DayRule.STRICTER, "2026-11-22T23:00", "2026-11-23T01:00"),
        (DayRule.LENIENT, "2026-11-22T23:00", "2026-11-23T03:00"),
        (DayRule.RECEIPT, "2026-11-20T23:00", "2026-11-21T01:00"),
        (DayRule.STRICTER, "2026-11-20T23:00", "2026-11-21T01:00"),
        (DayRule.LENIENT, "2026-11-20T23:00", "2026-11-21T03:00"),
        (DayRule.STRICTER, "2026-11-21T23:00", "2026-11-22T03:00"),
        (DayRule.LENIENT, "2026-11-19T23:00", "2026-11-20T01:00"),
    ],
)
def test_finding_12_work_that_spans_midnight(rule: DayRule, received: str, due: str) -> None:
    found = contracts.response_deadline(by_rule(rule), BOOK, received_at=at(received))
    assert found is not None
    assert found.at == at(due)


def test_a20_in_a_provisional_year_is_an_estimate_and_in_a_missing_one_refused() -> None:
    found = contracts.response_deadline(terms_a(), BOOK, received_at=at("2027-10-01T09:00"))
    assert found is not None
    assert found.provisional
    assert found.at == at("2027-10-01T13:00")
    assert "2027 年日历为暂定" in found.trace[-1]
    with pytest.raises(CalendarMissing):
        contracts.response_deadline(terms_a(), BOOK, received_at=at("2031-10-01T09:00"))


def test_a20_explains_itself() -> None:
    found = contracts.response_deadline(terms_a(), BOOK, received_at=at("2025-09-28T09:12"))
    assert found is not None
    assert found.trace == (
        "受理于 2025年9月28日（星期日），工作日（国庆节调休）；按受理当日判断，时限 2 小时",
        "自 2025-09-28 09:12 起连续计时 2 小时，至 2025-09-28 11:12",
    )
    assert found.calendar_version == BOOK.version


def test_a21_on_site_runs_through_holidays() -> None:
    found = contracts.on_site_deadline(terms_a(), BOOK, notified_at=at("2025-10-01T08:00"))
    assert found is not None
    assert found.at == at("2025-10-02T08:00")


def test_a36_acceptance_from_receipt() -> None:
    found = contracts.acceptance_deadline(terms_a(), BOOK, received_on=D("2025-09-30"))
    assert found is not None
    assert found.on == D("2025-10-09")
    assert found.at == at("2025-10-10T00:00")


def test_a18_replacement_notice() -> None:
    assert contracts.replacement_notice_by(terms_a(), effective_on=D("2025-06-01")) == D("2025-05-02")


def test_where_b_is_silent_there_is_no_clock() -> None:
    terms = terms_b()
    assert contracts.response_deadline(terms, BOOK, received_at=at("2026-01-05T09:00")) is None
    assert contracts.on_site_deadline(terms, BOOK, notified_at=at("2026-01-05T09:00")) is None
    assert contracts.acceptance_deadline(terms, BOOK, received_on=D("2026-01-05")) is None
    assert contracts.replacement_notice_by(terms, effective_on=D("2026-01-05")) is None


@pytest.mark.parametrize(
    ("combine", "documents", "due"),
    [
        (Combine.LATER, "2025-12-22", "2025-12-31"),
        (Combine.LATER, "2025-12-30", "2026-01-09"),
        (Combine.LATER, "2025-09-26", "2025-12-31"),
        (Combine.EARLIER, "2025-09-26", "2025-10-13"),
        (Combine.EARLIER, "2025-12-30", "2025-12-31"),
        (Combine.FIXED, "2025-12-30", "2025-12-31"),
        (Combine.DOCUMENTS, "2025-09-30", "2025-10-16"),
    ],
)
def test_finding_4_fixed_day_and_documents(combine: Combine, documents: str, due: str) -> None:
    rule = replace(terms_a().milestones[0].due, combine=combine)
    happened = {Event.APPLICATION: D("2025-09-01"), Event.INVOICE: D(documents)}
    found = contracts.payment_due(rule, BOOK, happened)
    assert found.deadline is not None
    assert found.deadline.on == D(due)
    assert found.waiting == ()


@pytest.mark.parametrize(
    ("combine", "settled"), [(Combine.LATER, None), (Combine.EARLIER, "2025-12-31"), (Combine.FIXED, "2025-12-31")]
)
def test_a_payment_waits_for_its_documents(combine: Combine, settled: str | None) -> None:
    rule = replace(terms_a().milestones[0].due, combine=combine)
    found = contracts.payment_due(rule, BOOK, {Event.INVOICE: D("2025-09-30")})
    assert (found.deadline and found.deadline.on) == (settled and D(settled))
    assert found.waiting == (() if combine is Combine.FIXED else (Event.APPLICATION,))


def test_b26_and_b27_count_working_days_from_the_latest_event() -> None:
    first, final = (milestone.due for milestone in terms_b().milestones)
    found = contracts.payment_due(first, BOOK, {Event.EFFECTIVE: D("2025-07-07"), Event.INVOICE: D("2025-07-01")})
    assert found.deadline is not None
    assert found.deadline.on == D("2025-09-28")
    events = {Event.SERVICE_END: D("2026-07-06"), Event.ACCEPTANCE: D("2026-09-01"), Event.INVOICE: D("2026-08-01")}
    last = contracts.payment_due(final, BOOK, events)
    assert last.deadline is not None
    assert last.deadline.on == D("2026-10-19")


def test_a_payment_that_waits_says_when_it_could_be_due_at_the_earliest() -> None:
    found = contracts.payment_due(terms_b().milestones[0].due, BOOK, {Event.EFFECTIVE: D("2025-07-07")})
    assert found.deadline is None
    assert found.waiting == (Event.INVOICE,)
    assert found.earliest is not None
    assert found.earliest.on == D("2025-09-28")
    nothing = contracts.payment_due(terms_b().milestones[0].due, BOOK, {})
    assert (nothing.deadline, nothing.earliest) == (None, None)


def test_a_combined_due_day_shows_both_workings() -> None:
    rule = DueRule(Combine.LATER, D("2026-12-31"), (Event.INVOICE,), 60)
    found = contracts.payment_due(rule, BOOK, {Event.INVOICE: D("2026-11-20")}).deadline
    assert found is not None
    assert (found.on, found.provisional) == (D("2027-02-19"), True)
    assert any("固定日期" in step for step in found.trace)
    assert found.trace[-1] == "两者取其晚：2027年2月19日（星期五）"


@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 30)))
def test_response_is_always_one_of_the_two_times_and_recomputes_equal(moment: datetime) -> None:
    received = moment.replace(tzinfo=LOCAL)
    found = contracts.response_deadline(terms_a(), BOOK, received_at=received)
    assert found is not None
    hours = Decimal((found.at - received).total_seconds()) / 3600
    assert hours == (2 if BOOK.works(received.date()) else 4)
    assert contracts.response_deadline(terms_a(), BOOK, received_at=received) == found
