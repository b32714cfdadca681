"""Terms from JSON: every fault is named by its path, and nothing that is not understood passes in silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from server.core.errors import Invalid
from server.domain.calendar import CycleKind
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

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

MOST_HOURS = 24 * 365
MOST_DAYS = 3650
MOST_FEE = Decimal("999999999999.99")


class _Reader:
    """One JSON object, read field by field; faults are collected under their paths, and a stand-in is given instead."""

    def __init__(self, data: Any, path: str, faults: dict[str, list[str]]) -> None:
        self.path, self.faults = path, faults
        self.known: set[str] = set()
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.fault("", "应为一个对象")

    def fault(self, name: str, sentence: str) -> None:
        place = f"{self.path}.{name}" if self.path and name else self.path or name
        self.faults.setdefault(place or "terms", []).append(sentence)

    def raw(self, name: str) -> Any:
        self.known.add(name)
        return self.data.get(name)

    def text(self, name: str, *, needed: bool = False, longest: int = 1000) -> str:
        value = self.raw(name)
        if value is None or value == "":
            if needed:
                self.fault(name, "必填")
            return ""
        if not isinstance(value, str) or len(value) > longest:
            self.fault(name, f"应为不超过 {longest} 字的文字")
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            self.fault(name, "应为是或否")
            return False
        return value

    def number(self, name: str, *, most: Decimal | int, optional: bool = False, zero: bool = False) -> Decimal | None:
        value = self.raw(name)
        if value is None and optional:
            return None
        try:
            found = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or not (0 <= found <= most) or (found == 0 and not zero):
            self.fault(name, f"应为{'不小于' if zero else '大于'} 0、不超过 {most} 的数")
            return None if optional else Decimal(1)
        return found

    def decimal(self, name: str, *, most: Decimal | int, zero: bool = False) -> Decimal:
        return self.number(name, most=most, zero=zero) or Decimal(0)

    def whole(self, name: str, *, most: int, optional: bool = False) -> int | None:
        found = self.number(name, most=most, optional=optional)
        if found is not None and found != found.to_integral_value():
            self.fault(name, "应为整数")
        return None if found is None else int(found)

    def count(self, name: str, *, most: int) -> int:
        return self.whole(name, most=most) or 0

    def day(self, name: str) -> date | None:
        value = self.raw(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.fault(name, "日期应写成 2026-03-31")
            return None

    def choice(self, name: str, members: type[E]) -> E:
        return self.choice_or_none(name, members, needed=True) or next(iter(members))

    def choice_or_none(self, name: str, members: type[E], *, needed: bool = False) -> E | None:
        value = self.raw(name)
        if value is None and not needed:
            return None
        if value not in [member.value for member in members]:
            self.fault(name, f"应为 {'、'.join(member.value for member in members)} 之一")
            return None
        return members(value)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.fault(name, "应为文字的列表")
            return ()
        return tuple(value)

    def part(self, name: str, read: Callable[[_Reader], T]) -> T | None:
        """A nested object, or None where the contract is silent."""
        value = self.raw(name)
        return None if value is None else self._inner(value, name, read)

    def parts(self, name: str, read: Callable[[_Reader], T], *, key: str = "key") -> tuple[T, ...]:
        """A list of objects that are told apart by a key of their own."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fault(name, "应为列表")
            return ()
        keys = [each.get(key) if isinstance(each, dict) else None for each in value]
        if len({str(each) for each in keys}) != len(keys) or not all(isinstance(each, str) and each for each in keys):
            self.fault(name, f"每一项都要有互不相同的 {key}")
        return tuple(self._inner(each, f"{name}.{keys[number]}", read) for number, each in enumerate(value))

    def _inner(self, value: Any, name: str, read: Callable[[_Reader], T]) -> T:
        inner = _Reader(value, f"{self.path}.{name}" if self.path else name, self.faults)
        made = read(inner)
        inner.refuse_unknown()
        return made

    def refuse_unknown(self) -> None:
        for name in self.data.keys() - self.known:
            self.fault(str(name), "没有这一项条款数据")


def parse_terms(data: Any, *, revision: int = 0) -> Terms:
    """Terms from JSON as it is stored; Invalid with a sentence for every path that is wrong."""
    faults: dict[str, list[str]] = {}
    reader = _Reader(data, "", faults)
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


def _fee(r: _Reader) -> Fee:
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


def _response(r: _Reader) -> ResponseTerm:
    return ResponseTerm(
        working_day_hours=r.decimal("working_day_hours", most=MOST_HOURS),
        other_day_hours=r.decimal("other_day_hours", most=MOST_HOURS),
        day_rule=r.choice("day_rule", DayRule),
    )


def _acceptance(r: _Reader) -> AcceptanceTerm:
    return AcceptanceTerm(r.count("days", most=MOST_DAYS), r.flag("roll_over"), r.flag("deemed"))


def _replacement(r: _Reader) -> ReplacementTerm:
    return ReplacementTerm(r.count("notice_days", most=MOST_DAYS), r.count("experience_years", most=50))


def _milestone(r: _Reader) -> Milestone:
    title, amount = r.text("title", needed=True, longest=100), r.decimal("amount", most=MOST_FEE)
    due = r.part("due", _due)
    if due is None:
        r.fault("due", "必填")
    return Milestone(r.text("key", needed=True), title, amount, due or DueRule(Combine.FIXED, None, (), None))


def _due(r: _Reader) -> DueRule:
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


def _event(r: _Reader, value: str) -> Event:
    if value not in set(Event):
        r.fault("events", f"没有“{value}”这种起算事件")
        return Event.EFFECTIVE
    return Event(value)


def _penalty(r: _Reader) -> Penalty:
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


def _deliverable(r: _Reader) -> Deliverable:
    return Deliverable(
        key=r.text("key", needed=True),
        title=r.text("title", needed=True, longest=100),
        cycle=r.choice("cycle", CycleKind),
        working_day=r.whole("working_day", most=15, optional=True),
        weekday=r.whole("weekday", most=7, optional=True),
        time=r.text("time", longest=5),
    )


def _billing(r: _Reader) -> Billing:
    names = ("buyer_title", "buyer_tax_number", "payee_name", "payee_bank", "payee_account")
    return Billing(*(r.text(name, longest=100) for name in names))


def _clause(r: _Reader) -> Clause:
    return Clause(
        r.text("id", needed=True, longest=20),
        r.text("where", longest=60),
        r.text("title", needed=True, longest=100),
        r.text("text"),
    )


def _finding(r: _Reader) -> Finding:
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


def _reading(r: _Reader) -> Reading:
    sets = r.raw("sets")
    if sets is not None and not isinstance(sets, dict):
        r.fault("sets", "应为路径到取值的对照")
    return Reading(r.text("key", needed=True, longest=40), r.text("label", needed=True, longest=200), sets or {})
