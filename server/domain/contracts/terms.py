"""What a contract says, as frozen values. Every figure is data; None means that the contract is silent (未约定)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from server.core.enums import Labelled
from server.domain.calendar import CycleKind


class DayRule(Labelled):
    """Which day decides between the two response times when the work spans midnight (finding 12)."""

    RECEIPT = "receipt", "按受理当日判断"
    STRICTER = "stricter", "所跨日期中有工作日即用较短时限"
    LENIENT = "lenient", "所跨日期中有非工作日即用较长时限"


class Event(Labelled):
    """What has to happen before a payment's period starts."""

    EFFECTIVE = "effective", "合同生效"
    APPLICATION = "application", "收到付款申请"
    INVOICE = "invoice", "收到发票"
    SERVICE_END = "service_end", "服务期满"
    ACCEPTANCE = "acceptance", "验收合格"


class Combine(Labelled):
    """How a fixed day and a period after documents go together (finding 4)."""

    LATER = "later", "两者取其晚"
    EARLIER = "earlier", "两者取其早"
    FIXED = "fixed", "以固定日期为准"
    DOCUMENTS = "documents", "以单据到齐后的期限为准"


class FeePer(Labelled):
    """What the fee is for."""

    YEAR = "year", "每年"
    CONTRACT = "contract", "合同总价"


class MonthlyRule(Labelled):
    """How a monthly fee is derived where only another one is agreed (finding 6)."""

    TWELFTH = "twelfth", "年费 ÷ 12"
    TERM_MONTHS = "term_months", "费用 ÷ 合同期所跨月数"


class Party(Labelled):
    """The two sides of a contract."""

    BUREAU = "bureau", "甲方"
    VENDOR = "vendor", "乙方"


class PenaltyBase(Labelled):
    """Of what a penalty takes its rate."""

    MONTHLY_FEE = "monthly_fee", "月服务费"
    UNPAID = "unpaid", "未付金额"
    CONTRACT_TOTAL = "contract_total", "合同总价"


class PenaltyPer(Labelled):
    """How often a penalty falls due."""

    EVENT = "event", "每次事件"
    NATURAL_DAY = "natural_day", "每逾期一个自然日"
    WORKING_DAY_BLOCK = "working_day_block", "每满一段工作日"


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
    """One instalment."""

    key: str
    title: str
    amount: Decimal
    due: DueRule


@dataclass(frozen=True, slots=True)
class Penalty:
    """A contractual penalty: ``rate`` is a fraction of ``base``; base None means that no figure is agreed."""

    key: str
    title: str
    owed_by: Party
    base: PenaltyBase | None
    rate: Decimal | None
    per: PenaltyPer
    block_days: int | None


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A paper owed in every cycle; due on the n-th working day of the next month, or on a weekday (1: Monday)."""

    key: str
    title: str
    cycle: CycleKind
    working_day: int | None
    weekday: int | None
    time: str


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
    """A clause under its stable id (domain.md A01–A47, B01–B33), in our own words."""

    id: str
    where: str
    title: str
    text: str


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
    """All terms of one revision. ``revision`` is 0 for terms that are not stored."""

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
