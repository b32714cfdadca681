"""The terms in words, for people: each clock as one sentence, 未约定 where the contract is silent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from server.core import spelling
from server.domain.contracts.choices import Combine, FeePer, PenaltyPer
from server.domain.contracts.terms import Deliverable, DueRule, Penalty, Terms

SILENT = "未约定"
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Worded:
    """One line of the clocks: which clause it comes from, what it is called, what it says, whether it is agreed."""

    clause: str
    label: str
    text: str

    @property
    def agreed(self) -> bool:
        """Whether the contract says anything about it."""
        return self.text != SILENT


def clocks_in_words(terms: Terms) -> list[Worded]:
    """What the contract promises about time."""
    return [
        Worded("A20", "响应", _response(terms)),
        Worded("A21", "到达现场", _on_site(terms)),
        Worded("A36", "验收", _acceptance(terms)),
        Worded("A37", "逾期未验收", _deemed(terms)),
        Worded("A18", "人员更换通知", _replacement(terms)),
        Worded("A11", "办结", "合同未约定办结时限；系统内的办结目标仅为内部指标"),
    ]


def fee_in_words(terms: Terms) -> str:
    """The price as the contract page says it."""
    if terms.fee is None:
        return SILENT
    unit = "／年" if terms.fee.per is FeePer.YEAR else "（合同总价）"
    words = f"，大写{terms.fee.words}" if terms.fee.words else ""
    return f"¥{terms.fee.amount:,.2f}{unit}{words}"


def due_in_words(rule: DueRule) -> str:
    """A payment's rule: 收到付款申请、收到发票均满足后 7 个工作日内，且…"""
    fixed = f"{spelling.day(rule.fixed_on)}前" if rule.fixed_on else ""
    events = "、".join(event.label for event in rule.events)
    counted = f"{events}{'均满足' if len(rule.events) > 1 else ''}后 {rule.working_days} 个工作日内" if events else ""
    if rule.combine is Combine.FIXED:
        return fixed
    if rule.combine is Combine.DOCUMENTS or not fixed:
        return counted
    return f"{fixed}，与{counted}，{rule.combine.label}"


def penalty_in_words(penalty: Penalty) -> str:
    """A penalty's measure: 每逾期一个自然日，未付金额的 5‰."""
    if penalty.base is None or penalty.rate is None:
        return "未约定金额，不作计算"
    per = penalty.per.label
    if penalty.per is PenaltyPer.WORKING_DAY_BLOCK:
        per = f"逾期每满 {penalty.block_days} 个法定工作日"
    return f"{per}，{penalty.base.label}的 {_plain(penalty.rate * 1000)}‰"


def deliverable_in_words(deliverable: Deliverable) -> str:
    """A paper's cycle and day: 每月，次月第 3 个工作日前（截止日未约定，按默认）."""
    words, has_day = _cycle_and_day(deliverable)
    if deliverable.agreed:
        return words
    return f"{words}（截止日未约定，按默认）" if has_day else f"{words}（截止日未约定）"


def _cycle_and_day(deliverable: Deliverable) -> tuple[str, bool]:
    """The words, and whether they name a day."""
    cycle = deliverable.cycle
    if cycle is None:
        return (f"一次，{spelling.day(deliverable.once_on)}前", True) if deliverable.once_on else ("一次", False)
    if deliverable.within:
        return f"{cycle.label}，当期内完成", True
    if deliverable.working_day:
        return f"{cycle.label}，次月第 {deliverable.working_day} 个工作日前", True
    if deliverable.weekday:
        time = f" {deliverable.time} " if deliverable.time else ""
        return f"{cycle.label}，次周星期{WEEKDAYS[deliverable.weekday - 1]}{time}前", True
    return cycle.label, False


def _response(terms: Terms) -> str:
    term = terms.response
    if term is None:
        return SILENT
    hours = f"工作日 {_plain(term.working_day_hours)} 小时、其他日期 {_plain(term.other_day_hours)} 小时内由人员响应"
    return f"{hours}，连续计时不暂停；{term.day_rule.label}"


def _on_site(terms: Terms) -> str:
    if terms.on_site is None:
        return SILENT
    return f"自通知起 {_plain(terms.on_site.hours)} 小时内到达，连续计时不暂停"


def _acceptance(terms: Terms) -> str:
    term = terms.acceptance
    if term is None:
        return SILENT
    return f"自收到完工通知起 {term.days} 个自然日内，末日遇休息日{'顺延' if term.roll_over else '不顺延'}"


def _deemed(terms: Terms) -> str:
    if terms.acceptance is None:
        return SILENT
    return "视为验收通过" if terms.acceptance.deemed else "不视为验收通过"


def _replacement(terms: Terms) -> str:
    term = terms.replacement
    if term is None:
        return SILENT
    return f"提前 {term.notice_days} 个自然日书面通知，接替者相关经验不少于 {term.experience_years} 年"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
