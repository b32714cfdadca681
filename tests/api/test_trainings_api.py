"""Trainings over HTTP: the code on the wall, one's own seat, the answers; and what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.domain import identity, training
from server.domain.training import Attendance, Training
from tests.factories import citizens, contracts
from tests.factories.training import at, code_of, opened, scheduled, vendor

URL = "/api/v1/trainings"
CHECK_IN = f"{URL}/check-in"
WHO = {"name": "王建国", "unit": "城东市场监管所"}


@pytest.fixture
def friday(session: Any) -> Any:
    with time_machine.travel(at("13:30"), tick=False) as moved:
        yield moved


@pytest.fixture
def row(friday: Any) -> Training:
    contract = contracts.contract_a()
    return opened(contract, vendor(contract))


@pytest.fixture
def wang(friday: Any) -> identity.Citizen:
    return citizens.citizen("wang")


def bearer(who: identity.Citizen, **values: Any) -> dict[str, str]:
    return citizens.bearer(who, **values)


def test_from_the_code_on_the_wall_to_the_answer(client: Any, row: Training, wang: identity.Citizen) -> None:
    asked = WHO | {"code": code_of(row), "phone": "13812348000"}
    made = client.post(CHECK_IN, json=asked, headers=bearer(wang))
    assert (made.status_code, made.json["repeated"], made.json["topic"]) == (201, False, row.topic)
    assert made.json["attendance"]["phone_masked"] == "138****8000"
    assert made.json["attendance"]["way"] == "scanned"
    again = client.post(CHECK_IN, json=WHO | {"code": code_of(row, typed=True)}, headers=bearer(wang))
    assert (again.status_code, again.json["repeated"]) == (201, True)
    assert again.json["attendance"] == made.json["attendance"]
    shown = client.get(f"{URL}/{made.json['training_id']}", headers=bearer(wang)).json
    assert (shown["trainer"], shown["state"], shown["answerable"], shown["answered"]) == ("顾教授", "open", True, False)
    assert [each["kind"] for each in shown["questions"]] == ["score", "choice", "text"]
    assert "right" not in shown["questions"][1]
    # JSON knows one kind of number
    answers = {"answers": [5.0, 0, "多演示"]}
    done = client.post(f"{URL}/{row.id}/feedback", json=answers, headers=bearer(wang))
    assert (done.status_code, done.json["answered"], done.json["answerable"]) == (201, True, False)
    assert client.post(f"{URL}/{row.id}/feedback", json=answers, headers=bearer(wang)).json["code"] == (
        "training_answered_before"
    )


def test_the_same_key_is_answered_byte_for_byte(
    client: Any, row: Training, wang: identity.Citizen, session: Any
) -> None:
    asked = WHO | {"code": code_of(row)}
    headers = bearer(wang, key="one")
    first, again = (client.post(CHECK_IN, json=asked, headers=headers) for _ in range(2))
    assert first.data == again.data
    assert again.headers["Idempotent-Replayed"] == "true"
    assert client.post(CHECK_IN, json=asked, headers={"Authorization": headers["Authorization"]}).status_code == 400
    assert session.scalar(sa.select(sa.func.count()).select_from(Attendance)) == 1


def test_old_codes_and_closed_doors(client: Any, row: Training, wang: identity.Citizen, friday: Any) -> None:
    seen, digits = code_of(row), code_of(row, typed=True)
    friday.shift(90)
    late = client.post(CHECK_IN, json=WHO | {"code": seen}, headers=bearer(wang))
    assert (late.status_code, late.json["code"]) == (409, "training_code_expired")
    for code in (digits, "000000x", f"SJPX.{uuid.uuid4().hex}.1.{'0' * 24}"):
        wrong = client.post(CHECK_IN, json=WHO | {"code": code}, headers=bearer(wang))
        assert (wrong.status_code, wrong.json["code"]) == (422, "training_code_wrong"), code
    contract = contracts.contract_a()
    other = scheduled(contract, vendor(contract, "wu"))
    shut = client.post(CHECK_IN, json=WHO | {"code": code_of(other)}, headers=bearer(wang))
    assert (shut.status_code, shut.json["code"]) == (409, "training_check_in_closed")


def test_consent_comes_first(client: Any, row: Training) -> None:
    li = citizens.citizen("li", consented=False)
    asked = WHO | {"code": code_of(row)}
    refused = client.post(CHECK_IN, json=asked, headers=bearer(li))
    assert (refused.status_code, refused.json["code"]) == (403, "consent_required")
    assert client.post(CHECK_IN, json=asked, headers={"Idempotency-Key": "x"}).status_code == 401


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"unit": None}, {"phone": "+86 138"}, {"code": "x" * 200}, {"more": 1}, {"name": "机密★长期"}],
)
def test_wrong_words_are_told_by_field(
    client: Any, row: Training, wang: identity.Citizen, change: dict[str, Any]
) -> None:
    asked = WHO | {"code": code_of(row)} | change
    answer = client.post(CHECK_IN, json=asked, headers=bearer(wang))
    assert answer.status_code == 422
    assert training.attendance_of(row.id) == []


@pytest.mark.parametrize(
    "answers", [[], [1, 2], [9, 0, "x"], [5, 0, {"a": 1}], [True, 0, "x"], "x", [5, 0, "字" * 501]]
)
def test_wrong_answers_are_refused(client: Any, row: Training, wang: identity.Citizen, answers: Any) -> None:
    training.check_in(citizens.actor(wang), code=code_of(row), **WHO)
    answer = client.post(f"{URL}/{row.id}/feedback", json={"answers": answers}, headers=bearer(wang))
    assert answer.status_code == 422


def test_a_seat_is_its_owners(client: Any, row: Training, wang: identity.Citizen) -> None:
    training.check_in(citizens.actor(wang), code=code_of(row), **WHO)
    zhao = citizens.citizen("zhao")
    strange = client.get(f"{URL}/{uuid.uuid4()}", headers=bearer(zhao)).json
    foreign = client.get(f"{URL}/{row.id}", headers=bearer(zhao))
    assert (foreign.status_code, foreign.json["code"]) == (404, strange["code"])
    sent = client.post(f"{URL}/{row.id}/feedback", json={"answers": [5, 0, "x"]}, headers=bearer(zhao))
    assert sent.status_code == 404


def test_the_copy_of_ones_data_has_the_check_ins(client: Any, row: Training, wang: identity.Citizen) -> None:
    training.check_in(citizens.actor(wang), code=code_of(row), **WHO)
    (mine,) = client.get("/api/v1/me/export", headers=bearer(wang)).json["data"]["trainings"]
    assert (mine["number"], mine["name"]) == (row.number, "王建国")
