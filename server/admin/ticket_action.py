"""One step that an officer can take on a ticket, as its page, its address and its form need it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from server.domain import tickets
from server.domain.identity import Actor, Permission
from server.domain.tickets import EventKind, Ticket, TicketEvent

Values = Mapping[str, Any]
Perform = Callable[[Actor, uuid.UUID, int, Values, Sequence[uuid.UUID]], TicketEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One step: its name in addresses, its words, its form and its verb.

    ``said`` is the field whose words the log keeps: by it a form that was sent twice is known again. ``useful``:
    whether a step that is allowed would change anything.
    """

    name: str
    label: str
    icon: str
    step: EventKind
    permission: Permission
    schema: type[Schema]
    perform: Perform
    done: str
    said: str = ""
    tone: str = "primary"
    useful: Callable[[Actor, Ticket], bool] | None = None

    def open_to(self, actor: Actor, ticket: Ticket) -> bool:
        """Whether the button is shown; the verb itself looks again."""
        if not tickets.allows(ticket.state, self.step) or not tickets.may(actor, self.permission, ticket.contract_id):
            return False
        return self.useful is None or self.useful(actor, ticket)
