"""Work comes in: a row in the caller's unit, and a word to the workers once that unit is committed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.core import logs
from server.core.clock import now
from server.core.db import UnitSession, session
from server.core.ids import new_id
from server.gateways.queue.models import DEFAULT_ATTEMPTS, Job, Lane

_PENDING = "queue.offers"


@dataclass(frozen=True, slots=True)
class Offer:
    """A job that a worker may take: all that a message carries, and the queue that it goes to."""

    id: uuid.UUID
    lane: Lane


class Transport(Protocol):
    """How workers hear of new work. Losing a word is harmless: polling or the sweep finds the row."""

    patience: timedelta | None
    """How long a message may stay unanswered before the sweep repeats it; None where there are no messages."""

    def announce(self, offers: Sequence[Offer]) -> bool:
        """Tell the workers; whether they could be told. Never raises, and never keeps the caller waiting for long."""


class Silence:
    """Nobody is told; workers find the work by polling."""

    patience: timedelta | None = None

    def announce(self, offers: Sequence[Offer]) -> bool:  # noqa: ARG002 - nobody listens
        """Do nothing."""
        return True


_transport: Transport = Silence()


def install(transport: Transport) -> None:
    """Choose how this process tells the workers."""
    global _transport  # noqa: PLW0603 - one process has one queue, as it has one key ring
    _transport = transport


def transport() -> Transport:
    """How this process tells the workers."""
    return _transport


def put(
    kind: str,
    args: Mapping[str, Any] | None = None,
    *,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
    lane: Lane | str = Lane.DEFAULT,
    max_attempts: int = DEFAULT_ATTEMPTS,
    periodic: str | None = None,
) -> Job:
    """Queue work in the caller's unit: it exists if, and only if, that unit is committed.

    ``args`` must be plain JSON. With a ``dedupe_key`` (at most 150 characters) that a job already has, that job is
    returned and nothing is added, whatever its state, until it is purged. ``run_after`` None means at once.
    """
    if dedupe_key is not None and (existing := _with_key(dedupe_key)) is not None:
        return existing
    if run_after is not None and run_after <= now():
        run_after = None
    job = Job(
        id=new_id(),
        kind=kind,
        lane=Lane(lane),
        args=dict(args or {}),
        dedupe_key=dedupe_key,
        run_after=run_after,
        max_attempts=max_attempts,
        periodic=periodic,
        request_id=logs.request_id.get()[:64],
    )
    if run_after is None and _transport.patience is not None:
        job.offer_at = now() + _transport.patience
    if not _insert(job):
        return _existing(job)
    if run_after is None:
        announce_later(session(), Offer(job.id, job.lane))
    return job


def announce_later(unit: Session, offer: Offer) -> None:
    """Tell the workers of a job as soon as the unit is committed."""
    unit.info.setdefault(_PENDING, []).append(offer)


def _insert(job: Job) -> bool:
    """Add the row; False if another unit was quicker with the same key."""
    if job.dedupe_key is None:
        session().add(job)
        return True
    try:
        with session().begin_nested():
            session().add(job)
    except IntegrityError:
        return False
    return True


def _with_key(dedupe_key: str) -> Job | None:
    return session().scalars(sa.select(Job).where(Job.dedupe_key == dedupe_key)).one_or_none()


def _existing(job: Job) -> Job:
    assert job.dedupe_key is not None  # noqa: S101 - only a key can clash
    return session().scalars(sa.select(Job).where(Job.dedupe_key == job.dedupe_key)).one()


@event.listens_for(UnitSession, "after_commit")
def _announce(unit: Session) -> None:
    if unit.in_nested_transaction():
        return
    offers = unit.info.pop(_PENDING, None)
    if offers:
        _transport.announce(offers)


@event.listens_for(UnitSession, "after_rollback")
def _forget(unit: Session) -> None:
    if not unit.in_nested_transaction():
        unit.info.pop(_PENDING, None)
