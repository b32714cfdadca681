"""Documents and contexts that mean harm: a clear refusal, or an error of one flag; never an exception, never slow."""

from __future__ import annotations

import json
import logging
import math
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.flags.evaluation import BadDocument, ErrorCode, check, compile_set
from tests.flags.evaluation.generated import Drawn

AT = datetime(2026, 11, 21, tzinfo=UTC)


def document(rule: Any, evaluators: dict[str, Any] | None = None) -> dict[str, Any]:
    flags = {
        "f": {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off", "targeting": rule}
    }
    return {"flags": flags, "$evaluators": evaluators or {}}


def nested(levels: int, wrap: str = "!") -> Any:
    rule: Any = "on"
    for _ in range(levels):
        rule = [rule] if wrap == "[" else {wrap: [rule]}
    return rule


@pytest.mark.parametrize("wrap", ["!", "if", "and", "cat", "map", "merge", "fractional", "no_such"])
@pytest.mark.parametrize("levels", [101, 100_000])
def test_deep_rules_are_refused(wrap: str, levels: int) -> None:
    with pytest.raises(BadDocument, match="功能开关文档有误"):
        compile_set(document(nested(levels, wrap)))
    if wrap != "!":  # flagd's schema takes any list as its operand and does not look into it
        with pytest.raises(BadDocument):
            check(document({"!": nested(levels, wrap)}))


def test_deep_lists_and_values_are_refused() -> None:
    for made in (
        document({"merge": nested(5000, "[")}),
        {"flags": {"f": {"state": "ENABLED", "variants": {"a": nested(5000, "[")}}}},
    ):
        with pytest.raises(BadDocument):
            compile_set(made)


def test_ninety_levels_are_fine() -> None:
    made = document({"if": [nested(90), "on"]})
    check(made)
    assert compile_set(made).resolve("f", {}, at=AT).variant == "on"
    assert compile_set(made).trace("f", {}, at=AT).rule is not None


def test_evaluators_that_double_one_another_are_refused_at_once() -> None:
    evaluators: dict[str, Any] = {f"e{n}": {"and": [{"$ref": f"e{n + 1}"}, {"$ref": f"e{n + 1}"}]} for n in range(60)}
    for last in ({"var": "a"}, {"var": "$flagd.flagKey"}):  # shared by all flags, and compiled for each
        start = time.process_time()
        with pytest.raises(BadDocument) as refused:
            compile_set(document({"$ref": "e0"}, evaluators | {"e60": last}))
        assert refused.value.fields == {"flags.f.targeting": ["规则展开后超过 500000 项"]}
        assert time.process_time() - start < 1


def test_an_allow_list_of_a_hundred_thousand_costs_no_more_than_one_of_ten() -> None:
    listed = [f"user-{number}" for number in range(100_000)]
    rule = {"if": [{"in": [{"var": "targetingKey"}, {"$ref": "testers"}]}, "on", "off"]}
    made = document(rule, {"testers": listed})
    made["flags"] |= {f"f{number}": made["flags"]["f"] for number in range(20)}  # one set for all of them
    start = time.process_time()
    compiled = compile_set(made)
    assert time.process_time() - start < 2
    start = time.process_time()
    for number in range(10_000):
        assert compiled.resolve("f", {"targetingKey": f"user-{99_999 - number}"}, at=AT).variant == "on"
    assert time.process_time() - start < 1, "0.1 ms each at the very most: nobody walks the list"
    assert compiled.resolve("f", {"targetingKey": ["user-1"]}, at=AT).variant == "off"


HOSTILE: list[Any] = [
    None, True, math.nan, math.inf, -math.inf, 10**400, -(10**5000), 1e308, "", "9" * 10_000, "\ud800", "\x00", [], {}, [[]],
    nested(3000, "["), {"a": {"b": math.nan}}, [math.inf], ["\ud800"], {"\ud800": 1}, "1.2.3-" + "a." * 5000, {"flagKey": 5}, "null",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_no_context_raises_or_logs(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    drawn = Drawn(seed)
    made, kinds = drawn.document()
    compiled = compile_set(made)
    caplog.set_level(logging.DEBUG)
    for _ in range(20):
        context = drawn.context() | {
            drawn.random.choice([*drawn.context(), "targetingKey", "$flagd", ""]): value for value in HOSTILE
        }
        for name in ("version", "tags", "targetingKey", "profile", "$flagd", "email", "age"):
            context[name] = drawn.random.choice(HOSTILE)
        entries = json.loads(compiled.bulk(context, at=AT))["flags"]
        assert [entry["key"] for entry in entries] == sorted(kinds)
    assert not caplog.records


@given(
    st.dictionaries(
        st.text(), st.from_type(object) | st.dates() | st.binary() | st.fractions() | st.sets(st.integers()), max_size=3
    )
)
def test_things_that_are_no_json_cost_one_flag_its_answer_at_most(context: dict[str, Any]) -> None:
    rule = {
        "if": [
            {"in": [{"var": ""}, [1]]},
            "on",
            {"<": [{"cat": [{"var": ""}]}, 5]},
            "off",
            {"fractional": [{"var": ""}, ["on", 1]]},
        ]
    }
    resolution = compile_set(document(rule)).resolve("f", context, at=AT)
    assert resolution.error_code in (None, ErrorCode.GENERAL)


def test_one_flag_in_error_leaves_the_others_alone() -> None:
    made = document({"/": [1, {"var": "zero"}]})
    made["flags"]["g"] = {"state": "ENABLED", "variants": {"on": 1}, "defaultVariant": "on"}
    answers = compile_set(made).resolve_all({"zero": 0}, at=AT)
    assert [(answer.error_code, answer.value) for answer in answers] == [("GENERAL", None), (None, 1)]


@pytest.mark.parametrize("key", ["\ud800", "x" * 100_000, "\x00", ""])
def test_keys_that_nobody_has(key: str) -> None:
    body = json.loads(compile_set({"flags": {}}).single(key, {}, at=AT))
    assert body["errorCode"] == "FLAG_NOT_FOUND"
    assert len(body["errorDetails"]) < 200


@pytest.mark.parametrize(
    "made", [[], None, "{}", 5, {"flags": None}, {"flags": {"f": None}}, {"flags": {}, "$evaluators": [1]}]
)
def test_what_is_no_document(made: Any) -> None:
    with pytest.raises(BadDocument):
        check(made)
    if isinstance(made, dict):
        with pytest.raises(BadDocument):
            compile_set(made)


def test_faults_name_their_paths_in_chinese() -> None:
    rule = {"if": [{"sem_ver": [{"var": "v"}, ">>", "1.2"]}, "on", {"var": "$flagd.x"}]}
    made = document(rule) | {"metadata": {"version": 7}}
    made["flags"] |= {"g": {"state": "on", "variants": {"a": 1, "b": "2"}, "defaultVariant": 5}}
    with pytest.raises(BadDocument) as refused:
        check(made)
    assert refused.value.fields == {
        "flags.f.targeting.if[0].sem_ver[2]": ["应为完整的语义化版本号，或由 var 取得"],
        "flags.f.targeting.if[0].sem_ver[1]": ["关系应为 = != < <= > >= ^ ~ 之一"],
        "flags.f.targeting.if[2].var": ["$flagd 只有 timestamp 和 flagKey"],
        "flags.g.state": ["应为 ENABLED 或 DISABLED"],
        "flags.g.defaultVariant": ["应为变体的名称，或为空"],
        "flags.g.variants": ["变体的值应同为真假值、数、文字或对象"],
        "metadata.version": ["应为文字"],
    }
