"""Deadlines move when the calendar or the contract does, and the moves are shown and recorded."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import time_machine

from server.core.clock import LOCAL
from server.domain import calendar, contracts, tickets
from server.domain.calendar import DayKind, YearStatus
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.tickets import Basis, ClockKind
from server.gateways.queue import Job
from tests.factories.tickets import responded, ticket
from tests.support.jobs import work
from tests.tickets.conftest import Desk

NINE = datetime(2026, 3, 3, 9, 0, tzinfo=LOCAL)


def recompute(**values: Any) -> list[tuple[str, ClockKind]]:
    done = tickets.recompute_clocks(SCHEDULER, reason="日历更正", **values)
    assert done.next_after is None
    return [(move.number, move.kind) for move in done.moved]


def test_a_corrected_day_moves_open_deadlines(desk: Desk, session: Any) -> None:
    with time_machine.travel(NINE, tick=False):
        made = ticket(desk.wang, contract=desk.contract)
        assert recompute() == []
        calendar.set_day(SCHEDULER, on=date(2026, 3, 3), kind=DayKind.HOLIDAY, name="临时放假", source="紧急通知")
        waiting = sa.select(Job.args).where(Job.kind == tickets.RECOMPUTE).order_by(Job.id.desc())
        assert "日历更正" in session.scalars(waiting).first()["reason"]
        assert recompute() == [(made.number, ClockKind.RESPONSE)]
        assert recompute() == []
    (running,) = tickets.clocks_of(desk.lin, made)
    assert running.due_at == NINE + timedelta(hours=4)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "ticket.clocks_recomputed")).one()
    before, after = entry.changes[f"{made.number}.response"]
    assert (datetime.fromisoformat(before), datetime.fromisoformat(after)) == (
        NINE + timedelta(hours=2),
        NINE + timedelta(hours=4),
    )


def test_moves_are_shown_before_they_are_made(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False):
        made = ticket(desk.wang, contract=desk.contract)
        book = calendar.load()
        days = {on: day for on, day in book.days.items() if on.year == 2026}
        days[date(2026, 3, 3)] = calendar.Day(DayKind.HOLIDAY)
        moves = calendar.moves(book.with_year(2026, days, YearStatus.OFFICIAL))
    (move,) = [each for each in moves if each.subject == f"工单 {made.number}"]
    assert (move.subject, move.what) == (f"工单 {made.number}", "响应期限")
    assert (move.before, move.after) == (NINE + timedelta(hours=2), NINE + timedelta(hours=4))
    assert tickets.clocks_of(desk.lin, made)[0].due_at == NINE + timedelta(hours=2)


def test_a_year_that_was_missing_gives_deadlines_when_it_is_loaded(desk: Desk) -> None:
    long = contracts.contract_for("mini_program", date(2026, 3, 3))
    assert long is not None
    with time_machine.travel(datetime(2028, 3, 1, 9, 0, tzinfo=LOCAL), tick=False):
        made = responded(desk.lin, desk.wang, contract=desk.contract)
        assert tickets.clocks_of(desk.lin, made)[0].basis is Basis.CALENDAR_MISSING
        calendar.import_year(SCHEDULER, year=2028, entries=[], status=YearStatus.PROVISIONAL, source="估算")
        assert recompute() == [(made.number, ClockKind.RESPONSE)]
        running = tickets.clocks_of(desk.lin, made)[0]
        assert (running.basis, running.provisional) == (Basis.AGREED, True)
        assert running.met_at is not None
        calendar.import_year(SCHEDULER, year=2028, entries=[], status=YearStatus.OFFICIAL, source="国办发明电")
        assert recompute() == []
        assert not tickets.clocks_of(desk.lin, made)[0].provisional


def test_an_ended_ticket_with_an_estimate_is_settled_later(desk: Desk) -> None:
    with time_machine.travel(datetime(2027, 3, 3, 9, 0, tzinfo=LOCAL), tick=False):
        estimated = responded(desk.lin, desk.wang, contract=desk.contract)
        tickets.cancel(desk.lin, estimated.id, reason="重复")
        calendar.set_day(SCHEDULER, on=date(2027, 3, 3), kind=DayKind.HOLIDAY, name="假", source="公告")
        assert recompute() == [(estimated.number, ClockKind.RESPONSE)]


def test_revised_terms_move_that_contracts_deadlines(desk: Desk) -> None:
    with time_machine.travel(NINE, tick=False):
        made = ticket(desk.wang, contract=desk.contract)
        ticket(desk.wang)
        contracts.amend(
            SCHEDULER,
            desk.contract,
            changes={"response.working_day_hours": "1"},
            reason="补充协议一",
            effective_from=date(2026, 3, 1),
        )
        assert recompute(contract_id=desk.contract.id) == [(made.number, ClockKind.RESPONSE)]
    (running,) = tickets.clocks_of(desk.lin, made)
    assert (running.due_at, running.contract_revision) == (NINE + timedelta(hours=1), 2)


def test_batches_go_on_where_they_stopped(desk: Desk, monkeypatch: Any) -> None:
    monkeypatch.setattr("server.domain.tickets.clocks.BATCH", 2)
    with time_machine.travel(NINE, tick=False):
        made = [ticket(desk.wang, contract=desk.contract).number for _ in range(5)]
        calendar.set_day(SCHEDULER, on=date(2026, 3, 3), kind=DayKind.HOLIDAY, name="假", source="公告")
        seen, after = [], None
        while True:
            batch = tickets.recompute_clocks(SCHEDULER, reason="更正", after=after)
            seen += [move.number for move in batch.moved]
            after = batch.next_after
            if after is None:
                break
    assert seen == made


def test_the_job_does_it_once_the_calendar_is_changed(app: Any, desk: Desk, session: Any) -> None:
    with time_machine.travel(NINE, tick=False):
        work(app)
        made = ticket(desk.lin, contract=desk.contract)
        calendar.set_day(SCHEDULER, on=date(2026, 3, 3), kind=DayKind.HOLIDAY, name="临时放假", source="紧急通知")
        assert tickets.RECOMPUTE in work(app)
        session.expire_all()
        (running,) = tickets.clocks_of(desk.lin, made)
        assert running.due_at == NINE + timedelta(hours=4)
