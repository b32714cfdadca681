"""From WeChat to its effect: the simulator pushes over HTTP, the inbox stores, the job applies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from server.app import Service
from server.core import clock
from server.core.db import reading, unit
from server.domain import identity, notices
from server.domain.identity import SCHEDULER
from server.domain.notices import InboxPush, MessageState, PushState
from tests.support import outbox
from tests.support.databases import fresh_database
from tests.support.jobs import work
from tests.support.live import live_service
from tests.support.wechat import Control, running_simulator

CALLBACK = "/api/wechat/callback"
SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Control]:
    with running_simulator(push_retries=1) as control:
        yield control


@pytest.fixture
def service(simulator: Control, tmp_path) -> Iterator[Service]:
    simulator.reset()
    with fresh_database("sqlite", tmp_path) as made, live_service(made, tmp_path) as (app, url):
        outbox.point_at(simulator)
        simulator.callback(url=url + CALLBACK, mode="json", safety="safe")
        with unit():
            outbox.set_template()
        yield app
        simulator.callback(url="")


@pytest.fixture
def person(service: Service, simulator: Control) -> outbox.Person:
    with unit():
        return outbox.Person.signed_in(simulator)


def pushes() -> list[tuple[str, PushState]]:
    with reading() as look:
        return [(push.kind, push.state) for push in look.scalars(sa.select(InboxPush).order_by(InboxPush.id))]


def left(person) -> int:
    with reading():
        return notices.remaining(person.citizen.id, "ticket_answered")


def states(*messages) -> list[MessageState]:
    with reading():
        return [notices.find_message(SCHEDULER, message.id).state for message in messages]


@pytest.mark.parametrize("mode", ["json", "xml"])
@pytest.mark.parametrize("safety", ["safe", "plain"])
def test_every_form_of_push_reaches_its_effect(service, simulator, person, mode, safety):
    outbox.point_at(simulator, push_safe=safety == "safe")
    simulator.callback(mode=mode, safety=safety)
    assert simulator.get("callback")
    simulator.post("subscribe", user=person.name, results={outbox.TEMPLATE: "accept"})
    simulator.drain()
    assert pushes() == [("subscribe_msg_popup_event", PushState.NEW)]
    work(service)
    assert pushes() == [("subscribe_msg_popup_event", PushState.HANDLED)]
    assert left(person) == 1
    simulator.refuse(person.name, outbox.TEMPLATE, push=True)
    simulator.drain()
    work(service)
    assert left(person) == 0


@pytest.mark.parametrize("effect", ["bad_signature", "wrong_appid", "bad_cipher", "plaintext", "clock_skew"])
def test_a_push_that_is_not_right_leaves_nothing(service, simulator, person, effect):
    simulator.fault(effect, "push:*")
    simulator.post("subscribe", user=person.name, results={outbox.TEMPLATE: "accept"})
    simulator.drain()
    assert pushes() == []
    [push] = simulator.pushes()
    assert {attempt["status"] for attempt in push["attempts"]} == {403}
    assert {attempt["answer"] for attempt in push["attempts"]} == {""}


def test_a_doubled_push_counts_once(service, simulator, person):
    simulator.fault({"kind": "duplicate", "count": 3}, "push:*")
    simulator.post("subscribe", user=person.name, results={outbox.TEMPLATE: "accept"})
    simulator.drain()
    work(service)
    assert left(person) == 1
    assert {attempt["answer"] for push in simulator.pushes() for attempt in push["attempts"]} == {"success"}


@pytest.mark.parametrize("effect", ["truncated_json", "cut_body", {"kind": "bad_gateway", "done": True}])
def test_a_message_whose_answer_was_lost_is_settled_by_the_push_and_never_doubled(service, simulator, person, effect):
    with unit():
        person.subscribe(simulator, 3)
    simulator.fault(effect, SEND, times=1)
    with unit():
        message = person.told()
    work(service)
    simulator.drain()
    work(service)
    assert states(message) == [MessageState.SENT]
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        work(service)
    assert len(simulator.messages()) == 1


def test_a_message_that_never_arrived_is_sent_again_when_no_push_comes(service, simulator, person):
    with unit():
        person.subscribe(simulator, 3)
    simulator.fault("bad_gateway", SEND, times=1)
    with unit():
        message = person.told()
    work(service)
    assert states(message) == [MessageState.UNCERTAIN]
    simulator.advance(660)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        work(service)
        simulator.drain()
        work(service)
        assert states(message) == [MessageState.SENT]
    assert len(simulator.messages()) == 1


def test_two_messages_in_one_second_are_confirmed_each(service, simulator, person):
    with unit():
        person.subscribe(simulator, 2)
        told = [person.told("first"), person.told("second")]
    work(service)
    simulator.drain()
    work(service)
    assert states(*told) == [MessageState.SENT] * 2
    with reading():
        assert all(notices.find_message(SCHEDULER, message.id).confirmed_at for message in told)


def test_a_user_who_takes_the_authorisation_back_is_honoured(service, simulator, person):
    simulator.post("revoke_authorization", user=person.name)
    simulator.drain()
    work(service)
    assert ("user_authorization_revoke", PushState.HANDLED) in pushes()
    query = sa.select(identity.AuditEntry.action).where(identity.AuditEntry.action == "citizen.authorization_revoked")
    with reading() as look:
        assert look.scalars(query).all() == ["citizen.authorization_revoked"]


def test_an_unknown_push_is_kept_and_left_alone(service, simulator, person):
    simulator.push(person.name, "something_new", Colour="blue")
    simulator.drain()
    work(service)
    assert pushes() == [("something_new", PushState.IGNORED)]


def test_the_inbox_is_swept(service, simulator, person):
    simulator.push(person.name, "something_new")
    simulator.drain()
    work(service)
    with time_machine.travel(clock.now() + timedelta(days=31)), unit():
        assert notices.sweep_inbox() == 2
    assert pushes() == []
