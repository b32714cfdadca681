"""Due days that move: remembered as last computed, compared when calendar or terms change, and every move written down."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import calendar, contracts, identity
from server.domain.calendar import Move, WorkCalendar
from server.domain.contracts import Contract, ContractState
from server.domain.deliverables.expected import Expected
from server.domain.deliverables.models import DueDay, DueMove
from server.domain.deliverables.standing import deliveries_of, find_contract, owed_by
from server.domain.identity import SCHEDULER, Actor
from server.gateways import queue

RECOMPUTE = "deliverables.recompute"
REASON = 300


@dataclass(frozen=True, slots=True)
class Shift:
    """A move of one due day with what it belongs to."""

    row: DueMove
    title: str
    period: str


def settle(contract: Contract, *, reason: str, actor: Actor = SCHEDULER) -> int:
    """Compute a contract's due days anew, write down each one that moved, and say how many did. Again at any time."""
    known = {(row.key, row.cycle_on): row for row in _rows([contract.id])}
    moment, moved, fresh = clock.now(), 0, []
    for each in owed_by(contract, calendar.load(), today=clock.today()):
        row = known.get((each.key, each.cycle_on))
        if row is None:
            fresh.append(_first(each, moment))
        elif row.due_at != each.due_at or row.provisional != each.provisional:
            if row.due_at != each.due_at:
                session().add(_move(each, row.due_at, reason, moment))
                moved += 1
            row.due_at, row.provisional, row.computed_at = each.due_at, each.provisional, moment
    session().add_all(fresh)
    if moved:
        identity.record(
            actor,
            "deliverable.due_moved",
            subject=("contract", contract.id),
            summary=f"合同 {contract.number} 有 {moved} 项交付物的截止日变动：{reason}",
        )
    session().flush()
    return moved


def settle_all(*, reason: str, contract_id: uuid.UUID | None = None) -> int:
    """The same for one contract or for all that have come into force; two at once wait for each other."""
    query = sa.select(Contract).where(Contract.state != ContractState.DRAFT)
    if contract_id is not None:
        query = query.where(Contract.id == contract_id)
    held = session().scalars(query.order_by(Contract.id).with_for_update()).all()
    return sum(settle(contract, reason=reason) for contract in held)


def moves_of(actor: Actor, contract_id: uuid.UUID, *, most: int = 50) -> list[Shift]:
    """The newest moves of a contract's due days. Needs deliverable.view; NotFound for another's contract."""
    contract = find_contract(actor, contract_id)
    named = {(each.key, each.cycle_on): each for each in owed_by(contract, calendar.load(), today=clock.today())}
    query = sa.select(DueMove).where(DueMove.contract_id == contract_id).order_by(DueMove.moved_at.desc(), DueMove.id)
    found = []
    for row in session().scalars(query.limit(most)):
        each = named.get((row.key, row.cycle_on))
        found.append(Shift(row, each.title if each else row.key, each.period if each else row.cycle_on.isoformat()))
    return found


class DueDays:
    """The room as a follower of the calendar."""

    def preview(self, calendar: WorkCalendar) -> Sequence[Move]:
        """The due days of what is still owed that would move if this calendar were in force."""
        return [move for contract in _in_force() for move in _would_move(contract, calendar)]

    def recompute(self, actor: Actor, reason: str) -> None:
        """Queue the recomputation; it runs after this unit is committed."""
        ask_recompute(actor, reason)


def ask_recompute(actor: Actor, reason: str, contract_id: uuid.UUID | None = None) -> None:
    """Queue a recomputation of due days, of one contract or of all."""
    session().flush()
    args = {"reason": f"{reason}（{actor.name}）"[:REASON], "contract_id": str(contract_id) if contract_id else None}
    queue.put(RECOMPUTE, args, dedupe_key=f"{RECOMPUTE}:{new_id()}")


def _terms_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    ask_recompute(actor, reason, contract_id)


def install() -> None:
    """Follow both; called once where the room is imported."""
    calendar.follow(DueDays())
    contracts.follow(_terms_changed)


def _would_move(contract: Contract, book: WorkCalendar) -> list[Move]:
    today = clock.today()
    before = {(each.key, each.cycle_on): each for each in owed_by(contract, calendar.load(), today=today)}
    came = deliveries_of([contract.id])
    found = []
    for each in owed_by(contract, book, today=today):
        old = before[each.key, each.cycle_on]
        if old.due_at != each.due_at and (contract.id, each.key, each.cycle_on) not in came:
            found.append(Move(f"合同 {contract.number}", f"{each.title}（{each.period}）", old.due_at, each.due_at))
    return found


def _in_force() -> list[Contract]:
    query = sa.select(Contract).where(Contract.state == ContractState.ACTIVE).order_by(Contract.number)
    return list(session().scalars(query))


def _rows(contract_ids: Sequence[uuid.UUID]) -> Sequence[DueDay]:
    return session().scalars(sa.select(DueDay).where(DueDay.contract_id.in_(contract_ids))).all()


def _first(each: Expected, moment: datetime) -> DueDay:
    return DueDay(
        contract_id=each.contract_id,
        key=each.key,
        cycle_on=each.cycle_on,
        due_at=each.due_at,
        provisional=each.provisional,
        computed_at=moment,
    )


def _move(each: Expected, before: datetime | None, reason: str, moment: datetime) -> DueMove:
    return DueMove(
        contract_id=each.contract_id,
        key=each.key,
        cycle_on=each.cycle_on,
        before_at=before,
        after_at=each.due_at,
        reason=reason[:REASON],
        moved_at=moment,
    )
