"""Money that follows from the terms, pure: monthly fee, penalties, effective rates. Rounded once, at the end (§1.5).

Penalties are computed references; what is settled needs both parties.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from server.core.money import to_fen
from server.domain import calendar
from server.domain.calendar import CycleKind, WorkCalendar
from server.domain.contracts.choices import FeePer, MonthlyRule, PenaltyBase, PenaltyPer
from server.domain.contracts.terms import Fee, Milestone, Penalty, Terms

MONTHS = 12
DAYS = 365


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a payment was in the unit of its penalty, and how that was counted."""

    units: int
    provisional: bool
    trace: tuple[str, ...]


def monthly_fee(fee: Fee, *, starts_on: date, ends_on: date) -> Decimal | None:
    """The fee of one month, unrounded, as the chosen reading derives it; None if none is derived (finding 6)."""
    if fee.monthly is MonthlyRule.TWELFTH:
        return fee.amount / MONTHS
    if fee.monthly is MonthlyRule.TERM_MONTHS:
        return fee.amount / len(calendar.cycles_touched(CycleKind.MONTH, starts_on, ends_on))
    return None


def contract_total(terms: Terms) -> Decimal:
    """The whole price: the fee itself, or what the milestones of a yearly fee add up to."""
    if terms.fee is not None and terms.fee.per is FeePer.CONTRACT:
        return terms.fee.amount
    return sum((milestone.amount for milestone in terms.milestones), Decimal(0))


def penalty_amount(penalty: Penalty, *, base: Decimal, units: int) -> Decimal | None:
    """What so many units of a penalty come to, in yuan to the fen; None where no figure is agreed (A45)."""
    return None if penalty.rate is None else to_fen(base * penalty.rate * units)


def base_of(
    penalty: Penalty, terms: Terms, *, starts_on: date, ends_on: date, unpaid: Decimal | None = None
) -> Decimal | None:
    """The amount of which a penalty takes its rate, unrounded; None if it cannot be known yet."""
    if penalty.base is PenaltyBase.UNPAID:
        return unpaid
    if penalty.base is PenaltyBase.CONTRACT_TOTAL:
        return contract_total(terms)
    if penalty.base is PenaltyBase.MONTHLY_FEE and terms.fee is not None:
        return monthly_fee(terms.fee, starts_on=starts_on, ends_on=ends_on)
    return None


def lateness(penalty: Penalty, book: WorkCalendar, *, due_on: date, paid_on: date) -> Lateness:
    """How many units of a late-payment penalty run between the due day and the payment."""
    if penalty.per is PenaltyPer.WORKING_DAY_BLOCK and penalty.block_days:
        count = calendar.working_days_between(book, due_on, paid_on)
        blocks = count.days // penalty.block_days
        step = f"每满 {penalty.block_days} 个工作日计一段，共 {blocks} 段"
        return Lateness(blocks, count.provisional, (*count.trace, step))
    natural = calendar.natural_days_between(book, due_on, paid_on)
    return Lateness(natural.days, natural.provisional, natural.trace)


def yearly_rate(penalty: Penalty, terms: Terms, milestone: Milestone, *, working_days: int) -> Decimal | None:
    """What a late-payment penalty amounts to in a year, in percent of the unpaid instalment, to one place.

    ``working_days``: how many a year has. None for penalties that are not for lateness.
    """
    if penalty.rate is None or penalty.per is PenaltyPer.EVENT:
        return None
    times = DAYS if penalty.per is PenaltyPer.NATURAL_DAY else Decimal(working_days) / (penalty.block_days or 1)
    yearly = penalty.rate * times
    if penalty.base is PenaltyBase.CONTRACT_TOTAL:
        yearly = yearly * contract_total(terms) / milestone.amount
    return (yearly * 100).quantize(Decimal("0.1"))
