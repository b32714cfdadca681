"""Flags and segments from JSON: every fault is named by its path, and nothing that is not understood passes."""

from __future__ import annotations

from datetime import date
from typing import Any

from server.core.errors import Invalid
from server.domain.flags.documents.conditions import read_condition
from server.domain.flags.documents.model import Flag, Prerequisite, Rule, Segment, Serve
from server.domain.flags.documents.reading import Faults, Reader, canonical, is_json, printable
from server.domain.flags.documents.vocabulary import (
    ATTRIBUTE,
    BUCKETING,
    KEY,
    SEED,
    SEGMENT,
    TARGETING_KEY,
    TIME,
    WHOLE_SHARE,
    Kind,
)

MOST_VARIANTS = 50
MOST_RULES = 50
MOST_CONDITIONS = 20
MOST_GROUPS = 20
MOST_PREREQUISITES = 10
MOST_TAGS = 20
LONGEST_NAME = 100
LONGEST_TAG = 30
LONGEST_DOCUMENT = 256 * 1024
# JSON numbers beyond this are not the same for every reader (RFC 8259 §6); flagd's schema refuses them, too.
SAFE_INTEGER = 2**53 - 1
KEY_TOLD = "由字母、数字、点、横线和下划线组成，不超过 100 字"


class BadFlag(Invalid):
    """A flag's document is wrong; ``fields`` names each fault by its path."""

    code = "bad_flag"
    message = "开关内容有误，请按提示修改。"


class BadSegment(Invalid):
    """A segment's document is wrong."""

    code = "bad_segment"
    message = "用户分组内容有误，请按提示修改。"


def parse_flag(raw: Any) -> Flag:
    """A flag from JSON as it is stored or sent; BadFlag with a sentence for every path that is wrong."""
    faults: Faults = {}
    r = Reader(raw, "", faults)
    kind = Kind(chosen) if (chosen := r.text("kind", most=20)) in set(Kind) else None
    if kind is None:
        r.fault("kind", "应为布尔、文本、数值或对象之一")
    flag = Flag(
        key=_key(r),
        kind=kind or Kind.BOOLEAN,
        name=r.text("name", most=100, needed=True),
        description=r.text("description", most=2000),
        owner=r.text("owner", most=50),
        tags=_tags(r),
        permanent=r.truth("permanent"),
        expires_on=_day(r, "expires_on"),
        enabled=r.truth("enabled", default=True),
        variants=_variants(r, kind),
        default=r.text("default", most=100) or None,
        seed=_seed(r),
        bucketing=r.text("bucketing", most=10) or BUCKETING,
        prerequisites=r.each("prerequisites", _prerequisite, most=MOST_PREREQUISITES),
        otherwise=r.text("otherwise", most=100) or None,
        rules=r.each("rules", _rule, most=MOST_RULES),
        targeting=_logic(r, "targeting"),
        metadata=_metadata(r),
    )
    r.refuse_unknown()
    _check_flag(r, flag)
    if not faults and len(canonical(raw)) > LONGEST_DOCUMENT:
        r.fault("", "内容过大")
    if faults:
        raise BadFlag(fields=faults)
    return flag


def parse_segment(raw: Any) -> Segment:
    """A segment from JSON; BadSegment with a sentence for every path that is wrong."""
    faults: Faults = {}
    r = Reader(raw, "", faults)
    segment = Segment(
        key=_key(r),
        name=r.text("name", most=100, needed=True),
        description=r.text("description", most=2000),
        any=_groups(r),
        logic=_logic(r, "logic"),
    )
    r.refuse_unknown()
    if bool(segment.any) == (segment.logic is not None) and not faults:
        r.fault("any", "至少要有一组条件" if not segment.any else "条件与 JsonLogic 只能有一种")
    if any(condition.attribute == SEGMENT for group in segment.any for condition in group):
        r.fault("any", "用户分组的条件里不能再用用户分组")
    if not faults and len(canonical(raw)) > LONGEST_DOCUMENT:
        r.fault("", "内容过大")
    if faults:
        raise BadSegment(fields=faults)
    return segment


def _check_flag(r: Reader, flag: Flag) -> None:
    """What the parts say about each other."""
    if flag.bucketing != BUCKETING:
        r.fault("bucketing", f"只认得分桶方式 {BUCKETING}")
    if flag.rules and flag.targeting is not None:
        r.fault("targeting", "规则与 JsonLogic 只能有一种")
    if len({each.flag for each in flag.prerequisites}) != len(flag.prerequisites):
        r.fault("prerequisites", "同一个开关只能作一次前提")
    if flag.otherwise is not None and not flag.prerequisites:
        r.fault("otherwise", "没有前提，不需要“前提不满足时”的变体")
    if flag.variants:
        _check_variants(r, flag)


def _check_variants(r: Reader, flag: Flag) -> None:
    """Every variant that is named has to be there."""
    if flag.default is not None and flag.default not in flag.variants:
        r.fault("default", "默认变体不在变体之中")
    if flag.otherwise is not None and flag.otherwise not in flag.variants:
        r.fault("otherwise", "“前提不满足时”的变体不在变体之中")
    for number, rule in enumerate(flag.rules):
        named = [rule.serve.variant] if rule.serve.variant else [variant for variant, _ in rule.serve.split]
        for variant in named:
            if variant not in flag.variants:
                r.fault(f"rules.{number}.serve", f"变体“{variant}”不存在")


def _key(r: Reader) -> str:
    key = r.text("key", most=100, needed=True)
    if key and not KEY.fullmatch(key):
        r.fault("key", KEY_TOLD)
        return ""
    return key


def _seed(r: Reader) -> str:
    seed = r.text("seed", most=32, needed=True)
    if seed and not SEED.fullmatch(seed):
        r.fault("seed", "应为 32 位十六进制小写字符")
    return seed


def _tags(r: Reader) -> tuple[str, ...]:
    rows = r.rows("tags", most=MOST_TAGS)
    if not all(_is_name(tag, LONGEST_TAG) for tag in rows):
        r.fault("tags", f"标签应为不超过 {LONGEST_TAG} 字的文字")
        return ()
    return tuple(dict.fromkeys(rows))


def _day(r: Reader, name: str) -> date | None:
    value = r.raw(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        r.fault(name, "日期应写成 2026-03-31")
        return None


def _variants(r: Reader, kind: Kind | None) -> dict[str, Any]:
    value = r.raw("variants")
    if not isinstance(value, dict) or not 0 < len(value) <= MOST_VARIANTS:
        r.fault("variants", f"应有 1 至 {MOST_VARIANTS} 个变体")
        return {}
    kept: dict[str, Any] = {}
    for name, each in value.items():
        if not _is_name(name, LONGEST_NAME):
            r.fault("variants", f"变体名应为不超过 {LONGEST_NAME} 字的文字")
        elif kind is not None and not _fits(kind, each):
            r.fault(f"variants.{name}", f"取值应为{kind.label}")
        else:
            kept[name] = int(each) if isinstance(each, float) and each.is_integer() else each
    return kept


def _is_name(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and printable(value) and value == value.strip()


def _fits(kind: Kind, value: Any) -> bool:
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.STRING:
        return isinstance(value, str) and printable(value)
    if kind is Kind.OBJECT:
        return isinstance(value, dict) and is_json(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not is_json(value):
        return False
    return not float(value).is_integer() or abs(value) <= SAFE_INTEGER


def _prerequisite(r: Reader) -> Prerequisite:
    flag = r.text("flag", most=100, needed=True)
    if flag and not KEY.fullmatch(flag):
        r.fault("flag", KEY_TOLD)
    variants = r.rows("variants", most=MOST_VARIANTS)
    if not variants or not all(_is_name(each, LONGEST_NAME) for each in variants):
        r.fault("variants", "至少要有一个变体")
        variants = []
    return Prerequisite(flag, tuple(dict.fromkeys(variants)))


def _rule(r: Reader) -> Rule:
    return Rule(
        name=r.text("name", most=100),
        when=r.each("when", read_condition, most=MOST_CONDITIONS),
        serve=_serve(r),
    )


def _serve(r: Reader) -> Serve:
    serve = Reader(r.raw("serve"), r.place("serve"), r.faults)
    variant = serve.text("variant", most=100)
    rows = serve.rows("split", most=MOST_VARIANTS)
    by = serve.text("by", most=200) or TARGETING_KEY
    serve.refuse_unknown()
    if bool(variant) == bool(rows):
        serve.fault("", "要么给一个变体，要么按比例分给几个变体")
        return Serve(variant)
    if variant:
        if serve.data.get("by") is not None:
            serve.fault("by", "只有按比例分配才需要分桶依据")
        return Serve(variant)
    if not ATTRIBUTE.fullmatch(by) or by in {TIME, SEGMENT}:
        serve.fault("by", "不能按这一项分桶")
    return Serve(split=_split(serve, rows), by=by)


def _split(r: Reader, rows: list[Any]) -> tuple[tuple[str, int], ...]:
    pairs = [(row[0], row[1]) for row in rows if isinstance(row, (list, tuple)) and len(row) == 2]  # noqa: PLR2004
    good = len(pairs) == len(rows) and all(
        isinstance(variant, str) and variant and type(weight) is int and 0 <= weight <= WHOLE_SHARE
        for variant, weight in pairs
    )
    if not good:
        r.fault("split", f"每一项应为变体和 0 至 {WHOLE_SHARE} 的整数")
        return ()
    if len({variant for variant, _ in pairs}) != len(pairs) or len(pairs) < 2:  # noqa: PLR2004
        r.fault("split", "应有两个以上互不相同的变体")
    if sum(weight for _, weight in pairs) != WHOLE_SHARE:
        r.fault("split", "比例合计应为 100%")
    return tuple(pairs)


def _groups(r: Reader) -> tuple[tuple[Any, ...], ...]:
    groups = []
    for number, rows in enumerate(r.rows("any", most=MOST_GROUPS)):
        group = Reader({"when": rows}, f"{r.place('any')}.{number}", r.faults)
        conditions = group.each("when", read_condition, most=MOST_CONDITIONS)
        if not conditions:
            group.fault("", "一组里至少要有一个条件")
        groups.append(conditions)
    return tuple(groups)


def _logic(r: Reader, name: str) -> dict[str, Any] | None:
    value = r.raw(name)
    if value is None or value == {}:
        return None
    if not isinstance(value, dict) or not is_json(value):
        r.fault(name, "应为 JsonLogic 对象")
        return None
    return value


def _metadata(r: Reader) -> dict[str, Any]:
    value = r.raw("metadata")
    if value is None:
        return {}
    good = isinstance(value, dict) and all(
        isinstance(key, str) and key and isinstance(each, (str, int, float)) and is_json({key: each})
        for key, each in value.items()
    )
    if not good:
        r.fault("metadata", "附加信息只能是文字、数或是否")
        return {}
    return dict(value)
