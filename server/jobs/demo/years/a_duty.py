"""Year A's line, 365 × 24 (A19): a roster with one night left open, calls taken, and three missed and called back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from server.domain import duty, tickets
from server.domain.duty import Pattern, Someone
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Story, at
from server.jobs.demo.years.service_records import closed

HOTLINE = "0000-12345678"
PEOPLE = tuple(
    Someone(name=name, phone=phone)
    for name, phone in (("唐川", "13500000001"), ("乔安", "13500000002"), ("苏明", "13500000003"))
)
MISSED = (
    (at(2025, 6, 14, 21, 10), timedelta(minutes=30), "周六晚上能不能预约周一的号？"),
    (at(2025, 11, 12, 12, 20), timedelta(minutes=45), "年报填错了怎么改？"),
    (at(2026, 1, 24, 7, 30), timedelta(minutes=100), "企业迁出要先办什么？"),
)
ASKED = ("询问预约方法", "询问年报入口", "反映页面卡顿，已指导更新", "询问网点电话", "咨询注销材料")


def stories(year: Year) -> Iterator[Story]:
    """Roster and calls."""
    yield _roster(year)
    for number in range(26):
        day = date(2025, 3, 10) + timedelta(days=14 * number + year.draw.randint(0, 9))
        yield _answered(year, at(day.year, day.month, day.day, year.draw.randint(8, 20), year.draw.randint(0, 59)))
    for started_at, later, text in MISSED:
        yield _missed(year, started_at, later, text)
    yield _linked(year)


def _roster(year: Year) -> Story:
    yield at(2025, 3, 4, 9)
    duty.set_line(year.manager, contract_id=year.contract_id, hotline=HOTLINE, owed=True)
    _weekly(year, date(2025, 3, 4), date(2025, 7, 18))
    yield at(2025, 7, 14, 9)
    # Nobody took the night from Saturday to Sunday.
    for who, starts_at, ends_at in (
        (PEOPLE[0], at(2025, 7, 19, 0), at(2025, 7, 19, 20)),
        (PEOPLE[1], at(2025, 7, 20, 8), at(2025, 7, 21, 0)),
    ):
        duty.plan_shift(
            year.manager,
            contract_id=year.contract_id,
            name=who.name,
            phone=who.phone,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    _weekly(year, date(2025, 7, 21), date(2026, 3, 31))


def _weekly(year: Year, first: date, last: date) -> None:
    duty.plan_rotation(
        year.manager,
        contract_id=year.contract_id,
        people=list(PEOPLE),
        pattern=Pattern.WEEKLY,
        first=first,
        last=last,
        change_at=time(9),
    )


def _answered(year: Year, started_at: datetime) -> Story:
    minutes = year.draw.randint(2, 15)
    yield started_at + timedelta(minutes=minutes)
    duty.log_call(
        year.maintainer,
        contract_id=year.contract_id,
        number=f"139{year.draw.randint(0, 99_999_999):08}",
        started_at=started_at,
        answered=True,
        answered_at=started_at + timedelta(seconds=year.draw.randint(5, 40)),
        ended_at=started_at + timedelta(minutes=minutes),
        answered_by="唐川",
        note=year.draw.choice(ASKED),
    )


def _missed(year: Year, started_at: datetime, later: timedelta, text: str) -> Story:
    yield started_at + timedelta(minutes=2)
    call = duty.log_call(
        year.maintainer,
        contract_id=year.contract_id,
        number=f"136{year.draw.randint(0, 99_999_999):08}",
        started_at=started_at,
        answered=False,
        ended_at=started_at + timedelta(minutes=1),
    )
    yield started_at + later
    duty.call_back(year.maintainer, call.id, text=f"已回拨：{text}已答复办理方法。")
    if call.ticket_id is None:
        raise AssertionError("a missed call opens a ticket")
    year.named[f"missed_{started_at.date()}"] = call.ticket_id
    yield started_at + later + timedelta(minutes=20)
    tickets.resolve(year.maintainer, call.ticket_id, text="电话已答复。", cause="")
    yield started_at + timedelta(hours=40)
    closed(year, call.ticket_id)


def _linked(year: Year) -> Story:
    """A call that was about a ticket already open."""
    yield at(2025, 8, 19, 9, 10)
    call = duty.log_call(
        year.maintainer,
        contract_id=year.contract_id,
        number="13900000000",
        started_at=at(2025, 8, 19, 9, 2),
        answered=True,
        answered_at=at(2025, 8, 19, 9, 2),
        ended_at=at(2025, 8, 19, 9, 6),
        note="窗口询问恢复时间",
    )
    duty.link_call(year.maintainer, call.id, ticket_id=year.named["outage"])
