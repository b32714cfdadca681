"""Terms from JSON: every fault is named by its path, and nothing that is not understood passes in silence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from server.core.errors import Invalid
from server.domain.calendar import CycleKind
from server.domain.contracts.reader import Reader
from server.domain.contracts.terms import (
    AcceptanceTerm,
    Billing,
    Clause,
    Combine,
    DayRule,
    Deliverable,
    DueRule,
    Event,
    Fee,
    FeePer,
    Finding,
    Milestone,
    MonthlyRule,
    OnSiteTerm,
    Party,
    Penalty,
    PenaltyBase,
    PenaltyPer,
    Reading,
    ReplacementTerm,
    ResponseTerm,
    Terms,
)

MOST_HOURS = 24 * 365
MOST_DAYS = 3650
MOST_FEE = Decimal("999999999999.99")


def parse_terms(data: Any, *, revision: int = 0) -> Terms:
    """Terms from JSON as it is stored; Invalid with a sentence for every path that is wrong."""
    faults: dict[str, list[str]] = {}
    reader = Reader(data, "", faults)
    terms = Terms(
        fee=reader.part("fee", _fee),
        response=reader.part("response", _response),
        on_site=reader.part("on_site", lambda r: OnSiteTerm(r.decimal("hours", most=MOST_HOURS))),
        acceptance=reader.part("acceptance", _acceptance),
        replacement=reader.part("replacement", _replacement),
        milestones=reader.parts("milestones", _milestone),
        penalties=reader.parts("penalties", _penalty),
        deliverables=reader.parts("deliverables", _deliverable),
        billing=reader.part("billing", _billing),
        clauses=reader.parts("clauses", _clause, key="id"),
        findings=reader.parts("findings", _finding),
        revision=revision,
    )
    reader.refuse_unknown()
    if faults:
        raise Invalid("合同条款数据有误，未保存。", fields=faults)
    return terms


def _fee(r: Reader) -> Fee:
    fee = Fee(
        amount=r.decimal("amount", most=MOST_FEE, zero=True),
        words=r.text("words", longest=100),
        per=r.choice("per", FeePer),
        paid_from=r.day("paid_from"),
        paid_to=r.day("paid_to"),
        monthly=r.choice_or_none("monthly", MonthlyRule),
    )
    if fee.paid_from and fee.paid_to and fee.paid_to < fee.paid_from:
        r.fault("paid_to", "不能早于起始日")
    return fee


def _response(r: Reader) -> ResponseTerm:
    return ResponseTerm(
        working_day_hours=r.decimal("working_day_hours", most=MOST_HOURS),
        other_day_hours=r.decimal("other_day_hours", most=MOST_HOURS),
        day_rule=r.choice("day_rule", DayRule),
    )


def _acceptance(r: Reader) -> AcceptanceTerm:
    return AcceptanceTerm(r.count("days", most=MOST_DAYS), r.flag("roll_over"), r.flag("deemed"))


def _replacement(r: Reader) -> ReplacementTerm:
    return ReplacementTerm(r.count("notice_days", most=MOST_DAYS), r.count("experience_years", most=50))


def _milestone(r: Reader) -> Milestone:
    title, amount = r.text("title", needed=True, longest=100), r.decimal("amount", most=MOST_FEE)
    due = r.part("due", _due)
    if due is None:
        r.fault("due", "必填")
    return Milestone(r.text("key", needed=True), title, amount, due or DueRule(Combine.FIXED, None, (), None))


def _due(r: Reader) -> DueRule:
    rule = DueRule(
        combine=r.choice("combine", Combine),
        fixed_on=r.day("fixed_on"),
        events=tuple(_event(r, value) for value in r.texts("events")),
        working_days=r.whole("working_days", most=MOST_DAYS, optional=True),
    )
    if rule.combine is not Combine.DOCUMENTS and rule.fixed_on is None:
        r.fault("fixed_on", "这种规则要有固定日期")
    if rule.combine is not Combine.FIXED and not (rule.events and rule.working_days):
        r.fault("working_days", "这种规则要有起算事件和工作日数")
    return rule


def _event(r: Reader, value: str) -> Event:
    if value not in set(Event):
        r.fault("events", f"没有“{value}”这种起算事件")
        return Event.EFFECTIVE
    return Event(value)


def _penalty(r: Reader) -> Penalty:
    penalty = Penalty(
        key=r.text("key", needed=True),
        title=r.text("title", needed=True, longest=200),
        owed_by=r.choice("owed_by", Party),
        base=r.choice_or_none("base", PenaltyBase),
        rate=r.number("rate", most=1, optional=True),
        per=r.choice("per", PenaltyPer),
        block_days=r.whole("block_days", most=MOST_DAYS, optional=True),
    )
    if (penalty.base is None) != (penalty.rate is None):
        r.fault("rate", "基数与比例要么都写，要么都不写")
    if penalty.per is PenaltyPer.WORKING_DAY_BLOCK and not penalty.block_days:
        r.fault("block_days", "必填")
    return penalty


def _deliverable(r: Reader) -> Deliverable:
    return Deliverable(
        key=r.text("key", needed=True),
        title=r.text("title", needed=True, longest=100),
        cycle=r.choice("cycle", CycleKind),
        working_day=r.whole("working_day", most=15, optional=True),
        weekday=r.whole("weekday", most=7, optional=True),
        time=r.text("time", longest=5),
    )


def _billing(r: Reader) -> Billing:
    names = ("buyer_title", "buyer_tax_number", "payee_name", "payee_bank", "payee_account")
    return Billing(*(r.text(name, longest=100) for name in names))


def _clause(r: Reader) -> Clause:
    return Clause(
        r.text("id", needed=True, longest=20),
        r.text("where", longest=60),
        r.text("title", needed=True, longest=100),
        r.text("text"),
    )


def _finding(r: Reader) -> Finding:
    finding = Finding(
        key=r.text("key", needed=True, longest=40),
        number=r.count("number", most=999),
        clauses=r.texts("clauses"),
        text=r.text("text", needed=True),
        treatment=r.text("treatment"),
        readings=r.parts("readings", _reading),
        chosen=r.text("chosen", longest=40),
        chosen_by=r.text("chosen_by", longest=100),
        chosen_on=r.day("chosen_on"),
    )
    if finding.readings and finding.reading is None:
        r.fault("chosen", "应为所列读法之一")
    return finding


def _reading(r: Reader) -> Reading:
    sets = r.raw("sets")
    if sets is not None and not isinstance(sets, dict):
        r.fault("sets", "应为路径到取值的对照")
    return Reading(r.text("key", needed=True, longest=40), r.text("label", needed=True, longest=200), sets or {})
