"""Why a flag came to its value: the steps agree with the answer and say what was and was not evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from server.domain.flags.evaluation import FlagSet, Step, compile_set
from server.domain.flags.evaluation.flagset import variant_named
from tests.flags.evaluation.generated import Drawn

AT = datetime(2026, 11, 21, tzinfo=UTC)
RULE = {
    "if": [
        {"in": [{"var": "targetingKey"}, ["u-7", "u-9"]]},
        "on",
        {"and": [{"$ref": "new"}, {"in": [{"var": "platform"}, ["ios", "android"]]}]},
        {"fractional": [["on", 2500], ["off", 7500]]},
        "off",
    ]
}


@pytest.fixture(scope="module")
def flags() -> FlagSet:
    made = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off", "targeting": RULE}
    others = {
        "none": {"state": "ENABLED", "variants": {"on": 1}, "defaultVariant": "on"},
        "cut": made | {"state": "DISABLED"},
        "odd": made | {"targeting": {"if": [{"/": [1, {"var": "zero"}]}, "on"]}},
        "each": made | {"targeting": {"if": [{"some": [{"var": "tags"}, {"==": [{"var": ""}, "x"]}]}, "on"]}},
    }
    new = {"sem_ver": [{"var": "version"}, ">=", "1.4.0"]}
    return compile_set({"flags": {"f": made, **others}, "$evaluators": {"new": new}})


def rule(flags: FlagSet, key: str, **context: Any) -> Step:
    step = flags.trace(key, context, at=AT).rule
    assert step is not None
    return step


def every(step: Step) -> Iterator[Step]:
    yield step
    for operand in step.operands:
        yield from every(operand)


def test_the_branch_that_was_taken(flags: FlagSet) -> None:
    top = rule(flags, "f", targetingKey="u-7")
    listed, then, second, share, other = top.operands
    assert (top.op, top.value, top.path) == ("if", "on", ())
    assert (listed.op, listed.value, listed.path) == ("in", True, ("if", 0))
    assert listed.operands[0].value == "u-7"
    assert listed.operands[1].value == ["u-7", "u-9"]
    assert (then.op, then.reached, then.value) == (None, True, "on")
    assert not any(step.reached or step.values for skipped in (second, share, other) for step in every(skipped))


def test_a_percentage_says_how_it_was_dealt(flags: FlagSet) -> None:
    top = rule(flags, "f", targetingKey="u-1", version="1.10.0", platform="ios")
    both, share = top.operands[2], top.operands[3]
    assert both.value is True
    reference = both.operands[0]
    assert (reference.op, reference.raw, reference.value) == ("$ref", {"$ref": "new"}, True)
    (inner,) = reference.operands
    assert (inner.op, inner.operands[0].value, inner.path) == ("sem_ver", "1.10.0", ("if", 2, "and", 0, "$ref", 0))
    dealt = share.bucketing
    assert dealt is not None
    assert (dealt.by, dealt.total) == (["f", "u-1"], 10_000)
    assert dealt.shares == (("on", 0, 2500), ("off", 2500, 10_000))
    assert share.value == next(name for name, start, end in dealt.shares if start <= dealt.place < end)
    assert dealt.place == (dealt.hashed * 10_000) >> 32


def test_no_version_is_null_and_ends_an_and(flags: FlagSet) -> None:
    both = rule(flags, "f", targetingKey="u-1", version="latest", platform="ios").operands[2]
    assert both.value is None
    assert both.operands[0].value is None
    assert both.operands[0].reached
    assert not both.operands[1].reached


def test_an_error_stands_where_it_happened(flags: FlagSet) -> None:
    trace = flags.trace("odd", {"zero": 0}, at=AT)
    assert trace.resolution.error_code == "GENERAL"
    assert trace.rule is not None
    division = trace.rule.operands[0]
    assert division.error == "ZeroDivisionError: division by zero"
    assert division.operands[1].value == 0
    assert not trace.rule.operands[1].reached


def test_what_ran_on_each_item_shows_the_first_values(flags: FlagSet) -> None:
    test = rule(flags, "each", tags=["y"] * 30 + ["x", "z"]).operands[0].operands[1]
    assert (test.times, len(test.values)) == (31, 20)
    assert set(test.values) == {False}


@pytest.mark.parametrize("key", ["none", "cut", "nobody"])
def test_a_flag_without_a_rule_to_follow(flags: FlagSet, key: str) -> None:
    trace = flags.trace(key, {}, at=AT)
    assert trace.rule is None
    assert trace.resolution == flags.resolve(key, {}, at=AT)


@pytest.mark.parametrize("seed", range(150))
def test_drawn_traces_come_to_the_answer(seed: int) -> None:
    drawn = Drawn(seed)
    document, kinds = drawn.document()
    compiled = compile_set(document)
    for context in (drawn.context() for _ in range(4)):
        for key in kinds:
            trace = compiled.trace(key, context, at=AT)
            assert trace.resolution == compiled.resolve(key, context, at=AT)
            if trace.rule is None:
                continue
            reason = trace.resolution.reason
            if reason == "TARGETING_MATCH":
                assert (
                    trace.rule.value == trace.resolution.variant
                    or variant_named(trace.rule.value) == trace.resolution.variant
                )
            elif reason == "DEFAULT":
                assert trace.rule.values == (None,)
            assert all(step.reached or not step.values for step in every(trace.rule))
