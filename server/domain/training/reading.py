"""Trainings as lists and single ones: who was there, what happened, what is overdue, which release still owes one."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity
from server.domain.identity import Actor
from server.domain.releases import Release
from server.domain.training import access
from server.domain.training.models import Attendance, Training, TrainingEvent
from server.domain.training.vocabulary import AHEAD, Ground, State

ORDERS: Mapping[str, Any] = {
    "number": Training.number,
    "planned_start": Training.planned_start,
    "hours": Training.hours,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is asked for. ``from_on`` to ``until_on``: planned days, both included."""

    contract_id: uuid.UUID | None = None
    states: tuple[State, ...] = ()
    ground: Ground | None = None
    overdue: bool = False
    text: str = ""
    from_on: date | None = None
    until_on: date | None = None


def matching(actor: Actor, filters: Filters | None = None) -> sa.Select[tuple[Training]]:
    """Trainings that the actor may see, the latest planned first."""
    asked = filters or Filters()
    query = sa.select(Training).where(*access.visible(actor))
    if asked.contract_id is not None:
        query = query.where(Training.contract_id == asked.contract_id)
    if asked.states:
        query = query.where(Training.state.in_(asked.states))
    if asked.ground is not None:
        query = query.where(Training.ground == asked.ground)
    if asked.overdue:
        query = query.where(*_overdue(clock.now()))
    if asked.text:
        fields = (Training.number, Training.topic, Training.trainer_name, Training.audience)
        query = query.where(sa.or_(*(field.contains(asked.text, autoescape=True) for field in fields)))
    if asked.from_on is not None:
        query = query.where(Training.planned_start >= clock.start_of(asked.from_on))
    if asked.until_on is not None:
        query = query.where(Training.planned_start < clock.end_of(asked.until_on))
    return query.order_by(Training.planned_start.desc(), Training.id.desc())


def overdue_count(actor: Actor) -> int:
    """How many planned trainings were not held when their time had passed."""
    query = sa.select(sa.func.count()).select_from(Training).where(*access.visible(actor), *_overdue(clock.now()))
    return session().scalar(query) or 0


def counts_of(training_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many were there, by training; one query."""
    found = dict.fromkeys(training_ids, 0)
    query = sa.select(Attendance.training_id, sa.func.count()).where(Attendance.training_id.in_(list(training_ids)))
    for training_id, count in session().execute(query.group_by(Attendance.training_id)):
        found[training_id] = count
    return found


def attendance_of(training_id: uuid.UUID) -> list[Attendance]:
    """Who was there, in the order of coming. The caller has found the training for its actor."""
    query = sa.select(Attendance).where(Attendance.training_id == training_id)
    return list(session().scalars(query.order_by(Attendance.checked_in_at, Attendance.id)))


def events_of(training_id: uuid.UUID) -> list[TrainingEvent]:
    """The history, newest first."""
    query = sa.select(TrainingEvent).where(TrainingEvent.training_id == training_id)
    return list(session().scalars(query.order_by(TrainingEvent.at.desc(), TrainingEvent.id.desc())))


def last_of(actor: Actor, contract_id: uuid.UUID) -> Training | None:
    """The training that was entered last for a contract: what "as last time" copies."""
    query = sa.select(Training).where(*access.visible(actor), Training.contract_id == contract_id)
    return session().scalars(query.order_by(Training.created_at.desc(), Training.id.desc()).limit(1)).one_or_none()


def untrained_releases(actor: Actor, contract_id: uuid.UUID | None = None, *, most: int = 20) -> list[Release]:
    """Releases that went live and for which no training was given or planned (A32), the newest first."""
    given = sa.select(Training.release_id).where(Training.release_id == Release.id, Training.state != State.CANCELLED)
    query = sa.select(Release).where(
        Release.live_at.is_not(None), ~given.exists(), *access.visible(actor, Release.contract_id)
    )
    if contract_id is not None:
        query = query.where(Release.contract_id == contract_id)
    return list(session().scalars(query.order_by(Release.live_at.desc(), Release.id.desc()).limit(most)))


def live_releases(actor: Actor, contract_ids: Collection[uuid.UUID], *, most: int = 50) -> list[Release]:
    """Releases of some contracts that went live, the newest first: those that a training can be about."""
    query = sa.select(Release).where(
        Release.live_at.is_not(None),
        Release.contract_id.in_(list(contract_ids)),
        *access.visible(actor, Release.contract_id),
    )
    return list(session().scalars(query.order_by(Release.live_at.desc(), Release.id.desc()).limit(most)))


def release_of(training: Training) -> Release | None:
    """The release that a training is about. The caller has found the training for its actor."""
    return session().get(Release, training.release_id) if training.release_id else None


def note_export(actor: Actor, *, told: str, count: int, form: str) -> None:
    """Say in the trail that a list left the house."""
    identity.record(actor, "training.exported", summary=f"导出培训 {count} 次（{form}）：{told}")


def _overdue(moment: datetime) -> list[sa.ColumnElement[bool]]:
    return [Training.state.in_(tuple(AHEAD)), Training.planned_end < moment]
