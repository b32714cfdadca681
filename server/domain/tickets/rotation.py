"""Sealing contacts anew after a key rotation."""

from __future__ import annotations

from server.core.sealing import reseal
from server.domain.tickets.intake import contact_place
from server.domain.tickets.models import Ticket


def rotate_ticket_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` contacts with the current key; how many were found, 0 when none is left."""
    return reseal(Ticket.id, Ticket.contact_sealed, contact_place, limit=batch)
