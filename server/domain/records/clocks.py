"""The acceptance clock: natural days from the receipt of the notice, with the Civil Code's roll-over (A36, domain.md §1.5).

It runs only from proven receipt, only where the contract has the term, and never on a year that nobody has maintained.
The terms are those that held on the day of receipt.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.domain import calendar, contracts, identity
from server.domain.calendar import CalendarMissing, WorkCalendar
from server.domain.contracts import Terms
from server.domain.identity import Actor
from server.domain.records import log
from server.domain.records.log import Line
from server.domain.records.models import Completion
from server.domain.records.vocabulary import Basis, CompletionState, EventKind

NAMED = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """What terms and calendar say of one notice. ``deemable``: silence until ``due_at`` accepts."""

    basis: Basis
    due_on: date | None
    due_at: datetime | None
    deemable: bool
    provisional: bool
    calendar_version: int
    contract_revision: int
    trace: list[str]


@dataclass(frozen=True, slots=True)
class MovedNotice:
    """An acceptance deadline that a changed calendar or contract moves (None: there is or was none)."""

    completion_id: uuid.UUID
    number: str
    before: datetime | None
    after: datetime | None
    before_on: date | None
    after_on: date | None


def read(terms: Terms, book: WorkCalendar, received_on: date | None) -> Reading:
    """The clock of a notice received on a day; pure. Without proof of receipt there is none (A37)."""
    told = {"calendar_version": book.version, "contract_revision": terms.revision}
    if received_on is None:
        return Reading(Basis.AWAITING, None, None, False, False, trace=["没有签收证据，验收期限尚未起算"], **told)
    if terms.acceptance is None:
        return Reading(Basis.NOT_AGREED, None, None, False, False, trace=["合同未约定验收期限，须明确验收"], **told)
    try:
        deadline = contracts.acceptance_deadline(terms, book, received_on=received_on)
    except CalendarMissing as missing:
        return Reading(Basis.CALENDAR_MISSING, None, None, False, False, trace=[missing.text], **told)
    assert deadline is not None  # noqa: S101 - there is a term, so there is a deadline
    return Reading(
        Basis.AGREED,
        deadline.on,
        deadline.at,
        terms.acceptance.deemed,
        deadline.provisional,
        trace=list(deadline.trace),
        **told,
    )


def reading_of(completion: Completion, book: WorkCalendar) -> Reading:
    """What the contract's terms of the day of receipt and a calendar say of a notice."""
    terms = contracts.terms_of(completion.contract_id, on=completion.received_on)
    return read(terms, book, completion.received_on)


def settle(completion: Completion) -> Reading:
    """Derive a notice's clock and keep it; the caller holds the row."""
    found = reading_of(completion, calendar.load())
    _keep(completion, found)
    return found


def would_move(book: WorkCalendar) -> list[MovedNotice]:
    """The deadlines of undecided notices that would move if this calendar were in force; nothing is written."""
    return [move for _, _, move in _moves(session().scalars(_running()).all(), book) if move is not None]


def recompute(actor: Actor, reason: str, contract_id: uuid.UUID | None = None) -> list[MovedNotice]:
    """Derive the clocks of undecided notices again, of one contract or of all; says which moved, and audits them.

    What was decided, or deemed so, keeps the date on which it was.
    """
    query = _running(contract_id).with_for_update().execution_options(populate_existing=True)
    moved: list[MovedNotice] = []
    for completion, found, move in _moves(session().scalars(query).all(), calendar.load()):
        _keep(completion, found)
        if move is not None:
            moved.append(move)
            told = {"due_on": [_text(move.before_on), _text(move.after_on)]}
            summary = f"验收期限由 {move.before_on or '无'} 变为 {move.after_on or '无'}：{reason}"
            line = Line(kind=EventKind.MOVED, summary=summary, text=reason, data=told, changes=told)
            log.write(actor, completion, line)
    if moved:
        identity.record(
            actor,
            "completion.clocks_recomputed",
            summary=f"重新计算验收期限：{reason}，变动 {len(moved)} 项",
            changes={move.number: [_text(move.before_on), _text(move.after_on)] for move in moved[:NAMED]},
        )
    return moved


def _moves(
    completions: Sequence[Completion], book: WorkCalendar
) -> list[tuple[Completion, Reading, MovedNotice | None]]:
    found = []
    for completion in completions:
        reading = reading_of(completion, book)
        move = None
        if reading.due_at != completion.due_at:
            move = MovedNotice(
                completion.id,
                completion.number,
                completion.due_at,
                reading.due_at,
                completion.due_on,
                reading.due_on,
            )
        found.append((completion, reading, move))
    return found


def _running(contract_id: uuid.UUID | None = None) -> sa.Select[tuple[Completion]]:
    query = sa.select(Completion).where(Completion.state == CompletionState.RECEIVED).order_by(Completion.id)
    return query if contract_id is None else query.where(Completion.contract_id == contract_id)


def _keep(completion: Completion, found: Reading) -> None:
    values: dict[str, Any] = asdict(found)
    for name, value in values.items():
        setattr(completion, name, value)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
