"""The append-only log of the room: one line for everything that happened, and one line in the audit trail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.secrecy.models import NAME, ORGANISATION, Handover, Incident, Promise, SecrecyEvent, SecrecyItem
from server.domain.secrecy.vocabulary import EventKind, Subject

Record = SecrecyItem | Promise | Handover | Incident
SUBJECTS: Mapping[type[Any], Subject] = {
    SecrecyItem: Subject.ITEM,
    Promise: Subject.PROMISE,
    Handover: Subject.HANDOVER,
    Incident: Subject.INCIDENT,
}


def write(
    actor: Actor,
    record: Record,
    kind: EventKind,
    summary: str,
    *,
    text: str = "",
    at: datetime | None = None,
    data: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> SecrecyEvent:
    """Write one line of a record that the caller holds. ``at`` None means now; ``summary`` is one Chinese sentence."""
    now = clock.now()
    record.seq += 1
    record.updated_at = now
    subject = SUBJECTS[type(record)]
    event = SecrecyEvent(
        id=new_id(),
        subject=subject,
        subject_id=record.id,
        contract_id=record.contract_id,
        seq=record.seq,
        kind=kind,
        at=at or now,
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:NAME],
        organisation=actor.organisation_name[:ORGANISATION],
        text=f"{summary}\n{text}" if text else summary,
        data=dict(data or {}),
    )
    session().add(event)
    session().flush()
    identity.record(
        actor,
        f"{subject.value}.{kind.value}",
        subject=(subject.value, record.id),
        summary=f"{record.number} {summary}",
        changes=changes,
    )
    return event


def events_of(record_id: uuid.UUID) -> list[SecrecyEvent]:
    """The whole log of a record that the caller found visible, oldest first."""
    query = sa.select(SecrecyEvent).where(SecrecyEvent.subject_id == record_id)
    return list(session().scalars(query.order_by(SecrecyEvent.seq)))
