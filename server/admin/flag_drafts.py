"""A flag while it is being edited: what the form holds, whether or not it makes sense yet, and the way to a document.

A draft keeps what was typed. ``raw_of`` makes a document of it for ``flags.parse_flag``, whose paths then name the same
rows: rule 0 of the form is ``rules.0`` of the document.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from server.admin.flag_conditions import ConditionRow, condition_rows
from server.domain import flags
from server.domain.flags import Kind

Raw = dict[str, Any]
RULES, LOGIC = "rules", "logic"
SPLIT = ""
HUNDRED = 100
SEED_BYTES = 16


@dataclass
class VariantRow:
    """A variant as it is typed; ``value`` in the words of the kind."""

    name: str = ""
    value: str = ""


@dataclass
class ShareRow:
    """A variant's part in percent; empty: it takes no part."""

    variant: str
    percent: str = ""


@dataclass
class RuleRow:
    """A rule. ``give`` names a variant; SPLIT stands for shares."""

    name: str = ""
    when: list[ConditionRow] = field(default_factory=list)
    give: str = ""
    by: str = "targetingKey"
    shares: list[ShareRow] = field(default_factory=list)


@dataclass
class PrerequisiteRow:
    """Another flag and the variants that will do, one a line or with commas."""

    flag: str = ""
    variants: str = ""


@dataclass
class Draft:
    """Everything that the form shows."""

    key: str
    kind: str = Kind.BOOLEAN.value
    name: str = ""
    description: str = ""
    owner: str = ""
    tags: str = ""
    permanent: bool = False
    expires_on: str = ""
    enabled: bool = True
    default: str = ""
    otherwise: str = ""
    seed: str = ""
    metadata: str = "{}"
    mode: str = RULES
    logic: str = ""
    variants: list[VariantRow] = field(default_factory=list)
    prerequisites: list[PrerequisiteRow] = field(default_factory=list)
    rules: list[RuleRow] = field(default_factory=list)

    @property
    def variant_names(self) -> list[str]:
        """The variants that have a name, for the choices."""
        return [row.name for row in self.variants if row.name]

    def settled(self) -> Draft:
        """With a share row for every variant in every rule: those that are there first, the default last."""
        names = [
            *(n for n in self.variant_names if n != self.default),
            *(n for n in self.variant_names if n == self.default),
        ]
        for rule in self.rules:
            there = [row for row in rule.shares if row.variant in names]
            known = {row.variant for row in there}
            rule.shares = [*there, *(ShareRow(name) for name in names if name not in known)]
        return self


def draft_of(document: Mapping[str, Any]) -> Draft:
    """A document as the form shows it."""
    flag = flags.parse_flag(document)
    ordered = dict.fromkeys([*(name for rule in flag.rules for name, _ in rule.serve.split), *flag.variants])
    return Draft(
        key=flag.key,
        kind=flag.kind.value,
        name=flag.name,
        description=flag.description,
        owner=flag.owner,
        tags=joined(flag.tags),
        permanent=flag.permanent,
        expires_on=flag.expires_on.isoformat() if flag.expires_on else "",
        enabled=flag.enabled,
        default=flag.default or "",
        otherwise=flag.otherwise or "",
        seed=flag.seed,
        metadata=json.dumps(dict(flag.metadata), ensure_ascii=False),
        mode=RULES if flag.targeting is None else LOGIC,
        logic="" if flag.targeting is None else pretty(flag.targeting),
        variants=[VariantRow(name, typed(flag.kind, flag.variants[name])) for name in ordered],
        prerequisites=[PrerequisiteRow(each.flag, joined(each.variants)) for each in flag.prerequisites],
        rules=[_rule_row(rule) for rule in flag.rules],
    ).settled()


def raw_of(draft: Draft) -> tuple[Raw, dict[str, list[str]]]:
    """The document that a draft means, for the parser, and what cannot even be read, by path."""
    faults: dict[str, list[str]] = {}
    raw: Raw = {
        "key": draft.key,
        "kind": draft.kind,
        "name": draft.name,
        "description": draft.description,
        "owner": draft.owner,
        "tags": words_of(draft.tags),
        "permanent": draft.permanent,
        "expires_on": draft.expires_on or None,
        "enabled": draft.enabled,
        "default": draft.default or None,
        "otherwise": (draft.otherwise or None) if draft.prerequisites else None,
        "seed": draft.seed,
        "metadata": _json(draft.metadata, "metadata", faults),
        "variants": _variants(draft, faults),
        "prerequisites": [{"flag": row.flag, "variants": words_of(row.variants)} for row in draft.prerequisites],
    }
    if draft.mode == LOGIC:
        raw["targeting"] = _json(draft.logic, "targeting", faults) if draft.logic.strip() else None
    else:
        raw["rules"] = [_rule(number, row, faults) for number, row in enumerate(draft.rules)]
    return {name: value for name, value in raw.items() if value is not None}, faults


def document_of(draft: Draft) -> tuple[Raw | None, dict[str, list[str]]]:
    """The document in plain form; None with sentences by path where the draft is wrong."""
    raw, faults = raw_of(draft)
    try:
        document = flags.plain(flags.parse_flag(raw))
    except flags.BadFlag as bad:
        return None, {**{path: list(texts) for path, texts in bad.fields.items()}, **faults}
    return (None, faults) if faults else (document, {})


def new_seed() -> str:
    """A seed for a flag that is made anew; it stays for the flag's life."""
    return secrets.token_hex(SEED_BYTES)


def typed(kind: Kind, value: Any) -> str:
    """A variant's value as it is typed."""
    if kind is Kind.STRING:
        return str(value)
    return pretty(value) if kind is Kind.OBJECT else json.dumps(value)


def pretty(value: Any) -> str:
    """JSON as people edit it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def words_of(text: str) -> list[str]:
    """Words between commas, 、 or line ends; without any of these, between blanks."""
    for mark in ("，", ",", "\n"):
        text = text.replace(mark, "、")
    parts = text.split("、") if "、" in text else text.split()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def joined(words: Iterable[str]) -> str:
    """Words as ``words_of`` takes them apart again: one with a blank in it stays one."""
    text = "、".join(words)
    return f"{text}、" if " " in text and "、" not in text else text


def _rule_row(rule: flags.Rule) -> RuleRow:
    shares = [ShareRow(name, flags.percent(weight).removesuffix("%")) for name, weight in rule.serve.split]
    return RuleRow(rule.name, condition_rows(rule.when), rule.serve.variant, rule.serve.by, shares)


def _rule(number: int, row: RuleRow, faults: dict[str, list[str]]) -> Raw:
    serve: Raw = {"variant": row.give}
    if row.give == SPLIT:
        shares = []
        for share in row.shares:
            weight = _weight(share.percent)
            if weight is None and share.percent.strip():
                told = f"“{share.variant}”的比例应为 0 至 100 的数，最多两位小数"
                faults.setdefault(f"rules.{number}.serve.split", []).append(told)
            if weight is not None:
                shares.append([share.variant, weight])
        serve = {"split": shares, "by": row.by or "targetingKey"}
    return {"name": row.name, "when": [condition.raw() for condition in row.when], "serve": serve}


def _weight(percent: str) -> int | None:
    """Hundredths of a percent; None for what is no such number."""
    try:
        weight = Decimal(percent.strip().removesuffix("%")) * HUNDRED
    except InvalidOperation:
        return None
    fits = weight.is_finite() and weight == weight.to_integral_value() and 0 <= weight <= flags.WHOLE_SHARE
    return int(weight) if fits else None


def _variants(draft: Draft, faults: dict[str, list[str]]) -> Raw:
    found: Raw = {}
    for row in draft.variants:
        if row.name in found:
            faults.setdefault("variants", []).append(f"变体“{row.name}”写了两次")
        found[row.name] = _value(draft.kind, row)
    return found


def _value(kind: str, row: VariantRow) -> Any:
    if kind == Kind.STRING:
        return row.value
    try:
        return json.loads(row.value, parse_constant=str)
    except (ValueError, RecursionError):
        # The parser says what the kind wants.
        return row.value


def _json(text: str, path: str, faults: dict[str, list[str]]) -> Any:
    try:
        return json.loads(text, parse_constant=str)
    except ValueError as wrong:
        line = getattr(wrong, "lineno", 1)
        faults.setdefault(path, []).append(f"第 {line} 行附近不是有效的 JSON")
    except RecursionError:
        faults.setdefault(path, []).append("嵌套过深")
    return None
