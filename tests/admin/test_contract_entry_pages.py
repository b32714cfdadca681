"""A contract entered from its paper, with everything that follows shown beside it; drafts corrected, terms revised."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from server.core import db
from server.domain import contracts
from server.domain.contracts import Contract, ContractState, DayRule, Party, SupplementState
from server.domain.identity import OrganisationKind
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b
from tests.support.form_fields import fields_of

D = date.fromisoformat
NEW = "/admin/contracts/new"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def zhou(client: Any) -> Any:
    """The administrator's browser."""
    seeded_calendar()
    return people.signed_in(client, people.officer("zhou"))


def form(browser: Any, address: str, **changes: Any) -> Any:
    """The form at an address, as it would be sent with some boxes changed; None takes a tick away."""
    found = fields_of(browser.get(address).text, "contract-form")
    for box, value in changes.items():
        name = box.replace("__", "-")
        if value is None:
            found.poplist(name)
        else:
            found.setlist(name, value if isinstance(value, list) else [value])
    return found


def paper_a(browser: Any, **changes: Any) -> Any:
    """Contract A's paper, typed into the shape of a mini program's contract."""
    vendor = people.organisation(OrganisationKind.VENDOR)
    typed = {
        "facts__number": "YW-XCX-2025-09",
        "facts__paper_number": "2025/00",
        "facts__title": "小程序运行维护服务合同",
        "facts__bureau_name": "东湖分局",
        "facts__vendor_id": str(vendor.id),
        "term__starts_on": "2025-03-04",
        "term__ends_on": "2026-03-31",
        "fee__amount": "28,000",
        "fee__words": "贰万捌仟元整",
        "fee__paid_from": "2025-03-04",
        "fee__paid_to": "2026-03-03",
        "billing__buyer_title": "东湖分局",
        "billing__payee_account": "6200000000001234",
        "milestones-0-amount": "28000",
        "milestones-0-fixed_on": "2025-12-31",
        "ticked": ["repealed_law", "place_of_signing"],
    }
    return form(browser, f"{NEW}?from=mini_program", **(typed | changes))


def entered(number: str) -> Contract:
    return db.session().scalars(sa.select(Contract).where(Contract.number == number)).one()


def test_one_begins_with_a_blank_page_a_shape_or_a_copy(zhou: Any) -> None:
    contract = contract_a()
    start = zhou.get(NEW).text
    assert "小程序运维的常见写法" in start
    assert f"from={contract.id}" in start
    copied = zhou.get(f"{NEW}?from={contract.id}").text
    assert contract.title in copied
    assert "6200000000004471829" not in copied
    assert 'value="28000.00"' not in copied
    assert zhou.get(f"{NEW}?from=blank").status_code == 200


def test_a_contract_is_entered_from_its_paper(zhou: Any) -> None:
    answer = zhou.post(NEW, data=paper_a(zhou))
    assert answer.status_code == 303
    contract = entered("YW-XCX-2025-09")
    terms = contracts.terms_of(contract.id)
    assert (contract.state, contract.effective_on) == (ContractState.DRAFT, None)
    assert terms.fee is not None
    assert terms.fee.amount == Decimal(28000)
    assert terms.response is not None
    assert terms.response.working_day_hours == 2
    assert [each.key for each in terms.penalties][:2] == ["missing_material", "late_payment"]
    assert {1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 16, 17, 18, 20, 21, 22, 37} == {each.number for each in terms.findings}
    assert next(each for each in terms.findings if each.number == 4).clauses == ("A24", "A25")
    shown = zhou.get(answer.location).text
    assert "登记双方签字、盖章日期后得出生效日" in shown
    assert "***********1234" in shown


def test_the_preview_shows_what_follows_while_typing(zhou: Any) -> None:
    typed = paper_a(zhou)
    shown = zhou.post("/admin/contracts/entry/preview", data=typed, headers={"HX-Request": "true"}).text
    assert "<html" not in shown
    for words in ("共 28 天没有约定价款", "¥11.67／次", "¥140.00／天", "182.5%", "2,333.33", "13 份", "跨 13 个自然月"):
        assert words in shown
    wrong = typed.copy()
    wrong["fee-words"] = "贰万玖仟元整"
    wrong["response-working_day_hours"] = "两"
    told = zhou.post("/admin/contracts/entry/preview", data=wrong, headers={"HX-Request": "true"}).text
    assert "应为贰万捌仟元整" in told
    assert "1 处待填" in told
    assert "响应时限" in told.split("未约定", 1)[1]


def previewed(browser: Any, typed: Any) -> str:
    return str(browser.post("/admin/contracts/entry/preview", data=typed, headers={"HX-Request": "true"}).text)


def test_the_preview_gives_every_day_of_the_papers(zhou: Any) -> None:
    shown = previewed(zhou, paper_a(zhou))
    assert "13 份，首期 2025-03-31 前，末期 2026-03-31 前" in shown
    assert "2025年9月：2025-09-30 前" in shown
    assert "次月第 5 个工作日前" in shown
    assert "2025年12月：2026-01-08 前" in shown


def test_the_preview_says_what_rests_on_an_unsure_year(zhou: Any) -> None:
    typed = paper_a(zhou, term__starts_on="2026-06-01", term__ends_on="2027-12-31")
    shown = previewed(zhou, typed)
    assert "2027 年工作日历为暂定" in shown
    note = shown.split("正式放假安排公布后会变动：", 1)[1].split("。", 1)[0]
    assert "运维总结" in note
    refused = shown.split("工作日历未维护：", 1)[1].split("。", 1)[0]
    assert "运维总结" in refused
    assert "2028 年的工作日历尚未维护" in shown
    sure = previewed(zhou, paper_a(zhou))
    assert "正式放假安排公布后会变动" not in sure
    assert "工作日历未维护" not in sure


@pytest.mark.parametrize(
    ("changes", "box", "sentence"),
    [
        ({"fee__amount": "很多"}, "fee-amount", "应为不小于 0"),
        ({"response__other_day_hours": ""}, "response-other_day_hours", "应为大于 0"),
        ({"milestones-0-fixed_on": ""}, "milestones-0-fixed_on", "要有固定日期"),
        ({"milestones-0-amount": ""}, "milestones-0-amount", "应为大于 0"),
        ({"penalties-1-rate": ""}, "penalties-1-rate", "基数与比例"),
        ({"facts__vendor_id": ""}, "facts-vendor_id", "请选择乙方单位"),
        ({"facts__title": ""}, "facts-title", "必填"),
        ({"facts__systems": None}, "facts-systems", "请选择本合同维护的系统"),
        ({"term__starts_on": ""}, "term-starts_on", "请填写"),
        ({"term__starts_on": "3月4日"}, "term-starts_on", "日期应写成"),
        ({"term__ends_on": "2025-01-01"}, "term-ends_on", "不能早于开始日期"),
        ({"deliverables-0-time": "25:00"}, "deliverables-0-time", "时刻应写成"),
    ],
)
def test_a_fault_is_told_at_its_box(zhou: Any, changes: dict[str, Any], box: str, sentence: str) -> None:
    answer = zhou.post(NEW, data=paper_a(zhou, **changes))
    assert answer.status_code == 422
    told = answer.text.split(f'id="{box}-error"', 1)
    assert len(told) == 2, f"nothing is said at {box}"
    assert sentence in told[1][:500]
    assert db.session().scalar(sa.select(sa.func.count()).select_from(Contract)) == 0


def test_a_number_that_is_taken_is_told_at_its_box(zhou: Any) -> None:
    contract_b(number="YW-XCX-2025-09")
    answer = zhou.post(NEW, data=paper_a(zhou))
    assert answer.status_code == 422
    assert "已被使用" in answer.text.split('id="facts-number-error"', 1)[1][:500]


def test_rows_are_added_moved_and_taken_away(zhou: Any) -> None:
    typed = paper_a(zhou)
    typed["do"] = "penalties.add"
    part = zhou.post("/admin/contracts/entry/rows", data=typed, headers={"HX-Request": "true"}).text
    more = fields_of(part, "contract-form")
    assert "penalties-5-case" in more
    more["penalties-5-title"], more["penalties-5-case"] = "泄露数据", "other"
    more["penalties-5-owed_by"], more["penalties-5-per"] = "vendor", "event"
    more["do"] = "milestones.remove.0"
    fewer = fields_of(
        zhou.post("/admin/contracts/entry/rows", data=more, headers={"HX-Request": "true"}).text, "contract-form"
    )
    assert "milestones-0-title" not in fewer
    assert zhou.post(NEW, data=fewer).status_code == 303
    keys = [each.key for each in contracts.terms_of(entered("YW-XCX-2025-09").id).penalties]
    assert keys[-1] == "penalty"


def test_months_without_dates_wait_for_the_signatures(zhou: Any) -> None:
    months = {"term__starts_on": "", "term__ends_on": "", "term__months": "12", "term__until": "day_before"}
    assert zhou.post(NEW, data=paper_a(zhou, **months)).status_code == 422
    assert zhou.post(NEW, data=paper_a(zhou, **months, effect__effective_on="2025-07-07")).status_code == 303
    contract = entered("YW-XCX-2025-09")
    assert (contract.starts_on, contract.ends_on) == (D("2025-07-07"), D("2026-07-06"))


def test_both_sides_sign_and_the_contract_runs(zhou: Any) -> None:
    contract = contract_a(active=False, effective_on=None)
    address = f"/admin/contracts/{contract.id}"
    assert zhou.post(f"{address}/activate").status_code == 409
    wrong = zhou.post(f"{address}/sign", data={"party": "vendor"})
    assert wrong.status_code == 422
    assert "至少填一个" in wrong.text
    for party, signed, sealed in (("vendor", "2025-02-27", "2025-02-28"), ("bureau", "2025-03-03", "2025-03-04")):
        data = {"party": party, "signed_on": signed, "sealed_on": sealed, "signer": "签字人"}
        assert zhou.post(f"{address}/sign", data=data).status_code == 303
    assert "签字 2025-03-03，盖章 2025-03-04" in zhou.get(address).text
    assert zhou.post(f"{address}/activate").status_code == 303
    assert contracts.find(people.actor("zhou"), contract.id).effective_on == D("2025-03-04")


def test_a_draft_is_corrected_and_a_running_contract_is_not(zhou: Any) -> None:
    draft, running = contract_a(active=False), contract_b()
    vendor = people.organisation(OrganisationKind.VENDOR)
    address = f"/admin/contracts/{draft.id}/entry"
    assert "6200000000004471829" in zhou.get(address).text
    typed = form(zhou, address, facts__title="改正的名称", facts__vendor_id=str(vendor.id), acceptance__days="5")
    assert zhou.post(address, data=typed).status_code == 303
    found = contracts.find(people.actor("zhou"), draft.id)
    terms = contracts.terms_of(found.id)
    assert (found.title, found.vendor_id, terms.revision) == ("改正的名称", vendor.id, 2)
    assert terms.acceptance is not None
    assert terms.acceptance.days == 5
    assert zhou.post(address, data=typed).status_code == 409
    assert zhou.get(f"/admin/contracts/{running.id}/entry").status_code == 404


def test_the_terms_are_revised_from_a_day_on(zhou: Any) -> None:
    contract = contract_a()
    address = f"/admin/contracts/{contract.id}/revise"
    shown = zhou.get(address).text
    assert "6200000000004471829" not in shown
    typed = form(
        zhou,
        address,
        response__working_day_hours="1.5",
        response__day_rule="stricter",
        on_site__hours="",
        effective_from="2026-12-01",
        reason="补充协议一",
    )
    assert zhou.post(address, data=typed).status_code == 303
    terms = contracts.terms_of(contract.id, 2)
    assert terms.response is not None
    assert (str(terms.response.working_day_hours), terms.response.day_rule) == ("1.5", DayRule.STRICTER)
    assert terms.on_site is None
    assert terms.billing == contracts.terms_of(contract.id, 1).billing
    chosen = next(each for each in terms.findings if each.key == "response_day")
    assert (chosen.chosen, chosen.chosen_by) == ("stricter", "周正")
    text = zhou.get(f"/admin/contracts/{contract.id}").text
    assert "自 2026-12-01 起改用第 2 版" in text
    assert "响应时限 · 工作日（小时）" in zhou.get(f"/admin/contracts/{contract.id}?tab=revisions").text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"response__other_day_hours": ""}, "应为大于 0"),
        ({"reason": ""}, "请填写"),
        ({}, "没有任何变化"),
    ],
)
def test_a_wrong_revision_is_told_on_the_form(zhou: Any, changes: dict[str, str], sentence: str) -> None:
    contract = contract_a()
    address = f"/admin/contracts/{contract.id}/revise"
    answer = zhou.post(
        address,
        data=form(zhou, address, reason="更正", **changes)
        if "reason" not in changes
        else form(zhou, address, **changes),
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert contracts.find(people.actor("zhou"), contract.id).revision == 1


def test_a_supplement_is_drafted_signed_and_shown(zhou: Any) -> None:
    contract = contract_a()
    address = f"/admin/contracts/{contract.id}/supplements"
    typed = form(
        zhou,
        f"{address}/new",
        on_site__hours="12",
        title="缩短到场时限",
        reason="业务需要",
        amount="2400",
        scope="重大故障到场",
        effective_from="2026-12-01",
    )
    wrong = typed.copy()
    wrong["scope"] = ""
    assert "须写明服务范围" in zhou.post(address, data=wrong).text
    answer = zhou.post(address, data=typed)
    assert answer.status_code == 303
    supplement = contracts.supplements_of(contract.id)[0]
    assert (supplement.number, supplement.amount, supplement.changes) == (1, Decimal(2400), {"on_site.hours": 12})
    page = zhou.get(answer.location).text
    assert "现场到达 · 小时数" in page
    for party in Party:
        data = {"party": party.value, "signed_on": "2026-11-18", "sealed_on": "2026-11-19"}
        assert zhou.post(f"{address}/{supplement.id}/sign", data=data).status_code == 303
    assert contracts.find_supplement(people.actor("zhou"), contract.id, supplement.id).state is SupplementState.IN_FORCE
    assert "补充协议第 1 号 → 合同" in zhou.get(f"/admin/contracts/{contract.id}?tab=supplements").text
    assert zhou.post(f"{address}/{supplement.id}/void", data={"reason": "不要了"}).status_code == 409


def test_a_supplement_is_given_up(zhou: Any) -> None:
    contract = contract_a()
    made = contracts.draft_supplement(
        people.actor("zhou"),
        contract.id,
        title="新增报表",
        reason="范围之外",
        changes={},
        amount=Decimal(600),
        scope="季度报表",
        effective_from=D("2026-12-01"),
    )
    address = f"/admin/contracts/{contract.id}/supplements/{made.id}"
    assert zhou.post(f"{address}/void", data={"reason": ""}).status_code == 422
    assert zhou.post(f"{address}/void", data={"reason": "双方未谈拢"}).status_code == 303
    assert "双方未谈拢" in zhou.get(address).text


def test_vendors_read_their_own_and_enter_nothing(client: Any) -> None:
    seeded_calendar()
    ours, theirs = contract_a(), contract_b()
    made = contracts.draft_supplement(
        people.actor("zhou"),
        theirs.id,
        title="别家的",
        reason="别家的",
        changes={},
        amount=Decimal(1),
        scope="别家的",
        effective_from=theirs.starts_on,
    )
    zheng = people.signed_in(client, people.officer("zheng", contract_id=ours.id))
    assert zheng.get(f"/admin/contracts/{ours.id}/clauses/A20").status_code == 200
    assert zheng.get(f"/admin/contracts/{theirs.id}/clauses/B01").status_code == 404
    assert zheng.get(f"/admin/contracts/{theirs.id}/supplements/{made.id}").status_code == 404
    assert zheng.get(f"/admin/contracts/{ours.id}/supplements/{made.id}").status_code == 404
    for address in (NEW, f"/admin/contracts/{ours.id}/revise", f"/admin/contracts/{ours.id}/supplements/new"):
        assert zheng.get(address).status_code == 403
    assert zheng.post(f"/admin/contracts/{theirs.id}/sign", data={}).status_code == 403
    assert (
        zheng.post("/admin/contracts/entry/preview", data={"mode": "revise", "contract": str(theirs.id)}).status_code
        == 403
    )
