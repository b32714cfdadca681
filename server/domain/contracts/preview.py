"""What follows from a contract that is still being typed, pure: every date, amount, clock and contradiction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from server.core.ids import new_id
from server.core.money import to_fen
from server.core.money_words import in_words
from server.domain import calendar
from server.domain.calendar import CycleKind, WorkCalendar, spell
from server.domain.contracts.checks import Warned, warnings_for
from server.domain.contracts.examples import before_long_rest, moments
from server.domain.contracts.figures import contract_total, monthly_fee
from server.domain.contracts.known import with_findings
from server.domain.contracts.lines import Line, dated, worded
from server.domain.contracts.models import Contract, ContractState
from server.domain.contracts.outlook import Instalment, instalments, prices
from server.domain.contracts.parsing import parse_what_holds
from server.domain.contracts.sla import acceptance_deadline, on_site_deadline, replacement_notice_by, response_deadline
from server.domain.contracts.span import last_day
from server.domain.contracts.terms import Finding, Terms
from server.domain.contracts.wording import SILENT

YEAR = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class Preview:
    """``faults``: what is wrong, by path. ``assumed``: the term's dates are not typed yet, a year from today stands in.

    ``contract`` is not stored anywhere; it carries the dates with which all was worked out.
    """

    contract: Contract
    terms: Terms
    faults: Mapping[str, list[str]]
    assumed: bool
    term: tuple[Line, ...]
    money: tuple[Line, ...]
    instalments: tuple[Instalment, ...]
    penalties: tuple[Line, ...]
    clocks: tuple[Line, ...]
    silent: tuple[str, ...]
    warnings: tuple[Warned, ...]
    findings: tuple[Finding, ...]


def preview(facts: Mapping[str, Any], book: WorkCalendar, *, today: date, ticked: Iterable[str] = ()) -> Preview:
    """Everything that follows from facts as ``create`` takes them, however incomplete: dates may be None, terms wrong."""
    raw = facts.get("terms") or {}
    typed, faults = parse_what_holds(raw)
    contract, assumed = _contract(facts, typed, today)
    terms, _ = parse_what_holds(with_findings(contract, raw, book, ticked=ticked))
    return Preview(
        contract=contract,
        terms=terms,
        faults=faults,
        assumed=assumed,
        term=tuple(_term(contract, terms, assumed)),
        money=tuple(_money(contract, terms)),
        instalments=tuple(instalments(contract, terms, book)),
        penalties=tuple(_penalties(contract, terms)),
        clocks=tuple(_clocks(contract, terms, book)),
        silent=tuple(silences(terms)),
        warnings=tuple(warnings_for(contract, terms, book, today=today)),
        findings=terms.findings,
    )


def silences(terms: Terms) -> list[str]:
    """What a contract does not say, by name (finding 36); nothing stands in for it."""
    parts: tuple[tuple[str, object], ...] = (
        ("费用", terms.fee),
        ("响应时限", terms.response),
        ("到场时限", terms.on_site),
        ("验收期限", terms.acceptance),
        ("人员更换通知期", terms.replacement),
        ("付款节点", terms.milestones),
        ("违约金", terms.penalties),
        ("交付物", terms.deliverables),
        ("整改期限", terms.rectification_days),
        ("生效条件", terms.effect),
        ("开票与收款信息", terms.billing),
    )
    return [name for name, part in parts if not part]


def _contract(facts: Mapping[str, Any], terms: Terms, today: date) -> tuple[Contract, bool]:
    effective_on: date | None = facts.get("effective_on")
    starts_on: date | None = facts.get("starts_on")
    ends_on: date | None = facts.get("ends_on")
    if terms.term is not None and effective_on is not None:
        starts_on, ends_on = effective_on, last_day(effective_on, terms.term)
    assumed = starts_on is None or ends_on is None or ends_on < starts_on
    if assumed:
        starts_on = starts_on or effective_on or today
        ends_on = starts_on + YEAR
    texts = {name: facts.get(name) or "" for name in ("number", "paper_number", "title", "vendor_name", "bureau_name")}
    made = Contract(
        id=new_id(),
        **texts,
        state=ContractState.DRAFT,
        effective_on=effective_on,
        starts_on=starts_on,
        ends_on=ends_on,
        revision=1,
    )
    return made, assumed


def _term(contract: Contract, terms: Terms, assumed: bool) -> list[Line]:
    effect = contract.effective_on
    rule = terms.effect.label if terms.effect else SILENT
    days = (contract.ends_on - contract.starts_on).days + 1
    months = len(calendar.cycles_touched(CycleKind.MONTH, contract.starts_on, contract.ends_on))
    span = f"{spell(contract.starts_on)} 至 {spell(contract.ends_on)}"
    trace: tuple[str, ...] = (f"共 {days} 天，跨 {months} 个自然月",)
    if terms.term is not None:
        trace = (f"自生效日起 {terms.term.months} 个月，{terms.term.until.label}", *trace)
    return [
        Line("生效日", spell(effect) if effect else "待双方签署", (f"条件：{rule}",), agreed=terms.effect is not None),
        Line("合同期", span, (*trace, "日期未填全，按一年估算") if assumed else trace, provisional=assumed),
    ]


def _money(contract: Contract, terms: Terms) -> list[Line]:
    fee = terms.fee
    if fee is None:
        return [Line("费用", SILENT, agreed=False)]
    monthly = monthly_fee(fee, starts_on=contract.starts_on, ends_on=contract.ends_on)
    found = [
        Line("费用", f"¥{fee.amount:,.2f}（{fee.per.label}）", (f"大写：{in_words(fee.amount)}",)),
        Line("合同总价", f"¥{contract_total(terms):,.2f}"),
    ]
    if monthly is not None and fee.monthly is not None:
        found.append(Line("月服务费", f"¥{to_fen(monthly):,.2f}", (fee.monthly.label,)))
    if fee.paid_from and fee.paid_to:
        days = (fee.paid_to - fee.paid_from).days + 1
        found.append(Line("付费期", f"{fee.paid_from} 至 {fee.paid_to}", (f"共 {days} 天",)))
    total = sum((each.amount for each in terms.milestones), Decimal(0))
    if terms.milestones:
        found.append(Line("各期合计", f"¥{total:,.2f}"))
    return found


def _penalties(contract: Contract, terms: Terms) -> list[Line]:
    found = []
    for each in prices(contract, terms):
        text = f"¥{each.amount:,.2f}／{each.penalty.unit}" if each.amount is not None else "未约定金额"
        trace = [each.words, *([each.of] if each.of else [])]
        if each.penalty.cap is not None:
            trace.append(f"封顶为基数的 {each.penalty.cap * 100:f}%")
        found.append(Line(each.penalty.title, text, tuple(trace), agreed=each.amount is not None))
    return found


def _clocks(contract: Contract, terms: Terms, book: WorkCalendar) -> list[Line]:
    examples = moments(book, contract.starts_on, contract.ends_on)
    found = []
    for each in examples if terms.response else ():
        compute = partial(response_deadline, terms, book, received_at=each.at)
        found.append(dated(f"{each.label} {each.at:%Y-%m-%d %H:%M} 报修", compute, tail=" 前响应"))
    for each in examples[:1] if terms.on_site else ():
        compute = partial(on_site_deadline, terms, book, notified_at=each.at)
        found.append(dated(f"{each.at:%Y-%m-%d %H:%M} 通知到场", compute, tail=" 前到达"))
    days = (("平日", contract.starts_on), ("长假前", before_long_rest(book, contract.starts_on, contract.ends_on)))
    for lead, day in days if terms.acceptance else ():
        if day is not None:
            limit = partial(acceptance_deadline, terms, book, received_on=day)
            found.append(dated(f"{lead} {day} 收到完工通知", limit, tail=" 24:00 止验收"))
    if terms.replacement is not None:
        day = contract.starts_on + timedelta(days=3 * terms.replacement.notice_days)
        notice = replacement_notice_by(terms, effective_on=day)
        found.append(worded(f"人员自 {day} 起更换", f"通知最迟 {notice} 收到" if notice else SILENT))
    return found
