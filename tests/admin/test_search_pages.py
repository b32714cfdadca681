"""One box for everything that one may see."""

from __future__ import annotations

import pytest

from server.domain import notices
from server.domain.identity import SCHEDULER


@pytest.fixture
def found(desk):
    draft = notices.draft_notice(
        SCHEDULER, title="公告打不开的说明", body="请更新。", audience=notices.Audience.CITIZENS, pinned=False
    )
    notices.publish(SCHEDULER, draft)
    return {"ours": desk.ticket(title="公告打不开"), "theirs": desk.ticket(title="公告也打不开", contract=desk.theirs)}


def test_everything_by_words(desk, found):
    shown = desk.sit("zhou").get("/admin/search/?q=公告").text
    for words in ("公告打不开", "公告也打不开", "公告打不开的说明"):
        assert words in shown
    assert "林岚" in desk.client.get("/admin/search/?q=林").text
    assert desk.ours.number in desk.client.get(f"/admin/search/?q={desk.ours.number}").text


def test_a_whole_number_leads_to_the_ticket(desk, found):
    number = found["ours"].number
    answer = desk.sit("lin").get(f"/admin/search/?q={number.lower()}")
    assert answer.headers["Location"] == f"/admin/tickets/{found['ours'].id}"
    assert desk.sit("bai").get(f"/admin/search/?q={number}").status_code == 200  # does not exist for her


def test_nobody_finds_what_they_may_not_see(desk, found):
    shown = desk.sit("bai").get("/admin/search/?q=公告").text
    assert "公告也打不开" in shown
    assert f"/admin/tickets/{found['ours'].id}" not in shown
    assert "林岚" not in desk.client.get("/admin/search/?q=林").text
    assert desk.ours.number not in desk.client.get("/admin/search/?q=YW").text


def test_nothing_and_no_words_say_so(desk):
    assert "没有找到“没有这个词”" in desk.sit("lin").get("/admin/search/?q=没有这个词").text
    assert "想找什么" in desk.client.get("/admin/search/").text
