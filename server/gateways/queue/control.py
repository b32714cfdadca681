"""What a person may do to a job: look, cancel, run it again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.core.errors import Conflict, NotFound
from server.gateways.queue.intake import Offer, announce_later, transport
from server.gateways.queue.models import LIVING, WAITING, Job, JobState, Lane, Periodic

FRESH_ATTEMPTS = 3


class JobNotFound(NotFound):
    """No such job, or it was purged."""

    code = "job_not_found"
    message = "没有找到这个任务，可能已按保留期清理。"


class NotRetriable(Conflict):
    """The job is done, or is being done."""

    code = "job_not_retriable"
    message = "任务已完成或正在执行，不能重试。"


class NotCancellable(Conflict):
    """The job has ended already."""

    code = "job_not_cancellable"
    message = "任务已经结束，不能取消。"


def find(job_id: uuid.UUID) -> Job:
    """The job, or JobNotFound."""
    job = session().get(Job, job_id, populate_existing=True)  # workers write past this session
    if job is None:
        raise JobNotFound
    return job


def get(job_id: uuid.UUID) -> Job | None:
    """The job, unless it was purged."""
    return session().get(Job, job_id, populate_existing=True)


def matching(
    *,
    state: JobState | None = None,
    kind: str = "",
    lane: Lane | None = None,
    text: str = "",
    with_rounds: bool = True,
) -> sa.Select[tuple[Job]]:
    """Jobs by state, kind, lane and words of the error or note, newest first.

    Without ``with_rounds``, periodic work that went well is left out: it is many and says little.
    """
    query = sa.select(Job).order_by(Job.id.desc())
    if state is not None:
        query = query.where(Job.state == state)
    if kind:
        query = query.where(Job.kind == kind)
    if lane is not None:
        query = query.where(Job.lane == lane)
    if text:
        query = query.where(sa.or_(Job.error.contains(text, autoescape=True), Job.note.contains(text, autoescape=True)))
    if not with_rounds:
        query = query.where(sa.or_(Job.periodic.is_(None), Job.state != JobState.DONE))
    return query


def rounds() -> list[Periodic]:
    """The periodic work, by name."""
    return list(session().scalars(sa.select(Periodic).order_by(Periodic.name)))


def cancel(job_id: uuid.UUID) -> Job:
    """Stop a job that has not ended. One that runs is told at its next heartbeat and can no longer write its result."""
    values = {"state": JobState.CANCELLED, "lease_until": None, "finished_at": clock.now()}
    if not _change(job_id, LIVING, values):
        raise NotCancellable
    return find(job_id)


def retry(job_id: uuid.UUID) -> Job:
    """Run a job again that is dead, cancelled or waits for its next attempt; it gets a few fresh attempts."""
    patience = transport().patience
    values = {
        "state": JobState.QUEUED,
        "run_after": None,
        "finished_at": None,
        "max_attempts": Job.attempt + FRESH_ATTEMPTS,
        "offer_at": clock.now() + patience if patience is not None else None,
        "offer_count": 0,
    }
    if not _change(job_id, (*WAITING, JobState.DEAD, JobState.CANCELLED), values):
        raise NotRetriable
    job = find(job_id)
    announce_later(session(), Offer(job.id, job.lane))
    return job


def _change(job_id: uuid.UUID, states: tuple[JobState, ...], values: Mapping[str, object]) -> bool:
    find(job_id)
    return hit(sa.update(Job).where(Job.id == job_id, Job.state.in_(states)).values(dict(values))) == 1
