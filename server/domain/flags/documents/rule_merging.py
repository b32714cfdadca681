"""Two people changed the rules of one flag: matched rule by rule, since the first rule that holds decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.domain.flags.documents.matching import matched
from server.domain.flags.documents.model import Condition, Rule, Serve
from server.domain.flags.documents.settling import MISSING, Conflict, Settle, merge_conditions, same
from server.domain.flags.documents.vocabulary import TARGETING_KEY, Op
from server.domain.flags.documents.wording import rule_in_words, serve_in_words, when_in_words

Raw = dict[str, Any]
ORDER = "rules.order"


def merge_rules(settle: Settle, base: Sequence[Raw], mine: Sequence[Raw], theirs: Sequence[Raw]) -> list[Raw]:
    """The rules of both sides in one order. A rule that both put at the same place, or that one changed and the other
    took away, is for a person to decide.
    """
    old, ours, others = ([_rule(each) for each in side] for side in (base, mine, theirs))
    to_mine, to_theirs = matched(old, ours), matched(old, others)
    kept: dict[int, Raw] = {}
    for i in range(len(base)):
        one = mine[to_mine[i]] if i in to_mine else MISSING
        other = theirs[to_theirs[i]] if i in to_theirs else MISSING
        joined = _one_rule(settle, i, base[i], one, other)
        if joined is not MISSING:
            kept[i] = joined
    order = _order(settle, kept, to_mine, to_theirs)
    added_mine = _added(mine, to_mine, kept)
    added_theirs = _added(theirs, to_theirs, kept)
    joined_rules: list[Raw] = []
    for anchor in (-1, *order):
        joined_rules += [kept[anchor]] if anchor in kept else []
        joined_rules += _place(settle, anchor, added_mine.get(anchor, []), added_theirs.get(anchor, []))
    return joined_rules


def _one_rule(settle: Settle, number: int, base: Raw, mine: Any, theirs: Any) -> Any:
    path = f"rules.{number}"
    called = _called(base, number)
    if mine is MISSING or theirs is MISSING:
        return _decide(settle, path, f"规则{called}", base, mine, theirs)
    joined: Raw = {}
    for name, label in (("name", "名称"), ("serve", "结果")):
        sides = (side.get(name, MISSING) for side in (base, mine, theirs))
        joined[name] = _decide(settle, f"{path}.{name}", f"规则{called}的{label}", *sides)
    together = merge_conditions(base["when"], mine["when"], theirs["when"])
    if together is None:
        sides = (side["when"] for side in (base, mine, theirs))
        together = _decide(settle, f"{path}.when", f"规则{called}的条件", *sides)
    joined["when"] = together
    return {name: value for name, value in joined.items() if value is not MISSING}


def _decide(settle: Settle, path: str, label: str, base: Any, mine: Any, theirs: Any) -> Any:
    """As ``settle`` does, with rules, conditions and shares in words."""
    before = len(settle.conflicts)
    value = settle(path, label, base, mine, theirs)
    if len(settle.conflicts) > before:
        settle.conflicts[-1] = Conflict(path, label, *(_told(each) for each in (base, mine, theirs)))
    return value


def _order(settle: Settle, kept: dict[int, Raw], to_mine: dict[int, int], to_theirs: dict[int, int]) -> list[int]:
    """The base's rules that stay, in the order of the side that moved them."""
    there = [i for i in kept if i in to_mine and i in to_theirs]
    mine = sorted(there, key=to_mine.__getitem__)
    theirs = sorted(there, key=to_theirs.__getitem__)
    chosen = settle(ORDER, "规则的顺序", there, mine, theirs)
    # A rule that one side took away and that was kept all the same stands where it stood.
    order = list(chosen)
    for i in sorted(kept):
        if i not in order:
            order.insert(sum(1 for each in order if each < i), i)
    return order


def _added(side: Sequence[Raw], pairs: dict[int, int], kept: dict[int, Raw]) -> dict[int, list[Raw]]:
    """New rules by the base's rule that stays and behind which they stand; -1 for the beginning."""
    back = {j: i for i, j in pairs.items()}
    found: dict[int, list[Raw]] = {}
    anchor = -1
    for j, rule in enumerate(side):
        if j in back:
            anchor = back[j] if back[j] in kept else anchor
        else:
            found.setdefault(anchor, []).append(rule)
    return found


def _place(settle: Settle, anchor: int, mine: list[Raw], theirs: list[Raw]) -> list[Raw]:
    """What both sides put behind one rule. The same rule twice is one rule; different ones need an order."""
    if not mine or not theirs or same(mine, theirs):
        return mine or theirs
    path = f"rules.added.{anchor + 1}"
    if settle.take.get(path) == "both":
        return [*mine, *(each for each in theirs if not any(same(each, other) for other in mine))]
    where = "最前面" if anchor < 0 else f"第 {anchor + 1} 条规则之后"
    chosen: list[Raw] = _decide(settle, path, f"双方都在{where}新增了规则", MISSING, mine, theirs)
    return chosen


def _called(rule: Raw, number: int) -> str:
    return f"「{rule.get('name') or f'第 {number + 1} 条'}」"


def _rule(raw: Raw) -> Rule:
    return Rule(raw.get("name", ""), tuple(_condition(each) for each in raw["when"]), _serve(raw["serve"]))


def _condition(raw: Raw) -> Condition:
    return Condition(raw["attribute"], Op(raw["op"]), tuple(raw.get("values", ())), raw.get("missing", False))


def _serve(raw: Raw) -> Serve:
    if "variant" in raw:
        return Serve(raw["variant"])
    return Serve(split=tuple((variant, weight) for variant, weight in raw["split"]), by=raw.get("by", TARGETING_KEY))


def _told(value: Any) -> str:
    if value is MISSING:
        return "（没有）"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and "when" in value[0]:
        return "；".join(rule_in_words(_rule(each)) for each in value)
    if isinstance(value, list):
        return when_in_words(tuple(_condition(each) for each in value))
    return rule_in_words(_rule(value)) if "when" in value else serve_in_words(_serve(value))
