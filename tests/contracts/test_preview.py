"""What is shown while a contract is being typed: every figure of §1.5, silence as silence, unsure years as such."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from server.domain import contracts
from server.domain.calendar import YearStatus
from server.domain.contracts import Preview
from server.domain.contracts.demo import facts
from server.domain.contracts.paths import with_changes
from tests.factories.calendar import work_calendar

D = date.fromisoformat
BOOK = work_calendar()
TODAY = D("2026-11-20")
A, B = (each["terms"] for each in facts())
SPAN_A = {"starts_on": D("2025-03-04"), "ends_on": D("2026-03-31"), "effective_on": D("2025-03-04")}
SPAN_B = {"starts_on": D("2025-07-07"), "ends_on": D("2026-07-06"), "effective_on": D("2025-07-07")}


def previewed(terms: Any, book: Any = BOOK, **typed: Any) -> Preview:
    return contracts.preview({**typed, "terms": terms}, book, today=TODAY)


def texts(lines: Any) -> dict[str, str]:
    return {each.label: each.text for each in lines}


def test_contract_a_comes_to_the_figures_of_the_report() -> None:
    shown = previewed(A, **SPAN_A)
    assert (shown.faults, shown.assumed) == ({}, False)
    assert texts(shown.money) == {
        "费用": "¥28,000.00（每年）",
        "合同总价": "¥28,000.00",
        "月服务费": "¥2,333.33",
        "付费期": "2025-03-04 至 2026-03-03",
        "各期合计": "¥28,000.00",
    }
    assert shown.money[0].trace == ("大写：贰万捌仟元整",)
    assert [each.text for each in shown.penalties] == [
        "¥11.67／次",
        "¥140.00／天",
        "¥11.67／次",
        "¥11.67／次",
        "未约定金额",
    ]
    assert [each.agreed for each in shown.penalties] == [True, True, True, True, False]
    assert shown.term[1].trace == ("共 393 天，跨 13 个自然月",)
    assert [each.words for each in shown.instalments] == [
        contracts.due_in_words(contracts.parse_terms(A).milestones[0].due)
    ]


def test_contract_b_comes_to_the_figures_of_the_report() -> None:
    shown = previewed(B, **SPAN_B)
    assert texts(shown.money) == {
        "费用": "¥148,800.00（合同总价）",
        "合同总价": "¥148,800.00",
        "各期合计": "¥148,800.00",
    }
    assert [each.text for each in shown.penalties][:1] == ["¥74.40／段"]
    first, final = shown.instalments
    assert [str(each.milestone.amount) for each in (first, final)] == ["104160.00", "44640.00"]
    assert first.due is not None
    assert first.due.earliest is not None
    assert (first.due.deadline, first.due.earliest.on) == (None, D("2025-09-28"))
    assert final.due is not None
    assert final.due.earliest is not None
    assert final.due.earliest.on == D("2026-08-17")
    assert shown.clocks == ()
    assert {"响应时限", "到场时限", "验收期限"} <= set(shown.silent)


@pytest.mark.parametrize(
    ("until", "effect", "last"),
    [("day_before", "2025-07-07", "2026-07-06"), ("corresponding", "2025-07-07", "2026-07-07")],
)
def test_b24_months_run_from_the_day_of_effect(until: str, effect: str, last: str) -> None:
    shown = previewed(with_changes(B, {"term.until": until}), effective_on=D(effect))
    assert (shown.contract.starts_on, shown.contract.ends_on, shown.assumed) == (D(effect), D(last), False)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ({}, "2026-11-20", "2027-11-19"),
        ({"starts_on": D("2026-01-01")}, "2026-01-01", "2026-12-31"),
        ({"starts_on": D("2026-01-01"), "ends_on": D("2025-01-01")}, "2026-01-01", "2026-12-31"),
        ({"effective_on": D("2026-03-01")}, "2026-03-01", "2027-02-28"),
    ],
)
def test_dates_that_are_not_typed_yet_are_stood_in_for_and_said_so(
    typed: dict[str, date], first: str, last: str
) -> None:
    shown = previewed(A, **typed)
    assert (shown.contract.starts_on, shown.contract.ends_on) == (D(first), D(last))
    assert shown.assumed
    assert shown.term[1].provisional
    assert "日期未填全，按一年估算" in shown.term[1].trace


def test_a_blank_form_is_silent_about_everything() -> None:
    shown = previewed({})
    assert (shown.faults, shown.instalments, shown.penalties, shown.clocks) == ({}, (), (), ())
    assert [each.text for each in shown.money] == ["未约定"]
    assert len(shown.silent) == 11
    assert shown.term[0].text == "待双方签署"


def test_what_is_wrong_is_named_and_the_rest_is_shown() -> None:
    wrong = with_changes(A, {"response.working_day_hours": "两", "fee.words": "贰万玖仟元整"})
    shown = previewed(wrong, **SPAN_A)
    assert set(shown.faults) == {"response.working_day_hours"}
    assert "响应时限" in shown.silent
    assert shown.terms.on_site is not None
    assert [each.text for each in shown.warnings if each.key == "words_differ"] == [
        "大写“贰万玖仟元整”与金额 ¥28,000.00 不符，应为贰万捌仟元整"
    ]


def test_the_clocks_are_shown_on_days_that_tell() -> None:
    found = texts(previewed(A, **SPAN_A).clocks)
    assert found["工作日 2025-03-04 09:12 报修"] == "2025-03-04 11:12 前响应"
    assert found["休息日 2025-03-08 09:12 报修"] == "2025-03-08 13:12 前响应"
    assert found["调休上班的周末 2025-04-27 09:12 报修"] == "2025-04-27 11:12 前响应"
    assert found["法定节假日 2025-04-04 09:12 报修"] == "2025-04-04 13:12 前响应"
    assert found["休息日前夜（跨日） 2025-03-07 23:30 报修"] == "2025-03-08 01:30 前响应"
    assert found["2025-03-04 09:12 通知到场"] == "2025-03-05 09:12 前到达"
    assert found["长假前 2025-04-03 收到完工通知"] == "2025年4月7日（星期一） 24:00 止验收"
    assert found["人员自 2025-06-02 起更换"] == "通知最迟 2025-05-03 收到"


def in_2027(book: Any) -> Preview:
    """Contract B a year and four months later: its first instalment falls due in 2027 (§3: 60 wd from 2026-11-20)."""
    return previewed(B, book, starts_on=D("2026-11-20"), ends_on=D("2027-11-19"), effective_on=D("2026-11-20"))


def earliest(shown: Preview) -> Any:
    due = shown.instalments[0].due
    return None if due is None else due.earliest


def test_a_provisional_year_gives_an_estimate_and_says_so() -> None:
    shown = in_2027(BOOK)
    assert (earliest(shown).on, earliest(shown).provisional) == (D("2027-02-19"), True)
    assert "calendar_2027" in {each.key for each in shown.warnings}


def test_a_missing_year_gives_no_day_and_a_reason() -> None:
    shown = in_2027(work_calendar(2004, 2026))
    assert shown.instalments[0].due is None
    assert "2027 年的工作日历尚未维护" in shown.instalments[0].refused
    told = [each for each in shown.warnings if each.key == "calendar_2027"]
    assert [each.level.value for each in told] == ["danger"]


def test_a_corrected_year_moves_the_day_and_is_no_longer_an_estimate() -> None:
    days = {on: day for on, day in BOOK.days.items() if on.year == 2027}
    # A Thursday more of rest: the sixtieth working day moves past the weekend.
    moved = days | {D("2027-02-18"): BOOK.days[D("2027-01-01")]}
    official = BOOK.with_year(2027, moved, YearStatus.OFFICIAL)
    before, after = in_2027(BOOK), in_2027(official)
    assert (earliest(before).on, earliest(after).on) == (D("2027-02-19"), D("2027-02-22"))
    assert (earliest(before).provisional, earliest(after).provisional) == (True, False)
    assert "calendar_2027" not in {each.key for each in after.warnings}
