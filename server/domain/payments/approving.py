"""Checking, approving and paying: each by its own person, on conditions that the page shows, behind a gate."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.money import neat, to_fen
from server.domain.contracts import Contract, Event, Terms
from server.domain.identity import Actor, Permission
from server.domain.payments import dues
from server.domain.payments.access import WrongStep, contract_of, need_person
from server.domain.payments.applications import payee_digest
from server.domain.payments.gate import gate_of
from server.domain.payments.happenings import happenings
from server.domain.payments.invoices import live_invoice
from server.domain.payments.log import said, write
from server.domain.payments.models import Application, Payment
from server.domain.payments.vocabulary import ApplicationState, MoneyStep

State = ApplicationState


class SamePerson(Forbidden):
    """Two persons: whoever checked an application does not approve it."""

    code = "payment_same_person"
    message = "不能批准自己审核或提交的付款申请，请由另一人批准。"


class ConditionsMissing(Conflict):
    """Something that has to come before is not there."""

    code = "payment_conditions_missing"
    message = "付款条件尚未齐备。"


class GateClosed(Conflict):
    """While an order to rectify is overdue, nothing is approved or paid (B30)."""

    code = "payment_gate_closed"
    message = "有逾期未完成的整改通知，付款暂停办理。"


class ReferenceTaken(Conflict):
    """That transfer is entered already."""

    code = "payment_reference_taken"
    message = "该银行流水号已经登记过付款。"


@dataclass(frozen=True, slots=True)
class Condition:
    """One precondition of payment: whether it is met, and what shows it or is missing."""

    key: str
    label: str
    met: bool
    text: str
    for_check: bool


def checklist(application: Application, contract: Contract, terms: Terms) -> list[Condition]:
    """Everything that has to be there before money goes out. ``for_check``: already for the first signature."""
    invoice = live_invoice(application.id)
    received = application.received_on
    same = bool(application.payee_digest) and payee_digest(terms) == application.payee_digest
    found = [
        Condition("application", "收到付款申请", received is not None, f"{received}" if received else "待登记", True),
        Condition(
            "invoice",
            "收到等额发票",
            invoice is not None,
            f"{invoice.number}，{invoice.received_on} 收到" if invoice else "待登记",
            True,
        ),
        Condition(
            "payee",
            "收款账户与合同一致",
            same,
            f"{application.payee_name} {application.payee_masked}" if same else "合同收款账户已变更，请退回后重新提交",
            True,
        ),
        *_events(application, contract, terms),
    ]
    gate = gate_of(contract.id)
    shut = "、".join(f"{order.number}（{order.due_on} 到期）" for order in gate)
    found.append(Condition("gate", "没有逾期的整改通知", not gate, shut or "无", False))
    return found


def check(
    actor: Actor, application_id: uuid.UUID, *, agreed: bool, remark: str = "", seen: int | None = None
) -> Application:
    """The first signature: the papers are complete, or back they go with the reason."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_HANDLE, seen=seen)
    need_person(actor)
    if application.state is not State.SUBMITTED:
        raise WrongStep
    if not agreed:
        return _send_back(actor, application, remark)
    _need(application, *_papers(actor, application), only_check=True)
    application.state = State.CHECKED
    application.checked_by_id, application.checked_by_name = actor.id, actor.name[:64]
    told = f"付款申请 {application.number} 审核通过"
    write(actor, application, MoneyStep.CHECKED, told, text=remark.strip(), changes={"state": ["submitted", "checked"]})
    return application


def approve(
    actor: Actor, application_id: uuid.UUID, *, agreed: bool, reason: str = "", seen: int | None = None
) -> Application:
    """The second signature, by another person. All conditions must be met and the gate open."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_APPROVE, seen=seen)
    need_person(actor)
    if application.state is not State.CHECKED:
        raise WrongStep
    if actor.id in (application.checked_by_id, application.applied_by_id):
        raise SamePerson
    if not agreed:
        return _send_back(actor, application, reason)
    _need(application, *_papers(actor, application), only_check=False)
    application.state = State.APPROVED
    application.approved_by_id, application.approved_by_name = actor.id, actor.name[:64]
    told = f"付款申请 {application.number} 批准付款 {neat(application.amount)}"
    write(actor, application, MoneyStep.APPROVED, told, text=reason.strip(), changes={"state": ["checked", "approved"]})
    return application


def pay(
    actor: Actor,
    application_id: uuid.UUID,
    *,
    paid_on: date,
    amount: Decimal,
    reference: str,
    seen: int | None = None,
) -> Payment:
    """Enter a transfer, whole or in part; never more than is unpaid, each bank reference once."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_HANDLE, seen=seen)
    if application.state not in (State.APPROVED, State.PARTLY_PAID):
        raise WrongStep
    milestone = dues.hold(application.contract_id, application.milestone)
    contract, terms = _papers(actor, application)
    if gate_of(contract.id):
        raise GateClosed
    _need(application, contract, terms, only_check=True)
    amount = _payable(application, amount, paid_on)
    payment = Payment(
        application_id=application.id,
        contract_id=contract.id,
        milestone=application.milestone,
        paid_on=paid_on,
        amount=amount,
        reference=said("reference", reference, longest=80),
        recorded_by_id=actor.id,
        recorded_by_name=actor.name[:64],
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(payment)
    except IntegrityError as clash:
        raise ReferenceTaken from clash
    before = application.state
    application.paid += amount
    whole = application.paid == application.amount
    application.state = State.PAID if whole else State.PARTLY_PAID
    if whole:
        application.open_key = None
        milestone.settled_on = max([paid_on, *(each.paid_on for each in payments_of([application.id]))])
    told = f"付款申请 {application.number} 付款 {neat(amount)}，{paid_on}"
    data = {"amount": amount, "on": paid_on, "reference": payment.reference}
    write(
        actor, application, MoneyStep.PAID, told, data=data, changes={"state": [before.value, application.state.value]}
    )
    return payment


def payments_of(application_ids: Sequence[uuid.UUID]) -> list[Payment]:
    """The transfers of some applications that were found visible, by day."""
    query = sa.select(Payment).where(Payment.application_id.in_(list(application_ids)))
    return list(session().scalars(query.order_by(Payment.paid_on, Payment.created_at, Payment.id)))


def _events(application: Application, contract: Contract, terms: Terms) -> list[Condition]:
    """The events that the contract itself asks for, but for the papers, which have lines of their own."""
    milestone = next((each for each in terms.milestones if each.key == application.milestone), None)
    if milestone is None:
        return [Condition("milestone", "付款节点仍在合同中", False, "条款修订后该节点已取消", True)]
    happened = happenings(contract, terms)[milestone.key]
    found = []
    for event in milestone.due.events:
        if event in (Event.APPLICATION, Event.INVOICE):
            continue
        fact = happened.get(event)
        met = fact is not None and fact.on <= clock.today()
        found.append(
            Condition(event.value, event.label, met, f"{fact.on} {fact.evidence}" if fact else "尚未发生", True)
        )
    return found


def _papers(actor: Actor, application: Application) -> tuple[Contract, Terms]:
    contract = contract_of(actor, application.contract_id)
    return contract, dues.terms_and_milestone(contract, application.milestone)[0]


def _need(application: Application, contract: Contract, terms: Terms, *, only_check: bool) -> None:
    missing = [each for each in checklist(application, contract, terms) if not each.met]
    if only_check:
        missing = [each for each in missing if each.for_check]
    if [each.key for each in missing] == ["gate"]:
        raise GateClosed
    if missing:
        told = "；".join(f"{each.label}（{each.text}）" for each in missing)
        raise ConditionsMissing(f"付款条件尚未齐备：{told}", missing=[each.key for each in missing])


def _payable(application: Application, amount: Decimal, paid_on: date) -> Decimal:
    faults = {}
    left = application.amount - application.paid
    rounded = to_fen(amount)
    if rounded <= 0:
        faults["amount"] = ["应大于 0"]
    elif rounded > left:
        faults["amount"] = [f"不能超过未付金额 {neat(left)}"]
    if paid_on > clock.today():
        faults["paid_on"] = ["不能晚于今天"]
    elif paid_on < application.applied_on:
        faults["paid_on"] = ["不能早于申请日期"]
    if faults:
        raise Invalid(fields=faults)
    return rounded


def _send_back(actor: Actor, application: Application, reason: str) -> Application:
    reason = said("remark", reason, longest=1000)
    before, application.state = application.state, State.RETURNED
    # what comes back is checked anew; who had checked it stands in the log
    application.checked_by_id, application.checked_by_name = None, ""
    told = f"付款申请 {application.number} 退回：{reason}"[:500]
    write(actor, application, MoneyStep.RETURNED, told, text=reason, changes={"state": [before.value, "returned"]})
    dues.refresh(actor, contract_of(actor, application.contract_id), f"付款申请 {application.number} 退回")
    return application
