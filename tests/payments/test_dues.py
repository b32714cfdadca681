"""Due days: the cases of §1.5 and §3 through the doors, later-of rules, and what a changed calendar or contract moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.db import session as unit
from server.domain import calendar, contracts, payments
from server.domain.calendar import Day, DayEntry, DayKind, YearStatus
from server.domain.contracts import Combine, DueRule, Event
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.payments import MilestoneState
from tests.factories import payments as money
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b
from tests.factories.payments import Till

D = date.fromisoformat
BOOK = work_calendar()


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-12-30T10:00:00+08:00", tick=False):
        yield


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-09-26", "2025-10-13"),
        ("2025-09-30", "2025-10-16"),
        ("2025-12-22", "2025-12-31"),
        ("2025-12-30", "2026-01-09"),
        ("2026-02-13", "2026-03-02"),
        ("2026-04-30", "2026-05-13"),
        ("2026-09-18", "2026-09-29"),
    ],
)
def test_a25_seven_working_days_after_the_later_document(received: str, due: str) -> None:
    rule = DueRule(Combine.DOCUMENTS, None, (Event.APPLICATION, Event.INVOICE), 7)
    for happened in (
        {Event.APPLICATION: D("2025-06-02"), Event.INVOICE: D(received)},
        {Event.APPLICATION: D(received), Event.INVOICE: D("2025-06-02")},
    ):
        found = contracts.payment_due(rule, BOOK, happened).deadline
        assert found is not None
        assert found.on == D(due)


@pytest.mark.parametrize(
    ("combine", "received", "due"),
    [
        (Combine.LATER, "2025-12-22", "2025-12-31"),
        (Combine.LATER, "2025-12-23", "2026-01-04"),
        (Combine.LATER, "2025-12-30", "2026-01-09"),
        (Combine.EARLIER, "2025-12-30", "2025-12-31"),
        (Combine.EARLIER, "2025-09-26", "2025-10-13"),
        (Combine.FIXED, "2025-12-30", "2025-12-31"),
        (Combine.DOCUMENTS, "2025-09-26", "2025-10-13"),
    ],
)
def test_finding_4_fixed_day_against_documents(combine: Combine, received: str, due: str) -> None:
    rule = DueRule(combine, D("2025-12-31"), (Event.APPLICATION, Event.INVOICE), 7)
    happened = {Event.APPLICATION: D(received), Event.INVOICE: D(received)}
    found = contracts.payment_due(rule, BOOK, happened).deadline
    assert found is not None
    assert found.on == D(due)


@pytest.mark.parametrize(
    ("milestone", "latest", "due", "provisional"),
    [
        ("first", "2025-07-07", "2025-09-28", False),
        ("first", "2025-07-31", "2025-10-29", False),
        ("first", "2026-11-20", "2027-02-19", True),
        ("final", "2026-07-07", "2026-08-18", False),
        ("final", "2026-09-01", "2026-10-19", False),
    ],
)
def test_b26_b27_sixty_and_thirty_working_days(milestone: str, latest: str, due: str, provisional: bool) -> None:
    rule = next(each.due for each in terms_b().milestones if each.key == milestone)
    happened = {Event.EFFECTIVE: D("2025-07-07"), Event.SERVICE_END: D("2026-07-06"), Event.ACCEPTANCE: D("2026-07-07")}
    found = contracts.payment_due(rule, BOOK, happened | {Event.INVOICE: D(latest)}).deadline
    assert found is not None
    assert (found.on, found.provisional) == (D(due), provisional)


def test_a24_the_year_fee_is_one_milestone_on_the_last_of_december() -> None:
    milestones = terms_a().milestones
    assert [(each.key, each.due.fixed_on) for each in milestones] == [("year_fee", D("2025-12-31"))]


def standing(made: Till, key: str) -> payments.MilestoneStanding:
    return next(each for each in payments.plan_of(made.lin, made.contract.id) if each.milestone.key == key)


def test_documents_received_after_22_december_move_the_day_and_the_move_is_shown(session: Any) -> None:
    made = money.till("a")
    assert standing(made, "year_fee").state is MilestoneState.WAITING
    application = money.received(made, "year_fee", on=D("2025-12-22"))
    assert standing(made, "year_fee").due_on == D("2025-12-31")
    invoice = payments.live_invoice(application.id)
    assert invoice is not None
    payments.reject_invoice(made.lin, invoice.id, reason="抬头错误")
    assert standing(made, "year_fee").due_on is None
    money.invoiced(made, application, on=D("2025-12-30"))
    found = standing(made, "year_fee")
    assert found.due_on == D("2026-01-09")
    assert found.trace[-1].startswith("两者取其晚")
    assert {event: each.on for event, each in found.happened.items() if event in found.milestone.due.events} == {
        Event.APPLICATION: D("2025-12-22"),
        Event.INVOICE: D("2025-12-30"),
    }
    moved = [(each.before_on, each.after_on) for each in payments.changes_of(made.contract.id)]
    assert moved == [(None, D("2026-01-09")), (D("2025-12-31"), None), (None, D("2025-12-31"))]


def test_3_a_corrected_day_moves_open_due_days_shown_before_and_kept_after(session: Any) -> None:
    made = money.till("b")
    money.received(made, on=D("2025-07-07"))
    book = calendar.load()
    days = {on: day for on, day in book.days.items() if on.year == 2025} | {D("2025-09-28"): Day(DayKind.RESTDAY)}
    moves = calendar.moves(book.with_year(2025, days, YearStatus.OFFICIAL))
    found = [(each.subject, each.before, each.after) for each in moves if "付款" in each.what]
    ends = [clock.end_of(D(day)) for day in ("2025-09-28", "2025-09-29")]
    assert found == [(f"合同 {made.contract.number}", *ends)]
    calendar.set_day(SCHEDULER, on=D("2025-09-28"), kind=DayKind.RESTDAY, name="", source="更正通知")
    newest = payments.changes_of(made.contract.id)[0]
    assert (newest.before_on, newest.after_on) == (D("2025-09-28"), D("2025-09-29"))
    assert "日历更正" in newest.reason
    assert standing(made, "first").due_on == D("2025-09-29")
    audited = sa.select(AuditEntry).where(AuditEntry.action == "payment_due.moved")
    assert any(each.changes["due_on"] == ["2025-09-28", "2025-09-29"] for each in unit().scalars(audited))


def test_3_a_provisional_day_moves_when_the_official_list_comes(session: Any) -> None:
    with time_machine.travel("2026-11-21T10:00:00+08:00", tick=False):
        made = money.till("b")
        money.received(made, on=D("2026-11-20"))
        before = standing(made, "first")
        assert (before.due_on, before.provisional) == (D("2027-02-19"), True)
        entries = [DayEntry(D(day), DayKind.HOLIDAY, "节日") for day in ("2027-01-01", "2027-02-05", "2027-02-08")]
        calendar.import_year(SCHEDULER, year=2027, entries=entries, status=YearStatus.OFFICIAL, source="国办通知")
        # 6 in November, 23 in December, 20 in January, 11 in February
        after = standing(made, "first")
        assert (after.due_on, after.provisional) == (D("2027-02-17"), False)
        newest = payments.changes_of(made.contract.id)[0]
        assert (newest.before_on, newest.after_on, newest.provisional) == (D("2027-02-19"), D("2027-02-17"), False)


def test_3_a_missing_year_is_refused_and_computed_once_it_is_there(session: Any) -> None:
    with time_machine.travel("2026-11-21T10:00:00+08:00", tick=False):
        made = money.till("b", years=(2025, 2026))
        money.received(made, on=D("2026-11-20"))
        found = standing(made, "first")
        assert (found.due_on, found.state) == (None, MilestoneState.WAITING)
        assert "2027 年的工作日历尚未维护" in found.refused
        entries = [DayEntry(D(day), DayKind.HOLIDAY, "节日") for day in ("2027-01-01", "2027-02-05", "2027-02-08")]
        calendar.import_year(SCHEDULER, year=2027, entries=entries, status=YearStatus.PROVISIONAL, source="暂定")
        assert standing(made, "first").due_on == D("2027-02-17")
        newest = payments.changes_of(made.contract.id)[0]
        assert (newest.before_on, newest.after_on, newest.provisional) == (None, D("2027-02-17"), True)


def test_another_reading_of_the_terms_moves_the_day(session: Any) -> None:
    made = money.till("a")
    money.received(made, "year_fee", on=D("2025-12-30"))
    assert standing(made, "year_fee").due_on == D("2026-01-09")
    contracts.amend(
        SCHEDULER,
        made.contract,
        changes={"milestones.year_fee.due.combine": "fixed"},
        reason="双方商定以固定日期为准",
        effective_from=made.contract.starts_on,
    )
    newest = payments.changes_of(made.contract.id)[0]
    assert (newest.before_on, newest.after_on) == (D("2026-01-09"), D("2025-12-31"))


def test_a_paid_instalment_moves_no_more(session: Any) -> None:
    made = money.till("b")
    application = money.approved(made, on=D("2025-07-07"))
    payments.pay(made.lin, application.id, paid_on=D("2025-09-20"), amount=application.amount, reference="R1")
    before = len(payments.changes_of(made.contract.id))
    calendar.set_day(SCHEDULER, on=D("2025-09-28"), kind=DayKind.RESTDAY, name="", source="更正通知")
    assert len(payments.changes_of(made.contract.id)) == before


def test_b27_the_last_instalment_waits_for_term_acceptance_and_invoice(session: Any) -> None:
    made = money.till("b")
    found = standing(made, "final")
    assert found.due is not None
    assert set(found.due.waiting) == {Event.ACCEPTANCE, Event.INVOICE}
    assert found.happened[Event.SERVICE_END].on == made.contract.ends_on
    assert found.state is MilestoneState.WAITING


def test_what_falls_due_is_told_to_the_calendar_of_those_who_may_see_it(session: Any) -> None:
    made = money.till("b")
    money.received(made, on=D("2025-12-01"))
    payments.order(made.zhou, contract_id=made.contract.id, facts="故障", demands="修复", due_on=D("2026-01-05"))
    whole = (D("2025-12-01"), D("2026-06-30"))
    told = [(each.kind, each.on, each.late) for each in payments.dues_between(made.wu, *whole)]
    assert told == [("order", D("2026-01-05"), False), ("milestone", standing(made, "first").due_on, False)]
    assert payments.dues_between(made.bai, *whole, contract_id=made.contract.id) == []
    assert payments.dues_between(made.zheng, *whole) == []
    assert payments.dues_between(made.lin, D("2025-12-01"), D("2025-12-31")) == []


def test_the_daily_round_finds_nothing_to_move_twice(session: Any) -> None:
    made = money.till("b")
    money.received(made, on=D("2025-07-07"))
    assert payments.refresh_all(SCHEDULER, "每日重算") == 0
