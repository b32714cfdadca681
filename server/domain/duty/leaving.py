"""Who leaves is on duty no longer: their turns end with their last day, so that the gap is seen in time (A19, A39)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts, identity, staffing
from server.domain.contracts import Contract, ContractState
from server.domain.duty import cover
from server.domain.duty.models import Shift
from server.domain.identity import Actor
from server.domain.staffing import Maintainer


def install() -> None:
    """Hear of departures and of ended contracts; called once where the room is imported."""
    staffing.follow_departures(_left)
    contracts.follow(_contract_changed)


def _left(actor: Actor, maintainer: Maintainer, gone_at: datetime) -> None:
    cut = _cut(maintainer.contract_id, gone_at, f"{maintainer.name} 离岗"[:200], _turns_of(maintainer))
    if cut:
        identity.record(
            actor,
            "duty.left",
            subject=("staff_maintainer", maintainer.id),
            summary=f"{maintainer.name} 离岗，{cut} 个值班班次取消或提前结束，请另行安排",
        )


def _contract_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    contract = session().get_one(Contract, contract_id)
    if contract.state is not ContractState.ENDED:
        return
    cut = _cut(contract_id, clock.end_of(contract.ends_on), f"合同终止：{reason}"[:200])
    cover.close_warnings(contract_id)
    if cut:
        identity.record(
            actor,
            "duty.contract_ended",
            subject=("contract", contract_id),
            summary=f"合同 {contract.number} 终止，{cut} 个值班班次取消或提前结束",
        )


def _cut(contract_id: uuid.UUID, at: datetime, reason: str, *whose: sa.ColumnElement[bool]) -> int:
    """End standing shifts at a moment: later ones are cancelled, one that runs across is shortened; how many."""
    session().flush()
    query = sa.select(Shift).where(
        Shift.contract_id == contract_id, Shift.cancelled_at.is_(None), Shift.ends_at > at, *whose
    )
    rows = list(session().scalars(query.with_for_update().execution_options(populate_existing=True)))
    for shift in rows:
        if shift.starts_at < at:
            shift.ends_at = at
        else:
            shift.cancelled_at, shift.cancel_reason = clock.now(), reason
    session().flush()
    return len(rows)


def _turns_of(maintainer: Maintainer) -> sa.ColumnElement[bool]:
    """Whose turns they are: by the account; a turn without one by the name, unless somebody else on the roster has it."""
    named = sa.and_(Shift.officer_id.is_(None), Shift.name == maintainer.name)
    after = (maintainer.valid_to or clock.today()) + timedelta(days=1)
    others = staffing.staff_on(maintainer.contract_id, after)
    if any(each.name == maintainer.name for each in others):
        named = sa.false()
    if maintainer.officer_id is None:
        return named
    return sa.or_(Shift.officer_id == maintainer.officer_id, named)
