"""Calls found and counted: lists with filters, and the figures of a period."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.sealing import reseal
from server.domain.duty import access, phones
from server.domain.duty.models import Call, Shift
from server.domain.duty.vocabulary import CallState
from server.domain.identity import Actor


@dataclass(frozen=True, slots=True)
class Figures:
    """The calls of a period. ``missed`` are those that nobody has called back."""

    answered: int
    missed: int
    called_back: int
    middle_wait: timedelta | None

    @property
    def total(self) -> int:
        """All calls."""
        return self.answered + self.missed + self.called_back

    @property
    def rate(self) -> float | None:
        """The part that was answered at once, 0 to 1; None without calls."""
        return self.answered / self.total if self.total else None


def calls_matching(
    actor: Actor,
    *,
    contract_id: uuid.UUID | None = None,
    state: CallState | None = None,
    first: date | None = None,
    last: date | None = None,
    text: str = "",
) -> sa.Select[tuple[Call]]:
    """The calls that the actor may see, newest first. ``text``: a call's number, a caller's name, or a whole phone number."""
    query = sa.select(Call).where(*access.visible(actor, Call))
    if contract_id is not None:
        query = query.where(Call.contract_id == contract_id)
    if state is not None:
        query = query.where(Call.state == state)
    if first is not None:
        query = query.where(Call.started_at >= clock.start_of(first))
    if last is not None:
        query = query.where(Call.started_at < clock.end_of(last))
    wanted = text.strip()
    if wanted:
        like = [field.contains(wanted, autoescape=True) for field in (Call.number, Call.caller, Call.answered_by)]
        query = query.where(sa.or_(*like, Call.phone_index == phones.index(phones.loosely(wanted))))
    return query.order_by(Call.started_at.desc(), Call.id.desc())


def figures(actor: Actor, first: date, last: date, *, contract_id: uuid.UUID | None = None) -> Figures:
    """What became of the calls of some days, and how long a missed caller usually waited to be called back."""
    chosen = calls_matching(actor, contract_id=contract_id, first=first, last=last).order_by(None)
    columns = chosen.with_only_columns(Call.state, Call.started_at, Call.called_back_at)
    rows = session().execute(columns).all()
    waits = [row.called_back_at - row.started_at for row in rows if row.called_back_at is not None]
    counted = {state: sum(row.state is state for row in rows) for state in CallState}
    return Figures(
        answered=counted[CallState.ANSWERED],
        missed=counted[CallState.MISSED],
        called_back=counted[CallState.CALLED_BACK],
        middle_wait=median(waits) if waits else None,
    )


def calls_of(actor: Actor, ticket_id: uuid.UUID) -> list[Call]:
    """The calls about a ticket, oldest first, as far as the actor may see."""
    query = sa.select(Call).where(Call.ticket_id == ticket_id, *access.visible(actor, Call))
    return list(session().scalars(query.order_by(Call.started_at, Call.id)))


def find_call(actor: Actor, call_id: uuid.UUID) -> Call:
    """One call; DutyNotFound if not this actor's to see."""
    return access.find(actor, Call, call_id)


def rotate_duty_keys(*, batch: int = 200) -> int:
    """Seal up to ``batch`` numbers with the current key; how many were found, 0 when none is left."""
    shifts = reseal(Shift.id, Shift.phone_sealed, phones.shift_place, limit=batch)
    return shifts + reseal(Call.id, Call.phone_sealed, phones.call_place, limit=batch)
