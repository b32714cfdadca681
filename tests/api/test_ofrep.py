"""OFREP: single and bulk answers, who may ask, what a refusal looks like, and when nothing changed."""

from __future__ import annotations

import json

import pytest

from server.api import ofrep
from server.core import tallies
from server.domain import flags
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from server.gateways.limits import BlockLimiter
from tests.factories.citizens import bearer, citizen
from tests.support.flag_sets import flag, key_for, publish, switch

BULK = "/ofrep/v1/evaluate/flags"
TRIAL, RELEASE = Environment.TRIAL, Environment.RELEASE
FROM_1_4 = {"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False}


@pytest.fixture(autouse=True)
def _no_counts_from_before():
    yield
    tallies.forget()


@pytest.fixture
def ask(client):
    """``ask(context, key=…, flag=…)``: one request with a client key of the trial environment."""
    secret = key_for(TRIAL, "https://h5.example.gov.cn")

    def send(context=None, *, one=None, headers=None, body=None, kind="application/json"):
        told = {"X-API-Key": secret, "Content-Type": kind} | (headers or {})
        sent = json.dumps({"context": context or {}}) if body is None else body
        return client.post(f"{BULK}/{one}" if one else BULK, data=sent, headers=told)

    return send


def by_key(answer):
    return {each["key"]: each for each in answer.json["flags"]}


def test_a_bulk_has_every_flag_in_the_order_of_keys(ask):
    number = publish(TRIAL, switch("b"), flag("a", {"x": "甲", "y": "乙"}, "x"), switch("c", enabled=False))
    answer = ask({"targetingKey": "wang"})
    assert answer.status_code == 200
    assert answer.content_type == "application/json; charset=utf-8"
    assert [each["key"] for each in answer.json["flags"]] == ["a", "b", "c"]
    found = by_key(answer)
    assert (found["a"]["value"], found["a"]["variant"], found["a"]["reason"]) == ("甲", "x", "STATIC")
    assert found["c"]["reason"] == "DISABLED"
    assert found["c"]["variant"] == "on"
    assert "value" not in found["c"]
    assert answer.json["metadata"]["flagSetId"] == "trial"
    assert answer.json["metadata"]["revision"] == number


def test_one_flag(ask):
    publish(TRIAL, switch("new-search"))
    answer = ask(one="new-search")
    assert answer.status_code == 200
    assert answer.json["value"] is True
    assert (answer.json["key"], answer.json["variant"], answer.json["reason"]) == ("new-search", "on", "STATIC")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("key", ["unknown", "a%2Fb", "a/b", "%E5%BC%80%E5%85%B3", "%FF%00"])
def test_an_unknown_flag_is_404_in_ofreps_words(ask, key):
    answer = ask(one=key)
    assert answer.status_code == 404
    assert answer.json["errorCode"] == "FLAG_NOT_FOUND"
    assert answer.json["errorDetails"]
    assert answer.json["key"]


def test_no_flags_at_all_is_an_empty_list(ask):
    assert ask().json["flags"] == []


def test_what_the_context_says_decides(ask):
    publish(TRIAL, switch("x", on=False, rules=[{"name": "新版", "when": [FROM_1_4], "serve": {"variant": "on"}}]))
    assert by_key(ask({"version": "1.4.0"}))["x"]["reason"] == "TARGETING_MATCH"
    assert by_key(ask({"version": "1.3.9"}))["x"]["value"] is False
    assert by_key(ask({"version": {"strange": [1, None]}}))["x"]["value"] is False


def test_the_environment_is_the_keys_and_not_the_contexts(ask):
    here = {"attribute": "environment", "op": "in", "values": ["trial"]}
    publish(TRIAL, switch("x", on=False, rules=[{"name": "体验", "when": [here], "serve": {"variant": "on"}}]))
    publish(RELEASE, switch("y"))
    answer = ask({"environment": "release"}, headers={"X-App-Env": "release"})
    assert by_key(answer)["x"]["value"] is True
    assert "y" not in by_key(answer)


def test_nothing_changed_is_304_without_a_body(ask):
    publish(TRIAL, switch("x"))
    first = ask()
    tag = first.headers["ETag"]
    for asked in (tag, f'"other", W/{tag}', "*"):
        again = ask(headers={"If-None-Match": asked})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert "Content-Type" not in again.headers
        assert again.headers["Cache-Control"] == "private, no-cache"
    assert ask(headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_covers_the_context_and_the_revision(ask):
    rule = {"name": "新版", "when": [FROM_1_4], "serve": {"variant": "on"}}
    publish(TRIAL, switch("x", on=False, rules=[rule]))
    tag = ask({"version": "1.3.0"}).headers["ETag"]
    changed = ask({"version": "1.4.0"}, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert by_key(changed)["x"]["value"] is True
    assert ask({"version": "1.2.0"}, headers={"If-None-Match": tag}).status_code == 304
    publish(TRIAL, switch("x", on=True))
    assert ask({"version": "1.3.0"}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "PARSE_ERROR"),
        ("{", 400, "PARSE_ERROR"),
        (b"\xff\xfe", 400, "PARSE_ERROR"),
        ("NaN", 400, "PARSE_ERROR"),
        ("[" * 5000, 400, "PARSE_ERROR"),
        ("[]", 400, "INVALID_CONTEXT"),
        ('"text"', 400, "INVALID_CONTEXT"),
        ('{"context": null}', 400, "INVALID_CONTEXT"),
        ('{"context": []}', 400, "INVALID_CONTEXT"),
        ('{"context": {"targetingKey": 7}}', 400, "INVALID_CONTEXT"),
        ('{"context": {"a": "' + "x" * ofrep.CONTEXT_BYTES + '"}}', 413, "INVALID_CONTEXT"),
    ],
    ids=str,
)
@pytest.mark.parametrize("one", [None, "x"])
def test_a_body_that_is_no_context_is_told_what_is_wrong(ask, body, status, code, one):
    publish(TRIAL, switch("x"))
    answer = ask(body=body, one=one)
    assert (answer.status_code, answer.json["errorCode"]) == (status, code)
    assert answer.json["errorDetails"]
    assert answer.json.get("key") == one


@pytest.mark.parametrize("body", ["{}", '{"context": {}}', '{"context": {"a": {"b": [1, 2.5, null]}}, "other": 1}'])
def test_a_context_may_be_small_or_strange(ask, body):
    publish(TRIAL, switch("x"))
    assert ask(body=body).status_code == 200


def test_a_deep_context_costs_nobody_an_answer(ask):
    deep = {"attribute": "who", "op": "in", "values": ["a"]}
    publish(TRIAL, switch("x", on=False, rules=[{"name": "深", "when": [deep], "serve": {"variant": "on"}}]))
    nested = '{"context": {"who": ' + "[" * 900 + "]" * 900 + ', "targetingKey": "u"}}'
    answer = ask(body=nested)
    assert answer.status_code == 200
    assert by_key(answer)["x"]["value"] is False


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_another_type_of_body_is_refused(ask, kind):
    answer = ask(kind=kind)
    assert (answer.status_code, answer.json["errorCode"]) == (415, "PARSE_ERROR")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"])
def test_json_may_be_called_so_in_several_ways(ask, kind):
    assert ask(kind=kind).status_code == 200


@pytest.mark.parametrize("shape", ["X-API-Key", "Bearer", "bearer"])
def test_a_key_may_be_shown_in_two_ways(client, shape):
    secret = key_for(TRIAL)
    headers = {"X-API-Key": secret} if shape == "X-API-Key" else {"Authorization": f"{shape} {secret}"}
    assert client.post(BULK, json={"context": {}}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": "sjf_abcdefghij_wrong"},
        {"Authorization": "Bearer sjf_abcdefghij_wrong"},
        {"Authorization": "Bearer nobody"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer"},
        {"X-API-Key": ""},
    ],
    ids=str,
)
def test_who_is_not_known_is_told_so(client, headers):
    answer = client.post(BULK, json={"context": {}}, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert answer.json["errorCode"] == "GENERAL"
    assert answer.json["errorDetails"]


def test_a_wrong_key_is_not_made_good_by_a_token(client):
    for key in ("", "wrong"):
        headers = bearer(citizen("wang")) | {"X-API-Key": key}
        assert client.post(BULK, json={}, headers=headers).status_code == 401


def test_a_revoked_key_is_nobodys(client):
    issued = flags.issue_key(SCHEDULER, TRIAL, name="测试")
    headers = {"X-API-Key": issued.secret}
    assert client.post(BULK, json={}, headers=headers).status_code == 200
    flags.revoke_key(SCHEDULER, issued.row.id)
    assert client.post(BULK, json={}, headers=headers).status_code == 401


def test_a_citizen_asks_with_the_access_token_and_as_a_pseudonym(client):
    who = {"attribute": "targetingKey", "op": "in", "values": ["someone-else"]}
    rule = {"name": "名单", "when": [who], "serve": {"variant": "on"}}
    publish(RELEASE, switch("x", on=False, rules=[rule]))
    publish(TRIAL, switch("y"))
    wang = citizen("wang")
    headers = bearer(wang)
    claimed = {"context": {"targetingKey": "someone-else"}}
    assert by_key(client.post(BULK, json=claimed, headers=headers))["x"]["value"] is False
    rule["when"][0]["values"] = [flags.pseudonym(str(wang.id))]
    publish(RELEASE, switch("x", on=False, rules=[rule]))
    assert by_key(client.post(BULK, json=claimed, headers=headers))["x"]["value"] is True
    assert "y" in by_key(client.post(BULK, json={}, headers=headers | {"X-App-Env": "trial"}))
    assert "x" in by_key(client.post(BULK, json={}, headers=headers | {"X-App-Env": "nonsense"}))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused_with_allow(client, method):
    answer = client.open(BULK, method=method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", ["/ofrep/", "/ofrep/v1", "/ofrep/v1/evaluate/flags/", "/ofrep/v2/evaluate/flags"])
def test_other_addresses_are_404(client, path):
    answer = client.post(path, json={})
    assert answer.status_code == 404
    assert answer.json["errorCode"] == "GENERAL"


def test_a_page_of_the_keys_origin_may_read_the_answer(ask, client):
    publish(TRIAL, switch("x"))
    ours, other = "https://h5.example.gov.cn", "https://evil.example"
    before = client.options(BULK, headers={"Origin": ours, "Access-Control-Request-Method": "POST"})
    assert before.status_code == 204
    assert before.headers["Access-Control-Allow-Origin"] == ours
    assert "X-API-Key" in before.headers["Access-Control-Allow-Headers"]
    answer = ask(headers={"Origin": ours})
    assert answer.headers["Access-Control-Allow-Origin"] == ours
    assert {"ETag", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Origin" not in ask(headers={"Origin": other}).headers
    refused = client.post(BULK, json={}, headers={"Origin": other})
    assert refused.headers["Access-Control-Allow-Origin"] == other


def test_too_often_is_429_with_seconds(app, ask, monkeypatch):
    front = app.wsgi_app
    monkeypatch.setattr(front, "_limit", BlockLimiter(app.extensions["shijian_limiter"], "3/minute", "test"))
    publish(TRIAL, switch("x"))
    there = {"REMOTE_ADDR": "192.0.2.77"}
    assert isinstance(front, ofrep.Ofrep)
    answers = [ask() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429], there
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json["errorCode"] == "GENERAL"


def test_a_flag_that_cannot_be_evaluated_is_one_entry_of_a_bulk_and_400_alone(ask):
    broken = switch("bad", targeting={"if": [{"var": "on"}, "no-such-variant", "on"]})
    publish(TRIAL, broken, switch("good"))
    found = by_key(ask({"on": True}))
    assert found["good"]["value"] is True
    assert found["bad"]["errorCode"] == "GENERAL"
    assert not {"value", "variant", "reason"} & set(found["bad"])
    alone = ask({"on": True}, one="bad")
    assert (alone.status_code, alone.json["errorCode"], alone.json["key"]) == (400, "GENERAL", "bad")


def test_what_is_evaluated_is_counted_by_version(ask):
    publish(TRIAL, switch("x"), switch("y", enabled=False))
    for version in ("1.4.2", "1.4.2", "<script>", None):
        ask({"version": version})
    ask({"version": "1.4.2"}, one="x")
    tallies.flush()
    counts = {
        (each.flag, each.variant, each.version): each.count
        for each in flags.evaluation_counts(SCHEDULER, TRIAL, days=1)
    }
    assert counts == {("x", "on", "1.4.2"): 3, ("x", "on", ""): 2, ("y", "on", "1.4.2"): 2, ("y", "on", ""): 2}


def test_the_contexts_that_are_kept_name_nobody(ask):
    who = {"attribute": "targetingKey", "op": "in", "values": ["a"]}
    publish(TRIAL, switch("x", rules=[{"name": "名单", "when": [who], "serve": {"variant": "on"}}]))
    ask({"targetingKey": "openid-of-wang", "phone": "13800000000", "version": "1.4.2", "platform": "ios"})
    tallies.flush()
    (seen,) = flags.contexts_seen(TRIAL, 10)
    pseudonym = flags.pseudonym("openid-of-wang")
    assert seen.context == {
        "environment": "trial", "platform": "ios", "targetingKey": pseudonym, "version": "1.4.2"
    }  # fmt: skip
    assert seen.weight == 1


def test_a_set_that_cannot_be_read_is_503_and_one_known_from_before_is_served_on(app, ask, monkeypatch):
    publish(TRIAL, switch("x"))
    sets = app.extensions["shijian_flag_sets"]

    def away():
        raise RuntimeError("away")

    monkeypatch.setattr(flags, "heads", away)
    monkeypatch.setattr(sets, "_sets", None)
    answer = ask()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.undo()
    assert ask().status_code == 200
    monkeypatch.setattr(flags, "heads", away)
    assert by_key(ask())["x"]["value"] is True


def test_our_own_fault_is_told_without_particulars(ask, monkeypatch):
    monkeypatch.setattr(flags, "note_evaluations", lambda *_: 1 / 0)
    answer = ask()
    assert answer.status_code == 500
    assert answer.json["errorCode"] == "GENERAL"
    assert "division" not in answer.text
