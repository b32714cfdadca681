"""How each known contradiction shows in a contract's data, pure; by the finding's key (domain.md §1.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.core.enums import Labelled
from server.domain import calendar
from server.domain.calendar import CycleKind, WorkCalendar
from server.domain.contracts.checks import SME_DAYS, natural_span
from server.domain.contracts.choices import (
    Combine,
    DayRule,
    FeePer,
    InvoiceKind,
    MonthlyRule,
    PenaltyBase,
    PenaltyPer,
    TermEnd,
)
from server.domain.contracts.models import Contract
from server.domain.contracts.terms import Milestone, Reading, Terms

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Look:
    """What a detector looks at."""

    contract: Contract
    terms: Terms
    book: WorkCalendar


class Hit:
    """Where a contradiction sits (paths of terms) and the readings that there are; the first is the default."""

    def __init__(self, about: tuple[str, ...], readings: tuple[Reading, ...] = ()) -> None:
        self.about, self.readings = about, readings


Detector = Callable[[Look], Hit | None]


def _longer_than_paid(it: Look) -> Hit | None:
    fee = it.terms.fee
    found = fee and fee.per is FeePer.YEAR and fee.paid_to and fee.paid_to < it.contract.ends_on
    return Hit(("term", "fee.paid_to")) if found else None


def _years_blank(it: Look) -> Hit | None:
    return None if it.terms.term_text else Hit(("term", "term_text"))


def _due_in_one_year(it: Look) -> Hit | None:
    fixed = [each for each in it.terms.milestones if each.due.fixed_on]
    if len(fixed) != 1 or it.terms.fee is None or it.terms.fee.per is not FeePer.YEAR:
        return None
    day = fixed[0].due.fixed_on
    return Hit((f"milestones.{fixed[0].key}",)) if day and day.year < it.contract.ends_on.year else None


def _fixed_or_documents(it: Look) -> Hit | None:
    both = [each for each in it.terms.milestones if each.due.fixed_on and each.due.working_days]
    paths = tuple(f"milestones.{each.key}.due.combine" for each in both)
    return Hit(paths, _choices(paths, (Combine.LATER, Combine.FIXED, Combine.EARLIER))) if both else None


def _monthly_fee(it: Look) -> Hit | None:
    used = [f"penalties.{each.key}" for each in it.terms.penalties if each.base is PenaltyBase.MONTHLY_FEE]
    if not used or it.terms.fee is None:
        return None
    return Hit(tuple(used), _choices(("fee.monthly",), (MonthlyRule.TWELFTH, MonthlyRule.TERM_MONTHS)))


def _failure_twice(it: Look) -> Hit | None:
    found = tuple(f"penalties.{each.key}" for each in it.terms.penalties if each.excludes)
    return Hit(found) if found else None


def _no_resolution_time(it: Look) -> Hit | None:
    return Hit(("response",)) if it.terms.response else None


def _response_day(it: Look) -> Hit | None:
    term = it.terms.response
    if term is None or term.working_day_hours == term.other_day_hours:
        return None
    return Hit(("response",), _choices(("response.day_rule",), tuple(DayRule)))


def _acceptance_days(it: Look) -> Hit | None:
    readings = (
        Reading("roll_over", "自然日，末日遇休息日顺延", {"acceptance.roll_over": True}),
        Reading("strict", "自然日，不顺延", {"acceptance.roll_over": False}),
    )
    return Hit(("acceptance",), readings) if it.terms.acceptance else None


def _buyer_data(it: Look) -> Hit | None:
    return Hit(("billing",)) if it.terms.billing and not it.terms.billing.buyer_tax_number else None


def _tax_rate(it: Look) -> Hit | None:
    found = tuple(f"milestones.{each.key}" for each in it.terms.milestones if each.invoice is InvoiceKind.VAT_SPECIAL)
    return Hit(found) if found else None


def _thirteen_months(it: Look) -> Hit | None:
    monthly = [each.key for each in it.terms.deliverables if each.cycle is CycleKind.MONTH and each.within]
    touched = calendar.cycles_touched(CycleKind.MONTH, it.contract.starts_on, it.contract.ends_on)
    if not monthly or len(touched) <= MONTHS or it.terms.fee is None or it.terms.fee.per is not FeePer.YEAR:
        return None
    paths = [f"deliverables.{key}.partial" for key in monthly]
    readings = (
        Reading("touched", "按所跨自然月计（含首尾不足整月）", dict.fromkeys(paths, True)),
        Reading("whole", "只计完整的自然月", dict.fromkeys(paths, False)),
    )
    return Hit(tuple(f"deliverables.{key}" for key in monthly), readings)


def _without_cap(it: Look) -> Hit | None:
    daily = [each for each in it.terms.penalties if each.per is PenaltyPer.NATURAL_DAY and each.rate and not each.cap]
    return Hit(tuple(f"penalties.{each.key}" for each in daily)) if daily else None


def _paper_number(it: Look) -> Hit | None:
    return Hit(("effect",)) if not it.contract.paper_number or it.contract.paper_number.endswith("/00") else None


def _no_start_day(it: Look) -> Hit | None:
    readings = (
        Reading("day_before", "自生效日起，止于对应日的前一日", {"term.until": TermEnd.DAY_BEFORE.value}),
        Reading("corresponding", "自生效日起，止于对应日", {"term.until": TermEnd.CORRESPONDING.value}),
    )
    return Hit(("term",), readings) if it.terms.term else None


def _decimals_and_whole(it: Look) -> Hit | None:
    return Hit(("fee",)) if it.terms.fee and re.search(r"\d", it.terms.fee.words) else None


def _sme_limit(it: Look) -> Hit | None:
    if it.terms.vendor_is_sme is False:
        return None
    found = tuple(f"milestones.{each.key}" for each in it.terms.milestones if _is_long(each, it.book))
    return Hit(found) if found else None


def _is_long(milestone: Milestone, book: WorkCalendar) -> bool:
    days = milestone.due.working_days
    span = natural_span(book, days) if days else None
    return span is not None and span[1] > SME_DAYS


def _base_total(it: Look) -> Hit | None:
    found = tuple(f"penalties.{each.key}" for each in it.terms.penalties if each.base is PenaltyBase.CONTRACT_TOTAL)
    return Hit(found) if found else None


def _silent(it: Look) -> Hit | None:
    return None if it.terms.response and it.terms.acceptance else Hit(("response", "acceptance"))


def _several_vendors(_: Look) -> Hit | None:
    return Hit(())


def _choices(paths: tuple[str, ...], members: tuple[Labelled, ...]) -> tuple[Reading, ...]:
    return tuple(Reading(each.value, each.label, dict.fromkeys(paths, each.value)) for each in members)


DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        "term_longer_than_paid": _longer_than_paid,
        "years_blank": _years_blank,
        "yearly_due_in_one_year": _due_in_one_year,
        "fixed_or_documents": _fixed_or_documents,
        "monthly_fee": _monthly_fee,
        "failure_twice": _failure_twice,
        "no_resolution_time": _no_resolution_time,
        "response_day": _response_day,
        "acceptance_days": _acceptance_days,
        "buyer_data_incomplete": _buyer_data,
        "tax_rate_missing": _tax_rate,
        "thirteen_months": _thirteen_months,
        "penalty_without_cap": _without_cap,
        "paper_number": _paper_number,
        "no_start_day": _no_start_day,
        "decimals_and_whole": _decimals_and_whole,
        "sme_limit": _sme_limit,
        "penalty_base_total": _base_total,
        "silent_sla": _silent,
        "several_vendors": _several_vendors,
    }
)
