"""Grants: one accept, one message; the same accept told twice counts once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core import clock as house_clock
from server.core.errors import Forbidden, Invalid
from server.domain import notices
from server.domain.identity import SCHEDULER
from server.domain.notices import Answer, grants
from tests.support import outbox


def left(person) -> int:
    return notices.remaining(person.citizen.id, "ticket_answered")


def accept(person):
    return notices.grant(person.actor, results={outbox.TEMPLATE: Answer.ACCEPT})


def popup(person, answer="accept", **ago):
    at = house_clock.now() - timedelta(**ago)
    grants.popup_answered(person.citizen.id, outbox.TEMPLATE, answer, at)


def test_an_accept_counts_and_other_answers_do_not(person):
    assert accept(person) == {outbox.TEMPLATE: 1}
    for answer in (Answer.REJECT, Answer.BAN, Answer.FILTER):
        assert notices.grant(person.actor, results={outbox.TEMPLATE: answer}) == {outbox.TEMPLATE: 1}


def test_the_push_of_an_accept_that_the_client_told_counts_nothing(person):
    accept(person)
    popup(person, seconds=3)
    assert left(person) == 1
    popup(person, seconds=2)
    assert left(person) == 2


def test_the_client_may_come_after_the_push(person):
    popup(person)
    accept(person)
    assert left(person) == 1


def test_an_old_answer_is_another_one(person, clock):
    accept(person)
    clock.shift(timedelta(minutes=11))
    popup(person)
    assert left(person) == 2


def test_a_push_alone_counts_since_the_clients_word_may_be_lost(person):
    popup(person)
    popup(person, "reject")
    assert left(person) == 1


def test_turning_a_kind_off_takes_everything(person):
    accept(person)
    accept(person)
    grants.setting_changed(person.citizen.id, outbox.TEMPLATE, "accept")
    assert left(person) == 2
    grants.setting_changed(person.citizen.id, outbox.TEMPLATE, "reject")
    assert left(person) == 0


def test_the_last_grant_is_taken_once(person):
    accept(person)
    assert grants.claim(person.citizen.id, "ticket_answered")
    assert not grants.claim(person.citizen.id, "ticket_answered")


def test_grants_do_not_grow_without_end(person):
    for _ in range(grants.MOST + 5):
        grants.give_back(person.citizen.id, "ticket_answered")
    assert left(person) == grants.MOST


def test_an_unknown_template_and_a_stranger_are_refused(person):
    with pytest.raises(Invalid):
        notices.grant(person.actor, results={"nobody-knows-this": Answer.ACCEPT})
    with pytest.raises(Forbidden):
        notices.grant(SCHEDULER, results={outbox.TEMPLATE: Answer.ACCEPT})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"template_id": "短"}, "template_id"),
        ({"fields": {}}, "fields"),
        ({"fields": {"img1": "title"}}, "fields"),
        ({"fields": {"thing1": "openid"}}, "fields"),
    ],
)
def test_a_template_that_cannot_work_is_refused(session, change, field):
    given = {"template_id": outbox.TEMPLATE, "fields": outbox.FIELDS} | change
    with pytest.raises(Invalid) as caught:
        notices.set_template(SCHEDULER, "ticket_answered", **given)
    assert field in caught.value.fields


def test_two_kinds_cannot_share_a_template(session):
    notices.set_template(SCHEDULER, "ticket_answered", template_id=outbox.TEMPLATE, fields=outbox.FIELDS)
    with pytest.raises(Invalid):
        notices.set_template(SCHEDULER, "ticket_received", template_id=outbox.TEMPLATE, fields=outbox.FIELDS)
