"""Orders to rectify (B30): issued, answered, checked again; while one is overdue, nothing is paid."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden, Invalid
from server.domain import contracts, tickets
from server.domain.contracts import Party
from server.domain.identity import Actor, Permission
from server.domain.payments.access import WrongStep, contract_of, found, held, side_of, visible
from server.domain.payments.breaches import RectificationOrder
from server.domain.payments.gate import STANDING, is_overdue
from server.domain.payments.log import numbered, said, write
from server.domain.payments.vocabulary import MoneyStep, OrderOutcome, OrderState

State = OrderState


def order(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    facts: str,
    demands: str,
    due_on: date,
    ticket_id: uuid.UUID | None = None,
) -> RectificationOrder:
    """Order the vendor to put something right by a day."""
    contract = contract_of(actor, contract_id, Permission.RECTIFICATION_MANAGE)
    today = clock.today()
    if due_on < today:
        raise Invalid(fields={"due_on": ["不能早于今天"]})
    number = ""
    if ticket_id is not None:
        ticket = tickets.find(actor, ticket_id)
        if ticket.contract_id != contract.id:
            raise Invalid(fields={"ticket_id": ["不是该合同的工单"]})
        number = ticket.number
    now = clock.now()
    made = RectificationOrder(
        number=numbered("ZG"),
        contract_id=contract.id,
        ticket_id=ticket_id,
        ticket_number=number,
        facts=said("facts", facts),
        demands=said("demands", demands),
        issued_on=today,
        due_on=due_on,
        state=State.ORDERED,
        found_undone=False,
        version=0,
        created_at=now,
        updated_at=now,
    )
    session().add(made)
    session().flush()
    told = f"下达整改通知 {made.number}，{due_on} 前完成"
    write(actor, made, MoneyStep.ORDERED, told, text=made.demands, changes={"due_on": [None, due_on.isoformat()]})
    return made


def answer(actor: Actor, order_id: uuid.UUID, *, text: str, seen: int | None = None) -> RectificationOrder:
    """The vendor says what it has done; the bureau checks again."""
    made = held(actor, RectificationOrder, order_id, Permission.PAYMENT_APPLY, seen=seen)
    if side_of(actor) is not Party.VENDOR:
        raise Forbidden("整改答复由乙方提交。")
    if made.state not in (State.ORDERED, State.FAILED):
        raise WrongStep
    before = made.state
    made.answer, made.answered_on, made.state = said("text", text), clock.today(), State.ANSWERED
    changes = {"state": [before.value, "answered"]}
    write(actor, made, MoneyStep.ANSWERED, f"整改通知 {made.number} 提交答复", text=made.answer, changes=changes)
    return made


def recheck(
    actor: Actor,
    order_id: uuid.UUID,
    *,
    passed: bool,
    remark: str,
    due_on: date | None = None,
    seen: int | None = None,
) -> RectificationOrder:
    """The bureau's second look. Passed, the gate opens; not passed, it may give another day, or the order has failed."""
    made = held(actor, RectificationOrder, order_id, Permission.RECTIFICATION_MANAGE, seen=seen)
    if made.state not in STANDING:
        raise WrongStep
    today = clock.today()
    if due_on is not None and (passed or due_on < today):
        raise Invalid(fields={"due_on": ["复查通过时不另定期限" if passed else "不能早于今天"]})
    before = made.state
    made.rechecked_on, made.recheck_remark = today, said("remark", remark)
    changes = {"due_on": [made.due_on.isoformat(), due_on.isoformat()]} if due_on else {}
    if passed:
        made.state = State.PASSED
    elif due_on is not None:
        made.state, made.due_on = State.ORDERED, due_on
    else:
        made.state = State.FAILED
    step = MoneyStep.PASSED if passed else MoneyStep.FAILED
    told = f"整改通知 {made.number} {step.label}" + (f"，改期至 {due_on}" if due_on else "")
    made.found_undone = made.state is State.FAILED
    changes["state"] = [before.value, made.state.value]
    write(actor, made, step, told, text=made.recheck_remark, changes=changes)
    return made


def decide_outcome(
    actor: Actor, order_id: uuid.UUID, *, outcome: OrderOutcome | str, note: str, seen: int | None = None
) -> RectificationOrder:
    """What the bureau draws from an order that was not carried out: end the contract, refuse payment, ask for damages.

    It is written down here; ending the contract and claiming are steps of their own.
    """
    made = held(actor, RectificationOrder, order_id, Permission.RECTIFICATION_MANAGE, seen=seen)
    if not is_overdue(made, clock.today()):
        raise WrongStep("整改尚未逾期，不能作处置决定。")
    made.outcome, made.outcome_note = OrderOutcome(outcome), said("note", note)
    told = f"整改通知 {made.number} 处置：{made.outcome.label}"
    write(actor, made, MoneyStep.DECIDED, told, text=made.outcome_note, changes={"outcome": [None, made.outcome.value]})
    return made


def withdraw_order(actor: Actor, order_id: uuid.UUID, *, reason: str, seen: int | None = None) -> RectificationOrder:
    """Take an order back."""
    made = held(actor, RectificationOrder, order_id, Permission.RECTIFICATION_MANAGE, seen=seen)
    if made.state not in STANDING:
        raise WrongStep
    reason = said("reason", reason, longest=500)
    before, made.state = made.state, State.WITHDRAWN
    told = f"整改通知 {made.number} 撤销：{reason}"[:500]
    write(actor, made, MoneyStep.WITHDRAWN, told, text=reason, changes={"state": [before.value, "withdrawn"]})
    return made


def find_order(actor: Actor, order_id: uuid.UUID) -> RectificationOrder:
    """One order that the actor may see."""
    return found(actor, RectificationOrder, order_id)


def orders_matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, state: OrderState | None = None, text: str = ""
) -> sa.Select[tuple[RectificationOrder]]:
    """The orders that the actor may see, the latest due first."""
    actor.need(Permission.PAYMENT_VIEW)
    query = sa.select(RectificationOrder).where(*visible(actor, RectificationOrder))
    if contract_id is not None:
        query = query.where(RectificationOrder.contract_id == contract_id)
    if state is not None:
        query = query.where(RectificationOrder.state == state)
    if text.strip():
        fields = (RectificationOrder.number, RectificationOrder.facts, RectificationOrder.ticket_number)
        query = query.where(sa.or_(*(field.contains(text.strip(), autoescape=True) for field in fields)))
    return query.order_by(RectificationOrder.due_on.desc(), RectificationOrder.number.desc())


def usual_due(actor: Actor, contract_id: uuid.UUID) -> date | None:
    """The day that the contract's own period would give an order of today; None where none is agreed."""
    contract = contract_of(actor, contract_id)
    days = contracts.terms_of(contract.id).rectification_days
    return None if days is None else clock.today() + timedelta(days=days)
