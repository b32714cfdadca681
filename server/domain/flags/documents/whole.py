"""What only the whole set can tell: names that nobody has, prerequisites that run in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from server.core.errors import Invalid
from server.domain.flags.documents.model import Condition, Flag, Segment
from server.domain.flags.documents.parsing import parse_flag, parse_segment
from server.domain.flags.documents.reading import Faults
from server.domain.flags.documents.vocabulary import SEGMENT

# A prerequisite is written out where it is asked; these keep a flag's targeting readable and small.
MOST_DEPTH = 5
MOST_WRITTEN_OUT = 100


class BadSet(Invalid):
    """The flags and segments of a set do not fit together; ``fields`` is keyed by the flag."""

    code = "bad_flag_set"
    message = "开关之间的引用有误，请按提示修改。"


def check_whole(flags: Mapping[str, Mapping[str, Any]], segments: Mapping[str, Mapping[str, Any]]) -> None:
    """BadSet if a set names a segment, flag or variant that is not there, or a circle 甲→乙→甲; BadFlag and BadSegment
    if a document itself is wrong.
    """
    read = {key: parse_flag(raw) for key, raw in flags.items()}
    groups = {key: parse_segment(raw) for key, raw in segments.items()}
    faults: Faults = {}
    for key, flag in read.items():
        _check_segments(key, flag, groups, faults)
        _check_prerequisites(key, flag, read, faults)
    for key, group in groups.items():
        for named in sorted(references(group.logic or {})):
            if named not in groups or named == key:
                faults.setdefault(key, []).append(f"用户分组“{key}”引用的“{named}”不存在")
    if not faults:
        for key in read:
            _check_size(key, read, faults)
    if faults:
        raise BadSet(fields=faults)


def segments_of(flag: Flag) -> set[str]:
    """The segments that a flag's rules name."""
    named = {
        str(value)
        for rule in flag.rules
        for condition in rule.when
        if condition.attribute == SEGMENT
        for value in condition.values
    }
    return named | references(flag.targeting or {})


def attributes_of(document: Flag | Segment) -> set[str]:
    """The attributes that a document's conditions and shares read; of raw logic, those that ``var`` names."""
    if isinstance(document, Segment):
        return {each.attribute for group in document.any for each in group} | _variables(document.logic or {})
    conditions: Iterator[Condition] = (each for rule in document.rules for each in rule.when)
    by = {rule.serve.by for rule in document.rules if rule.serve.split}
    return {each.attribute for each in conditions} | by | _variables(document.targeting or {})


def references(logic: Any) -> set[str]:
    """The shared evaluators that raw logic names."""
    return {str(value) for name, value in _entries(logic) if name == "$ref"}


def _variables(logic: Any) -> set[str]:
    named = (
        value[0] if isinstance(value, list) and value else value for name, value in _entries(logic) if name == "var"
    )
    return {each for each in named if isinstance(each, str) and each}


def _entries(logic: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(logic, Mapping):
        for name, value in logic.items():
            yield name, value
            yield from _entries(value)
    elif isinstance(logic, list):
        for each in logic:
            yield from _entries(each)


def _check_segments(key: str, flag: Flag, groups: Mapping[str, Segment], faults: Faults) -> None:
    for named in sorted(segments_of(flag) - groups.keys()):
        faults.setdefault(key, []).append(f"开关“{key}”用到的用户分组“{named}”不存在")


def _check_prerequisites(key: str, flag: Flag, flags: Mapping[str, Flag], faults: Faults) -> None:
    for prerequisite in flag.prerequisites:
        other = flags.get(prerequisite.flag)
        if other is None:
            faults.setdefault(key, []).append(f"开关“{key}”的前提“{prerequisite.flag}”不存在")
            continue
        for variant in prerequisite.variants:
            if variant not in other.variants:
                faults.setdefault(key, []).append(f"前提“{prerequisite.flag}”没有变体“{variant}”")
        if other.targeting is not None and _depends_on_its_key(other.targeting):
            told = f"前提“{prerequisite.flag}”按开关自己的键分桶，写进别的开关会分得不同，请先写明分桶依据"
            faults.setdefault(key, []).append(told)
    circle = circle_from(key, flags)
    if circle and circle[0] == min(circle[:-1]):
        # a circle is told once, by the first of its flags
        faults.setdefault(key, []).append(f"前提成环：{'→'.join(circle)}")


def circle_from(key: str, flags: Mapping[str, Flag]) -> list[str]:
    """The way along prerequisites from a flag back to itself; empty if there is none."""
    seen: set[str] = set()
    ways = [[key]]
    while ways:
        way = ways.pop()
        flag = flags.get(way[-1])
        for each in flag.prerequisites if flag else ():
            if each.flag == key:
                return [*way, key]
            if each.flag not in seen:
                seen.add(each.flag)
                ways.append([*way, each.flag])
    return []


def _depends_on_its_key(logic: Any) -> bool:
    """Whether raw logic asks for the flag's own key: by name, or by the short form of a share."""
    for name, value in _entries(logic):
        if name == "var" and "flagKey" in str(value):
            return True
        if name == "fractional" and isinstance(value, list) and value and isinstance(value[0], list):
            return True
    return False


def _check_size(key: str, flags: Mapping[str, Flag], faults: Faults) -> None:
    level, written = [key], 0
    for _ in range(MOST_DEPTH + 1):
        level = [each.flag for name in level for each in flags[name].prerequisites]
        written += len(level)
        if not level or written > MOST_WRITTEN_OUT:
            break
    if level:
        faults.setdefault(key, []).append(f"开关“{key}”的前提层层相套，超过了 {MOST_DEPTH} 层或 {MOST_WRITTEN_OUT} 处")
