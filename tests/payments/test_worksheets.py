"""Worksheets, pure: every figure of domain.md §1.5 and §3, step by step, with caps, readings, warnings and silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.domain import contracts, payments
from server.domain.calendar import CalendarMissing, YearStatus
from server.domain.contracts import Contract as Row
from server.domain.contracts import Event, MonthlyRule, Terms
from server.domain.payments import Owed, Worksheet
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D, F = date.fromisoformat, Decimal
BOOK = work_calendar()
A = Row(starts_on=D("2025-03-04"), ends_on=D("2026-03-31"), effective_on=D("2025-03-04"))


def late(terms: Terms, milestone: str, happened: dict[Event, str], until: str, *paid: tuple[str, str]) -> Worksheet:
    wanted = next(each for each in terms.milestones if each.key == milestone)
    due = contracts.payment_due(wanted.due, BOOK, {event: D(day) for event, day in happened.items()})
    assert due.deadline is not None
    starts = max((D(day) for event, day in happened.items() if event in wanted.due.events), default=None)
    transfers = [(D(day), F(amount)) for day, amount in paid]
    sheet = payments.late_sheet(terms, BOOK, Owed(wanted, due.deadline, starts, transfers, D(until)))
    assert sheet is not None
    return sheet


def late_a(until: str, *paid: tuple[str, str], terms: Terms | None = None) -> Worksheet:
    """A's year fee, documents in time: due on 2025-12-31."""
    happened = {Event.APPLICATION: "2025-12-01", Event.INVOICE: "2025-12-01"}
    return late(terms or terms_a(), "year_fee", happened, until, *paid)


def late_b(until: str, *paid: tuple[str, str], terms: Terms | None = None) -> Worksheet:
    """B's first instalment, invoice received on the day of effect: due on Sunday 2025-09-28, which is worked."""
    happened = {Event.EFFECTIVE: "2025-07-07", Event.INVOICE: "2025-07-07"}
    return late(terms or terms_b(), "first", happened, until, *paid)


def figures(sheet: Worksheet) -> str:
    return "\n".join(f"{each.text} {each.figures}" for each in sheet.lines)


@pytest.mark.parametrize(
    ("paid_on", "working_days", "blocks", "amount"),
    [
        ("2025-10-10", 4, 0, "0.00"),
        ("2025-10-17", 10, 2, "148.80"),
        ("2025-10-24", 15, 3, "223.20"),
        ("2025-11-03", 21, 4, "297.60"),
    ],
)
def test_b28_blocks_of_five_working_days(paid_on: str, working_days: int, blocks: int, amount: str) -> None:
    sheet = late_b(paid_on, (paid_on, "104160.00"))
    assert (sheet.units, sheet.amount, sheet.final) == (blocks, F(amount), True)
    told = figures(sheet)
    assert f"{working_days} ÷ 5 = {blocks} 段，余 {working_days % 5} 个工作日" in told
    assert "¥148,800.00 × 0.05% = ¥74.40" in told
    assert "付款到期日 2025年9月28日（星期日）" in told


def test_b28_counts_until_it_is_paid_whole() -> None:
    sheet = late_b("2025-10-24", ("2025-10-10", "100000.00"), ("2025-10-17", "4160.00"))
    assert (sheet.as_of, sheet.amount) == (D("2025-10-17"), F("148.80"))
    part = late_b("2025-10-24", ("2025-10-10", "100000.00"))
    assert (part.final, part.amount) == (False, F("223.20"))
    assert any("尚未付清" in each for each in part.warnings)


@pytest.mark.parametrize(
    ("until", "days", "amount"),
    [
        ("2025-12-31", 0, "0.00"),
        ("2026-01-01", 1, "140.00"),
        ("2026-01-20", 20, "2800.00"),
        ("2026-01-30", 30, "4200.00"),
    ],
)
def test_a42_five_permille_of_the_unpaid_a_natural_day(until: str, days: int, amount: str) -> None:
    sheet = late_a(until)
    assert (sheet.units, sheet.unit, sheet.amount) == (days, "个自然日", F(amount))
    if days:
        assert f"¥28,000.00 × 5‰ × {days} = ¥{F(amount):,.2f}" in figures(sheet)


def test_a42_each_stretch_on_what_was_unpaid_then() -> None:
    # 10 days on 28 000 (140 a day) and 10 on 8 000 (40 a day)
    sheet = late_a("2026-01-20", ("2026-01-10", "20000.00"), ("2026-01-20", "8000.00"))
    assert (sheet.units, sheet.amount, sheet.final) == (20, F("1800.00"), True)
    assert "余 ¥8,000.00" in figures(sheet)
    same_day = late_a("2026-01-10", ("2026-01-10", "20000.00"), ("2026-01-10", "8000.00"))
    assert "¥20,000.00，余 ¥8,000.00" in figures(same_day)
    early = late_a("2026-01-10", ("2025-12-30", "27000.00"))
    assert early.amount == F("50.00")


def test_nothing_late_nothing_owed_when_it_was_paid_before() -> None:
    sheet = late_a("2026-02-01", ("2025-12-20", "28000.00"))
    assert (sheet.amount, sheet.units, sheet.final) == (F("0.00"), 0, True)


@pytest.mark.parametrize(
    ("key", "rule", "amount"),
    [
        ("missing_material", MonthlyRule.TWELFTH, "11.67"),
        ("unusable", MonthlyRule.TWELFTH, "11.67"),
        ("daily_use", MonthlyRule.TWELFTH, "11.67"),
        ("unusable", MonthlyRule.TERM_MONTHS, "10.77"),
    ],
)
def test_a41_a43_five_permille_of_the_monthly_fee(key: str, rule: MonthlyRule, amount: str) -> None:
    terms = terms_a()
    assert terms.fee is not None
    terms = replace(terms, fee=replace(terms.fee, monthly=rule))
    penalty = next(each for each in terms.penalties if each.key == key)
    sheet = payments.event_sheet(A, terms, penalty, occurred_on=D("2025-08-01"))
    assert sheet.amount == F(amount)
    told = figures(sheet)
    assert ("÷ 12 = " if rule is MonthlyRule.TWELFTH else "÷ 13 = ") in told
    assert "（不先取整）" in told
    assert any("#6" in each.reading for each in sheet.lines)
    assert any(each.startswith("除违约金外") for each in sheet.warnings) is (key == "daily_use")


@pytest.mark.parametrize(("terms", "key"), [(terms_a(), "results_use"), (terms_b(), "infringement")])
def test_a45_b29_without_a_figure_nothing_is_computed(terms: Terms, key: str) -> None:
    penalty = next(each for each in terms.penalties if each.key == key)
    sheet = payments.event_sheet(A, terms, penalty, occurred_on=D("2025-08-01"))
    assert sheet.amount is None
    assert sheet.warnings[0].startswith("合同没有约定金额")


def test_21_a_yearly_rate_that_courts_may_cut_and_a_cap_that_is_never_silent() -> None:
    sheet = late_a("2026-01-30")
    assert sheet.yearly_rate == F("182.5")
    assert any("182.5%" in each and "未约定上限" in each for each in sheet.warnings)
    terms = terms_a()
    capped = replace(
        terms,
        penalties=tuple(
            replace(each, cap=F("0.1")) if each.key == "late_payment" else each for each in terms.penalties
        ),
    )
    sheet = late_a("2026-01-30", terms=capped)
    assert (sheet.amount, sheet.uncapped, sheet.cap) == (F("2800.00"), F("4200.00"), F("2800.00"))
    assert "未封顶 ¥4,200.00，封顶后 ¥2,800.00" in figures(sheet)
    below = late_a("2026-01-10", terms=capped)
    assert (below.amount, below.uncapped) == (F("1400.00"), None)
    assert "未达到上限" in figures(below)


def test_35_the_base_is_the_total_and_the_yearly_rate_is_printed() -> None:
    first = late_b("2025-10-24")
    assert first.yearly_rate == F("3.5")
    assert any("基数为合同总价而非未付部分" in each for each in first.warnings)
    happened = {Event.SERVICE_END: "2026-07-06", Event.ACCEPTANCE: "2026-07-07", Event.INVOICE: "2026-07-07"}
    final = late(terms_b(), "final", happened, "2026-09-01")
    # due 2026-08-18; 10 working days to 09-01: two blocks of 74.40
    assert (final.yearly_rate, final.units, final.amount) == (F("8.3"), 2, F("148.80"))
    low = late_b("2025-10-24", terms=replace(terms_b(), lpr=F("3.6"), vendor_is_sme=True))
    assert any("低于签约时一年期 LPR 3.6%" in each for each in low.warnings)
    fine = late_b("2025-10-24", terms=replace(terms_b(), lpr=F("3.0"), vendor_is_sme=True))
    assert not any("LPR" in each for each in fine.warnings)


@pytest.mark.parametrize(("sme", "told"), [(True, "乙方为中小企业"), (None, "尚未登记"), (False, "")])
def test_34_working_and_natural_days_side_by_side(sme: bool | None, told: str) -> None:
    sheet = late_b("2025-10-24", terms=replace(terms_b(), vendor_is_sme=sme))
    found = [each for each in sheet.warnings if "第 9 条" in each]
    assert bool(found) is (sme is not False)
    if found:
        assert "60 个工作日在本例中为 83 个自然日" in found[0]
        assert told in found[0]
    happened = {Event.SERVICE_END: "2026-07-06", Event.ACCEPTANCE: "2026-07-07", Event.INVOICE: "2026-07-07"}
    thirty = late(replace(terms_b(), vendor_is_sme=sme), "final", happened, "2026-09-01")
    assert not any("第 9 条" in each for each in thirty.warnings)


def test_3_an_estimate_says_so_and_a_missing_year_is_not_guessed() -> None:
    happened = {Event.EFFECTIVE: "2025-07-07", Event.INVOICE: "2026-11-20"}
    sheet = late(terms_b(), "first", happened, "2027-03-31")
    assert sheet.provisional
    assert any("估算" in each for each in sheet.warnings)
    gone = BOOK.with_year(2027, {}, YearStatus.MISSING)
    milestone = terms_b().milestones[0]
    with pytest.raises(CalendarMissing):
        contracts.payment_due(milestone.due, gone, {Event.EFFECTIVE: D("2025-07-07"), Event.INVOICE: D("2026-11-20")})


@pytest.mark.parametrize(
    ("terms", "key", "clause"), [(terms_a(), "late_payment", "A42"), (terms_b(), "late_payment", "B28")]
)
def test_every_penalty_names_its_clause_and_its_reading(terms: Terms, key: str, clause: str) -> None:
    sheet = late_a("2026-01-10") if clause == "A42" else late_b("2025-10-17")
    assert sheet.penalty == key
    line = next(each for each in sheet.lines if clause in each.clause)
    assert "#" in line.reading


def test_a_contract_that_is_silent_of_lateness_has_no_worksheet() -> None:
    silent = replace(terms_b(), penalties=())
    wanted: Any = silent.milestones[0]
    due = contracts.payment_due(wanted.due, BOOK, {Event.EFFECTIVE: D("2025-07-07"), Event.INVOICE: D("2025-07-07")})
    assert due.deadline is not None
    assert payments.late_sheet(silent, BOOK, Owed(wanted, due.deadline, None, [], D("2025-12-31"))) is None


def test_the_worksheet_is_kept_as_plain_data() -> None:
    kept = late_b("2025-10-24").plain()
    assert (kept["amount"], kept["as_of"], kept["units"]) == ("223.20", "2025-10-24", 3)
    assert all(len(each) == 4 for each in kept["lines"])


@pytest.mark.parametrize(
    ("rate", "told"), [("0.005", "5‰"), ("0.0005", "0.05%"), ("0.1", "100‰"), ("0.001", "1‰"), ("0.00025", "0.025%")]
)
def test_rates_are_written_as_contracts_write_them(rate: str, told: str) -> None:
    assert payments.permille(F(rate)) == told
