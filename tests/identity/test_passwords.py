"""What a password must be, how it is kept, and how it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from server.domain import identity
from server.domain.identity import OfficerPolicy, passwords
from server.domain.identity.models.officers import PasswordHistory
from server.domain.identity.policy import ASVS, DJBH, policy
from tests.factories import identity as people

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
COMMON = "这个口令太常见，容易被猜到。"


@pytest.fixture
def asvs(app):
    before = policy()
    identity.govern(OfficerPolicy(passwords=ASVS))
    yield
    identity.govern(before)


@pytest.mark.parametrize(
    "password",
    ["Xk9-mmQ2", "correct Horse 7", "中文口令也可以A1", "山高水长 Shan-shui", people.PASSWORD, "Aa1-" + "很" * 124],
)
def test_good_passwords(password):
    assert passwords.faults_of(password, rules=DJBH) == []


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Ab1-xyz", "至少 8 个字符。"),
        ("A1-" + "很" * 126, "最多 128 个字符。"),
        ("kxwmqzpt4", "至少包含大写字母、小写字母、数字、符号中的 3 类。"),
        ("Admin@123456", COMMON),
        ("P@ssw0rd2026!", COMMON),
        ("Scjg@2026", COMMON),
        ("Zhong!Guo99", COMMON),
        ("1qaz@WSX", COMMON),
        ("12345678aB", COMMON),
        ("Qwertyuiop", COMMON),
        ("linlan-7Q-kk", "不能包含账号、姓名或单位名称。"),
    ],
)
def test_bad_passwords(password, fault):
    assert fault in passwords.faults_of(password, own_words=("linlan", "林岚"), rules=DJBH)


def test_the_other_profile_asks_for_length_not_for_classes():
    assert passwords.faults_of("kxwmqzptlr", rules=ASVS) == []
    assert passwords.faults_of("kxwmqzptl", rules=ASVS) == ["至少 10 个字符。"]
    assert COMMON in passwords.faults_of("password1234", rules=ASVS)


def test_one_time_passwords_satisfy_every_profile():
    for _ in range(50):
        made = passwords.new_temporary_password()
        assert passwords.faults_of(made, rules=DJBH) == passwords.faults_of(made, rules=ASVS) == []
        assert not set(made) & set("lIO01o")


def test_kept_as_argon2id_with_the_small_profile():
    assert people.password_hash().startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_unknown_account_costs_the_same_work(session, monkeypatch):
    checked = []

    class Watched(PasswordHasher):
        def verify(self, kept, given):
            checked.append(kept)
            return super().verify(kept, given)

    monkeypatch.setattr(passwords, "_hasher", Watched(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    assert passwords.verify_password(None, "whatever") is False
    assert checked[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify_password(None, "whatever") is False
    assert checked[0] == checked[1]


def test_an_old_hash_is_renewed_at_sign_in(session):
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(people.PASSWORD)
    lin = people.officer("lin", password_hash=weak)
    identity.sign_in("lin", people.PASSWORD, address="192.0.2.1")
    assert lin.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.verify_password(lin.password_hash, people.PASSWORD)


def test_the_last_five_do_not_come_back(session):
    lin = people.officer("lin")
    actor = people.actor("lin")
    current = people.PASSWORD
    former = [current]
    for number in range(5):
        new = f"Bei-jiang {number} feng"
        identity.change_password(actor, current=current, new_password=new)
        former.append(new)
        current = new
    for old in former[1:]:
        with pytest.raises(identity.BadPassword):
            passwords.check_new_password(lin, old)
    passwords.check_new_password(lin, former[0])
    assert session.scalar(sa.select(sa.func.count()).select_from(PasswordHistory)) == 5


def test_after_ninety_days_a_new_one_is_due(session, time_machine):
    time_machine.move_to(NOON, tick=False)
    lin = people.officer("lin")
    time_machine.move_to(NOON + timedelta(days=90) - timedelta(seconds=1), tick=False)
    assert not identity.password_due(lin)
    time_machine.move_to(NOON + timedelta(days=90), tick=False)
    assert identity.password_due(lin)


def test_never_in_the_other_profile(session, asvs, time_machine):
    time_machine.move_to(NOON, tick=False)
    lin = people.officer("lin")
    time_machine.move_to(NOON + timedelta(days=4000), tick=False)
    assert not identity.password_due(lin)


def test_a_change_ends_every_session_and_opens_a_new_one(session):
    lin = people.officer("lin")
    actor = people.actor("lin")
    people_elsewhere = identity.sign_in("lin", people.PASSWORD, address="192.0.2.7")
    old = people.open_session(lin)
    new = identity.change_password(actor, current=people.PASSWORD, new_password="Bei-jiang 7 feng")
    assert identity.officer_by_session(old) is None
    assert identity.officer_by_session(new).actor.id == lin.id
    with pytest.raises(identity.SignInExpired):
        identity.confirm_totp(people_elsewhere.secret, people.totp_code(), address="192.0.2.7")


def test_the_present_password_is_asked_for_and_guessing_it_is_locked(session):
    people.officer("lin")
    actor = people.actor("lin")
    for _ in range(5):
        with pytest.raises(identity.WrongPassword):
            identity.change_password(actor, current="guess", new_password="Bei-jiang 7 feng")
    with pytest.raises(identity.TooManyFailures):
        identity.step_up(actor, people.PASSWORD)


def test_a_one_time_password_left_unused_goes_stale(session, time_machine):
    time_machine.move_to(NOON, tick=False)
    chen = people.actor("chen")
    made = identity.appoint(
        chen,
        login="sun",
        name="孙悦",
        organisation_id=chen.organisation_id,
        roles=[(identity.Role.BUREAU_HANDLER, None)],
    )
    step = identity.sign_in("sun", made.password, address="192.0.2.1")
    assert identity.officer_by_session(step.secret).duty is identity.Duty.CHANGE_PASSWORD
    time_machine.move_to(NOON + timedelta(hours=72), tick=False)
    with pytest.raises(identity.BadCredentials):
        identity.sign_in("sun", made.password, address="192.0.2.1")
