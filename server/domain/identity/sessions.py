"""Officers' sessions: kept here, not in the cookie, so that they can be listed and ended at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import NotFound
from server.core.ids import digest, new_secret
from server.domain.identity import passwords
from server.domain.identity.actor import Actor, ActorKind, grants_of
from server.domain.identity.audit import record
from server.domain.identity.models.officers import (
    Officer,
    OfficerRole,
    OfficerSession,
    OfficerState,
    Organisation,
    SessionEnd,
    SessionStage,
)
from server.domain.identity.permissions import Permission, Role
from server.domain.identity.policy import policy

SECOND_FACTOR_WAIT = timedelta(minutes=5)
TOUCH_EVERY = timedelta(minutes=1)
KEPT_FOR = timedelta(days=180)
AGENT = 300


class Duty(StrEnum):
    """What an officer must do before anything else."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105 - a duty, not a password
    ENROL_TOTP = "enrol_totp"


@dataclass(frozen=True, slots=True)
class Presence:
    """Whose session it is, what must be done first, and whether the session's last use should be noted again."""

    actor: Actor
    duty: Duty | None
    touch_due: bool


def officer_by_session(secret: str, address: str = "") -> Presence | None:
    """Who holds a session's secret; None if it is unknown, ended, idle, too old, or its officer may not come in.

    One statement, nothing written: call ``touch`` in a unit of its own when ``touch_due``.
    """
    rows = session().execute(_by_secret(secret, SessionStage.COMPLETE)).all()
    if not rows:
        return None
    found, officer, organisation = rows[0][:3]
    now = clock.now()
    if now >= found.expires_at or now - found.seen_at >= policy().idle:
        return None
    roles = [(row.role, row.contract_id) for row in rows if row.role is not None]
    return Presence(
        actor=actor_of(officer, organisation, roles, found=found, address=address),
        duty=_duty_of(officer),
        touch_due=now - found.seen_at >= TOUCH_EVERY,
    )


def actor_of(
    officer: Officer,
    organisation: Organisation,
    roles: Sequence[tuple[Role, uuid.UUID | None]],
    *,
    found: OfficerSession | None = None,
    address: str = "",
) -> Actor:
    """An officer as an actor, with or without a session."""
    return Actor(
        kind=ActorKind.OFFICER,
        id=officer.id,
        name=officer.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        is_vendor=organisation.is_vendor,
        roles=tuple(dict.fromkeys(role for role, _ in roles)),
        grants=grants_of(roles),
        session_id=found.id if found else None,
        address=address,
        stepped_up=found is not None and is_stepped_up(found.stepped_up_at),
    )


def actor_by_officer(officer_id: uuid.UUID) -> Actor | None:
    """An officer with what they may do at this moment, without a session; None if they may not come in."""
    query = (
        sa.select(Officer, Organisation, OfficerRole)
        .join(Organisation, Organisation.id == Officer.organisation_id)
        .outerjoin(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(Officer.id == officer_id, Officer.state == OfficerState.ACTIVE, Organisation.active.is_(True))
    )
    rows = session().execute(query).all()
    if not rows:
        return None
    return actor_of(rows[0][0], rows[0][1], [(row[2].role, row[2].contract_id) for row in rows if row[2] is not None])


def is_stepped_up(at: datetime | None) -> bool:
    """Whether a password given at that moment still counts for dangerous acts."""
    return at is not None and clock.now() - at < policy().step_up


def touch(session_id: uuid.UUID | None) -> None:
    """Note that a session was used now."""
    used = sa.update(OfficerSession).where(OfficerSession.id == session_id, OfficerSession.ended_at.is_(None))
    hit(used.values(seen_at=clock.now()))


def start(officer: Officer, organisation: Organisation, stage: SessionStage, *, address: str, agent: str) -> str:
    """A new session; its secret, which is not kept. A complete one counts as stepped up: the password is fresh."""
    secret = new_secret()
    now = clock.now()
    complete = stage is SessionStage.COMPLETE
    longest = policy().vendor_absolute if organisation.is_vendor else policy().absolute
    session().add(
        OfficerSession(
            officer_id=officer.id,
            secret_hash=digest(secret),
            stage=stage,
            created_at=now,
            seen_at=now,
            expires_at=now + (longest if complete else SECOND_FACTOR_WAIT),
            stepped_up_at=now if complete else None,
            address=address,
            agent=agent[:AGENT],
        )
    )
    session().flush()
    return secret


def awaiting_second_factor(secret: str) -> tuple[OfficerSession, Officer, Organisation] | None:
    """The sign-in that waits for its second factor under this secret, if it has not waited too long."""
    row = session().execute(_by_secret(secret, SessionStage.SECOND_FACTOR)).first()
    if row is None or clock.now() >= row[0].expires_at:
        return None
    return row[0], row[1], row[2]


def renew_secret(session_id: uuid.UUID | None, *, stepped_up: bool) -> str:
    """Give a session a new secret; the old one is dead. NotFound if the session has ended."""
    secret = new_secret()
    values: dict[str, object] = {"secret_hash": digest(secret), "seen_at": clock.now()}
    if stepped_up:
        values["stepped_up_at"] = clock.now()
    live = sa.update(OfficerSession).where(OfficerSession.id == session_id, OfficerSession.ended_at.is_(None))
    if not hit(live.values(**values)):
        raise NotFound
    return secret


def sign_out(actor: Actor) -> None:
    """End the actor's own session."""
    _end(OfficerSession.id == actor.session_id, SessionEnd.SIGNED_OUT)
    record(actor, "session.ended", subject=("officer", actor.id or ""), summary="退出登录")


def sessions_of(actor: Actor, officer_id: uuid.UUID | None = None) -> Sequence[OfficerSession]:
    """The live sessions of the actor, or (with people.view) of another officer; latest use first."""
    wanted = officer_id or actor.id
    if wanted != actor.id:
        actor.need(Permission.PEOPLE_VIEW)
    now = clock.now()
    query = sa.select(OfficerSession).where(
        OfficerSession.officer_id == wanted,
        OfficerSession.stage == SessionStage.COMPLETE,
        OfficerSession.ended_at.is_(None),
        OfficerSession.expires_at > now,
        OfficerSession.seen_at > now - policy().idle,
    )
    return session().scalars(query.order_by(OfficerSession.seen_at.desc())).all()


def end_session(actor: Actor, session_id: uuid.UUID) -> None:
    """End one session: one's own, or with people.manage anyone's; NotFound otherwise."""
    found = session().get(OfficerSession, session_id)
    if found is None or (found.officer_id != actor.id and not actor.may(Permission.PEOPLE_MANAGE)):
        raise NotFound
    if _end(OfficerSession.id == session_id, SessionEnd.ENDED):
        record(actor, "session.ended", subject=("officer", found.officer_id), summary=f"结束会话（{found.address}）")


def end_all(officer_id: uuid.UUID, why: SessionEnd) -> int:
    """End every session of an officer, half-finished sign-ins too; how many."""
    return _end(OfficerSession.officer_id == officer_id, why)


def tidy_sessions() -> int:
    """Forget sessions that are over for half a year; how many. For the nightly job."""
    border = clock.now() - KEPT_FOR
    return hit(sa.delete(OfficerSession).where(OfficerSession.expires_at < border))


def end_one(session_id: uuid.UUID, why: SessionEnd) -> None:
    """End one session, whoever's."""
    _end(OfficerSession.id == session_id, why)


def _end(which: sa.ColumnElement[bool], why: SessionEnd) -> int:
    live = sa.update(OfficerSession).where(which, OfficerSession.ended_at.is_(None))
    return hit(live.values(ended_at=clock.now(), ended_why=why))


def _by_secret(
    secret: str, stage: SessionStage
) -> sa.Select[tuple[OfficerSession, Officer, Organisation, Role, uuid.UUID | None]]:
    return (
        sa.select(OfficerSession, Officer, Organisation, OfficerRole.role, OfficerRole.contract_id)
        .join(Officer, Officer.id == OfficerSession.officer_id)
        .join(Organisation, Organisation.id == Officer.organisation_id)
        .outerjoin(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(
            OfficerSession.secret_hash == digest(secret),
            OfficerSession.stage == stage,
            OfficerSession.ended_at.is_(None),
            Officer.state == OfficerState.ACTIVE,
            Organisation.active.is_(True),
        )
        .execution_options(populate_existing=True)
    )


def _duty_of(officer: Officer) -> Duty | None:
    if passwords.is_due(officer):
        return Duty.CHANGE_PASSWORD
    if policy().two_factor_required and not officer.has_totp:
        return Duty.ENROL_TOTP
    return None
