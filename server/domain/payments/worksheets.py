"""Worksheets: a penalty worked out step by step, pure; each line with its figures, its clause, and how that is read.

What comes out is a computed reference (domain.md §1.5); what is settled needs both parties. Rounded once, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from server.core.money import neat, to_fen
from server.core.money_words import in_words
from server.domain import contracts
from server.domain.calendar import spell
from server.domain.contracts import (
    Contract,
    MonthlyRule,
    Party,
    Penalty,
    PenaltyBase,
    PenaltyPer,
    Terms,
)

UNITS = {
    PenaltyPer.EVENT: "次",
    PenaltyPer.NATURAL_DAY: "个自然日",
    PenaltyPer.WORKING_DAY_BLOCK: "段",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step: what is done, the figures, the clause that says so, and the reading where the clause can be read twice."""

    text: str
    figures: str = ""
    clause: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A penalty worked out. ``amount`` None: no figure is agreed, nothing is computed (A45). ``uncapped`` is what it
    would be without the cap, where a cap bites; ``late``: money was unpaid after its due day, be it for nothing;
    ``final`` False: it may still grow."""

    title: str
    penalty: str
    milestone: str
    owed_by: Party
    as_of: date
    late: bool
    final: bool
    base: Decimal | None
    rate: Decimal | None
    units: int
    unit: str
    amount: Decimal | None
    uncapped: Decimal | None
    cap: Decimal | None
    yearly_rate: Decimal | None
    provisional: bool
    lines: tuple[Line, ...]
    warnings: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON, to be kept with a claim."""
        return {
            "title": self.title,
            "penalty": self.penalty,
            "milestone": self.milestone,
            "as_of": self.as_of.isoformat(),
            "final": self.final,
            "units": self.units,
            "unit": self.unit,
            "amount": None if self.amount is None else str(self.amount),
            "uncapped": None if self.uncapped is None else str(self.uncapped),
            "provisional": self.provisional,
            "lines": [[each.text, each.figures, each.clause, each.reading] for each in self.lines],
            "warnings": list(self.warnings),
        }


def event_sheet(contract: Contract, terms: Terms, penalty: Penalty, *, occurred_on: date) -> Worksheet:
    """The worksheet of a penalty for one event (A41, A43); without a figure only a warning (A45, B29)."""
    clause, reading = source_of(terms, f"penalties.{penalty.key}")
    base = contracts.base_of(penalty, terms, starts_on=contract.starts_on, ends_on=contract.ends_on)
    warnings = []
    amount = uncapped = cap = None
    lines = [Line("事件发生日", spell(occurred_on))]
    if penalty.rate is None or base is None:
        warnings.append("合同没有约定金额或比例，不作计算，仅作登记")
        lines.append(Line(f"“{penalty.title}”没有约定金额", "不计算", clause, reading))
    else:
        lines += _base_lines(terms, penalty, base)
        exact = base * penalty.rate
        lines.append(
            Line(
                "每次事件按基数的比例计",
                f"{shown_exactly(base)} × {permille(penalty.rate)} × 1 次 = {shown_exactly(exact)}",
                clause,
                reading,
            )
        )
        amount, uncapped, cap, more = capped(penalty, base, exact)
        lines += more
    if penalty.refund:
        warnings.append("除违约金外，可由双方另行商定部分或全部退费，金额以双方确认为准")
    if penalty.excludes:
        others = [each.title for each in terms.penalties if each.key in penalty.excludes]
        warnings.append(f"同一事件不得与“{'”“'.join(others)}”重复计取")
    return Worksheet(
        title=penalty.title,
        penalty=penalty.key,
        milestone="",
        owed_by=penalty.owed_by,
        as_of=occurred_on,
        late=False,
        final=True,
        base=base,
        rate=penalty.rate,
        units=1,
        unit=UNITS[PenaltyPer.EVENT],
        amount=amount,
        uncapped=uncapped,
        cap=cap,
        yearly_rate=None,
        provisional=False,
        lines=tuple(lines),
        warnings=tuple(warnings),
    )


def source_of(terms: Terms, path: str) -> tuple[str, str]:
    """The clauses that fix a part of the terms, and the readings chosen where they contradict themselves."""
    clauses = [
        each for each in terms.clauses if any(path == one or path.startswith(f"{one}.") for one in each.concerns)
    ]
    ids = {each.id for each in clauses}
    spelled = "；".join(f"{each.where} {each.title}（{each.id}）" for each in clauses)
    readings = [
        f"#{each.number} {(each.reading.label if each.reading else each.treatment).rstrip('。')}"
        for each in terms.findings
        if ids & set(each.clauses)
    ]
    return spelled, "；".join(readings)


def permille(rate: Decimal) -> str:
    """A rate as contracts write it: 5‰, 0.05%."""
    thousandth = rate * 1000
    return f"{thousandth.normalize():f}‰" if thousandth >= 1 else f"{(rate * 100).normalize():f}%"


def _base_lines(terms: Terms, penalty: Penalty, base: Decimal) -> list[Line]:
    fee = terms.fee
    clause, _ = source_of(terms, "fee")
    if penalty.base is not PenaltyBase.MONTHLY_FEE or fee is None or not base:
        return [Line("计算基数", neat(base), clause)]
    months = 12 if fee.monthly is MonthlyRule.TWELFTH else int((fee.amount / base).to_integral_value())
    label = fee.monthly.label if fee.monthly else ""
    return [Line(f"月服务费：{label}", f"{neat(fee.amount)} ÷ {months} = {shown_exactly(base)}（不先取整）", clause)]


def capped(
    penalty: Penalty, base: Decimal, exact: Decimal
) -> tuple[Decimal, Decimal | None, Decimal | None, list[Line]]:
    """The amount in fen, cut at the cap if one is set; what the cap did is always a line of its own (finding 21)."""
    rounded = to_fen(exact)
    if penalty.cap is None:
        return (
            rounded,
            None,
            None,
            [Line("四舍五入到分（只在最后取整一次）", f"{neat(rounded)}（{in_words(rounded)}）")],
        )
    most = to_fen(base * penalty.cap)
    shown = f"{neat(base)} × {permille(penalty.cap)} = {neat(most)}"
    lines = [Line("四舍五入到分（只在最后取整一次）", neat(rounded)), Line("设定的上限", shown)]
    amount = min(rounded, most)
    told = f"未封顶 {neat(rounded)}，封顶后 {neat(amount)}" if rounded > most else "未达到上限"
    lines.append(Line("封顶", f"{told}（{in_words(amount)}）"))
    return amount, rounded if rounded > most else None, most, lines


def shown_exactly(amount: Decimal) -> str:
    """An amount that is not rounded yet, to at most six places, so that the steps can be followed."""
    shown = amount.quantize(Decimal("0.000001")).normalize()
    return f"¥{shown:,.2f}" if shown == shown.quantize(Decimal("0.01")) else f"¥{shown:,f}"
