"""What is refused, by its path; and what only the whole set can tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.core.errors import Invalid
from server.domain.flags.documents import (
    BadFlag,
    BadSegment,
    BadSet,
    check_whole,
    from_flagd,
    parse_flag,
    parse_segment,
    plain,
    to_flagd,
)
from tests.flags.documents import made
from tests.flags.documents.made import SEED, flag, rule, segment, when


def good(**changes: Any) -> dict[str, Any]:
    return {
        "key": "a",
        "kind": "boolean",
        "name": "名",
        "variants": {"on": True, "off": False},
        "default": "off",
        "seed": SEED,
        **changes,
    }


def one_rule(**changes: Any) -> dict[str, Any]:
    return good(rules=[{**rule(""), **changes}])


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ([], "document"),
        (good(key="中文"), "key"),
        (good(key="a/b"), "key"),
        (good(key="x" * 101), "key"),
        (good(kind="bool"), "kind"),
        (good(name=""), "name"),
        (good(name="零\x00"), "name"),
        (good(name="\ud800"), "name"),
        (good(variants={}), "variants"),
        (good(variants={"on": True, "off": "no"}), "variants.off"),
        (good(variants={"on": True, " off": False}), "variants"),
        (good(kind="number", variants={"a": 2**53}, default=None), "variants.a"),
        (good(kind="number", variants={"a": float("nan")}, default=None), "variants.a"),
        (good(kind="number", variants={"a": True}, default=None), "variants.a"),
        (good(kind="object", variants={"a": [1]}, default=None), "variants.a"),
        (good(default="gone"), "default"),
        (good(otherwise="off"), "otherwise"),
        (good(seed="xyz"), "seed"),
        (good(bucketing="v2"), "bucketing"),
        (good(surprise=1), "surprise"),
        (good(enabled="yes"), "enabled"),
        (good(expires_on="31.12.2026"), "expires_on"),
        (good(tags=[1]), "tags"),
        (good(metadata={"a": [1]}), "metadata"),
        (good(rules=[rule("")], targeting={"if": [1, "on", None]}), "targeting"),
        (good(targeting="x"), "targeting"),
        (good(prerequisites=[{"flag": "b", "variants": []}]), "prerequisites.0.variants"),
        (good(prerequisites=[{"flag": "b", "variants": ["on"]}] * 2), "prerequisites"),
        (one_rule(serve={"variant": "gone"}), "rules.0.serve"),
        (one_rule(serve={}), "rules.0.serve"),
        (one_rule(serve={"variant": "on", "split": [["on", 1], ["off", 9999]]}), "rules.0.serve"),
        (one_rule(serve={"split": [["on", 1], ["off", 1]]}), "rules.0.serve.split"),
        (one_rule(serve={"split": [["on", 5000], ["on", 5000]]}), "rules.0.serve.split"),
        (one_rule(serve={"split": [["on", -1], ["off", 10001]]}), "rules.0.serve.split"),
        (one_rule(serve={"split": [["on", True], ["off", 9999]]}), "rules.0.serve.split"),
        (one_rule(serve={"split": [["on", 1], ["off", 9999]], "by": "time"}), "rules.0.serve.by"),
        (one_rule(when=[when("$flagd.x", "in", "a")]), "rules.0.when.0.attribute"),
        (one_rule(when=[when("region", "near", "a")]), "rules.0.when.0.op"),
        (one_rule(when=[when("region", "at_least", "a")]), "rules.0.when.0.op"),
        (one_rule(when=[when("region", "in")]), "rules.0.when.0.values"),
        (one_rule(when=[when("region", "in", 3)]), "rules.0.when.0.values"),
        (one_rule(when=[when("region", "in", "a", missing=True)]), "rules.0.when.0.missing"),
        (one_rule(when=[when("version", "at_least", "1.04.0")]), "rules.0.when.0.values"),
        (one_rule(when=[when("version", "at_least", "1.4.0", "1.5.0")]), "rules.0.when.0.values"),
        (one_rule(when=[when("version", "between", "1.5.0", "1.4.0")]), "rules.0.when.0.values"),
        (one_rule(when=[when("version", "range", "^")]), "rules.0.when.0.values"),
        (one_rule(when=[when("version", "at_least", "1.4.0", missing="no")]), "rules.0.when.0.missing"),
        (one_rule(when=[when("time", "from", "2026-01-01")]), "rules.0.when.0.values"),
        (one_rule(when=[when("time", "from", "0001-01-01T00:00:00+08:00")]), "rules.0.when.0.values"),
        (one_rule(when=[when("age", "below", "18")]), "rules.0.when.0.values"),
        (one_rule(when=[when("segment", "in", "a b")]), "rules.0.when.0.values"),
        (one_rule(when="x"), "rules.0.when"),
    ],
)
def test_a_wrong_flag_names_the_path(raw: Any, path: str) -> None:
    with pytest.raises(BadFlag) as refused:
        parse_flag(raw)
    assert path in refused.value.fields


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"key": "s", "name": "n"}, "any"),
        ({"key": "s", "name": "n", "any": [[]]}, "any.0"),
        ({"key": "s", "name": "n", "any": [[when("segment", "in", "t")]]}, "any"),
        ({"key": "s", "name": "n", "any": [[when("region", "in", "a")]], "logic": {"!": [1]}}, "any"),
        ({"key": "s", "any": [[when("region", "in", "a")]]}, "name"),
    ],
)
def test_a_wrong_segment_names_the_path(raw: Any, path: str) -> None:
    with pytest.raises(BadSegment) as refused:
        parse_segment(raw)
    assert path in refused.value.fields


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadFlag) as refused:
        parse_flag(good(key="", name="", seed="", kind="x"))
    assert set(refused.value.fields) >= {"key", "name", "seed", "kind"}


def needs(key: str, *others: str) -> dict[str, Any]:
    return flag(key, prerequisites=[{"flag": other, "variants": ["on"]} for other in others])


def faults_of(*flags: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(BadSet) as refused:
        check_whole({each["key"]: each for each in flags}, {"testers": segment()})
    return dict(refused.value.fields)


def test_a_circle_is_told_once_by_its_way() -> None:
    found = faults_of(needs("甲".encode().hex(), "b"), needs("b", "c"), needs("c", "b"))
    assert list(found.values()) == [["前提成环：b→c→b"]]
    assert faults_of(needs("a", "a")) == {"a": ["前提成环：a→a"]}


def test_unknown_names_are_told() -> None:
    wrong = flag("x", rules=[rule("", when("segment", "in", "nobody"))])
    assert "nobody" in faults_of(wrong)["x"][0]
    assert "gone" in faults_of(needs("x", "gone"))["x"][0]
    assert "maybe" in faults_of(flag("y"), flag("x", prerequisites=[{"flag": "y", "variants": ["maybe"]}]))["x"][0]
    assert "ghost" in faults_of(flag("x", targeting={"if": [{"$ref": "ghost"}, "on", None]}))["x"][0]


def test_a_share_by_the_flags_own_key_is_no_prerequisite() -> None:
    raw = flag("raw", targeting={"fractional": [["on", 1], ["off", 1]]})
    assert "分桶" in faults_of(raw, needs("x", "raw"))["x"][0]
    check_whole({"raw": raw}, {})


def test_prerequisites_are_not_nested_beyond_reason() -> None:
    chain = [flag("f0"), *(needs(f"f{n}", f"f{n - 1}") for n in range(1, 6))]
    check_whole({each["key"]: each for each in chain}, {})
    assert "层层相套" in faults_of(*chain, needs("f6", "f5"))["f6"][0]


# -- whatever is sent ----------------------------------------------------------------------------------------------

NAMES = ["if", "and", "or", "in", "var", "cat", "!", "===", "!==", "fractional", "sem_ver", "op", "values"]
TEXTS = ["on", "version", "1.4.0", "^1", "between", "time", "$ref", *NAMES]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(TEXTS)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)
few = settings(max_examples=60, deadline=None)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for name, each in inner for place in places(each, (*path, name))]


def spoiled(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with something else at a place."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = spoiled(document[path[0]], path[1:], value)
    return copy


def fields_or_none(call: Any) -> Any:
    """What a call gives; None where it refuses with places."""
    try:
        return call()
    except Invalid as refused:
        return None if refused.fields else pytest.fail("refused without a place")


@few
@given(made.flags(), anything, st.data())
def test_a_spoiled_flag_is_refused_or_taken(document: made.Document, value: Any, data: st.DataObject) -> None:
    wrong = spoiled(document, data.draw(st.sampled_from(places(document))), value)
    taken = fields_or_none(lambda: parse_flag(wrong))
    assert taken is None or parse_flag(plain(taken)) == taken


@few
@given(made.sets(), anything, st.data())
def test_a_spoiled_import_is_refused_or_taken(whole: made.Set, value: Any, data: st.DataObject) -> None:
    flags, segments = whole
    exported = to_flagd(flags, segments, authoring=data.draw(st.booleans()))
    wrong = spoiled(exported, data.draw(st.sampled_from(places(exported))), value)
    for part in fields_or_none(lambda: from_flagd(wrong)) or ():
        for each in part.values():
            parse = parse_segment if each["key"] in segments else parse_flag
            assert plain(parse(each)) == each
