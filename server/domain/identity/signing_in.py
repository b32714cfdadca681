"""Coming in with a password, proving it again before a dangerous act, and changing it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid, NotFound, Unauthenticated
from server.domain.identity import passwords, roles, sessions, throttle
from server.domain.identity.actor import Actor, ActorKind
from server.domain.identity.audit import record
from server.domain.identity.models.officers import Officer, Organisation, SessionEnd, SessionStage

TEMPORARY_FOR = timedelta(hours=72)


class BadCredentials(Unauthenticated):
    """Login or password is wrong, or the account is shut: the answer is the same."""

    code = "bad_credentials"
    message = "账号或口令不正确。"
    keeps = True


class WrongPassword(Invalid):
    """The present password, asked for again, is not the one given."""

    code = "wrong_password"
    message = "当前口令不正确。"
    keeps = True


@dataclass(frozen=True, slots=True)
class SignInStep:
    """How far it is: the new session's secret, and whether the second factor is still owed."""

    secret: str
    officer_id: uuid.UUID
    needs_second_factor: bool


def sign_in(login: str, password: str, *, address: str, agent: str = "") -> SignInStep:
    """The first step. BadCredentials, or TooManyFailures; both keep their trace when the unit is settled.

    Nothing is locked while the password is hashed; the throttle is asked before and taken after, so that tries at
    the same time count like tries one after another.
    """
    login = login.strip().lower()
    account, origin = throttle.account_way(login, address), throttle.address_way(address)
    throttle.refuse_if_locked(account, origin)
    found = _find(login)
    known = found is not None and _shut(*found) == "" and not _is_stale(found[0])
    right = passwords.verify_password(found[0].password_hash if found and known else None, password)
    throttle.claim(account, origin)
    if not right or found is None:
        throttle.count_failure(account, origin)
        _record_refusal(login, found, address)
        raise BadCredentials
    officer, organisation = found
    throttle.forgive(account)
    if passwords.is_outdated(officer.password_hash):
        officer.password_hash = passwords.hash_password(password)
    if officer.has_totp:
        stage = SessionStage.SECOND_FACTOR
        secret = sessions.start(officer, organisation, stage, address=address, agent=agent)
        return SignInStep(secret, officer.id, needs_second_factor=True)
    return complete(officer, organisation, address=address, agent=agent)


def complete(
    officer: Officer, organisation: Organisation, *, address: str, agent: str, how: str = "口令"
) -> SignInStep:
    """The last step: a session that opens the console."""
    secret = sessions.start(officer, organisation, SessionStage.COMPLETE, address=address, agent=agent)
    officer.signed_in_at = clock.now()
    actor = sessions.actor_of(officer, organisation, [], address=address)
    record(actor, "session.started", subject=("officer", officer.id), summary=f"登录成功（{how}）")
    return SignInStep(secret, officer.id, needs_second_factor=False)


def step_up(actor: Actor, password: str) -> str:
    """Prove the password again; the session's new secret. WrongPassword or TooManyFailures keep their trace."""
    _check_own_password(actor, password)
    record(actor, "session.stepped_up", subject=("officer", actor.id or ""), summary="再次验证身份")
    return sessions.renew_secret(actor.session_id, stepped_up=True)


def change_password(actor: Actor, *, current: str, new_password: str, agent: str = "") -> str:
    """Change one's own password. Every session ends; the secret of a new one is returned."""
    officer = _check_own_password(actor, current)
    passwords.check_new_password(officer, new_password)
    passwords.set_password(officer, new_password)
    sessions.end_all(officer.id, SessionEnd.PASSWORD_CHANGED)
    record(actor, "officer.password_changed", subject=("officer", officer.id), summary="修改本人口令")
    organisation = session().get_one(Organisation, officer.organisation_id)
    return sessions.start(officer, organisation, SessionStage.COMPLETE, address=actor.address, agent=agent)


def _check_own_password(actor: Actor, password: str) -> Officer:
    officer = session().get(Officer, actor.id) if actor.kind is ActorKind.OFFICER else None
    if officer is None:
        raise NotFound
    way = throttle.account_way(str(officer.id), actor.address)
    throttle.refuse_if_locked(way)
    right = passwords.verify_password(officer.password_hash, password)
    throttle.claim(way)
    if not right:
        throttle.count_failure(way)
        record(actor, "session.refused", subject=("officer", officer.id), summary="再次验证身份失败", result="refused")
        raise WrongPassword(fields={"current": [WrongPassword.message]})
    throttle.forgive(way)
    return officer


def _find(login: str) -> tuple[Officer, Organisation] | None:
    query = sa.select(Officer, Organisation).join(Organisation, Organisation.id == Officer.organisation_id)
    row = session().execute(query.where(Officer.login == login)).one_or_none()
    return None if row is None else (row[0], row[1])


def _shut(officer: Officer, organisation: Organisation) -> str:
    """Why an account may not come in; a vendor's without a role on any contract may not (PIPL 21)."""
    if not officer.active or not organisation.active:
        return "账号已停用"
    if organisation.is_vendor and officer.id not in roles.roles_of([officer.id]):
        return "已没有任何合同的角色"
    return ""


def _is_stale(officer: Officer) -> bool:
    """Whether a one-time password was left unused for too long."""
    return officer.password_temporary and clock.now() - officer.password_changed_at >= TEMPORARY_FOR


def _record_refusal(login: str, found: tuple[Officer, Organisation] | None, address: str) -> None:
    """An unknown login is not written down whole: people type passwords into that box."""
    if found is None:
        stranger = Actor(kind=ActorKind.ANONYMOUS, name=f"{login[:2]}***", address=address)
        record(stranger, "session.refused", summary="登录失败：账号不存在", result="refused")
        return
    officer, organisation = found
    actor = sessions.actor_of(officer, organisation, [], address=address)
    why = _shut(officer, organisation) or "口令不正确"
    record(actor, "session.refused", subject=("officer", officer.id), summary=f"登录失败：{why}", result="refused")
