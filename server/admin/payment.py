"""One payment application: what has to be there, the steps of each person, the papers, and everything that happened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response

from server.admin.access import current_actor, needs
from server.admin.money_forms import (
    FileSchema,
    InvoiceSchema,
    PaySchema,
    ReasonSchema,
    ReceiptSchema,
    RemarkSchema,
    ResubmitSchema,
    ReturnSchema,
)
from server.admin.money_moves import PAPERS, Move, Pages, Tried, add_moves, choices_for
from server.admin.pages import page
from server.admin.payments import TONES
from server.core import clock
from server.core.errors import Invalid
from server.domain import contracts, payments
from server.domain.contracts import InvoiceKind
from server.domain.identity import Actor, Permission
from server.domain.payments import Application, ApplicationState, Subject

blueprint = Blueprint("payment", __name__, url_prefix="/admin/payments")

State = ApplicationState
P = Permission
# Six in a hundred: what is charged on services; the form only proposes it.
USUAL_TAX = Decimal("0.06")


def _in(*states: ApplicationState) -> Any:
    return lambda _actor, row: row.state in states


def _waits_for_receipt(_actor: Actor, row: Application) -> bool:
    return row.state is State.SUBMITTED and row.received_on is None


def _waits_for_invoice(_actor: Actor, row: Application) -> bool:
    return row.state is State.SUBMITTED and payments.live_invoice(row.id) is None


def _has_invoice(_actor: Actor, row: Application) -> bool:
    return row.state in payments.LETS_GO and payments.live_invoice(row.id) is not None


def _ready(actor: Actor, row: Application) -> bool:
    return row.state is State.SUBMITTED and not _waits_for_receipt(actor, row) and not _waits_for_invoice(actor, row)


def _second(actor: Actor, row: Application) -> bool:
    return row.state is State.CHECKED and actor.id not in (row.checked_by_id, row.applied_by_id)


def _register(actor: Actor, key: uuid.UUID, values: dict[str, Any], seen: int | None) -> object:
    given = dict(values)
    rate = given.pop("tax_percent") / 100
    try:
        return payments.register_invoice(actor, key, tax_rate=rate, seen=seen, **given)
    except Invalid as refused:
        told = {"tax_percent" if name == "tax_rate" else name: text for name, text in refused.fields.items()}
        raise Invalid(refused.text, fields=told) from refused


def _reject(actor: Actor, key: uuid.UUID, values: dict[str, Any], _seen: int | None) -> object:
    invoice = payments.live_invoice(payments.find(actor, key).id)
    if invoice is None:
        raise payments.WrongStep
    return payments.reject_invoice(actor, invoice.id, **values)


def _attach(actor: Actor, key: uuid.UUID, values: dict[str, Any], _seen: int | None) -> object:
    file = values["upload"]
    return payments.attach(
        actor, Subject.APPLICATION, key, name=file.filename or "", raw=file.read(), label=values["label"]
    )


def _invoice_of(_actor: Actor, row: Application) -> Mapping[str, Any]:
    """What the contract already says, so that only the paper's own figures are typed."""
    terms = contracts.terms_of(row.contract_id)
    milestone = next((each for each in terms.milestones if each.key == row.milestone), None)
    billing = terms.billing
    return {
        "kind": (milestone.invoice if milestone else None) or InvoiceKind.VAT_SPECIAL,
        "amount": row.amount,
        "tax_percent": USUAL_TAX * 100,
        "tax_amount": payments.tax_in(row.amount, USUAL_TAX),
        "received_on": clock.today(),
        "buyer_title": billing.buyer_title if billing else "",
        "buyer_tax_number": billing.buyer_tax_number if billing else "",
    }


def _rest(_actor: Actor, row: Application) -> Mapping[str, Any]:
    return {"amount": row.amount - row.paid, "paid_on": clock.today()}


MOVES = (
    Move(
        "receive",
        "登记收到申请",
        ReceiptSchema,
        P.PAYMENT_HANDLE,
        "已登记收到日期",
        lambda a, k, v, s: payments.record_receipt(a, k, seen=s, **v),
        _waits_for_receipt,
        prefill=lambda _a, _r: {"received_on": clock.today()},
    ),
    Move(
        "invoice",
        "登记发票",
        InvoiceSchema,
        P.PAYMENT_HANDLE,
        "发票核验通过，已登记",
        _register,
        _waits_for_invoice,
        wide=True,
        prefill=_invoice_of,
        note="金额、抬头、税号与税额不符的发票不会登记，请退给乙方重开。",
    ),
    Move(
        "check",
        "审核通过",
        RemarkSchema,
        P.PAYMENT_HANDLE,
        "已审核，等待另一人批准",
        lambda a, k, v, s: payments.check(a, k, agreed=True, seen=s, **v),
        _ready,
    ),
    Move(
        "approve",
        "批准付款",
        RemarkSchema,
        P.PAYMENT_APPROVE,
        "已批准付款",
        lambda a, k, v, s: payments.approve(a, k, agreed=True, reason=v["remark"], seen=s),
        _second,
        step_up=True,
        note="批准人不能是审核人；有逾期未完成的整改通知时不能批准。",
    ),
    Move(
        "pay",
        "登记付款",
        PaySchema,
        P.PAYMENT_HANDLE,
        "已登记付款",
        lambda a, k, v, s: payments.pay(a, k, seen=s, **v),
        _in(State.APPROVED, State.PARTLY_PAID),
        prefill=_rest,
    ),
    Move(
        "resubmit",
        "重新提交",
        ResubmitSchema,
        P.PAYMENT_APPLY,
        "已重新提交",
        lambda a, k, v, s: payments.resubmit(a, k, seen=s, **v),
        _in(State.RETURNED),
        prefill=lambda _a, r: {"basis": r.basis},
    ),
    Move(
        "attach",
        "上传附件",
        FileSchema,
        P.PAYMENT_VIEW,
        "已上传附件",
        _attach,
        lambda a, r: any(a.may(each, r.contract_id) for each in PAPERS),
        "quiet",
        either=PAPERS,
    ),
    Move("reject_invoice", "退票", ReasonSchema, P.PAYMENT_HANDLE, "已退票", _reject, _has_invoice, "quiet"),
    Move(
        "send_back",
        "退回申请",
        ReturnSchema,
        P.PAYMENT_HANDLE,
        "已退回乙方",
        lambda a, k, v, s: payments.check(a, k, agreed=False, seen=s, **v),
        _in(State.SUBMITTED),
        "quiet",
    ),
    Move(
        "refuse",
        "不予批准",
        ReturnSchema,
        P.PAYMENT_APPROVE,
        "已退回乙方",
        lambda a, k, v, s: payments.approve(a, k, agreed=False, reason=v["remark"], seen=s),
        _second,
        "quiet",
    ),
    Move(
        "withdraw",
        "撤回申请",
        ReasonSchema,
        P.PAYMENT_APPLY,
        "已撤回",
        lambda a, k, v, s: payments.withdraw(a, k, seen=s, **v),
        _in(State.SUBMITTED, State.CHECKED, State.RETURNED),
        "quiet",
    ),
)


@blueprint.get("/<uuid:key>")
@needs(Permission.PAYMENT_VIEW)
def show(key: uuid.UUID) -> Response:
    actor = current_actor()
    return show_application(actor, payments.find(actor, key), None, 200)


def show_application(actor: Actor, application: Application, tried: Tried | None, status: int) -> Response:
    """The page of an application; a refused step stands open on it."""
    contract = contracts.find(actor, application.contract_id)
    terms = contracts.terms_of(contract.id)
    standing = next(
        (each for each in payments.plan_of(actor, contract.id) if each.milestone.key == application.milestone), None
    )
    return page(
        "payments/show.html",
        status=status,
        application=application,
        contract=contract,
        standing=standing,
        conditions=payments.checklist(application, contract, terms),
        invoices=payments.invoices_of(application.id),
        transfers=payments.payments_of([application.id]),
        papers=payments.papers_of([application.id]),
        events=payments.events_of([application.id]),
        moves=choices_for(actor, application, MOVES, tried),
        tones=TONES,
        InvoiceKind=InvoiceKind,
    )


add_moves(blueprint, MOVES, Pages(payments.find, show_application, "payment.show"))
