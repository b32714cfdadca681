"""What is written comes back the same: as JSON, as flagd's JSON, and with what the engine makes of it."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.flags.documents import (
    BadImport,
    check_whole,
    differences,
    digest,
    from_flagd,
    parse_flag,
    parse_segment,
    plain,
    to_flagd,
)
from server.domain.flags.evaluation import check, compile_set
from tests.flags.documents import made
from tests.flags.documents.made import Document, Set

AT = datetime(2026, 1, 15, tzinfo=UTC)


@given(made.flags())
def test_parse_of_plain_is_the_same_flag(document: Document) -> None:
    flag = parse_flag(document)
    assert parse_flag(plain(flag)) == flag
    assert plain(flag) == document
    assert digest(json.loads(json.dumps(document))) == digest(document)


@given(made.sets())
def test_import_of_export_is_the_same_set(whole: Set) -> None:
    flags, segments = whole
    check_whole(flags, segments)
    exported = to_flagd(flags, segments, metadata={"flagSetId": "release", "revision": 7})
    check(exported)
    assert from_flagd(json.loads(json.dumps(exported))) == (flags, segments)


@given(made.sets(), st.lists(made.contexts, min_size=1, max_size=4))
def test_import_without_our_words_answers_the_same(whole: Set, contexts: list[dict[str, Any]]) -> None:
    """Another's flagd document says nothing of rules and names; what is read out of it must give the same answers."""
    exported = to_flagd(*whole, authoring=False)
    flags, segments = from_flagd(exported)
    again = to_flagd(flags, segments, authoring=False)
    assert again == exported
    one, other = compile_set(exported), compile_set(again)
    for context in contexts:
        assert one.bulk(context, at=AT) == other.bulk(context, at=AT)


@given(made.sets())
def test_rules_of_ours_are_read_back_as_rules(whole: Set) -> None:
    """Without prerequisites our shapes are rules again and not raw logic."""
    flags = {
        key: {k: v for k, v in flag.items() if k not in {"prerequisites", "otherwise"}}
        for key, flag in whole[0].items()
    }
    read, _ = from_flagd(to_flagd(flags, whole[1], authoring=False))
    for key, flag in flags.items():
        if "targeting" not in flag:
            assert "targeting" not in read[key]
            assert len(read[key].get("rules", [])) == len(flag.get("rules", []))


@given(made.flags(), made.flags())
def test_differences_are_empty_exactly_for_equal_digests(one: Document, other: Document) -> None:
    assert (differences(one, other) == []) == (digest(one) == digest(other))
    assert differences(one, copy.deepcopy(one)) == []


def test_a_flag_that_was_changed_in_the_file_keeps_its_words() -> None:
    flag = made.flag(rules=[made.rule("灰度", serve=[["on", 2500], ["off", 7500]])], owner="唐川")
    exported = to_flagd({"new-search": flag}, {})
    exported["flags"]["new-search"]["state"] = "DISABLED"
    read = from_flagd(exported)[0]["new-search"]
    assert (read["name"], read["owner"], read["enabled"]) == ("新版搜索", "唐川", False)
    assert read["seed"] == flag["seed"]
    assert read["rules"][0]["serve"] == {"split": [["on", 2500], ["off", 7500]], "by": "targetingKey"}


def test_shapes_that_we_do_not_know_stay_raw() -> None:
    logic = {"if": [{"<": [1, {"var": "age"}, 9]}, "on", "off"]}
    document = {"flags": {"x": {"state": "ENABLED", "variants": {"on": True, "off": False}, "targeting": logic}}}
    read = from_flagd(document)[0]["x"]
    assert read["targeting"] == logic
    assert "rules" not in read
    assert to_flagd({"x": read}, {}, authoring=False) == document


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], "document"),
        ({}, "flags"),
        ({"flags": {"a b": {"state": "ENABLED", "variants": {"on": True}}}}, "flags.a b"),
        ({"flags": {"a": {"state": "on", "variants": {"on": True}}}}, "flags.a.state"),
        ({"flags": {"a": {"state": "ENABLED"}}}, "flags.a.variants"),
        ({"flags": {"a": {"state": "ENABLED", "variants": {"on": True, "off": 0}}}}, "flags.a.variants.off"),
        ({"flags": {"a": {"state": "ENABLED", "variants": {"on": True}, "extra": 1}}}, "flags.a.extra"),
        ({"flags": {}, "$evaluators": {"s": 3}}, "$evaluators.s.logic"),
        ({"flags": {}, "other": {}}, "other"),
    ],
)
def test_refused_imports_name_the_path(document: Any, path: str) -> None:
    with pytest.raises(BadImport) as refused:
        from_flagd(document)
    assert path in refused.value.fields


def test_segments_of_others_are_read() -> None:
    logic = {"in": ["@bureau", {"var": "email"}]}
    segments = from_flagd({"flags": {}, "$evaluators": {"mail": logic, "odd": {"+": [1, 2]}}})[1]
    assert segments["mail"]["any"] == [[{"attribute": "email", "op": "contains", "values": ["@bureau"]}]]
    assert segments["odd"]["logic"] == {"+": [1, 2]}
    assert parse_segment(segments["mail"]).name == "mail"
