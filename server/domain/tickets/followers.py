"""Hearing of changed calendars and contracts: open deadlines are previewed at once and computed again by a job."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from server.core.db import session
from server.core.ids import new_id
from server.domain import calendar, contracts
from server.domain.calendar import Move, WorkCalendar
from server.domain.identity import Actor
from server.domain.tickets.clocks import would_move
from server.gateways import queue

RECOMPUTE = "tickets.recompute_clocks"


class Deadlines:
    """The desk as a follower of the calendar."""

    def preview(self, calendar: WorkCalendar) -> Sequence[Move]:
        """The open deadlines that would move if this calendar were in force."""
        return [
            Move(f"工单 {move.number}", f"{move.kind.label}期限", move.before, move.after)
            for move in would_move(calendar)
        ]

    def recompute(self, actor: Actor, reason: str) -> None:
        """Queue the recomputation; it runs in batches after this unit is committed."""
        ask_recompute(actor, reason)


def ask_recompute(actor: Actor, reason: str, contract_id: uuid.UUID | None = None) -> None:
    """Queue a recomputation of the clocks, of one contract or of all."""
    session().flush()
    args = {"reason": f"{reason}（{actor.name}）", "contract_id": str(contract_id) if contract_id else None}
    queue.put(RECOMPUTE, args, dedupe_key=f"{RECOMPUTE}:{new_id()}")


def _contract_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    ask_recompute(actor, reason, contract_id)


def install() -> None:
    """Follow both; called once where the room is imported."""
    calendar.follow(Deadlines())
    contracts.follow(_contract_changed)
