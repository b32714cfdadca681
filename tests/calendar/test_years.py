"""Changing the calendar: seeding, importing, correcting, publishing; versions, cache, audit and followers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.errors import Forbidden, Invalid
from server.domain import calendar
from server.domain.calendar import (
    AlreadyOfficial,
    CalendarMissing,
    CalendarMoved,
    CalendarYear,
    DayEntry,
    DayKind,
    Move,
    WorkCalendar,
    YearStatus,
)
from server.domain.identity import ANONYMOUS, SCHEDULER, Actor, AuditEntry
from tests.factories.calendar import seeded_calendar

D = date.fromisoformat
NOTICE_2027 = "国办发明电〔2026〕9号"
ENTRIES_2027 = [
    DayEntry(D("2027-01-01"), DayKind.HOLIDAY, "元旦"),
    DayEntry(D("2027-02-05"), DayKind.HOLIDAY, "春节"),
    DayEntry(D("2027-02-08"), DayKind.HOLIDAY, "春节"),
    DayEntry(D("2027-02-20"), DayKind.SHIFTED, "春节调休"),
]


def actions(session: Any) -> list[str]:
    return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_fresh_database_has_no_calendar_and_refuses(session: Any) -> None:
    book = calendar.load()
    assert book.version == 0
    with pytest.raises(CalendarMissing):
        calendar.working_days_after(book, D("2026-11-20"), 1)


def test_seeding_lays_down_official_and_provisional_years_and_leaves_the_rest_missing(session: Any) -> None:
    laid = calendar.seed(SCHEDULER, years=[1999, 2003, 2025, 2026, 2027])
    book = calendar.load()
    assert laid == [2025, 2026, 2027]
    assert book.status(2025) is book.status(2026) is YearStatus.OFFICIAL
    assert book.status(2027) is YearStatus.PROVISIONAL
    assert book.status(1999) is book.status(2003) is book.status(2031) is YearStatus.MISSING
    assert actions(session) == ["calendar.seeded"]


@time_machine.travel("2026-11-20T10:00:00+08:00", tick=False)
def test_seeding_by_default_reaches_from_2004_to_four_years_ahead(session: Any) -> None:
    assert calendar.seed(SCHEDULER) == list(range(2004, 2031))
    assert calendar.seed(SCHEDULER) == []
    assert calendar.load().status(2031) is YearStatus.MISSING


def test_seeding_again_leaves_a_maintained_year_alone(session: Any) -> None:
    seeded_calendar([2026])
    calendar.set_day(SCHEDULER, on=D("2026-12-31"), kind=DayKind.HOLIDAY, name="临时放假", source="市政府通知")
    calendar.seed(SCHEDULER, years=[2026, 2027])
    assert calendar.load().day(D("2026-12-31")).name == "临时放假"


def test_the_calendar_is_read_once_per_version(session: Any, queries: Any) -> None:
    seeded_calendar()
    calendar.load()
    with queries() as seen:
        first = calendar.load()
        assert calendar.load() is first
    assert len(seen) == 2
    calendar.set_day(SCHEDULER, on=D("2026-12-31"), kind=DayKind.HOLIDAY, name="", source="通知")
    assert calendar.load().version == first.version + 1
    assert calendar.load().day(D("2026-12-31")).kind is DayKind.HOLIDAY
    assert first.day(D("2026-12-31")).kind is DayKind.WORKDAY


def test_a_version_that_was_rolled_back_is_not_taken_for_its_successor(session: Any) -> None:
    seeded_calendar()
    lost = session.begin_nested()
    calendar.set_day(SCHEDULER, on=D("2026-12-31"), kind=DayKind.HOLIDAY, name="误录", source="通知")
    assert calendar.load().day(D("2026-12-31")).name == "误录"
    lost.rollback()
    calendar.set_day(SCHEDULER, on=D("2026-12-30"), kind=DayKind.HOLIDAY, name="", source="通知")
    assert calendar.load().day(D("2026-12-31")).kind is DayKind.WORKDAY
    assert calendar.load().day(D("2026-12-30")).kind is DayKind.HOLIDAY


def test_an_import_replaces_the_year_and_tells_what_changed(session: Any) -> None:
    before = seeded_calendar()
    seen = calendar.preview_year(SCHEDULER, year=2027, entries=ENTRIES_2027, status=YearStatus.OFFICIAL)
    assert calendar.load() is before
    done = calendar.import_year(
        SCHEDULER,
        year=2027,
        entries=ENTRIES_2027,
        status=YearStatus.OFFICIAL,
        source=NOTICE_2027,
        expected=before.version,
    )
    assert done.days == seen.days
    changed = {change.on: change for change in done.days}
    assert changed[D("2027-02-20")].after.kind is DayKind.SHIFTED
    assert changed[D("2027-10-01")].after.kind is DayKind.WORKDAY
    assert D("2027-01-01") not in changed
    book = calendar.load()
    assert book.status(2027) is YearStatus.OFFICIAL
    assert book.version == before.version + 1
    assert not calendar.working_days_after(book, D("2027-02-04"), 5).provisional
    assert dict(book.days) == dict(seen.calendar.days)
    assert actions(session)[-1] == "calendar.imported"


def test_an_incomplete_announcement_raises_doubts_and_the_official_lists_none(session: Any) -> None:
    seeded_calendar()
    short = calendar.preview_year(SCHEDULER, year=2027, entries=ENTRIES_2027[:3], status=YearStatus.OFFICIAL)
    assert [sentence[:5] for sentence in calendar.doubts(short)] == ["只列出 3", "没有任何调"]
    book = calendar.load()
    for year in (2025, 2026):
        entries = [DayEntry(on, day.kind, day.name) for on, day in book.days.items() if on.year == year]
        whole = calendar.preview_year(SCHEDULER, year=year, entries=entries, status=YearStatus.OFFICIAL)
        assert whole.days == ()
        assert calendar.doubts(whole) == []


def test_a_missing_year_can_be_imported_whole(session: Any) -> None:
    seeded_calendar([2026])
    calendar.import_year(SCHEDULER, year=2031, entries=ENTRIES_2031, status=YearStatus.PROVISIONAL, source="内部估算")
    book = calendar.load()
    assert len([on for on in book.days if on.year == 2031]) == 365
    assert calendar.working_days_after(book, D("2031-01-01"), 1).provisional


ENTRIES_2031 = [DayEntry(D("2031-01-01"), DayKind.HOLIDAY, "元旦")]


def test_an_import_decided_on_an_older_version_is_refused(session: Any) -> None:
    old = seeded_calendar().version
    calendar.publish_official(SCHEDULER, year=2027, source=NOTICE_2027)
    with pytest.raises(CalendarMoved):
        calendar.import_year(
            SCHEDULER, year=2027, entries=ENTRIES_2027, status=YearStatus.OFFICIAL, source=NOTICE_2027, expected=old
        )


def test_publishing_turns_an_estimate_into_the_official_list(session: Any) -> None:
    book = seeded_calendar()
    assert calendar.working_days_after(book, D("2026-11-20"), 60).provisional
    done = calendar.publish_official(SCHEDULER, year=2027, source=NOTICE_2027)
    assert done.days == ()
    assert not calendar.working_days_after(calendar.load(), D("2026-11-20"), 60).provisional
    row = session.get(CalendarYear, 2027, populate_existing=True)
    assert (row.status, row.source) == (YearStatus.OFFICIAL, NOTICE_2027)
    with pytest.raises(AlreadyOfficial):
        calendar.publish_official(SCHEDULER, year=2027, source=NOTICE_2027)
    with pytest.raises(CalendarMissing):
        calendar.publish_official(SCHEDULER, year=2031, source=NOTICE_2027)


def test_a_day_corrected_is_audited_with_before_and_after(session: Any) -> None:
    seeded_calendar()
    calendar.set_day(SCHEDULER, on=D("2026-12-26"), kind=DayKind.SHIFTED, name="临时调休", source="省政府通知")
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.action == "calendar.day_set"
    assert entry.changes == {"2026-12-26": ["休息日", "调休上班（临时调休）"]}


def test_setting_a_day_to_what_it_is_changes_nothing(session: Any) -> None:
    version = seeded_calendar().version
    calendar.set_day(SCHEDULER, on=D("2026-12-31"), kind=DayKind.WORKDAY, name="", source="核对")
    assert calendar.load().version == version


@pytest.mark.parametrize(
    ("day", "kind"),
    [("2026-12-31", DayKind.SHIFTED), ("2026-12-26", DayKind.WORKDAY), ("2026-12-31", DayKind.RESTDAY)],
)
def test_a_kind_must_fit_the_day_of_the_week(session: Any, day: str, kind: DayKind) -> None:
    seeded_calendar()
    with pytest.raises(Invalid) as refused:
        calendar.set_day(SCHEDULER, on=D(day), kind=kind, name="", source="通知")
    assert "kind" in refused.value.fields


def test_a_change_needs_its_source_and_the_permission(session: Any) -> None:
    seeded_calendar()
    with pytest.raises(Invalid):
        calendar.publish_official(SCHEDULER, year=2027, source="  ")
    with pytest.raises(Forbidden):
        calendar.publish_official(ANONYMOUS, year=2027, source=NOTICE_2027)
    with pytest.raises(Forbidden):
        calendar.seed(ANONYMOUS)


class Desk:
    """A room above that keeps one deadline."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def preview(self, book: WorkCalendar) -> Sequence[Move]:
        before = calendar.working_days_after(calendar.load(), D("2027-02-04"), 10).at
        after = calendar.working_days_after(book, D("2027-02-04"), 10).at
        return [Move("FW-2027-0001", "付款", before, after)] if before != after else []

    def recompute(self, actor: Actor, reason: str) -> None:
        self.reasons.append(f"{actor.name}：{reason}（第 {calendar.load().version} 版）")


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    calendar.follow(made)
    yield made
    calendar.unfollow(made)


def test_followers_see_the_moves_before_and_hear_of_the_change_after(session: Any, desk: Desk) -> None:
    seeded_calendar()
    seen = calendar.preview_year(SCHEDULER, year=2027, entries=ENTRIES_2027, status=YearStatus.OFFICIAL)
    moved = calendar.moves(seen.calendar)
    assert [move.subject for move in moved] == ["FW-2027-0001"]
    calendar.import_year(SCHEDULER, year=2027, entries=ENTRIES_2027, status=YearStatus.OFFICIAL, source=NOTICE_2027)
    assert desk.reasons == ["系统调度：日历初始化（第 1 版）", "系统调度：2027 年日历导入（第 2 版）"]
    assert calendar.moves(calendar.load()) == []
