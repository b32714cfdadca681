"""Invoices: registered when they are received, checked against contract and application, sent back when they are wrong."""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.money import FEN, neat, to_fen
from server.domain.contracts import InvoiceKind, Milestone, Terms
from server.domain.identity import Actor, Permission
from server.domain.payments import dues
from server.domain.payments.access import MoneyNotFound, WrongStep, contract_of, found, held
from server.domain.payments.log import said, write
from server.domain.payments.models import Application, Invoice
from server.domain.payments.vocabulary import ApplicationState, InvoiceState, MoneyStep

_NUMBER = re.compile(r"[0-9A-Za-z]{6,40}")
# Where an application lets an invoice go: nobody has put a name to it, or it is over without money.
LETS_GO = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.WITHDRAWN)


class InvoiceTaken(Conflict):
    """That number is registered already: one invoice pays once."""

    code = "invoice_taken"
    message = "该发票号码已经登记过。"


class BuyerIncomplete(Conflict):
    """The contract does not say to whom an invoice is made out (finding 16)."""

    code = "invoice_buyer_incomplete"
    message = "合同开票信息不完整（缺少纳税人识别号），请先在合同中补录，发票核验才能通过。"


def register_invoice(
    actor: Actor,
    application_id: uuid.UUID,
    *,
    kind: InvoiceKind | str,
    number: str,
    issued_on: date,
    received_on: date,
    amount: Decimal,
    tax_rate: Decimal,
    tax_amount: Decimal,
    buyer_title: str,
    buyer_tax_number: str,
    seen: int | None = None,
) -> Invoice:
    """Register an invoice that has come in, checked whole: equal amount, agreed kind, the contract's buyer, right tax.

    ``tax_rate`` is a fraction (0.06). Invalid names everything that is wrong; what is wrong is not kept (A25, #16, #17).
    """
    application = dues.held_application(actor, application_id, Permission.PAYMENT_HANDLE, seen=seen)
    if application.state is not ApplicationState.SUBMITTED:
        raise WrongStep
    contract = contract_of(actor, application.contract_id)
    terms, milestone = dues.terms_and_milestone(contract, application.milestone)
    if milestone is None:
        raise MoneyNotFound
    if terms.billing is None or not (terms.billing.buyer_title and terms.billing.buyer_tax_number):
        raise BuyerIncomplete
    number = number.strip()
    faults = _faults(application, milestone, terms, str(kind), amount, buyer_title, buyer_tax_number)
    faults |= _tax_faults(amount, tax_rate, tax_amount) | _day_faults(issued_on, received_on)
    if not _NUMBER.fullmatch(number):
        faults["number"] = ["应为 6–40 位数字或字母"]
    if faults:
        raise Invalid(fields=faults)
    if live_invoice(application.id) is not None:
        raise WrongStep("该申请已有核验通过的发票，如有误请先退票。")
    invoice = Invoice(
        application_id=application.id,
        contract_id=contract.id,
        milestone=milestone.key,
        seller_id=contract.vendor_id,
        state=InvoiceState.VALID,
        kind=InvoiceKind(kind).value,
        number=number,
        live_number=number,
        issued_on=issued_on,
        received_on=received_on,
        amount=to_fen(amount),
        tax_rate=tax_rate,
        tax_amount=to_fen(tax_amount),
        buyer_title=buyer_title.strip(),
        buyer_tax_number=buyer_tax_number.strip(),
        registered_by_id=actor.id,
        registered_by_name=actor.name[:64],
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(invoice)
    except IntegrityError as clash:
        raise InvoiceTaken from clash
    told = f"付款申请 {application.number} 登记发票 {number}，于 {received_on} 收到"
    changes = {"invoice": [None, number], "received_on": [None, received_on.isoformat()]}
    write(actor, application, MoneyStep.INVOICED, told, data={"number": number, "on": received_on}, changes=changes)
    dues.refresh(actor, contract, told)
    return invoice


def reject_invoice(actor: Actor, invoice_id: uuid.UUID, *, reason: str) -> Invoice:
    """Send an invoice back before the application is checked, or once it was withdrawn; its number may be used again."""
    # the application first, as everybody else holds them
    application_id = found(actor, Invoice, invoice_id, Permission.PAYMENT_HANDLE).application_id
    application = dues.held_application(actor, application_id, Permission.PAYMENT_HANDLE)
    invoice = held(actor, Invoice, invoice_id, Permission.PAYMENT_HANDLE)
    if invoice.state is not InvoiceState.VALID or application.state not in LETS_GO:
        raise WrongStep
    reason = said("reason", reason, longest=300)
    invoice.state, invoice.live_number, invoice.reject_reason = InvoiceState.REJECTED, None, reason
    told = f"付款申请 {application.number} 退票 {invoice.number}：{reason}"
    write(actor, application, MoneyStep.INVOICE_REJECTED, told[:500], text=reason, data={"number": invoice.number})
    dues.refresh(actor, contract_of(actor, invoice.contract_id), f"发票 {invoice.number} 退票")
    return invoice


def live_invoice(application_id: uuid.UUID) -> Invoice | None:
    """The invoice of an application that counts."""
    query = sa.select(Invoice).where(Invoice.application_id == application_id, Invoice.state == InvoiceState.VALID)
    return session().scalars(query).one_or_none()


def invoices_of(application_id: uuid.UUID) -> list[Invoice]:
    """All invoices of an application that was found visible, oldest first."""
    query = sa.select(Invoice).where(Invoice.application_id == application_id)
    return list(session().scalars(query.order_by(Invoice.created_at, Invoice.id)))


def tax_in(amount: Decimal, rate: Decimal) -> Decimal:
    """The tax inside an amount that includes it."""
    return to_fen(amount - amount / (1 + rate))


def _faults(
    application: Application,
    milestone: Milestone,
    terms: Terms,
    kind: str,
    amount: Decimal,
    buyer_title: str,
    buyer_tax_number: str,
) -> dict[str, list[str]]:
    billing = terms.billing
    if billing is None:
        raise BuyerIncomplete
    faults: dict[str, list[str]] = {}
    if to_fen(amount) != application.amount:
        faults["amount"] = [f"应与申请金额相等：{neat(application.amount)}"]
    if kind not in set(InvoiceKind):
        faults["kind"] = ["请选择发票种类"]
    elif milestone.invoice is not None and kind != milestone.invoice:
        faults["kind"] = [f"合同约定为{milestone.invoice.label}"]
    if buyer_title.strip() != billing.buyer_title:
        faults["buyer_title"] = [f"应与合同一致：{billing.buyer_title}"]
    if buyer_tax_number.strip().upper() != billing.buyer_tax_number.upper():
        faults["buyer_tax_number"] = [f"应与合同一致：{billing.buyer_tax_number}"]
    return faults


def _tax_faults(amount: Decimal, rate: Decimal, tax: Decimal) -> dict[str, list[str]]:
    if not 0 <= rate < 1:
        return {"tax_rate": ["税率应在 0 与 100% 之间"]}
    expected = tax_in(amount, rate)
    if abs(to_fen(tax) - expected) > FEN:
        return {"tax_amount": [f"按税率应为 {neat(expected)}（价税合计 − 价税合计 ÷ (1 + 税率)）"]}
    return {}


def _day_faults(issued_on: date, received_on: date) -> dict[str, list[str]]:
    faults = {}
    if received_on > clock.today():
        faults["received_on"] = ["不能晚于今天"]
    if issued_on > received_on:
        faults["issued_on"] = ["不能晚于收到日期"]
    return faults
