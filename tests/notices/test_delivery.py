"""Messages go out later and once, whatever WeChat does; each outcome leaves the message where it belongs."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core import clock as house_clock
from server.domain import identity, notices
from server.domain.identity import SCHEDULER
from server.domain.notices import MessageEvent, MessageState
from server.domain.notices.delivery import PUSH_WAIT
from server.gateways.wechat import breaker
from tests.support import outbox
from tests.support.jobs import work

SEND = "/cgi-bin/message/subscribe/send"


def state_of(message):
    return notices.find_message(SCHEDULER, message.id).state


def grants(person) -> int:
    return notices.remaining(person.citizen.id, "ticket_answered")


def later(clock, sim, **delta):
    clock.shift(timedelta(**delta))
    sim.advance(timedelta(**delta).total_seconds())


def test_a_message_goes_out_once_with_what_the_template_takes(app, sim, person):
    person.subscribe(sim, 2)
    message = person.told(title="首页公告打不开，一直转圈，点了三次都这样，请尽快修复")
    assert person.told().id == message.id
    assert (message.state, grants(person)) == (MessageState.QUEUED, 1)
    assert work(app) == ["messages.send"]
    [sent] = sim.messages("林知夏")
    assert sent["data"] == {
        "character_string1": "FW-2026-0042",
        "thing2": "首页公告打不开，一直转圈，点了三次都这…",
        "phrase3": "已响应",
        "time4": "2026-11-20 09:00",
        "thing5": "正在核查",
    }
    assert sent["page"] == "pages/tickets/show?id=1"
    assert state_of(message) is MessageState.SENT
    assert [event.state for event in notices.message_history(SCHEDULER, message.id)] == ["queued", "sent"]


def test_without_a_grant_nobody_is_bothered_and_one_sees_it(app, sim, person):
    message = person.told()
    assert (message.state, message.error) == (MessageState.NO_GRANT, "市民没有剩余的订阅次数")
    assert work(app) == []


def test_a_kind_without_a_template_does_not_stop_the_desk(app, sim, person):
    message = notices.tell(person.citizen.id, "ticket_received", {}, dedupe_key="x")
    assert (message.state, work(app)) == (MessageState.NO_GRANT, [])


def test_a_refusal_takes_all_grants_and_is_not_repeated(app, sim, person):
    person.subscribe(sim, 3)
    sim.refuse("林知夏", outbox.TEMPLATE)
    message = person.told()
    work(app)
    assert (state_of(message), grants(person)) == (MessageState.REFUSED, 0)
    assert person.told("event-2").state is MessageState.NO_GRANT


def test_a_busy_wechat_is_asked_again_with_longer_pauses(app, sim, person, clock):
    person.subscribe(sim)
    sim.fault("busy", SEND, times=3)
    message = person.told()
    for seconds in (0, 30, 60, 120):
        later(clock, sim, seconds=seconds)
        assert work(app) == ["messages.send"]
    assert state_of(message) is MessageState.SENT
    assert len(sim.messages()) == 1


def test_a_used_up_quota_waits_for_midnight_in_shanghai(app, sim, person, clock):
    person.subscribe(sim)
    sim.fault({"kind": "errcode", "code": 45009}, SEND, times=1)
    message = person.told()
    work(app)
    due = notices.find_message(SCHEDULER, message.id).due_at
    midnight = house_clock.end_of(house_clock.today())
    assert midnight <= due < midnight + timedelta(minutes=10)
    later(clock, sim, hours=14)
    assert work(app) == []
    later(clock, sim, hours=1, minutes=10)
    assert work(app) == ["messages.send"]
    assert (state_of(message), len(sim.messages())) == (MessageState.SENT, 1)


def test_a_dead_token_costs_one_more_call(app, sim, person):
    person.subscribe(sim, 2)
    person.told()
    work(app)
    sim.post("tokens/revoke")
    person.told("event-2")
    work(app)
    assert len(sim.messages()) == 2


@pytest.mark.parametrize(
    ("errcode", "state", "given_back"),
    [
        (47003, MessageState.DEAD, 1),
        (40037, MessageState.DEAD, 1),
        (41030, MessageState.DEAD, 1),
        (40003, MessageState.DEAD, 1),
        (50002, MessageState.DEAD, 1),
        (43101, MessageState.REFUSED, 0),
    ],
)
def test_what_cannot_succeed_is_not_tried_again(app, sim, person, session, errcode, state, given_back):
    person.subscribe(sim)
    sim.fault({"kind": "errcode", "code": errcode}, SEND)
    message = person.told()
    assert work(app) == ["messages.send"]
    found = notices.find_message(SCHEDULER, message.id)
    assert (found.state, found.errcode, grants(person)) == (state, errcode, given_back)
    assert found.rid
    died = session.scalars(sa.select(identity.AuditEntry).where(identity.AuditEntry.action == "message.died")).all()
    assert len(died) == (state is MessageState.DEAD)


def test_a_dead_message_can_be_sent_again_when_its_cause_is_gone(app, sim, person):
    person.subscribe(sim)
    fault = sim.fault({"kind": "errcode", "code": 40037}, SEND)
    message = person.told()
    work(app)
    sim.ask("DELETE", f"faults/{fault}")
    notices.retry_message(SCHEDULER, message.id)
    assert work(app) == ["messages.send"]
    assert (state_of(message), grants(person)) == (MessageState.SENT, 0)
    with pytest.raises(notices.NotRetriable):
        notices.retry_message(SCHEDULER, message.id)


def test_a_retry_without_a_grant_is_refused(app, sim, person):
    message = person.told()
    with pytest.raises(notices.NoGrant):
        notices.retry_message(SCHEDULER, message.id)


@pytest.mark.parametrize("effect", ["bad_gateway", "html", "reset", "truncated_json", "cut_body"])
def test_an_unknown_outcome_waits_for_the_push_and_is_sent_again_without_one(app, sim, person, clock, effect):
    person.subscribe(sim)
    sim.fault(effect, SEND, times=1)
    message = person.told()
    assert work(app) == ["messages.send"]
    assert state_of(message) is MessageState.UNCERTAIN
    later(clock, sim, minutes=9)
    assert work(app) == []
    later(clock, sim, minutes=2)
    assert work(app) == ["messages.send"]
    assert state_of(message) in (MessageState.SENT, MessageState.REFUSED)
    assert len(sim.messages()) == 1


def test_an_unreachable_wechat_is_certainly_not_done_and_tried_soon(app, sim, person, clock):
    person.subscribe(sim)
    outbox.point_at(sim, base_url="http://127.0.0.1:9")
    message = person.told()
    work(app)
    assert state_of(message) is MessageState.QUEUED
    outbox.point_at(sim)
    later(clock, sim, seconds=30)
    work(app)
    assert (state_of(message), len(sim.messages())) == (MessageState.SENT, 1)


def test_a_long_outage_opens_the_breaker_and_everything_goes_out_once_after_it(app, sim, person, clock):
    person.subscribe(sim, 20)
    outbox.point_at(sim, base_url="http://127.0.0.1:9")
    told = [person.told(f"event-{number}") for number in range(20)]
    for _ in range(5):
        work(app)
        later(clock, sim, minutes=31)
    outbox.point_at(sim)
    later(clock, sim, seconds=breaker.PAUSE.total_seconds())
    for _ in range(3):
        work(app)
        later(clock, sim, minutes=31)
    assert {state_of(message) for message in told} == {MessageState.SENT}
    assert len(sim.messages()) == 20


def test_a_worker_killed_after_the_call_leaves_it_uncertain_and_the_push_settles_it(app, sim, person, clock):
    person.subscribe(sim)
    message = person.told()
    parcel = notices.take(message.id)
    later(clock, sim, seconds=5)
    wait = notices.take(message.id)
    assert (state_of(message), wait.until) == (
        MessageState.UNCERTAIN,
        house_clock.now() - timedelta(seconds=5) + PUSH_WAIT,
    )
    at = house_clock.now()
    settled = notices.sent_pushed(person.citizen.id, "ticket_answered", msgid="77", at=at, errcode=0, status="success")
    assert (settled.id, state_of(message), settled.confirmed_at) == (message.id, MessageState.SENT, at)
    later(clock, sim, minutes=11)
    assert notices.take(message.id) == notices.Wait(None)
    assert parcel.attempt == 1


def test_a_worker_that_comes_back_late_still_says_that_it_was_sent(app, sim, person):
    person.subscribe(sim)
    message = person.told()
    parcel = notices.take(message.id)
    notices.take(message.id)
    notices.settle_sent(message.id, parcel.attempt, "77")
    assert state_of(message) is MessageState.SENT


def test_a_late_word_changes_nothing_after_the_next_attempt(app, sim, person, clock):
    person.subscribe(sim)
    message = person.told()
    first = notices.take(message.id)
    notices.take(message.id)
    later(clock, sim, minutes=11)
    second = notices.take(message.id)
    assert (first.attempt, second.attempt) == (1, 2)
    notices.settle_sent(message.id, first.attempt, "77")
    assert state_of(message) is MessageState.SENDING
    notices.settle_sent(message.id, second.attempt, "78")
    assert state_of(message) is MessageState.SENT


def test_the_push_of_another_message_does_not_settle_this_one(app, sim, person):
    person.subscribe(sim, 2)
    known, lost = person.told("known"), person.told("lost")
    parcel = notices.take(known.id)
    notices.settle_sent(known.id, parcel.attempt, "100")
    notices.take(lost.id)
    notices.take(lost.id)
    at = house_clock.now()
    push = {"at": at, "errcode": 0, "status": "success"}
    assert notices.sent_pushed(person.citizen.id, "ticket_answered", msgid="100", **push).id == known.id
    assert state_of(lost) is MessageState.UNCERTAIN
    assert notices.sent_pushed(person.citizen.id, "ticket_answered", msgid="101", **push).id == lost.id


def test_a_push_of_failure_counts_as_refused(app, sim, person):
    person.subscribe(sim, 2)
    message = person.told()
    notices.take(message.id)
    at = house_clock.now()
    notices.sent_pushed(person.citizen.id, "ticket_answered", msgid="1", at=at, errcode=43101, status="user refused")
    assert (state_of(message), grants(person)) == (MessageState.REFUSED, 0)


def test_a_message_that_nobody_wants_any_more_dies(app, sim, person, clock):
    person.subscribe(sim)
    message = person.told()
    later(clock, sim, days=4)
    work(app)
    assert (state_of(message), grants(person)) == (MessageState.DEAD, 1)


def test_a_message_without_its_job_is_found_by_the_sweep(app, sim, person, session, clock):
    person.subscribe(sim)
    message = person.told()
    notices.take(message.id)
    assert notices.overdue() == []
    later(clock, sim, minutes=3)
    assert notices.overdue() == [message.id]


def test_a_citizen_who_is_gone_is_not_told(app, sim, person, session):
    person.subscribe(sim)
    message = person.told()
    assert notices.own_data(person.citizen.id)["messages"][0]["says"]["number"] == "FW-2026-0042"
    notices.forget_citizen(person.citizen.id)
    session.expire_all()
    assert (state_of(message), message.data, grants(person)) == (MessageState.DEAD, {}, 0)
    work(app)
    assert sim.messages() == []


def test_the_history_says_each_step_in_chinese(app, sim, person, session):
    person.subscribe(sim)
    sim.fault("busy", SEND, times=1)
    message = person.told()
    work(app)
    notes = [event.note for event in session.scalars(sa.select(MessageEvent).order_by(MessageEvent.id))]
    assert notes == ["已进入发件箱", "微信系统繁忙，请稍后再试。将于 11-20 09:00 重试"]
    assert state_of(message) is MessageState.QUEUED
