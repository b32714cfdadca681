"""The way of one instalment's money: applied for, received, invoiced, checked, approved by another person, paid."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from server.core import clock
from server.domain import contracts, payments
from server.domain.contracts import InvoiceKind
from server.jobs.demo.years.cast import Year

RATE = Decimal("0.06")


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as it came; ``tax`` is what stands on it."""

    number: str
    amount: Decimal
    tax: Decimal
    kind: InvoiceKind = InvoiceKind.VAT_SPECIAL


def applied(year: Year, milestone: str, amount: Decimal, basis: str) -> uuid.UUID:
    """The vendor applies; the bureau has it on the same day."""
    application = payments.apply(
        year.manager, contract_id=year.contract_id, milestone=milestone, amount=amount, basis=basis
    )
    year.named[f"application_{milestone}"] = application.id
    payments.record_receipt(year.handler, application.id, received_on=clock.today())
    return application.id


def invoiced(year: Year, application_id: uuid.UUID, bill: Bill) -> None:
    """The invoice comes in and is held against the contract's own billing data."""
    billing = contracts.terms_of(year.contract_id).billing
    if billing is None:
        raise AssertionError("both contracts name a buyer")
    payments.register_invoice(
        year.handler,
        application_id,
        kind=bill.kind,
        number=bill.number,
        issued_on=clock.today(),
        received_on=clock.today(),
        amount=bill.amount,
        tax_rate=RATE,
        tax_amount=bill.tax,
        buyer_title=billing.buyer_title,
        buyer_tax_number=billing.buyer_tax_number,
    )


def paid(
    year: Year, application_id: uuid.UUID, amount: Decimal, reference: str, on: date | datetime | None = None
) -> None:
    """The bank's transfer is entered."""
    day = on.date() if isinstance(on, datetime) else on
    payments.pay(year.handler, application_id, paid_on=day or clock.today(), amount=amount, reference=reference)


def agreed(year: Year, claim_id: uuid.UUID, amount: Decimal, remark: str) -> None:
    """Both sides settle on an amount."""
    payments.agree_claim(year.administrator, claim_id, amount=amount, remark=remark)
    payments.agree_claim(year.manager, claim_id, amount=amount, remark="同意。")
