"""The personal data on the desk: a contact shown masked, a citizen's copy, and forgetting."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import hit, session
from server.core.errors import Invalid
from server.core.logs import redact
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.tickets import access
from server.domain.tickets.files import Attachment, ContentCheck, DayUse
from server.domain.tickets.intake import contact_place
from server.domain.tickets.models import Rating, Ticket, TicketEvent
from server.domain.tickets.vocabulary import ENDED

BATCH = 200
FORGOTTEN = "已注销用户"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who can be called about a ticket; the number is masked unless ``whole``."""

    name: str
    phone: str
    whole: bool


def contact_of(actor: Actor, ticket_id: uuid.UUID) -> Contact | None:
    """The contact that staff noted, masked (138****0000); None if none was noted."""
    ticket = access.find(actor, ticket_id)
    if not ticket.contact_name and ticket.contact_sealed is None:
        return None
    return Contact(_masked_name(ticket.contact_name), _masked(_phone(ticket)), whole=False)


def unmask_contact(actor: Actor, ticket_id: uuid.UUID, *, reason: str) -> Contact:
    """The contact in full, for a reason that goes into the trail. Needs pii.unmask."""
    actor.need(Permission.PII_UNMASK)
    if not reason.strip():
        raise Invalid(fields={"reason": ["请说明查看原因。"]})
    ticket = access.find(actor, ticket_id)
    identity.record(
        actor,
        "ticket.contact_unmasked",
        subject=("ticket", ticket.id),
        summary=f"{ticket.number} 查看完整联系方式：{reason.strip()[:200]}",
    )
    return Contact(ticket.contact_name, _phone(ticket), whole=True)


def forget_contacts(actor: Actor, *, days: int) -> int:
    """Remove contacts from tickets that ended so many days ago; the tickets stay (PIPL 19, 47). One batch."""
    before = clock.now() - timedelta(days=days)
    old = sa.and_(Ticket.state.in_(ENDED), Ticket.closed_at < before)
    held = sa.or_(Ticket.contact_sealed.is_not(None), Ticket.contact_name != "")
    ids = list(session().scalars(sa.select(Ticket.id).where(old, held).limit(BATCH)))
    if ids:
        hit(
            sa.update(Ticket).where(Ticket.id.in_(ids)).values(contact_sealed=None, contact_index=None, contact_name="")
        )
        identity.record(actor, "ticket.contacts_forgotten", summary=f"到期清除 {len(ids)} 个工单的联系方式")
    return len(ids)


def copy_of(citizen_id: uuid.UUID) -> list[dict[str, Any]]:
    """A citizen's own tickets, words and ratings as plain data, for the copy that PIPL 45 promises."""
    tickets = list(session().scalars(sa.select(Ticket).where(Ticket.reporter_id == citizen_id).order_by(Ticket.id)))
    return [_copied(ticket, citizen_id) for ticket in tickets]


def forget_citizen(actor: Actor, citizen_id: uuid.UUID) -> int:
    """Cut the tie between a person and their tickets; numbers, dates and clocks stay for the contract's figures.

    Pictures go (their files with the next sweep), numbers of people are masked in the texts. Answers how many tickets.
    """
    tickets = list(session().scalars(sa.select(Ticket).where(Ticket.reporter_id == citizen_id)))
    for ticket in tickets:
        ticket.reporter_id = None
        ticket.text, ticket.title = redact(ticket.text), redact(ticket.title)
        ticket.contact_name, ticket.contact_sealed, ticket.contact_index = "", None, None
        if ticket.opened_by_id == citizen_id:
            ticket.opened_by_id = None
    for event in session().scalars(sa.select(TicketEvent).where(TicketEvent.actor_id == citizen_id)):
        event.actor_id, event.actor_name, event.text = None, FORGOTTEN, redact(event.text)
    session().flush()
    pictures = sa.select(Attachment.id).where(Attachment.owner_id == citizen_id)
    hit(sa.delete(ContentCheck).where(ContentCheck.subject_id.in_(pictures)))
    hit(sa.delete(Attachment).where(Attachment.owner_id == citizen_id))
    hit(sa.update(ContentCheck).where(ContentCheck.citizen_id == citizen_id).values(citizen_id=None))
    hit(sa.delete(DayUse).where(DayUse.owner == f"citizen:{citizen_id}"))
    identity.record(actor, "ticket.citizen_forgotten", summary=f"注销用户的 {len(tickets)} 个工单已去标识化")
    return len(tickets)


def drop_day_uses(*, days: int = 7) -> int:
    """Forget old quota rows."""
    return hit(sa.delete(DayUse).where(DayUse.day_on < clock.today() - timedelta(days=days)))


def _copied(ticket: Ticket, citizen_id: uuid.UUID) -> dict[str, Any]:
    events = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.actor_id == citizen_id)
    ratings = sa.select(Rating).where(Rating.ticket_id == ticket.id).order_by(Rating.at)
    return {
        "number": ticket.number,
        "kind": ticket.kind.label,
        "title": ticket.title,
        "text": ticket.text,
        "state": ticket.state.label,
        "received_at": _told(ticket.received_at),
        "words": [
            {"at": _told(event.at), "what": event.kind.label, "text": event.text}
            for event in session().scalars(events.order_by(TicketEvent.seq))
        ],
        "ratings": [
            {"at": _told(each.at), "stars": each.stars, "text": each.text} for each in session().scalars(ratings)
        ],
    }


def _phone(ticket: Ticket) -> str:
    return crypto.ring().unseal(ticket.contact_sealed, contact_place(ticket.id)) if ticket.contact_sealed else ""


def _masked(phone: str) -> str:
    return re.sub(r"(?<=.{3}).(?=.{4})", "*", phone) if len(phone) > 7 else "*" * len(phone)  # noqa: PLR2004 - 3 + 4 shown


def _masked_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)


def _told(at: datetime) -> str:
    return clock.to_local(at).isoformat(timespec="seconds")
