"""Money for tests: who moves it, and an instalment taken as far as asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from server.core import clock
from server.domain import contracts, payments
from server.domain.contracts import Contract, InvoiceKind
from server.domain.identity import SCHEDULER, Actor, Role
from server.domain.payments import Application, Invoice
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.calendar import USUAL_YEARS, seeded_calendar

TAX_NUMBER = "11990000MB0000000X"


@dataclass(frozen=True)
class Till:
    """A contract with its people: 林 handles, 周 and 秦 may approve, 吴 applies for the vendor, 白 is of another one."""

    contract: Contract
    lin: Actor
    zhou: Actor
    qin: Actor
    zheng: Actor
    wu: Actor
    bai: Actor

    def day(self, text: str) -> date:
        """A day from its ISO text."""
        return date.fromisoformat(text)


def till(kind: str = "b", *, years: Iterable[int] = USUAL_YEARS, **changes: object) -> Till:
    """A contract (``a`` or ``b``) in force, with complete buyer data, and everybody who has to do with its money."""
    seeded_calendar(years)
    contract = papers.contract_a(**changes) if kind == "a" else papers.contract_b(**changes)
    other = papers.contract_b() if kind == "a" else papers.contract_a()
    if kind == "a":
        contracts.amend(
            SCHEDULER,
            contract,
            changes={"billing.buyer_tax_number": TAX_NUMBER},
            reason="补录纳税人识别号",
            effective_from=contract.starts_on,
        )
    return Till(
        contract=contract,
        lin=people.actor("lin"),
        zhou=people.actor("zhou"),
        qin=people.actor("qin", roles=[Role.BUREAU_ADMINISTRATOR]),
        zheng=people.actor("zheng", contract_id=contract.id),
        wu=people.actor("wu", contract_id=contract.id),
        bai=people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=other.id),
    )


def applied(made: Till, milestone: str = "first", *, on: date | None = None) -> Application:
    """An application for what is unpaid of an instalment."""
    standing = next(each for each in payments.plan_of(made.lin, made.contract.id) if each.milestone.key == milestone)
    return payments.apply(
        made.wu,
        contract_id=made.contract.id,
        milestone=milestone,
        amount=standing.unpaid,
        basis="按合同约定申请支付",
        applied_on=on,
    )


def invoiced(made: Till, application: Application, *, on: date | None = None, number: str = "") -> Invoice:
    """A right invoice for an application, received on a day (today)."""
    billing = contracts.terms_of(made.contract.id).billing
    assert billing is not None
    day = on or clock.today()
    return payments.register_invoice(
        made.lin,
        application.id,
        kind=InvoiceKind.VAT_SPECIAL,
        number=number or f"25332000{uuid.uuid4().int % 10**12:012d}",
        issued_on=day,
        received_on=day,
        amount=application.amount,
        tax_rate=Decimal("0.06"),
        tax_amount=payments.tax_in(application.amount, Decimal("0.06")),
        buyer_title=billing.buyer_title,
        buyer_tax_number=billing.buyer_tax_number,
    )


def received(made: Till, milestone: str = "first", *, on: date | None = None) -> Application:
    """An application received with its invoice, both on one day (today)."""
    application = applied(made, milestone, on=on)
    payments.record_receipt(made.lin, application.id, received_on=on or clock.today())
    invoiced(made, application, on=on)
    return application


def approved(made: Till, milestone: str = "first", *, on: date | None = None) -> Application:
    """An application that waits for nothing but the money."""
    application = received(made, milestone, on=on)
    payments.check(made.lin, application.id, agreed=True)
    return payments.approve(made.zhou, application.id, agreed=True)
