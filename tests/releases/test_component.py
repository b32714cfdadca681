"""The component driver: steps are asked for, WeChat's answer moves the state, a failure leaves it and can be tried again."""

from __future__ import annotations

import uuid

import pytest

from server.core.errors import Forbidden
from server.domain import releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.releases import CALL, Driver, EventKind, NotYet, State, Step
from server.domain.releases.log import state_of
from server.gateways.queue import Job
from tests.factories import identity as people
from tests.factories.releases import approver, pipeline, step


@pytest.fixture
def made(session):
    releases.set_policy(SCHEDULER, driver=Driver.COMPONENT)
    return pipeline()


def asked(session, release) -> uuid.UUID:
    """The call that waits, which has its job."""
    assert release.call_id is not None
    job = session.query(Job).filter_by(dedupe_key=f"release-call:{release.call_id}").one()
    assert (job.kind, job.args) == (CALL, {"call": str(release.call_id)})
    call = releases.call_of(release.call_id)
    assert call.open
    return call.id


def test_a_step_is_done_when_wechat_has_done_it(made, session):
    release = made.push().release
    assert release.driver is Driver.COMPONENT
    step(made, release, Step.UPLOAD)
    assert release.state is State.REGISTERED
    call = asked(session, release)
    releases.note_outcome(SCHEDULER, call, template_id=7)
    assert (release.state, release.call_id) == (State.UPLOADED, None)
    assert releases.current(Environment.TRIAL) is release
    event = releases.events_of(release)[-1]
    assert (event.kind, event.data["template_id"], event.data["call"]) == (EventKind.DONE, 7, str(call))
    assert not releases.call_of(call).open


def test_while_it_waits_nothing_else_is_asked(made, session):
    release = made.push().release
    step(made, release, Step.UPLOAD)
    with pytest.raises(NotYet) as refused:
        step(made, release, Step.UPLOAD)
    assert "等待微信" in refused.value.text
    assert not any(offer.allowed for offer in releases.offers(made.actor, release) if offer.step is Step.UPLOAD)
    other = made.push("1.4.3").release
    with pytest.raises(NotYet):
        step(made, other, Step.UPLOAD)


def test_a_failed_call_shows_and_is_tried_again(made, session):
    release = made.push().release
    step(made, release, Step.UPLOAD)
    releases.note_outcome(SCHEDULER, asked(session, release), error="模板不存在。", code=85064)
    event = releases.events_of(release)[-1]
    assert (event.kind, event.text, event.data["code"]) == (EventKind.FAILED, "模板不存在。", 85064)
    assert (release.state, release.call_id) == (State.REGISTERED, None)
    assert session.query(AuditEntry).filter_by(action="release.failed").one().result.value == "failed"
    step(made, release, Step.UPLOAD)
    releases.note_outcome(SCHEDULER, asked(session, release))
    assert release.state is State.UPLOADED
    assert state_of(releases.events_of(release)) is State.UPLOADED


def test_an_outcome_counts_once(made, session):
    release = made.push().release
    step(made, release, Step.UPLOAD)
    call = asked(session, release)
    releases.note_outcome(SCHEDULER, call)
    releases.note_outcome(SCHEDULER, call)
    releases.note_outcome(SCHEDULER, call, error="超时")
    assert [event.kind for event in releases.events_of(release)] == [EventKind.DONE, EventKind.ASKED, EventKind.DONE]


def test_verdicts_come_from_wechat_alone(made, session):
    release = made.push().release
    for which in (Step.UPLOAD, Step.SUBMIT_AUDIT):
        step(made, release, which)
        releases.note_outcome(SCHEDULER, asked(session, release), audit_id="409")
    assert (release.state, release.audit_id, releases.current_audit()) == (State.IN_AUDIT, "409", release)
    with pytest.raises(Forbidden):
        step(made, release, Step.PASS_AUDIT)
    releases.take(SCHEDULER, release.id, Step.PASS_AUDIT, seen=release.seq)
    with pytest.raises(Forbidden):
        releases.take(SCHEDULER, release.id, Step.APPROVE, seen=release.seq, scope="in_contract")
    step(made, release, Step.APPROVE)
    step(made, release, Step.FULL)
    assert release.state is State.APPROVED
    releases.note_outcome(SCHEDULER, asked(session, release))
    assert releases.current(Environment.RELEASE) is release


def test_a_roll_back_names_its_target_to_the_caller(made, session):
    for version in ("1.4.1", "1.4.2"):
        release = made.push(version).release
        for which in (Step.UPLOAD, Step.SUBMIT_AUDIT):
            step(made, release, which)
            releases.note_outcome(SCHEDULER, asked(session, release))
        releases.take(SCHEDULER, release.id, Step.PASS_AUDIT, seen=release.seq)
        step(made, release, Step.APPROVE)
        step(made, release, Step.FULL)
        releases.note_outcome(SCHEDULER, asked(session, release))
    step(made, release, Step.ROLL_BACK, by=approver())
    assert releases.call_of(asked(session, release)).data["target_version"] == "1.4.1"
    releases.note_outcome(SCHEDULER, release.call_id)
    assert release.state is State.ROLLED_BACK
    assert releases.current(Environment.RELEASE).version == "1.4.1"


def test_an_outcome_is_not_anybodys_to_tell(made, session):
    release = made.push().release
    step(made, release, Step.UPLOAD)
    with pytest.raises(Forbidden):
        releases.note_outcome(people.actor("lin"), release.call_id)
    with pytest.raises(releases.CallNotFound):
        releases.note_outcome(SCHEDULER, uuid.uuid4())
