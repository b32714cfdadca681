"""From application to the last fen: who may do what, what has to be there first, and what each refusal says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import contracts, payments
from server.domain.contracts import InvoiceKind
from server.domain.identity import SCHEDULER, AuditEntry, Permission
from server.domain.payments import (
    AlreadyApplied,
    ApplicationState,
    BuyerIncomplete,
    ConditionsMissing,
    GateClosed,
    InvoiceTaken,
    MilestoneState,
    MoneyMoved,
    MoneyStep,
    OrderOutcome,
    PayeeState,
    PayeeWaiting,
    ReferenceTaken,
    SamePerson,
    SameSide,
    WrongStep,
)
from tests.factories import contracts as paper_factory
from tests.factories import payments as money
from tests.factories.payments import Till

D, F = date.fromisoformat, Decimal


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2025-10-24T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("b")


def first(made: Till) -> payments.MilestoneStanding:
    return payments.plan_of(made.lin, made.contract.id)[0]


def test_the_whole_way_leaves_a_log_that_tells_it(made: Till) -> None:
    application = money.approved(made, on=D("2025-07-07"))
    payments.pay(made.lin, application.id, paid_on=D("2025-10-10"), amount=F("100000"), reference="R1")
    assert application.state is ApplicationState.PARTLY_PAID
    assert (first(made).state, first(made).unpaid) == (MilestoneState.LATE, F("4160.00"))
    payments.pay(made.lin, application.id, paid_on=D("2025-10-17"), amount=F("4160"), reference="R2")
    found = first(made)
    assert (found.state, found.settled_on, application.open_key) == (MilestoneState.PAID, D("2025-10-17"), None)
    assert found.late is not None
    assert (found.late.amount, found.late.final) == (F("148.80"), True)
    steps = [each.step for each in payments.events_of([application.id])]
    assert steps == [
        MoneyStep.APPLIED,
        MoneyStep.RECEIVED,
        MoneyStep.INVOICED,
        MoneyStep.CHECKED,
        MoneyStep.APPROVED,
        MoneyStep.PAID,
        MoneyStep.PAID,
    ]
    assert (application.checked_by_name, application.approved_by_name) == (made.lin.name, made.zhou.name)
    assert (application.number[:8], application.words) == ("FK-2025-", "壹拾万零肆仟壹佰陆拾元整")
    assert application.payee_masked.endswith("5516")
    assert "2010000000009035516" not in repr(vars(application))


@pytest.mark.parametrize("amount", ["104159.99", "104160.01", "28000", "0", "-104160"])
def test_an_application_asks_for_what_is_unpaid(made: Till, amount: str) -> None:
    with pytest.raises(Invalid) as refused:
        payments.apply(made.wu, contract_id=made.contract.id, milestone="first", amount=F(amount), basis="合同")
    assert "¥104,160.00" in refused.value.fields["amount"][0]


def test_one_open_application_an_instalment(made: Till) -> None:
    application = money.applied(made)
    with pytest.raises(AlreadyApplied):
        money.applied(made)
    payments.withdraw(made.wu, application.id, reason="金额有误")
    assert money.applied(made).number != application.number


def test_who_may_apply_and_for_what(made: Till) -> None:
    data: dict[str, Any] = {"milestone": "first", "amount": F("104160"), "basis": "合同"}
    for actor in (made.lin, made.zhou, made.zheng):
        with pytest.raises(Forbidden):
            payments.apply(actor, contract_id=made.contract.id, **data)
    for contract_id in (made.contract.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            payments.apply(made.bai, contract_id=contract_id, **data)
    with pytest.raises(NotFound):
        payments.apply(made.wu, contract_id=made.contract.id, **(data | {"milestone": "third"}))
    with pytest.raises(Invalid):
        payments.apply(made.wu, contract_id=made.contract.id, **(data | {"basis": " "}))
    with pytest.raises(Invalid):
        payments.apply(made.wu, contract_id=made.contract.id, applied_on=D("2025-10-25"), **data)


def test_a_vendor_of_another_contract_finds_nothing(made: Till) -> None:
    application = money.received(made)
    invoice = payments.live_invoice(application.id)
    assert invoice is not None
    tries = (
        lambda: payments.find(made.bai, application.id),
        lambda: payments.plan_of(made.bai, made.contract.id),
        lambda: payments.late_fee(made.bai, made.contract.id, "first"),
        lambda: payments.withdraw(made.bai, application.id, reason="x"),
        lambda: payments.payee_changes_of(made.bai, made.contract.id),
    )
    for attempt in tries:
        with pytest.raises(NotFound):
            attempt()
    assert made.bai.may(Permission.PAYMENT_APPLY)
    query = payments.matching(made.bai, text=application.number)
    from server.core.db import session

    assert session().scalars(query).all() == []


def register(made: Till, application: payments.Application, **changes: Any) -> payments.Invoice:
    data: dict[str, Any] = {
        "kind": InvoiceKind.VAT_SPECIAL,
        "number": "25332000000000000001",
        "issued_on": D("2025-10-20"),
        "received_on": D("2025-10-21"),
        "amount": application.amount,
        "tax_rate": F("0.06"),
        "tax_amount": F("5895.85"),
        "buyer_title": "川江市市场监督管理局",
        "buyer_tax_number": "11990000MB0000000X",
    }
    return payments.register_invoice(made.lin, application.id, **(data | changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": F("104159.99")}, "amount"),
        ({"amount": F("148800.00"), "tax_amount": F("8422.64")}, "amount"),
        ({"tax_amount": F("5895.83")}, "tax_amount"),
        ({"tax_amount": F("6249.60")}, "tax_amount"),
        ({"tax_rate": F("6")}, "tax_rate"),
        ({"buyer_title": "川江市市场监督管理局东湖分局"}, "buyer_title"),
        ({"buyer_tax_number": "11990000MB0000000Y"}, "buyer_tax_number"),
        ({"received_on": D("2025-10-25")}, "received_on"),
        ({"issued_on": D("2025-10-22")}, "issued_on"),
        ({"number": "1234 5"}, "number"),
        ({"kind": "receipt"}, "kind"),
    ],
)
def test_a25_an_invoice_must_equal(made: Till, changes: dict[str, Any], field: str) -> None:
    application = money.applied(made)
    with pytest.raises(Invalid) as refused:
        register(made, application, **changes)
    assert list(refused.value.fields) == [field]
    assert payments.invoices_of(application.id) == []


@pytest.mark.parametrize("tax", ["5895.84", "5895.85", "5895.86"])
def test_17_tax_within_a_fen(made: Till, tax: str) -> None:
    # 104 160 − 104 160 ÷ 1.06 = 5 895.849…
    assert register(made, money.applied(made), tax_amount=F(tax)).tax_amount == F(tax)


def test_an_invoice_number_counts_once_for_a_seller_and_again_after_rejection(made: Till) -> None:
    application = money.applied(made)
    invoice = register(made, application)
    with pytest.raises(WrongStep):
        register(made, application, number="25332000000000000002")
    payments.reject_invoice(made.lin, invoice.id, reason="抬头有误")
    again = register(made, application)
    assert again.id != invoice.id
    payments.withdraw(made.wu, application.id, reason="重提")
    with pytest.raises(InvoiceTaken):
        register(made, money.applied(made))


def test_a25_only_the_agreed_kind_of_invoice(session: Any) -> None:
    made = money.till("a")
    application = money.applied(made, "year_fee")
    billing = contracts.terms_of(made.contract.id).billing
    assert billing is not None
    own = {"buyer_title": billing.buyer_title, "tax_amount": payments.tax_in(application.amount, F("0.06"))}
    with pytest.raises(Invalid) as refused:
        register(made, application, kind=InvoiceKind.VAT_ORDINARY, **own)
    assert refused.value.fields == {"kind": ["合同约定为增值税专用发票"]}
    assert register(made, application, **own).kind == "vat_special"


def test_16_incomplete_buyer_data_block_the_invoice(session: Any) -> None:
    made = money.till("a")
    contracts.amend(
        SCHEDULER,
        made.contract,
        changes={"billing.buyer_tax_number": ""},
        reason="税号有误，清除",
        effective_from=made.contract.starts_on,
    )
    with pytest.raises(BuyerIncomplete, match="缺少纳税人识别号"):
        register(made, money.applied(made, "year_fee"))


def test_nothing_is_checked_before_its_papers_are_there(made: Till) -> None:
    application = money.applied(made)
    with pytest.raises(ConditionsMissing) as refused:
        payments.check(made.lin, application.id, agreed=True)
    assert refused.value.details["missing"] == ["application", "invoice"]
    payments.record_receipt(made.lin, application.id, received_on=D("2025-10-24"))
    money.invoiced(made, application)
    assert payments.check(made.lin, application.id, agreed=True).state is ApplicationState.CHECKED


def test_b27_the_last_instalment_needs_term_and_acceptance(made: Till) -> None:
    application = money.received(made, "final")
    with pytest.raises(ConditionsMissing) as refused:
        payments.check(made.lin, application.id, agreed=True)
    assert refused.value.details["missing"] == ["service_end", "acceptance"]


def test_another_person_approves(made: Till) -> None:
    application = money.received(made)
    payments.check(made.zhou, application.id, agreed=True)
    with pytest.raises(SamePerson):
        payments.approve(made.zhou, application.id, agreed=True)
    with pytest.raises(Forbidden):
        payments.approve(made.lin, application.id, agreed=True)
    with pytest.raises(Forbidden):
        payments.approve(SCHEDULER, application.id, agreed=True)
    assert payments.approve(made.qin, application.id, agreed=True).state is ApplicationState.APPROVED


@pytest.mark.parametrize("who", ["check", "approve"])
def test_sent_back_with_the_reason_and_submitted_again(made: Till, who: str) -> None:
    application = money.received(made)
    if who == "approve":
        payments.check(made.lin, application.id, agreed=True)
        with pytest.raises(Invalid):
            payments.approve(made.zhou, application.id, agreed=False)
        payments.approve(made.zhou, application.id, agreed=False, reason="请补充验收材料")
    else:
        payments.check(made.lin, application.id, agreed=False, remark="请补充验收材料")
    assert application.state is ApplicationState.RETURNED
    assert first(made).due_on is not None
    payments.resubmit(made.wu, application.id, basis="已补充")
    assert (application.state, application.received_on) == (ApplicationState.SUBMITTED, None)
    payments.record_receipt(made.lin, application.id, received_on=D("2025-10-24"))
    payments.check(made.lin, application.id, agreed=True)


@pytest.mark.parametrize("amount", ["0", "-1", "104160.01", "0.001"])
def test_never_more_than_is_unpaid(made: Till, amount: str) -> None:
    application = money.approved(made)
    with pytest.raises(Invalid):
        payments.pay(made.lin, application.id, paid_on=D("2025-10-24"), amount=F(amount), reference="R1")


def test_a_transfer_is_entered_once_and_not_ahead(made: Till) -> None:
    application = money.approved(made)
    payments.pay(made.lin, application.id, paid_on=D("2025-10-24"), amount=F("1"), reference="R1")
    with pytest.raises(ReferenceTaken):
        payments.pay(made.lin, application.id, paid_on=D("2025-10-24"), amount=F("1"), reference="R1")
    for day in ("2025-10-25", "2025-10-23"):
        with pytest.raises(Invalid):
            payments.pay(made.lin, application.id, paid_on=D(day), amount=F("1"), reference="R2")


def test_who_looked_before_somebody_else_acted_looks_again(made: Till) -> None:
    application = money.received(made)
    seen = application.version
    payments.check(made.lin, application.id, agreed=True, seen=seen)
    with pytest.raises(MoneyMoved):
        payments.approve(made.zhou, application.id, agreed=True, seen=seen)


def test_b30_the_gate_closes_with_the_day_and_opens_with_the_recheck(made: Till) -> None:
    application = money.received(made)
    payments.check(made.lin, application.id, agreed=True)
    order = payments.order(
        made.zhou, contract_id=made.contract.id, facts="同步中断", demands="三日内恢复", due_on=D("2025-10-27")
    )
    with time_machine.travel("2025-10-27T23:59:00+08:00", tick=False):
        assert payments.gate_of(made.contract.id) == []
    with time_machine.travel("2025-10-28T00:00:00+08:00", tick=False):
        assert payments.gate_of(made.contract.id) == [order]
        with pytest.raises(GateClosed):
            payments.approve(made.zhou, application.id, agreed=True)
        payments.answer(made.wu, order.id, text="已恢复")
        with pytest.raises(GateClosed):
            payments.approve(made.zhou, application.id, agreed=True)
        payments.decide_outcome(made.zhou, order.id, outcome=OrderOutcome.REFUSE_PAYMENT, note="暂拒付")
        payments.recheck(made.zhou, order.id, passed=True, remark="正常")
        payments.approve(made.zhou, application.id, agreed=True)
        again = payments.order(
            made.zhou, contract_id=made.contract.id, facts="再次中断", demands="恢复", due_on=D("2025-10-28")
        )
    with time_machine.travel("2025-10-29T10:00:00+08:00", tick=False):
        pay: dict[str, Any] = {"paid_on": D("2025-10-29"), "amount": application.amount, "reference": "R1"}
        with pytest.raises(GateClosed):
            payments.pay(made.lin, application.id, **pay)
        payments.withdraw_order(made.zhou, again.id, reason="非乙方原因")
        payments.pay(made.lin, application.id, **pay)


def test_b30_another_contract_of_the_bureau_keeps_its_gate_open(made: Till) -> None:
    payments.order(made.zhou, contract_id=made.contract.id, facts="故障", demands="修复", due_on=D("2025-10-24"))
    other = paper_factory.contract_a()
    with time_machine.travel("2025-10-30T10:00:00+08:00", tick=False):
        assert payments.gate_of(made.contract.id)
        assert payments.gate_of(other.id) == []


NEW = {"name": "明渠数据服务有限公司", "bank": "川江银行", "account": "6222 0000 1111 2222", "reason": "开户行撤并"}


@pytest.mark.parametrize("vendor_first", [True, False])
def test_a26_the_account_changes_by_both_sides_only(made: Till, vendor_first: bool) -> None:
    one, other = (made.wu, made.zhou) if vendor_first else (made.zhou, made.wu)
    change = payments.propose_payee(one, made.contract.id, **NEW)
    with pytest.raises(PayeeWaiting):
        payments.propose_payee(other, made.contract.id, **NEW)
    with pytest.raises(SameSide):
        payments.confirm_payee(one, change.id, agreed=True)
    with pytest.raises(NotFound):
        payments.confirm_payee(made.bai, change.id, agreed=True)
    with pytest.raises(Forbidden):
        payments.confirm_payee(made.lin, change.id, agreed=True)
    before = contracts.terms_of(made.contract.id).billing
    assert before is not None
    assert before.payee_account == "2010000000009035516"
    payments.confirm_payee(other, change.id, agreed=True)
    after = contracts.terms_of(made.contract.id).billing
    assert after is not None
    assert (after.payee_bank, after.payee_account) == ("川江银行", "6222000011112222")
    assert (change.state, change.account_masked[-4:]) == (PayeeState.CONFIRMED, "2222")
    assert "6222000011112222" not in change.account_sealed
    from server.core.db import session

    trail = repr([(each.summary, each.changes) for each in session().scalars(sa.select(AuditEntry))])
    assert "6222000011112222" not in trail


def test_a26_a_refused_or_withdrawn_change_changes_nothing(made: Till) -> None:
    change = payments.propose_payee(made.wu, made.contract.id, **NEW)
    payments.confirm_payee(made.zhou, change.id, agreed=False, remark="未见公函")
    assert change.state is PayeeState.REFUSED
    again = payments.propose_payee(made.wu, made.contract.id, **NEW)
    payments.withdraw_payee(made.wu, again.id)
    billing = contracts.terms_of(made.contract.id).billing
    assert billing is not None
    assert billing.payee_account == "2010000000009035516"


def test_a26_an_application_for_the_old_account_is_not_paid(made: Till) -> None:
    application = money.approved(made)
    change = payments.propose_payee(made.wu, made.contract.id, **NEW)
    payments.confirm_payee(made.zhou, change.id, agreed=True)
    with pytest.raises(ConditionsMissing) as refused:
        payments.pay(made.lin, application.id, paid_on=D("2025-10-24"), amount=application.amount, reference="R1")
    assert refused.value.details["missing"] == ["payee"]


def test_a_draft_contract_is_not_paid(session: Any) -> None:
    made = money.till("b", active=False)
    with pytest.raises(Conflict):
        money.applied(made)
