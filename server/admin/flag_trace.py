"""Why a flag came to what it came to, in Chinese words: rule by rule as its author wrote it, raw logic step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.admin.flag_words import shown
from server.domain import flags
from server.domain.flags import Bucketing, Condition, Flag, Reason, Resolution, Rule, Step, Trace

OPERATORS = {
    "if": "如果",
    "?:": "如果",
    "and": "全部成立",
    "or": "任一成立",
    "!": "取反",
    "!!": "是否有值",
    "==": "等于",
    "===": "严格等于",
    "!=": "不等于",
    "!==": "严格不等于",
    ">": "大于",
    ">=": "不小于",
    "<": "小于",
    "<=": "不大于",
    "in": "包含于",
    "var": "取属性",
    "cat": "拼接",
    "fractional": "按比例分配",
    "sem_ver": "比较版本",
    "starts_with": "开头是",
    "ends_with": "结尾是",
    "missing": "缺少的属性",
    "missing_some": "缺少的属性",
}
REASONS = {
    Reason.STATIC: ("没有规则", "gray"),
    Reason.TARGETING_MATCH: ("命中规则", "green"),
    Reason.DEFAULT: ("默认", "blue"),
    Reason.DISABLED: ("已停用", "gray"),
    Reason.ERROR: ("出错", "red"),
}
SEGMENT, TIME = "segment", "time"
MET, NOT_MET, PASSED_OVER = ("成立", "green"), ("不成立", "red"), ("没有走到", "gray")


@dataclass(frozen=True, slots=True)
class Told:
    """One step in words: what it is, what it came to, and what it was made of."""

    text: str
    outcome: str = ""
    tone: str = "gray"
    children: tuple[Told, ...] = ()


def reason_of(resolution: Resolution) -> tuple[str, str]:
    """The reason in a word, with its tone."""
    return REASONS[resolution.reason]


def because(resolution: Resolution) -> str:
    """The reason as a sentence."""
    if resolution.reason is Reason.ERROR:
        return f"{resolution.error_details or '无法求值'}；程序使用自己的默认值。"
    if resolution.reason is Reason.DISABLED:
        return "开关已停用，程序使用自己的默认值。"
    if resolution.reason is Reason.TARGETING_MATCH:
        return "有规则指定了这个变体。"
    if resolution.variant is None:
        return "没有默认变体，程序使用自己的默认值。"
    return "没有规则，所有人相同。" if resolution.reason is Reason.STATIC else "没有规则适用，取默认变体。"


def told(trace: Trace, document: Mapping[str, Any], context: Mapping[str, Any]) -> list[Told]:
    """All steps of one evaluation. ``document`` is the flag as it was authored, ``context`` what was asked with."""
    flag = flags.parse_flag(document)
    if trace.rule is None:
        return [Told(because(trace.resolution), tone="blue")]
    return [*_of_flag(flag, trace.rule, context), _end(trace.resolution)]


def _of_flag(flag: Flag, step: Step, context: Mapping[str, Any]) -> Iterator[Told]:
    if flag.prerequisites:
        met, step, _ = step.operands
        parts = met.operands if len(flag.prerequisites) > 1 else (met,)
        for wanted, part in zip(flag.prerequisites, parts, strict=True):
            words = f"前提：{flags.prerequisite_in_words(wanted)}"
            if part.op is None:
                yield Told(f"{words}；该开关已停用", *NOT_MET)
            else:
                yield Told(words, *_outcome(part), children=_inside(part))
        if not met.value:
            yield Told(f"前提不满足，取 {flag.otherwise or '默认变体'}", tone="amber")
            return
    if flag.targeting is not None:
        yield logic(step)
        return
    yield from _of_rules(flag.rules, step, context)


def _of_rules(rules: Sequence[Rule], step: Step, context: Mapping[str, Any]) -> Iterator[Told]:
    """Our own rules are nested one in another's else: condition, what is served, the rest."""
    reached = True
    for number, rule in enumerate(rules, start=1):
        called = f"规则「{rule.name or f'第 {number} 条'}」"
        if not reached:
            yield Told(called, *PASSED_OVER)
            continue
        holds, served, step = step.operands
        reached = bool(rule.when) and not holds.value
        parts = holds.operands if len(rule.when) > 1 else (holds,)
        children = [_of_condition(each, part, context) for each, part in zip(rule.when, parts, strict=False)]
        if not rule.when:
            children.append(Told("适用于所有人", *MET))
        if not reached:
            children.append(_served(rule, served))
        yield Told(called, *(("不适用", "gray") if reached else ("适用", "green")), children=tuple(children))


def _of_condition(condition: Condition, step: Step, context: Mapping[str, Any]) -> Told:
    words = flags.condition_in_words(condition)
    if condition.attribute not in (SEGMENT, TIME) and step.reached:
        words += f"；实际为 {_actual(context, condition.attribute)}"
    return Told(words, *_outcome(step), children=_inside(step) if condition.attribute == SEGMENT else ())


def _served(rule: Rule, step: Step) -> Told:
    if rule.serve.variant:
        return Told(f"返回 {rule.serve.variant}", tone="blue")
    found = next(_bucketings(step), None)
    if found is None:
        return Told(f"{flags.serve_in_words(rule.serve)}；没有这个属性，取默认变体", tone="amber")
    return Told(flags.serve_in_words(rule.serve), tone="blue", children=tuple(_shares(found)))


def _shares(found: Bucketing) -> Iterator[Told]:
    yield Told(f"分桶位置 {found.place}（共 {found.total}）")
    for variant, first, end in found.shares:
        within = first <= found.place < end
        yield Told(
            f"{shown(variant)}：{first} 至 {end - 1}", "落在这里" if within else "", "green" if within else "gray"
        )


def _bucketings(step: Step) -> Iterator[Bucketing]:
    if step.bucketing is not None:
        yield step.bucketing
    for operand in step.operands:
        yield from _bucketings(operand)


def logic(step: Step) -> Told:
    """One expression of raw logic and all that is in it."""
    if step.op is None:
        return Told(shown(step.raw), tone="gray")
    name = OPERATORS.get(step.op, step.op)
    if step.op == "$ref":
        name = f"用户分组“{step.raw['$ref']}”"
    if step.op == "var" and len(step.operands) == 1:
        return Told(f"属性 {step.operands[0].raw}", *_came_to(step))
    shares = tuple(_shares(step.bucketing)) if step.bucketing else ()
    return Told(name, *_came_to(step), children=(*(logic(each) for each in step.operands), *shares))


def _came_to(step: Step) -> tuple[str, str]:
    if step.error is not None:
        return f"出错：{step.error}", "red"
    if not step.reached:
        return PASSED_OVER
    if isinstance(step.value, bool):
        return MET if step.value else NOT_MET
    return f"得到 {shown(step.value)}", "blue"


def _outcome(step: Step) -> tuple[str, str]:
    """Of what is asked yes or no."""
    if step.error is not None:
        return f"出错：{step.error}", "red"
    if not step.reached:
        return PASSED_OVER
    return MET if step.value else NOT_MET


def _inside(step: Step) -> tuple[Told, ...]:
    return (logic(step),) if step.reached and step.op is not None else ()


def _actual(context: Mapping[str, Any], attribute: str) -> str:
    found: Any = context
    for part in attribute.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return "（没有）" if found is None else shown(found)


def _end(resolution: Resolution) -> Told:
    if resolution.reason is Reason.ERROR:
        return Told(because(resolution), tone="red")
    if resolution.reason is Reason.DEFAULT:
        words = "没有规则给出变体"
        return Told(
            f"{words}，取默认变体 {resolution.variant}" if resolution.variant else f"{words}，程序使用自己的默认值",
            tone="blue",
        )
    return Told(f"结果：{resolution.variant} = {shown(resolution.value)}", tone="green")
