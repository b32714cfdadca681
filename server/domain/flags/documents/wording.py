"""Conditions, rules and values in Chinese words: for pages, differences and conflicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from server.core import clock
from server.domain.flags.documents.conditions import moment
from server.domain.flags.documents.model import Condition, Prerequisite, Rule, Serve
from server.domain.flags.documents.vocabulary import BARE, SEGMENT, Op, Sort, asks_for_missing, name_of, sort_of

MOST_NAMED = 5
LONGEST_TOLD = 80
SIGNS = {Op.AT_LEAST: "≥", Op.ABOVE: ">", Op.AT_MOST: "≤", Op.BELOW: "<", Op.EQUALS: "="}
Names = Mapping[str, str]
NOBODY: Names = {}


def condition_in_words(condition: Condition, names: Names = NOBODY) -> str:
    """小程序版本 ≥ 1.4.0（没有版本号的不符合）. ``names`` are those of segments by key."""
    subject, op = name_of(condition.attribute), condition.op
    if op in BARE:
        return f"{subject}{op.label}"
    values = [_value(condition, value, names) for value in condition.values]
    if sort_of(condition.attribute) is Sort.TIME:
        return _time(op, values)
    if condition.attribute == SEGMENT:
        return f"{'属于' if op is Op.IN else '不属于'}用户分组{_listed(values)}"
    if op is Op.BETWEEN:
        told = f"{subject}在 {values[0]} 至 {values[1]} 之间（含两端）"
    elif op in SIGNS:
        told = f"{subject} {SIGNS[op]} {values[0]}"
    elif op is Op.RANGE:
        told = f"{subject}符合 {values[0]}"
    else:
        told = f"{subject}{op.label}{_listed(values)}"
    if not asks_for_missing(condition.attribute, op):
        return told
    return f"{told}（没有{subject}的{'也算符合' if condition.missing else '不符合'}）"


def when_in_words(when: tuple[Condition, ...], names: Names = NOBODY) -> str:
    """All conditions of a rule as one clause."""
    return "，并且".join(condition_in_words(each, names) for each in when) or "所有人"


def serve_in_words(serve: Serve) -> str:
    """What a rule gives."""
    if serve.variant:
        return f"返回 {serve.variant}"
    shares = "、".join(f"{variant} {percent(weight)}" for variant, weight in serve.split)
    return f"按{name_of(serve.by)}分配：{shares}"


def rule_in_words(rule: Rule, names: Names = NOBODY) -> str:
    """A whole rule as one sentence."""
    return f"{when_in_words(rule.when, names)} → {serve_in_words(rule.serve)}"


def prerequisite_in_words(prerequisite: Prerequisite) -> str:
    """What another flag has to come to."""
    return f"{prerequisite.flag} 为 {'、'.join(prerequisite.variants)}"


def percent(weight: int) -> str:
    """Hundredths of a percent as people write them: 2500 → 25%, 1 → 0.01%."""
    whole, rest = divmod(weight, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"


def value_in_words(value: Any) -> str:
    """A variant's value, cut where it is long."""
    told = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}…"


def _value(condition: Condition, value: Any, names: Names) -> str:
    if condition.attribute == SEGMENT:
        return names.get(str(value), str(value))
    if sort_of(condition.attribute) is Sort.TIME:
        return f"{clock.to_local(moment(str(value))):%Y-%m-%d %H:%M}"
    return str(value)


def _time(op: Op, values: list[str]) -> str:
    if op is Op.BETWEEN:
        return f"时间在 {values[0]} 至 {values[1]} 之间"
    return f"时间自 {values[0]} 起" if op is Op.FROM else f"时间到 {values[0]} 为止"


def _listed(values: list[str]) -> str:
    named = "、".join(f"“{each}”" for each in values[:MOST_NAMED])
    return named if len(values) <= MOST_NAMED else f"{named}等 {len(values)} 个"
