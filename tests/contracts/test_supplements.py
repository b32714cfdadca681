"""Supplements: drafted, signed, given up; carried into revisions still to come (ADR 0017); the later signed prevails."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import contracts
from server.domain.contracts import Contract, Party, Supplement, SupplementState, WrongState
from server.domain.identity import SCHEDULER
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat
HOURS = "response.working_day_hours"
FIRST = "2025-03-04"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


def drafted(contract: Contract, **changes: Any) -> Supplement:
    values: dict[str, Any] = {
        "title": "缩短响应时限",
        "reason": "业务需要",
        "changes": {HOURS: 1},
        "amount": None,
        "scope": "",
        "effective_from": D("2026-12-01"),
    }
    return contracts.draft_supplement(SCHEDULER, contract.id, **(values | changes))


def signed(contract: Contract, supplement: Supplement, on: str = "2026-11-19") -> Supplement:
    """Both sides sign and seal on a day."""
    for party in Party:
        contracts.sign(
            SCHEDULER, contract.id, party=party, signed_on=D(on), sealed_on=D(on), supplement_id=supplement.id
        )
    return contracts.find_supplement(SCHEDULER, contract.id, supplement.id)


def held(contract: Contract, path: str, *days: str) -> list[Any]:
    """What the terms say at a path on each day."""
    found = []
    for day in days:
        value: Any = contracts.raw_terms(contract.id, contracts.terms_of(contract.id, on=D(day)).revision)
        for part in path.split("."):
            value = value[part]
        found.append(value)
    return found


def test_a_draft_changes_nothing_until_both_sides_have_signed_and_sealed(session: Any) -> None:
    contract = contract_a()
    made = drafted(contract)
    assert (made.number, made.state, contract.revision) == (1, SupplementState.DRAFT, 1)
    steps = [(Party.VENDOR, "2026-11-17", "2026-11-18"), (Party.BUREAU, "2026-11-19", None)]
    for party, signature, seal in steps:
        days = {"signed_on": D(signature), "sealed_on": seal and D(seal)}
        contracts.sign(SCHEDULER, contract.id, party=party, supplement_id=made.id, **days)
        assert (made.state, made.in_force_on) == (SupplementState.DRAFT, None)
    assert held(contract, HOURS, "2026-12-01") == [2]
    days = {"signed_on": D("2026-11-19"), "sealed_on": D("2026-11-20")}
    contracts.sign(SCHEDULER, contract.id, party=Party.BUREAU, supplement_id=made.id, **days)
    assert (made.state, made.in_force_on, made.revision) == (SupplementState.IN_FORCE, D("2026-11-20"), 2)
    assert held(contract, HOURS, "2026-11-30", "2026-12-01") == [2, 1]
    assert contracts.terms_of(contract.id, 2).response != contracts.terms_of(contract.id, 1).response
    shown = contracts.supplement_differences(contract, made)
    assert [(each.label, each.was, each.becomes) for each in shown] == [("响应时限 · 工作日（小时）", "2", "1")]
    actions = ("contract.supplement_drafted", "contract.signed", "contract.supplemented")
    assert [len(citizens.entries(action)) for action in actions] == [1, 3, 1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"reason": ""}, "reason"),
        ({"title": "长" * 201}, "title"),
        ({"changes": {}}, "changes"),
        ({"changes": {}, "amount": Decimal(600)}, "scope"),
        ({"amount": Decimal(0), "scope": "季度报表"}, "amount"),
        ({"amount": Decimal(-1), "scope": "季度报表"}, "amount"),
        ({"changes": {HOURS: 0}}, HOURS),
        ({"changes": {HOURS: 2}}, "changes"),
        ({"changes": {"milestones.none.amount": "1.00"}}, "milestones.none.amount"),
        ({"changes": {"term.months": 24}}, "term.months"),
        ({"changes": {"term_text": "两年", "term": None}}, "term"),
        ({"changes": {"findings.monthly_fee.chosen": "term_months"}}, "findings.monthly_fee.chosen"),
        ({"effective_from": D("2025-03-03")}, "effective_from"),
        ({"effective_from": D("2027-04-01")}, "effective_from"),
    ],
)
def test_what_is_wrong_is_named_and_no_number_is_used(session: Any, changes: dict[str, Any], field: str) -> None:
    contract = contract_a()
    with pytest.raises(Invalid) as refused:
        drafted(contract, **changes)
    assert field in refused.value.fields
    assert contracts.supplements_of(contract.id) == []
    assert drafted(contract).number == 1


def test_a23_a_priced_scope_alone_writes_no_revision(session: Any) -> None:
    contract = contract_a()
    made = signed(contract, drafted(contract, changes={}, amount=Decimal("2400.00"), scope="季度报表"))
    assert (made.state, made.amount, made.revision) == (SupplementState.IN_FORCE, Decimal("2400.00"), None)
    assert (contract.revision, contracts.supplement_differences(contract, made)) == (1, [])


def test_one_given_up_keeps_its_number_and_cannot_be_signed(session: Any) -> None:
    contract = contract_a()
    made = drafted(contract)
    for reason in ("", " ", "长" * 301):
        with pytest.raises(Invalid):
            contracts.void_supplement(SCHEDULER, contract.id, made.id, reason=reason)
    contracts.void_supplement(SCHEDULER, contract.id, made.id, reason="双方未谈拢")
    assert (made.state, made.void_reason) == (SupplementState.VOID, "双方未谈拢")
    with pytest.raises(WrongState):
        signed(contract, made)
    with pytest.raises(WrongState):
        contracts.void_supplement(SCHEDULER, contract.id, made.id, reason="再来")
    assert drafted(contract).number == 2
    assert [each.number for each in contracts.supplements_of(contract.id)] == [2, 1]
    assert contract.revision == 1


def test_one_in_force_is_neither_given_up_nor_signed_again(session: Any) -> None:
    contract = contract_a()
    made = signed(contract, drafted(contract))
    with pytest.raises(WrongState):
        contracts.void_supplement(SCHEDULER, contract.id, made.id, reason="不要了")
    with pytest.raises(WrongState):
        signed(contract, made)


def test_an_ended_contract_takes_no_supplement(session: Any) -> None:
    contract = contract_a(ends_on=D("2026-11-20"))
    waiting = drafted(contract, effective_from=D("2026-11-01"))
    contracts.end(SCHEDULER, contract, ended_on=contract.ends_on, reason="期满")
    with pytest.raises(WrongState):
        drafted(contract, effective_from=D("2026-11-01"))
    with pytest.raises(WrongState):
        signed(contract, waiting)


def test_adr_0017_a_supplement_goes_into_revisions_still_to_come(session: Any) -> None:
    contract = contract_a()
    contracts.amend(
        SCHEDULER, contract, changes={"on_site.hours": 12}, reason="双方约定", effective_from=D("2027-01-01")
    )
    signed(contract, drafted(contract))
    days = ("2026-11-20", "2026-12-01", "2027-01-01")
    assert held(contract, HOURS, *days) == [2, 1, 1]
    assert held(contract, "on_site.hours", *days) == [24, 24, 12]
    assert contract.revision == 4
    assert len(citizens.entries("contract.supplemented")) == 1


def test_adr_0017_a_reading_leaves_what_a_supplement_settled(session: Any) -> None:
    contract = contract_a()
    signed(contract, drafted(contract, changes={"acceptance.roll_over": False}))
    contracts.choose_reading(SCHEDULER, contract, finding="response_day", reading="stricter", reason="会议纪要")
    assert held(contract, "response.day_rule", FIRST, "2026-11-20", "2026-12-01") == ["stricter"] * 3
    assert held(contract, "acceptance.roll_over", "2026-11-20", "2026-12-01") == [True, False]
    contracts.choose_reading(SCHEDULER, contract, finding="acceptance_days", reading="roll_over", reason="会议纪要")
    assert held(contract, "acceptance.roll_over", "2026-11-20", "2026-12-01") == [True, False]


@pytest.mark.parametrize("entered_first", ["earlier", "later"])
def test_a47_of_two_in_force_the_one_signed_later_prevails(session: Any, entered_first: str) -> None:
    """In whatever order the papers reach the desk."""
    contract = contract_a()
    one = drafted(contract, title="改为一小时", effective_from=D("2026-06-01"), changes={HOURS: 1, "on_site.hours": 20})
    other = drafted(contract, title="改为三小时", effective_from=D("2026-10-01"), changes={HOURS: 3})
    papers = [(one, "2026-05-20"), (other, "2026-09-20")]
    for supplement, day in papers if entered_first == "earlier" else reversed(papers):
        signed(contract, supplement, day)
    days = ("2026-05-31", "2026-06-01", "2026-09-30", "2026-10-01")
    assert held(contract, HOURS, *days) == [2, 1, 1, 3]
    assert held(contract, "on_site.hours", *days) == [24, 20, 20, 20]
    ruling = contracts.prevailing(contracts.supplements_of(contract.id))
    assert [each.title for each in ruling] == ["改为三小时", "改为一小时"]


def test_one_whose_change_is_settled_already_takes_effect_without_a_revision(session: Any) -> None:
    contract = contract_a()
    late = drafted(contract, title="改为一小时", effective_from=D("2026-10-01"))
    signed(contract, drafted(contract, title="改为三小时", effective_from=D("2026-10-01"), changes={HOURS: 3}))
    before = contract.revision
    made = signed(contract, late, "2026-09-01")
    assert (made.state, made.revision, contract.revision) == (SupplementState.IN_FORCE, None, before)
    assert contracts.supplement_differences(contract, made) == []
    assert held(contract, HOURS, "2026-10-01") == [3]


def test_what_is_no_longer_in_the_terms_is_told_and_not_dropped(session: Any) -> None:
    contract = contract_a()
    made = drafted(contract, changes={"on_site.hours": 12})
    contracts.amend(SCHEDULER, contract, changes={"on_site": None}, reason="更正", effective_from=D("2026-11-20"))
    with pytest.raises(Invalid) as refused:
        signed(contract, made)
    assert "on_site.hours" in refused.value.fields


def test_a26_the_payee_moves_by_a_supplement(session: Any) -> None:
    contract = contract_a()
    account = "6200000000001234567"
    moved = {"billing.payee_account": account}
    with pytest.raises(Invalid):
        contracts.amend(SCHEDULER, contract, changes=moved, reason="换行", effective_from=D("2026-12-01"))
    made = signed(contract, drafted(contract, changes=moved))
    assert held(contract, "billing.payee_account", "2026-12-01") == [account]
    assert [each.becomes for each in contracts.supplement_differences(contract, made)] == ["***************4567"]


def test_a26_the_payee_moves_when_both_sides_have_confirmed(session: Any) -> None:
    contract = contract_a()
    payee = {"payee_name": "河畔云策", "payee_bank": "东湖支行", "payee_account": "6200000000001234567"}
    for agreed in ({}, {Party.BUREAU: "周敏"}, {Party.BUREAU: "周敏", Party.VENDOR: " "}):
        with pytest.raises(Invalid) as refused:
            contracts.change_billing(SCHEDULER, contract.id, **payee, agreed=agreed, reason="换行")
        assert "agreed" in refused.value.fields
    both = {Party.BUREAU: "周敏", Party.VENDOR: "乔安"}
    terms = contracts.change_billing(SCHEDULER, contract.id, **payee, agreed=both, reason="换行")
    assert terms.billing is not None
    assert terms.billing.payee_account == payee["payee_account"]
    assert terms.billing.buyer_title == contracts.terms_of(contract.id, 1).billing.buyer_title  # type: ignore[union-attr]
    assert held(contract, "billing.payee_account", "2026-11-19") != [payee["payee_account"]]
    entry = citizens.entries("contract.payee_changed")[-1]
    assert "甲方 周敏、乙方 乔安均已确认" in entry.summary
    assert payee["payee_account"] not in str(entry.changes)


def test_a26_others_change_no_payee(session: Any) -> None:
    ours, theirs = contract_a(), contract_b()
    people.officer("zheng", contract_id=ours.id)
    people.officer("shen")
    payee = {"payee_name": "别家", "payee_bank": "别行", "payee_account": "1"}
    both = {Party.BUREAU: "周敏", Party.VENDOR: "乔安"}
    for login, contract in (("shen", ours), ("zheng", theirs)):
        with pytest.raises((Forbidden, NotFound)):
            contracts.change_billing(people.actor(login), contract.id, **payee, agreed=both, reason="换行")


def test_supplements_are_found_by_those_who_may_see_the_contract(session: Any) -> None:
    ours, theirs = contract_a(), contract_b()
    made = drafted(theirs, changes={"rectification_days": 10}, effective_from=D("2026-01-01"))
    people.officer("zheng", contract_id=ours.id)
    vendor = people.actor("zheng")
    for contract in (ours, theirs):
        with pytest.raises(NotFound):
            contracts.find_supplement(vendor, contract.id, made.id)
    with pytest.raises(Forbidden):
        contracts.void_supplement(vendor, theirs.id, made.id, reason="方便")
    with pytest.raises(Forbidden):
        contracts.draft_supplement(
            vendor,
            ours.id,
            title="方便",
            reason="方便",
            changes={HOURS: 48},
            amount=None,
            scope="",
            effective_from=D("2026-12-01"),
        )
