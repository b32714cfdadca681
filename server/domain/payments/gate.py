"""The payment gate: closed while an order to rectify is overdue (B30)."""

from __future__ import annotations

import uuid
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain.payments.breaches import RectificationOrder
from server.domain.payments.vocabulary import OrderState

STANDING = (OrderState.ORDERED, OrderState.ANSWERED, OrderState.FAILED)


def gate_of(contract_id: uuid.UUID, *, today: date | None = None) -> list[RectificationOrder]:
    """The overdue orders that keep a contract's gate closed; none: it is open. For programs, nobody's right is asked."""
    day = today or clock.today()
    query = sa.select(RectificationOrder).where(
        RectificationOrder.contract_id == contract_id, RectificationOrder.state.in_(STANDING)
    )
    standing = session().scalars(query.order_by(RectificationOrder.due_on, RectificationOrder.number))
    return [order for order in standing if is_overdue(order, day)]


def is_overdue(order: RectificationOrder, today: date) -> bool:
    """Whether an order's day has passed without its being put right.

    One that was answered in time waits for the bureau, and is not held against the vendor before it is checked. Once
    the bureau has found it not done, another answer alone opens nothing.
    """
    if order.state not in STANDING:
        return False
    if order.found_undone:
        return True
    in_time = order.state is OrderState.ANSWERED and order.answered_on is not None and order.answered_on <= order.due_on
    return order.due_on < today and not in_time
