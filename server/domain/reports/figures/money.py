"""Money as it stands: paid in the period, instalments that wait, penalties, orders to rectify (A41-A43, B28, B30)."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from server.core.db import session
from server.domain.payments import Claim, ClaimState, OrderState, Payment, PaymentMilestone, RectificationOrder
from server.domain.reports.content import Figure, Grid, Ref, Section, count
from server.domain.reports.look import Look, day_text


def money(look: Look) -> Section:
    """The section: standing on the period's last day, from what is written with dates."""
    paid = _paid(look)
    total = sum((each.amount for each in paid), Decimal("0.00"))
    waiting = _waiting(look)
    late = [each for each in waiting if each.due_on is not None and each.due_on < look.as_of]
    claims = _claims(look)
    settled = [each for each in claims if each.state is ClaimState.SETTLED and look.on_day(each.settled_on)]
    agreed = sum((each.settled or Decimal(0) for each in settled), Decimal("0.00"))
    orders = orders_open(look)
    mine = f"/admin/payments/contracts/{look.contract_id}"
    titles = {each.key: each.title for each in look.terms.milestones}
    rows = [
        (
            titles.get(each.milestone, each.milestone),
            day_text(each.due_on) or "条件未齐",
            "已逾期" if each in late else "未付",
        )
        for each in waiting
    ]
    return Section(
        key="money",
        title="付款与违约责任",
        figures=(
            Figure("money.paid", "本期付款", f"{total:.2f}", f"{total:,.2f} 元", f"{len(paid)} 笔", mine),
            count("money.waiting", "未付清的付款节点", [Ref(row[0], mine) for row in rows], address=mine, unit="个"),
            count(
                "money.late", "其中已逾期", [Ref(titles.get(e.milestone, e.milestone), mine) for e in late], unit="个"
            ),
            count("money.claims", "本期违约事项", _claim_refs([e for e in claims if look.on_day(e.occurred_on)])),
            Figure(
                "money.settled",
                "双方确认的违约金",
                f"{agreed:.2f}",
                f"{agreed:,.2f} 元",
                f"{len(settled)} 件，按确认日期",
                "/admin/penalties/",
                tuple(_claim_refs(settled)),
            ),
            count("money.orders", "期末未完成的整改通知", order_refs(orders), unit="份"),
        ),
        grids=(Grid("money.rows", "未付清的付款节点", ("节点", "到期日", "状态"), tuple(rows)),),
    )


def orders_open(look: Look) -> list[RectificationOrder]:
    """Orders that stood on the last day: issued by then, and not rechecked by then."""
    query = sa.select(RectificationOrder).where(
        RectificationOrder.contract_id == look.contract_id,
        RectificationOrder.state != OrderState.WITHDRAWN,
        RectificationOrder.issued_on <= look.as_of,
        sa.or_(RectificationOrder.rechecked_on.is_(None), RectificationOrder.rechecked_on > look.as_of),
    )
    return list(session().scalars(query.order_by(RectificationOrder.due_on, RectificationOrder.number)))


def order_refs(orders: list[RectificationOrder]) -> list[Ref]:
    """Orders as sources."""
    return [Ref(f"{each.number} {each.facts[:40]}", f"/admin/penalties/orders/{each.id}") for each in orders]


def _paid(look: Look) -> list[Payment]:
    query = sa.select(Payment).where(
        Payment.contract_id == look.contract_id, Payment.paid_on >= look.first, Payment.paid_on <= look.as_of
    )
    return list(session().scalars(query.order_by(Payment.paid_on)))


def _waiting(look: Look) -> list[PaymentMilestone]:
    query = sa.select(PaymentMilestone).where(
        PaymentMilestone.contract_id == look.contract_id,
        sa.or_(PaymentMilestone.settled_on.is_(None), PaymentMilestone.settled_on > look.as_of),
    )
    return list(session().scalars(query.order_by(PaymentMilestone.due_on, PaymentMilestone.milestone)))


def _claims(look: Look) -> list[Claim]:
    query = sa.select(Claim).where(Claim.contract_id == look.contract_id, Claim.state != ClaimState.DROPPED)
    return list(session().scalars(query.order_by(Claim.occurred_on, Claim.number)))


def _claim_refs(claims: list[Claim]) -> list[Ref]:
    return [Ref(f"{each.number} {each.title}", f"/admin/penalties/{each.id}") for each in claims]
