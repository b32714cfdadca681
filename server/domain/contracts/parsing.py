"""Terms from JSON: every fault is named by its path, and nothing that is not understood passes in silence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from server.core.errors import Invalid
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
from server.domain.contracts.paths import key_of
from server.domain.contracts.reader import Reader
from server.domain.contracts.terms import (
    AcceptanceTerm,
    Billing,
    Clause,
    Deliverable,
    DueRule,
    Fee,
    Finding,
    Milestone,
    OnSiteTerm,
    Penalty,
    Reading,
    ReplacementTerm,
    ResponseTerm,
    TermRule,
    Terms,
)

MOST_HOURS = 24 * 365
MOST_DAYS = 3650
MOST_MONTHS = 240
MOST_FEE = Decimal("999999999999.99")


def parse_terms(data: Any, *, revision: int = 0) -> Terms:
    """Terms from JSON as it is stored; Invalid with a sentence for every path that is wrong."""
    terms, faults = _read(data, revision)
    if faults:
        raise Invalid("合同条款数据有误，未保存。", fields=faults)
    return terms


def parse_what_holds(data: Mapping[str, Any]) -> tuple[Terms, dict[str, list[str]]]:
    """Terms from JSON that is still being typed: what is wrong is left out, and told by path."""
    terms, faults = _read(data, 0)
    if not faults:
        return terms, {}
    kept = {name: _without_faulty(name, value, faults) for name, value in data.items() if name not in faults}
    return _read(kept, 0)[0], faults


def _without_faulty(name: str, value: Any, faults: Mapping[str, Any]) -> Any:
    def wrong(path: str) -> bool:
        return any(fault == path or fault.startswith(f"{path}.") for fault in faults)

    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict) and not wrong(f"{name}.{key_of(each)}")]
    return None if wrong(name) else value


def _read(data: Any, revision: int) -> tuple[Terms, dict[str, list[str]]]:
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
        effect=reader.choice_or_none("effect", EffectRule),
        term=reader.part("term", lambda r: TermRule(r.count("months", most=MOST_MONTHS), r.choice("until", TermEnd))),
        copies=reader.whole("copies", most=100, optional=True),
        term_text=reader.text("term_text", longest=200),
        rectification_days=reader.whole("rectification_days", most=MOST_DAYS, optional=True),
        vendor_is_sme=reader.flag_or_none("vendor_is_sme"),
        lpr=reader.number("lpr", most=100, optional=True),
    )
    reader.refuse_unknown()
    _references(terms, faults)
    return terms, faults


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
    due = r.part("due", _due)
    if due is None:
        r.fault("due", "必填")
    return Milestone(
        key=r.text("key", needed=True),
        title=r.text("title", needed=True, longest=100),
        amount=r.decimal("amount", most=MOST_FEE),
        due=due or DueRule(Combine.FIXED, None, (), None),
        invoice=r.choice_or_none("invoice", InvoiceKind),
    )


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
        cap=r.number("cap", most=100, optional=True),
        excludes=r.texts("excludes"),
        refund=r.flag_or("refund", False),
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
        cycle=r.choice_or_none("cycle", CycleKind),
        working_day=r.whole("working_day", most=15, optional=True),
        weekday=r.whole("weekday", most=7, optional=True),
        time=r.time_of_day("time"),
        kind=r.choice_or_none("kind", DeliverableKind) or DeliverableKind.OTHER,
        once_on=r.day("once_on"),
        within=r.flag_or("within", False),
        agreed=r.flag_or("agreed", False),
        signed=r.flag_or("signed", False),
        partial=r.flag_or("partial", True),
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
        r.texts("concerns"),
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


def _references(terms: Terms, faults: dict[str, list[str]]) -> None:
    """Penalties may only exclude each other by keys that are there, and both must say so (finding 7)."""
    penalties = {penalty.key: penalty for penalty in terms.penalties}
    for penalty in terms.penalties:
        for other in penalty.excludes:
            if other == penalty.key or other not in penalties:
                faults.setdefault(f"penalties.{penalty.key}.excludes", []).append(f"没有“{other}”这一条违约金")
            elif penalty.key not in penalties[other].excludes:
                faults.setdefault(f"penalties.{other}.excludes", []).append(f"与“{penalty.title}”的互斥应双向填写")
