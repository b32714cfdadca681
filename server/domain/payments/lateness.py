"""Lateness priced: what was unpaid for how long, by natural days or by blocks of working days, each step a line (A42, B28)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from server.core.money import neat
from server.core.money_words import in_words
from server.domain import calendar, contracts
from server.domain.calendar import Deadline, WorkCalendar, YearStatus, spell
from server.domain.contracts import Milestone, Party, Penalty, PenaltyBase, PenaltyPer, Terms
from server.domain.payments.worksheets import (
    UNITS,
    Line,
    Worksheet,
    capped,
    permille,
    shown_exactly,
    source_of,
)

# Order 802 of the State Council, art. 9: towards a small or medium enterprise no payment period may be longer.
SME_DAYS = 60
# Civil Code 585: from here on a court is likely to cut what is asked.
HIGH_YEARLY_RATE = Decimal(24)


@dataclass(frozen=True, slots=True)
class Owed:
    """What a late instalment is worked out from: its due day, what was paid when, and up to which day is counted."""

    milestone: Milestone
    deadline: Deadline
    starts_on: date | None
    payments: Sequence[tuple[date, Decimal]]
    until: date


def late_penalty(terms: Terms) -> Penalty | None:
    """What the contract says of late payment; None where it is silent."""
    return next(
        (each for each in terms.penalties if each.owed_by is Party.BUREAU and each.per is not PenaltyPer.EVENT), None
    )


def late_sheet(terms: Terms, book: WorkCalendar, owed: Owed) -> Worksheet | None:
    """The worksheet of a late instalment (A42, B28); None where nothing was agreed for lateness."""
    penalty = late_penalty(terms)
    if penalty is None:
        return None
    milestone, due_on = owed.milestone, owed.deadline.on or owed.until
    paid = sum((amount for day, amount in owed.payments if day <= owed.until), Decimal(0))
    final = paid >= milestone.amount
    until = max((day for day, _ in owed.payments), default=owed.until) if final else owed.until
    clause, reading = source_of(terms, f"penalties.{penalty.key}")
    due_clause, due_reading = source_of(terms, f"milestones.{milestone.key}")
    lines = [
        Line(f"“{milestone.title}”应付金额", f"{neat(milestone.amount)}（{in_words(milestone.amount)}）", due_clause),
        *(
            Line(step, "", due_clause if not number else "", due_reading if not number else "")
            for number, step in enumerate(owed.deadline.trace)
        ),
        Line("付款到期日", spell(due_on), due_clause),
    ]
    counted = (
        _by_days(penalty, book, owed, due_on, until)
        if _per_day(penalty)
        else _by_blocks(penalty, terms, book, milestone, due_on, until)
    )
    lines += [
        Line(each.text, each.figures, clause, reading) if number == 0 else each
        for number, each in enumerate(counted.lines)
    ]
    amount, uncapped, cap, more = capped(penalty, counted.base, counted.exact)
    lines += more
    worked = _working_days_of_year(book)
    rate = contracts.yearly_rate(penalty, terms, milestone, working_days=worked) if worked else None
    warnings = [*_rate_warnings(penalty, terms, rate), *_sme_warnings(terms, owed, due_on)]
    if counted.provisional or owed.deadline.provisional:
        warnings.append("涉及暂定日历的年份，结果为估算，公布后重算")
    if not final:
        warnings.append(f"尚未付清，计算至 {until}，之后可能继续增加")
    return Worksheet(
        title=f"{penalty.title}：{milestone.title}",
        penalty=penalty.key,
        milestone=milestone.key,
        owed_by=penalty.owed_by,
        as_of=until,
        late=until > due_on,
        final=final,
        base=counted.base,
        rate=penalty.rate,
        units=counted.units,
        unit=UNITS[penalty.per],
        amount=amount,
        uncapped=uncapped,
        cap=cap,
        yearly_rate=rate,
        provisional=counted.provisional or owed.deadline.provisional,
        lines=tuple(lines),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _Counted:
    base: Decimal
    units: int
    exact: Decimal
    provisional: bool
    lines: tuple[Line, ...]


def _per_day(penalty: Penalty) -> bool:
    return penalty.per is PenaltyPer.NATURAL_DAY


def _by_days(penalty: Penalty, book: WorkCalendar, owed: Owed, due_on: date, until: date) -> _Counted:
    """Natural days after the due day, on what was unpaid in each stretch (A42)."""
    rate = penalty.rate or Decimal(0)
    before = sum((amount for day, amount in owed.payments if day <= due_on), Decimal(0))
    unpaid, start = owed.milestone.amount - before, due_on
    base, days, exact = unpaid, 0, Decimal(0)
    lines = [Line("到期日当日未付的金额", neat(unpaid))]
    # transfers of one day stay in the order in which they were entered
    later = sorted(((day, amount) for day, amount in owed.payments if due_on < day <= until), key=lambda each: each[0])
    for day, paid in [*later, (until, Decimal(0))]:
        count = calendar.natural_days_between(book, start, day).days
        if count and unpaid > 0:
            part = unpaid * rate * count
            told = f"{start + timedelta(days=1)} 至 {day} 逾期 {count} 个自然日"
            lines.append(Line(told, f"{neat(unpaid)} × {permille(rate)} × {count} = {shown_exactly(part)}"))
            days, exact = days + count, exact + part
        if paid:
            lines.append(Line(f"{day} 付款", f"{neat(paid)}，余 {neat(unpaid - paid)}"))
        unpaid, start = unpaid - paid, max(start, day)
    lines.append(Line("逾期自然日合计", f"{days} 日"))
    return _Counted(base, days, exact, False, tuple(lines))


def _by_blocks(
    penalty: Penalty, terms: Terms, book: WorkCalendar, milestone: Milestone, due_on: date, until: date
) -> _Counted:
    """Completed blocks of working days after the due day, on the contract's total (B28)."""
    rate, size = penalty.rate or Decimal(0), penalty.block_days or 1
    whole = penalty.base is PenaltyBase.CONTRACT_TOTAL
    base = contracts.contract_total(terms) if whole else milestone.amount
    count = calendar.working_days_between(book, due_on, until)
    blocks = count.days // size
    exact = base * rate * blocks
    lines = [
        Line("计算基数为合同总价" if whole else "计算基数为该期金额", neat(base)),
        *(Line(step) for step in count.trace),
        Line(
            f"每满 {size} 个工作日计一段，不满一段不计",
            f"{count.days} ÷ {size} = {blocks} 段，余 {count.days % size} 个工作日",
        ),
        Line("每段金额", f"{neat(base)} × {permille(rate)} = {shown_exactly(base * rate)}"),
        Line("逾期金额", f"{shown_exactly(base * rate)} × {blocks} 段 = {shown_exactly(exact)}"),
    ]
    return _Counted(base, blocks, exact, count.provisional, tuple(lines))


def _rate_warnings(penalty: Penalty, terms: Terms, rate: Decimal | None) -> list[str]:
    if rate is None:
        return []
    found = [f"折合年率约 {rate}%（以该期金额计）"]
    if rate > HIGH_YEARLY_RATE:
        cut = "已设上限" if penalty.cap is not None else "未约定上限"
        found.append(f"年率过高（{rate}%），{cut}，可能被法院酌减（民法典第 585 条）")
    if penalty.base is PenaltyBase.CONTRACT_TOTAL:
        found.append("基数为合同总价而非未付部分，照合同原文计算")
    if terms.lpr is not None and rate < terms.lpr and terms.vendor_is_sme is not False:
        found.append(
            f"低于签约时一年期 LPR {terms.lpr}%；乙方若为中小企业，约定的逾期利息不得低于该利率（国务院令第 802 号第 17 条）"
        )
    return found


def _sme_warnings(terms: Terms, owed: Owed, due_on: date) -> list[str]:
    """Finding 34: the same period in working and in natural days, beside the limit of the regulation."""
    days = owed.milestone.due.working_days
    if terms.vendor_is_sme is False or owed.starts_on is None or not days:
        return []
    natural = (due_on - owed.starts_on).days
    if natural <= SME_DAYS:
        return []
    who = "乙方为中小企业" if terms.vendor_is_sme else "乙方是否为中小企业尚未登记，若是"
    return [
        f"{days} 个工作日在本例中为 {natural} 个自然日；{who}，付款期不得超过 {SME_DAYS} 日（国务院令第 802 号第 9 条）"
    ]


def _working_days_of_year(book: WorkCalendar) -> int:
    official = [year for year, status in book.years.items() if status is YearStatus.OFFICIAL]
    if not official:
        return 0
    return sum(calendar.working_days_of_month(book, max(official), month) for month in range(1, 13))
