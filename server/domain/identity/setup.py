"""The first run: a one-time code instead of a default password (ASVS 6.3.2, 6.4.1).

The operator's command prints a code; whoever brings it within 30 minutes enters the bureau and its first officer.
Once an officer exists, this way is closed for ever.
"""

from __future__ import annotations

import base64
import os
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import Conflict, Forbidden
from server.domain.identity import passwords, people, roles, sessions, signing_in, throttle
from server.domain.identity.audit import record
from server.domain.identity.models.officers import Officer, Organisation, OrganisationKind, SetupCode
from server.domain.identity.permissions import Role
from server.domain.identity.signing_in import SignInStep

VALID_FOR = timedelta(minutes=30)
CODE_BYTES = 10
FIRST_ROLES = ((Role.BUREAU_ADMINISTRATOR, None), (Role.SYSTEM_ADMINISTRATOR, None))


class SetupClosed(Conflict):
    """There are officers already."""

    code = "setup_closed"
    message = "系统已完成初始化。"


class BadSetupCode(Forbidden):
    """Not the code that was printed last, or not in time."""

    code = "bad_setup_code"
    message = "初始化码不正确或已过期，请在服务器上重新生成。"
    keeps = True


def setup_needed() -> bool:
    """Whether nobody has been entered yet."""
    return session().scalar(sa.select(Officer.id).limit(1)) is None


def issue_setup_code() -> str:
    """A new code, for the operator's eyes only; the one before is void. SetupClosed once an officer exists."""
    if not setup_needed():
        raise SetupClosed
    code = base64.b32encode(os.urandom(CODE_BYTES)).decode().lower()
    session().execute(sa.delete(SetupCode))
    session().add(SetupCode(code_hash=_hash(code), expires_at=clock.now() + VALID_FOR))
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def check_setup_code(code: str, *, address: str) -> None:
    """BadSetupCode unless it is the valid one; TooManyFailures after five wrong ones from an address."""
    if not setup_needed():
        raise SetupClosed
    way = throttle.account_way("setup", address)
    throttle.claim(way)
    if session().scalar(sa.select(SetupCode.id).where(*_valid(code))) is None:
        throttle.count_failure(way)
        raise BadSetupCode


def finish_setup(
    code: str, *, bureau_name: str, login: str, name: str, password: str, address: str, agent: str = ""
) -> SignInStep:
    """Enter the bureau and its first officer, who is signed in. BadPassword, Invalid, or as ``check_setup_code``."""
    check_setup_code(code, address=address)
    faults = passwords.faults_of(password, own_words=(login, name))
    if faults:
        raise passwords.BadPassword(fields={"new_password": faults})
    if not hit(sa.update(SetupCode).where(*_valid(code)).values(used_at=clock.now())):
        raise BadSetupCode
    bureau = Organisation(kind=OrganisationKind.BUREAU, name=bureau_name.strip())
    session().add(bureau)
    session().flush()
    officer = people.add_officer(bureau, login=login, name=name, password=password)
    roles.replace_roles(officer, FIRST_ROLES)
    actor = sessions.actor_of(officer, bureau, FIRST_ROLES, address=address)
    record(actor, "system.set_up", subject=("officer", officer.id), summary=f"完成系统初始化：{bureau.name}")
    return signing_in.complete(officer, bureau, address=address, agent=agent, how="初始化")


def _valid(code: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (SetupCode.code_hash == _hash(code), SetupCode.used_at.is_(None), SetupCode.expires_at > clock.now())


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return crypto.ring().blind_index(plain, "setup_code")
