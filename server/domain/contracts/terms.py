"""What a contract says, as frozen values. Every figure is data; None means that the contract is silent (未约定)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from server.domain.calendar import CycleKind
from server.domain.contracts.choices import (
    Combine,
    DayRule,
    DeliverableKind,
    EffectRule,
    Event,
    FeePer,
    InvoiceKind,
    MonthlyRule,
    Party,
    PenaltyBase,
    PenaltyPer,
    TermEnd,
)


@dataclass(frozen=True, slots=True)
class TermRule:
    """A term in months from the day of effect, where the paper gives no dates (B24)."""

    months: int
    until: TermEnd


@dataclass(frozen=True, slots=True)
class ResponseTerm:
    """Elapsed hours to the first human answer (A20)."""

    working_day_hours: Decimal
    other_day_hours: Decimal
    day_rule: DayRule


@dataclass(frozen=True, slots=True)
class OnSiteTerm:
    """Elapsed hours from notice to arrival (A21)."""

    hours: Decimal


@dataclass(frozen=True, slots=True)
class AcceptanceTerm:
    """Natural days from receipt of the completion notice; ``deemed``: silence accepts (A36, A37)."""

    days: int
    roll_over: bool
    deemed: bool


@dataclass(frozen=True, slots=True)
class ReplacementTerm:
    """Natural days between notice and change of a maintainer, and the experience asked for (A17, A18)."""

    notice_days: int
    experience_years: int


@dataclass(frozen=True, slots=True)
class Fee:
    """The price. ``paid_from``/``paid_to``: the period that it pays for, where that is not the term (finding 1)."""

    amount: Decimal
    words: str
    per: FeePer
    paid_from: date | None
    paid_to: date | None
    monthly: MonthlyRule | None


@dataclass(frozen=True, slots=True)
class DueRule:
    """When a milestone falls due: on a fixed day, or working days after the latest of some events, or both combined."""

    combine: Combine
    fixed_on: date | None
    events: tuple[Event, ...]
    working_days: int | None


@dataclass(frozen=True, slots=True)
class Milestone:
    """One instalment. ``invoice`` None: any kind will do, since none is agreed."""

    key: str
    title: str
    amount: Decimal
    due: DueRule
    invoice: InvoiceKind | None = None


@dataclass(frozen=True, slots=True)
class Penalty:
    """A contractual penalty: ``rate`` is a fraction of ``base``; base None means that no figure is agreed.

    ``cap`` is a fraction of the base beyond which nothing is charged, None: uncapped (finding 21). ``excludes`` names
    the penalties that must not be charged for the same event (finding 7); ``refund``: a refund may be agreed (A43).
    """

    key: str
    title: str
    owed_by: Party
    base: PenaltyBase | None
    rate: Decimal | None
    per: PenaltyPer
    block_days: int | None
    cap: Decimal | None = None
    excludes: tuple[str, ...] = ()
    refund: bool = False

    @property
    def unit(self) -> str:
        """What one unit is: 次, 天, 段."""
        return {PenaltyPer.EVENT: "次", PenaltyPer.NATURAL_DAY: "天"}.get(self.per, "段")


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A paper owed in every cycle that the term touches, or once (``cycle`` None, due ``once_on``; None: 未约定).

    Due at the end of its own cycle (``within``), or in the next one on the n-th working day of the month or on a
    weekday (1: Monday) at ``time``. ``agreed`` False: the paper is silent about the day, so it is a default of ours.
    ``partial`` False: only cycles that lie wholly inside the term count (finding 18). ``signed``: the bureau signs.
    """

    key: str
    title: str
    cycle: CycleKind | None
    working_day: int | None
    weekday: int | None
    time: str
    kind: DeliverableKind = DeliverableKind.OTHER
    once_on: date | None = None
    within: bool = False
    agreed: bool = False
    signed: bool = False
    partial: bool = True


@dataclass(frozen=True, slots=True)
class Billing:
    """Who is invoiced and where the money goes. Account numbers are shown masked."""

    buyer_title: str
    buyer_tax_number: str
    payee_name: str
    payee_bank: str
    payee_account: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause under its stable id (domain.md A01–A47, B01–B33), in our own words.

    ``concerns`` are the paths of the terms that it fixes: ``response``, ``milestones.first``, ``rectification_days``.
    """

    id: str
    where: str
    title: str
    text: str
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a contradiction; ``sets`` says which terms it fixes, by path."""

    key: str
    label: str
    sets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction or gap (domain.md §1.4): what it is, how it is treated, and which reading somebody chose.

    ``chosen_by`` is empty while the default stands unconfirmed.
    """

    key: str
    number: int
    clauses: tuple[str, ...]
    text: str
    treatment: str
    readings: tuple[Reading, ...]
    chosen: str
    chosen_by: str
    chosen_on: date | None

    @property
    def reading(self) -> Reading | None:
        """The reading that holds; None where there is nothing to choose."""
        return next((each for each in self.readings if each.key == self.chosen), None)

    @property
    def open(self) -> bool:
        """Whether a choice stands on its default without anybody's word."""
        return bool(self.readings) and not self.chosen_by


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of one revision. ``revision`` is 0 for terms that are not stored.

    ``term_text`` is what the paper says of the term, empty where it is left blank (finding 2); ``lpr`` the one-year
    loan prime rate at signing, in percent; ``vendor_is_sme`` None while nobody has said.
    """

    fee: Fee | None
    response: ResponseTerm | None
    on_site: OnSiteTerm | None
    acceptance: AcceptanceTerm | None
    replacement: ReplacementTerm | None
    milestones: tuple[Milestone, ...]
    penalties: tuple[Penalty, ...]
    deliverables: tuple[Deliverable, ...]
    billing: Billing | None
    clauses: tuple[Clause, ...]
    findings: tuple[Finding, ...]
    revision: int = 0
    effect: EffectRule | None = None
    term: TermRule | None = None
    copies: int | None = None
    term_text: str = ""
    rectification_days: int | None = None
    vendor_is_sme: bool | None = None
    lpr: Decimal | None = None
