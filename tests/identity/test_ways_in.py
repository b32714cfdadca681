"""Lock-out, second factor, sessions, first run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.core.errors import NotFound
from server.domain import identity
from server.domain.identity import AuditEntry, Duty, OfficerPolicy, OfficerState, Role, SessionEnd
from server.domain.identity.models.officers import OfficerSession, SetupCode
from server.domain.identity.policy import policy
from server.domain.identity.setup import BadSetupCode, SetupClosed
from tests.factories import identity as people

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HERE, THERE = "192.0.2.1", "198.51.100.2"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def fail(login="lin", times=1, address=HERE):
    for _ in range(times):
        with pytest.raises(identity.BadCredentials):
            identity.sign_in(login, "wrong", address=address)


def test_each_lock_out_is_longer_than_the_one_before(session, time_machine):
    people.officer("lin")
    at = NOON
    for minutes in (15, 30, 60, 120, 240, 240):
        fail(times=5)
        with pytest.raises(identity.TooManyFailures) as locked:
            identity.sign_in("lin", people.PASSWORD, address=HERE)
        assert locked.value.retry_after == minutes * 60
        at += timedelta(minutes=minutes)
        time_machine.move_to(at, tick=False)
    assert identity.sign_in("lin", people.PASSWORD, address=HERE).needs_second_factor


def test_a_lock_out_is_of_this_account_from_this_address(session):
    people.officer("lin")
    people.officer("zhou")
    fail(times=5)
    assert identity.sign_in("lin", people.PASSWORD, address=THERE)
    assert identity.sign_in("zhou", people.PASSWORD, address=HERE)


def test_success_forgives_what_went_before(session):
    people.officer("lin")
    fail(times=4)
    identity.sign_in("LIN ", people.PASSWORD, address=HERE)
    fail(times=4)
    assert identity.sign_in("lin", people.PASSWORD, address=HERE)


def test_four_failures_are_forgotten_after_a_quarter_of_an_hour(session, time_machine):
    people.officer("lin")
    fail(times=4)
    time_machine.move_to(NOON + timedelta(minutes=15), tick=False)
    fail(times=4)
    assert identity.sign_in("lin", people.PASSWORD, address=HERE)


def test_fifty_failures_in_an_hour_shut_an_address(session, monkeypatch):
    monkeypatch.setattr("server.domain.identity.passwords.verify_password", lambda *_: False)
    people.officer("lin")
    for number in range(50):
        fail(f"guess{number}")
    with pytest.raises(identity.TooManyFailures):
        identity.sign_in("lin", people.PASSWORD, address=HERE)


@pytest.mark.parametrize("state", [OfficerState.DEACTIVATED])
def test_a_shut_account_gets_the_answer_of_a_wrong_password(session, state):
    people.officer("lin", state=state)
    with pytest.raises(identity.BadCredentials) as refused:
        identity.sign_in("lin", people.PASSWORD, address=HERE)
    assert refused.value.text == "账号或口令不正确。"
    assert session.scalars(sa.select(AuditEntry.summary)).one() == "登录失败：账号已停用"


def test_enrolment_needs_the_first_code_and_gives_recovery_codes(session):
    sun = people.officer("sun", totp_sealed=None, totp_confirmed_at=None)
    actor = people.actor("sun")
    offer = identity.enrol_totp(actor)
    assert offer.secret not in sun.totp_offer_sealed
    assert "issuer=%E5%B8%82%E7%9B%91%E8%BF%90%E7%BB%B4" in offer.uri
    assert identity.pending_offer(actor) == offer
    with pytest.raises(identity.BadCode):
        identity.confirm_enrolment(actor, "000000")
    codes = identity.confirm_enrolment(actor, people.totp_code(offer.secret))
    assert len(set(codes)) == 10
    assert identity.recovery_codes_left(actor) == 10
    step = identity.sign_in("sun", people.PASSWORD, address=HERE)
    with pytest.raises(identity.BadCode):  # the code that confirmed is used up
        identity.confirm_totp(step.secret, people.totp_code(offer.secret), address=HERE)
    assert identity.use_recovery_code(step.secret, codes[3].replace("-", " ").upper(), address=HERE)


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_the_phones_clock_may_be_half_a_minute_off(session, time_machine, seconds, good):
    people.officer("lin")
    step = identity.sign_in("lin", people.PASSWORD, address=HERE)
    time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)
    code = people.totp_code()
    time_machine.move_to(NOON, tick=False)
    if good:
        assert identity.confirm_totp(step.secret, f"{code[:3]} {code[3:]}", address=HERE)
    else:
        with pytest.raises(identity.BadCode):
            identity.confirm_totp(step.secret, code, address=HERE)


def test_the_second_factor_is_locked_after_five_guesses(session):
    people.officer("lin")
    step = identity.sign_in("lin", people.PASSWORD, address=HERE)
    for _ in range(5):
        with pytest.raises(identity.BadCode):
            identity.confirm_totp(step.secret, "000000", address=HERE)
    with pytest.raises(identity.TooManyFailures):
        identity.confirm_totp(step.secret, people.totp_code(), address=HERE)
    again = identity.sign_in("lin", people.PASSWORD, address=HERE)  # signing in anew does not open it
    with pytest.raises(identity.TooManyFailures):
        identity.confirm_totp(again.secret, people.totp_code(), address=HERE)


def test_a_sign_in_waits_five_minutes_for_its_second_factor(session, time_machine):
    people.officer("lin")
    step = identity.sign_in("lin", people.PASSWORD, address=HERE)
    assert identity.officer_by_session(step.secret) is None
    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    with pytest.raises(identity.SignInExpired):
        identity.confirm_totp(step.secret, people.totp_code(), address=HERE)


def test_a_half_finished_sign_in_is_used_up(session, time_machine):
    people.officer("lin")
    step = identity.sign_in("lin", people.PASSWORD, address=HERE)
    identity.confirm_totp(step.secret, people.totp_code(), address=HERE)
    time_machine.move_to(NOON + timedelta(seconds=90), tick=False)
    with pytest.raises(identity.SignInExpired):
        identity.confirm_totp(step.secret, people.totp_code(), address=HERE)


def test_who_has_no_second_factor_must_set_it_up_unless_the_house_says_no(session, app):
    people.officer("sun", totp_sealed=None, totp_confirmed_at=None)
    step = identity.sign_in("sun", people.PASSWORD, address=HERE)
    assert identity.officer_by_session(step.secret).duty is Duty.ENROL_TOTP
    before = policy()
    try:
        identity.govern(OfficerPolicy(two_factor_required=False))
        assert identity.officer_by_session(step.secret).duty is None
    finally:
        identity.govern(before)


def test_a_session_is_found_by_one_statement(session, queries):
    secret = people.open_session(people.officer("zheng", roles=[Role.VENDOR_MAINTAINER, Role.VENDOR_MANAGER]))
    session.commit()
    session.expire_all()
    with queries() as seen:
        presence = identity.officer_by_session(secret, "203.0.113.5")
    assert len(seen) == 1
    assert presence.actor.roles_label == "运维人员、运维经理"
    assert (presence.actor.is_vendor, presence.actor.address, presence.actor.stepped_up) == (True, "203.0.113.5", True)


def test_step_up_lasts_five_minutes(session, time_machine):
    secret = people.open_session(people.officer("lin"))
    time_machine.move_to(NOON + timedelta(minutes=5), tick=False)
    assert identity.officer_by_session(secret).actor.stepped_up is False


def test_sessions_are_listed_and_ended_by_their_owner_or_an_administrator(session):
    lin = people.officer("lin")
    first, second = people.open_session(lin), people.open_session(lin)
    actor = identity.officer_by_session(first).actor
    listed = identity.sessions_of(actor)
    assert len(listed) == 2
    with pytest.raises(NotFound):
        identity.end_session(people.actor("zhou"), listed[0].id)
    identity.end_session(actor, identity.officer_by_session(second).actor.session_id)
    assert identity.officer_by_session(second) is None
    identity.end_session(people.actor("chen"), actor.session_id)
    assert identity.officer_by_session(first) is None
    why = session.scalars(sa.select(OfficerSession.ended_why).distinct()).all()
    assert why == [SessionEnd.ENDED]


def test_old_sessions_and_locks_are_forgotten(session, time_machine):
    people.open_session(people.officer("lin"))
    fail(times=1)
    time_machine.move_to(NOON + timedelta(days=181), tick=False)
    assert identity.tidy_sessions() == 1
    assert identity.clear_old_throttles() == 2


def test_the_first_officer_comes_by_a_code_of_the_server(session):
    assert identity.setup_needed()
    code = identity.issue_setup_code()
    step = identity.finish_setup(
        code, bureau_name="临江局", login="first", name="首位", password="Shan-gao 9 yue", address=HERE
    )
    actor = identity.officer_by_session(step.secret).actor
    assert set(actor.roles) == {Role.BUREAU_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR}
    assert actor.organisation_name == "临江局"
    assert not identity.setup_needed()
    with pytest.raises(SetupClosed):
        identity.issue_setup_code()
    with pytest.raises(SetupClosed):
        identity.check_setup_code(code, address=HERE)


def test_a_setup_code_is_kept_as_a_digest_and_lasts_half_an_hour(session, time_machine):
    code = identity.issue_setup_code()
    assert code.replace("-", "") not in session.scalars(sa.select(SetupCode.code_hash)).one()
    time_machine.move_to(NOON + timedelta(minutes=29), tick=False)
    identity.check_setup_code(code.upper(), address=HERE)
    time_machine.move_to(NOON + timedelta(minutes=30), tick=False)
    with pytest.raises(BadSetupCode):
        identity.check_setup_code(code, address=HERE)


def test_a_newer_setup_code_voids_the_older_and_guessing_is_locked(session):
    older = identity.issue_setup_code()
    newer = identity.issue_setup_code()
    for _ in range(5):
        with pytest.raises(BadSetupCode):
            identity.check_setup_code(older, address=HERE)
    with pytest.raises(identity.TooManyFailures):
        identity.check_setup_code(newer, address=HERE)
    identity.check_setup_code(newer, address=THERE)


def test_setup_refuses_a_weak_password(session):
    code = identity.issue_setup_code()
    with pytest.raises(identity.BadPassword):
        identity.finish_setup(code, bureau_name="局", login="first", name="首位", password="admin123", address=HERE)
