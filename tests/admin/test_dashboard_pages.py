"""The first page, by role."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.clock import LOCAL
from server.core.db import session
from server.domain import identity, tickets
from server.domain.tickets import ContentCheck, Kind
from server.gateways import queue

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def busy(desk):
    with clock.replaying(NOON - timedelta(hours=4)):
        late = desk.ticket(title="早上的缺陷")
    mine = desk.ticket(title="林岚的缺陷")
    tickets.assign(desk.actor("lin"), mine.id, assignee_id=desk.officers["lin"].id)
    doubtful = desk.ticket(title="可疑的内容")
    check = session().scalars(sa.select(ContentCheck).where(ContentCheck.subject_id == doubtful.id)).one()
    tickets.apply_text_verdict(identity.SCHEDULER, check.id, suggest="review")
    foreign = desk.ticket(title="别家的缺陷", contract=desk.theirs)
    tickets.open(desk.actor("lin"), kind=Kind.CONSULTATION, text="没有合同的咨询")
    return {"late": late, "mine": mine, "doubtful": doubtful, "foreign": foreign}


def test_the_front_door_leads_to_the_desk(client):
    assert client.get("/").headers["Location"] == "/admin/"


def test_what_is_late_due_new_mine_and_doubtful(desk, busy):
    shown = desk.sit("lin").get("/admin/").text
    for words in ("早上的缺陷", "超时 2时00分", "林岚的缺陷", "内容待复核", "可疑的内容", "未归属合同", "本月达标率"):
        assert words in shown
    assert desk.ours.number in shown
    assert 'href="/admin/tickets/?due=late"' in shown
    assert "后台任务" not in shown  # not a handler's business


def test_a_vendor_sees_its_own_figures(desk, busy):
    shown = desk.sit("bai").get("/admin/").text
    assert "别家的缺陷" in shown
    assert "早上的缺陷" not in shown
    assert desk.ours.number not in shown
    assert "内容待复核" not in shown


def test_the_systems_keeper_sees_the_machines_and_no_tickets(desk, busy):
    job = queue.put("probe.poison", {}, max_attempts=1)
    session().flush()
    queue.fail(queue.claim(job.id, "host:1:a", timedelta(minutes=1), ("probe.poison",)), "RuntimeError", backoff=1)
    shown = desk.sit("chen").get("/admin/").text
    assert "失败 1" in shown
    assert "早上的缺陷" not in shown


def test_an_empty_desk_is_a_calm_page(desk):
    shown = desk.sit("lin").get("/admin/").text
    assert "没有超时的工单" in shown
    assert "没有正在计时的期限" in shown


def test_it_takes_a_fixed_number_of_statements(desk, busy, queries):
    browser = desk.sit("zhou")
    browser.get("/admin/")
    with queries() as few:
        browser.get("/admin/")
    lin = desk.actor("lin")
    for number in range(12):
        desk.ticket(actor=lin, text=f"第 {number} 个")
    browser.get("/admin/")
    with queries() as many:
        browser.get("/admin/")
    assert len(many) == len(few) <= 24
