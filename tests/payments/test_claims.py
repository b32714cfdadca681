"""Claims: one event, one clause of those that exclude each other, a reference until both sides say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import contracts, payments, records, tickets
from server.domain.identity import SCHEDULER
from server.domain.payments import Claim, ClaimState, Excluded, MoneyMoved, MoneyStep, WrongStep
from server.domain.records import MaterialForm
from server.domain.tickets import Scope, Ticket
from tests.factories import payments as money
from tests.factories.payments import Till
from tests.factories.tickets import ticket

D, F = date.fromisoformat, Decimal


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-01-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def made(session: Any) -> Till:
    return money.till("a")


@pytest.fixture
def outage(made: Till) -> Ticket:
    return ticket(made.lin, contract_id=made.contract.id)


def claim(made: Till, penalty: str = "unusable", **changes: Any) -> Claim:
    said: dict[str, Any] = {"event": "小程序无法打开", "occurred_on": D("2026-01-19"), "facts": "全天白屏"}
    return payments.open_claim(made.zhou, contract_id=made.contract.id, penalty_key=penalty, **(said | changes))


def late_claim(made: Till, **changes: Any) -> Claim:
    said = {"milestone": "year_fee", "event": "服务费逾期", "occurred_on": D("2026-01-20")}
    return claim(made, "late_payment", **(said | changes))


@pytest.mark.parametrize(("first", "second"), [("unusable", "daily_use"), ("daily_use", "unusable")])
@pytest.mark.parametrize("words", ["小程序无法打开", "数据库崩溃"])
def test_7_one_event_is_charged_under_one_clause(
    made: Till, outage: Ticket, first: str, second: str, words: str
) -> None:
    opened = claim(made, first, ticket_id=outage.id)
    for penalty in (first, second):
        with pytest.raises(Excluded, match=opened.number):
            claim(made, penalty, ticket_id=outage.id, event=words, occurred_on=D("2026-01-18"))
    other = ticket(made.lin, contract_id=made.contract.id)
    assert claim(made, second, ticket_id=other.id).penalty == second


def test_7_the_other_clause_is_chosen_by_working_the_claim_out_again(made: Till, outage: Ticket) -> None:
    opened = claim(made, "unusable", ticket_id=outage.id)
    payments.agree_claim(made.zhou, opened.id, amount=F("11.67"))
    payments.rework_claim(made.zhou, opened.id, penalty_key="daily_use")
    assert (opened.penalty, opened.refund, opened.bureau_amount) == ("daily_use", True, None)
    with pytest.raises(Excluded):
        claim(made, "unusable", ticket_id=outage.id)
    with pytest.raises(Invalid, match="有误"):
        payments.rework_claim(made.zhou, opened.id, penalty_key="missing_material")


@pytest.mark.parametrize("end", ["settled", "dropped"])
def test_7_a_settled_event_stays_charged_and_a_dropped_one_is_free(made: Till, outage: Ticket, end: str) -> None:
    opened = claim(made, ticket_id=outage.id)
    if end == "settled":
        for side in (made.zhou, made.wu):
            payments.agree_claim(side, opened.id, amount=F("11.67"))
        with pytest.raises(Excluded):
            claim(made, "daily_use", ticket_id=outage.id)
        with pytest.raises(WrongStep):
            payments.drop_claim(made.zhou, opened.id, reason="算了")
    else:
        payments.drop_claim(made.zhou, opened.id, reason="另案处理")
        assert claim(made, "daily_use", ticket_id=outage.id).state is ClaimState.OPEN


def test_7_excluding_clauses_need_the_ticket_that_the_event_is(made: Till) -> None:
    with pytest.raises(Invalid) as refused:
        claim(made)
    assert list(refused.value.fields) == ["ticket_id"]


def test_a_merged_ticket_is_the_event_of_the_one_that_it_went_into(made: Till, outage: Ticket) -> None:
    again = ticket(made.lin, contract_id=made.contract.id)
    opened = claim(made, ticket_id=outage.id)
    tickets.merge(made.lin, again.id, into_id=outage.id)
    with pytest.raises(Excluded, match=opened.number):
        claim(made, "daily_use", ticket_id=again.id)
    payments.drop_claim(made.zhou, opened.id, reason="另案")
    assert claim(made, "daily_use", ticket_id=again.id).ticket_number == outage.number


@pytest.mark.parametrize("scope", [Scope.CLIENT_SIDE, Scope.THIRD_PARTY, Scope.OUTSIDE])
def test_a29_what_is_out_of_scope_is_never_the_vendors_to_pay_for(made: Till, outage: Ticket, scope: Scope) -> None:
    tickets.decide_scope(made.zhou, outage.id, scope=scope, reason="终端浏览器过旧")
    with pytest.raises(Invalid) as refused:
        claim(made, ticket_id=outage.id)
    assert scope.label in refused.value.fields["ticket_id"][0]


def test_a_ticket_or_material_of_another_contract_is_not_the_event(made: Till) -> None:
    other = money.till("b")
    strange = ticket(made.lin, contract_id=other.contract.id)
    with pytest.raises(Invalid) as refused:
        claim(made, ticket_id=strange.id)
    assert list(refused.value.fields) == ["ticket_id"]


def test_a41_one_material_is_claimed_once_whatever_the_words(made: Till) -> None:
    material = records.request_material(
        made.zheng,
        contract_id=made.contract.id,
        form=MaterialForm.FORM_LIST,
        item="办事指南清单",
        requested_on=D("2025-12-20"),
        due_on=D("2026-01-05"),
    )
    opened = claim(made, "missing_material", material_id=material.id)
    assert opened.computed == F("11.67")
    with pytest.raises(Excluded):
        claim(made, "missing_material", material_id=material.id, event="换个说法", occurred_on=D("2026-01-10"))
    other = money.till("b")
    with pytest.raises(Invalid) as refused:
        payments.open_claim(
            other.zhou,
            contract_id=other.contract.id,
            penalty_key="infringement",
            event="资料",
            occurred_on=D("2026-01-10"),
            facts="资料",
            material_id=material.id,
        )
    assert list(refused.value.fields) == ["material_id"]


def test_a42_lateness_is_claimed_once_an_instalment_and_only_when_late(made: Till) -> None:
    application = money.received(made, "year_fee", on=D("2025-12-01"))
    with time_machine.travel("2025-12-31T10:00:00+08:00", tick=False), pytest.raises(WrongStep, match="没有逾期"):
        late_claim(made, occurred_on=D("2025-12-31"))
    with pytest.raises(Invalid) as refused:
        late_claim(made, until=D("2026-01-21"))
    assert list(refused.value.fields) == ["until"]
    with pytest.raises(Invalid) as refused:
        late_claim(made, milestone="")
    assert list(refused.value.fields) == ["milestone"]
    opened = late_claim(made, until=D("2026-01-10"))
    assert (opened.computed, opened.owed_by.value) == (F("1400.00"), "bureau")
    payments.rework_claim(made.zhou, opened.id, until=D("2026-01-20"))
    assert opened.computed == F("2800.00")
    assert opened.worksheet is not None
    assert any("5‰ × 20" in figures for _, figures, _, _ in opened.worksheet["lines"])
    with pytest.raises(Excluded):
        late_claim(made, event="换个说法")
    # what is kept with the claim stays, whatever is paid afterwards
    payments.check(made.lin, application.id, agreed=True)
    payments.approve(made.zhou, application.id, agreed=True)
    payments.pay(made.lin, application.id, paid_on=D("2026-01-20"), amount=application.amount, reference="R1")
    assert payments.find_claim(made.wu, opened.id).computed == F("2800.00")


def test_the_figure_is_a_reference_until_both_say_the_same(made: Till, outage: Ticket) -> None:
    opened = claim(made, "daily_use", ticket_id=outage.id)
    with pytest.raises(Invalid):
        payments.agree_claim(made.zhou, opened.id, amount=F("211.67"))
    with pytest.raises(Invalid):
        payments.agree_claim(made.zhou, opened.id, amount=F("-1"), remark="退")
    payments.agree_claim(made.zhou, opened.id, amount=F("211.67"), remark="另退费 200 元")
    seen = opened.version
    payments.agree_claim(made.wu, opened.id, amount=F("11.67"))
    assert (opened.state, opened.settled) == (ClaimState.OPEN, None)
    with pytest.raises(MoneyMoved):
        payments.agree_claim(made.wu, opened.id, amount=F("211.67"), remark="同意", seen=seen)
    payments.agree_claim(made.wu, opened.id, amount=F("211.67"), remark="同意")
    assert (opened.state, opened.settled, opened.settled_on) == (ClaimState.SETTLED, F("211.67"), D("2026-01-20"))
    assert [each.step for each in payments.events_of([opened.id])][-1] is MoneyStep.SETTLED


def test_who_may_claim_agree_and_look(made: Till, outage: Ticket) -> None:
    said: dict[str, Any] = {
        "contract_id": made.contract.id,
        "penalty_key": "unusable",
        "event": "白屏",
        "occurred_on": D("2026-01-19"),
        "facts": "白屏",
        "ticket_id": outage.id,
    }
    for actor in (made.lin, made.wu, made.zheng):
        with pytest.raises(Forbidden):
            payments.open_claim(actor, **said)
    opened = payments.open_claim(made.zhou, **said)
    with pytest.raises(NotFound):
        payments.find_claim(made.bai, opened.id)
    with pytest.raises(NotFound):
        payments.agree_claim(made.bai, opened.id, amount=F("11.67"))
    with pytest.raises(Forbidden):
        payments.agree_claim(made.lin, opened.id, amount=F("11.67"))
    for verb in (payments.drop_claim, payments.rework_claim):
        with pytest.raises(Forbidden):
            verb(made.wu, opened.id, **({"reason": "不服"} if verb is payments.drop_claim else {}))


def test_a45_without_a_figure_nothing_is_computed_and_both_may_still_agree(made: Till) -> None:
    opened = claim(made, "results_use", event="成果另用")
    assert opened.computed is None
    for side in (made.zhou, made.wu):
        payments.agree_claim(side, opened.id, amount=F("500"), remark="协商一致")
    assert opened.settled == F("500.00")


def test_terms_that_ask_for_more_open_a_paid_instalment_again(made: Till) -> None:
    application = money.approved(made, "year_fee", on=D("2025-12-01"))
    payments.pay(made.lin, application.id, paid_on=D("2025-12-20"), amount=application.amount, reference="R1")
    year = (D("2025-12-01"), D("2026-01-31"))
    assert payments.dues_between(made.lin, *year) == []
    contracts.amend(
        SCHEDULER,
        made.contract,
        changes={"milestones.year_fee.amount": "30000"},
        reason="双方商定加价",
        effective_from=made.contract.starts_on,
    )
    standing = payments.plan_of(made.lin, made.contract.id)[0]
    assert (standing.unpaid, standing.settled_on) == (F("2000.00"), None)
    assert [each.on for each in payments.dues_between(made.lin, *year)] == [standing.due_on]
    assert money.applied(made, "year_fee").amount == F("2000.00")
