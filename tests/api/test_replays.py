"""Idempotency keys: one effect and one answer, on the wire."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine

from server.core import clock, idempotency
from server.core.idempotency import IdempotencyKey
from tests.api.probes import count_now
from tests.factories.citizens import bearer

URL = "/api/v1/probes"


def key(name: str = "one") -> dict[str, str]:
    return {"Idempotency-Key": name}


def test_a_key_is_needed_and_must_be_printable(probe):
    answer = probe.post(f"{URL}/counted", json={"text": "x"})
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert probe.post(f"{URL}/counted", json={"text": "x"}, headers=key("k" * 256)).status_code == 422
    assert probe.post(f"{URL}/counted", json={"text": "x"}, headers=key("a b")).status_code == 422
    assert probe.post(f"{URL}/counted", json={"text": "x"}, headers=key("k" * 255)).status_code == 201


def test_the_second_try_gets_the_first_answer_and_does_nothing(probe):
    first = probe.post(f"{URL}/counted", json={"text": "x"}, headers=key())
    again = probe.post(f"{URL}/counted", json={"text": "x"}, headers=key())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.content_type == first.content_type
    assert count_now() == first.json["number"]


def test_another_body_under_the_same_key_is_refused(probe):
    probe.post(f"{URL}/counted", json={"text": "x"}, headers=key())
    answer = probe.post(f"{URL}/counted", json={"text": "y"}, headers=key())
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


def test_a_key_counts_for_one_caller(probe):
    wang, li = bearer("wang", key="one"), bearer("li", key="one")
    numbers = [probe.post(f"{URL}/counted", json={"text": "x"}, headers=who).json["number"] for who in (wang, li)]
    numbers.append(probe.post(f"{URL}/counted", json={"text": "x"}, headers=key()).json["number"])
    elsewhere = {"environ_base": {"REMOTE_ADDR": "192.0.2.77"}}
    numbers.append(probe.post(f"{URL}/counted", json={"text": "x"}, headers=key(), **elsewhere).json["number"])
    assert len(set(numbers)) == 4


@pytest.mark.parametrize(("text", "status"), [("conflict", 409), ("away", 503), ("kept", 409)])
def test_a_refusal_is_not_kept_and_the_key_may_be_tried_again(probe, session, text, status):
    for _ in range(2):
        answer = probe.post(f"{URL}/counted", json={"text": text}, headers=key())
        assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (status, None)
    assert session.query(IdempotencyKey).count() == 0


def test_a_request_under_way_is_told_to_wait(probe, session):
    scope = idempotency.scope_of("f:" + idempotency.hashlib.sha256(b"x").hexdigest(), "POST", f"{URL}/outside", "one")
    digest = idempotency.hashlib.sha256(b'{"text": "x"}').hexdigest()
    held = idempotency.claim(scope, digest)
    assert isinstance(held, idempotency.Claim)
    session.commit()
    answer = probe.post(f"{URL}/outside", data=b'{"text": "x"}', content_type="application/json", headers=key())
    assert (answer.status_code, answer.json["code"]) == (409, "request_in_progress")
    assert int(answer.headers["Retry-After"]) > 0
    with time_machine.travel(clock.now() + idempotency.LEASE + timedelta(seconds=1), tick=False):
        answer = probe.post(f"{URL}/outside", data=b'{"text": "x"}', content_type="application/json", headers=key())
    assert answer.status_code == 201


def test_a_view_that_calls_outside_is_replayed_too(probe, session):
    assert probe.post(f"{URL}/outside", json={"text": "away"}, headers=key()).status_code == 503
    assert session.query(IdempotencyKey).count() == 0
    first = probe.post(f"{URL}/outside", json={"text": "x"}, headers=key())
    again = probe.post(f"{URL}/outside", json={"text": "x"}, headers=key(), environ_base={"REMOTE_ADDR": "192.0.2.77"})
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"


def test_an_upload_is_known_again_by_its_file(probe):
    def send(content: bytes) -> object:
        data = {"text": "x", "file": (io.BytesIO(content), "a.png", "image/png")}
        return probe.post(f"{URL}/files", data=data, headers=key())

    first, again, other = send(b"abc"), send(b"abc"), send(b"abd")
    assert first.json["text"] == "x a.png 3"
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert other.status_code == 422


def test_answers_lie_sealed_and_are_forgotten_after_a_day(probe, session):
    first = probe.post(f"{URL}/counted", json={"text": "secret"}, headers=key())
    row = session.query(IdempotencyKey).one()
    assert "secret" not in row.answer
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        again = probe.post(f"{URL}/counted", json={"text": "secret"}, headers=key())
        assert again.json["number"] == first.json["number"] + 1
        assert idempotency.forget() == 0
    with time_machine.travel(clock.now() + timedelta(hours=50), tick=False):
        assert idempotency.forget() == 1
