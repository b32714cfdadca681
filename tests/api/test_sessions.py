"""Signing in through WeChat, refreshing, signing out: over HTTP, against the simulator."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from server.core import clock, db
from server.domain import identity
from server.gateways import wechat
from server.gateways.wechat import WechatConfig
from tests.factories.citizens import bearer, citizen, entries, privacy_notice
from tests.support.wechat import Control, running_simulator

URL = "/api/v1/sessions"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Control]:
    with running_simulator() as made:
        yield made


@pytest.fixture
def sim(simulator: Control, session: object) -> Iterator[Control]:
    """WeChat as at the start, with the service pointed at it."""
    simulator.reset()
    before = wechat.installed().config
    config = simulator.config
    wechat.configure(WechatConfig(appid=config.appid, secret=config.secret, base_url=simulator.url, timeout=1.0))
    yield simulator
    simulator.clear_faults()
    wechat.configure(before)


def sign_in(client, code: str, key: str | None = None):
    return client.post(URL, json={"code": code}, headers={"Idempotency-Key": key or uuid.uuid4().hex})


def refresh(client, token: str, key: str | None = None):
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return client.post(f"{URL}/refresh", json={"refresh_token": token}, headers=headers)


def me(client, token: str) -> int:
    return client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_citizen_signs_in_with_a_code(client, sim):
    sim.user("wang")
    privacy_notice()
    answer = sign_in(client, sim.login("wang"))
    assert answer.status_code == 201
    assert set(answer.json) == {"access_token", "refresh_token", "token_type", "expires_in", "citizen", "consent"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 7200)
    assert answer.json["citizen"] == {"id": answer.json["citizen"]["id"], "nickname": "", "phone_masked": None}
    assert answer.json["consent"] == {"required": True, "version": 1}
    assert answer.headers["Cache-Control"] == "no-store"
    assert me(client, answer.json["access_token"]) == 200
    assert "session_key" not in answer.text
    assert "openid" not in answer.text


def test_the_second_sign_in_is_the_same_citizen(client, sim):
    sim.user("wang")
    first, second = sign_in(client, sim.login("wang")), sign_in(client, sim.login("wang"))
    assert first.json["citizen"]["id"] == second.json["citizen"]["id"]


def test_a_code_is_good_once_and_a_lost_answer_comes_back_by_its_key(client, sim):
    sim.user("wang")
    code = sim.login("wang")
    first = sign_in(client, code, key="one")
    again = sign_in(client, code, key="one")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    used = sign_in(client, code)
    assert (used.status_code, used.json["code"]) == (422, "wechat_code_invalid")
    assert "code" in used.json["errors"]
    assert len(entries("citizen.signed_in")) == 1


@pytest.mark.parametrize(
    ("effect", "status", "code"),
    [
        ({"kind": "errcode", "code": 40029}, 422, "wechat_code_invalid"),
        ({"kind": "errcode", "code": 40226}, 403, "wechat_account_blocked"),
        ({"kind": "errcode", "code": 45011}, 429, "too_many"),
        ({"kind": "errcode", "code": -1}, 503, "unavailable"),
        ({"kind": "errcode", "code": 40125}, 503, "unavailable"),
        ("bad_gateway", 503, "unavailable"),
        ("html", 503, "unavailable"),
        ("reset", 503, "unavailable"),
    ],
)
def test_what_wechat_refuses_is_told_in_our_words(client, sim, effect, status, code):
    sim.user("wang")
    wanted = sim.login("wang")
    sim.fault(effect, "/sns/jscode2session")
    answer = sign_in(client, wanted)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    if status in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0
    sim.clear_faults()


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 129}, {"code": "x", "openid": "o"}, {"code": 7}])
def test_a_bad_body_never_reaches_wechat(client, sim, body):
    assert client.post(URL, json=body, headers={"Idempotency-Key": "one"}).status_code == 422
    assert sim.calls("sns/jscode2session") == []


def test_a_refresh_token_is_exchanged_once_and_its_theft_is_noticed(client):
    made = _tokens()
    newer = refresh(client, made.refresh, key="one")
    assert newer.status_code == 201
    again = refresh(client, made.refresh, key="one")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (newer.data, "true")
    assert refresh(client, made.refresh).json["code"] == "refresh_superseded"
    assert me(client, newer.json["access_token"]) == 200
    with time_machine.travel(clock.now() + timedelta(seconds=30), tick=False):
        stolen = refresh(client, made.refresh)
        assert (stolen.status_code, stolen.json["code"]) == (401, "refresh_reused")
        assert me(client, newer.json["access_token"]) == 401
        assert refresh(client, newer.json["refresh_token"]).json["code"] == "token_invalid"
    assert len(entries("citizen_session.reuse_detected")) == 1


def test_a_kept_refusal_leaves_its_key_free(client):
    made = _tokens()
    refresh(client, made.refresh)
    with time_machine.travel(clock.now() + timedelta(seconds=30), tick=False):
        assert refresh(client, made.refresh, key="one").json["code"] == "refresh_reused"
        assert refresh(client, made.refresh, key="one").json["code"] == "token_invalid"


def test_an_access_token_ends_with_its_time_or_by_signing_out(client):
    made = _tokens()
    header = {"Authorization": f"Bearer {made.access}"}
    assert client.delete(f"{URL}/current", headers=header).status_code == 204
    assert client.delete(f"{URL}/current", headers=header).status_code == 401
    assert refresh(client, made.refresh).status_code == 401
    fresh = bearer(citizen("li"))
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert client.get("/api/v1/me", headers=fresh).json["code"] == "token_invalid"


def _tokens() -> identity.Tokens:
    from tests.factories.citizens import tokens

    made = tokens("wang")
    db.session().commit()
    return made
