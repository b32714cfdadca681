"""Who works on what: claims by one conditional UPDATE, leases, and writes fenced by the attempt's number.

Every function works in the caller's unit. Each is one statement on one row that says what it expects to find, so two
workers cannot both succeed on any database, and a worker that woke up late changes nothing.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.logs import redact
from server.gateways.queue.models import WAITING, Job, JobState, Lane

MAX_BACKOFF_SECONDS = 3600.0
JITTER = 0.2
ERROR_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Claim:
    """A right to run a job once. ``attempt`` is the fence: it is this claim's alone."""

    id: uuid.UUID
    attempt: int
    owner: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is; ``total`` None while nobody knows."""

    done: int = 0
    total: int | None = None
    note: str = ""


def due(lane: Lane, kinds: Collection[str], limit: int) -> list[uuid.UUID]:
    """Jobs of a lane that may be claimed now, oldest first; only kinds that this worker's release knows."""
    query = (
        sa.select(Job.id)
        .where(Job.state.in_(WAITING), Job.lane == lane, Job.kind.in_(kinds), _is_due(clock.now()))
        .order_by(Job.id)
        .limit(limit)
    )
    return list(session().scalars(query))


def claim(job_id: uuid.UUID, owner: str, lease: timedelta, kinds: Collection[str]) -> Claim | None:
    """Take a waiting job, or None if someone else was quicker or it is not due."""
    moment = clock.now()
    waiting = [Job.state.in_(WAITING), Job.kind.in_(kinds), _is_due(moment)]
    return _take(job_id, waiting, owner, moment + lease)


def take_over(job_id: uuid.UUID, owner: str, lost_owner_ends: str, lease: timedelta) -> Claim | None:
    """Take a running job whose owner (by the end of its name) is known to be gone, before its lease ends."""
    lost = Job.owner.endswith(lost_owner_ends, autoescape=True)
    held = [Job.state == JobState.RUNNING, lost, Job.attempt < Job.max_attempts]
    return _take(job_id, held, owner, clock.now() + lease)


def renew(claim: Claim, lease: timedelta, progress: Progress | None = None) -> bool:
    """Keep the lease and note the progress; False if the claim is no longer good."""
    values: dict[str, Any] = {"lease_until": clock.now() + lease}
    return _fenced(claim, values | _columns(progress))


def still_held(claims: Sequence[Claim]) -> set[uuid.UUID]:
    """Those of the claims that are still good."""
    rows = session().execute(sa.select(Job.id, Job.attempt, Job.state).where(Job.id.in_([c.id for c in claims])))
    found = {row.id: (row.attempt, row.state) for row in rows}
    return {c.id for c in claims if found.get(c.id) == (c.attempt, JobState.RUNNING)}


def finish(claim: Claim, progress: Progress | None = None) -> bool:
    """The work is done; False if the claim is no longer good (then nothing is written)."""
    values = {"state": JobState.DONE, "lease_until": None, "finished_at": clock.now(), "error": None}
    return _fenced(claim, values | _columns(progress))


def fail(claim: Claim, error: str, *, backoff: float, at_least: float = 0.0, hopeless: bool = False) -> bool:
    """The attempt failed: wait ``backoff`` seconds doubled per attempt, with jitter; after the last attempt, dead.

    ``error`` is stored redacted. ``at_least`` is what the other side asked us to wait; ``hopeless`` means dead at once.
    """
    moment = clock.now()
    wait = max(at_least, min(backoff * 2 ** (claim.attempt - 1), MAX_BACKOFF_SECONDS))
    wait *= random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 - spreads load, protects nothing
    again = {"state": JobState.FAILED, "run_after": moment + timedelta(seconds=wait), "offer_at": None}
    common = {"error": redact(error)[-ERROR_CHARS:], "lease_until": None, "offer_count": 0}
    if not hopeless and _fenced(claim, common | again, Job.attempt < Job.max_attempts):
        return True
    return _fenced(claim, common | {"state": JobState.DEAD, "finished_at": moment})


def give_back(claim: Claim, *, seconds: float = 0.0, note: str = "") -> bool:
    """Return a job unfinished without counting the attempt against it: the worker stops, or the work asks to wait."""
    values: dict[str, Any] = {
        "state": JobState.QUEUED,
        "lease_until": None,
        "offer_at": None,
        "offer_count": 0,
        "max_attempts": Job.max_attempts + 1,
        "run_after": clock.now() + timedelta(seconds=seconds) if seconds else None,
    }
    return _fenced(claim, values | ({"note": note[:200]} if note else {}))


def sweep(lease: timedelta) -> int:
    """Free the jobs whose worker fell silent; returns how many. Cheap when there are none.

    A lease further away than two lease times was written before the clock was set back; it is cut to one lease from
    now, so its owner has the time to renew it.
    """
    moment = clock.now()
    found = session().execute(_astray(moment, lease)).all()
    freed = 0
    for row in found:
        same = [Job.attempt == row.attempt, Job.state == JobState.RUNNING, Job.lease_until == row.lease_until]
        if row.lease_until is not None and row.lease_until > moment:
            _change(row.id, same, {"lease_until": moment + lease})
            continue
        values: dict[str, Any] = {"error": "worker lost: its lease ran out", "lease_until": None, "offer_at": None}
        last = row.attempt >= row.max_attempts
        values |= {"state": JobState.DEAD, "finished_at": moment} if last else {"state": JobState.FAILED}
        freed += _change(row.id, same, values | {"run_after": None, "offer_count": 0})
    return freed


def anything_to_sweep(lease: timedelta) -> bool:
    """Whether a sweep would find something: a plain read, so that an idle worker never takes the write lock."""
    return session().execute(_astray(clock.now(), lease).limit(1)).first() is not None


def _astray(moment: datetime, lease: timedelta) -> sa.Select[Any]:
    strange = sa.or_(Job.lease_until < moment, Job.lease_until > moment + 2 * lease, Job.lease_until.is_(None))
    columns = (Job.id, Job.attempt, Job.max_attempts, Job.lease_until)
    return sa.select(*columns).where(Job.state == JobState.RUNNING, strange)


def _is_due(moment: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(Job.run_after.is_(None), Job.run_after <= moment)


def _take(job_id: uuid.UUID, held: list[sa.ColumnElement[bool]], owner: str, until: datetime) -> Claim | None:
    attempt = session().scalar(sa.select(Job.attempt).where(Job.id == job_id))
    if attempt is None:
        return None
    values = {
        "state": JobState.RUNNING,
        "attempt": attempt + 1,
        "owner": owner,
        "lease_until": until,
        "started_at": clock.now(),
        "done_count": 0,
        "total_count": None,
    }
    return Claim(job_id, attempt + 1, owner) if _change(job_id, [*held, Job.attempt == attempt], values) else None


def _fenced(claim: Claim, values: dict[str, Any], *more: sa.ColumnElement[bool]) -> bool:
    good = [Job.attempt == claim.attempt, Job.state == JobState.RUNNING, *more]
    return _change(claim.id, good, values)


def _change(job_id: uuid.UUID, expected: Sequence[sa.ColumnElement[bool]], values: dict[str, Any]) -> bool:
    return hit(sa.update(Job).where(Job.id == job_id, *expected).values(values)) == 1


def _columns(progress: Progress | None) -> dict[str, Any]:
    if progress is None:
        return {}
    return {"done_count": progress.done, "total_count": progress.total, "note": progress.note[:200]}
