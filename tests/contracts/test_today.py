"""What a clause means today: its figures, what would follow this moment, its contradictions, supplements and history."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from server.core.errors import NotFound
from server.core.ids import new_id
from server.domain import contracts
from server.domain.contracts import ClauseToday, Contract, Party
from server.domain.contracts.demo import facts
from server.domain.contracts.paths import with_changes
from server.domain.identity import SCHEDULER
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b

D = date.fromisoformat


def at(contract: Contract, clause: str, moment: str) -> ClauseToday:
    with time_machine.travel(f"{moment}:00+08:00", tick=False):
        return contracts.clause_today(SCHEDULER, contract.id, clause)


def texts(lines: Any) -> list[str]:
    return [each.text for each in lines]


@pytest.mark.parametrize(
    ("clause", "moment", "means"),
    [
        ("A20", "2025-09-28T09:12", ["2025-09-28 11:12 前响应"]),
        ("A20", "2025-05-05T10:00", ["2025-05-05 14:00 前响应"]),
        ("A20", "2026-02-15T08:00", ["2026-02-15 12:00 前响应"]),
        ("A20", "2025-10-10T23:30", ["2025-10-11 01:30 前响应"]),
        ("A20", "2025-10-08T22:30", ["2025-10-09 02:30 前响应"]),
        ("A21", "2025-09-28T09:12", ["2025-09-29 09:12 前到达"]),
        ("A36", "2025-09-25T10:00", ["2025年9月28日（星期日） 24:00 止验收"]),
        ("A36", "2025-09-30T10:00", ["2025年10月9日（星期四） 24:00 止验收"]),
        ("A36", "2026-02-13T10:00", ["2026年2月24日（星期二） 24:00 止验收"]),
        ("A18", "2025-05-02T10:00", ["最早 2025年6月1日（星期日） 更换"]),
        ("A42", "2025-12-01T10:00", ["¥140.00／天"]),
        ("A41", "2025-12-01T10:00", ["¥11.67／次"]),
        ("A02", "2026-03-01T10:00", ["还有 30 天届满（2026年3月31日（星期二））"]),
        ("A02", "2025-03-01T10:00", ["将于 2025年3月4日（星期二） 开始"]),
        ("A02", "2026-04-01T10:00", ["已于 2026年3月31日（星期二） 届满，续签须录入新合同"]),
        ("A13", "2025-09-28T10:00", ["本期为 2025年9月"]),
    ],
)
def test_contract_a_clause_by_clause(session: Any, clause: str, moment: str, means: list[str]) -> None:
    seeded_calendar()
    assert texts(at(contract_a(ends_on=D("2026-03-31")), clause, moment).today) == means


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("A20", ["工作日 2 小时、其他日期 4 小时内由人员响应，连续计时不暂停；按受理当日判断"]),
        ("A22", ["¥28,000.00／年，大写贰万捌仟元整"]),
        ("A42", ["每逾期一个自然日，未付金额的 5‰"]),
        ("A45", ["未约定金额，不作计算"]),
    ],
)
def test_a_clause_says_its_figures(session: Any, clause: str, says: list[str]) -> None:
    seeded_calendar()
    assert texts(at(contract_a(), clause, "2026-11-20T10:00").says) == says


def test_b_first_instalment_waits_for_its_invoice(session: Any) -> None:
    seeded_calendar()
    found = at(contract_b(), "B26", "2025-08-01T10:00")
    assert texts(found.today) == ["最早 2025年9月28日（星期日）（待收到发票）"]
    assert any("60" in step for step in found.today[0].trace)


def test_silence_is_said_and_nothing_stands_in_for_it(session: Any) -> None:
    seeded_calendar()
    terms = with_changes(facts()[0]["terms"], {"response": None, "acceptance": None})
    contract = contract_a(terms=terms)
    for clause in ("A20", "A36"):
        found = at(contract, clause, "2026-11-20T10:00")
        assert {(each.text, each.agreed) for each in (*found.says, *found.today)} == {("未约定", False)}


def test_a_missing_year_is_refused_and_a_provisional_one_an_estimate(session: Any) -> None:
    seeded_calendar([2025, 2027])
    contract = contract_a()
    missing = at(contract, "A20", "2026-11-20T10:00").today[0]
    assert (missing.refused, "2026 年的工作日历尚未维护" in missing.text) == (True, True)
    estimate = at(contract, "A20", "2027-02-19T10:00").today[0]
    assert (estimate.provisional, estimate.refused) == (True, False)


def test_the_contradictions_of_a_clause_come_with_who_chose_and_when(session: Any) -> None:
    seeded_calendar()
    contract = contract_a()
    found = at(contract, "A20", "2026-11-20T10:00").findings
    assert {11, 12} <= {each.number for each in found}
    assert [each.open for each in found if each.number == 12] == [True]
    people.officer("zhou", name="周敏")
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        zhou = people.actor("zhou")
        contracts.choose_reading(zhou, contract, finding="response_day", reading="lenient", reason="会议纪要")
    after = at(contract, "A20", "2026-11-20T23:30")
    chosen = next(each for each in after.findings if each.number == 12)
    assert (chosen.chosen_by, chosen.chosen_on, chosen.open) == ("周敏", D("2026-11-20"), False)
    assert texts(after.today) == ["2026-11-21 03:30 前响应"]
    assert [each.row.revision for each in after.changes] == [2]
    labels = {each.label for each in after.changes[0].differences}
    assert "响应时限 · 跨日规则" in labels


def test_a_supplement_that_settles_the_clause_is_named_from_its_day(session: Any) -> None:
    seeded_calendar()
    contract = contract_a()
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        made = contracts.draft_supplement(
            SCHEDULER,
            contract.id,
            title="缩短响应时限",
            reason="业务需要",
            changes={"response.working_day_hours": 1},
            amount=None,
            scope="",
            effective_from=D("2026-12-01"),
        )
        for party in Party:
            day = D("2026-11-19")
            contracts.sign(SCHEDULER, contract.id, party=party, signed_on=day, sealed_on=day, supplement_id=made.id)
    before, after = (at(contract, "A20", f"{day}T09:00") for day in ("2026-11-30", "2026-12-01"))
    assert (texts(before.today), before.supplements, before.revision) == (["2026-11-30 11:00 前响应"], (), 1)
    assert (texts(after.today), after.revision) == (["2026-12-01 10:00 前响应"], 2)
    assert [each.number for each in after.supplements] == [1]
    assert at(contract, "A21", "2026-12-01T09:00").supplements == ()


def test_only_those_who_may_see_the_contract_see_its_clauses(session: Any) -> None:
    seeded_calendar()
    ours, theirs = contract_a(), contract_b()
    people.officer("zheng", contract_id=ours.id)
    vendor = people.actor("zheng")
    assert contracts.clause_today(vendor, ours.id, "A20").clause.id == "A20"
    for contract_id, clause in ((theirs.id, "B26"), (ours.id, "B26"), (new_id(), "A20")):
        with pytest.raises(NotFound):
            contracts.clause_today(vendor, contract_id, clause)


@pytest.mark.parametrize("which", [contract_a, contract_b])
def test_every_clause_of_both_papers_has_an_answer(session: Any, which: Any) -> None:
    seeded_calendar()
    contract = which()
    with time_machine.travel("2025-09-28T09:12:00+08:00", tick=False):
        for clause in contracts.terms_of(contract.id).clauses:
            found = contracts.clause_today(SCHEDULER, contract.id, clause.id)
            assert found.clause.text or found.says or found.findings, clause.id
            assert not any(each.refused for each in found.today), clause.id
