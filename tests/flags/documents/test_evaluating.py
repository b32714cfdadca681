"""What authored documents come to in the engine: versions, missing values, prerequisites, shares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.flags.documents import grow, to_flagd
from server.domain.flags.evaluation import Resolution, compile_set
from tests.flags.documents import made
from tests.flags.documents.made import Document, Set, flag, rule, when

AT = datetime(2026, 1, 15, tzinfo=UTC)
USERS = [f"user-{number}" for number in range(400)]


def resolve(key: str, context: Mapping[str, Any], *flags: Document, at: datetime = AT) -> Resolution:
    segments = {"testers": made.segment("testers", "u1", "u2")}
    document = to_flagd({each["key"]: each for each in flags}, segments)
    return compile_set(document).resolve(key, context, at=at)


def holds(condition: Document, context: Mapping[str, Any], *, at: datetime = AT) -> bool:
    return resolve("new-search", context, flag(rules=[rule("", condition)]), at=at).variant == "on"


@pytest.mark.parametrize(
    ("op", "values", "version", "held"),
    [
        ("at_least", ["1.4.0"], "1.4.0", True),
        ("at_least", ["1.4.0"], "1.4.0-rc.1", False),
        ("at_least", ["1.4.0-rc.1"], "1.4.0", True),
        ("at_least", ["1.9.0"], "1.10.0", True),
        ("above", ["1.4.0"], "1.4.0", False),
        ("above", ["1.4.0"], "1.4.1", True),
        ("at_most", ["1.4.0"], "1.4.0+build.7", True),
        ("below", ["2.0.0"], "2.0.0-rc.1", True),
        ("equals", ["1.4"], "v1.4.0", True),
        ("between", ["1.4.0", "1.6.0"], "1.6.0", True),
        ("between", ["1.4.0", "1.6.0"], "1.6.1", False),
        ("one_of", ["1.4.0", "1.4.2"], "1.4.2", True),
        ("one_of", ["1.4.0", "1.4.2"], "1.4.1", False),
        ("not_one_of", ["1.4.0", "1.4.2"], "1.4.1", True),
        ("not_one_of", ["1.4.0", "1.4.2"], "1.4.2", False),
        ("range", ["^1.4.0"], "1.0.0", False),
        ("range", ["^1.4.0"], "1.99.0", True),
        ("range", ["^1.4.0"], "1.5.0-beta.1", True),
        ("range", ["^1.4.0"], "2.0.0", False),
        ("range", ["^1.4.0"], "2.0.0-rc.1", False),
        ("range", ["^0.2.3"], "0.2.9", True),
        ("range", ["^0.2.3"], "0.3.0", False),
        ("range", ["^0.0.3"], "0.0.4", False),
        ("range", ["~1.4.2"], "1.4.9", True),
        ("range", ["~1.4.2"], "1.4.1", False),
        ("range", ["~1.4.2"], "1.5.0", False),
        ("range", ["~1"], "1.9.0", True),
        ("range", ["1.x"], "1.0.0", True),
        ("range", ["1.x"], "2.0.0-rc.1", False),
        ("range", [">=1.4.0 <2.0.0"], "1.9.9", True),
        ("range", [">= 1.4.0   < 2.0.0"], "2.0.0", False),
        ("range", ["1.2.0 - 1.5"], "1.5.9", True),
        ("range", ["1.2.0 - 1.5.0"], "1.5.1", False),
        ("range", [">1.4"], "1.4.9", False),
        ("range", [">1.4"], "1.5.0", True),
        ("range", ["<=1.4"], "1.4.9", True),
        ("range", ["<1.4"], "1.4.0-rc.1", False),
        ("range", ["^1.4.0 || 3"], "3.7.0", True),
        ("range", ["^1.4.0 || 3"], "2.0.0", False),
    ],
)
def test_versions(op: str, values: list[str], version: str, *, held: bool) -> None:
    assert holds(when("version", op, *values, missing=False), {"version": version}) is held


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("context", [{}, {"version": ""}, {"version": None}])
@pytest.mark.parametrize(
    ("op", "values"),
    [("at_least", ["1.4.0"]), ("range", ["^1.4.0"]), ("not_one_of", ["1.4.0"]), ("between", ["1.0.0", "2.0.0"])],
)
def test_the_rule_says_what_a_missing_version_means(
    op: str, values: list[str], context: dict[str, Any], *, missing: bool
) -> None:
    """Development and trial builds have none."""
    assert holds(when("version", op, *values, missing=missing), context) is missing


@pytest.mark.parametrize("version", ["2024.01.05", "1.2.3.4", "latest"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_version_that_is_none_never_matches(version: str, *, missing: bool) -> None:
    assert not holds(when("version", "at_least", "0.0.1", missing=missing), {"version": version})


@pytest.mark.parametrize(
    ("condition", "context", "held"),
    [
        (when("region", "in", "金华", "义乌"), {"region": "义乌"}, True),
        (when("region", "in", "金华"), {}, False),
        (when("region", "not_in", "金华"), {"region": "义乌"}, True),
        (when("region", "not_in", "金华"), {}, True),
        (when("region", "starts_with", "330", "331"), {"region": "331002"}, True),
        (when("region", "ends_with", "02"), {"region": "331002"}, True),
        (when("region", "contains", "10", "xx"), {"region": "331002"}, True),
        (when("age", "at_least", 18, missing=False), {"age": 18}, True),
        (when("age", "below", 18, missing=False), {}, False),
        (when("age", "below", 18, missing=True), {}, True),
        (when("age", "below", 18, missing=False), {"age": 0}, True),
        (when("age", "between", 1, 9.5, missing=False), {"age": 9.5}, True),
        (when("age", "equals", 0, missing=False), {}, False),
        (when("vip", "is_true"), {"vip": True}, True),
        (when("vip", "is_true"), {"vip": "true"}, False),
        (when("vip", "is_false"), {}, False),
        (when("vip", "present"), {"vip": False}, True),
        (when("vip", "absent"), {}, True),
        (when("org.id", "in", "7"), {"org": {"id": "7"}}, True),
        (when("segment", "in", "testers"), {"targetingKey": "u2"}, True),
        (when("segment", "in", "testers"), {"targetingKey": "u3"}, False),
        (when("segment", "not_in", "testers"), {"targetingKey": "u3"}, True),
    ],
)
def test_conditions(condition: Document, context: dict[str, Any], *, held: bool) -> None:
    assert holds(condition, context) is held


def test_a_time_window_ends_before_its_end() -> None:
    window = when("time", "between", "2026-01-15T08:00:00+08:00", "2026-01-15T09:00:00+08:00")
    assert holds(window, {}, at=datetime(2026, 1, 15, 0, 0, tzinfo=UTC))
    assert not holds(window, {}, at=datetime(2026, 1, 15, 1, 0, tzinfo=UTC))
    assert not holds(window, {}, at=datetime(2026, 1, 14, 23, 59, 59, tzinfo=UTC))


def test_the_first_rule_that_holds_decides() -> None:
    made_flag = flag(
        rules=[rule("", when("platform", "in", "ios"), serve="off"), rule("", serve="on"), rule("", serve="off")]
    )
    assert resolve("new-search", {"platform": "ios"}, made_flag).variant == "off"
    assert resolve("new-search", {}, made_flag).variant == "on"


# -- prerequisites -------------------------------------------------------------------------------------------------


def _needs(key: str, other: str, *variants: str, **more: Any) -> Document:
    wanted = [{"flag": other, "variants": list(variants or ["on"])}]
    return flag(key, prerequisites=wanted, rules=[rule("", serve="on")], **more)


@pytest.mark.parametrize(
    ("base", "met"),
    [
        (flag("base", default="on"), True),
        (flag("base", default="off"), False),
        (flag("base", default=None), False),
        (flag("base", default="on", enabled=False), False),
        (flag("base", rules=[rule("", when("platform", "in", "ios"))]), True),
        (flag("base", default="on", rules=[rule("", when("platform", "in", "ios"), serve="off")]), False),
        (flag("base", default="on", rules=[rule("", when("platform", "in", "other"), serve="off")]), True),
        (flag("base", targeting={"if": [{"var": "platform"}, "on", None]}), True),
        (flag("base", default="on", targeting={"if": [False, "off", None]}), True),
        (
            flag(
                "base",
                variants={"true": True, "false": False},
                default="false",
                targeting={"!!": [{"var": "platform"}]},
            ),
            False,
        ),
    ],
)
def test_prerequisites(base: Document, *, met: bool) -> None:
    found = resolve("child", {"platform": "ios"}, base, _needs("child", "base"))
    assert found.variant == ("on" if met else "off")


def test_raw_logic_that_answers_true_names_the_variant() -> None:
    base = flag(
        "base", variants={"true": True, "false": False}, default="false", targeting={"!!": [{"var": "platform"}]}
    )
    assert resolve("child", {"platform": "ios"}, base, _needs("child", "base", "true")).variant == "on"
    assert resolve("child", {}, base, _needs("child", "base", "true")).variant == "off"
    assert resolve("child", {}, base, _needs("child", "base", "false")).variant == "on"


def test_what_an_unmet_prerequisite_gives() -> None:
    base = flag("base")
    variants = {"a": "1", "b": "2"}
    child = {"kind": "string", "variants": variants, "prerequisites": [{"flag": "base", "variants": ["on"]}]}
    assert resolve("child", {}, base, flag("child", **child, default="a", otherwise="b")).variant == "b"
    assert resolve("child", {}, base, flag("child", **child, default="a")).variant == "a"
    assert resolve("child", {}, base, flag("child", **child, default=None)).variant is None


@given(made.sets(), made.contexts)
def test_a_prerequisite_evaluates_as_the_flag_itself(whole: Set, context: dict[str, Any]) -> None:
    """Whatever a flag comes to, a flag that needs it sees the same: chains, shares, disabled ones, missing keys."""
    flags, segments = whole
    for key, other in list(flags.items()):
        for variant in other["variants"]:
            probe = flag("probe", prerequisites=[{"flag": key, "variants": [variant]}], rules=[rule("", serve="on")])
            compiled = compile_set(to_flagd({**flags, "probe": probe}, segments, authoring=False))
            found = compiled.resolve(key, context, at=AT)
            expected = other["enabled"] and found.variant == variant and found.error_code is None
            assert (compiled.resolve("probe", context, at=AT).variant == "on") is expected


def test_a_prerequisite_buckets_as_the_flag_itself() -> None:
    base = flag("base", rules=[rule("", serve=[["on", 5000], ["off", 5000]])])
    child = _needs("child", "base")
    compiled = compile_set(to_flagd({"base": base, "child": child}, {}))
    pairs = [
        (
            compiled.resolve("base", {"targetingKey": user}, at=AT).variant,
            compiled.resolve("child", {"targetingKey": user}, at=AT).variant,
        )
        for user in USERS
    ]
    assert all(one == other for one, other in pairs)
    assert {one for one, _ in pairs} == {"on", "off"}


# -- shares --------------------------------------------------------------------------------------------------------


def _variants(document: Document) -> list[str | None]:
    compiled = compile_set(to_flagd({document["key"]: document}, {}))
    return [compiled.resolve(document["key"], {"targetingKey": user}, at=AT).variant for user in USERS]


def test_a_rename_or_copy_moves_nobody() -> None:
    shares = [["on", 3000], ["off", 7000]]
    assert _variants(flag("a", rules=[rule("", serve=shares)])) == _variants(flag("b", rules=[rule("", serve=shares)]))


@pytest.mark.parametrize("context", [{}, {"targetingKey": ""}, {"targetingKey": None}])
def test_without_a_key_a_share_is_the_default(context: dict[str, Any]) -> None:
    shared = flag(rules=[rule("", serve=[["on", 10_000], ["off", 0]])])
    assert resolve("new-search", context, shared).variant == "off"


@given(
    st.lists(st.integers(0, 4000), min_size=1, max_size=3),
    st.integers(0, 2),
    st.data(),
)
def test_growing_a_share_moves_nobody_back(weights: list[int], place: int, data: st.DataObject) -> None:
    scaled = [weight * 10_000 // 12_001 for weight in weights]
    split = [[f"v{n}", weight] for n, weight in enumerate([*scaled, 10_000 - sum(scaled)])]
    place = place % len(split)
    name, share = split[place]
    if share == 10_000:
        return
    more = data.draw(st.integers(share + 1, 10_000))
    document = flag(
        kind="number", variants={f"v{n}": n for n in range(len(split))}, default="v0", rules=[rule("", serve=split)]
    )
    grown = grow(document, 0, more, variant=name)
    assert dict(grown["rules"][0]["serve"]["split"])[name] == more
    for before, after in zip(_variants(document), _variants(grown), strict=True):
        assert after in {before, name}
