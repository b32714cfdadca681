"""What moves a day re-arms its alert, through the doors: a corrected year, a year that comes in or is confirmed, a supplement."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from server.core.db import session as unit
from server.domain import agenda, calendar, contracts, deliverables
from server.domain.agenda import AlertKind, AlertState, EntryKind
from server.domain.calendar import DayEntry, DayKind, YearStatus
from server.domain.contracts import Contract, Party
from server.domain.identity import SCHEDULER
from server.gateways.queue import Job
from server.jobs.handlers import agenda as handlers
from tests.agenda.conftest import Office, at
from tests.factories.contracts import contract_b

D = date.fromisoformat


class Context:
    """A job as its handler sees it."""

    def __init__(self, args: dict[str, Any]) -> None:
        self.args = args


def work_off() -> int:
    """Run the recomputations that were queued, as a worker would, and forget them; how many there were."""
    queued = Job.kind == deliverables.RECOMPUTE
    found = list(unit().scalars(sa.select(Job.args).where(queued)))
    unit().execute(sa.delete(Job).where(queued))
    for args in found:
        run(args)
    return len(found)


def run(args: dict[str, Any]) -> None:
    """The job with units of its own, after what came before is kept."""
    unit().commit()
    handlers.recompute(Context(args))  # type: ignore[arg-type]


def alerts(office: Office, contract: Contract, key: str, cycle_on: str) -> list[tuple[AlertKind, str, AlertState]]:
    """Every alert that there ever was of one paper."""
    name = f"{contract.id}:{key}:{cycle_on}"
    return [(each.kind, str(each.due_on), each.state) for each in office.alerts(None) if each.object_id == name]


def set_lead(office: Office, days: int) -> None:
    held = agenda.Policy()
    agenda.set_policy(
        office.actor("zhou"),
        leads=dict(held.leads) | {EntryKind.DELIVERABLE: days},
        opens="08:30",
        closes="18:00",
        working_days_only=True,
        exempt=held.exempt,
    )


def test_a_corrected_year_re_arms_through_the_queue(office: Office) -> None:
    with at("2025-08-01 10:00"):
        work_off()
        agenda.arm()
        assert alerts(office, office.ours, "weekly", "2025-07-28") == [
            (AlertKind.AHEAD, "2025-08-04", AlertState.STANDING)
        ]
        assert agenda.read(office.actor("zheng")) > 0
        calendar.set_day(SCHEDULER, on=D("2025-08-04"), kind=DayKind.HOLIDAY, name="台风停工", source="市政府通告")
        assert work_off() >= 1
        # Tuesday 5 August, three days ahead is Saturday: not yet.
        assert alerts(office, office.ours, "weekly", "2025-07-28") == [
            (AlertKind.AHEAD, "2025-08-04", AlertState.MOVED)
        ]
        assert agenda.unread_count(office.actor("zheng")) == 0
    with at("2025-08-04 09:00"):
        agenda.arm()
        assert alerts(office, office.ours, "weekly", "2025-07-28") == [
            (AlertKind.AHEAD, "2025-08-04", AlertState.MOVED),
            (AlertKind.AHEAD, "2025-08-05", AlertState.STANDING),
        ]
        # It is a day off: the reminder waits for Tuesday's hours.
        assert agenda.unread_count(office.actor("zheng")) == 0
    with at("2025-08-05 08:30"):
        fresh = agenda.alerts_for(office.actor("zheng"), unread_only=True)
        assert "2025-08-05" in {str(each.alert.due_on) for each in fresh}
    (shift,) = [
        each
        for each in deliverables.moves_of(office.actor("zheng"), office.ours.id)
        if (each.row.key, str(each.row.cycle_on)) == ("weekly", "2025-07-28")
    ]
    assert "2025-08-04 日历更正" in shift.row.reason


def test_a47_a_supplement_moves_the_day_and_re_arms(office: Office) -> None:
    with at("2025-08-26 10:00"):
        set_lead(office, 15)
        deliverables.settle_all(reason="首次")
        agenda.arm()
        # August's report: the third working day of September is Wednesday the 3rd.
        assert alerts(office, office.ours, "monthly", "2025-08-01") == [
            (AlertKind.AHEAD, "2025-09-03", AlertState.STANDING)
        ]
        made = contracts.draft_supplement(
            SCHEDULER,
            office.ours.id,
            title="月报延后",
            reason="双方商定",
            changes={"deliverables.monthly.working_day": 6, "deliverables.monthly.agreed": True},
            amount=None,
            scope="",
            effective_from=D("2025-08-20"),
        )
        for party in Party:
            contracts.sign(
                SCHEDULER,
                office.ours.id,
                party=party,
                signed_on=D("2025-08-26"),
                sealed_on=D("2025-08-26"),
                supplement_id=made.id,
            )
        assert work_off() >= 1
        # The sixth is Monday the 8th; July's report ended under the old terms and stays.
        assert alerts(office, office.ours, "monthly", "2025-08-01") == [
            (AlertKind.AHEAD, "2025-09-03", AlertState.MOVED),
            (AlertKind.AHEAD, "2025-09-08", AlertState.STANDING),
        ]
        assert alerts(office, office.ours, "monthly", "2025-07-01") == [
            (AlertKind.LATE, "2025-08-05", AlertState.STANDING)
        ]
        moved = deliverables.moves_of(office.actor("wu"), office.ours.id)
        assert {each.row.key for each in moved} == {"monthly"}
        assert "2025年8月" in {each.period for each in moved}
    with at("2025-09-04 10:00"):
        agenda.arm()
        assert (AlertKind.LATE, "2025-09-03", AlertState.STANDING) not in alerts(
            office, office.ours, "monthly", "2025-08-01"
        )


def into_2027() -> Contract:
    """A contract whose last reports are due in a year without an announcement."""
    return contract_b(starts_on=D("2026-07-07"), ends_on=D("2026-12-31"), effective_on=D("2026-07-07"))


def december(office: Office, contract: Contract) -> agenda.Entry:
    found = agenda.survey(office.actor("lin"), first=D("2026-12-01"), last=D("2027-03-01"), contract_id=contract.id)
    return next(each for each in [*found.entries, *found.undated] if each.object_id.endswith(":statistics:2026-12-01"))


def announced(free: list[str]) -> list[DayEntry]:
    return [DayEntry(D(each), DayKind.HOLIDAY, "放假") for each in free]


def test_a_missing_a_provisional_and_an_official_year_with_what_moved(office: Office) -> None:
    with at("2026-12-21 10:00"):
        set_lead(office, 60)
        long = into_2027()
        deliverables.settle_all(reason="首次")
        agenda.arm()
        # Missing: said and never guessed, and nothing is alerted of.
        entry = december(office, long)
        assert (entry.due_on, entry.provisional) == (None, False)
        assert "2027 年的工作日历尚未维护" in entry.refused
        assert alerts(office, long, "statistics", "2026-12-01") == []
        # Provisional: Friday 1 January is free, then 4, 5, 6, 7, 8.
        calendar.import_year(
            SCHEDULER, year=2027, entries=announced(["2027-01-01"]), status=YearStatus.PROVISIONAL, source="内部估算"
        )
        assert work_off() >= 1
        entry = december(office, long)
        assert (str(entry.due_on), entry.provisional) == ("2027-01-08", True)
        (alert,) = [each for each in office.alerts() if each.object_id.endswith(":statistics:2026-12-01")]
        assert (str(alert.due_on), alert.provisional) == ("2027-01-08", True)
        # Before the official list is taken in, the page shows what it would move.
        days = {D(each): calendar.Day(DayKind.HOLIDAY, "元旦") for each in ("2027-01-01", "2027-01-04")}
        preview = calendar.moves(calendar.load().with_year(2027, days, YearStatus.OFFICIAL))
        told = {move.what: move.after for move in preview if move.subject == f"合同 {long.number}"}
        assert "市场主体月度统计（2026年12月）" in told
        calendar.import_year(
            SCHEDULER,
            year=2027,
            entries=announced(["2027-01-01", "2027-01-04"]),
            status=YearStatus.OFFICIAL,
            source="国办通知",
        )
        assert work_off() >= 1
        entry = december(office, long)
        assert (str(entry.due_on), entry.provisional) == ("2027-01-11", False)
        assert alerts(office, long, "statistics", "2026-12-01") == [
            (AlertKind.AHEAD, "2027-01-08", AlertState.MOVED),
            (AlertKind.AHEAD, "2027-01-11", AlertState.STANDING),
        ]
        shifts = [
            (each.row.before_at is None, each.row.after_at is not None)
            for each in deliverables.moves_of(office.actor("lin"), long.id)
            if (each.row.key, str(each.row.cycle_on)) == ("statistics", "2026-12-01")
        ]
        assert sorted(shifts) == [(False, True), (True, True)]


def test_a_provisional_year_that_is_confirmed_moves_nothing_and_drops_the_mark(office: Office) -> None:
    with at("2026-12-21 10:00"):
        set_lead(office, 60)
        calendar.import_year(
            SCHEDULER, year=2027, entries=announced(["2027-01-01"]), status=YearStatus.PROVISIONAL, source="内部估算"
        )
        long = into_2027()
        deliverables.settle_all(reason="首次")
        agenda.arm()
        before = len(office.alerts(None))
        assert [each.provisional for each in office.alerts() if each.object_id.endswith(":statistics:2026-12-01")] == [
            True
        ]
        calendar.publish_official(SCHEDULER, year=2027, source="国办通知")
        work_off()
        assert len(office.alerts(None)) == before
        assert not december(office, long).provisional
        assert [each.provisional for each in office.alerts() if each.object_id.endswith(":statistics:2026-12-01")] == [
            False
        ]
        assert deliverables.moves_of(office.actor("lin"), long.id) == []


def test_the_job_may_run_twice(office: Office) -> None:
    with at("2025-08-01 10:00"):
        deliverables.settle_all(reason="首次")
        calendar.set_day(SCHEDULER, on=D("2025-08-04"), kind=DayKind.HOLIDAY, name="停工", source="通告")
        for _ in range(2):
            run({"reason": "日历更正", "contract_id": None})
        keys = [(each.object_id, each.kind, each.due_on) for each in office.alerts(None)]
        assert len(keys) == len(set(keys))
        moves = deliverables.moves_of(office.actor("lin"), office.ours.id)
        assert len({(each.row.key, each.row.cycle_on) for each in moves}) == len(moves)


@pytest.mark.parametrize("days", [0, 1, 30])
def test_a_day_that_comes_back_stands_again_once(office: Office, days: int) -> None:
    with at("2025-08-04 09:00"):
        set_lead(office, days)
        agenda.arm()
        first = alerts(office, office.ours, "weekly", "2025-07-28")
        for kind in (DayKind.HOLIDAY, DayKind.WORKDAY):
            calendar.set_day(SCHEDULER, on=D("2025-08-04"), kind=kind, name="", source="通告")
            work_off()
        assert [
            each for each in alerts(office, office.ours, "weekly", "2025-07-28") if each[2] is AlertState.STANDING
        ] == [each for each in first if each[2] is AlertState.STANDING]
