"""Terms as data: what is understood, what is refused and where, what differs, and how it is put in words."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.core.errors import Invalid
from server.domain import contracts
from server.domain.contracts import DayRule
from server.domain.contracts.demo import facts, successor
from server.domain.contracts.paths import with_changes
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

A: dict[str, Any] = facts()[0]["terms"]


def test_contract_a_as_data() -> None:
    terms = terms_a()
    assert terms.response is not None
    assert (terms.response.working_day_hours, terms.response.other_day_hours) == (2, 4)
    assert terms.response.day_rule is DayRule.RECEIPT
    assert terms.on_site is not None
    assert terms.on_site.hours == 24
    assert terms.acceptance is not None
    assert (terms.acceptance.days, terms.acceptance.roll_over, terms.acceptance.deemed) == (3, True, True)
    assert terms.fee is not None
    assert terms.fee.amount == Decimal("28000.00")


def test_both_contracts_carry_every_clause_of_the_report() -> None:
    assert [clause.id for clause in terms_a().clauses] == [f"A{number:02}" for number in range(1, 48)]
    assert [clause.id for clause in terms_b().clauses] == [f"B{number:02}" for number in range(1, 34)]


def test_all_37_findings_are_carried_and_name_clauses_that_exist() -> None:
    for terms in (terms_a(), terms_b()):
        known = {clause.id for clause in terms.clauses}
        assert all(set(finding.clauses) <= known for finding in terms.findings)
    assert {f.number for terms in (terms_a(), terms_b()) for f in terms.findings} == set(range(1, 38))


def test_every_reading_sets_terms_that_stay_valid() -> None:
    for raw, terms in ((A, terms_a()), (facts()[1]["terms"], terms_b())):
        for finding in terms.findings:
            for reading in finding.readings:
                contracts.parse_terms(with_changes(raw, dict(reading.sets)))


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("response.working_day_hours", 0, "response.working_day_hours"),
        ("response.working_day_hours", "zwei", "response.working_day_hours"),
        ("response.working_day_hours", True, "response.working_day_hours"),
        ("response.other_day_hours", None, "response.other_day_hours"),
        ("response.day_rule", "moon", "response.day_rule"),
        ("response.minutes", 5, "response.minutes"),
        ("response", [], "response"),
        ("on_site.hours", -1, "on_site.hours"),
        ("acceptance.days", 2.5, "acceptance.days"),
        ("acceptance.deemed", "yes", "acceptance.deemed"),
        ("fee.paid_to", "2020-01-01", "fee.paid_to"),
        ("fee.paid_to", "31.12.2025", "fee.paid_to"),
        ("fee.per", None, "fee.per"),
        ("fee.amount", "NaN", "fee.amount"),
        ("milestones.year_fee.due.working_days", None, "milestones.year_fee.due.working_days"),
        ("milestones.year_fee.due.fixed_on", None, "milestones.year_fee.due.fixed_on"),
        ("milestones.year_fee.due.events", ["rain"], "milestones.year_fee.due.events"),
        ("milestones.year_fee.due", None, "milestones.year_fee.due"),
        ("penalties.unusable.rate", 7, "penalties.unusable.rate"),
        ("penalties.unusable.base", None, "penalties.unusable.rate"),
        ("penalties.late_payment.per", "working_day_block", "penalties.late_payment.block_days"),
        ("clauses.A01.title", "", "clauses.A01.title"),
        ("findings.monthly_fee.chosen", "neither", "findings.monthly_fee.chosen"),
        ("findings.monthly_fee.clauses", "A41", "findings.monthly_fee.clauses"),
        ("deliverables", {}, "deliverables"),
        ("deliverables", [{"title": "无键"}], "deliverables"),
        ("penalties", [{"key": "x"}, {"key": "x"}], "penalties"),
        ("surprise", 1, "surprise"),
    ],
)
def test_a_fault_is_named_by_its_path(path: str, value: Any, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        contracts.parse_terms(with_changes(A, {path: value}))
    assert place in refused.value.fields


@pytest.mark.parametrize("data", [None, [], "terms", 3])
def test_terms_are_an_object(data: Any) -> None:
    with pytest.raises(Invalid):
        contracts.parse_terms(data)


def test_a_contract_may_be_silent_about_everything() -> None:
    terms = contracts.parse_terms({})
    assert terms.response is None
    assert {line.text for line in contracts.clocks_in_words(terms)[:5]} == {"未约定"}
    assert contracts.fee_in_words(terms) == "未约定"


def test_changes_go_by_path_and_leave_the_original_alone() -> None:
    before = copy.deepcopy(A)
    after = with_changes(A, {"response.working_day_hours": 1, "milestones.year_fee.due.working_days": 10})
    assert before == A
    found = contracts.differences(A, after)
    assert [(each.path, each.before, each.after) for each in found] == [
        ("milestones.year_fee.due.working_days", 7, 10),
        ("response.working_day_hours", 2, 1),
    ]
    assert [each.label for each in found] == [
        "付款节点 · 年度服务费 · 到期规则 · 工作日数",
        "响应时限 · 工作日（小时）",
    ]
    with pytest.raises(Invalid):
        with_changes(A, {"nowhere.at.all": 1})
    with pytest.raises(Invalid):
        with_changes(A, {"milestones.none.amount": 1})


def test_account_numbers_are_masked_in_differences() -> None:
    found = contracts.differences(A, with_changes(A, {"billing.payee_account": "6200000000001234567"}))
    assert [(each.before, each.after) for each in found] == [("***************1829", "***************4567")]


def test_differences_are_put_in_words() -> None:
    changes = {
        "response.day_rule": "stricter",
        "acceptance.roll_over": False,
        "on_site": None,
        "findings.response_day.chosen": "stricter",
        "milestones.year_fee.due.events": ["invoice", "acceptance"],
    }
    found = {each.label: (each.was, each.becomes) for each in contracts.differences(A, with_changes(A, changes))}
    assert found == {
        "响应时限 · 跨日规则": ("按受理当日判断", "所跨日期中有工作日即用较短时限"),
        "验收 · 遇休息日顺延": ("是", "否"),
        "现场到达 · 小时数": ("24", "未约定"),
        "矛盾与缺漏 · 第 12 项 · 采用的读法": ("按受理当日判断", "所跨日期中有工作日即用较短时限"),
        "付款节点 · 年度服务费 · 到期规则 · 起算事件": ("收到付款申请、收到发票", "收到发票、验收合格"),
    }


def test_a_new_entry_is_told_without_its_key() -> None:
    added = {
        "title": "季度费",
        "amount": "7000.00",
        "due": {"combine": "documents", "events": ["invoice"], "working_days": 7},
    }
    found = contracts.differences(A, with_changes(A, {"milestones.quarter": {"key": "quarter", **added}}))
    assert {each.label.rpartition(" · ")[2] for each in found} == {"名称", "金额", "组合方式", "起算事件", "工作日数"}
    assert {each.label.split(" · ")[1] for each in found} == {"季度费"}


def test_the_clocks_in_words() -> None:
    words = {line.label: line.text for line in contracts.clocks_in_words(terms_a())}
    assert words["响应"] == "工作日 2 小时、其他日期 4 小时内由人员响应，连续计时不暂停；按受理当日判断"
    assert words["到达现场"] == "自通知起 24 小时内到达，连续计时不暂停"
    assert words["验收"] == "自收到完工通知起 3 个自然日内，末日遇休息日顺延"
    assert contracts.fee_in_words(terms_a()) == "¥28,000.00／年，大写贰万捌仟元整"
    assert (
        contracts.due_in_words(terms_a().milestones[0].due)
        == "2025年12月31日前，与收到付款申请、收到发票均满足后 7 个工作日内，两者取其晚"
    )
    assert contracts.due_in_words(terms_b().milestones[0].due) == "合同生效、收到发票均满足后 60 个工作日内"
    penalties = [contracts.penalty_in_words(each) for each in (*terms_a().penalties, *terms_b().penalties)]
    assert "每逾期一个自然日，未付金额的 5‰" in penalties
    assert "逾期每满 5 个法定工作日，合同总价的 0.5‰" in penalties
    assert "未约定金额，不作计算" in penalties
    assert [contracts.deliverable_in_words(each) for each in terms_b().deliverables] == [
        "每周，次周星期一 12:00 前（截止日未约定，按默认）",
        "每月，次月第 3 个工作日前（截止日未约定，按默认）",
        "每月，次月第 5 个工作日前（截止日未约定，按默认）",
        "每月，当期内完成",
    ]
    assert [contracts.deliverable_in_words(each) for each in terms_a().deliverables] == [
        "每月，当期内完成",
        "每月，次月第 5 个工作日前（截止日未约定，按默认）",
        "一次，2026年3月31日前（截止日未约定，按默认）",
        "一次（截止日未约定）",
    ]


@pytest.mark.parametrize(
    ("today", "starts", "ends"),
    [
        ("2026-11-20", "2026-04-01", "2027-03-31"),
        ("2027-03-31", "2026-04-01", "2027-03-31"),
        ("2028-04-01", "2028-04-01", "2029-03-31"),
    ],
)
def test_the_demo_always_has_a_contract_in_force(today: str, starts: str, ends: str) -> None:
    fact = successor(facts()[0], date.fromisoformat(today))
    assert (fact["starts_on"], fact["ends_on"]) == (starts, ends)
    terms = contracts.parse_terms(fact["terms"])
    assert terms.milestones[0].due.fixed_on == date(int(starts[:4]), 12, 31)
    assert terms.response == terms_a().response


def test_payment_periods_in_natural_days() -> None:
    from server.domain.contracts.checks import natural_span

    assert natural_span(work_calendar(), 30) == (39, 49)
    sixty = natural_span(work_calendar(), 60)
    assert sixty is not None
    assert 80 < sixty[0] < sixty[1] == 96
