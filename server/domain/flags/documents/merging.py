"""Two people changed one document: what both come to together, by field, variant and rule; or where they contradict.

Three-way: what only one side changed is taken, what both changed alike is taken once, what both changed differently is a
conflict that a person decides. Lists of values (the members of a segment) merge as sets. What the parts come to is
checked as a whole again, since two good changes can make a wrong document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.core.errors import Invalid
from server.domain.flags.documents.parsing import parse_flag, parse_segment
from server.domain.flags.documents.plain import plain
from server.domain.flags.documents.reading import canonical
from server.domain.flags.documents.rule_merging import merge_rules
from server.domain.flags.documents.settling import MISSING, Conflict, Settle, Take, merge_conditions

WHOLE = "whole"
LABELS = {
    "kind": "类型",
    "name": "名称",
    "description": "说明",
    "owner": "负责人",
    "permanent": "长期开关",
    "expires_on": "预计清理日",
    "enabled": "启用状态",
    "default": "默认变体",
    "otherwise": "前提不满足时",
    "seed": "分桶种子",
    "bucketing": "分桶方式",
    "targeting": "JsonLogic 定向",
    "logic": "JsonLogic",
}
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merged:
    """``document`` in its plain form, or None when there are conflicts that nobody decided."""

    document: dict[str, Any] | None
    conflicts: list[Conflict]


def merge(base: Raw | None, mine: Raw, theirs: Raw, *, take: Take | None = None) -> Merged:
    """Both changes of a flag or a segment, in plain form. ``base`` None: both made it anew. ``take`` decides conflicts by
    their path: "mine" or "theirs".
    """
    chosen = take or {}
    for one, other in ((mine, theirs), (theirs, mine)):
        if base is not None and canonical(one) == canonical(base):
            return Merged(dict(other), [])
    if canonical(mine) == canonical(theirs):
        return Merged(dict(mine), [])
    if chosen.get(WHOLE):
        return Merged(dict(mine if chosen[WHOLE] == "mine" else theirs), [])
    settle = Settle(chosen)
    joined = _joined(settle, base or {}, mine, theirs)
    if settle.conflicts:
        return Merged(None, settle.conflicts)
    try:
        parse: Callable[[Any], Any] = parse_flag if "variants" in mine else parse_segment
        return Merged(plain(parse(joined)), [])
    except Invalid as refused:
        told = "；".join(dict.fromkeys(sentence for found in refused.fields.values() for sentence in found))
        return Merged(None, [Conflict(WHOLE, f"合在一起不成立：{told}", "", "我的整份修改", "对方的整份修改")])


def _joined(settle: Settle, base: Raw, mine: Raw, theirs: Raw) -> dict[str, Any]:
    joined: dict[str, Any] = {"key": mine["key"]}
    for name, label in LABELS.items():
        joined[name] = settle(name, label, *(side.get(name, MISSING) for side in (base, mine, theirs)))
    joined["tags"] = _set(*(side.get("tags", []) for side in (base, mine, theirs)))
    for name, label in (("variants", "变体"), ("metadata", "附加信息")):
        joined[name] = _mapping(settle, name, label, *(side.get(name, {}) for side in (base, mine, theirs)))
    sides = (_by_flag(side) for side in (base, mine, theirs))
    joined["prerequisites"] = [*_mapping(settle, "prerequisites", "前提", *sides).values()]
    joined["rules"] = merge_rules(settle, *(side.get("rules", []) for side in (base, mine, theirs)))
    joined["any"] = _groups(settle, *(side.get("any", []) for side in (base, mine, theirs)))
    return {name: value for name, value in joined.items() if value is not MISSING and value not in ([], {})}


def _set(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    gone = {each for each in base if each not in mine or each not in theirs}
    return [each for each in dict.fromkeys([*base, *mine, *theirs]) if each not in gone]


def _mapping(settle: Settle, path: str, label: str, base: Raw, mine: Raw, theirs: Raw) -> dict[str, Any]:
    joined = {}
    for name in dict.fromkeys([*base, *mine, *theirs]):
        values = (side.get(name, MISSING) for side in (base, mine, theirs))
        value = settle(f"{path}.{name}", f"{label}“{name}”", *values)
        if value is not MISSING:
            joined[name] = value
    return joined


def _by_flag(side: Raw) -> dict[str, Any]:
    return {each["flag"]: each for each in side.get("prerequisites", [])}


def _groups(settle: Settle, base: list[Any], mine: list[Any], theirs: list[Any]) -> Any:
    if len(base) == len(mine) == len(theirs):
        parts = [merge_conditions(*group) for group in zip(base, mine, theirs, strict=True)]
        if all(part is not None for part in parts):
            return parts
    return settle("any", "用户分组的条件", base or MISSING, mine or MISSING, theirs or MISSING)
