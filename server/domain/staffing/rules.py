"""What the contract asks of maintainers and of their replacement: pure, over terms and dates (A17, A18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from server.domain import contracts
from server.domain.calendar import spell
from server.domain.contracts import Terms
from server.domain.staffing.vocabulary import Ability, Breach


@dataclass(frozen=True, slots=True)
class Found:
    """A breach with the figures that make it one."""

    breach: Breach
    text: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """What follows from a notice. ``notice_by`` and ``minimum`` None: the contract is silent (未约定).

    ``notice_days`` counts from receipt to the first day without the person; negative where that day was earlier.
    """

    notice_by: date | None
    notice_days: int
    asked_days: int | None
    predecessor_years: int
    substitute_years: int | None
    minimum: int | None
    found: tuple[Found, ...]


def whole_years(since: date, on: date) -> int:
    """The whole years of experience on a day; the anniversary itself completes a year."""
    years = on.year - since.year - ((on.month, on.day) < (since.month, since.day))
    return max(years, 0)


def minimum_years(terms: Terms) -> int | None:
    """The experience asked of maintainers; None where the contract is silent."""
    return terms.replacement.experience_years if terms.replacement else None


def foresee(
    terms: Terms,
    *,
    received_on: date,
    effective_on: date,
    predecessor_since: date,
    substitute_since: date | None,
    ability: Ability = Ability.PENDING,
) -> Forecast:
    """What a replacement breaches: the notice, and the substitute's years beside the predecessor's and the minimum.

    Both people's years are taken on the day on which the one follows the other. A contract that says nothing of
    replacement is breached by nothing.
    """
    by = contracts.replacement_notice_by(terms, effective_on=effective_on)
    asked = terms.replacement.notice_days if terms.replacement else None
    minimum = minimum_years(terms)
    days = (effective_on - received_on).days
    before = whole_years(predecessor_since, effective_on)
    after = None if substitute_since is None else whole_years(substitute_since, effective_on)
    found: list[Found] = []
    if by is not None and received_on > by:
        found.append(
            Found(
                Breach.SHORT_NOTICE,
                f"应提前 {asked} 个自然日通知，最迟 {spell(by)} 收到；实际 {spell(received_on)} 收到，提前 {days} 天",
            )
        )
    if minimum is not None:
        found += _compared(before, after, minimum)
    if ability is Ability.LOWER:
        found.append(Found(Breach.LOWER_ABILITY, "局方判断接替人员能力低于原人员"))
    return Forecast(by, days, asked, before, after, minimum, tuple(found))


def _compared(before: int, after: int | None, minimum: int) -> list[Found]:
    if after is None:
        return [Found(Breach.NO_SUBSTITUTE, "没有提名接替人员，或提名的人员未获局方认可")]
    found = []
    if after < minimum:
        found.append(Found(Breach.BELOW_MINIMUM, f"接替人员经验满 {after} 年，约定不少于 {minimum} 年"))
    if after < before:
        found.append(Found(Breach.FEWER_YEARS, f"接替人员经验满 {after} 年，原人员满 {before} 年"))
    return found
