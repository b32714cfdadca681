"""The contracts' pages: every part of them, who sees which contract, who may change it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from server.domain import calendar, contracts, deliverables
from server.domain.contracts import ContractState
from server.domain.identity import SCHEDULER
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b, terms_a

D = date.fromisoformat


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def zhou(client: Any) -> Any:
    """The administrator's browser."""
    seeded_calendar()
    return people.signed_in(client, people.officer("zhou"))


def test_the_list_shows_what_there_is(zhou: Any) -> None:
    a, b = contract_a(), contract_b()
    text = zhou.get("/admin/contracts/").text
    assert a.number in text
    assert b.number in text
    assert "期满待结算" in text
    assert b.number not in zhou.get("/admin/contracts/?q=小程序").text
    assert "没有符合条件的结果" in zhou.get("/admin/contracts/?state=draft").text
    assert a.number in zhou.get("/admin/contracts/?sort=vendor&state=nonsense").text


def test_a_list_costs_the_same_whatever_its_length(zhou: Any, queries: Any) -> None:
    contract_a()
    zhou.get("/admin/contracts/")
    with queries() as one:
        zhou.get("/admin/contracts/")
    for _ in range(4):
        contract_b()
    with queries() as five:
        zhou.get("/admin/contracts/")
    assert len(five) == len(one)


def test_the_overview_says_the_clocks_in_words_and_warns(zhou: Any) -> None:
    contract = contract_a(ends_on=D("2026-12-31"))
    text = zhou.get(f"/admin/contracts/{contract.id}").text
    assert "工作日 2 小时、其他日期 4 小时内由人员响应" in text
    assert "没有约定价款" in text
    assert "还有 41 天" in text
    assert "***************1829" in text
    assert "6200000000004471829" not in text


def test_where_a_contract_is_silent_the_page_says_not_agreed(zhou: Any) -> None:
    text = zhou.get(f"/admin/contracts/{contract_b().id}").text
    assert text.count("未约定") >= 8
    assert "合同未约定响应时限、到场时限、验收期限" in text


def test_the_clocks_can_be_tried_out(zhou: Any) -> None:
    contract = contract_a()
    path = f"/admin/contracts/{contract.id}/clocks"
    text = zhou.get(f"{path}?at=2025-09-28T09:12", headers={"HX-Request": "true"}).text
    assert "<html" not in text
    assert "2025-09-28 11:12" in text
    assert "受理于 2025年9月28日（星期日），工作日（国庆节调休）" in text
    assert "2025-10-09 24:00" in text
    assert "暂定" in zhou.get(f"{path}?at=2027-10-01T09:00").text
    missing = zhou.get(f"{path}?at=2031-05-01T09:00").text
    assert "2031 年的工作日历尚未维护" in missing
    assert zhou.get(f"{path}?at=0001-01-01T00:00").status_code == 200
    assert zhou.get(f"{path}?at=nonsense").status_code == 200


def test_money_shows_due_days_their_working_and_prices(zhou: Any) -> None:
    a = zhou.get(f"/admin/contracts/{contract_a(ends_on=D('2026-03-31')).id}?tab=money").text
    assert "最早 2025-12-31" in a
    assert "待收到付款申请、收到发票" in a
    assert "11.67" in a
    assert "140.00" in a
    b = zhou.get(f"/admin/contracts/{contract_b().id}?tab=money").text
    assert "最早 2025-09-28" in b
    assert "2026-08-17" in b
    assert "74.40" in b
    assert "第 60 个工作日为 2025年9月28日（星期日）" in b


def test_clauses_and_findings_are_listed(zhou: Any) -> None:
    contract = contract_a()
    clauses = zhou.get(f"/admin/contracts/{contract.id}?tab=clauses").text
    assert 'id="A47"' in clauses
    findings = zhou.get(f"/admin/contracts/{contract.id}?tab=findings").text
    assert sum(f'id="{each.key}"' in findings for each in terms_a().findings) == 22
    assert "默认读法，未确认" in findings
    assert zhou.get(f"/admin/contracts/{contract.id}?tab=gossip").status_code == 404


def test_a_reading_is_chosen_and_shown_with_its_chooser(zhou: Any) -> None:
    contract = contract_a()
    answer = zhou.post(
        f"/admin/contracts/{contract.id}/findings/acceptance_days",
        data={"reading": "strict", "reason": "会议纪要", "version": contract.version},
    )
    assert answer.status_code == 303
    assert answer.location.endswith("tab=findings#acceptance_days")
    acceptance = contracts.terms_of(contract.id).acceptance
    assert acceptance is not None
    assert acceptance.roll_over is False
    assert "周正 于 2026-11-20 选定" in zhou.get(f"/admin/contracts/{contract.id}?tab=findings").text
    revisions = zhou.get(f"/admin/contracts/{contract.id}?tab=revisions").text
    assert "验收 · 遇休息日顺延" in revisions
    again = {"reading": "roll_over", "version": 2}
    assert zhou.post(f"/admin/contracts/{contract.id}/findings/acceptance_days", data=again).status_code == 409
    assert zhou.post(f"/admin/contracts/{contract.id}/findings/none", data=again).status_code == 404


def test_a_draft_is_put_in_force_and_ended(zhou: Any) -> None:
    contract = contract_a(active=False)
    assert "开始履行" in zhou.get(f"/admin/contracts/{contract.id}").text
    assert zhou.post(f"/admin/contracts/{contract.id}/activate").status_code == 303
    assert zhou.post(f"/admin/contracts/{contract.id}/activate").status_code == 409
    late = {"ended_on": "2030-01-01", "reason": "延长"}
    refused = zhou.post(f"/admin/contracts/{contract.id}/end", data=late)
    assert refused.status_code == 422
    assert "续签请录入新合同" in refused.text
    assert (
        zhou.post(
            f"/admin/contracts/{contract.id}/end", data=late | {"ended_on": "2026-11-20", "agreed_by_both": "true"}
        ).status_code
        == 303
    )
    assert contracts.find(people.actor("zhou"), contract.id).state is ContractState.ENDED


def test_ending_asks_for_the_password_again(client: Any) -> None:
    contract = contract_a()
    browser = people.signed_in(client, people.officer("zhou"), stepped_up=False)
    answer = browser.post(f"/admin/contracts/{contract.id}/end", data={"ended_on": "2026-11-20", "reason": "协议"})
    assert answer.status_code == 303
    assert contracts.find(people.actor("zhou"), contract.id).state is ContractState.ACTIVE


def test_a_vendor_sees_its_own_contract_and_nothing_of_the_other(client: Any) -> None:
    seeded_calendar()
    ours, theirs = contract_a(), contract_b()
    browser = people.signed_in(client, people.officer("zheng", contract_id=ours.id))
    listed = browser.get("/admin/contracts/").text
    assert ours.number in listed
    assert theirs.number not in listed
    page = browser.get(f"/admin/contracts/{ours.id}?tab=findings").text
    assert "确认读法" not in page
    assert "修订条款" not in page
    for path in ("", "/clocks", "?tab=money"):
        assert browser.get(f"/admin/contracts/{theirs.id}{path}").status_code == 404
    assert browser.get(f"/admin/contracts/{ours.id}/revise").status_code == 403
    for path in ("revise", "activate", "end", "findings/monthly_fee"):
        assert browser.post(f"/admin/contracts/{ours.id}/{path}", data={}).status_code == 403


def test_the_handler_reads_and_the_administrator_of_the_system_does_not(client: Any) -> None:
    contract = contract_a()
    seeded_calendar()
    handler = people.signed_in(client, people.officer("lin"))
    assert handler.get(f"/admin/contracts/{contract.id}").status_code == 200
    assert handler.post(f"/admin/contracts/{contract.id}/activate").status_code == 403
    system = people.signed_in(client, people.officer("chen"))
    assert system.get("/admin/contracts/").status_code == 403


def test_a_corrected_calendar_shows_which_days_of_the_contract_moved(zhou: Any) -> None:
    contract = contract_a()
    deliverables.settle(contract, reason="首次计算")
    address = f"/admin/contracts/{contract.id}?tab=live"
    assert "日期的变动" not in zhou.get(address).text
    days = {on: day for on, day in calendar.load().days.items() if on.year == 2026}
    days[D("2026-12-01")] = calendar.Day(calendar.DayKind.HOLIDAY, "临时放假")
    would = calendar.moves(calendar.load().with_year(2026, days, calendar.YearStatus.OFFICIAL))
    assert [each.subject for each in would if "运维总结报告" in each.what] == [f"合同 {contract.number}"]
    calendar.set_day(
        SCHEDULER, on=D("2026-12-01"), kind=calendar.DayKind.HOLIDAY, name="临时放假", source="国务院办公厅通知"
    )
    deliverables.settle_all(reason="2026-12-01 日历更正")
    shown = zhou.get(address).text
    assert "日期的变动" in shown
    assert "2026-12-07 → 2026-12-08" in shown
    assert "2026-12-01 日历更正" in shown
