"""Articles over HTTP: found, read, judged; and one's own matter asked, answered and confirmed."""

from __future__ import annotations

import uuid
from typing import Any

from server.domain import knowledge, tickets
from server.domain.identity import SCHEDULER
from server.domain.knowledge import Article, Audience
from server.domain.tickets import AskerKind, ConsultKind, Ticket
from tests.factories import citizens, contracts
from tests.factories import identity as people

URL = "/api/v1/knowledge"


def published(title: str, audience: Audience = Audience.CITIZENS, **values: Any) -> Article:
    body = "请到**窗口**办理。<script>alert(1)</script>"
    article = knowledge.draft(SCHEDULER, title=title, body=body, audience=audience, **values)
    return knowledge.publish(SCHEDULER, article.id)


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_the_list_and_one_article(client: Any, session: Any, queries: Any) -> None:
    article = published("领取执照", keywords="执照 窗口")
    published("内部手册", Audience.STAFF)
    knowledge.draft(SCHEDULER, title="草稿", body="…", audience=Audience.CITIZENS)
    session.commit()
    with queries() as seen:
        [line] = client.get(URL).json["items"]
    assert len(seen) == 1
    assert (line["title"], line["keywords"], line["summary"]) == (
        "领取执照",
        ["执照", "窗口"],
        "请到窗口办理。",
    )
    answer = client.get(f"{URL}/{article.id}")
    assert "<strong>窗口</strong>" in answer.json["html"]
    assert "script" not in answer.json["html"]
    again = client.get(f"{URL}/{article.id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_search_marks_the_words_and_says_nothing_of_what_is_not_public(client: Any) -> None:
    published("领取执照")
    staff = published("执照数据重推", Audience.STAFF)
    [found] = client.get(f"{URL}/search", query_string={"q": "执照"}).json["items"]
    assert found["title_pieces"] == [{"text": "领取", "hit": False}, {"text": "执照", "hit": True}]
    assert client.get(f"{URL}/{staff.id}").json["code"] == "article_not_found"
    assert client.get(f"{URL}/search", query_string={"q": "%_'\";"}).json == {"items": []}
    assert client.get(f"{URL}/search", query_string={"q": ""}).status_code == 422


def test_helped_once_a_day_and_the_unknown_apart(client: Any) -> None:
    article = published("领取执照")
    url = f"{URL}/{article.id}/helped"
    mine = {"Authorization": f"Bearer {citizens.tokens().access}"}
    assert client.post(url, json={"helped": True}, headers=mine | key()).json == {"helped": True}
    refused = {"helped": False, "reason": "outdated", "comment": "打 13812345678 没人接"}
    assert client.post(url, json=refused, headers=mine | key()).json == {"helped": False}
    assert client.post(url, json={"helped": True}, headers=key()).json == {"helped": True}
    tally = knowledge.tallies([article.id])[article.id]
    assert (tally.helped, tally.unhelped, tally.anonymous_helped, tally.anonymous_unhelped) == (0, 1, 1, 0)
    [remark] = knowledge.remarks(people.actor("lin"), article.id)
    assert remark.comment == "打 138****5678 没人接"
    assert client.post(f"{URL}/{uuid.uuid4()}/helped", json={"helped": True}, headers=key()).status_code == 404


def test_a_consultation_is_asked_answered_and_confirmed(client: Any, session: Any) -> None:
    contracts.contract_a()
    wang = citizens.citizen("wang")
    mine = {"Authorization": f"Bearer {citizens.tokens().access}"}
    body = {
        "kind": "consultation",
        "text": "个体户怎样变更经营场所？",
        "asker_kind": "enterprise",
        "consult_kind": "business",
    }
    taken = client.post("/api/v1/tickets", json=body, headers=mine | key())
    assert taken.status_code == 201, taken.json
    url = f"/api/v1/tickets/{taken.json['id']}"
    ticket = session.get_one(Ticket, uuid.UUID(taken.json["id"]))
    assert (ticket.asker_kind, ticket.consult_kind) == (AskerKind.ENTERPRISE, ConsultKind.BUSINESS)
    assert ticket.reporter_id == wang.id
    assert client.post(f"{url}/confirmation", headers=mine | key()).json["code"] == "ticket_state"
    lin = people.actor("lin")
    tickets.respond(lin, ticket.id, text="已收到。")
    tickets.resolve(lin, ticket.id, text="请带材料到窗口变更。", cause="不了解流程")
    assert client.get(url, headers=mine).json["may_confirm"] is True
    confirmed = client.post(f"{url}/confirmation", headers=mine | key())
    assert confirmed.json["confirmed_at"]
    assert confirmed.json["may_confirm"] is False
    assert confirmed.json["state"] == "resolved"
    other = {"Authorization": f"Bearer {citizens.tokens('zhao').access}"}
    assert client.post(f"{url}/confirmation", headers=other | key()).status_code == 404
