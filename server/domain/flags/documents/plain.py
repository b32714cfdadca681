"""Documents as JSON: only what is said, the same for the same content, and its SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from server.domain.flags.documents.model import Condition, Flag, Rule, Segment, Serve
from server.domain.flags.documents.reading import canonical
from server.domain.flags.documents.vocabulary import asks_for_missing


def plain(document: Flag | Segment) -> dict[str, Any]:
    """A flag or a segment as JSON is stored: what is empty or the default is left out, so that one content has one
    form. ``parse_flag(plain(flag)) == flag``.
    """
    return _flag(document) if isinstance(document, Flag) else _segment(document)


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex over canonical JSON (sorted keys, no blanks, UTF-8) of what ``plain`` gave."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _flag(flag: Flag) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": flag.key,
        "kind": flag.kind.value,
        "name": flag.name,
        "enabled": flag.enabled,
        "variants": dict(flag.variants),
        "seed": flag.seed,
        "bucketing": flag.bucketing,
    }
    optional: dict[str, Any] = {
        "description": flag.description,
        "owner": flag.owner,
        "tags": list(flag.tags),
        "permanent": flag.permanent,
        "expires_on": flag.expires_on.isoformat() if flag.expires_on else "",
        "default": flag.default,
        "prerequisites": [{"flag": each.flag, "variants": list(each.variants)} for each in flag.prerequisites],
        "otherwise": flag.otherwise,
        "rules": [_rule(rule) for rule in flag.rules],
        "metadata": dict(flag.metadata),
    }
    told.update({name: value for name, value in optional.items() if value})
    if flag.targeting is not None:
        told["targeting"] = dict(flag.targeting)
    return told


def _segment(segment: Segment) -> dict[str, Any]:
    told: dict[str, Any] = {"key": segment.key, "name": segment.name}
    if segment.description:
        told["description"] = segment.description
    if segment.any:
        told["any"] = [[plain_condition(each) for each in group] for group in segment.any]
    if segment.logic is not None:
        told["logic"] = dict(segment.logic)
    return told


def _rule(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {"when": [plain_condition(each) for each in rule.when], "serve": plain_serve(rule.serve)}
    return {"name": rule.name, **told} if rule.name else told


def plain_condition(condition: Condition) -> dict[str, Any]:
    """A condition as JSON."""
    told: dict[str, Any] = {"attribute": condition.attribute, "op": condition.op.value}
    if condition.values:
        told["values"] = list(condition.values)
    if asks_for_missing(condition.attribute, condition.op):
        told["missing"] = condition.missing
    return told


def plain_serve(serve: Serve) -> dict[str, Any]:
    """What a rule gives, as JSON."""
    if serve.variant:
        return {"variant": serve.variant}
    return {"split": [[variant, weight] for variant, weight in serve.split], "by": serve.by}
