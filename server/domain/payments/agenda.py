"""What falls due in money between two days, for the calendar that stands above this room."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import contracts
from server.domain.identity import Actor, Permission
from server.domain.payments.breaches import RectificationOrder
from server.domain.payments.gate import STANDING, is_overdue
from server.domain.payments.models import PaymentMilestone

Row = TypeVar("Row", PaymentMilestone, RectificationOrder)


@dataclass(frozen=True, slots=True)
class MoneyDue:
    """One thing that falls due: ``kind`` is ``milestone`` or ``order``; ``late`` as of today."""

    kind: str
    object_id: uuid.UUID
    contract_id: uuid.UUID
    key: str
    title: str
    on: date
    provisional: bool
    late: bool


def dues_between(actor: Actor, first: date, last: date, *, contract_id: uuid.UUID | None = None) -> list[MoneyDue]:
    """Unpaid instalments and standing orders that fall due between two days (inclusive), of contracts whose money the
    actor may see. Empty, not refused, for who may see none."""
    if not actor.may(Permission.PAYMENT_VIEW):
        return []
    found = [*_instalments(actor, first, last, contract_id), *_orders(actor, first, last, contract_id)]
    return sorted(found, key=lambda each: (each.on, each.title))


def _instalments(actor: Actor, first: date, last: date, contract_id: uuid.UUID | None) -> list[MoneyDue]:
    query = sa.select(PaymentMilestone).where(
        PaymentMilestone.due_on.between(first, last), PaymentMilestone.settled_on.is_(None)
    )
    rows = session().scalars(_scoped(actor, query, PaymentMilestone, contract_id)).all()
    titles = {
        (each, milestone.key): milestone.title
        for each in {row.contract_id for row in rows}
        for milestone in contracts.terms_of(each).milestones
    }
    today = clock.today()
    return [
        MoneyDue(
            kind="milestone",
            object_id=row.id,
            contract_id=row.contract_id,
            key=row.milestone,
            title=f"付款到期：{titles[row.contract_id, row.milestone]}",
            on=row.due_on,
            provisional=row.provisional,
            late=row.due_on < today,
        )
        for row in rows
        if row.due_on is not None and (row.contract_id, row.milestone) in titles
    ]


def _orders(actor: Actor, first: date, last: date, contract_id: uuid.UUID | None) -> list[MoneyDue]:
    query = sa.select(RectificationOrder).where(
        RectificationOrder.due_on.between(first, last), RectificationOrder.state.in_(STANDING)
    )
    today = clock.today()
    return [
        MoneyDue(
            kind="order",
            object_id=row.id,
            contract_id=row.contract_id,
            key=row.number,
            title=f"整改到期：{row.number}",
            on=row.due_on,
            provisional=False,
            late=is_overdue(row, today),
        )
        for row in session().scalars(_scoped(actor, query, RectificationOrder, contract_id))
    ]


def _scoped(
    actor: Actor, query: sa.Select[tuple[Row]], model: type[Row], contract_id: uuid.UUID | None
) -> sa.Select[tuple[Row]]:
    scope = actor.contracts_for(Permission.PAYMENT_VIEW)
    if scope is not None:
        query = query.where(model.contract_id.in_(scope))
    return query if contract_id is None else query.where(model.contract_id == contract_id)
