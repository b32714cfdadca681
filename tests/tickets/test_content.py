"""Content checks: pending, judged by the machine, timed out, judged by a person; and who sees what meanwhile."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import clock
from server.core.errors import Forbidden
from server.domain import tickets
from server.domain.identity import ANONYMOUS, SCHEDULER
from server.domain.tickets import AlreadyJudged, CheckNotFound, ContentCheck, ContentState, Filters
from server.gateways.queue import Job
from tests.factories import contracts, identity
from tests.factories.tickets import responded, ticket, upload, uploads
from tests.tickets.conftest import Desk


def check_of(subject_id: uuid.UUID, session: Any) -> ContentCheck:
    session.flush()
    found: ContentCheck = session.scalars(sa.select(ContentCheck).where(ContentCheck.subject_id == subject_id)).one()
    return found


def test_the_question_is_queued_and_spells_what_wechat_wants(desk: Desk, session: Any) -> None:
    made = ticket(desk.wang, title="公告", contract=desk.contract, upload_ids=uploads(1, desk.wang))
    text = check_of(made.id, session)
    jobs = session.execute(sa.select(Job.kind, Job.args).where(Job.kind.like("content.%")).order_by(Job.id)).all()
    assert [kind for kind, _ in jobs] == ["content.check_media", "content.check_text"]
    assert jobs[1].args == {"check_id": str(text.id)}
    question = tickets.question(text.id)
    assert question is not None
    assert (question.scene, question.title, question.text) == (2, "公告", made.text)
    assert question.citizen_id == desk.wang.id
    (picture,) = tickets.attachments_of([made.id])
    asked = tickets.question(check_of(picture.id, session).id)
    assert asked is not None
    assert asked.attachment_id == picture.id
    assert check_of(picture.id, session).ticket_id == made.id


@pytest.mark.parametrize(
    ("suggest", "state"),
    [
        ("pass", ContentState.PASS),
        ("review", ContentState.REVIEW),
        ("risky", ContentState.RISKY),
        ("something new", ContentState.REVIEW),
        ("timeout", ContentState.REVIEW),
    ],
)
def test_the_machines_word(desk: Desk, session: Any, suggest: str, state: ContentState) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    check = check_of(made.id, session)
    assert tickets.apply_text_verdict(SCHEDULER, check.id, suggest=suggest, label=100, trace_id="t-1")
    assert made.content_state is state
    assert not tickets.apply_text_verdict(SCHEDULER, check.id, suggest="pass")
    assert made.content_state is state
    assert tickets.question(check.id) is None


def test_a_push_finds_its_picture(desk: Desk, session: Any) -> None:
    picture = upload(desk.wang)
    check = check_of(picture.id, session)
    assert not tickets.apply_media_verdict(SCHEDULER, trace_id="t-9", suggest="pass")
    assert not tickets.knows_trace("t-9")
    tickets.note_trace(check.id, "t-9")
    assert tickets.question(check.id) is None
    session.flush()
    assert tickets.knows_trace("t-9")
    assert tickets.apply_media_verdict(SCHEDULER, trace_id="t-9", suggest="pass", label=100)
    assert picture.state is ContentState.PASS
    assert not tickets.apply_media_verdict(SCHEDULER, trace_id="t-9", suggest="risky")


def test_a_push_without_a_result_means_review(desk: Desk, session: Any) -> None:
    picture = upload(desk.wang)
    tickets.note_trace(check_of(picture.id, session).id, "t-2")
    session.flush()
    assert tickets.apply_media_verdict(SCHEDULER, trace_id="t-2", suggest=None)
    assert picture.state is ContentState.REVIEW


def test_no_answer_in_time_waits_for_a_person(desk: Desk, session: Any) -> None:
    made = ticket(desk.wang, contract=desk.contract)
    session.flush()
    assert tickets.time_out_checks(SCHEDULER) == 0
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        assert tickets.time_out_checks(SCHEDULER) == 1
    assert made.content_state is ContentState.TIMEOUT
    (waiting,) = session.scalars(tickets.reviews_waiting(desk.lin))
    assert tickets.apply_text_verdict(SCHEDULER, waiting.id, suggest="pass")
    assert made.content_state is ContentState.PASS


def test_a_persons_word_is_the_last(desk: Desk, session: Any) -> None:
    made = ticket(ANONYMOUS, contract=desk.contract)
    check = check_of(made.id, session)
    assert check.state is ContentState.REVIEW
    assert tickets.question(check.id) is None
    with pytest.raises(Forbidden):
        tickets.review(desk.zheng, check.id, passed=True)
    stranger = identity.actor("zheng2", roles=desk.zheng.roles, contract_id=contracts.contract_b().id)
    with pytest.raises(CheckNotFound):
        tickets.review(stranger, check.id, passed=True)
    tickets.review(desk.lin, check.id, passed=False, reason="含辱骂")
    assert (made.content_state, check.reviewer_name) == (ContentState.RISKY, "林岚")
    with pytest.raises(AlreadyJudged):
        tickets.review(desk.lin, check.id, passed=True)
    with pytest.raises(CheckNotFound):
        tickets.review(desk.lin, uuid.uuid4(), passed=True)


def test_staff_and_author_see_it_at_all_times(desk: Desk, session: Any) -> None:
    made = responded(desk.zheng, desk.wang, contract=desk.contract, upload_ids=uploads(1, desk.wang))
    tickets.apply_text_verdict(SCHEDULER, check_of(made.id, session).id, suggest="risky")
    (picture,) = tickets.attachments_of([made.id])
    tickets.note_trace(check_of(picture.id, session).id, "t-3")
    session.flush()
    tickets.apply_media_verdict(SCHEDULER, trace_id="t-3", suggest="risky")
    for reader in (desk.lin, desk.zheng, desk.wang):
        entry = tickets.timeline(reader, made)[0]
        assert entry.text
        assert not entry.withheld
        assert tickets.find_attachment(reader, picture.id) is picture
    assert tickets.checks_of(made.id)[made.id].state is ContentState.RISKY
    assert session.scalars(tickets.matching(desk.lin, Filters(content=ContentState.RISKY))).all() == [made]


def test_staffs_own_words_need_no_check(desk: Desk, session: Any) -> None:
    made = ticket(desk.lin, contract=desk.contract, upload_ids=uploads(1, desk.lin))
    session.flush()
    assert made.content_state is ContentState.PASS
    assert session.scalar(sa.select(sa.func.count()).select_from(ContentCheck)) == 0
