"""The pages of the knowledge base: found, read, written from a ticket, published by whose word it is."""

from __future__ import annotations

import re
from typing import Any

from server.domain import knowledge, tickets
from server.domain.knowledge import Article, Audience
from server.domain.tickets import EventKind
from tests.admin.conftest import Desk

URL = "/admin/knowledge/"


def typed(desk: Desk, **values: Any) -> dict[str, Any]:
    usual = {"title": "重启交换服务", "body": "先**停**任务。<script>x</script>", "keywords": "交换"}
    return usual | {"audience": "staff", "contract_id": str(desk.ours.id), "action": "draft"} | values


def staff_article(desk: Desk) -> Article:
    author = desk.actor("zheng")
    made = knowledge.draft(
        author, title="重启交换服务", body="先停任务。", audience=Audience.STAFF, contract_id=desk.ours.id
    )
    return knowledge.publish(author, made.id)


def test_found_as_one_types_and_marked(desk: Desk) -> None:
    article = staff_article(desk)
    page = desk.sit("zheng").get(URL, query_string={"q": "交换"}, headers={"HX-Request": "true"}).text
    assert "<mark>交换</mark>" in page
    assert "<html" not in page
    assert f"{URL}{article.id}" in page
    assert "没有找到" in desk.client.get(URL, query_string={"q": "<b>%'\""}).text


def test_written_previewed_published_and_withdrawn(desk: Desk) -> None:
    vendor = desk.sit("zheng")
    answer = vendor.post(f"{URL}new", data=typed(desk))
    assert answer.status_code == 303
    shown = vendor.get(answer.location).text
    assert "<strong>停</strong>" in shown
    assert "<script>x" not in shown
    assert "<strong>停</strong>" in vendor.post(f"{URL}preview", data=typed(desk)).text
    version = re.search(r'name="version" value="(\d+)"', vendor.get(f"{answer.location}/edit").text).group(1)  # type: ignore[union-attr]
    changed = {"title": "重启交换任务", "body": "…", "version": version, "action": "publish"}
    assert vendor.post(f"{answer.location}/edit", data=changed).status_code == 303
    assert "已发布" in vendor.get(answer.location).text
    assert vendor.post(f"{answer.location}/edit", data=changed).status_code == 409
    assert vendor.post(f"{answer.location}/helped", data={"helped": "true"}).status_code == 303
    assert vendor.post(f"{answer.location}/withdraw", data={"reason": ""}).status_code == 422
    assert vendor.post(f"{answer.location}/withdraw", data={"reason": "过时"}).status_code == 303
    assert "已撤回" in vendor.get(answer.location).text


def test_one_step_from_a_ticket_a04(desk: Desk) -> None:
    ticket = desk.ticket(text="怎样查看执照？电话 13812345678", title="怎样查看执照")
    lin = desk.actor("lin")
    tickets.respond(lin, ticket.id, text="收到。")
    tickets.resolve(lin, ticket.id, text="点“我的”即可查看。", cause="入口不明显")
    form = desk.sit("lin").get(f"{URL}new", query_string={"ticket": str(ticket.id)}).text
    assert "点“我的”即可查看。" in form.replace("&#34;", '"')
    assert "13812345678" not in form
    data = typed(desk, title="怎样查看执照", audience="citizens", action="publish", ticket=str(ticket.id))
    answer = desk.client.post(f"{URL}new", data=data)
    [article] = knowledge.made_from(lin, ticket.id)
    assert (article.source_number, article.state.value) == (ticket.number, "published")
    assert answer.location == f"{URL}{article.id}"
    [event] = [event for event in desk.log(ticket) if event.kind is EventKind.ARTICLE_MADE]
    assert event.data["number"] == article.number
    # Once for these readers: the form names what there is, and a second one is refused with the words kept.
    assert article.number in desk.client.get(f"{URL}new", query_string={"ticket": str(ticket.id)}).text
    again = desk.client.post(f"{URL}new", data=data | {"body": "另一段话"})
    assert again.status_code == 409
    assert "面向同一对象" in again.text
    assert "另一段话" in again.text
    assert len(knowledge.made_from(lin, ticket.id)) == 1


def test_a_vendor_writes_for_citizens_and_the_bureau_publishes(desk: Desk) -> None:
    answer = desk.sit("zheng").post(f"{URL}new", data=typed(desk, audience="citizens", action="publish"))
    article_id = answer.location.rpartition("/")[2]
    assert "草稿" in desk.client.get(answer.location).text
    assert desk.client.post(f"{URL}{article_id}/publish").status_code == 403
    assert desk.sit("lin").post(f"{URL}{article_id}/publish", data={"version": "1"}).status_code == 303
    assert "已发布" in desk.client.get(answer.location).text
    # Public now: another vendor reads it, and sees neither where it came from nor its versions.
    theirs = desk.sit("bai").get(answer.location).text
    assert "重启交换服务" in theirs
    assert desk.ours.number not in theirs
    assert desk.client.get(f"{URL}{article_id}/edit").status_code == 404
    assert desk.client.post(f"{URL}{article_id}/edit", data={"version": "x"}).status_code == 404
    assert desk.client.post(f"{URL}{article_id}/withdraw", data={"reason": "x"}).status_code == 404


def test_another_vendors_articles_are_not_there(desk: Desk) -> None:
    article = staff_article(desk)
    theirs = desk.sit("bai")
    for path in ("", "/edit", "?version=1"):
        assert theirs.get(f"{URL}{article.id}{path}").status_code == 404
    for path in ("publish", "withdraw", "helped", "edit"):
        assert theirs.post(f"{URL}{article.id}/{path}").status_code == 404
    assert "重启交换服务" not in theirs.get(URL).text
    assert "重启交换服务" not in theirs.get(URL, query_string={"q": "交换"}).text
    ticket = desk.ticket()
    assert theirs.get(f"{URL}new", query_string={"ticket": str(ticket.id)}).status_code == 404
    assert theirs.post(f"{URL}new", data=typed(desk)).status_code == 422
    assert desk.sit("chen").get(URL).status_code == 403
    assert desk.sit("shen").get(f"{URL}new").status_code == 403
