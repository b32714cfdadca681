"""Every known difference to openfeature-flagd-core 2.0.0 (docs/flags.md, D1 to D16), from both sides."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from openfeature.contrib.tools.flagd.core import FlagdCore
from openfeature.exception import ParseError

from server.domain.flags.evaluation import BadDocument, ErrorCode, Reason, compile_set
from tests.flags.evaluation import oracle

AT = datetime(2026, 11, 21, tzinfo=UTC)
GENERAL, PARSE = ("ERROR", "GENERAL"), ("ERROR", "PARSE_ERROR")


def flag(targeting: Any = None, **members: Any) -> dict[str, Any]:
    return {
        "state": "ENABLED",
        "variants": {"on": "开", "off": "关"},
        "defaultVariant": "off",
        "targeting": targeting,
        **members,
    }


def document(targeting: Any = None, evaluators: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    return {"flags": {"f": flag(targeting, **members)}, "$evaluators": evaluators or {}}


def ours(made: dict[str, Any], context: dict[str, Any] | None = None) -> oracle.Answer:
    return oracle.ours(compile_set(made).resolve("f", context or {}, at=AT))


def theirs(made: dict[str, Any], context: dict[str, Any] | None = None, kind: str = "string") -> oracle.Answer:
    with oracle.quiet():
        return oracle.theirs(oracle.core_for(made), "f", kind, context or {})


def raised(made: dict[str, Any], context: dict[str, Any] | None = None) -> type[Exception]:
    with oracle.quiet(), pytest.raises(Exception) as caught:  # noqa: PT011
        oracle.core_for(made).resolve_string_value("f", "", _asked(context or {}))
    return caught.type


def _asked(context: dict[str, Any]) -> Any:
    from openfeature.evaluation_context import EvaluationContext

    return EvaluationContext(None, context)


@pytest.mark.parametrize(
    ("targeting", "context", "error"),
    [
        ({"var": ["a", "b", "c"]}, {}, TypeError),
        ({"/": [1, {"var": "nothing"}]}, {}, ZeroDivisionError),
        ({"map": [{"var": "tags"}, {"fractional": [["on", 1]]}]}, {"tags": ["a"]}, AttributeError),
        ({"substr": ["abc", {"var": "far"}]}, {"far": float("inf")}, OverflowError),
    ],
)
def test_d1_what_an_operator_raises_is_an_error_of_the_flag(
    targeting: Any, context: dict[str, Any], error: type[Exception]
) -> None:
    assert raised(document(targeting), context) is error
    assert ours(document(targeting), context) == GENERAL


def test_d2_evaluators_may_hold_any_text() -> None:
    def here(word: str) -> dict[str, Any]:
        return document({"if": [{"$ref": "here"}, "on", "off"]}, {"here": {"==": [{"var": "region"}, word]}})

    with pytest.raises(re.error):
        theirs(here("浙江"), {"region": "浙江"})
    assert ours(here("浙江"), {"region": "浙江"})[:2] == ("TARGETING_MATCH", "on")
    assert theirs(here("a\\b"), {"region": "a\\b"})[1] == "off"
    assert ours(here("a\\b"), {"region": "a\\b"})[1] == "on"


def test_d3_evaluators_refer_to_one_another_in_any_order() -> None:
    evaluators = {"inner": {"==": [{"var": "a"}, 1]}, "outer": {"and": [{"$ref": "inner"}, True]}}
    made = document({"if": [{"$ref": "outer"}, "on", "off"]}, evaluators)
    assert theirs(made, {"a": 1}) == PARSE
    assert ours(made, {"a": 1})[:2] == ("TARGETING_MATCH", "on")
    turned = document({"if": [{"$ref": "outer"}, "on", "off"]}, dict(reversed(evaluators.items())))
    assert theirs(turned, {"a": 1}) == ours(turned, {"a": 1})


def test_d4_variants_are_values() -> None:
    made = document(None, {"x": True}, variants={"off": {"a": {"$ref": "x"}}})
    assert theirs(made, kind="object")[2] == {"a": True}
    assert ours(made)[2] == {"a": {"$ref": "x"}}


@pytest.mark.parametrize(
    "evaluators", [{"a": {"!": {"$ref": "a"}}}, {"a": {"!": {"$ref": "b"}}, "b": {"!": {"$ref": "a"}}}]
)
def test_d5_circles_are_refused(evaluators: dict[str, Any]) -> None:
    made = document({"if": [{"$ref": "a"}, "on", "off"]}, evaluators)
    assert theirs(made) == PARSE
    with pytest.raises(BadDocument) as refused:
        compile_set(made)
    assert "a → " in refused.value.fields["flags.f.targeting"][0]


def test_d6_unknown_members_are_ignored() -> None:
    made = document(None, owner="唐川")
    with pytest.raises(ParseError):
        oracle.core_for(made)
    assert ours(made)[:2] == ("STATIC", "off")


def test_d7_a_variant_that_is_null() -> None:
    made = document(None, variants={"off": None})
    assert theirs(made) == ("ERROR", "TYPE_MISMATCH")
    assert ours(made) == GENERAL


def test_d8_nesting_has_a_limit() -> None:
    rule: Any = "on"
    for _ in range(600):
        rule = {"if": [True, rule]}
    assert raised(document(rule)) is RecursionError
    with pytest.raises(BadDocument) as refused:
        compile_set(document(rule))
    assert refused.value.fields == {"flags.f.targeting": ["规则嵌套超过 100 层"]}


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, float("nan"), float("inf")])
def test_d9_numbers_that_json_cannot_say(number: float) -> None:
    for made in (document(None, variants={"off": number}), document(None, metadata={"limit": number})):
        FlagdCore().set_flags({"flags": {"f": dict(made["flags"]["f"])}})
        with pytest.raises(BadDocument):
            compile_set(made)


@pytest.mark.parametrize(
    ("op", "start"),
    [("cat", "aaaaaaaa"), ("merge", [1, 2, 3, 4, 5, 6, 7, 8]), ("*", 2**64)],
)
def test_d10_what_is_built_has_a_limit(op: str, start: Any) -> None:
    doubled = {op: [{"var": "accumulator"}, {"var": "accumulator"}]}
    made = document({"if": [{"reduce": [{"var": "tags"}, doubled, start]}, "on", "off"]})
    assert theirs(made, {"tags": [0] * 20})[:2] == ("TARGETING_MATCH", "on")
    assert ours(made, {"tags": [0] * 20}) == GENERAL
    assert ours(made, {"tags": [0] * 10})[:2] == ("TARGETING_MATCH", "on")


def test_d11_log_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    made = document({"log": {"var": "name"}})
    assert theirs(made, {"name": "on"})[1] == "on"
    assert capsys.readouterr().out == '"on"\n'
    assert ours(made, {"name": "on"})[1] == "on"
    assert capsys.readouterr().out == ""


def test_d12_an_operator_with_a_dot() -> None:
    made = document({"log.x": 1})
    assert raised(made) is TypeError
    assert ours(made) == PARSE


def test_d13_a_disabled_flag_has_its_default_variant() -> None:
    made = document(None, state="DISABLED")
    details = oracle.core_for(made).resolve_string_value("f", "mine")
    assert (details.variant, details.reason) == (None, "DISABLED")
    resolution = compile_set(made).resolve("f", {}, at=AT)
    assert (resolution.variant, resolution.reason, resolution.value, resolution.enabled) == (
        "off",
        Reason.DISABLED,
        None,
        False,
    )


def test_d14_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    made = document({"sem_ver": [{"var": "version"}, ">", "1.0.0"]})
    core = oracle.core_for(made)
    core.resolve_string_value("f", "", _asked({"version": "2024.01.05"}))
    assert "is not valid SemVer" in caplog.text
    caplog.clear()
    assert ours(made, {"version": "2024.01.05"})[:2] == ("DEFAULT", "off")
    assert not caplog.records


def test_d15_dates_are_no_json() -> None:
    made = document({"if": [{">": [{"var": "day"}, 0]}, "on", "off"]})
    assert theirs(made, {"day": AT})[1] == "on"
    assert ours(made, {"day": AT}) == GENERAL


@pytest.mark.parametrize("metadata", [[], ""])
def test_d16_empty_metadata_of_another_type(metadata: Any) -> None:
    made = document(None, metadata=metadata)
    assert raised(made) is AttributeError
    assert ours(made)[:2] == ("STATIC", "off")


def test_no_flag_is_an_error_on_both_sides() -> None:
    assert compile_set({"flags": {}}).resolve("f", {}, at=AT).error_code is ErrorCode.FLAG_NOT_FOUND
    assert theirs({"flags": {}}) == ("ERROR", "FLAG_NOT_FOUND")


@pytest.mark.parametrize(
    "broken",
    [
        {"flags": {"f": {"variants": {"on": 1}}}},
        {"flags": {"f": {"state": "enabled", "variants": {"on": 1}}}},
        {"flags": {"f": {"state": "ENABLED"}}},
        {"flags": {"f": {"state": "ENABLED", "variants": {}}}},
        {"flags": {"f": {"state": "ENABLED", "variants": ["on"]}}},
        {"flags": {"f": {"state": "ENABLED", "variants": {"on": 1}, "defaultVariant": 5}}},
        {"flags": {"f": {"state": "ENABLED", "variants": {"on": 1}, "metadata": {"a": None}}}},
        {"flags": {"f": {"state": "ENABLED", "variants": {"on": 1}, "metadata": {"": 1}}}},
        {"flags": [], "metadata": {}},
        {"flags": {}, "metadata": []},
        {"flags": {}, "metadata": {"a": {}}},
    ],
)
def test_both_refuse_the_same_documents(broken: dict[str, Any]) -> None:
    with pytest.raises(BadDocument) as refused:
        compile_set(broken)
    assert refused.value.fields
    with pytest.raises(ParseError):
        oracle.core_for(broken)
