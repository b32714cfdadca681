"""Work that comes round: each turn is started once, however many schedulers look."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import hit, session
from server.gateways.queue.intake import put
from server.gateways.queue.models import LIVING, Job, Lane, Periodic


@dataclass(frozen=True, slots=True)
class Round:
    """A periodic piece of work as the code declares it.

    ``when`` is asked first, in a reading unit: work that has nothing to do leaves no row behind.
    """

    name: str
    kind: str
    seconds: int
    lane: Lane = Lane.DEFAULT
    when: Callable[[], bool] | None = None


def declare(rounds: Mapping[str, Round]) -> None:
    """Bring the rows in line with the code: new ones are due at once, withdrawn ones go."""
    known = {row.name: row for row in session().scalars(sa.select(Periodic))}
    for name, wanted in rounds.items():
        row = known.pop(name, None)
        if row is None:
            _add(wanted)
        elif (row.kind, row.every_seconds, row.lane) != (wanted.kind, wanted.seconds, wanted.lane):
            row.kind, row.every_seconds, row.lane = wanted.kind, wanted.seconds, wanted.lane
    for name in known:
        hit(sa.delete(Periodic).where(Periodic.name == name))


def due_rounds() -> list[str]:
    """Names of the periodic work whose turn has come: a plain read."""
    moment = clock.now()
    return [row.name for row in session().execute(_rows()) if _turn_has_come(row, moment)]


def start(name: str) -> uuid.UUID | None:
    """Start a turn and set the next; None if another scheduler did, or the last turn is still under way.

    Missed turns are not made up for: after a night without a scheduler, the work runs once.
    """
    moment = clock.now()
    row = session().execute(_rows().where(Periodic.name == name)).first()
    if row is None or not _turn_has_come(row, moment) or not _move(row, moment):
        return None
    if _under_way(row.last_job_id):
        return None
    job = put(row.kind, {}, lane=row.lane, periodic=name)
    hit(_of(name).values(last_at=moment, last_job_id=job.id))
    return job.id


def skip(name: str) -> None:
    """Let a turn pass that has nothing to do."""
    row = session().execute(_rows().where(Periodic.name == name)).first()
    if row is not None:
        _move(row, clock.now())


def _rows() -> sa.Select[Any]:
    return sa.select(
        Periodic.name,
        Periodic.kind,
        Periodic.lane,
        Periodic.every_seconds,
        Periodic.next_at,
        Periodic.last_job_id,
    )


def _turn_has_come(row: Any, moment: datetime) -> bool:
    """Due, or further away than one interval: then the clock was set back."""
    ahead: timedelta = row.next_at - moment
    return ahead <= timedelta() or ahead > timedelta(seconds=row.every_seconds)


def _move(row: Any, moment: datetime) -> bool:
    following = moment + timedelta(seconds=row.every_seconds)
    return hit(_of(row.name).where(Periodic.next_at == row.next_at).values(next_at=following)) == 1


def _of(name: str) -> sa.Update:
    return sa.update(Periodic).where(Periodic.name == name)


def _under_way(job_id: uuid.UUID | None) -> bool:
    if job_id is None:
        return False
    return session().scalar(sa.select(Job.id).where(Job.id == job_id, Job.state.in_(LIVING))) is not None


def _add(wanted: Round) -> None:
    row = Periodic(
        name=wanted.name, kind=wanted.kind, lane=wanted.lane, every_seconds=wanted.seconds, next_at=clock.now()
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return  # another worker started in the same moment
