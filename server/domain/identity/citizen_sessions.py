"""How a citizen comes in and stays in: opaque tokens, of which only digests are kept (wechat.md §3).

An access token lives for hours. A refresh token lives for weeks and works once: it is exchanged for a new pair. Whoever
shows a used one again is either a thief or robbed by one, so the whole family ends. Two exceptions are no theft:

- an answer was lost and the same request is sent again: its idempotency key brings the first answer back, and this
  module never sees the second try;
- two requests of one client raced for the same refresh: within ``RACE`` of the exchange the late one is refused
  (``RefreshSuperseded``, 409) without new tokens and without ending the family.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import hit, run, session, table
from server.core.errors import Conflict, Unauthenticated
from server.core.ids import digest, new_id, new_secret
from server.domain.identity.actor import Actor, ActorKind
from server.domain.identity.audit import record
from server.domain.identity.models.citizens import Citizen, CitizenFamily, CitizenState, CitizenToken, FamilyEnd

RACE = timedelta(seconds=10)
MOST_FAMILIES = 10


class TokenInvalid(Unauthenticated):
    """The token is unknown, too old, or its session has ended."""

    code = "token_invalid"
    message = "登录已失效，请重新登录。"


class RefreshReused(Unauthenticated):
    """A refresh token was shown twice; its whole family has ended."""

    code = "refresh_reused"
    message = "登录凭证被重复使用，为保护您的账号已退出，请重新登录。"
    keeps = True


class RefreshSuperseded(Conflict):
    """Another request of the same client has just exchanged this refresh token."""

    code = "refresh_superseded"
    message = "登录凭证刚刚更新过，请使用新的凭证。"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A fresh pair, in plain text for this once. ``expires_in``: seconds that the access token lives."""

    access: str
    refresh: str
    expires_in: int
    citizen: Citizen


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long the two tokens live."""

    access: timedelta
    refresh: timedelta


def sign_in_citizen(
    actor: Actor,
    *,
    openid: str,
    unionid: str | None = None,
    session_key: str | None = None,
    device: str = "",
    lifetimes: Lifetimes,
) -> Tokens:
    """The citizen behind an openid that WeChat vouched for, registered at the first time, with a new session."""
    citizen = _citizen_of(openid)
    _learn_unionid(citizen, unionid)
    citizen.signed_in_at = clock.now()
    family = CitizenFamily(id=new_id(), citizen_id=citizen.id, device=device[:200])
    if session_key:
        family.session_key_sealed = crypto.ring().seal(session_key, _session_key_place(family.id))
    session().add(family)
    session().flush()
    _end_crowded(citizen.id)
    tokens = issue(family.id, citizen, lifetimes)
    record(
        citizen_actor(citizen, family.id, actor.address),
        "citizen.signed_in",
        subject=("citizen", citizen.id),
        summary="市民通过微信登录",
        changes={"session": [None, family.id]},
    )
    return tokens


_citizens, _families, _tokens = table(Citizen).c, table(CitizenFamily).c, table(CitizenToken).c
_BY_ACCESS = (
    sa.select(_citizens.id, _citizens.nickname, _families.id.label("family_id"))
    .join_from(table(CitizenToken), table(CitizenFamily), _families.id == _tokens.family_id)
    .join(table(Citizen), _citizens.id == _families.citizen_id)
    .where(
        _tokens.access_digest == sa.bindparam("digest"),
        _tokens.access_until > sa.bindparam("moment"),
        _families.ended_at.is_(None),
        _citizens.state == CitizenState.ACTIVE,
    )
)


def citizen_by_token(access: str, address: str = "") -> Actor:
    """The citizen whom an access token stands for; TokenInvalid if it stands for nobody now. One query."""
    row = run(_BY_ACCESS, {"digest": digest(access), "moment": clock.now()}).one_or_none()
    if row is None:
        raise TokenInvalid
    return Actor(
        kind=ActorKind.CITIZEN, id=row.id, name=row.nickname or "市民", session_id=row.family_id, address=address
    )


def refresh(actor: Actor, *, refresh: str, lifetimes: Lifetimes) -> Tokens:
    """A new pair for a refresh token that was not used before (see the module for what happens if it was)."""
    shown = (
        sa.select(CitizenToken, CitizenFamily, Citizen)
        .join(CitizenFamily, CitizenFamily.id == CitizenToken.family_id)
        .join(Citizen, Citizen.id == CitizenFamily.citizen_id)
        .where(CitizenToken.refresh_digest == digest(refresh))
        .execution_options(populate_existing=True)
    )
    row = session().execute(shown).one_or_none()
    if row is None:
        raise TokenInvalid
    token, family, citizen = row
    now = clock.now()
    if family.ended_at is not None or token.refresh_until <= now:
        raise TokenInvalid
    who = citizen_actor(citizen, family.id, actor.address)
    first = sa.update(CitizenToken).where(CitizenToken.id == token.id, CitizenToken.rotated_at.is_(None))
    if hit(first.values(rotated_at=now)) == 1:
        record(who, "citizen_session.refreshed", subject=("citizen_session", family.id), summary="市民续期登录")
        return issue(family.id, citizen, lifetimes)
    if token.rotated_at is None or now - token.rotated_at <= RACE:
        raise RefreshSuperseded
    _end(family.id, FamilyEnd.REUSED, now)
    record(
        who,
        "citizen_session.reuse_detected",
        subject=("citizen_session", family.id),
        summary="登录凭证被重复使用，整个会话已结束",
        result="refused",
    )
    raise RefreshReused


def sign_out_citizen(actor: Actor) -> None:
    """End the session that the citizen is calling with."""
    if actor.kind is not ActorKind.CITIZEN or actor.session_id is None:
        raise Unauthenticated
    _end(actor.session_id, FamilyEnd.SIGNED_OUT, clock.now())
    record(actor, "citizen.signed_out", subject=("citizen", actor.id or ""), summary="市民退出登录")


def end_families(citizen_id: uuid.UUID, why: FamilyEnd) -> int:
    """End all sessions of a citizen; how many there were."""
    mine = sa.update(CitizenFamily).where(CitizenFamily.citizen_id == citizen_id, CitizenFamily.ended_at.is_(None))
    return hit(mine.values(ended_at=clock.now(), end=why, session_key_sealed=None))


def session_key_of(family_id: uuid.UUID) -> str | None:
    """The session_key of a running session, for a check with WeChat; it never leaves the server."""
    running = sa.select(CitizenFamily.session_key_sealed).where(
        CitizenFamily.id == family_id, CitizenFamily.ended_at.is_(None)
    )
    sealed = session().scalars(running).one_or_none()
    return crypto.ring().unseal(sealed, _session_key_place(family_id)) if sealed else None


def forget_tokens(*, limit: int = 1000) -> int:
    """Remove pairs whose refresh token is too old to matter; how many. For a periodic job."""
    old = sa.select(CitizenToken.id).where(CitizenToken.refresh_until <= clock.now()).limit(limit)
    ids = session().scalars(old).all()
    return hit(sa.delete(CitizenToken).where(CitizenToken.id.in_(ids))) if ids else 0


def citizen_actor(citizen: Citizen, family_id: uuid.UUID | None = None, address: str = "") -> Actor:
    """The citizen as an actor."""
    return Actor(kind=ActorKind.CITIZEN, id=citizen.id, name=citizen.name, session_id=family_id, address=address)


def _citizen_of(openid: str) -> Citizen:
    index = crypto.ring().blind_index(openid, "citizens:openid")
    known = sa.select(Citizen).where(Citizen.openid_index == index)
    found = session().scalars(known).one_or_none()
    if found is not None:
        return found
    new = Citizen(id=new_id(), openid_index=index)
    new.openid_sealed = crypto.ring().seal(openid, f"citizens:openid:{new.id}")
    try:
        with session().begin_nested():
            session().add(new)
    except IntegrityError:
        return session().scalars(known).one()
    record(citizen_actor(new), "citizen.registered", subject=("citizen", new.id), summary="市民首次登录，建立账号")
    return new


def _learn_unionid(citizen: Citizen, unionid: str | None) -> None:
    if not unionid:
        return
    index = crypto.ring().blind_index(unionid, "citizens:unionid")
    if citizen.unionid_index != index:
        citizen.unionid_index = index
        citizen.unionid_sealed = crypto.ring().seal(unionid, f"citizens:unionid:{citizen.id}")


def issue(family_id: uuid.UUID, citizen: Citizen, lifetimes: Lifetimes) -> Tokens:
    """A new pair for a running session."""
    now = clock.now()
    access, refresh = new_secret(), new_secret()
    session().add(
        CitizenToken(
            family_id=family_id,
            access_digest=digest(access),
            refresh_digest=digest(refresh),
            issued_at=now,
            access_until=now + lifetimes.access,
            refresh_until=now + lifetimes.refresh,
        )
    )
    session().flush()
    return Tokens(access, refresh, int(lifetimes.access.total_seconds()), citizen)


def _end(family_id: uuid.UUID, why: FamilyEnd, now: datetime) -> None:
    running = sa.update(CitizenFamily).where(CitizenFamily.id == family_id, CitizenFamily.ended_at.is_(None))
    hit(running.values(ended_at=now, end=why, session_key_sealed=None))


def _end_crowded(citizen_id: uuid.UUID) -> None:
    """Keep the newest sessions; a phone that was lost long ago should not stay signed in for ever."""
    running = (
        sa.select(CitizenFamily.id)
        .where(CitizenFamily.citizen_id == citizen_id, CitizenFamily.ended_at.is_(None))
        .order_by(CitizenFamily.started_at.desc(), CitizenFamily.id.desc())
        .offset(MOST_FAMILIES)
        .limit(MOST_FAMILIES)
    )
    for family_id in session().scalars(running).all():
        _end(family_id, FamilyEnd.CROWDED, clock.now())


def _session_key_place(family_id: uuid.UUID) -> str:
    return f"citizen_families:session_key:{family_id}"
