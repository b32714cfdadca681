"""What a clause means today: what it says in figures, what would follow this moment, how it came to be so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType

from server.core import clock
from server.core.errors import NotFound
from server.domain import calendar
from server.domain.calendar import WorkCalendar, spell
from server.domain.contracts.lines import Line, dated, worded
from server.domain.contracts.models import Contract, ContractTerms, Supplement, SupplementState
from server.domain.contracts.outlook import instalments, prices
from server.domain.contracts.paths import Difference, differences, masked, overlap
from server.domain.contracts.register import find
from server.domain.contracts.revisions import terms_of, with_predecessors
from server.domain.contracts.sla import acceptance_deadline, on_site_deadline, response_deadline
from server.domain.contracts.span import cycles_owed
from server.domain.contracts.supplements import supplements_of
from server.domain.contracts.terms import Clause, Deliverable, Finding, Terms
from server.domain.contracts.wording import SILENT, clocks_in_words, deliverable_in_words, fee_in_words
from server.domain.identity import Actor

CLOCKS = {
    "response": ("响应",),
    "on_site": ("到达现场",),
    "acceptance": ("验收", "逾期未验收"),
    "replacement": ("人员更换通知",),
}


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision that changed something of the clause."""

    row: ContractTerms
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class ClauseToday:
    """A clause with what it fixes (``says``), what follows today (``today``), its contradictions, and its history.

    ``supplements`` are those in force that settle something of it: they prevail (A47).
    """

    clause: Clause
    revision: int
    says: tuple[Line, ...]
    today: tuple[Line, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Changed, ...]
    supplements: tuple[Supplement, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """With what the lines of a clause are worked out."""

    contract: Contract
    terms: Terms
    book: WorkCalendar
    at: datetime

    @property
    def day(self) -> date:
        """Today, on the bureau's clock."""
        return clock.local_day(self.at)


def clause_today(actor: Actor, contract_id: uuid.UUID, clause_id: str) -> ClauseToday:
    """A clause of a contract that the actor may see, as it stands today; NotFound if there is none of that id."""
    contract = find(actor, contract_id)
    terms = terms_of(contract.id)
    clause = next((each for each in terms.clauses if each.id == clause_id), None)
    if clause is None:
        raise NotFound("合同里没有这一条。")
    moment = Moment(contract, terms, calendar.load(), clock.now())
    return ClauseToday(
        clause=clause,
        revision=terms.revision,
        says=tuple(line for path in clause.concerns for line in _says(moment, path)),
        today=tuple(line for path in clause.concerns for line in _today(moment, path)),
        findings=tuple(each for each in terms.findings if clause.id in each.clauses),
        changes=tuple(_changes(contract, clause)),
        supplements=tuple(_prevailing(contract, clause, moment.day)),
    )


def _changes(contract: Contract, clause: Clause) -> list[Changed]:
    found = []
    for row, before in with_predecessors(contract):
        if before is None:
            continue
        concerned = [
            each
            for each in differences(before.terms, row.terms)
            if any(overlap(each.path, path) for path in clause.concerns) or _is_of(each, clause, row)
        ]
        if concerned:
            found.append(Changed(row, tuple(concerned)))
    return found


def _is_of(difference: Difference, clause: Clause, row: ContractTerms) -> bool:
    """Whether a difference is a choice of a reading about the clause."""
    part, _, rest = difference.path.partition(".")
    key = rest.partition(".")[0]
    findings = row.terms.get("findings") or ()
    return part == "findings" and any(each["key"] == key and clause.id in each["clauses"] for each in findings)


def _prevailing(contract: Contract, clause: Clause, day: date) -> list[Supplement]:
    return [
        each
        for each in supplements_of(contract.id)
        if each.state is SupplementState.IN_FORCE
        and each.effective_from <= day
        and any(overlap(path, concern) for path in each.changes for concern in clause.concerns)
    ]


def _says(it: Moment, path: str) -> list[Line]:
    head, _, key = path.partition(".")
    if head in CLOCKS:
        return [worded(each.label, each.text) for each in clocks_in_words(it.terms) if each.label in CLOCKS[head]]
    if head == "fee":
        return [worded("费用", fee_in_words(it.terms))]
    if head == "milestones":
        return [
            Line(each.milestone.title, f"¥{each.milestone.amount:,.2f}", (each.words,))
            for each in instalments(it.contract, it.terms, it.book)
            if each.milestone.key == key
        ]
    if head == "penalties":
        return [
            Line(each.penalty.title, each.words, agreed=each.penalty.rate is not None)
            for each in prices(it.contract, it.terms)
            if each.penalty.key == key
        ]
    if head == "deliverables":
        return [Line(each.title, deliverable_in_words(each), agreed=each.agreed) for each in _papers(it, key)]
    return _says_plainly(it, head)


def _says_plainly(it: Moment, head: str) -> list[Line]:
    terms, contract = it.terms, it.contract
    if head == "billing" and terms.billing is not None:
        billing = terms.billing
        return [
            Line("发票抬头", billing.buyer_title or SILENT, (f"纳税人识别号：{billing.buyer_tax_number or '缺'}",)),
            Line("收款账户", f"{billing.payee_name} {masked(billing.payee_account)}", (billing.payee_bank,)),
        ]
    texts: dict[str, tuple[str, str]] = {
        "term": ("合同期", f"{contract.starts_on} 至 {contract.ends_on}"),
        "term_text": ("期限原文", terms.term_text or "原文留空"),
        "effect": ("生效条件", terms.effect.label if terms.effect else SILENT),
        "copies": ("份数", f"一式 {terms.copies} 份" if terms.copies else SILENT),
        "rectification_days": ("整改期限", f"{terms.rectification_days} 天" if terms.rectification_days else SILENT),
        "billing": ("开票与收款", SILENT),
        "duty": ("电话值守", "全年全天有人接听"),
        "service_record": ("服务记录单", "每次服务一份，双方签署后才能关闭工单"),
    }
    return [worded(*texts[head])] if head in texts else []


def _today(it: Moment, path: str) -> list[Line]:
    head, _, key = path.partition(".")
    make = LIVE.get(head)
    return [] if make is None else make(it, key)


def _response(it: Moment, _: str) -> list[Line]:
    compute = partial(response_deadline, it.terms, it.book, received_at=it.at)
    return [dated("此刻收到的请求", compute, tail=" 前响应")]


def _on_site(it: Moment, _: str) -> list[Line]:
    return [dated("此刻通知到场", partial(on_site_deadline, it.terms, it.book, notified_at=it.at), tail=" 前到达")]


def _acceptance(it: Moment, _: str) -> list[Line]:
    compute = partial(acceptance_deadline, it.terms, it.book, received_on=it.day)
    return [dated("今天收到的完工通知", compute, tail=" 24:00 止验收")]


def _replacement(it: Moment, _: str) -> list[Line]:
    if it.terms.replacement is None:
        return []
    first = calendar.natural_days_after(it.book, it.day, it.terms.replacement.notice_days, roll_over=False)
    return [Line("今天收到的更换通知", f"最早 {spell(first.on)} 更换" if first.on else SILENT, first.trace)]


def _price(it: Moment, key: str) -> list[Line]:
    return [
        Line(each.penalty.title, f"¥{each.amount:,.2f}／{each.penalty.unit}", (each.of,) if each.of else ())
        for each in prices(it.contract, it.terms)
        if each.penalty.key == key and each.amount is not None
    ]


def _cycles(it: Moment, key: str) -> list[Line]:
    return [_this_cycle(it, each) for each in _papers(it, key)]


def _effect(it: Moment, _: str) -> list[Line]:
    effective_on = it.contract.effective_on
    return [Line("生效日", spell(effective_on) if effective_on else "待双方签署", agreed=effective_on is not None)]


def _term_left(it: Moment, _: str) -> list[Line]:
    left = (it.contract.ends_on - it.day).days
    if left < 0:
        return [Line("期满", f"已于 {spell(it.contract.ends_on)} 届满，续签须录入新合同")]
    if it.day < it.contract.starts_on:
        return [Line("期限", f"将于 {spell(it.contract.starts_on)} 开始")]
    return [Line("期限", f"还有 {left} 天届满（{spell(it.contract.ends_on)}）")]


def _due(it: Moment, key: str) -> list[Line]:
    found = []
    for each in instalments(it.contract, it.terms, it.book):
        if each.milestone.key != key:
            continue
        if each.due is None:
            found.append(Line("到期", each.refused, refused=True))
            continue
        shown = each.due.deadline or each.due.earliest
        waiting = "、".join(event.label for event in each.due.waiting)
        text = f"{'' if each.due.deadline else '最早 '}{spell(shown.on)}" if shown and shown.on else "尚不能计算"
        tail = f"（待{waiting}）" if waiting else ""
        found.append(Line("到期", text + tail, shown.trace if shown else (), bool(shown and shown.provisional)))
    return found


def _this_cycle(it: Moment, paper: Deliverable) -> Line:
    cycles = cycles_owed(paper, starts_on=it.contract.starts_on, ends_on=it.contract.ends_on)
    current = next((each for each in cycles if each.starts_on <= it.day <= each.ends_on), None)
    if paper.cycle is None:
        return Line(paper.title, f"{paper.once_on} 前提交一次" if paper.once_on else "提交一次")
    gone = sum(each.ends_on < it.day for each in cycles)
    text = f"本期为 {current.label}" if current else "今天不在应提交的周期内"
    return Line(paper.title, text, (f"合同期共 {len(cycles)} 期，已过 {gone} 期",))


def _papers(it: Moment, key: str) -> list[Deliverable]:
    return [each for each in it.terms.deliverables if each.key == key]


LIVE: Mapping[str, Callable[[Moment, str], list[Line]]] = MappingProxyType(
    {
        "response": _response,
        "on_site": _on_site,
        "acceptance": _acceptance,
        "replacement": _replacement,
        "term": _term_left,
        "milestones": _due,
        "penalties": _price,
        "deliverables": _cycles,
        "effect": _effect,
    }
)
