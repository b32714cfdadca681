"""Due days move with the calendar and with terms; each move is written down, shown before and after, and changes no fact."""

from __future__ import annotations

from datetime import date, datetime

from server.core import clock
from server.domain import calendar, contracts, deliverables
from server.domain.calendar import DayKind, YearStatus
from server.domain.identity import SCHEDULER
from tests.deliverables.conftest import Office, at

D = date.fromisoformat


def local(moment: object) -> str:
    assert isinstance(moment, datetime)
    return clock.to_local(moment).strftime("%m-%d %H:%M")


def holiday(day: str) -> None:
    """One day declared free."""
    calendar.set_day(SCHEDULER, on=D(day), kind=DayKind.HOLIDAY, name="台风停工", source="市政府通告")


def test_a_correction_is_shown_before_and_written_down_after(office: Office) -> None:
    deliverables.settle_all(reason="首次")
    assert deliverables.moves_of(office.zheng, office.contract.id) == []
    with at("2025-08-01 10:00"):
        book = calendar.load()
        typhoon = calendar.Day(DayKind.HOLIDAY, "台风停工")
        days = {on: day for on, day in book.days.items() if on.year == 2025} | {D("2025-08-04"): typhoon}
        preview = calendar.moves(book.with_year(2025, days, YearStatus.OFFICIAL))
        ours = [move for move in preview if move.subject == f"合同 {office.contract.number}"]
        assert ("运维周报（含巡查情况）（2025-07-28 至 2025-08-03）", "08-04 12:00", "08-05 12:00") in [
            (move.what, local(move.before), local(move.after)) for move in ours
        ]
        holiday("2025-08-04")
        assert deliverables.settle_all(reason="台风停工") > 0
        assert deliverables.settle_all(reason="再跑一次") == 0
        shifts = deliverables.moves_of(office.zheng, office.contract.id)
    told = {(each.row.key, each.period): (local(each.row.before_at), local(each.row.after_at)) for each in shifts}
    assert told["weekly", "2025-07-28 至 2025-08-03"] == ("08-04 12:00", "08-05 12:00")
    assert told["monthly", "2025年7月"] == ("08-06 00:00", "08-07 00:00")
    assert {each.row.reason for each in shifts} == {"台风停工"}
    assert len(office.trail("deliverable.due_moved")) >= 1


def test_what_was_handed_in_is_not_previewed(office: Office) -> None:
    with at("2025-08-01 10:00"):
        office.hand_in()
        book = calendar.load()
        days = {on: day for on, day in book.days.items() if on.year == 2025}
        days[D("2025-08-04")] = calendar.Day(DayKind.HOLIDAY, "台风停工")
        preview = calendar.moves(book.with_year(2025, days, YearStatus.OFFICIAL))
    assert not [move for move in preview if "2025-07-28" in move.what]


def test_lateness_follows_the_day_as_it_stands(office: Office) -> None:
    with at("2025-08-05 10:00"):
        office.hand_in()
        assert office.duty("weekly", "2025-07-28").late
        holiday("2025-08-04")
        assert not office.duty("weekly", "2025-07-28").late


def test_a_year_that_comes_in_gives_days_to_what_had_none(office: Office) -> None:
    # 2027 is not maintained; a contract into it owes reports that cannot be dated yet.
    with at("2026-05-01 10:00"):
        contract = contracts.find(office.lin, office.contract.id)
        long = contracts.create(
            SCHEDULER,
            number="YW-2027",
            title="长期合同",
            vendor_id=contract.vendor_id,
            vendor_name="明渠数据服务有限公司",
            bureau_name="局",
            starts_on=D("2026-05-01"),
            ends_on=D("2026-12-31"),
            effective_on=D("2026-05-01"),
            systems=["data_exchange"],
            terms=contracts.raw_terms(contract.id, 1),
        )
        contracts.activate(SCHEDULER, long)
        deliverables.settle_all(reason="首次", contract_id=long.id)
        duty = next(
            each
            for each in deliverables.standing(office.lin, long.id)
            if (each.expected.key, each.expected.cycle_on) == ("monthly", D("2026-12-01"))
        )
        assert "2027 年的工作日历尚未维护" in duty.expected.note
        calendar.seed(SCHEDULER, years=(2027,))
        assert deliverables.settle_all(reason="导入 2027 年", contract_id=long.id) > 0
        moved = {(each.row.key, each.period): each.row for each in deliverables.moves_of(office.lin, long.id)}
    assert moved["monthly", "2026年12月"].before_at is None
    assert moved["monthly", "2026年12月"].after_at is not None
