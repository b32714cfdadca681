"""Content checks by the job: WeChat's word is handed on, its silence is no pass."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.domain import tickets
from server.domain.identity import SCHEDULER
from server.domain.tickets import ContentCheck, ContentState
from server.gateways.queue import Job, JobState
from tests.factories import tickets as making
from tests.support import outbox
from tests.support.jobs import work

CHECK = "/wxa/msg_sec_check"
MEDIA = "/wxa/media_check_async"


@pytest.fixture(autouse=True)
def _consented(person):
    person.consent()


@pytest.fixture
def check(session):
    def one() -> ContentCheck:
        session.expire_all()
        return session.scalars(sa.select(ContentCheck)).one()

    return one


def reported(person, text="首页的公告打不开，一直转圈。"):
    return making.ticket(person.actor, text=text)


def waiting(session) -> list[Job]:
    return list(session.scalars(sa.select(Job).where(Job.kind.startswith("content."), Job.state == JobState.QUEUED)))


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("首页的公告打不开。", ContentState.PASS),
        ("这里有复核测试词。", ContentState.REVIEW),
        ("这里有违法测试词。", ContentState.RISKY),
        ("好" * 2499 + "这里有违法测试词", ContentState.RISKY),
    ],
)
def test_wechats_word_is_handed_on(app, sim, person, check, text, state):
    reported(person, text)
    assert "content.check_text" in work(app)
    assert check().state is state


@pytest.mark.parametrize(
    "effect",
    [
        "busy",
        "bad_gateway",
        "html",
        "truncated_json",
        {"kind": "errcode", "code": 45009},
        {"kind": "errcode", "code": 61010},
    ],
)
def test_silence_is_asked_again_and_never_a_pass(app, sim, person, session, clock, check, effect):
    reported(person)
    sim.fault(effect, CHECK, times=1)
    work(app)
    assert check().state is ContentState.PENDING
    assert len(waiting(session)) == 1
    clock.shift(timedelta(hours=15, minutes=20))
    sim.advance(timedelta(hours=15, minutes=20).total_seconds())
    sim.post("visit", user=person.name)
    work(app)
    assert check().state is ContentState.PASS


def test_a_refusal_goes_to_a_person(app, sim, person, session, check):
    reported(person)
    sim.fault({"kind": "errcode", "code": 40129}, CHECK)
    work(app)
    assert check().state is ContentState.REVIEW
    assert waiting(session) == []


def test_what_nobody_answers_waits_for_a_person(app, sim, person, clock, check):
    reported(person)
    sim.fault("busy", CHECK)
    work(app)
    clock.shift(timedelta(minutes=31))
    tickets.time_out_checks(SCHEDULER)
    assert check().state is ContentState.TIMEOUT


def test_after_three_days_the_person_has_the_only_word(app, sim, person, session, clock):
    reported(person)
    sim.fault("busy", CHECK)
    work(app)
    clock.shift(timedelta(days=3, hours=1))
    sim.advance(timedelta(days=3, hours=1).total_seconds())
    with pytest.raises(AssertionError, match="微信系统繁忙"):
        work(app)
    assert session.scalars(sa.select(Job.state).where(Job.kind == "content.check_text")).all() == [JobState.DEAD]


def test_a_judged_check_asks_nothing(app, sim, person, check):
    reported(person)
    tickets.apply_text_verdict(SCHEDULER, check().id, suggest="pass", label=100)
    work(app)
    assert sim.calls(CHECK) == []


def test_a_picture_is_asked_for_by_a_signed_address(app, sim, person, session, check):
    making.upload(person.actor)
    sim.fault({"kind": "errcode", "code": 45009}, MEDIA, times=1)
    work(app)
    [call] = sim.calls(MEDIA)
    assert call["body"]["media_url"].startswith("http://localhost/media/")
    assert check().trace_id is None
    assert len(waiting(session)) == 1


def test_an_openid_of_nobody_goes_to_a_person(app, sim, person, check):
    reported(person)
    outbox.point_at(sim)
    person.citizen.openid_sealed = person.citizen.openid_index = None
    work(app)
    assert check().state is ContentState.REVIEW
