"""Tickets over HTTP: reported, followed, rated, reopened; signed in or not; one's own only."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
import time_machine

from server.api.ticket_schemas import TicketRow, ticket_row
from server.core import clock
from server.core.clock import LOCAL
from server.domain import bugs, tickets
from server.domain.bugs import BugReport
from server.domain.tickets import Ticket
from tests.factories import citizens, contracts, identity
from tests.factories.calendar import seeded_calendar
from tests.factories.citizens import bearer
from tests.factories.tickets import WORDS, resolved, ticket, upload

URL = "/api/v1/tickets"
DEVICE = {
    "app_version": "1.4.1",
    "app_env": "release",
    "base_library": "3.5.8",
    "platform": "android",
    "model": "HUAWEI Mate 60",
    "page": "pages/notices/show?name=张三",
    "network": "wifi",
}


@pytest.fixture
def wang(session: Any) -> Any:
    seeded_calendar()
    return citizens.citizen("wang")


def anonymous() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def bug(**values: Any) -> dict[str, Any]:
    return {"kind": "bug", "text": WORDS, "device": DEVICE} | values


def test_reported_followed_rated_reopened(client: Any, wang: Any) -> None:
    contract = contracts.contract_a()
    zheng = identity.actor("zheng", contract_id=contract.id)
    picture = upload(citizens.actor(wang)).id
    answer = client.post(URL, json=bug(upload_ids=[str(picture)]), headers=bearer(wang))
    assert answer.status_code == 201, answer.json
    told = answer.json
    assert told["number"].startswith("FW-")
    assert (told["state"], told["state_label"], told["query_code"]) == ("new", "待受理", None)
    assert told["content_state"] == "pending"
    assert told["may_comment"]
    assert not told["may_rate"]
    url = f"{URL}/{told['id']}"
    made = tickets.find(zheng, uuid.UUID(told["id"]))
    assert made.contract_id == contract.id
    tickets.respond(zheng, made.id, text="已收到")
    tickets.wait(zheng, made.id, reason="请补充机型")
    answer = client.post(f"{url}/comments", json={"text": "华为"}, headers=bearer(wang))
    assert (answer.status_code, answer.json["what"], answer.json["state"]) == (201, "您补充了信息", "in_progress")
    tickets.resolve(zheng, made.id, text="已修复", cause="缓存")
    rated = client.post(f"{url}/rating", json={"stars": 2, "text": "太慢"}, headers=bearer(wang))
    assert (rated.status_code, rated.json["stars"]) == (201, 2)
    reopened = client.post(f"{url}/reopen", json={"reason": "还是不行"}, headers=bearer(wang))
    assert (reopened.status_code, reopened.json["state"], reopened.json["may_reopen"]) == (200, "in_progress", False)
    again = client.post(f"{url}/reopen", json={"reason": "又不行"}, headers=bearer(wang))
    assert (again.status_code, again.json["code"]) == (409, "ticket_state")
    timeline = client.get(f"{url}/timeline", headers=bearer(wang)).json["items"]
    assert [entry["kind"] for entry in timeline] == [
        "opened",
        "responded",
        "waited",
        "fed_back",
        "resolved",
        "rated",
        "reopened",
    ]
    assert timeline[0]["pictures"][0]["id"] == str(picture)
    assert {entry["who"] for entry in timeline} == {"我", "运维单位"}
    assert "缓存" not in str(timeline)
    assert client.get(url, headers=bearer(wang)).json["stars"] == 2


def test_the_device_is_kept_and_nothing_else(client: Any, wang: Any, session: Any) -> None:
    client.post(URL, json=bug(), headers=bearer(wang))
    kept = session.scalars(sa.select(BugReport)).one()
    assert (kept.app_version, kept.platform, kept.page) == ("1.4.1", "android", "pages/notices/show")
    assert ("机型", "HUAWEI Mate 60") in bugs.facts_of(kept)
    made = session.scalars(sa.select(Ticket)).one()
    assert (made.subject_kind, made.subject_id) == ("bug", kept.id)
    answer = client.post(URL, json=bug(device={"openid": "x"}), headers=bearer(wang))
    assert (answer.status_code, answer.json["errors"]["device.openid"]) == (422, ["没有这个字段。"])


def test_a_consultation_keeps_no_device(client: Any, wang: Any, session: Any) -> None:
    answer = client.post(URL, json=bug(kind="consultation", title="营业执照怎么变更"), headers=bearer(wang))
    assert (answer.status_code, answer.json["title"]) == (201, "营业执照怎么变更")
    assert session.scalar(sa.select(sa.func.count()).select_from(BugReport)) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fault"},
        {"text": "  "},
        {"text": "字" * 2001},
        {"severity": "major"},
        {"upload_ids": [str(uuid.uuid4())]},
        {"upload_ids": ["1"]},
        {"upload_ids": [str(uuid.uuid4())] * 10},
        {"device": {"app_env": "production"}},
        {"text": "机密★长期"},
    ],
)
def test_what_is_wrong_is_named(client: Any, wang: Any, wrong: dict[str, Any]) -> None:
    answer = client.post(URL, json=bug(**wrong), headers=bearer(wang))
    assert answer.status_code == 422
    assert next(iter(answer.json["errors"])).startswith(next(iter(wrong)))


def test_a_repeated_key_is_one_ticket(client: Any, wang: Any, session: Any) -> None:
    headers = bearer(wang)
    first = client.post(URL, json=bug(), headers=headers)
    again = client.post(URL, json=bug(), headers=headers)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1
    assert client.post(URL, json=bug(text="另一件事"), headers=headers).status_code == 422
    assert client.post(URL, json=bug(), headers={"Authorization": headers["Authorization"]}).status_code == 400


def test_consent_is_needed_for_identified_reports_only(client: Any, session: Any) -> None:
    li = citizens.citizen("li", consented=False)
    citizens.privacy_notice()
    answer = client.post(URL, json=bug(), headers=bearer(li))
    assert (answer.status_code, answer.json["code"]) == (403, "consent_required")
    assert client.post(URL, json=bug(), headers=anonymous()).status_code == 201


def test_somebody_unknown_gets_a_code_and_looks_it_up(client: Any, session: Any) -> None:
    headers = anonymous()
    told = client.post(URL, json=bug(), headers=headers).json
    assert len(told["query_code"]) == 12
    assert not any(told[name] for name in ("may_comment", "may_rate", "may_reopen", "may_cancel"))
    assert client.post(URL, json=bug(), headers=headers).json["query_code"] == told["query_code"]
    asked = {"number": told["number"], "query_code": told["query_code"].lower()}
    found = client.post("/api/v1/receipts/lookup", json=asked)
    assert found.status_code == 200, found.json
    assert found.json["ticket"]["id"] == told["id"]
    assert [entry["what"] for entry in found.json["timeline"]] == ["您提交了问题"]
    for wrong in ({"query_code": "AAAAAAAAAAAA"}, {"number": "FW-2026-9999"}):
        refused = client.post("/api/v1/receipts/lookup", json=asked | wrong)
        assert (refused.status_code, refused.json["code"]) == (404, "receipt_not_found")
    assert client.get(f"{URL}/{told['id']}").status_code == 401


def test_lookups_are_limited(client: Any, session: Any) -> None:
    asked = {"number": "FW-2026-0001", "query_code": "AAAAAAAAAAAA"}
    seen = [client.post("/api/v1/receipts/lookup", json=asked).status_code for _ in range(12)]
    assert 429 in seen


def test_one_sees_ones_own_only(client: Any, wang: Any) -> None:
    made = resolved(identity.actor("lin"), citizens.actor(wang))
    url = f"{URL}/{made.id}"
    zhao = citizens.citizen("zhao")
    asked = [
        client.get(url, headers=bearer(zhao)),
        client.get(f"{url}/timeline", headers=bearer(zhao)),
        client.post(f"{url}/comments", json={"text": "我"}, headers=bearer(zhao)),
        client.post(f"{url}/rating", json={"stars": 1}, headers=bearer(zhao)),
        client.post(f"{url}/reopen", json={"reason": "我"}, headers=bearer(zhao)),
        client.post(f"{url}/cancel", json={"reason": "我"}, headers=bearer(zhao)),
    ]
    assert {(answer.status_code, answer.json["code"]) for answer in asked} == {(404, "ticket_not_found")}
    assert client.get(URL, headers=bearer(zhao)).json == {"items": [], "next": None}
    assert client.get(url).status_code == 401


def test_the_list_is_paged_and_costs_a_fixed_number_of_queries(client: Any, wang: Any, queries: Any) -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=LOCAL)
    for number in range(5):
        with time_machine.travel(start + timedelta(hours=number), tick=False):
            ticket(citizens.actor(wang), text=f"第{number}件")
    headers = bearer(wang)
    first = client.get(URL, query_string={"limit": 2}, headers=headers).json
    assert [row["title"] for row in first["items"]] == ["第4件", "第3件"]
    second = client.get(URL, query_string={"limit": 2, "cursor": first["next"]}, headers=headers).json
    assert [row["title"] for row in second["items"]] == ["第2件", "第1件"]
    with queries() as seen:
        client.get(URL, headers=headers)
    assert len(seen) == 2
    assert client.get(URL, query_string={"state": "closed"}, headers=headers).json["items"] == []
    assert client.get(URL, query_string={"state": "nonsense"}, headers=headers).status_code == 422


def test_the_timeline_costs_a_fixed_number_of_queries(client: Any, wang: Any, queries: Any) -> None:
    made = resolved(identity.actor("lin"), citizens.actor(wang))
    headers = bearer(wang)
    with queries() as seen:
        client.get(f"{URL}/{made.id}/timeline", headers=headers)
    assert len(seen) == 4


def test_a_cancelled_ticket_stands_still(client: Any, wang: Any) -> None:
    made = ticket(citizens.actor(wang))
    url = f"{URL}/{made.id}"
    answer = client.post(f"{url}/cancel", json={"reason": "已解决"}, headers=bearer(wang))
    assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
    answer = client.post(f"{url}/comments", json={"text": "再说"}, headers=bearer(wang))
    assert (answer.status_code, answer.json["code"]) == (409, "ticket_state")


def test_days_quota_names_when_again(client: Any, wang: Any) -> None:
    tickets.set_policy(identity.actor("chen"), citizen_daily_tickets=1)
    client.post(URL, json=bug(), headers=bearer(wang))
    answer = client.post(URL, json=bug(), headers=bearer(wang))
    assert (answer.status_code, answer.json["code"]) == (429, "day_quota")
    assert int(answer.headers["Retry-After"]) > 0
    assert clock.now()


def test_the_list_is_written_as_its_schema_would_write_it(session: Any, wang: Any) -> None:
    contract = contracts.contract_a()
    officer = identity.actor("zheng", contract_id=contract.id)
    ticket(citizens.actor(wang))
    whole_second = resolved(officer, citizens.actor(wang), contract=contract)
    whole_second.received_at = datetime(2026, 11, 20, 1, 2, 3, tzinfo=LOCAL)
    lines = tickets.mine(citizens.actor(wang)).items
    assert len(lines) == 2
    for line in lines:
        assert orjson.loads(orjson.dumps(ticket_row(line))) == TicketRow().dump(line)
