"""The append-only log of the room: one line for everything that happened, and one line in the audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.upkeep.inspection_models import Inspection
from server.domain.upkeep.models import NAME, ORGANISATION, Drill, Guidance, Plan, UpkeepEvent, Visit, Work
from server.domain.upkeep.vocabulary import EventKind, Subject

Logged = Work | Guidance | Visit | Plan | Drill | Inspection
SUBJECTS: Mapping[type[Any], Subject] = {
    Work: Subject.WORK,
    Guidance: Subject.GUIDANCE,
    Visit: Subject.VISIT,
    Plan: Subject.PLAN,
    Drill: Subject.DRILL,
    Inspection: Subject.INSPECTION,
}


def write(
    actor: Actor,
    row: Logged,
    kind: EventKind,
    summary: str,
    *,
    text: str = "",
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> UpkeepEvent:
    """Write one line of a row that the caller holds; ``data`` is plain JSON, ``summary`` one Chinese sentence."""
    row.seq += 1
    subject = SUBJECTS[type(row)]
    event = UpkeepEvent(
        id=new_id(),
        subject=subject,
        subject_id=row.id,
        contract_id=row.contract_id,
        seq=row.seq,
        kind=kind,
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:ORGANISATION],
        text=text,
        data=dict(data or {}),
    )
    session().add(event)
    session().flush()
    identity.record(
        actor,
        f"upkeep_{subject.value}.{kind.value}",
        subject=(f"upkeep_{subject.value}", row.id),
        summary=f"{row.number} {summary}",
        changes=dict(changes or {}),
    )
    return event


def events_of(row: Logged) -> list[UpkeepEvent]:
    """The whole log of a row that the caller found visible, oldest first."""
    return list(session().scalars(_log([row.id])))


def logs_of(keys: Iterable[uuid.UUID]) -> list[UpkeepEvent]:
    """The logs of some rows, oldest first, in one query."""
    return list(session().scalars(_log(list(keys))))


def put(row: Logged, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what differs, and say what it was and is, in plain JSON."""
    moved = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            moved[name] = [plain(before), plain(value)]
            setattr(row, name, value)
    return moved


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _log(keys: list[uuid.UUID]) -> sa.Select[tuple[UpkeepEvent]]:
    query = sa.select(UpkeepEvent).where(UpkeepEvent.subject_id.in_(keys))
    return query.order_by(UpkeepEvent.at, UpkeepEvent.seq)
