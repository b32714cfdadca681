"""The citizen's own account over HTTP: consent, profile, phone, copy, deletion."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from server.domain import identity, knowledge
from server.domain.identity import SCHEDULER, CitizenState, DataRequestState
from server.domain.knowledge import Audience
from server.gateways import wechat
from server.gateways.wechat import Phone
from tests.factories import citizens
from tests.factories.calendar import seeded_calendar
from tests.factories.citizens import ITEMS, bearer, citizen, openid_for, privacy_notice
from tests.support.jobs import work

ME = "/api/v1/me"
WRITES = [
    ("PUT", ME, {"nickname": "x"}),
    ("POST", f"{ME}/phone", {"code": "x"}),
    ("POST", f"{ME}/consents", {"version": 1, "scopes": []}),
    ("DELETE", f"{ME}/consents/current", None),
    ("DELETE", f"{ME}/phone", None),
    ("DELETE", ME, None),
    ("GET", ME, None),
    ("GET", f"{ME}/export", None),
    ("GET", f"{ME}/consents", None),
]


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What WeChat says about any phone code; the codes that were asked about."""
    asked: list[str] = []

    def number(code: str) -> Phone:
        asked.append(code)
        return Phone(number="+8613812348000", pure="13812348000", country="86")

    monkeypatch.setattr(wechat, "phone_number", number)
    return asked


@pytest.mark.parametrize(("method", "url", "body"), WRITES)
def test_nobody_gets_in_without_a_token(client, method, url, body):
    answer = client.open(url, method=method, json=body, headers={"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


def test_the_notice_is_open_and_cached(client):
    assert client.get("/api/v1/privacy-notice").json["code"] == "privacy_notice_missing"
    privacy_notice()
    answer = client.get("/api/v1/privacy-notice")
    assert [item["key"] for item in answer.json["items"]] == ["account", "phone"]
    assert answer.json["version"] == 1
    again = client.get("/api/v1/privacy-notice", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_agreeing_opens_what_was_closed_and_withdrawing_closes_it(client, phone):
    privacy_notice()
    wang = citizen("wang", consented=False)
    assert client.put(ME, json={"nickname": "老王"}, headers=bearer(wang)).json["code"] == "consent_required"
    refused = client.post(f"{ME}/phone", json={"code": "c"}, headers=bearer(wang))
    assert (refused.status_code, refused.json["code"]) == (403, "consent_required")
    assert phone == []
    given = client.post(f"{ME}/consents", json={"version": 1, "scopes": ["account", "phone"]}, headers=bearer(wang))
    assert given.status_code == 201
    assert (given.json["required"], given.json["given"], given.json["scopes"]) == (False, 1, ["account", "phone"])
    assert client.put(ME, json={"nickname": " 老王 "}, headers=bearer(wang)).json["nickname"] == "老王"
    bound = client.post(f"{ME}/phone", json={"code": "c"}, headers=bearer(wang))
    assert bound.json["phone_masked"] == "138****8000"
    assert client.delete(f"{ME}/consents/current", headers=bearer(wang)).status_code == 204
    after = client.get(ME, headers=bearer(wang)).json
    assert (after["phone_masked"], after["nickname"], after["consent"]["required"]) == (None, "", True)


def test_a_new_version_closes_it_again(client):
    wang = citizen("wang")
    identity.publish_privacy_notice(SCHEDULER, title="第二版", text="……", items=ITEMS)
    state = client.get(f"{ME}/consents", headers=bearer(wang)).json
    assert (state["required"], state["version"], state["given"]) == (True, 2, 1)
    old = client.post(f"{ME}/consents", json={"version": 1, "scopes": ["account"]}, headers=bearer(wang))
    assert (old.status_code, old.json["code"]) == (409, "notice_outdated")
    assert client.put(ME, json={"nickname": "x"}, headers=bearer(wang)).status_code == 403


@pytest.mark.parametrize("body", [{"nickname": ""}, {"nickname": "x" * 33}, {"nickname": "x", "state": "deleted"}, {}])
def test_only_what_may_be_changed_can_be_changed(client, body):
    assert client.put(ME, json=body, headers=bearer(citizen("wang"))).status_code == 422


def test_a_phone_number_may_go_alone(client):
    wang = citizen("wang", phone="13812348000")
    assert client.delete(f"{ME}/phone", headers=bearer(wang)).status_code == 204
    assert client.get(ME, headers=bearer(wang)).json["phone_masked"] is None


def test_each_sees_the_own_account_only(client):
    wang, li = citizen("wang", phone="13812348000"), citizen("li")
    assert client.get(ME, headers=bearer(li)).json["id"] == str(li.id)
    assert "13812348000" not in client.get(f"{ME}/export", headers=bearer(li)).text
    assert "13812348000" in client.get(f"{ME}/export", headers=bearer(wang)).text


def test_the_copy_names_every_room_and_is_recorded(client, session):
    wang = citizen("wang")
    answer = client.get(f"{ME}/export", headers=bearer(wang))
    assert answer.status_code == 200
    assert set(answer.json["data"]) == {"identity", "tickets", "messages", "opinions", "trainings"}
    assert openid_for("wang") not in answer.text
    assert session.query(identity.DataRequest).count() == 1


def test_deletion_is_at_once_and_the_other_rooms_follow(app, client, session):
    seeded_calendar()
    wang = citizen("wang", phone="13812348000")
    headers = bearer(wang)
    article = knowledge.draft(SCHEDULER, title="甲", body="乙", audience=Audience.CITIZENS)
    knowledge.publish(SCHEDULER, article.id)
    knowledge.helped(citizens.actor(wang), article.id, yes=False, comment="看不懂")
    assert [each["comment"] for each in knowledge.copy_of(wang.id)] == ["看不懂"]
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC)):
        answer = client.delete(ME, headers=headers)
    assert answer.status_code == 202
    assert answer.json["due_on"] == "2026-12-11"
    assert client.get(ME, headers=headers).status_code == 401
    session.refresh(wang)
    assert wang.state is CitizenState.DELETED
    assert "citizens.forget" in work(app)
    assert knowledge.copy_of(wang.id) == []
    assert knowledge.tallies([article.id])[article.id].unhelped == 1
    (asked,) = session.query(identity.DataRequest).all()
    session.refresh(asked)
    assert asked.state is DataRequestState.DONE


def test_a_missing_calendar_promises_no_day(client):
    assert client.delete(ME, headers=bearer(citizen("wang"))).json["due_on"] is None
