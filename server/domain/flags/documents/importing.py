"""flagd's JSON as flags and segments of ours.

What we exported comes back as it was. Anything else is read into rules where it has the shapes that we write ourselves,
and stays raw JsonLogic where it has not. Whatever is read is compiled again and compared: a reading that would not give
the very same flagd flag is not taken, so that an import never changes what anybody gets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from server.core.errors import Invalid
from server.domain.flags.documents.compiling import AUTHORING, flagd_flag, segment_logic
from server.domain.flags.documents.model import Flag, Segment
from server.domain.flags.documents.parsing import BadFlag, BadSegment, parse_flag, parse_segment
from server.domain.flags.documents.plain import plain
from server.domain.flags.documents.reading import Faults, is_json
from server.domain.flags.documents.shapes import rules_of, seed_in, when_of
from server.domain.flags.documents.vocabulary import KEY, Kind

PLACES = frozenset({"flags", "$evaluators", "metadata", "$schema", AUTHORING})
FLAG_PLACES = frozenset({"state", "variants", "defaultVariant", "targeting", "metadata"})
STATES = {"ENABLED": True, "DISABLED": False}


class BadImport(Invalid):
    """A flagd document that cannot be taken; ``fields`` names each fault by its path."""

    code = "bad_flag_import"
    message = "导入的内容有误，没有导入任何开关。"


def from_flagd(document: Any) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Flags and segments by key, as ``plain`` gives them. ``from_flagd(to_flagd(flags, segments)) == (flags,
    segments)`` for documents in their plain form. BadImport with paths for what cannot be taken.
    """
    faults: Faults = {}
    if not isinstance(document, Mapping) or not is_json(dict(document)):
        raise BadImport(fields={"document": ["应为 flagd 格式的 JSON 对象"]})
    for name in sorted(document.keys() - PLACES):
        faults.setdefault(str(name), []).append("没有这一项")
    flags = _part(document, "flags", faults)
    evaluators = _part(document, "$evaluators", faults)
    authored = document.get(AUTHORING)
    told = authored if isinstance(authored, Mapping) else {}
    segments = {
        key: _segment(key, logic, _authored(told, "segments", key), faults) for key, logic in evaluators.items()
    }
    ours = {key: flag for key in flags if (flag := _parsed(_authored(told, "flags", key))) is not None}
    read = {key: _flag(key, raw, ours, faults) for key, raw in flags.items()}
    if faults:
        raise BadImport(fields=faults)
    return (
        {key: plain(flag) for key, flag in read.items() if flag},
        {key: plain(segment) for key, segment in segments.items() if segment},
    )


def _part(document: Mapping[str, Any], name: str, faults: Faults) -> Mapping[str, Any]:
    value = document.get(name)
    if value is None and name != "flags":
        return {}
    if not isinstance(value, Mapping):
        faults.setdefault(name, []).append("应为一个对象")
        return {}
    for key in value:
        if not KEY.fullmatch(key):
            faults.setdefault(f"{name}.{key}", []).append("键由字母、数字、点、横线和下划线组成，不超过 100 字")
    return value


def _authored(told: Mapping[str, Any], part: str, key: str) -> Any:
    inside = told.get(part)
    return inside.get(key) if isinstance(inside, Mapping) else None


def _parsed(raw: Any) -> Flag | None:
    try:
        return parse_flag(raw) if raw is not None else None
    except BadFlag:
        return None


def _parsed_segment(raw: Any) -> Segment | None:
    try:
        return parse_segment(raw) if raw is not None else None
    except BadSegment:
        return None


def _flag(key: str, raw: Any, ours: Mapping[str, Flag], faults: Faults) -> Flag | None:
    known = ours.get(key)
    if known is not None and known.key == key and _gives(known, ours, raw):
        return known
    if not isinstance(raw, Mapping):
        faults.setdefault(f"flags.{key}", []).append("应为一个对象")
        return None
    for name in sorted(raw.keys() - FLAG_PLACES):
        faults.setdefault(f"flags.{key}.{name}", []).append("没有这一项")
    state = raw.get("state")
    if not isinstance(state, str) or state not in STATES:
        faults.setdefault(f"flags.{key}.state", []).append("应为 ENABLED 或 DISABLED")
        return None
    base = _base(key, raw, known)
    *readable, exact = _candidates(base, raw.get("targeting"))
    for candidate in readable:
        flag = _parsed(candidate)
        if flag is not None and _gives(flag, {}, raw):
            return flag
    try:
        return parse_flag(exact)
    except BadFlag as bad:
        for place, sentences in bad.fields.items():
            faults.setdefault(f"flags.{key}.{place}", []).extend(sentences)
    return None


def _base(key: str, raw: Mapping[str, Any], known: Flag | None) -> dict[str, Any]:
    """What a flag is beside its targeting; the words of one that we exported and somebody changed since are kept."""
    variants = raw.get("variants")
    words = {} if known is None else plain(known)
    words = {
        name: words[name]
        for name in ("name", "description", "owner", "tags", "permanent", "expires_on")
        if name in words
    }
    seed = seed_in(raw.get("targeting")) or (known.seed if known else _seed_for(key))
    return {
        "name": key,
        **words,
        "key": key,
        "kind": kind_of(variants).value,
        "enabled": STATES[raw["state"]],
        "variants": variants,
        "default": raw.get("defaultVariant") or None,
        "seed": seed,
        "metadata": raw.get("metadata"),
    }


def _candidates(base: dict[str, Any], logic: Any) -> list[dict[str, Any]]:
    """From the most to the least readable; the last one always says the same as the document."""
    if not logic:
        return [base]
    rules = rules_of(logic, base["seed"])
    raw = {**base, "targeting": logic}
    return [raw] if rules is None else [{**base, "rules": rules}, raw]


def _gives(flag: Flag, others: Mapping[str, Flag], raw: Any) -> bool:
    """Whether a flag compiles to what the document says."""
    if not isinstance(raw, Mapping):
        return False
    # null and empty mean absent
    said = {name: value for name, value in raw.items() if value not in (None, "", {})}
    try:
        return _same(flagd_flag(flag, others), said)
    except (KeyError, RecursionError):
        return False


def _same(left: Any, right: Any) -> bool:
    """Equality of JSON, which tells true from 1."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _segment(key: str, logic: Any, authored: Any, faults: Faults) -> Segment | None:
    known = _parsed_segment(authored)
    if known is not None and known.key == key and _same(segment_logic(known), logic):
        return known
    words = {"key": key, "name": known.name if known else key, "description": known.description if known else ""}
    groups = when_of(logic)
    readable = _parsed_segment({**words, "any": groups}) if groups else None
    if readable is not None and _same(segment_logic(readable), logic):
        return readable
    try:
        return parse_segment({**words, "logic": logic})
    except BadSegment as bad:
        for place, sentences in bad.fields.items():
            faults.setdefault(f"$evaluators.{key}.{place}", []).extend(sentences)
    return None


def kind_of(variants: Any) -> Kind:
    """The kind that the first variant's value has; the parser refuses the others if they differ."""
    first = next(iter(variants.values()), None) if isinstance(variants, Mapping) else None
    if isinstance(first, bool):
        return Kind.BOOLEAN
    if isinstance(first, (int, float)):
        return Kind.NUMBER
    return Kind.STRING if isinstance(first, str) else Kind.OBJECT


def _seed_for(key: str) -> str:
    """The seed of a flag that comes without one: the same at every import."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
