"""Who else has a ticket open, and who is writing: a hint against two answers at once, nothing that anybody is held to.

Pages say every few seconds that they are still there; what has not been heard of for a while is not shown. Nothing here
is a change to the ticket, so it leaves no line in log or trail.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, hit, session
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.tickets import access
from server.domain.tickets.models import NAME

# A page reports every 15 seconds; one that missed two reports is taken for closed.
OPEN_FOR = timedelta(seconds=40)
WRITING_FOR = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(hours=1)


class TicketPresence(Base):
    """That an officer had a ticket open, and when they last typed."""

    __tablename__ = "ticket_presences"

    ticket_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation: Mapped[str] = mapped_column(sa.String(100), default="")
    seen_at: Mapped[datetime] = mapped_column(index=True)
    typed_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else at this ticket."""

    name: str
    organisation: str
    writing: bool


def look_in(actor: Actor, ticket_id: uuid.UUID, *, writing: bool = False) -> list[Present]:
    """Say that one has the ticket open (and is writing), and see who else has: those who write first."""
    ticket = access.find(actor, ticket_id)
    actor.need(Permission.TICKET_VIEW)
    now = clock.now()
    if actor.kind is ActorKind.OFFICER and actor.id is not None:
        _note(actor, ticket.id, now, writing=writing)
    return others_at(actor, ticket.id, now)


def others_at(actor: Actor, ticket_id: uuid.UUID, now: datetime) -> list[Present]:
    """Who else has it open; the caller has found the ticket visible."""
    query = sa.select(TicketPresence).where(
        TicketPresence.ticket_id == ticket_id,
        TicketPresence.officer_id != actor.id,
        TicketPresence.seen_at > now - OPEN_FOR,
    )
    found = [
        Present(row.name, row.organisation, row.typed_at is not None and row.typed_at > now - WRITING_FOR)
        for row in session().scalars(query)
    ]
    return sorted(found, key=lambda each: (not each.writing, each.name))


def leave(actor: Actor, ticket_id: uuid.UUID) -> None:
    """One has answered or gone: the hint goes with it."""
    mine = (TicketPresence.ticket_id == ticket_id, TicketPresence.officer_id == actor.id)
    hit(sa.update(TicketPresence).where(*mine).values(typed_at=None))


def forget_presences() -> int:
    """Drop what nobody asks for any more."""
    return hit(sa.delete(TicketPresence).where(TicketPresence.seen_at < clock.now() - FORGOTTEN_AFTER))


def _note(actor: Actor, ticket_id: uuid.UUID, now: datetime, *, writing: bool) -> None:
    mine = (TicketPresence.ticket_id == ticket_id, TicketPresence.officer_id == actor.id)
    values = {"seen_at": now, "typed_at": now} if writing else {"seen_at": now}
    if hit(sa.update(TicketPresence).where(*mine).values(**values)):
        return
    row = {"ticket_id": ticket_id, "officer_id": actor.id, "name": actor.name[:NAME], **values}
    try:
        with session().begin_nested():
            session().execute(sa.insert(TicketPresence).values(**row, organisation=actor.organisation_name[:100]))
    except IntegrityError:
        # The same officer's other window was quicker by a moment; both say the same.
        hit(sa.update(TicketPresence).where(*mine).values(**values))
