"""What differs between two documents, said in Chinese: empty exactly when the documents are the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from server.domain.flags.documents.matching import matched
from server.domain.flags.documents.model import Flag, Rule, Segment, Serve
from server.domain.flags.documents.parsing import parse_flag, parse_segment
from server.domain.flags.documents.plain import plain
from server.domain.flags.documents.reading import canonical
from server.domain.flags.documents.wording import (
    percent,
    prerequisite_in_words,
    rule_in_words,
    serve_in_words,
    value_in_words,
    when_in_words,
)

Tone = Literal["green", "red", "blue", "amber", "gray"]
Raw = Mapping[str, Any]
WORDS = {
    "name": "名称",
    "description": "说明",
    "owner": "负责人",
    "expires_on": "预计清理日",
    "default": "默认变体",
    "otherwise": "前提不满足时",
    "kind": "类型",
    "seed": "分桶种子",
    "bucketing": "分桶方式",
}
QUIET = frozenset({"name", "description", "owner", "expires_on"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. ``path`` is stable for programs; ``text`` a Chinese sentence; ``tone``: green for what
    came, red for what went or was switched off, blue for what changed, amber for what may move people between variants,
    gray for words that change no answer.
    """

    path: str
    text: str
    tone: Tone


def differences(before: Raw | None, after: Raw | None) -> list[Difference]:
    """What differs between two documents of one flag or of one segment, in their plain form; None: it is not there."""
    if before is None and after is None:
        return []
    if not _is_flag(before or after or {}):
        return _of_segments(before, after)
    if after is None:
        return [Difference("flag", f"删除开关“{(before or {})['name']}”", "red")]
    new = parse_flag(after)
    if before is None:
        return [*_created(new)]
    old = parse_flag(before)
    return _or_rest([*_of_flags(old, new)], old, new)


def _is_flag(document: Raw) -> bool:
    return "variants" in document


def _or_rest(found: list[Difference], old: Flag | Segment, new: Flag | Segment) -> list[Difference]:
    """Never silent about something that has no sentence of its own."""
    if found or canonical(plain(old)) == canonical(plain(new)):
        return found
    return [Difference("rest", "内容有变化", "blue")]


def _created(flag: Flag) -> Iterator[Difference]:
    state = "启用" if flag.enabled else "停用"
    told = f"新增开关“{flag.name}”（{flag.kind.label}，{state}，变体 {'、'.join(flag.variants)}）"
    yield Difference("flag", told, "green")
    for each in flag.prerequisites:
        yield Difference(f"prerequisites.{each.flag}", f"前提：{prerequisite_in_words(each)}", "green")
    for number, rule in enumerate(flag.rules):
        yield Difference(f"rules.{number}", f"规则{_called(rule, number)}：{rule_in_words(rule)}", "green")
    if flag.targeting is not None:
        yield Difference("targeting", "按 JsonLogic 定向", "green")


def _of_flags(old: Flag, new: Flag) -> Iterator[Difference]:
    if old.enabled != new.enabled:
        yield Difference("enabled", "停用 → 启用" if new.enabled else "启用 → 停用", "green" if new.enabled else "red")
    if old.permanent != new.permanent:
        yield Difference("permanent", "标为长期开关" if new.permanent else "不再是长期开关", "gray")
    for name, label in WORDS.items():
        one, other = getattr(old, name), getattr(new, name)
        if one != other:
            tone: Tone = "gray" if name in QUIET else "amber" if name in {"seed", "bucketing"} else "blue"
            yield Difference(name, f"{label}：{_scalar(one)} → {_scalar(other)}", tone)
    yield from _of_tags(old, new)
    yield from _of_mapping("variants", "变体", old.variants, new.variants)
    yield from _of_prerequisites(old, new)
    yield from _of_rules(old.rules, new.rules)
    # Python takes 1 for true; JSON does not.
    if canonical(old.targeting) != canonical(new.targeting):
        told = "新增" if old.targeting is None else "去掉" if new.targeting is None else "修改"
        yield Difference("targeting", f"{told} JsonLogic 定向", "blue")
    yield from _of_mapping("metadata", "附加信息", old.metadata, new.metadata)


def _of_tags(old: Flag, new: Flag) -> Iterator[Difference]:
    came = [tag for tag in new.tags if tag not in old.tags]
    went = [tag for tag in old.tags if tag not in new.tags]
    parts = [f"增加{'、'.join(came)}"] * bool(came) + [f"去掉{'、'.join(went)}"] * bool(went)
    if parts:
        yield Difference("tags", f"标签：{'，'.join(parts)}", "gray")
    elif old.tags != new.tags:
        yield Difference("tags", "标签换了顺序", "gray")


def _of_mapping(path: str, label: str, old: Raw, new: Raw) -> Iterator[Difference]:
    for name in sorted(old.keys() | new.keys()):
        place = f"{path}.{name}"
        if name not in old:
            yield Difference(place, f"新增{label}“{name}”：{value_in_words(new[name])}", "green")
        elif name not in new:
            yield Difference(place, f"删除{label}“{name}”", "red")
        elif canonical(old[name]) != canonical(new[name]):
            told = f"{label}“{name}”：{value_in_words(old[name])} → {value_in_words(new[name])}"
            yield Difference(place, told, "blue")


def _of_prerequisites(old: Flag, new: Flag) -> Iterator[Difference]:
    before = {each.flag: each for each in old.prerequisites}
    after = {each.flag: each for each in new.prerequisites}
    for key in sorted(before.keys() | after.keys()):
        place = f"prerequisites.{key}"
        if key not in before:
            yield Difference(place, f"新增前提：{prerequisite_in_words(after[key])}", "green")
        elif key not in after:
            yield Difference(place, f"去掉前提：{prerequisite_in_words(before[key])}", "red")
        elif before[key] != after[key]:
            told = f"前提：{prerequisite_in_words(before[key])} → {prerequisite_in_words(after[key])}"
            yield Difference(place, told, "blue")
    if before == after and old.prerequisites != new.prerequisites:
        yield Difference("prerequisites", "前提换了顺序", "gray")


def _of_rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[Difference]:
    pairs = matched(old, new)
    for i, rule in enumerate(old):
        if i not in pairs:
            yield Difference(f"rules.{i}", f"删除规则{_called(rule, i)}：{rule_in_words(rule)}", "red")
    came = set(pairs.values())
    back = {j: i for i, j in pairs.items()}
    for j, rule in enumerate(new):
        if j not in came:
            yield Difference(f"rules.{j}", f"新增规则{_called(rule, j)}：{rule_in_words(rule)}", "green")
        else:
            yield from _of_rule(old[back[j]], rule, j)
    kept = [pairs[i] for i in sorted(pairs)]
    if kept != sorted(kept):
        ordered = "、".join(_called(new[j], j) for j in sorted(kept))
        yield Difference("rules.order", f"规则换了顺序，现为{ordered}", "blue")


def _of_rule(old: Rule, new: Rule, number: int) -> Iterator[Difference]:
    called = _called(new, number)
    if old.name != new.name:
        yield Difference(f"rules.{number}.name", f"规则{_called(old, number)}改名为{called}", "gray")
    if old.when != new.when:
        told = f"规则{called}的条件：{when_in_words(old.when)} → {when_in_words(new.when)}"
        if when_in_words(old.when) == when_in_words(new.when):
            told = f"规则{called}的条件：{_values(old)} → {_values(new)}"
        yield Difference(f"rules.{number}.when", told, "blue")
    if old.serve != new.serve:
        told, tone = _of_serve(old.serve, new.serve)
        yield Difference(f"rules.{number}.serve", f"规则{called}{told}", tone)


def _values(rule: Rule) -> str:
    return "、".join(f"{len(each.values)} 个取值" for each in rule.when)


def _of_serve(old: Serve, new: Serve) -> tuple[str, Tone]:
    before, after = dict(old.split), dict(new.split)
    if not before or not after or old.by != new.by:
        return f"：{serve_in_words(old)} → {serve_in_words(new)}", "blue"
    if [name for name, _ in old.split if name in after] != [name for name, _ in new.split if name in before]:
        return f"的比例换了顺序（部分用户会换变体）：{serve_in_words(old)} → {serve_in_words(new)}", "amber"
    told = [
        f"{name} {percent(before.get(name, 0))} → {percent(after.get(name, 0))}"
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]
    return f"的比例：{'，'.join(told)}", "blue"


def _called(rule: Rule, number: int) -> str:
    return f"「{rule.name}」" if rule.name else f"「第 {number + 1} 条」"


def _scalar(value: Any) -> str:
    if value is None or value == "":
        return "（无）"
    return str(getattr(value, "label", value))


def _of_segments(before: Raw | None, after: Raw | None) -> list[Difference]:
    if after is None:
        return [Difference("segment", f"删除用户分组“{(before or {})['name']}”", "red")]
    new = parse_segment(after)
    if before is None:
        return [Difference("segment", f"新增用户分组“{new.name}”：{segment_in_words(new)}", "green")]
    old = parse_segment(before)
    return _or_rest([*_segment_parts(old, new)], old, new)


def _segment_parts(old: Segment, new: Segment) -> Iterator[Difference]:
    if old.name != new.name:
        yield Difference("name", f"名称：{old.name} → {new.name}", "gray")
    if old.description != new.description:
        yield Difference("description", f"说明：{_scalar(old.description)} → {_scalar(new.description)}", "gray")
    if canonical([plain(old).get("any"), old.logic]) == canonical([plain(new).get("any"), new.logic]):
        return
    came, went = _members(new) - _members(old), _members(old) - _members(new)
    if _shape(old) == _shape(new) and old.any:
        parts = [f"增加 {len(came)} 个取值（{_some(came)}）"] * bool(came)
        parts += [f"去掉 {len(went)} 个取值（{_some(went)}）"] * bool(went)
        yield Difference("any", f"条件：{'，'.join(parts) or '换了顺序'}", "blue")
    else:
        yield Difference("any", f"条件：{segment_in_words(old)} → {segment_in_words(new)}", "blue")


def segment_in_words(segment: Segment) -> str:
    """Who belongs to a segment."""
    if segment.logic is not None:
        return "按 JsonLogic 判断"
    return "；或者 ".join(when_in_words(group) for group in segment.any)


def _shape(segment: Segment) -> list[list[tuple[str, str, bool]]]:
    return [[(each.attribute, each.op, each.missing) for each in group] for group in segment.any]


def _members(segment: Segment) -> set[str]:
    return {f"{value}" for group in segment.any for each in group for value in each.values}


def _some(values: set[str]) -> str:
    named = sorted(values)[:3]
    return "、".join(named) + ("…" if len(values) > len(named) else "")
