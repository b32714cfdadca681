"""Orders to rectify and the gate (B30): when it shuts, what opens it, and what a vendor's word alone does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import payments
from server.domain.payments import GateClosed, OrderOutcome, OrderState, RectificationOrder, WrongStep
from tests.factories import payments as money
from tests.factories.payments import Till
from tests.factories.tickets import ticket

D = date.fromisoformat


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel("2025-10-24T10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("b")


def ordered(made: Till, due: str = "2025-10-27") -> RectificationOrder:
    return payments.order(
        made.zhou, contract_id=made.contract.id, facts="同步中断", demands="三日内恢复", due_on=D(due)
    )


def shut(made: Till) -> bool:
    return bool(payments.gate_of(made.contract.id))


def test_answered_in_time_waits_for_the_bureau_however_long(made: Till, clock: Any) -> None:
    order = ordered(made)
    clock.move_to("2025-10-27T23:59:00+08:00")
    payments.answer(made.wu, order.id, text="已恢复")
    clock.move_to("2025-11-10T10:00:00+08:00")
    assert not shut(made)


def test_answered_too_late_opens_nothing(made: Till, clock: Any) -> None:
    order = ordered(made)
    clock.move_to("2025-10-28T00:00:00+08:00")
    assert shut(made)
    payments.answer(made.wu, order.id, text="已恢复")
    assert shut(made)
    payments.recheck(made.zhou, order.id, passed=True, remark="正常")
    assert not shut(made)


def test_found_undone_shuts_before_the_day_and_another_answer_opens_nothing(made: Till) -> None:
    order = ordered(made)
    payments.answer(made.wu, order.id, text="已恢复")
    payments.recheck(made.zhou, order.id, passed=False, remark="未恢复")
    assert (order.state, shut(made)) == (OrderState.FAILED, True)
    payments.answer(made.wu, order.id, text="这回好了")
    assert (order.state, shut(made)) == (OrderState.ANSWERED, True)
    payments.recheck(made.zhou, order.id, passed=False, remark="仍有缺口", due_on=D("2025-10-30"))
    assert (order.state, order.due_on, shut(made)) == (OrderState.ORDERED, D("2025-10-30"), False)


def test_another_day_is_a_day_like_the_first(made: Till, clock: Any) -> None:
    order = ordered(made)
    clock.move_to("2025-10-29T10:00:00+08:00")
    payments.recheck(made.zhou, order.id, passed=False, remark="宽限", due_on=D("2025-10-31"))
    assert not shut(made)
    clock.move_to("2025-11-01T00:00:00+08:00")
    assert shut(made)
    payments.withdraw_order(made.zhou, order.id, reason="非乙方原因")
    assert not shut(made)


def test_one_of_two_orders_is_enough(made: Till, clock: Any) -> None:
    first, second = ordered(made), ordered(made, "2025-10-28")
    clock.move_to("2025-10-30T10:00:00+08:00")
    payments.recheck(made.zhou, first.id, passed=True, remark="正常")
    assert [each.number for each in payments.gate_of(made.contract.id)] == [second.number]


def test_the_gate_stops_approval_and_payment_but_not_the_papers(made: Till, clock: Any) -> None:
    ordered(made)
    clock.move_to("2025-10-28T10:00:00+08:00")
    application = money.received(made)
    payments.check(made.lin, application.id, agreed=True)
    with pytest.raises(GateClosed):
        payments.approve(made.zhou, application.id, agreed=True)
    payments.approve(made.zhou, application.id, agreed=False, reason="待整改完成")
    assert application.checked_by_id is None


def test_who_may_order_answer_and_judge(made: Till) -> None:
    said: dict[str, Any] = {
        "contract_id": made.contract.id,
        "facts": "故障",
        "demands": "修复",
        "due_on": D("2025-10-27"),
    }
    for actor in (made.lin, made.wu, made.zheng):
        with pytest.raises(Forbidden):
            payments.order(actor, **said)
    order = ordered(made)
    with pytest.raises(NotFound):
        payments.answer(made.bai, order.id, text="好了")
    for actor in (made.zhou, made.zheng):
        with pytest.raises(Forbidden):
            payments.answer(actor, order.id, text="好了")
    with pytest.raises(Forbidden):
        payments.recheck(made.wu, order.id, passed=True, remark="好了")


def test_what_an_order_refuses(made: Till, clock: Any) -> None:
    with pytest.raises(Invalid):
        ordered(made, "2025-10-23")
    order = ordered(made)
    for due, passed in ((D("2025-10-30"), True), (D("2025-10-23"), False)):
        with pytest.raises(Invalid):
            payments.recheck(made.zhou, order.id, passed=passed, remark="x", due_on=due)
    with pytest.raises(WrongStep, match="尚未逾期"):
        payments.decide_outcome(made.zhou, order.id, outcome=OrderOutcome.DAMAGES, note="索赔")
    payments.recheck(made.zhou, order.id, passed=True, remark="正常")
    for attempt in (
        lambda: payments.answer(made.wu, order.id, text="又好了"),
        lambda: payments.withdraw_order(made.zhou, order.id, reason="误发"),
        lambda: payments.recheck(made.zhou, order.id, passed=False, remark="再查"),
    ):
        with pytest.raises(WrongStep):
            attempt()
    strange = ticket(made.lin, contract_id=money.till("a").contract.id)
    with pytest.raises(Invalid):
        payments.order(
            made.zhou,
            contract_id=made.contract.id,
            facts="故障",
            demands="修复",
            due_on=D("2025-10-27"),
            ticket_id=strange.id,
        )


@pytest.mark.parametrize("outcome", list(OrderOutcome))
def test_b30_what_follows_is_written_down_once_it_is_overdue(made: Till, clock: Any, outcome: OrderOutcome) -> None:
    order = ordered(made)
    clock.move_to("2025-10-28T10:00:00+08:00")
    payments.decide_outcome(made.zhou, order.id, outcome=outcome, note="依合同 3.4")
    assert (order.outcome, order.state, shut(made)) == (outcome, OrderState.ORDERED, True)
