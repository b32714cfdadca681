"""Sealing contacts anew after a key rotation, and the digests of those that were noted before there were any."""

from __future__ import annotations

import sqlalchemy as sa

from server.core import crypto
from server.core.db import session
from server.core.sealing import reseal
from server.domain.tickets.intake import contact_place
from server.domain.tickets.models import Ticket
from server.domain.tickets.phones import phone_index


def rotate_ticket_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` contacts with the current key; how many were found, 0 when none is left."""
    return reseal(Ticket.id, Ticket.contact_sealed, contact_place, limit=batch) + _index(batch)


def _index(batch: int) -> int:
    """Make contacts findable by their number; a contact without a digit in it has the digest of nothing."""
    bare = sa.and_(Ticket.contact_sealed.is_not(None), Ticket.contact_index.is_(None))
    found = list(session().scalars(sa.select(Ticket).where(bare).order_by(Ticket.id).limit(batch)))
    for ticket in found:
        number = crypto.ring().unseal(ticket.contact_sealed or "", contact_place(ticket.id))
        ticket.contact_index = phone_index(number) or ""
    session().flush()
    return len(found)
