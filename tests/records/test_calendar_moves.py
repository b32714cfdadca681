"""Open acceptance deadlines follow the calendar and the contract: shown before, written, audited; ended ones stay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.domain import calendar, contracts, records
from server.domain.calendar import DayEntry, DayKind, YearStatus
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.records import Basis, CompletionState, EventKind
from tests.factories.calendar import seeded_calendar
from tests.factories.records import at, received
from tests.records.conftest import House, made

D = date.fromisoformat
NOTICE = "国办发明电〔2026〕9号"


def moved_in_trail(session: Any) -> list[dict[str, Any]]:
    query = sa.select(AuditEntry.changes).where(AuditEntry.action == "completion.clocks_recomputed")
    return list(session.scalars(query.order_by(AuditEntry.id)))


def test_a_corrected_day_moves_what_is_open_and_leaves_what_is_decided(house: House, session: Any) -> None:
    with time_machine.travel(at("2025-09-26 10:00"), tick=False):
        done, open_ = received(house.a), received(house.a)
        records.accept(house.lin, done.id)
        book = calendar.load()
        days = {on: day for on, day in book.days.items() if on.year == 2025}
        days[D("2025-09-29")] = calendar.Day(DayKind.HOLIDAY)
        shown = calendar.moves(book.with_year(2025, days, YearStatus.OFFICIAL))
        assert [(each.subject, each.after) for each in shown if "完工" in each.subject] == [
            (f"完工通知 {open_.number}", clock.end_of(D("2025-09-30")))
        ]
        assert open_.due_on == D("2025-09-29")
        calendar.set_day(SCHEDULER, on=D("2025-09-29"), kind=DayKind.HOLIDAY, name="临时放假", source="紧急通知")
    assert (open_.due_on, done.due_on) == (D("2025-09-30"), D("2025-09-29"))
    assert moved_in_trail(session) == [{open_.number: ["2025-09-29", "2025-09-30"]}]
    line = records.events_of(open_)[-1]
    assert (line.kind, line.data["due_on"]) == (EventKind.MOVED, ["2025-09-29", "2025-09-30"])
    assert records.events_of(done)[-1].kind is EventKind.ACCEPTED


def test_an_estimate_deems_nothing_until_the_official_year_is_there(house: House, session: Any) -> None:
    with time_machine.travel(at("2026-12-29 10:00"), tick=False) as moved:
        waiting = received(house.a)
        assert (waiting.due_on, waiting.provisional) == (D("2027-01-04"), True)
        moved.move_to(at("2027-01-06 10:00"))
        assert records.deem() == []
        entries = [
            DayEntry(D("2027-01-01"), DayKind.HOLIDAY, "元旦"),
            DayEntry(D("2027-01-03"), DayKind.SHIFTED, "调休"),
        ]
        calendar.import_year(SCHEDULER, year=2027, entries=entries, status=YearStatus.OFFICIAL, source=NOTICE)
        assert (waiting.due_on, waiting.provisional) == (D("2027-01-03"), False)
        assert records.deem() == [waiting]
    assert (waiting.accepted_on, waiting.decided_at) == (D("2027-01-03"), clock.end_of(D("2027-01-03")))
    assert moved_in_trail(session) == [{waiting.number: ["2027-01-04", "2027-01-03"]}]


def test_a_word_counts_while_the_calendar_is_an_estimate(house: House) -> None:
    with time_machine.travel(at("2026-12-29 10:00"), tick=False) as moved:
        waiting = received(house.a)
        moved.move_to(at("2027-01-06 10:00"))
        records.reject(house.lin, waiting.id, reasons="节后发现列表仍为空")
    assert waiting.state is CompletionState.REJECTED


@pytest.mark.usefixtures("session")
def test_a_missing_year_is_filled_and_the_clock_starts(session: Any) -> None:
    seeded_calendar((2025, 2026))
    house = made()
    with time_machine.travel(at("2026-12-30 10:00"), tick=False):
        waiting = received(house.a)
        assert (waiting.basis, waiting.due_on) == (Basis.CALENDAR_MISSING, None)
        assert records.deem() == []
        entries = [DayEntry(D("2027-01-01"), DayKind.HOLIDAY, "元旦")]
        calendar.import_year(SCHEDULER, year=2027, entries=entries, status=YearStatus.OFFICIAL, source=NOTICE)
    assert (waiting.basis, waiting.due_on, waiting.deemable) == (Basis.AGREED, D("2027-01-04"), True)
    assert moved_in_trail(session) == [{waiting.number: [None, "2027-01-04"]}]


def test_changed_terms_move_what_was_received_since(house: House) -> None:
    with time_machine.travel(at("2025-09-26 10:00"), tick=False) as moved:
        before = received(house.a)
        moved.move_to(at("2025-09-27 10:00"))
        after = received(house.a)
        assert after.due_on == D("2025-09-30")
        contract = contracts.find(SCHEDULER, house.a.id)
        changes = {"acceptance.days": 5}
        contracts.amend(SCHEDULER, contract, changes=changes, reason="补充协议", effective_from=D("2025-09-27"))
    # five days from 27 September end in the holidays
    assert (before.due_on, after.due_on) == (D("2025-09-29"), D("2025-10-09"))
    assert after.contract_revision == 2
