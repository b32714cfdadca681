"""The agenda's pages, the bell, and the feed: what is due, who sees it, and that a calendar program can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import time_machine

from server.core import clock
from server.domain import agenda, calendar, deliverables, identity
from server.domain.agenda import EntryKind
from server.domain.calendar import DayKind
from server.domain.identity import SCHEDULER
from tests.admin.conftest import Desk
from tests.factories import identity as people
from tests.factories.contracts import contract_b

D = date.fromisoformat
NOW = "2026-11-27T10:00:00+08:00"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def address(desk: Desk, login: str) -> str:
    """The path of a fresh personal feed."""
    text = desk.sit(login).post("/admin/agenda/subscription").text
    found = re.search(r"/admin/agenda/feed/[\w-]+\.ics", text)
    assert found is not None
    return found[0]


def events(desk: Desk, path: str) -> dict[str, Any]:
    """What a calendar program reads, by uid."""
    desk.client.delete_cookie(desk.client.application.extensions["console_cookie"])
    answer = desk.client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    parsed = icalendar.Calendar.from_ical(answer.data)
    return {str(each["uid"]): each for each in parsed.walk("VEVENT")}


def test_a_month_shows_its_duties_and_today(desk: Desk) -> None:
    text = desk.sit("zheng").get("/admin/agenda/").text
    assert "2026年11月" in text
    assert "每月现场巡检单（2026年11月）" in text
    assert 'aria-current="date"' in text
    assert desk.theirs.number not in text
    # 2027 is provisional.
    later = desk.sit("zheng").get("/admin/agenda/?month=2027-01").text
    assert "暂定" in later
    assert (
        "每月现场巡检单（2026年11月）" not in desk.sit("zheng").get("/admin/agenda/?month=nonsense&kind=payment").text
    )
    part = desk.sit("zheng").get("/admin/agenda/?month=2026-10", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "班" in part


def test_what_cannot_be_dated_is_said(desk: Desk) -> None:
    # The last month's summary falls into April 2027; a term into 2028 would touch a year without a calendar.
    desk.ours.ends_on = D("2027-12-31")
    text = desk.sit("lin").get("/admin/agenda/").text
    assert "日期无法计算" in text
    assert "2028 年的工作日历尚未维护" in text


def test_what_the_paper_gives_no_day_is_asked_for_until_it_comes(desk: Desk) -> None:
    # A31: the plan is owed, and no clause says by when.
    for path in ("/admin/agenda/", "/admin/agenda/week"):
        text = desk.sit("zheng").get(path).text
        assert "合同没有约定截止日" in text
        assert "运维服务方案（一次性）" in text
    plan = {"contract_id": desk.ours.id, "key": "plan", "cycle_on": desk.ours.starts_on, "summary": "初稿"}
    deliverables.hand_in(desk.actor("zheng"), **plan)
    assert "合同没有约定截止日" not in desk.sit("zheng").get("/admin/agenda/week").text
    assert "待批准" in desk.sit("lin").get("/admin/deliverables/?view=sign").text


def test_a_week_asks_for_what_is_late_as_well(desk: Desk) -> None:
    text = desk.sit("zheng").get("/admin/agenda/week").text
    assert "本周应办" in text
    assert "逾期未办" in text
    assert "11月23日至11月29日" in text
    quiet = desk.sit("zheng").get("/admin/agenda/week?kind=contract_end&day=2026-06-01").text
    assert "这一周没有应办的事项" in quiet
    assert desk.sit("zheng").get("/admin/agenda/week?day=soon").status_code == 404


def test_the_month_costs_the_same_for_more_duties(desk: Desk, queries: Any) -> None:
    client = desk.sit("lin")
    client.get("/admin/agenda/")
    with queries() as quiet:
        client.get("/admin/agenda/?month=2026-08")
    with queries() as busy:
        client.get("/admin/agenda/?month=2026-11")
    assert len(quiet) == len(busy) <= 45


def test_the_bell_counts_and_the_inbox_reads(desk: Desk) -> None:
    agenda.arm()
    client = desk.sit("zheng")
    count = agenda.unread_count(desk.actor("zheng"))
    assert count > 0
    assert f"{count} 条未读" in client.get("/admin/agenda/").text
    text = client.get("/admin/agenda/alerts/").text
    assert "逾期提醒" in text
    first = agenda.alerts_for(desk.actor("zheng"))[0].alert
    opened = client.post(f"/admin/agenda/alerts/{first.id}/open")
    assert opened.status_code == 303
    assert f"/admin/deliverables/{desk.ours.id}/" in opened.headers["Location"]
    assert agenda.unread_count(desk.actor("zheng")) == count - 1
    client.post(f"/admin/agenda/alerts/{first.id}/unread")
    assert agenda.unread_count(desk.actor("zheng")) == count
    client.post(f"/admin/agenda/alerts/{first.id}/read?view=all")
    client.post("/admin/agenda/alerts/read")
    assert "没有未读的提醒" in client.get("/admin/agenda/alerts/").text
    # What is over as well comes the newest first, page by page.
    assert first.title not in client.get("/admin/agenda/alerts/?view=all").text
    assert first.title in client.get("/admin/agenda/alerts/?view=all&page=3").text
    assert "条未读" not in client.get("/admin/agenda/").text


def test_the_bell_is_one_statement_of_every_page(desk: Desk, queries: Any) -> None:
    agenda.arm()
    client = desk.sit("zheng")
    client.get("/admin/agenda/subscription")
    with queries() as seen:
        client.get("/admin/agenda/subscription")
    assert sum("FROM alerts" in statement for statement in seen) == 1


def test_another_vendors_alert_is_not_there(desk: Desk) -> None:
    agenda.arm()
    ours = agenda.alerts_for(desk.actor("zheng"))[0].alert
    client = desk.sit("bai")
    for verb in ("open", "read", "unread"):
        assert client.post(f"/admin/agenda/alerts/{ours.id}/{verb}").status_code == 404
    assert ours.object_id.split(":")[0] not in client.get("/admin/agenda/alerts/?view=all").text


def test_the_rules_are_set_by_the_bureau(desk: Desk) -> None:
    client = desk.sit("zhou")
    assert "提前天数" in client.get("/admin/agenda/rules").text
    sent = {f"lead_{kind.value}": "5" for kind in EntryKind}
    sent |= {"opens": "09:00", "closes": "17:00", "exempt": "duty_gap", "referral_days": "10"}
    assert client.post("/admin/agenda/rules", data=sent).status_code == 303
    held = agenda.policy()
    assert (held.leads[EntryKind.PAYMENT], held.working_days_only, held.referral_days) == (5, False, 10)
    assert client.post("/admin/agenda/rules", data=sent | {"closes": "08:00"}).status_code == 422
    assert client.post("/admin/agenda/rules", data=sent | {"lead_payment": "-1"}).status_code == 422
    for login in ("lin", "wu", "chen"):
        assert desk.sit(login).get("/admin/agenda/rules").status_code == 403
        assert desk.sit(login).post("/admin/agenda/rules", data=sent).status_code == 403


def test_the_feed_is_what_its_officer_may_see(desk: Desk) -> None:
    found = events(desk, address(desk, "zheng"))
    text = "".join(str(each["summary"]) for each in found.values())
    assert "每月现场巡检单（2026年11月）" in text
    assert not [uid for uid in found if str(desk.theirs.id) in uid]
    assert [uid for uid in events(desk, address(desk, "lin")) if str(desk.theirs.id) in uid]


def test_the_feed_keeps_to_rfc_5545(desk: Desk) -> None:
    path = address(desk, "zheng")
    raw = desk.client.get(path).data
    lines = raw.split(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()
    found = events(desk, path)
    one = found[f"deliverable-{desk.ours.id}-inspection-2026-11-01@localhost"]
    assert (one["dtstart"].dt, one["dtend"].dt) == (D("2026-11-30"), D("2026-12-01"))
    assert one["url"] == f"http://localhost/admin/deliverables/{desk.ours.id}/inspection/2026-11-01"
    assert len(found) == len(set(found))
    assert next(iter(one.walk("VALARM")))["trigger"].dt == -timedelta(hours=15, minutes=30)


def test_uids_stay_when_days_move(desk: Desk) -> None:
    path = address(desk, "zheng")
    uid = f"deliverable-{desk.ours.id}-summary-2026-11-01@localhost"
    assert events(desk, path)[uid]["dtstart"].dt == D("2026-12-07")
    calendar.set_day(SCHEDULER, on=D("2026-12-01"), kind=DayKind.HOLIDAY, name="停工；, 测试", source="通告")
    assert events(desk, path)[uid]["dtstart"].dt == D("2026-12-08")


def test_times_go_as_moments(desk: Desk) -> None:
    weekly = contract_b(ends_on=D("2027-07-06"))
    people.officer("he", roles=[identity.Role.VENDOR_MAINTAINER], contract_id=weekly.id)
    desk.officers["he"] = identity.find_officer(people.actor("he").id)
    found = events(desk, address(desk, "he"))
    one = found[f"deliverable-{weekly.id}-weekly-2026-11-23@localhost"]
    assert clock.to_local(one["dtstart"].dt) == datetime(2026, 11, 30, 12, tzinfo=clock.LOCAL)
    assert "dtend" not in one


def test_a_feed_ends_with_its_right(desk: Desk) -> None:
    old = address(desk, "zheng")
    path = address(desk, "zheng")
    assert desk.client.get(old).status_code == 404
    assert desk.client.get(path).status_code == 200
    assert desk.client.get("/admin/agenda/feed/nonsense.ics").status_code == 404
    identity.set_roles(
        desk.actor("chen"), desk.officers["zheng"].id, [(identity.Role.VENDOR_RELEASE_PUSHER, desk.ours.id)]
    )
    assert desk.client.get(path).status_code == 404
    identity.set_roles(desk.actor("chen"), desk.officers["zheng"].id, [(identity.Role.VENDOR_MAINTAINER, desk.ours.id)])
    assert desk.client.get(path).status_code == 200
    identity.deactivate(desk.actor("chen"), desk.officers["zheng"].id)
    assert desk.client.get(path).status_code == 404


def test_a_revoked_feed_stops_at_once(desk: Desk) -> None:
    path = address(desk, "zheng")
    client = desk.sit("zheng")
    assert "已开通" in client.get("/admin/agenda/subscription").text
    assert path not in client.get("/admin/agenda/subscription").text
    client.post("/admin/agenda/subscription/revoke")
    assert client.get(path).status_code == 404
    assert "还没有订阅地址" in client.get("/admin/agenda/subscription").text


def test_who_may_not_see_the_agenda(desk: Desk) -> None:
    client = desk.sit("chen")
    for path in ("", "week", "alerts/", "subscription"):
        assert client.get(f"/admin/agenda/{path}").status_code == 403
    assert 'class="icon-button bell"' not in client.get("/admin/people/").text
