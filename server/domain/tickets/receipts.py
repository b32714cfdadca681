"""Looking up a matter that somebody unknown reported: by its number and the code that was shown once."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.core.ids import digest
from server.domain.identity import ANONYMOUS
from server.domain.tickets.models import Ticket
from server.domain.tickets.reading import Entry, timeline

NO_ONE = digest("no such ticket")


class ReceiptNotFound(NotFound):
    """The number or the code is wrong; which of them is not said."""

    code = "receipt_not_found"
    message = "编号或查询码不正确。"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A ticket and what its reporter may read of it."""

    ticket: Ticket
    entries: list[Entry]


def lookup(*, number: str, query_code: str, address: str = "") -> Receipt:
    """The matter behind a receipt. One query and one comparison whatever was wrong; the face limits the tries."""
    given = digest(query_code.strip().upper())
    query = sa.select(Ticket).where(Ticket.number == number.strip().upper())
    ticket = session().scalars(query).one_or_none()
    kept = ticket.query_digest if ticket is not None and ticket.query_digest else NO_ONE
    if not hmac.compare_digest(given, kept) or ticket is None:
        raise ReceiptNotFound
    return Receipt(ticket, timeline(replace(ANONYMOUS, address=address), ticket))
