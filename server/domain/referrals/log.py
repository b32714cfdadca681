"""The log of a matter, and its shadow in the audit trail and in the ticket that it came from."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity, tickets
from server.domain.identity import Actor, ActorKind
from server.domain.referrals.models import Application, ReferralEvent, Requirement, Sheet
from server.domain.referrals.vocabulary import EventKind, Subject

SUBJECTS: dict[type[Any], Subject] = {
    Sheet: Subject.SHEET,
    Requirement: Subject.REQUIREMENT,
    Application: Subject.APPLICATION,
}


def line(
    actor: Actor,
    matter: Sheet | Requirement | Application,
    kind: EventKind,
    *,
    text: str = "",
    at: datetime | None = None,
    data: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
) -> ReferralEvent:
    """Write what happened into the matter's log and into the trail."""
    subject, now = SUBJECTS[type(matter)], clock.now()
    matter.updated_at = now
    event = ReferralEvent(
        subject_kind=subject,
        subject_id=matter.id,
        kind=kind,
        at=at or now,
        recorded_at=now,
        actor_kind=actor.kind,
        actor_id=None if actor.kind is ActorKind.SYSTEM else actor.id,
        actor_name=actor.name,
        organisation=actor.organisation_name,
        by_vendor=actor.is_vendor,
        text=text,
        data=data or {},
    )
    session().add(event)
    session().flush()
    identity.record(
        actor,
        f"{subject.value}.{kind.value}",
        subject=(subject.value, matter.id),
        summary=f"{matter.number} {kind.label}{f'：{text}' if text else ''}"[:400],
        changes=changes,
    )
    return event


def events_of(matter: Sheet | Requirement | Application) -> Sequence[ReferralEvent]:
    """The log of a matter that the caller has found, oldest first."""
    query = sa.select(ReferralEvent).where(ReferralEvent.subject_id == matter.id)
    return session().scalars(query.order_by(ReferralEvent.recorded_at, ReferralEvent.id)).all()


def source(actor: Actor, ticket_id: uuid.UUID | None) -> tickets.Ticket | None:
    """The ticket that a matter comes from, if the actor may see it; TicketNotFound otherwise."""
    return None if ticket_id is None else tickets.find(actor, ticket_id)


def tell_ticket(actor: Actor, matter: Sheet | Requirement | Application, kind: tickets.EventKind, *, text: str) -> None:
    """Write into the log of the ticket that a matter came from; the reporter is not shown whose hands it is in."""
    if matter.ticket_id is not None:
        data = {"url_kind": SUBJECTS[type(matter)].value, "id": str(matter.id), "number": matter.number}
        tickets.log(actor, matter.ticket_id, kind, text=text, data=data)
