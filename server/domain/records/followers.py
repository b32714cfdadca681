"""Hearing of changed calendars and contracts: open acceptance deadlines are shown beforehand and computed again at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from server.domain import calendar, contracts, tickets
from server.domain.calendar import Move, WorkCalendar
from server.domain.identity import Actor
from server.domain.records import clocks, links


class Acceptances:
    """The room as a follower of the calendar. Undecided notices are few, so no job is needed."""

    def preview(self, calendar: WorkCalendar) -> Sequence[Move]:
        """The open deadlines that would move if this calendar were in force."""
        return [
            Move(f"完工通知 {move.number}", "验收期限", move.before, move.after) for move in clocks.would_move(calendar)
        ]

    def recompute(self, actor: Actor, reason: str) -> None:
        """Compute the open deadlines on the calendar now in force, and audit those that moved."""
        clocks.recompute(actor, reason)


def _contract_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    clocks.recompute(actor, reason, contract_id)


def install() -> None:
    """Follow both, and keep tickets open while their work is unjudged; called once where the room is imported."""
    calendar.follow(Acceptances())
    contracts.follow(_contract_changed)
    tickets.gate(links.unjudged)
