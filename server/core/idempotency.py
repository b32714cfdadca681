"""Requests that are sent twice and done once: a key's row is written in the transaction of the change it stands for.

A caller who repeats a request with the same ``Idempotency-Key`` gets the first answer again, byte for byte. Answers lie
sealed, since they hold what only their caller may see.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock, crypto
from server.core.db import Base, LongText, hit, run, session, settle_request, table
from server.core.errors import Conflict, Invalid

KEPT = timedelta(hours=24)
# How long a request that calls outside may run before another try may take its place.
LEASE = timedelta(seconds=60)
DEADLOCK_TRIES = 5


class KeyReused(Invalid):
    """The key was used before for another body."""

    code = "idempotency_key_reused"
    message = "同一个请求编号不能用于不同的内容。"


class StillRunning(Conflict):
    """The first request with this key has not ended yet; ``retry_after`` says when to ask again."""

    code = "request_in_progress"
    message = "相同的请求正在处理，请稍候。"
    retry_after = 2


class IdempotencyKey(Base):
    """What was answered to a key. ``scope`` is a digest of caller, method, path and key."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    body_digest: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    leased_until: Mapped[datetime]
    kept_until: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    answer: Mapped[str | None] = mapped_column(LongText)


_keys = table(IdempotencyKey)
_CLAIM = sa.insert(_keys)
_COMPLETE = sa.update(_keys).where(_keys.c.scope == sa.bindparam("held"), _keys.c.created_at == sa.bindparam("since"))


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do what a key stands for; ``since`` tells it from a later claim of the same key."""

    scope: str
    since: datetime


def scope_of(caller: str, method: str, path: str, key: str) -> str:
    """Where a key counts: for one caller, one method and one path."""
    return hashlib.sha256(json.dumps([caller, method, path, key]).encode()).hexdigest()


def claim(scope: str, body_digest: str, *, kept: timedelta = KEPT) -> Claim | Answer:
    """Take the right to act, or get the answer that was given before.

    Must be the unit's first statement: a lost race rolls the unit back. While another request of the same key is
    under way this waits for its end as long as the database lets a lock wait, and then says StillRunning.
    KeyReused if the key stands for another body.
    """
    now = clock.now()
    row = {
        "scope": scope,
        "body_digest": body_digest,
        "created_at": now,
        "leased_until": now + LEASE,
        "kept_until": now + kept,
    }
    for attempt in range(DEADLOCK_TRIES):
        try:
            run(_CLAIM, row)
            return Claim(scope, now)
        except IntegrityError:
            settle_request(keep=False)
            found = _earlier(scope, body_digest, now, kept)
            if found is not None:
                return found
        except OperationalError as error:
            settle_request(keep=False)
            if not _is_deadlock(error):
                raise _waited_in_vain(error) from error
            if attempt == DEADLOCK_TRIES - 1:
                raise StillRunning from error
    raise StillRunning


def complete(held: Claim, answer: Answer) -> None:
    """Keep the answer, in the unit that did the work. StillRunning if the lease went to another request meanwhile."""
    sealed = crypto.ring().seal(answer.body.decode(), f"idempotency_keys:answer:{held.scope}")
    kept = {"status": answer.status, "headers": answer.headers, "answer": sealed}
    if run(_COMPLETE, {**kept, "held": held.scope, "since": held.since}).rowcount != 1:
        raise StillRunning


def release(held: Claim) -> None:
    """Give the right back, so that the key may be tried again at once."""
    gone = sa.delete(IdempotencyKey).where(IdempotencyKey.scope == held.scope, IdempotencyKey.created_at == held.since)
    hit(gone)


def forget(*, limit: int = 1000) -> int:
    """Remove up to ``limit`` keys that need not be kept any more; the number removed. For a periodic job."""
    old = sa.select(IdempotencyKey.scope).where(IdempotencyKey.kept_until <= clock.now()).limit(limit)
    scopes = session().scalars(old).all()
    if scopes:
        hit(sa.delete(IdempotencyKey).where(IdempotencyKey.scope.in_(scopes)))
    return len(scopes)


def _earlier(scope: str, body_digest: str, now: datetime, kept: timedelta) -> Claim | Answer | None:
    """What the key's row says; None if it has just gone, and the claim may be tried again."""
    row = session().execute(sa.select(table(IdempotencyKey)).where(IdempotencyKey.scope == scope)).one_or_none()
    if row is None:
        return None
    if row.kept_until > now:
        if row.body_digest != body_digest:
            raise KeyReused
        if row.status is not None:
            body = crypto.ring().unseal(row.answer, f"idempotency_keys:answer:{scope}").encode()
            return Answer(row.status, row.headers, body)
        if row.leased_until > now:
            raise StillRunning
    mine = sa.update(IdempotencyKey).where(
        IdempotencyKey.scope == scope, IdempotencyKey.created_at == row.created_at, IdempotencyKey.status == row.status
    )
    anew = mine.values(
        body_digest=body_digest,
        created_at=now,
        leased_until=now + LEASE,
        kept_until=now + kept,
        status=None,
        headers=None,
        answer=None,
    )
    return Claim(scope, now) if hit(anew) == 1 else None


def _is_deadlock(error: OperationalError) -> bool:
    return "deadlock" in str(error.orig).lower()


def _waited_in_vain(error: OperationalError) -> Exception:
    """A lock on the key that did not come free means that its first request still runs; SQLite cannot tell whose."""
    text = str(error.orig).lower()
    waited = ("lock" in text or "statement timeout" in text) and "database is locked" not in text
    return StillRunning() if waited else error
