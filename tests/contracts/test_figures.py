"""The money of the domain report's §1.5 and of the case table in §3."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from server.domain import contracts
from server.domain.contracts import MonthlyRule, Penalty, Terms
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b

D = date.fromisoformat
BOOK = work_calendar()
A_TERM = {"starts_on": D("2025-03-04"), "ends_on": D("2026-03-31")}


def penalty(terms: Terms, key: str) -> Penalty:
    return next(each for each in terms.penalties if each.key == key)


@pytest.mark.parametrize(
    ("rule", "monthly", "per_event"),
    [(MonthlyRule.TWELFTH, "2333.33", "11.67"), (MonthlyRule.TERM_MONTHS, "2153.85", "10.77")],
)
def test_finding_6_the_monthly_fee_and_five_per_mille_of_it(rule: MonthlyRule, monthly: str, per_event: str) -> None:
    terms = terms_a()
    assert terms.fee is not None
    read = replace(terms, fee=replace(terms.fee, monthly=rule))
    unusable = penalty(read, "unusable")
    base = contracts.base_of(unusable, read, **A_TERM)
    assert base is not None
    assert base.quantize(Decimal("0.01")) == Decimal(monthly)
    assert contracts.penalty_amount(unusable, base=base, units=1) == Decimal(per_event)


@pytest.mark.parametrize(("days", "amount"), [(1, "140.00"), (30, "4200.00")])
def test_a42_late_payment_by_natural_days(days: int, amount: str) -> None:
    late = penalty(terms_a(), "late_payment")
    base = contracts.base_of(late, terms_a(), **A_TERM, unpaid=Decimal(28000))
    assert base is not None
    counted = contracts.lateness(
        late, BOOK, due_on=D("2025-12-31"), paid_on=date.fromordinal(D("2025-12-31").toordinal() + days)
    )
    assert counted.units == days
    assert contracts.penalty_amount(late, base=base, units=counted.units) == Decimal(amount)


@pytest.mark.parametrize(
    ("paid", "blocks", "amount"),
    [("2025-10-10", 0, "0.00"), ("2025-10-17", 2, "148.80"), ("2025-10-24", 3, "223.20"), ("2025-11-03", 4, "297.60")],
)
def test_b28_blocks_of_five_working_days_late_after_2025_09_28(paid: str, blocks: int, amount: str) -> None:
    late = penalty(terms_b(), "late_payment")
    counted = contracts.lateness(late, BOOK, due_on=D("2025-09-28"), paid_on=D(paid))
    base = contracts.base_of(late, terms_b(), starts_on=D("2025-07-07"), ends_on=D("2026-07-06"))
    assert base == Decimal(148800)
    assert counted.units == blocks
    assert contracts.penalty_amount(late, base=base, units=blocks) == Decimal(amount)


def test_paid_on_the_last_day_is_not_late() -> None:
    for terms in (terms_a(), terms_b()):
        late = penalty(terms, "late_payment")
        assert contracts.lateness(late, BOOK, due_on=D("2025-09-28"), paid_on=D("2025-09-28")).units == 0
        assert contracts.lateness(late, BOOK, due_on=D("2025-09-28"), paid_on=D("2025-09-01")).units == 0


def test_b_instalments_are_seventy_and_thirty_percent() -> None:
    first, final = terms_b().milestones
    assert first.amount == Decimal("148800") * Decimal("0.7")
    assert final.amount == Decimal("148800") * Decimal("0.3")
    assert contracts.contract_total(terms_b()) == first.amount + final.amount == Decimal("148800.00")


def test_yearly_rates_of_late_payment() -> None:
    a, b = terms_a(), terms_b()
    assert contracts.yearly_rate(penalty(a, "late_payment"), a, a.milestones[0], working_days=248) == Decimal("182.5")
    rates = [contracts.yearly_rate(penalty(b, "late_payment"), b, each, working_days=248) for each in b.milestones]
    assert rates == [Decimal("3.5"), Decimal("8.3")]


def test_finding_8_no_figure_no_computation() -> None:
    copied = penalty(terms_a(), "results_use")
    assert contracts.penalty_amount(copied, base=Decimal(1000), units=1) is None
    assert contracts.base_of(copied, terms_a(), **A_TERM) is None
