"""The frame of the API: bodies, queries, callers, limits, problems, ETags, pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import time_machine

from server.api.answers import matches
from server.domain import identity
from tests.factories.citizens import bearer, citizen
from tests.factories.identity import actor as officer_actor

URL = "/api/v1/probes"
PROBLEM = "application/problem+json"


def test_an_answer_is_json_with_its_status_and_headers(probe):
    with time_machine.travel(datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC), tick=False):
        answer = probe.post(f"{URL}/words", json={"text": "  你好\r\n吗 "})
    assert answer.status_code == 201
    assert answer.json == {"text": "你好\n吗", "at": "2026-11-20T01:02:03.456Z"}
    assert answer.headers["Location"] == "/api/v1/probes/words"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_type == "application/json"


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        (b"{", 400, "malformed", None),
        (b"\xff\xfe", 400, "malformed", None),
        (b"", 400, "malformed", None),
        (b"[]", 422, "invalid", {"_schema"}),
        (b'{"text": "x", "is_admin": true}', 422, "invalid", {"is_admin"}),
        (b'{"text": ""}', 422, "invalid", {"text"}),
        (b'{"text": "12345678901"}', 422, "invalid", {"text"}),
        (b'{"text": "a\\u0000b"}', 422, "invalid", {"text"}),
        (b'{"text": "x", "times": "3"}', 422, "invalid", {"times"}),
        (b'{"text": "x", "times": 1e999}', 400, "malformed", None),
        (b'{"text": "x", "tags": ["a", 1]}', 422, "invalid", {"tags.1"}),
        (b'{"text": null, "times": null}', 422, "invalid", {"text", "times"}),
        (b'{"text": "' + b"x" * 300_000 + b'"}', 413, "too_large", None),
    ],
)
def test_a_bad_body_is_a_problem_that_names_the_fields(probe, body, status, code, fields):
    answer = probe.post(f"{URL}/words", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == PROBLEM
    assert set(answer.json.get("errors", {})) == (fields or set())
    assert answer.json["trace_id"] == answer.headers["X-Request-Id"]
    for sentences in answer.json.get("errors", {}).values():
        assert all(any("一" <= letter <= "鿿" for letter in sentence) for sentence in sentences)


def test_a_byte_order_mark_is_skipped_and_another_type_refused(probe):
    mark = b"\xef\xbb\xbf" + json.dumps({"text": "x"}).encode()
    assert probe.post(f"{URL}/words", data=mark, content_type="application/json; charset=utf-8").status_code == 201
    answer = probe.post(f"{URL}/words", data={"text": "x"})
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("url", ["/api/v1/config", "/api/v1/nothing", "/api/v1/docs", "/api/v1/me"])
def test_every_answer_is_dressed_once(probe, url):
    headers = probe.get(url, headers={"Cookie": "__Host-sid=x; session=y"}).headers
    for name in ("X-Content-Type-Options", "Content-Security-Policy", "Cache-Control", "X-Server-Time", "X-Request-Id"):
        assert len(headers.getlist(name)) == 1, name
    assert "Set-Cookie" not in headers


def test_unknown_address_and_method_are_problems(probe):
    assert probe.get("/api/v1/nothing").json["code"] == "not_found"
    answer = probe.delete(f"{URL}/words")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_fault_tells_nothing_of_itself(probe, caplog):
    answer = probe.get(f"{URL}/fault")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "13912345678" not in answer.text


def test_a_citizen_comes_in_by_bearer_token_only(probe):
    for headers in ({}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic eDp5"}, {"Cookie": "a=b"}):
        answer = probe.get(f"{URL}/me", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert probe.get(f"{URL}/me", headers=bearer("wang")).json["text"] == "citizen 老王"


def test_a_token_that_is_sent_must_be_good_even_where_none_is_needed(probe):
    assert probe.get(f"{URL}/few").json["text"] == "anonymous"
    assert probe.get(f"{URL}/few", headers={"Authorization": "Bearer nothing"}).status_code == 401


def test_a_program_needs_the_scope(probe):
    holder = officer_actor("wu")
    system = officer_actor("chen")
    contract = next(iter(holder.contracts_for(identity.Permission.TICKET_VIEW)))
    issued = identity.issue_token(
        system, officer_id=holder.id, name="ci", scopes=[identity.Permission.TICKET_VIEW], days=1, contract_id=contract
    )
    header = {"Authorization": f"Bearer {issued.secret}"}
    assert probe.get(f"{URL}/program", headers=header).status_code == 403
    assert probe.get(f"{URL}/program", headers=bearer("wang")).status_code == 401


def test_authentication_is_one_query(probe, queries):
    headers = bearer("wang")
    with queries() as seen:
        assert probe.get(f"{URL}/me", headers=headers).status_code == 200
    assert len(seen) == 1


def test_a_limit_counts_each_citizen_alone_and_says_when_to_come_back(probe):
    wang, li = bearer("wang"), bearer("li")
    with time_machine.travel(datetime(2026, 11, 20, 1, tzinfo=UTC), tick=False) as now:
        headers = bearer(citizen("zhao"))
        assert [probe.get(f"{URL}/few", headers=headers).status_code for _ in range(3)] == [200, 200, 429]
        answer = probe.get(f"{URL}/few", headers=headers)
        assert answer.json["code"] == "too_many"
        assert answer.headers["Retry-After"] == "60"
        now.shift(61)
        assert probe.get(f"{URL}/few", headers=headers).status_code == 200
    assert probe.get(f"{URL}/few", headers=wang).status_code == 200
    assert probe.get(f"{URL}/few", headers=li).status_code == 200


def test_an_etag_is_answered_with_304(probe):
    first = probe.get(f"{URL}/tagged")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    for header in (tag, f"W/{tag}", "*", f'"other", {tag}'):
        again = probe.get(f"{URL}/tagged", headers={"If-None-Match": header})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert "Content-Type" not in again.headers
    assert probe.get(f"{URL}/tagged", headers={"If-None-Match": '"other"'}).status_code == 200


def test_etags_are_compared_whole():
    assert not matches("", '"a"')
    assert not matches('"ab"', '"a"')
    assert not matches("a", '"a"')


def test_pages_go_on_where_the_last_one_stopped(probe, session):
    for number, title in enumerate(["b", "a", "c", "b", "a"], start=1):
        session.add(identity.PrivacyNotice(version=number, title=title, text="", items=[]))
    session.commit()
    seen, url = [], f"{URL}/versions?limit=2"
    while url:
        page = probe.get(url).json
        seen += [item["version"] for item in page["items"]]
        url = page["next"] and f"{URL}/versions?limit=2&cursor={page['next']}"
    assert seen == [3, 1, 4, 2, 5]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "nothing=1", "limit=1&limit=2", "cursor=AAAA", "cursor=%20"]
)
def test_a_bad_query_is_a_problem(probe, query):
    assert probe.get(f"{URL}/versions?{query}").status_code == 422


def test_a_cursor_is_nobody_elses(probe, session):
    for number in range(1, 4):
        session.add(identity.PrivacyNotice(version=number, title="a", text="", items=[]))
    session.commit()
    cursor = probe.get(f"{URL}/versions?limit=1").json["next"]
    forged = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
    answer = probe.get(f"{URL}/versions?cursor={forged}")
    assert (answer.status_code, answer.json["code"]) == (422, "bad_cursor")
