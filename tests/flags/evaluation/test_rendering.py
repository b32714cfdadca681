"""The bytes of OFREP answers: what the clients of other people break on is never sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from server.domain.flags.evaluation import compile_set, kind_of

AT = datetime(2026, 11, 21, tzinfo=UTC)


def flag(variants: dict[str, Any], default: Any = "off", **members: Any) -> dict[str, Any]:
    return {"state": "ENABLED", "variants": variants, "defaultVariant": default, **members}


FLAGS = {
    "z-static": flag({"off": False}),
    "a-match": flag(
        {"on": "开", "off": "关"},
        targeting={"if": [{"var": "vip"}, "on"]},
        metadata={"owner": "唐川", "version": "own"},
    ),
    "code": flag({"on": 1}, None),
    "disabled": flag({"on": 1, "off": 2}, state="DISABLED"),
    "bare": {"state": "DISABLED", "variants": {"on": 1}},
    "broken": flag({"off": 1}, targeting={"no_such": 1}),
    "gone": flag({"on": 1}, "off"),
    "object": flag({"off": {"甲": [1, 2.0, None]}}),
}
SET = compile_set({"flags": FLAGS, "metadata": {"flagSetId": "trial", "version": "7"}})


def single(key: str, context: dict[str, Any] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(SET.single(key, context or {}, at=AT))
    return body


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("z-static", {"value": False, "variant": "off", "reason": "STATIC"}),
        ("a-match", {"value": "开", "variant": "on", "reason": "TARGETING_MATCH"}),
        ("code", {"variant": "", "reason": "DEFAULT"}),
        ("disabled", {"variant": "off", "reason": "DISABLED"}),
        ("bare", {"variant": "", "reason": "DISABLED"}),
        ("broken", {"errorCode": "PARSE_ERROR", "errorDetails": "规则无法理解：no_such"}),
        ("gone", {"errorCode": "GENERAL", "errorDetails": "默认变体 off 不存在"}),
        ("no/such flag", {"errorCode": "FLAG_NOT_FOUND", "errorDetails": "没有功能开关 no/such flag"}),
        ("object", {"value": {"甲": [1, 2.0, None]}, "variant": "off", "reason": "STATIC"}),
    ],
)
def test_one_flag(key: str, expected: dict[str, Any]) -> None:
    body = single(key, {"vip": True})
    metadata = body.pop("metadata")
    assert body == {"key": key, **expected}
    own = {"owner": "唐川", "version": "own"} if key == "a-match" else {"version": "7"}
    assert metadata == {"flagSetId": "trial", **own}


def test_a_bulk_has_every_flag_in_the_order_of_their_keys() -> None:
    body = json.loads(SET.bulk({}, at=AT))
    assert [entry["key"] for entry in body["flags"]] == sorted(FLAGS)
    assert body["metadata"] == {"flagSetId": "trial", "version": "7"}
    for entry in body["flags"]:
        failed = {"errorCode", "errorDetails"} & entry.keys()
        answered = {"value", "variant", "reason"} & entry.keys()
        assert bool(failed) != bool(answered), "success or failure, never a mix"
        assert entry.get("value", 0) is not None


def test_no_flags_are_a_bulk_too() -> None:
    assert compile_set({"flags": {}}).bulk({}, at=AT) == b'{"flags":[]}'
    assert compile_set({}).resolve_all({}, at=AT) == []


@pytest.mark.parametrize(
    ("variants", "kind", "written"),
    [
        ({"off": 1, "on": 2.5}, "float", b'"value":1.0'),
        ({"off": 1.0}, "float", b'"value":1.0'),
        ({"off": 1, "on": 2}, "integer", b'"value":1,'),
        ({"off": True}, "boolean", b'"value":true'),
        ({"off": "1"}, "string", b'"value":"1"'),
        ({"off": {}}, "object", b'"value":{}'),
        ({"off": 1, "on": "1"}, "mixed", b'"value":1,'),
        ({"off": True, "on": 1}, "mixed", b'"value":true'),
    ],
)
def test_the_kind_of_a_flag_is_that_of_its_variants(variants: dict[str, Any], kind: str, written: bytes) -> None:
    compiled = compile_set({"flags": {"f": flag(variants)}})
    assert compiled.flags["f"].kind == kind == kind_of(variants.values())
    assert written in compiled.single("f", {}, at=AT)
    assert type(compiled.resolve("f", {}, at=AT).value) is (float if kind == "float" else type(variants["off"]))


def test_a_number_or_a_truth_names_the_variant_written_like_it() -> None:
    rule = {"var": "which"}
    compiled = compile_set({"flags": {"f": flag({"true": 1, "2": 2, "2.0": 3, "off": 4}, targeting=rule)}})
    for which, value in ((True, 1), (2, 2), (2.0, 3), (None, 4)):
        assert compiled.resolve("f", {"which": which}, at=AT).value == value
    assert compiled.resolve("f", {"which": [2]}, at=AT).error_details == "规则得出的变体 [2] 不存在"


def test_a_default_variant_may_be_a_truth() -> None:
    compiled = compile_set({"flags": {"f": flag({"true": 1}, default=True), "g": flag({"false": 0}, default=False)}})
    assert [answer.value for answer in compiled.resolve_all({}, at=AT)] == [1, 0]
