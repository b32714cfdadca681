"""The calendar feed against the world: what it may hold, what a program reads of hostile words, tokens, limits and logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.db import session as unit
from server.core.ids import digest
from server.core.logs import JsonLines
from server.domain import agenda, identity
from server.gateways import icalendars
from tests.admin.conftest import Desk
from tests.factories import agenda as duties

NOW = "2026-11-27T10:00:00+08:00"
DAYS = 40


@pytest.fixture(autouse=True)
def _today(app: Any) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        app.extensions["shijian_limiter"]._shared.storage.reset()
        yield
        app.extensions["shijian_limiter"]._shared.storage.reset()


def subscribed(desk: Desk, login: str) -> str:
    """The path of a fresh feed, fetched from now on without a session."""
    found = re.search(r"/admin/agenda/feed/[\w-]+\.ics", desk.sit(login).post("/admin/agenda/subscription").text)
    assert found is not None
    desk.client.delete_cookie(desk.client.application.extensions["console_cookie"])
    return found[0]


def both(desk: Desk) -> None:
    """One duty of every kind under each contract."""
    for contract, login, mark in ((desk.ours, "wu", "甲乙"), (desk.theirs, "bai", "丙丁")):
        duties.one_of_each(
            contract,
            manager=desk.actor(login),
            administrator=desk.actor("zhou"),
            handler=desk.actor("lin"),
            mark=mark,
        )


def test_a_vendors_feed_holds_nothing_of_another_contract(desk: Desk) -> None:
    both(desk)
    mine = desk.client.get(subscribed(desk, "wu")).data.replace(b"\r\n ", b"").decode()
    theirs = desk.client.get(subscribed(desk, "bai")).data.replace(b"\r\n ", b"").decode()
    for text, own, other, foreign in ((mine, "甲乙", "丙丁", desk.theirs), (theirs, "丙丁", "甲乙", desk.ours)):
        assert own in text
        for never in (other, str(foreign.id), foreign.number):
            assert never not in text
    # The ids of what lies behind are apart as well: nothing can be guessed from an address.
    ids = [set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text)) for text in (mine, theirs)]
    assert not ids[0] & ids[1]


def test_every_kind_comes_out_as_an_event(desk: Desk) -> None:
    both(desk)
    parsed = icalendar.Calendar.from_ical(desk.client.get(subscribed(desk, "zhou")).data)
    found = parsed.walk("VEVENT")
    kinds = {str(each["categories"].to_ical().decode()) for each in found}
    assert kinds >= {"交付物", "验收期限", "资料交付", "整改期限", "人员与分包", "值班空档", "工单时限", "反馈与需求"}
    assert all(each["dtstamp"].dt == clock.now() for each in found)
    assert len({str(each["uid"]) for each in found}) == len(found)
    assert (str(parsed["version"]), str(parsed["calscale"]), str(parsed["method"])) == ("2.0", "GREGORIAN", "PUBLISH")
    clocks = [each for each in found if "工单时限" in each["categories"].to_ical().decode()]
    assert all(each["dtstart"].dt.tzinfo is not None for each in clocks)
    assert next(iter(clocks[0].walk("VALARM")))["trigger"].dt == -timedelta(hours=1)


HOSTILE = [
    "换行\r\nBEGIN:VEVENT\r\nUID:evil\r\nEND:VEVENT",
    '逗号, 分号; 反斜杠\\ 引号" 冒号:',
    "很长的标题" * 40,
    "生僻字㛃𬭎䶮与表情🧾" * 12,
    "a" * 73 + "字" + "b" * 80,
    "=cmd|' /C calc'!A0",
    "\u202e反向\u0007铃",
]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_come_back_as_they_went_and_forge_nothing(title: str) -> None:
    event = icalendars.Event(
        uid="one@localhost",
        title=title,
        text=title,
        on=clock.today(),
        at=None,
        url="http://localhost/x",
        category="交付物",
    )
    raw = icalendars.feed(title, [event, event], stamped_at=clock.now(), refresh=timedelta(hours=1))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    for line in raw.split(b"\r\n"):
        line.decode()
    found = icalendar.Calendar.from_ical(raw).walk("VEVENT")
    assert [str(each["uid"]) for each in found] == ["one@localhost"] * 2
    # Only what is no letter of any script is lost: a line break would be an attack or a slip.
    assert str(found[0]["summary"]) == "".join(each if each.isprintable() else " " for each in title)


STRANGE = [
    "x",
    "x" * 43,
    "x" * 6000,
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%ff%fe",
    "字" * 20,
    "' OR 1=1 --",
    "%252e%252e",
    "a b",
    "{{7*7}}",
    "<script>",
]


@pytest.mark.parametrize("secret", STRANGE, ids=range(len(STRANGE)))
def test_strange_tokens_are_not_found_and_break_nothing(desk: Desk, secret: str) -> None:
    answer = desk.client.get(f"/admin/agenda/feed/{secret}.ics")
    assert answer.status_code in (404, 308)
    assert "VCALENDAR" not in answer.text
    assert "<script>.ics" not in answer.text


def test_a_token_is_the_whole_token(desk: Desk) -> None:
    path = subscribed(desk, "zheng")
    secret = path.rsplit("/", 1)[1].removesuffix(".ics")
    assert len(secret) >= 43
    for near in (secret[:-1], secret + "A", secret.swapcase(), f" {secret}", digest(secret)):
        assert desk.client.get(f"/admin/agenda/feed/{near}.ics").status_code == 404
    assert desk.client.get(path).status_code == 200
    assert desk.client.post(path).status_code == 405
    # It opens the feed and nothing else.
    assert desk.client.get("/admin/agenda/").status_code in (302, 303)


def test_the_token_is_kept_nowhere_and_logged_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = subscribed(desk, "zheng")
    secret = path.rsplit("/", 1)[1].removesuffix(".ics")
    desk.client.get(path)
    desk.sit("zheng").post("/admin/agenda/subscription/revoke")
    desk.client.get(path)
    lines = [JsonLines().format(record) for record in caplog.records]
    assert any('"/admin/agenda/feed/<string:secret>.ics"' in line for line in lines)
    assert not [line for line in lines if secret in line]
    kept = unit().scalars(sa.select(agenda.Feed.secret_hash)).all()
    assert kept == [digest(secret)]
    trail = unit().scalars(sa.select(identity.AuditEntry).where(identity.AuditEntry.action.like("agenda_feed.%"))).all()
    assert len(trail) == 2
    assert not [each for each in trail if secret in str(vars(each))]


def test_a_guesser_and_a_greedy_program_are_slowed_down(desk: Desk) -> None:
    path = subscribed(desk, "zheng")
    codes = [desk.client.get("/admin/agenda/feed/guess.ics").status_code for _ in range(61)]
    assert codes == [404] * 60 + [429]
    refused = desk.client.get(path)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    with time_machine.travel("2026-11-27T10:02:00+08:00", tick=False):
        assert desk.client.get(path).status_code == 200


def test_the_feed_says_who_it_is_for_and_is_kept_by_nobody(desk: Desk) -> None:
    answer = desk.client.get(subscribed(desk, "zheng"))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert icalendar.Calendar.from_ical(answer.data)["x-wr-calname"] == "履约日历（郑一鸣）"
