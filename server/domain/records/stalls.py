"""When material was late or defective, from the log alone: the evidence for what the bureau owes (A28, A41). Pure but for the reading."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.records import log
from server.domain.records.models import Material, RecordEvent
from server.domain.records.vocabulary import EventKind, StallKind

ENDS = frozenset({EventKind.DELIVERED, EventKind.DROPPED})


@dataclass(frozen=True, slots=True)
class Span:
    """Days for which a material was missing: after ``from_on``, up to and with ``until_on`` (None: it still is)."""

    kind: StallKind
    from_on: date
    until_on: date | None
    days: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stall:
    """One event of missing or defective material, with what it held up."""

    material: Material
    span: Span

    @property
    def ticket_id(self) -> uuid.UUID | None:
        """The ticket that needed the material, if one did."""
        return self.material.ticket_id


def spans(events: Sequence[RecordEvent], today: date) -> list[Span]:
    """The times for which a material was missing, by its log: late from its due day on, defective from its return on.

    Natural days, the first not counted; a day that was agreed anew takes the place of the former one.
    """
    found: list[Span] = []
    due: date | None = None
    back: RecordEvent | None = None
    delivered = False
    for event in events:
        if "due_on" in event.data:
            due = date.fromisoformat(event.data["due_on"])
        if event.kind is EventKind.RETURNED:
            back = event
        elif event.kind in ENDS:
            until = date.fromisoformat(event.data["on"]) if "on" in event.data else clock.local_day(event.at)
            found += _span(due, back, until, until, delivered=delivered)
            back, delivered = None, True
    if back is not None or not delivered:
        found += _span(due, back, None, today, delivered=delivered)
    return found


def stalls_of(contract_id: uuid.UUID, *, today: date | None = None) -> list[Stall]:
    """Every time for which material of a contract was late or defective, oldest first. For programs: nobody's right is asked."""
    query = sa.select(Material).where(Material.contract_id == contract_id).order_by(Material.due_on, Material.id)
    return stalls_among(list(session().scalars(query)), today=today)


def stalls_among(materials: Sequence[Material], *, today: date | None = None) -> list[Stall]:
    """The same for some materials that the caller found visible."""
    logs = log.logs_of([material.id for material in materials])
    day = today or clock.today()
    found = [Stall(material, span) for material in materials for span in spans(logs[material.id], day)]
    return sorted(found, key=lambda stall: stall.span.from_on)


def _span(
    due: date | None, back: RecordEvent | None, until_on: date | None, last: date, *, delivered: bool
) -> list[Span]:
    if back is not None:
        start = date.fromisoformat(back.data["on"])
        return [Span(StallKind.DEFECTIVE, start, until_on, max((last - start).days, 0), back.text)]
    if delivered or due is None or last <= due:
        return []
    return [Span(StallKind.LATE, due, until_on, (last - due).days)]
