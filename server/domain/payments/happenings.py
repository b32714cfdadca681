"""What a payment's period starts from: the days on which its events happened, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core.db import session
from server.domain import records
from server.domain.contracts import Contract, Event, Terms
from server.domain.payments.models import Application, Invoice
from server.domain.payments.vocabulary import ApplicationState, InvoiceState

COUNTS_NOT = (ApplicationState.WITHDRAWN, ApplicationState.RETURNED)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event's day, and what proves it."""

    event: Event
    on: date
    evidence: str


def happenings(contract: Contract, terms: Terms) -> dict[str, dict[Event, Happened]]:
    """What happened, by instalment. A returned application has not been received, a rejected invoice neither."""
    common = _of_contract(contract, terms)
    found = {milestone.key: dict(common) for milestone in terms.milestones}
    received = sa.select(Application).where(
        Application.contract_id == contract.id,
        Application.received_on.is_not(None),
        Application.state.not_in(COUNTS_NOT),
    )
    for application in session().scalars(received.order_by(Application.received_on, Application.number)):
        if application.milestone in found and application.received_on is not None:
            told = f"付款申请单 {application.number}"
            found[application.milestone][Event.APPLICATION] = Happened(Event.APPLICATION, application.received_on, told)
    invoices = (
        sa.select(Invoice)
        .join(Application, Application.id == Invoice.application_id)
        .where(
            Invoice.contract_id == contract.id,
            Invoice.state == InvoiceState.VALID,
            Application.state != ApplicationState.WITHDRAWN,
        )
    )
    for invoice in session().scalars(invoices.order_by(Invoice.received_on, Invoice.created_at)):
        if invoice.milestone in found:
            told = f"发票 {invoice.number}"
            found[invoice.milestone][Event.INVOICE] = Happened(Event.INVOICE, invoice.received_on, told)
    return found


def days(happened: Mapping[Event, Happened]) -> dict[Event, date]:
    """The days alone, as the rule of the due day takes them."""
    return {event: each.on for event, each in happened.items()}


def _of_contract(contract: Contract, terms: Terms) -> dict[Event, Happened]:
    """What the contract itself tells. The term's end is known ahead, so that a due day after it can be."""
    told = [Happened(Event.SERVICE_END, contract.ends_on, "合同期最后一日")]
    if contract.effective_on is not None:
        told.append(Happened(Event.EFFECTIVE, contract.effective_on, "合同生效日"))
    if any(Event.ACCEPTANCE in milestone.due.events for milestone in terms.milestones):
        accepted = records.accepted_on(contract.id)
        if accepted is not None:
            told.append(Happened(Event.ACCEPTANCE, accepted, "合同整体验收"))
    return {each.event: each for each in told}
