"""The second factor: TOTP (RFC 6238), and recovery codes for the day the phone is gone."""

from __future__ import annotations

import base64
import hmac
import os
import uuid
from dataclasses import dataclass
from typing import Protocol

import pyotp
import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from server.domain.identity import sessions, signing_in, throttle
from server.domain.identity.actor import Actor
from server.domain.identity.audit import record
from server.domain.identity.models.officers import Officer, Organisation, RecoveryCode, SessionEnd
from server.domain.identity.signing_in import SignInStep

PERIOD = 30
DRIFT = 1  # steps that a phone's clock may be off
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
ISSUER = "市监运维"


class SignInExpired(Unauthenticated):
    """The password was right too long ago, or the second factor failed too often."""

    code = "sign_in_expired"
    message = "登录已超时，请重新输入账号和口令。"


class BadCode(Invalid):
    """Not the code of this moment, or one that was used already."""

    code = "bad_code"
    message = "验证码不正确或已使用。"
    keeps = True


class NoOffer(Conflict):
    """Nothing to confirm: enrolment was not begun, or is done."""

    code = "no_totp_offer"
    message = "请先开始设置两步验证。"


@dataclass(frozen=True, slots=True)
class Offer:
    """What an authenticator app needs: the secret to type, and the address that the QR code holds."""

    secret: str
    uri: str


def confirm_totp(secret: str, code: str, *, address: str, agent: str = "") -> SignInStep:
    """The second step of a sign-in. BadCode, SignInExpired, or TooManyFailures."""
    return _second_step(secret, code, address, agent, check=_use_totp, how="口令和动态验证码")


def use_recovery_code(secret: str, code: str, *, address: str, agent: str = "") -> SignInStep:
    """The second step with a recovery code, which is used up by it."""
    return _second_step(secret, code, address, agent, check=_use_recovery, how="口令和恢复码")


def enrol_totp(actor: Actor) -> Offer:
    """Begin to set up (or to replace) the second factor. What was set up before holds until the new one is confirmed."""
    officer = _own(actor)
    secret = pyotp.random_base32()
    officer.totp_offer_sealed = crypto.ring().seal(secret, place_of(officer.id, "offer"))
    record(actor, "officer.totp_offered", subject=("officer", officer.id), summary="开始设置两步验证")
    return _offer(officer, secret)


def pending_offer(actor: Actor) -> Offer | None:
    """The offer that waits to be confirmed, if any."""
    officer = _own(actor)
    if officer.totp_offer_sealed is None:
        return None
    return _offer(officer, crypto.ring().unseal(officer.totp_offer_sealed, place_of(officer.id, "offer")))


def confirm_enrolment(actor: Actor, code: str) -> list[str]:
    """Confirm the offer with its first code: the new recovery codes, shown this once."""
    officer = _own(actor)
    offer = pending_offer(actor)
    if offer is None:
        raise NoOffer
    way = throttle.account_way(f"enrol:{officer.id}", actor.address)
    throttle.refuse_if_locked(way)
    step = _step_of(offer.secret, code)
    if step is None:
        throttle.count_failure(way)
        raise BadCode(fields={"code": [BadCode.message]})
    officer.totp_sealed = crypto.ring().seal(offer.secret, place_of(officer.id, "secret"))
    officer.totp_offer_sealed = None
    officer.totp_confirmed_at = clock.now()
    officer.totp_last_step = step
    record(actor, "officer.totp_enrolled", subject=("officer", officer.id), summary="启用两步验证")
    return _new_recovery_codes(officer)


def renew_recovery_codes(actor: Actor) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones are void."""
    officer = _own(actor)
    if not officer.has_totp:
        raise NoOffer
    record(actor, "officer.recovery_codes_renewed", subject=("officer", officer.id), summary="重新生成恢复码")
    return _new_recovery_codes(officer)


def recovery_codes_left(actor: Actor) -> int:
    """How many recovery codes the actor has not used yet."""
    left = sa.select(sa.func.count()).where(RecoveryCode.officer_id == actor.id, RecoveryCode.used_at.is_(None))
    return session().scalars(left).one()


def forget_second_factor(officer: Officer) -> None:
    """Take the second factor away, so that the officer must set it up anew."""
    officer.totp_sealed = officer.totp_offer_sealed = officer.totp_confirmed_at = None
    session().execute(sa.delete(RecoveryCode).where(RecoveryCode.officer_id == officer.id))


class _Check(Protocol):
    def __call__(self, officer: Officer, code: str, /) -> bool: ...


def _second_step(secret: str, code: str, address: str, agent: str, *, check: _Check, how: str) -> SignInStep:
    waiting = sessions.awaiting_second_factor(secret)
    if waiting is None:
        raise SignInExpired
    half, officer, organisation = waiting
    way = throttle.account_way(f"second:{officer.id}", address)
    throttle.claim(way)
    if not check(officer, code):
        throttle.count_failure(way)
        _record_refusal(officer, organisation, address)
        raise BadCode(fields={"code": [BadCode.message]})
    throttle.forgive(way)
    sessions.end_one(half.id, SessionEnd.REPLACED)
    return signing_in.complete(officer, organisation, address=address, agent=agent, how=how)


def _record_refusal(officer: Officer, organisation: Organisation, address: str) -> None:
    actor = sessions.actor_of(officer, organisation, [], address=address)
    record(
        actor, "session.refused", subject=("officer", officer.id), summary="登录失败：两步验证未通过", result="refused"
    )


def _use_totp(officer: Officer, code: str) -> bool:
    """Whether it is a code of now that was not used before; from now on it was, also for one who tries at the same time."""
    if officer.totp_sealed is None:
        return False
    step = _step_of(crypto.ring().unseal(officer.totp_sealed, place_of(officer.id, "secret")), code)
    if step is None:
        return False
    fresh = sa.update(Officer).where(Officer.id == officer.id, Officer.totp_last_step < step)
    return hit(fresh.values(totp_last_step=step)) == 1


def _use_recovery(officer: Officer, code: str) -> bool:
    unused = sa.update(RecoveryCode).where(
        RecoveryCode.officer_id == officer.id,
        RecoveryCode.code_hash == _recovery_hash(code),
        RecoveryCode.used_at.is_(None),
    )
    return hit(unused.values(used_at=clock.now())) == 1


def _step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is, within the allowed drift."""
    typed = "".join(letter for letter in code if letter.isascii() and letter.isdigit())
    now = int(clock.now().timestamp()) // PERIOD
    totp = pyotp.TOTP(secret)
    steps = range(now - DRIFT, now + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)), None)


def _new_recovery_codes(officer: Officer) -> list[str]:
    session().execute(sa.delete(RecoveryCode).where(RecoveryCode.officer_id == officer.id))
    codes = [base64.b32encode(os.urandom(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
    session().add_all(RecoveryCode(officer_id=officer.id, code_hash=_recovery_hash(code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _recovery_hash(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return crypto.ring().blind_index(plain, "recovery_code")


def _offer(officer: Officer, secret: str) -> Offer:
    return Offer(secret, pyotp.TOTP(secret).provisioning_uri(name=officer.login, issuer_name=ISSUER))


def _own(actor: Actor) -> Officer:
    officer = session().get(Officer, actor.id)
    if officer is None:
        raise NotFound
    return officer


def place_of(officer_id: uuid.UUID, what: str) -> str:
    return f"officers:totp_{what}:{officer_id}"
