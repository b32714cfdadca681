"""What flagd's JSON schema says of a document, as code with Chinese sentences: the same is refused and the same taken.

The schema itself is not carried here; a test compares with the validator that flagd's own npm package ships.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from server.domain.flags.evaluation.compiler import DEEPEST
from server.domain.flags.evaluation.reading import STATES, BadDocument
from server.domain.flags.evaluation.semver import RANGES, STRICT

LINE_ENDS = frozenset("\n\r\u2028\u2029")
OWN = "$flagd."
OWN_NAMES = frozenset({"$flagd.timestamp", "$flagd.flagKey"})
SHOWN_FAULTS = 50

Faults = dict[str, list[str]]
Check = Callable[[Faults, str, Any, int], None]


def check(document: Any) -> None:
    """Raises BadDocument with every path at which flagd's schema (flags and targeting) refuses the document."""
    faults: Faults = {}
    if not isinstance(document, Mapping):
        raise BadDocument(fields={"": ["应为对象"]})
    if "flags" not in document:
        faults["flags"] = ["缺少 flags"]
    else:
        _named(faults, "flags", document["flags"], _flag)
    if "$evaluators" in document:
        _named(faults, "$evaluators", document["$evaluators"], _targeting)
    if "metadata" in document:
        _metadata(faults, "metadata", document["metadata"])
        if isinstance(document["metadata"], Mapping):
            for name in ("flagSetId", "version"):
                if not isinstance(document["metadata"].get(name, ""), str):
                    faults[f"metadata.{name}"] = ["应为文字"]
    if faults:
        raise BadDocument(fields=dict(list(faults.items())[:SHOWN_FAULTS]))


def _named(faults: Faults, path: str, part: Any, each: Callable[[Faults, str, Any], None]) -> None:
    if not isinstance(part, Mapping):
        faults[path] = ["应为对象"]
        return
    for name, value in part.items():
        if _is_name(name):
            each(faults, f"{path}.{name}", value)
        else:
            faults[path] = ["名称不能为空，也不能有换行"]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name) and LINE_ENDS.isdisjoint(name)


def _flag(faults: Faults, path: str, flag: Any) -> None:
    if not isinstance(flag, Mapping):
        faults[path] = ["应为对象"]
        return
    if flag.get("state") not in STATES:
        faults[f"{path}.state"] = ["应为 ENABLED 或 DISABLED"]
    if not isinstance(flag.get("defaultVariant"), (str, type(None))):
        faults[f"{path}.defaultVariant"] = ["应为变体的名称，或为空"]
    _variants(faults, f"{path}.variants", flag.get("variants"))
    if "targeting" in flag:
        _targeting(faults, f"{path}.targeting", flag["targeting"])
    if "metadata" in flag:
        _metadata(faults, f"{path}.metadata", flag["metadata"])


def _variants(faults: Faults, path: str, variants: Any) -> None:
    if not isinstance(variants, Mapping) or not variants:
        faults[path] = ["至少要有一个变体"]
    elif not all(_is_name(name) for name in variants):
        faults[path] = ["变体的名称不能为空，也不能有换行"]
    elif (types := {_type(value) for value in variants.values()}) == {None} or len(types) > 1:
        faults[path] = ["变体的值应同为真假值、数、文字或对象"]


def _type(value: Any) -> str | None:
    """The type of a variant's value; None for what no flag may have."""
    if isinstance(value, bool):
        return "boolean"
    if _is_number(value):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else None


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _metadata(faults: Faults, path: str, metadata: Any) -> None:
    if not isinstance(metadata, Mapping):
        faults[path] = ["应为对象"]
        return
    for name, value in metadata.items():
        if not isinstance(value, (str, bool)) and not _is_number(value):
            faults[f"{path}.{name}"] = ["应为文字、数或真假值"]


def _targeting(faults: Faults, path: str, targeting: Any) -> None:
    if isinstance(targeting, Mapping):
        _rule(faults, path, targeting, 1)
    else:
        faults[path] = ["应为对象"]


def _rule(faults: Faults, path: str, rule: Any, depth: int) -> None:
    """An operator over its operands. Several may stand side by side if they are of one group, and so may none."""
    if not isinstance(rule, Mapping):
        faults[path] = ["应为规则"]
    elif depth > DEEPEST:
        faults[path] = [f"规则嵌套超过 {DEEPEST} 层"]
    elif unknown := [op for op in rule if op not in GROUPS]:
        faults[path] = [f"没有运算符 {str(unknown[0])[:50]}"]
    elif len({GROUPS[op][0] for op in rule}) > 1:
        faults[path] = ["一处只能有一个运算符"]
    else:
        for op, written in rule.items():
            GROUPS[op][1](faults, f"{path}.{op}", written, depth + 1)


def _operand(faults: Faults, path: str, operand: Any, depth: int) -> None:
    """A shared evaluator's name, a rule, or a plain value; what is in a list is not looked at."""
    if not isinstance(operand, Mapping):
        return
    if not operand:
        faults[path] = ["不能是空对象"]
    elif set(operand) == {"$ref"}:
        if not isinstance(operand["$ref"], str):
            faults[path] = ["$ref 应为共用规则的名称"]
    else:
        _rule(faults, path, operand, depth)


def _several(faults: Faults, path: str, written: Any, depth: int, *, least: int, most: int | None, each: Check) -> None:
    if not isinstance(written, list):
        faults[path] = ["应为列表"]
    elif len(written) < least or (most is not None and len(written) > most):
        faults[path] = [f"参数应为 {least} 个" if least == most else f"参数应为 {least} 至 {most or '多'} 个"]
    else:
        for index, operand in enumerate(written):
            each(faults, f"{path}[{index}]", operand, depth)


def _var(faults: Faults, path: str, written: Any, _: int) -> None:
    own = isinstance(written, str) and written.startswith(OWN) and LINE_ENDS.isdisjoint(written)
    if own and written not in OWN_NAMES:
        faults[path] = ["$flagd 只有 timestamp 和 flagKey"]


def _missing(faults: Faults, path: str, written: Any, _: int) -> None:
    if not isinstance(written, list) or not all(isinstance(name, str) for name in written):
        faults[path] = ["应为属性名称的列表"]


def _missing_some(faults: Faults, path: str, written: Any, depth: int) -> None:
    if not isinstance(written, list) or len(written) != 2 or not _is_number(written[0]):  # noqa: PLR2004
        faults[path] = ["应为个数和属性名称的列表"]
    else:
        _missing(faults, f"{path}[1]", written[1], depth)


def _text_or_rule(faults: Faults, path: str, operand: Any, depth: int) -> None:
    if not isinstance(operand, str):
        _rule(faults, path, operand, depth)


def _sem_ver(faults: Faults, path: str, written: Any, depth: int) -> None:
    if not isinstance(written, list) or len(written) != 3:  # noqa: PLR2004
        faults[path] = ["参数应为 3 个：版本、关系、版本"]
        return
    for index in (0, 2):
        _version(faults, f"{path}[{index}]", written[index], depth)
    if not isinstance(written[1], str) or written[1] not in RANGES:
        faults[f"{path}[1]"] = ["关系应为 " + " ".join(RANGES) + " 之一"]


def _version(faults: Faults, path: str, operand: Any, depth: int) -> None:
    if isinstance(operand, Mapping) and set(operand) <= {"var"}:
        _rule(faults, path, operand, depth)
    elif not isinstance(operand, str) or STRICT.fullmatch(operand) is None:
        faults[path] = ["应为完整的语义化版本号，或由 var 取得"]


def _fractional(faults: Faults, path: str, written: Any, depth: int) -> None:
    if not isinstance(written, list) or not written:
        faults[path] = ["至少要有一个份额"]
        return
    first = 0 if isinstance(written[0], list) else 1
    if first:
        _rule(faults, f"{path}[0]", written[0], depth)
    for index, share in enumerate(written[first:], first):
        _share(faults, f"{path}[{index}]", share, depth)


def _share(faults: Faults, path: str, share: Any, depth: int) -> None:
    if not isinstance(share, list) or not 1 <= len(share) <= 2:  # noqa: PLR2004
        faults[path] = ["份额应为变体和权重"]
        return
    _operand(faults, f"{path}[0]", share[0], depth)
    weight = share[1] if len(share) > 1 else 1
    if isinstance(weight, Mapping):
        _rule(faults, f"{path}[1]", weight, depth)
    elif not _is_number(weight) or weight != int(weight) or weight < 0:
        faults[f"{path}[1]"] = ["权重应为不小于 0 的整数"]


def _operands(least: int, most: int | None, each: Check = _operand) -> Check:
    return partial(_several, least=least, most=most, each=each)


GROUPS: Mapping[Any, tuple[str, Check]] = {
    "var": ("var", _var),
    "missing": ("missing", _missing),
    "missing_some": ("missing_some", _missing_some),
    "if": ("two", _operands(1, None)),
    **dict.fromkeys(
        ("==", "===", "!=", "!==", ">", ">=", "%", "/", "map", "filter", "all", "none", "some", "in"),
        ("two", _operands(2, 2)),
    ),
    **dict.fromkeys(("substr", "<", "<="), ("three", _operands(2, 3))),
    "*": ("product", _operands(2, None)),
    **dict.fromkeys(("!", "!!"), ("one", _operand)),
    **dict.fromkeys(("or", "and", "+", "-", "max", "min", "merge", "cat"), ("many", _operands(1, None))),
    "reduce": ("reduce", _operands(3, 3)),
    **dict.fromkeys(("starts_with", "ends_with"), ("text", _operands(2, 2, _text_or_rule))),
    "sem_ver": ("sem_ver", _sem_ver),
    "fractional": ("fractional", _fractional),
}
"""Per operator the group beside whose members it may stand, and what it wants of its operands."""
