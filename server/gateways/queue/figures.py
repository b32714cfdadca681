"""How the queue is: depth, age, failures; and the end of rows that nobody needs any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.gateways.queue.models import LIVING, WAITING, Job, JobState, Lane

KEEP_ROUNDS = timedelta(days=1)
KEEP_DONE = timedelta(days=14)
KEEP_ENDED = timedelta(days=90)
PURGE_BATCH = 500


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One lane: what waits now, what runs, what waits for another attempt, what is dead."""

    lane: Lane
    queued: int
    running: int
    failed: int
    dead: int


@dataclass(frozen=True, slots=True)
class KindFailures:
    """How many jobs of a kind wait for another attempt or are dead, and when one last ended dead."""

    kind: str
    failed: int
    dead: int
    last_at: datetime | None


def lanes() -> list[LaneFigures]:
    """Figures of every lane, in the lanes' order."""
    query = sa.select(Job.lane, Job.state, sa.func.count()).where(Job.state.in_((*LIVING, JobState.DEAD)))
    found = {(lane, state): count for lane, state, count in session().execute(query.group_by(Job.lane, Job.state))}
    states = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED, JobState.DEAD)
    return [LaneFigures(lane, *(found.get((lane, state), 0) for state in states)) for lane in Lane]


def depth() -> int:
    """Jobs that are due and wait."""
    return session().scalar(sa.select(sa.func.count()).select_from(Job).where(*_due_now())) or 0


def oldest_wait() -> timedelta:
    """How long the oldest due job has been waiting; zero when none waits."""
    moment = clock.now()
    # func.min() keeps the column's type, so both come back as aware moments
    first, delayed = (
        session()
        .execute(
            sa.select(
                sa.func.min(sa.case((Job.run_after.is_(None), Job.created_at))), sa.func.min(Job.run_after)
            ).where(*_due_now())
        )
        .one()
    )
    starts = [start for start in (first, delayed) if start is not None]
    return max(moment - min(starts), timedelta()) if starts else timedelta()


def failures() -> list[KindFailures]:
    """Kinds with failures, the worst first."""
    dead = sa.func.sum(sa.case((Job.state == JobState.DEAD, 1), else_=0))
    query = (
        sa.select(Job.kind, sa.func.count(), dead, sa.func.max(Job.finished_at))
        .where(Job.state.in_((JobState.FAILED, JobState.DEAD)))
        .group_by(Job.kind)
        .order_by(dead.desc(), sa.func.count().desc(), Job.kind)
    )
    return [
        KindFailures(kind, total - int(dead_count), int(dead_count), last)
        for kind, total, dead_count, last in session().execute(query)
    ]


def kinds() -> list[str]:
    """Kinds that have a row."""
    return list(session().scalars(sa.select(Job.kind).distinct().order_by(Job.kind)))


def purge(limit: int = PURGE_BATCH) -> int:
    """Remove at most ``limit`` ended jobs past their keep: periodic ones a day, done ones 14 days, others 90 days.

    A removed job's dedupe key is free again.
    """
    moment = clock.now()
    done = Job.state == JobState.DONE
    old = sa.or_(
        sa.and_(done, Job.periodic.is_not(None), Job.finished_at < moment - KEEP_ROUNDS),
        sa.and_(done, Job.finished_at < moment - KEEP_DONE),
        sa.and_(Job.state.in_((JobState.DEAD, JobState.CANCELLED)), Job.finished_at < moment - KEEP_ENDED),
    )
    ids = list(session().scalars(sa.select(Job.id).where(old).limit(limit)))
    return hit(sa.delete(Job).where(Job.id.in_(ids))) if ids else 0


def _due_now() -> list[sa.ColumnElement[bool]]:
    return [Job.state.in_(WAITING), sa.or_(Job.run_after.is_(None), Job.run_after <= clock.now())]
