"""Applying for an instalment: what the vendor asks for, withdraws, submits again; and when the bureau received it."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock, crypto
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.money import neat, to_fen
from server.core.money_words import in_words
from server.domain import contracts
from server.domain.contracts import ContractState, Terms
from server.domain.identity import Actor, Permission
from server.domain.payments import dues
from server.domain.payments.access import MoneyNotFound, WrongStep, contract_of, found, visible
from server.domain.payments.log import numbered, said, write
from server.domain.payments.models import Application, Payment
from server.domain.payments.vocabulary import ApplicationState, MoneyStep

State = ApplicationState


class AlreadyApplied(Conflict):
    """One open application an instalment."""

    code = "payment_already_applied"
    message = "该期款项已有未办结的付款申请。"


class NoBilling(Conflict):
    """The contract does not say where money goes."""

    code = "payment_no_payee"
    message = "合同未登记收款账户，无法申请付款。"


def apply(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    milestone: str,
    amount: Decimal,
    basis: str,
    applied_on: date | None = None,
) -> Application:
    """Apply for an instalment (A25, B26, B27). The amount must be what is unpaid of it; its words are written by us.

    The payee is the contract's (A26). AlreadyApplied while another application for it is open.
    """
    contract = contract_of(actor, contract_id, Permission.PAYMENT_APPLY)
    terms, wanted = dues.terms_and_milestone(contract, milestone)
    if wanted is None:
        raise MoneyNotFound
    if contract.state is ContractState.DRAFT:
        raise WrongStep("合同尚未生效，不能申请付款。")
    basis = said("basis", basis)
    day = _past("applied_on", applied_on or clock.today())
    dues.hold_all(contract.id)
    open_key = f"{contract.id}:{milestone}"
    if session().scalar(sa.select(Application.id).where(Application.open_key == open_key)) is not None:
        raise AlreadyApplied
    unpaid = wanted.amount - paid_of(contract.id, milestone)
    if unpaid <= 0:
        raise WrongStep("该期款项已经付清。")
    if to_fen(amount) != unpaid:
        raise Invalid(fields={"amount": [f"应与该期未付金额一致：{neat(unpaid)}（{in_words(unpaid)}）"]})
    now = clock.now()
    application = Application(
        number=numbered("FK"),
        contract_id=contract.id,
        milestone=milestone,
        title=wanted.title,
        amount=unpaid,
        words=in_words(unpaid),
        paid=Decimal(0),
        basis=basis,
        state=State.SUBMITTED,
        open_key=open_key,
        applied_on=day,
        applied_by_id=actor.id,
        applied_by_name=actor.name[:64],
        version=0,
        created_at=now,
        updated_at=now,
    )
    _take_payee(application, terms)
    try:
        with session().begin_nested():
            session().add(application)
    except IntegrityError as clash:
        raise AlreadyApplied from clash
    told = f"提交付款申请 {application.number}：{wanted.title} {neat(unpaid)}"
    write(actor, application, MoneyStep.APPLIED, told, text=basis, changes={"amount": [None, str(unpaid)]})
    dues.refresh(actor, contract, f"付款申请 {application.number}")
    return application


def resubmit(actor: Actor, application_id: uuid.UUID, *, basis: str, seen: int | None = None) -> Application:
    """Submit a returned application again, with the payee that the contract names now; it has to be received again."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_APPLY, seen=seen)
    if application.state is not State.RETURNED:
        raise WrongStep
    application.basis = said("basis", basis)
    terms, wanted = dues.terms_and_milestone(contract_of(actor, application.contract_id), application.milestone)
    if wanted is None or application.amount != wanted.amount - paid_of(application.contract_id, application.milestone):
        raise WrongStep("该期款项金额已经变化，请撤回后重新申请。")
    _take_payee(application, terms)
    application.state, application.received_on = State.SUBMITTED, None
    write(actor, application, MoneyStep.RESUBMITTED, f"重新提交付款申请 {application.number}", text=application.basis)
    return application


def withdraw(actor: Actor, application_id: uuid.UUID, *, reason: str, seen: int | None = None) -> Application:
    """Take an application back before it is approved."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_APPLY, seen=seen)
    if application.state not in (State.SUBMITTED, State.CHECKED, State.RETURNED):
        raise WrongStep
    reason = said("reason", reason, longest=500)
    application.state, application.open_key = State.WITHDRAWN, None
    write(actor, application, MoneyStep.WITHDRAWN, f"撤回付款申请 {application.number}：{reason}", text=reason)
    _refresh(actor, application, f"付款申请 {application.number} 撤回")
    return application


def record_receipt(
    actor: Actor, application_id: uuid.UUID, *, received_on: date, seen: int | None = None
) -> Application:
    """Say on which day the bureau received the application: where a contract says so, the period starts from there."""
    application = dues.held_application(actor, application_id, Permission.PAYMENT_HANDLE, seen=seen)
    if application.state is not State.SUBMITTED:
        raise WrongStep
    _past("received_on", received_on)
    if received_on < application.applied_on:
        raise Invalid(fields={"received_on": ["不能早于申请日期"]})
    before, application.received_on = application.received_on, received_on
    spelled = [before.isoformat() if before else None, received_on.isoformat()]
    told = f"付款申请 {application.number} 于 {received_on} 收到"
    write(actor, application, MoneyStep.RECEIVED, told, data={"on": received_on}, changes={"received_on": spelled})
    _refresh(actor, application, told)
    return application


def find(actor: Actor, application_id: uuid.UUID) -> Application:
    """One application that the actor may see."""
    return found(actor, Application, application_id)


def matching(
    actor: Actor,
    *,
    contract_id: uuid.UUID | None = None,
    state: ApplicationState | None = None,
    text: str = "",
) -> sa.Select[tuple[Application]]:
    """The applications that the actor may see, newest first."""
    actor.need(Permission.PAYMENT_VIEW)
    query = sa.select(Application).where(*visible(actor, Application))
    if contract_id is not None:
        query = query.where(Application.contract_id == contract_id)
    if state is not None:
        query = query.where(Application.state == state)
    if text.strip():
        wanted = text.strip()
        fields = (Application.number, Application.title, Application.payee_name)
        query = query.where(sa.or_(*(field.contains(wanted, autoescape=True) for field in fields)))
    return query.order_by(Application.applied_on.desc(), Application.number.desc())


def paid_of(contract_id: uuid.UUID, milestone: str) -> Decimal:
    """What has been paid of an instalment; sums over its applications, of which one at most is open."""
    query = sa.select(Application.paid).where(
        Application.contract_id == contract_id, Application.milestone == milestone
    )
    return sum(session().scalars(query), Decimal(0))


def paid_before(application: Application) -> Decimal:
    """What had been paid of the contract on the day an application was made: later payments are no matter of its paper."""
    query = sa.select(Payment.amount).where(
        Payment.contract_id == application.contract_id,
        Payment.application_id != application.id,
        Payment.paid_on <= application.applied_on,
    )
    return sum(session().scalars(query), Decimal(0))


def payee_digest(terms: Terms) -> str:
    """What an account is compared by, without its number lying about."""
    billing = terms.billing
    if billing is None or not billing.payee_account:
        return ""
    spelled = f"{billing.payee_name}|{billing.payee_bank}|{''.join(billing.payee_account.split())}"
    return crypto.ring().blind_index(spelled, "payment-payee")


def _take_payee(application: Application, terms: Terms) -> None:
    billing = terms.billing
    if billing is None or not billing.payee_account:
        raise NoBilling
    application.payee_name, application.payee_bank = billing.payee_name[:120], billing.payee_bank[:120]
    application.payee_masked = contracts.masked(billing.payee_account)[-40:]
    application.payee_digest = payee_digest(terms)


def _past(name: str, day: date) -> date:
    if day > clock.today():
        raise Invalid(fields={name: ["不能晚于今天"]})
    return day


def _refresh(actor: Actor, application: Application, reason: str) -> None:
    dues.refresh(actor, contract_of(actor, application.contract_id), reason)
