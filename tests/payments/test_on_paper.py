"""The figures on the papers of money are those that the room works out: application, worksheet, order, recheck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from server.core import spelling
from server.core.money import neat
from server.core.money_words import parse_words
from server.domain import contracts, documents, payments, records
from server.domain.payments import Application, MoneyStep
from tests.factories import payments as money
from tests.factories.payments import Till
from tests.factories.records import received
from tests.factories.tickets import ticket
from tests.support.on_paper import Paper, issued

D, F = date.fromisoformat, Decimal


@pytest.fixture(autouse=True)
def calendar() -> Iterator[Any]:
    with time_machine.travel("2025-10-24T10:00:00+08:00", tick=False) as moved:
        yield moved


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("b")


def check_application(made: Till, application: Application, *, before: Decimal) -> Paper:
    paper = issued(made.lin, payments.APPLICATION_PAPER, application.id)
    total = contracts.contract_total(contracts.terms_of(made.contract.id))
    milestones = {each.milestone.key: each for each in payments.plan_of(made.lin, made.contract.id)}
    assert application.amount == milestones[application.milestone].amount
    assert paper.says("合同金额", neat(total))
    assert paper.says("本次申请金额", neat(application.amount))
    assert parse_words(paper.values["大写"]) == application.amount
    assert paper.says("此前已付", neat(before))
    assert paper.says("付后余额", neat(total - before - application.amount))
    invoice = payments.live_invoice(application.id)
    assert invoice is not None
    assert paper.says("发票号码", invoice.number)
    assert paper.says("价税合计", neat(invoice.amount))
    assert invoice.amount == application.amount
    assert paper.holds(f"6%，税额 {neat(payments.tax_in(application.amount, F('0.06')))}")
    return paper


def test_an_application_says_what_the_plan_says_whenever_it_is_printed(made: Till, calendar: Any) -> None:
    first = money.approved(made, on=D("2025-07-07"))
    paper = check_application(made, first, before=F(0))
    assert paper.says("本次申请金额", "¥104,160.00")
    assert paper.says("大写", "壹拾万零肆仟壹佰陆拾元整")
    assert paper.says("付后余额", "¥44,640.00")
    payments.pay(made.lin, first.id, paid_on=D("2025-10-17"), amount=F("104160"), reference="R1")
    calendar.move_to("2026-07-08T10:00:00+08:00")
    whole = received(made.contract, final=True)
    records.accept(made.lin, whole.id)
    final = money.received(made, "final")
    check_application(made, final, before=payments.plan_of(made.lin, made.contract.id)[0].paid)
    payments.check(made.lin, final.id, agreed=True)
    payments.approve(made.zhou, final.id, agreed=True)
    payments.pay(made.lin, final.id, paid_on=D("2026-07-08"), amount=F("44640"), reference="R2")
    # what was paid later is no matter of the first one's paper
    check_application(made, first, before=F(0))
    assert check_application(made, final, before=F("104160")).says("付后余额", "¥0.00")


def test_the_account_is_masked_and_everything_is_said_in_chinese(made: Till) -> None:
    application = money.approved(made, on=D("2025-07-07"))
    paper = issued(made.wu, payments.APPLICATION_PAPER, application.id)
    billing = contracts.terms_of(made.contract.id).billing
    assert billing is not None
    assert "".join(billing.payee_account.split()) not in paper.word + paper.pdf
    assert paper.says("收款账号", application.payee_masked)
    assert paper.says("申请日期", "2025年7月7日")
    for line in payments.events_of([application.id]):
        if line.step is not MoneyStep.INVOICED:
            assert paper.holds(f"{spelling.moment(line.at)}{line.step.label}{line.actor_name}")


@pytest.mark.parametrize(
    ("paid_on", "amount"), [("2025-10-10", "0"), ("2025-10-17", "148.80"), ("2025-10-24", "223.20")]
)
def test_b28_a_worksheet_prints_each_step_as_it_is_worked_out(made: Till, paid_on: str, amount: str) -> None:
    application = money.approved(made, on=D("2025-07-07"))
    payments.pay(made.lin, application.id, paid_on=D(paid_on), amount=F("104160"), reference="R1")
    claim = payments.open_claim(
        made.zhou,
        contract_id=made.contract.id,
        penalty_key="late_payment",
        event="首期款逾期",
        occurred_on=D("2025-10-10"),
        facts="到期日 9 月 28 日",
        milestone="first",
    )
    sheet = payments.late_fee(made.zhou, made.contract.id, "first")
    assert sheet is not None
    assert sheet.amount == claim.computed == F(amount)
    paper = issued(made.zhou, payments.WORKSHEET_PAPER, claim.id)
    assert paper.says("测算金额", neat(sheet.amount))
    assert parse_words(paper.values["大写"]) == sheet.amount
    assert paper.says("双方确认金额", "待双方确认")
    for line in sheet.lines:
        assert paper.holds(line.text)
        assert paper.holds(line.figures)
    for warning in sheet.warnings:
        assert paper.holds(warning)


def test_a43_what_both_sides_settled_stands_beside_what_was_computed(session: Any) -> None:
    made = money.till("a")
    outage = ticket(made.lin, contract_id=made.contract.id)
    claim = payments.open_claim(
        made.zhou,
        contract_id=made.contract.id,
        penalty_key="unusable",
        event="小程序无法打开",
        occurred_on=D("2025-10-20"),
        facts="全天白屏",
        ticket_id=outage.id,
    )
    assert claim.computed == F("11.67")
    payments.agree_claim(made.zhou, claim.id, amount=F("11.67"))
    half = issued(made.zhou, payments.WORKSHEET_PAPER, claim.id)
    assert half.says("甲方意见", f"¥11.67（{made.zhou.name}）")
    payments.agree_claim(made.wu, claim.id, amount=F("11.67"))
    paper = issued(made.zhou, payments.WORKSHEET_PAPER, claim.id)
    assert paper.says("测算金额", "¥11.67")
    assert paper.says("大写", "壹拾壹元陆角柒分")
    assert paper.says("双方确认金额", "¥11.67（壹拾壹元陆角柒分）")
    assert paper.says("状态", claim.state.label)


def test_b30_a_recheck_says_whether_the_answer_came_in_time(made: Till, calendar: Any) -> None:
    order = payments.order(
        made.zhou, contract_id=made.contract.id, facts="同步中断", demands="恢复同步", due_on=D("2025-10-27")
    )
    paper = issued(made.zhou, payments.ORDER_PAPER, order.id)
    assert paper.says("整改期限", "2025年10月27日")
    with pytest.raises(payments.NotRechecked):
        documents.issue(made.zhou, payments.RECHECK_PAPER, order.id)
    calendar.move_to("2025-10-29T10:00:00+08:00")
    payments.answer(made.wu, order.id, text="已恢复")
    payments.recheck(made.zhou, order.id, passed=True, remark="正常")
    paper = issued(made.zhou, payments.RECHECK_PAPER, order.id)
    assert paper.says("回复日期", "2025年10月29日（逾期）")
    assert paper.says("复查日期", "2025年10月29日")
    assert paper.says("复查结论", order.state.label)
