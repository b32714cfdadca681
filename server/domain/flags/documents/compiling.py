"""Flags and segments as flagd's JSON: rules become JsonLogic, segments ``$evaluators``, prerequisites part of targeting.

Shares are bucketed by an explicit seed and not by the flag's key, so that a rename, a copy, a promotion, or the place
where a flag is asked as a prerequisite never moves anybody. Without the attribute to bucket by, a share is null: the
flag's default. What flagd's schema has no place for (names, tags, the rules as they were authored) goes beside it
under ``$authoring``, which flagd's schema lets pass and no evaluation reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.flags.documents.logic import condition_logic, conjunction
from server.domain.flags.documents.model import Flag, Prerequisite, Rule, Segment, Serve
from server.domain.flags.documents.parsing import parse_flag, parse_segment
from server.domain.flags.documents.plain import plain

Logic = Any
AUTHORING = "$authoring"
FORMAT = 1


def to_flagd(
    flags: Mapping[str, Mapping[str, Any]],
    segments: Mapping[str, Mapping[str, Any]],
    *,
    metadata: Mapping[str, str | int | float | bool] | None = None,
    authoring: bool = True,
) -> dict[str, Any]:
    """A flagd document of a whole set. The set must have passed ``check_whole``: a prerequisite that is not there is a
    KeyError. ``authoring`` False leaves out what only an import by us reads.
    """
    read = {key: parse_flag(raw) for key, raw in sorted(flags.items())}
    groups = {key: parse_segment(raw) for key, raw in sorted(segments.items())}
    document: dict[str, Any] = {"flags": {key: flagd_flag(flag, read) for key, flag in read.items()}}
    if groups:
        document["$evaluators"] = {key: segment_logic(group) for key, group in groups.items()}
    if metadata:
        document["metadata"] = dict(metadata)
    if authoring:
        document[AUTHORING] = {
            "format": FORMAT,
            "flags": {key: plain(flag) for key, flag in read.items()},
            "segments": {key: plain(group) for key, group in groups.items()},
        }
    return document


def flagd_flag(flag: Flag, others: Mapping[str, Flag]) -> dict[str, Any]:
    """One flag as flagd has it. ``others`` holds the flags that prerequisites name."""
    told: dict[str, Any] = {"state": "ENABLED" if flag.enabled else "DISABLED", "variants": dict(flag.variants)}
    if flag.default is not None:
        told["defaultVariant"] = flag.default
    logic = targeting_logic(flag, others)
    if logic is not None:
        told["targeting"] = logic
    if flag.metadata:
        told["metadata"] = dict(flag.metadata)
    return told


def targeting_logic(flag: Flag, others: Mapping[str, Flag]) -> Logic | None:
    """A flag's targeting: prerequisites first, then its rules in their order; None if it has neither."""
    logic = dict(flag.targeting) if flag.targeting is not None else _rules(flag)
    if not flag.prerequisites:
        return logic
    met = conjunction([_met(each, others) for each in flag.prerequisites])
    return {"if": [met, logic or None, flag.otherwise]}


def segment_logic(segment: Segment) -> Logic:
    """A segment as a shared evaluator."""
    if segment.logic is not None:
        return dict(segment.logic)
    groups = [conjunction([condition_logic(each) for each in group]) for group in segment.any]
    return groups[0] if len(groups) == 1 else {"or": groups}


def _rules(flag: Flag) -> Logic | None:
    logic: Logic | None = None
    for rule in reversed(flag.rules):
        logic = {"if": [_holds(rule), _served(rule.serve, flag.seed), logic]}
    return logic


def _holds(rule: Rule) -> Logic:
    return conjunction([condition_logic(each) for each in rule.when])


def _served(serve: Serve, seed: str) -> Logic:
    if serve.variant:
        return serve.variant
    by = {"var": serve.by}
    shares = [[variant, weight] for variant, weight in serve.split]
    return {"if": [by, {"fractional": [{"cat": [seed, by]}, *shares]}, None]}


def _met(prerequisite: Prerequisite, others: Mapping[str, Flag]) -> Logic:
    """Whether another flag comes to one of the wanted variants. A disabled flag comes to none."""
    other = others[prerequisite.flag]
    if not other.enabled:
        return False
    logic = targeting_logic(other, others)
    wanted: list[Any] = list(prerequisite.variants)
    if other.targeting is not None:
        # Raw logic may answer true or false, which flagd reads as the variants of these names.
        wanted += [truth for truth in (True, False) if str(truth).lower() in wanted]
        answer: Logic = {"if": [{"===": [logic, None]}, other.default, logic]}
    elif logic is None:
        answer = other.default
    else:
        # Our own rules come to a variant's name or null.
        answer = logic if other.default is None else {"or": [logic, other.default]}
    return {"in": [answer, wanted]}
