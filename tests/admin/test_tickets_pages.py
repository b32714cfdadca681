"""The list of tickets: filters, order, columns, views, handing over many, and who sees which."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta

import pytest

from server.core import clock
from server.core.clock import LOCAL
from server.domain import tickets
from server.domain.tickets import Channel, Kind, Severity, TicketState

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=LOCAL)
PART = {"HX-Request": "true"}


def numbers(answer):
    return re.findall(r'class="row-number"[^>]*>([^<]+)<', answer.text)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def five(desk):
    """Five tickets: fresh, late, answered by 郑, a consultation by telephone without contract, and the other vendor's."""
    lin, zheng = desk.actor("lin"), desk.actor("zheng")
    with clock.replaying(NOON - timedelta(hours=3)):
        late = desk.ticket(title="公告打不开", text="一直转圈。", severity=Severity.NORMAL)
    answered = desk.ticket(title="字体太小", text="看不清。")
    tickets.respond(zheng, answered.id, text="请用长辈版。")
    phone = tickets.open(lin, kind=Kind.CONSULTATION, text="怎么注销个体户？", channel=Channel.PHONE)
    foreign = desk.ticket(title="别家的缺陷", text="别家的。", contract=desk.theirs)
    fresh = desk.ticket(title="上传失败", text="照片传不上去。", severity=Severity.HIGH)
    return {"late": late, "answered": answered, "phone": phone, "foreign": foreign, "fresh": fresh}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"late", "answered", "phone", "foreign", "fresh"}),
        ("q=注销", {"phone"}),
        ("state=responded", {"answered"}),
        ("state=ended", set()),
        ("due=late", {"late"}),
        ("due=2h", {"fresh", "foreign"}),
        ("due=unknown", {"phone"}),
        ("assignee=nobody", {"late", "phone", "foreign", "fresh"}),
        ("contract=none", {"phone"}),
        ("kind=consultation&channel=phone", {"phone"}),
        ("severity=high", {"fresh"}),
        ("from=2026-03-04", set()),
        ("to=2026-03-03&q=公告", {"late"}),
        ("state=nonsense&assignee=me'--&from=31.12.", {"late", "answered", "phone", "foreign", "fresh"}),
        ("from=0001-01-01&to=9999-12-31&q=%00", {"late", "answered", "phone", "foreign", "fresh"}),
        ("page=99999999999999999999", set()),
    ],
)
def test_filters_are_in_the_address(desk, five, query, expected):
    shown = desk.sit("lin").get(f"/admin/tickets/?per_page=50&{query}")
    assert shown.status_code == 200
    assert {name for name, ticket in five.items() if ticket.number in numbers(shown)} == expected


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("due", "late", "answered"),
        ("-due", "foreign", "answered"),
        ("-severity", "fresh", ""),
        ("-state", "answered", ""),
        ("received_at", "late", ""),
        ("-assignee", "answered", ""),
        ("number", "late", "fresh"),
    ],
)
def test_any_column_orders_the_list(desk, five, sort, first, last):
    found = numbers(desk.sit("lin").get(f"/admin/tickets/?sort={sort}"))
    assert found[0] == five[first].number
    if sort == "due":
        assert five["late"].number == found[0]
        assert set(found[-2:]) == {five["phone"].number, five["answered"].number}
    elif last:
        assert last in {name for name, ticket in five.items() if ticket.number in found[-2:]}


def test_htmx_gets_rows_only_with_clocks_and_states(desk, five):
    part = desk.sit("lin").get("/admin/tickets/?due=late", headers=PART)
    assert "<html" not in part.text
    assert "超时 1时00分" in part.text
    assert 'aria-current="page">已超时' in part.text
    assert "data-countdown" in part.text


def test_columns_and_page_size_are_the_readers_choice(desk, five):
    browser = desk.sit("lin")
    whole = browser.get("/admin/tickets/?columns=number&columns=title&columns=channel&per_page=2")
    assert "电话" in whole.text or "小程序" in whole.text
    assert 'data-label="负责人"' not in whole.text
    assert "共 5 件，第 1–2 件" in whole.text
    assert len(numbers(whole)) == 2


def test_an_empty_desk_says_what_to_do_and_a_search_without_result_how_to_go_on(desk):
    browser = desk.sit("lin")
    assert "还没有工单" in browser.get("/admin/tickets/").text
    desk.ticket()
    assert "没有符合条件的结果" in browser.get("/admin/tickets/?q=没有这个词").text


def test_a_vendor_sees_its_own_contracts_tickets_only(desk, five):
    found = desk.sit("bai").get("/admin/tickets/?per_page=50")
    assert numbers(found) == [five["foreign"].number]
    assert "郑一鸣" not in found.text  # nor who works on the others
    assert desk.ours.number not in found.text
    assert numbers(desk.sit("bai").get(f"/admin/tickets/?contract={desk.ours.id}")) == []


def test_views_are_kept_shared_chosen_and_dropped(desk, five):
    browser = desk.sit("wu")
    kept = browser.post(
        "/admin/tickets/views", data={"name": "超时的", "query": "due=late", "shared": "true", "is_default": "true"}
    )
    assert kept.headers["Location"] == "/admin/tickets/?due=late"
    opened = browser.get("/admin/tickets/")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/admin/tickets/?due=late")
    # clearing the filters of the list itself does not lead back into the default view
    cleared = browser.get("/admin/tickets/", headers={"Referer": "http://localhost/admin/tickets/?due=late"})
    assert cleared.status_code == 200
    colleague = desk.sit("zheng")
    shown = colleague.get("/admin/tickets/?per_page=20").text
    assert "超时的" in shown
    view = tickets.views_of(desk.actor("wu"))[0]
    assert colleague.post(f"/admin/tickets/views/{view.id}/drop").status_code == 404
    assert "超时的" not in desk.sit("bai").get("/admin/tickets/?per_page=20").text
    assert desk.sit("wu").post(f"/admin/tickets/views/{view.id}/drop").status_code == 303
    assert tickets.views_of(desk.actor("wu")) == []
    assert [entry.action for entry in desk.trail("ticket_view.saved")] == ["ticket_view.saved"]


def test_a_view_without_a_name_is_refused_with_words(desk):
    answer = desk.sit("lin").post(
        "/admin/tickets/views", data={"name": ""}, headers={"Referer": "http://localhost/admin/tickets/?due=late"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/tickets/?due=late")
    assert "视图需要一个" in desk.client.get("/admin/tickets/?per_page=20").text


def test_many_are_handed_over_with_a_word_on_each(desk, five):
    browser = desk.sit("lin")
    lin = desk.actor("lin")
    closed = desk.ticket(text="已经好了。")
    tickets.cancel(lin, closed.id, reason="重复提交")
    chosen = [five["late"], five["foreign"], five["answered"], closed]
    ids = [str(each.id) for each in chosen]
    preview = browser.post("/admin/tickets/assign", data={"ids": ids, "back": "/admin/tickets/?due=late"})
    assert preview.status_code == 200
    assert "3 个可以分派，1 个会跳过" in preview.text
    assert "跳过：工单已撤销" in preview.text
    assert desk.reread(five["late"]).assignee_id is None  # nothing yet
    done = browser.post(
        "/admin/tickets/assign/now",
        data={"ids": ids, "assignee_id": str(desk.officers["zheng"].id), "note": "今天处理完"},
    )
    assert done.status_code == 200
    assert "已分派 1 个，2 个未能分派，1 个无变化" in done.text
    assert "此人不能处理该合同的工单" in done.text  # 郑 does not work under the other contract
    assert desk.reread(five["late"]).assignee_name == "郑一鸣"
    assert desk.reread(five["foreign"]).assignee_id is None
    assert [event.text for event in desk.log(five["late"])][-1] == "今天处理完"
    assert len(desk.trail("ticket.assigned")) == 1


def test_nobody_hands_over_what_is_not_theirs(desk, five):
    wu = desk.sit("wu")
    preview = wu.post("/admin/tickets/assign", data={"ids": [str(five["late"].id), str(five["foreign"].id)]})
    assert five["late"].number in preview.text
    assert five["foreign"].number not in preview.text  # as if it did not exist
    assert desk.sit("zheng").post("/admin/tickets/assign", data={"ids": [str(five["late"].id)]}).status_code == 403
    assert desk.sit("lin").post("/admin/tickets/assign", data={}, headers=PART).status_code == 422
    unknown = desk.sit("lin").post(
        "/admin/tickets/assign/now", data={"ids": [str(five["late"].id)], "assignee_id": str(uuid.uuid4())}
    )
    assert unknown.status_code == 422


def test_a_page_of_a_long_list_takes_a_fixed_number_of_statements(desk, queries):
    lin = desk.actor("lin")
    for number in range(30):
        desk.ticket(actor=lin, text=f"第 {number} 个问题")
    browser = desk.sit("lin")
    browser.get("/admin/tickets/?per_page=20")
    with queries() as few:
        browser.get("/admin/tickets/?per_page=2")
    with queries() as many:
        answer = browser.get("/admin/tickets/?per_page=50")
    assert len(numbers(answer)) == 30
    # session, count, the page's keys, its rows, clocks, people, contracts, views, and the calendar's two for the banner
    assert len(many) == len(few) <= 10
    with queries() as part:
        browser.get("/admin/tickets/?per_page=50", headers=PART)
    assert len(part) == 7


def test_the_state_and_clock_of_an_ended_ticket_stand_still(desk):
    ticket = desk.ticket()
    tickets.cancel(desk.actor("lin"), ticket.id, reason="测试")
    shown = desk.sit("lin").get("/admin/tickets/?per_page=20").text
    assert "已停止" in shown
    assert "data-countdown" not in shown
    assert desk.reread(ticket).state is TicketState.CANCELLED
    assert clock.now() == NOON
