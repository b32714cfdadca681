"""A citizen's own list: what the mini program reads most, as plain rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.core.db import table
from server.core.paging import USUAL, Listing, Page
from server.domain.identity import Actor
from server.domain.tickets.models import Ticket
from server.domain.tickets.vocabulary import TicketState

_ticket = table(Ticket).c
_LINES = sa.select(
    _ticket.id,
    _ticket.number,
    _ticket.kind,
    _ticket.title,
    _ticket.state,
    _ticket.received_at,
    _ticket.updated_at,
    _ticket.stars,
).where(_ticket.reporter_id == sa.bindparam("citizen"))
_NEWEST = (_ticket.received_at.desc(), _ticket.id.desc())
_ALL = Listing(_LINES, _NEWEST)
_IN_STATE = Listing(_LINES.where(_ticket.state == sa.bindparam("state")), _NEWEST)


def mine(
    actor: Actor, *, state: TicketState | None = None, cursor: str | None = None, size: int = USUAL
) -> Page[sa.Row[Any]]:
    """A page of the citizen's own tickets, newest first: rows with what a list shows, named as in ``Ticket``."""
    if state is None:
        return _ALL.page({"citizen": actor.id}, cursor=cursor, size=size)
    return _IN_STATE.page({"citizen": actor.id, "state": state}, cursor=cursor, size=size)
