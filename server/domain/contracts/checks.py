"""What a contract makes the bureau stumble over, worked out from its figures, pure: shown as warnings, never silent."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from server.core import clock
from server.core.enums import Labelled
from server.core.money import to_fen
from server.core.money_words import in_words, same_words
from server.domain import calendar
from server.domain.calendar import CalendarMissing, WorkCalendar, YearStatus
from server.domain.contracts.choices import Combine, FeePer, PenaltyPer
from server.domain.contracts.figures import yearly_rate
from server.domain.contracts.models import Contract, ContractState
from server.domain.contracts.revisions import terms_of
from server.domain.contracts.terms import Milestone, Penalty, Terms
from server.domain.identity import Actor, Permission

DAYS_OF_YEAR = 365
# State Council Order 802, art. 9: the longest payment period towards a small or medium enterprise, in days.
SME_DAYS = 60
EXPIRY_ALERT_DAYS = 60
# Above four times the usual bank rate a court may cut a penalty (Civil Code 585); shown from here on.
HIGH_YEARLY_RATE = Decimal(24)


class Level(Labelled):
    """How much a warning asks of the reader."""

    INFO = "info", "说明"
    WARNING = "warning", "提醒"
    DANGER = "danger", "告警"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: a stable key, its level, the finding of domain.md §1.4 that it is about, and a sentence."""

    key: str
    level: Level
    finding: int | None
    text: str


def warnings_of(actor: Actor, contract: Contract) -> list[Warned]:
    """Everything that should be seen today beside a contract that the actor may see."""
    actor.need(Permission.CONTRACT_VIEW, contract.id)
    return warnings_for(contract, terms_of(contract.id), calendar.load(), today=clock.today())


def warnings_for(contract: Contract, terms: Terms, book: WorkCalendar, *, today: date) -> list[Warned]:
    """The same, pure: from the contract's row, its terms and a calendar."""
    found = [
        *_term(contract, today),
        *_unpriced(contract, terms),
        *_paper(contract, terms),
        *_words(terms),
        *_sums(terms),
        *_silent(terms),
        *_calendar(contract, book),
    ]
    for milestone in terms.milestones:
        found += _late_documents(milestone, book)
        found += _long_payment(milestone, terms, book)
        found += [each for penalty in terms.penalties for each in _rate(penalty, terms, milestone, book)]
    waiting = [each for each in terms.findings if each.open]
    if waiting:
        text = f"{len(waiting)} 处条款矛盾按默认读法执行，尚无人确认"
        found.append(Warned("readings_open", Level.WARNING, None, text))
    return found


def _term(contract: Contract, today: date) -> list[Warned]:
    if contract.state is not ContractState.ACTIVE:
        return []
    left = (contract.ends_on - today).days
    if left < 0:
        text = f"合同期已于 {contract.ends_on} 届满；续签须录入新合同，不能延长本合同"
        return [Warned("term_over", Level.WARNING, None, text)]
    if left <= EXPIRY_ALERT_DAYS:
        text = f"合同将于 {contract.ends_on} 届满，还有 {left} 天；续签须录入新合同"
        return [Warned("term_ending", Level.WARNING, None, text)]
    return []


def _unpriced(contract: Contract, terms: Terms) -> list[Warned]:
    fee = terms.fee
    if fee is None or fee.paid_to is None or fee.per is not FeePer.YEAR or fee.paid_to >= contract.ends_on:
        return []
    days = (contract.ends_on - fee.paid_to).days
    share = to_fen(fee.amount * days / DAYS_OF_YEAR)
    first = fee.paid_to + timedelta(days=1)
    text = f"{first} 至 {contract.ends_on} 共 {days} 天没有约定价款；按日折算 ¥{share:,.2f}，仅供参考"
    return [Warned("unpriced_days", Level.WARNING, 1, text)]


def _paper(contract: Contract, terms: Terms) -> list[Warned]:
    found = []
    if not contract.paper_number or contract.paper_number.endswith("/00"):
        number = f" {contract.number} " if contract.number else ""
        text = f"纸面合同编号不完整，以内部编号{number}为准"
        found.append(Warned("paper_number", Level.INFO, 22, text))
    if not terms.term_text:
        found.append(Warned("term_text", Level.INFO, 2, "期限条款原文没有写明年数，合同期按起止日期计算"))
    if terms.billing is not None and not terms.billing.buyer_tax_number:
        text = "开票信息缺少纳税人识别号，补录前发票核验不能通过"
        found.append(Warned("buyer_data", Level.WARNING, 16, text))
    return found


def _words(terms: Terms) -> list[Warned]:
    fee = terms.fee
    if fee is None or not fee.words or same_words(fee.words, fee.amount):
        return []
    text = f"大写“{fee.words}”与金额 ¥{fee.amount:,.2f} 不符，应为{in_words(fee.amount)}"
    return [Warned("words_differ", Level.DANGER, None, text)]


def _sums(terms: Terms) -> list[Warned]:
    total = sum((milestone.amount for milestone in terms.milestones), Decimal(0))
    if terms.fee is None or terms.fee.per is not FeePer.CONTRACT or total == terms.fee.amount:
        return []
    text = f"各期付款合计 ¥{total:,.2f}，与合同总价 ¥{terms.fee.amount:,.2f} 不符"
    return [Warned("sum_differs", Level.DANGER, None, text)]


def _silent(terms: Terms) -> list[Warned]:
    silent = [
        name
        for name, term in (("响应时限", terms.response), ("到场时限", terms.on_site), ("验收期限", terms.acceptance))
        if term is None
    ]
    if not silent:
        return []
    return [Warned("not_agreed", Level.INFO, 36, f"合同未约定{'、'.join(silent)}，相应的时钟不计")]


def _calendar(contract: Contract, book: WorkCalendar) -> list[Warned]:
    found = []
    for year in range(contract.starts_on.year, contract.ends_on.year + 1):
        status = book.status(year)
        if status is YearStatus.PROVISIONAL:
            text = f"{year} 年工作日历为暂定，涉及该年的期限均为估算"
            found.append(Warned(f"calendar_{year}", Level.INFO, None, text))
        elif status is YearStatus.MISSING:
            text = f"{year} 年工作日历未维护，涉及该年的期限无法计算"
            found.append(Warned(f"calendar_{year}", Level.DANGER, None, text))
    return found


def _late_documents(milestone: Milestone, book: WorkCalendar) -> list[Warned]:
    rule = milestone.due
    if rule.fixed_on is None or not rule.working_days or rule.combine in (Combine.FIXED, Combine.DOCUMENTS):
        return []
    try:
        latest = calendar.working_days_before(book, rule.fixed_on, rule.working_days)
    except CalendarMissing:
        return []
    text = f"“{milestone.title}”的单据若在 {latest} 之后收到，{rule.working_days} 个工作日将越过 {rule.fixed_on}"
    return [Warned(f"late_documents_{milestone.key}", Level.INFO, 4, text)]


def _long_payment(milestone: Milestone, terms: Terms, book: WorkCalendar) -> list[Warned]:
    days = milestone.due.working_days
    span = natural_span(book, days) if days else None
    if span is None or span[1] <= SME_DAYS or terms.vendor_is_sme is False:
        return []
    text = (
        f"“{milestone.title}”的 {days} 个工作日相当于 {span[0]}–{span[1]} 个自然日；"
        f"{_if_sme(terms)}，付款期不得超过 {SME_DAYS} 日（国务院令第 802 号）"
    )
    return [Warned(f"sme_{milestone.key}", Level.WARNING, 34, text)]


def _rate(penalty: Penalty, terms: Terms, milestone: Milestone, book: WorkCalendar) -> list[Warned]:
    if penalty.per is PenaltyPer.EVENT:
        return []
    worked = _working_days_of_year(book)
    rate = yearly_rate(penalty, terms, milestone, working_days=worked) if worked else None
    if rate is None:
        return []
    text = f"“{penalty.title}”对“{milestone.title}”折合年率约 {rate}%"
    if rate > HIGH_YEARLY_RATE:
        capped = f"封顶为基数的 {penalty.cap * 100:f}%" if penalty.cap else "且未约定上限"
        return [Warned(f"rate_{milestone.key}", Level.WARNING, 21, f"{text}，{capped}，可能被酌减")]
    if terms.lpr is not None and rate < terms.lpr and terms.vendor_is_sme is not False:
        text += f"，低于签约时一年期 LPR {terms.lpr}%；{_if_sme(terms)}，约定利率不得低于它（国务院令第 802 号）"
        return [Warned(f"rate_{milestone.key}", Level.WARNING, 35, text)]
    return [Warned(f"rate_{milestone.key}", Level.INFO, 35, text)]


def _if_sme(terms: Terms) -> str:
    return "乙方为中小企业" if terms.vendor_is_sme else "乙方若为中小企业"


def natural_span(book: WorkCalendar, working_days: int) -> tuple[int, int] | None:
    """The fewest and most natural days that so many working days take, over every day of the last two official years.

    Periods that run out of the official years are left out; None if none is left.
    """
    official = {year for year, status in book.years.items() if status is YearStatus.OFFICIAL}
    last_two = sorted(official)[-2:]
    worked = sorted(day for day, kept in book.days.items() if kept.kind.works and day.year in official)
    spans = []
    for event in (day for day in book.days if day.year in last_two):
        last = bisect_right(worked, event) + working_days - 1
        if last < len(worked):
            spans.append((worked[last] - event).days)
    return (min(spans), max(spans)) if spans else None


def _working_days_of_year(book: WorkCalendar) -> int:
    official = [year for year, status in book.years.items() if status is YearStatus.OFFICIAL]
    if not official:
        return 0
    return sum(calendar.working_days_of_month(book, max(official), month) for month in range(1, 13))
