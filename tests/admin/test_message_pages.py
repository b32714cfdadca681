"""The pages of the outbox: what went out, why something did not, trying again, and the templates."""

from __future__ import annotations

import pytest

from server.domain import notices
from server.domain.identity import SCHEDULER
from server.domain.notices import MessageState
from server.gateways.wechat.errors import error_for
from tests.factories import citizens
from tests.factories import identity as people
from tests.support import outbox

URL = "/admin/messages/"


@pytest.fixture
def root(client):
    """The system administrator's browser."""
    return people.signed_in(client, people.officer("chen"))


@pytest.fixture
def dead(session):
    """A message that died of a wrong template."""
    outbox.set_template()
    wang = citizens.actor("wang")
    notices.grant(wang, results={outbox.TEMPLATE: notices.Answer.ACCEPT})
    message = notices.tell(wang.id, "ticket_answered", outbox.SAYS, page="pages/tickets/show?id=1", dedupe_key="k")
    parcel = notices.take(message.id)
    notices.settle_failed(message.id, parcel.attempt, error_for(40037, "invalid template rid: 65-aa", "send"))
    return message


def test_a_dead_message_says_why_and_can_be_sent_again(root, dead):
    listed = root.get(URL, query_string={"state": "dead"}).text
    assert "订阅消息模板编号不存在" in listed
    shown = root.get(f"{URL}{dead.id}").text
    for words in ("FW-2026-0042", "错误码 40037", "65-aa", "已进入发件箱", "重试"):
        assert words in shown
    assert root.post(f"{URL}{dead.id}/retry").status_code == 303
    assert notices.find_message(SCHEDULER, dead.id).state is MessageState.QUEUED
    assert "人工重试" in root.get(f"{URL}{dead.id}").text


def test_many_are_tried_again_each_by_itself(root, dead):
    answer = root.post(f"{URL}retry", data={"ids": [str(dead.id), "nonsense"]})
    assert answer.status_code == 303
    assert "1 条消息已重新排队，1 条不能重试" in root.get(URL).text


def test_who_the_message_is_for_is_not_on_the_page(root, dead):
    text = root.get(f"{URL}{dead.id}").text
    assert citizens.openid_for("wang") not in text
    assert str(dead.citizen_id) not in text


def test_a_handler_reads_and_does_not_retry(client, dead):
    zhou = people.signed_in(client, people.officer("zhou"))
    assert "重试</button>" not in zhou.get(f"{URL}{dead.id}").text
    assert zhou.post(f"{URL}{dead.id}/retry").status_code == 403


def test_a_vendor_sees_no_messages(client, dead):
    zheng = people.signed_in(client, people.officer("zheng"))
    assert zheng.get(URL).status_code == 403


def test_a_template_is_set_in_the_bureaus_words(root, session):
    assert "未设置" in root.get(f"{URL}templates").text
    typed = {
        "template_id": outbox.TEMPLATE,
        "fields_text": "character_string1 = 问题编号\nthing2 = 问题摘要\nphrase3=state",
        "enabled": "true",
    }
    assert root.post(f"{URL}templates/ticket_answered", data=typed).status_code == 303
    assert notices.template_of("ticket_answered").fields == {
        "character_string1": "number",
        "thing2": "title",
        "phrase3": "state",
    }
    again = root.get(f"{URL}templates/ticket_answered").text
    assert "thing2 = 问题摘要" in again


@pytest.mark.parametrize("lines", ["thing1", "image9 = 问题摘要", "thing1 = 身份证号"])
def test_a_template_that_cannot_work_is_refused(root, lines):
    typed = {"template_id": outbox.TEMPLATE, "fields_text": lines, "enabled": "true"}
    assert root.post(f"{URL}templates/ticket_answered", data=typed).status_code == 422


def test_a_kind_that_we_do_not_have_is_not_there(root):
    assert root.get(f"{URL}templates/lottery").status_code == 404
