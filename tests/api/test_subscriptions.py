"""Subscriptions over HTTP: what may be asked, what was answered, once per key."""

from __future__ import annotations

import pytest

from server.domain import notices
from server.domain.identity import SCHEDULER
from tests.factories import citizens
from tests.support import outbox

URL = "/api/v1/subscriptions"


@pytest.fixture
def wang(session):
    outbox.set_template()
    found = citizens.tokens("wang")
    return {"Authorization": f"Bearer {found.access}"}


def answer(client, headers, results, key="key-of-the-test-1"):
    return client.post(URL, json={"results": results}, headers=headers | {"Idempotency-Key": key})


def test_the_mini_program_learns_what_it_may_ask(client, wang):
    [item] = client.get(f"{URL}/templates", headers=wang).json["items"]
    assert (item["key"], item["template_id"], item["remaining"]) == ("ticket_answered", outbox.TEMPLATE, 0)
    assert item["sample"]["number"] == "FW-2026-0042"


def test_an_accept_counts_once_for_a_repeated_request(client, wang):
    for _ in range(2):
        told = answer(client, wang, {outbox.TEMPLATE: "accept"})
        assert (told.status_code, told.json) == (200, {"remaining": {outbox.TEMPLATE: 1}})
    assert answer(client, wang, {outbox.TEMPLATE: "accept"}, "key-of-the-test-2").json["remaining"] == {
        outbox.TEMPLATE: 2
    }


@pytest.mark.parametrize("results", [{}, {outbox.TEMPLATE: "perhaps"}, {"unknown-template": "accept"}, None])
def test_what_cannot_be_an_answer_is_refused(client, wang, results):
    assert answer(client, wang, results).status_code == 422


def test_nobody_answers_for_somebody_else(client, wang):
    assert answer(client, {}, {outbox.TEMPLATE: "accept"}).status_code == 401
    assert client.get(f"{URL}/templates").status_code == 401


def test_a_disabled_kind_is_not_asked_for(client, wang, session):
    notices.set_template(SCHEDULER, "ticket_answered", template_id=outbox.TEMPLATE, fields=outbox.FIELDS, enabled=False)
    assert client.get(f"{URL}/templates", headers=wang).json == {"items": []}
