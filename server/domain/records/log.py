"""The append-only log of the room: one line for everything that happened, and one line in the audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.records import states
from server.domain.records.models import NAME, ORGANISATION, Completion, Material, RecordEvent, RemoteSession
from server.domain.records.vocabulary import EventKind, Subject

SUBJECTS: Mapping[type[Any], Subject] = {
    Completion: Subject.COMPLETION,
    Material: Subject.MATERIAL,
    RemoteSession: Subject.SESSION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be written. ``at`` None means now; ``data`` is plain JSON; ``summary`` one Chinese sentence."""

    kind: EventKind
    summary: str
    text: str = ""
    data: Mapping[str, Any] | None = None
    at: datetime | None = None
    changes: Mapping[str, Any] | None = None


def write(actor: Actor, record: Completion | Material | RemoteSession, line: Line) -> RecordEvent:
    """Write one line of a record that the caller holds. A notice's state moves as the table says and not otherwise."""
    now = clock.now()
    moved: dict[str, Any] = {}
    if isinstance(record, Completion):
        before, record.state = record.state, states.after(record.state, line.kind)
        if before is not record.state:
            moved = {"state": [before.value, record.state.value]}
    if not isinstance(record, RemoteSession):
        record.updated_at = now
    record.seq += 1
    subject = SUBJECTS[type(record)]
    event = RecordEvent(
        id=new_id(),
        subject=subject,
        subject_id=record.id,
        contract_id=record.contract_id,
        seq=record.seq,
        kind=line.kind,
        state=str(record.state.value) if not isinstance(record, RemoteSession) else "",
        at=line.at or now,
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:ORGANISATION],
        by_vendor=actor.is_vendor,
        text=line.text,
        data=dict(line.data or {}),
    )
    session().add(event)
    session().flush()
    identity.record(
        actor,
        f"{subject.value}.{line.kind.value}",
        subject=(subject.value, record.id),
        summary=f"{record.number} {line.summary}",
        changes={**moved, **(line.changes or {})},
    )
    return event


def events_of(record: Completion | Material | RemoteSession) -> list[RecordEvent]:
    """The whole log of a record that the caller found visible, oldest first."""
    return logs_of([record.id])[record.id]


def logs_of(subject_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[RecordEvent]]:
    """The logs of some records, oldest first, in one query."""
    wanted = list(subject_ids)
    found: dict[uuid.UUID, list[RecordEvent]] = {key: [] for key in wanted}
    query = sa.select(RecordEvent).where(RecordEvent.subject_id.in_(wanted)).order_by(RecordEvent.seq)
    for event in session().scalars(query):
        found[event.subject_id].append(event)
    return found
