"""One ticket over HTTP: its steps by role and state, two people at once, twice the same, pictures, numbers, review."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from server.core.clock import LOCAL
from server.domain import bugs, tickets
from server.domain.tickets import EventKind, Kind, Scope, Severity, TicketState
from tests.admin.conftest import step
from tests.factories import citizens
from tests.factories.forms import signed_record

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)
DEVICE = {"app_version": "1.4.1", "platform": "android", "page": "pages/notice/index?id=1"}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def test_from_report_to_closed_with_the_buttons_that_fit(desk, time_machine):
    ticket = desk.ticket(text="首页公告打不开。")
    zheng = desk.sit("zheng")
    page = zheng.get(f"/admin/tickets/{ticket.id}")
    assert "首页公告打不开。" in page.text
    assert "剩余 2时00分" in page.text
    assert 'data-modal="step-respond"' in page.text
    assert 'data-modal="step-close"' not in page.text  # the bureau's word
    assert "step-resolve" not in page.text  # not before it was answered
    time_machine.shift(timedelta(minutes=25))
    answered = step(zheng, ticket, "comment", audience="public", text="已收到，正在核查。")
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/admin/tickets/{ticket.id}")
    assert desk.reread(ticket).state is TicketState.RESPONDED
    assert "达标" in zheng.get(f"/admin/tickets/{ticket.id}").text
    assert step(zheng, ticket, "comment", audience="internal", text="像是缓存的问题。").status_code == 303
    assert step(zheng, ticket, "start").status_code == 303
    assert step(zheng, ticket, "wait", reason="请告知机型。").status_code == 303
    assert step(zheng, ticket, "resolve", text="已修复。", cause="缓存过期").status_code == 303
    refused = step(zheng, ticket, "close")
    assert refused.status_code == 403
    lin = desk.sit("lin")
    unsigned = step(lin, ticket, "close", note="市民确认")
    assert unsigned.status_code == 409
    assert "尚未出具服务记录单" in unsigned.text
    signed_record(desk.actor("zheng"), ticket.id)
    assert step(lin, ticket, "close", note="市民确认").status_code == 303
    closed = desk.reread(ticket)
    assert (closed.state, closed.cause) == (TicketState.CLOSED, "缓存过期")
    log = [(event.kind, event.public) for event in desk.log(ticket)]
    assert log[1:3] == [(EventKind.RESPONDED, True), (EventKind.COMMENTED, False)]
    shown = lin.get(f"/admin/tickets/{ticket.id}").text
    assert "像是缓存的问题。" in shown
    assert "timeline-internal" in shown
    assert "只有局方和运维人员能看到" in shown


def test_the_page_says_why_a_deadline_is_what_it_is(desk):
    ticket = desk.ticket()
    shown = desk.sit("lin").get(f"/admin/tickets/{ticket.id}").text
    assert "为什么是这个时间" in shown
    clock = tickets.clocks_of(desk.actor("lin"), ticket)[0]
    for reason in clock.note.split("；"):
        assert reason in shown
    assert "合同条款第 1 版" in shown


def test_whoever_was_slower_sees_what_changed_and_loses_nothing(desk):
    ticket = desk.ticket()
    zheng = desk.sit("zheng")
    seen = ticket.version
    tickets.respond(desk.actor("lin"), ticket.id, text="我来答复。")
    again = step(zheng, ticket, "comment", version=seen, audience="public", text="写了很久的一段答复。")
    assert again.status_code == 409
    assert "林岚：响应" in again.text
    assert ">写了很久的一段答复。</textarea>" in again.text
    assert [event.kind for event in desk.log(ticket)] == [EventKind.OPENED, EventKind.RESPONDED]
    newest = re.search(r'name="version" value="(\d+)"', again.text).group(1)
    second = step(zheng, ticket, "comment", version=int(newest), audience="public", text="写了很久的一段答复。")
    assert second.status_code == 303
    assert desk.log(ticket)[-1].text == "写了很久的一段答复。"


def test_a_step_that_is_gone_gives_the_words_back(desk):
    ticket = desk.ticket()
    lin, zheng = desk.actor("lin"), desk.sit("zheng")
    tickets.respond(lin, ticket.id, text="好。")
    seen = desk.reread(ticket).version
    tickets.resolve(lin, ticket.id, text="好了。", cause="")
    again = step(zheng, ticket, "resolve", version=seen, text="我也修好了这个问题。", cause="证书过期")
    assert again.status_code == 409
    assert "不能再解决" in again.text
    assert "我也修好了这个问题。" in again.text
    assert "证书过期" in again.text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("comment", {"audience": "public", "text": "已收到。"}),
        ("comment", {"audience": "internal", "text": "先看日志。"}),
        ("respond", {"text": "已收到。"}),
        ("take", {}),
    ],
)
def test_a_form_sent_twice_is_done_once(desk, name, data):
    ticket = desk.ticket()
    zheng = desk.sit("zheng")
    seen = ticket.version
    answers = [step(zheng, ticket, name, version=seen, **data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(desk.log(ticket)) == 2


def test_a_form_that_is_not_filled_in_comes_back_open(desk):
    ticket = desk.ticket()
    lin = desk.sit("lin")
    tickets.respond(desk.actor("lin"), ticket.id, text="好。")
    again = step(lin, ticket, "resolve", text="", cause="写了原因")
    assert again.status_code == 422
    assert re.search(r'id="step-resolve"[^>]*data-open', again.text)
    assert ">写了原因</textarea>" in again.text
    same = step(lin, ticket, "severity", severity="normal")
    assert (same.status_code, "与当前级别相同" in same.text) == (422, True)
    secret = step(lin, ticket, "comment", audience="internal", text="机密★10年 的文件")
    assert (secret.status_code, "国家秘密" in secret.text) == (422, True)
    early = step(lin, ticket, "dispatch", who="唐川", at="2026-03-01T08:00")
    assert (early.status_code, "时间不能早于接报时间" in early.text) == (422, True)
    for version in (0, 10**30):
        assert step(lin, ticket, "comment", version=version, audience="internal", text="x").status_code == 409


def test_severity_starts_the_clock_of_going_there(desk):
    ticket = desk.ticket()
    lin = desk.sit("lin")
    assert (
        step(lin, ticket, "severity", severity="major", business_stopped="true", reason="窗口停办").status_code == 303
    )
    assert "到场时限" in lin.get(f"/admin/tickets/{ticket.id}").text
    assert step(lin, ticket, "dispatch", who="唐川").status_code == 303
    assert step(lin, ticket, "arrive", who="唐川", at="2026-03-03T12:00").status_code == 303
    assert [clock.met_at for clock in tickets.clocks_of(desk.actor("lin"), desk.reread(ticket))][1] == NOON


def test_contract_scope_and_assignee_are_chosen(desk):
    lin = desk.sit("lin")
    ticket = tickets.open(desk.actor("lin"), kind=Kind.FAULT, text="没有合同的问题。")
    assert "无生效合同" in lin.get(f"/admin/tickets/{ticket.id}").text
    assert step(lin, ticket, "contract", contract_id=str(desk.ours.id)).status_code == 303
    assert step(lin, ticket, "assign", assignee_id=str(desk.officers["zheng"].id)).status_code == 303
    assert desk.reread(ticket).assignee_name == "郑一鸣"
    other = step(lin, ticket, "assign", assignee_id=str(desk.officers["bai"].id))
    assert (other.status_code, "请从列表中选择" in other.text) == (422, True)
    assert step(lin, ticket, "scope", scope="client_side", reason="用户手机系统过旧").status_code == 303
    assert desk.reread(ticket).scope is Scope.CLIENT_SIDE
    assert step(lin, ticket, "assign", assignee_id="nobody").status_code == 303
    assert desk.reread(ticket).assignee_id is None


def test_reopen_and_cancel_need_a_reason(desk):
    lin_actor, lin = desk.actor("lin"), desk.sit("lin")
    ticket = desk.ticket()
    tickets.respond(lin_actor, ticket.id, text="好。")
    tickets.resolve(lin_actor, ticket.id, text="好了。", cause="")
    assert step(lin, ticket, "reopen", reason="").status_code == 422
    assert step(lin, ticket, "reopen", reason="又出现了").status_code == 303
    assert step(lin, ticket, "cancel", reason="与 0001 重复").status_code == 303
    assert desk.reread(ticket).state is TicketState.CANCELLED


def test_facts_of_device_ratings_messages_and_trail(desk):
    wang = citizens.actor("wang")
    made = bugs.report(wang, text="公告打不开", device=DEVICE, contract_id=desk.ours.id)
    other = bugs.report(wang, text="公告也打不开", device=DEVICE, contract_id=desk.ours.id)
    lin = desk.actor("lin")
    tickets.respond(lin, made.ticket.id, text="好。")
    tickets.resolve(lin, made.ticket.id, text="修好了。", cause="")
    tickets.rate(wang, made.ticket.id, stars=2, text="太慢了")
    tickets.rate(wang, made.ticket.id, stars=4, text="后来很快")
    shown = desk.sit("shen").get(f"/admin/tickets/{made.ticket.id}").text
    for words in ("1.4.1", "pages/notice/index", other.ticket.number, "太慢了", "后来很快", "用户未订阅", "首次响应"):
        assert words in shown
    assert 'class="audit-list"' in shown
    assert 'class="audit-list"' not in desk.sit("lin").get(f"/admin/tickets/{made.ticket.id}").text
    assert "通知市民" not in desk.sit("zheng").get(f"/admin/tickets/{made.ticket.id}").text  # needs message.view


def test_paper_has_places_to_sign(desk):
    ticket = desk.ticket(title="全部页面打不开", severity=Severity.NORMAL)
    shown = desk.sit("lin").get(f"/admin/tickets/{ticket.id}/print").text
    assert "甲方（用户单位）确认" in shown
    assert "乙方（运维单位）确认" in shown
    assert ticket.number in shown


STEPS = ("comment", "respond", "start", "wait", "resolve", "dispatch", "arrive", "take", "severity", "assign")
PATHS = [("get", ""), ("get", "/print"), ("post", "/unmask"), *(("post", f"/{name}") for name in STEPS)]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_the_other_vendors_ticket_does_not_exist(desk, method, path):
    ticket = desk.ticket()
    bai = desk.sit("bai")
    data = {"version": 1, "text": "x", "audience": "public", "reason": "x", "who": "x"}
    answer = bai.open(
        f"/admin/tickets/{ticket.id}{path}",
        method=method.upper(),
        data=data if method == "post" else None,
    )
    assert answer.status_code == (403 if path == "/unmask" else 404)
    assert len(desk.log(ticket)) == 1


def test_a_ticket_page_takes_a_fixed_number_of_statements(desk, queries):
    lin, zheng = desk.actor("lin"), desk.actor("zheng")
    ticket = desk.ticket()
    tickets.respond(zheng, ticket.id, text="好。")
    browser = desk.sit("lin")
    browser.get(f"/admin/tickets/{ticket.id}")
    with queries() as few:
        browser.get(f"/admin/tickets/{ticket.id}")
    for number in range(12):
        tickets.comment(lin if number % 2 else zheng, ticket.id, text=f"第 {number} 条", public=bool(number % 3))
    with queries() as many:
        browser.get(f"/admin/tickets/{ticket.id}")
    # among them the doubles and what was merged in, the service record, canned texts, our own target, and the bell
    assert len(many) == len(few) <= 29


def test_what_a_page_sends_by_itself_carries_the_token_as_everything_else_does(desk):
    """Headers of an element's own take the place of those that the page has for all."""
    markup = desk.sit("lin").get(f"/admin/tickets/{desk.ticket().id}").text
    own = re.findall(r"hx-headers='([^']*)'", markup)
    assert own
    assert all("X-CSRFToken" in each for each in own)
