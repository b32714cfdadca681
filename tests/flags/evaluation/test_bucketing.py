"""Percentages: the written algorithm with its vectors, the same everywhere, and nobody moved back by growth."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.flags.evaluation import Reason, bucket, compile_set
from server.domain.flags.evaluation.bucketing import MOST, hash_of, text_bytes, whole
from tests.flags.evaluation import oracle

AT = datetime(2026, 11, 21, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[3] / "docs" / "flags.md"
ROW = re.compile(
    r"^\| `(?P<value>.+)` \| `(?P<cbor>[0-9a-f]+)` \| (?P<hashed>\d+) \| (?P<hundred>\d+) \| (?P<myriad>\d+) \|$", re.M
)
VECTORS = [match.groupdict() for match in ROW.finditer(DOCUMENT.read_text())]

texts = st.text(max_size=40)
scalars = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)


def flag(*shares: Any, by: Any = None) -> dict[str, Any]:
    names = dict.fromkeys(["on", "off", "other"], True)
    return {
        "state": "ENABLED",
        "variants": names,
        "defaultVariant": "off",
        "targeting": {"fractional": [*([by] if by else []), *shares]},
    }


def variant(made: dict[str, Any], key: str, flag_key: str) -> str | None:
    return compile_set({"flags": {flag_key: made}}).resolve(flag_key, {"targetingKey": key}, at=AT).variant


def test_there_are_vectors() -> None:
    assert len(VECTORS) == 15


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["value"])
def test_the_vectors_in_the_document(vector: dict[str, str]) -> None:
    value = json.loads(vector["value"])
    assert cbor2.dumps(whole(value), canonical=True).hex() == vector["cbor"]
    assert hash_of(value) == int(vector["hashed"])
    assert bucket(value, 100) == int(vector["hundred"])
    assert bucket(value, 10_000) == int(vector["myriad"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["value"])
def test_flagd_core_has_the_same_vectors(vector: dict[str, str]) -> None:
    """Its bucket is seen from outside by a share that begins there."""
    at = int(vector["myriad"])
    made = {"flags": {"f": flag(["off", at], ["on", 1], ["other", 10_000 - at - 1], by={"var": "by"})}}
    context = {"by": json.loads(vector["value"])}
    if isinstance(context["by"], list):  # a list is taken for a share: the short form has it as a pair
        made["flags"] = {context["by"][0]: flag(["off", at], ["on", 1], ["other", 10_000 - at - 1])}
        context = {"targetingKey": context["by"][1]}
    (key,) = made["flags"]
    with oracle.quiet():
        expected = oracle.theirs(oracle.core_for(made), key, "boolean", context)
    assert (
        expected
        == oracle.ours(compile_set(made).resolve(key, context, at=AT))
        == ("TARGETING_MATCH", "on", True, "bool")
    )


def test_the_example_in_the_document() -> None:
    made = flag(["on", 25], ["off", 75])
    assert variant(made, "user-1", "new-search") == "off"
    assert variant(made, "user-2", "new-search") == "on"


@given(texts)
def test_a_text_has_the_bytes_that_cbor_gives_it(value: str) -> None:
    assert text_bytes(value) == cbor2.dumps(value, canonical=True)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
def test_the_length_of_a_text_takes_as_few_bytes_as_do(size: int) -> None:
    assert text_bytes("x" * size) == cbor2.dumps("x" * size, canonical=True)


@given(values, st.integers(1, MOST))
def test_a_bucket_is_within_the_total_and_always_the_same(value: Any, total: int) -> None:
    place = bucket(value, total)
    assert place == bucket(json.loads(json.dumps(value)), total)
    assert place is None if value is None else place is not None and 0 <= place < total


@given(
    st.lists(st.integers(0, 5000), min_size=2, max_size=5).filter(lambda weights: sum(weights) > 0),
    st.integers(0, 5000),
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=20),
)
def test_growing_the_first_share_moves_nobody_out_of_it(weights: list[int], more: int, keys: list[str]) -> None:
    """The total and the order stay; what the first share gains the last ones lose."""
    grown = list(weights)
    for index in range(len(weights) - 1, 0, -1):
        taken = min(more, grown[index])
        grown[index] -= taken
        grown[0] += taken
        more -= taken
    before, after = (compile_set({"flags": {"f": numbered(shares)}}) for shares in (weights, grown))
    for key in keys:
        was, now = (int(each.resolve("f", {"targetingKey": key}, at=AT).variant or -1) for each in (before, after))
        assert now <= was, "nobody moves to a later share"
        assert was != 0 or now == 0, "nobody leaves the share that grew"


def numbered(weights: list[int]) -> dict[str, Any]:
    names = [str(index) for index in range(len(weights))]
    return {
        "state": "ENABLED",
        "variants": dict.fromkeys(names, 1),
        "targeting": {"fractional": [[name, weight] for name, weight in zip(names, weights, strict=True)]},
    }


def test_shares_are_met_within_what_chance_allows() -> None:
    compiled = compile_set({"flags": {"f": flag(["on", 1000], ["off", 9000])}})
    on = sum(
        compiled.resolve("f", {"targetingKey": f"用户{number}"}, at=AT).variant == "on" for number in range(20_000)
    )
    assert 1850 < on < 2150  # 2000 ± 3.5 standard deviations


def test_two_flags_deal_differently_and_one_seed_deals_alike() -> None:
    short, seeded = (
        flag(["on", 5000], ["off", 5000]),
        flag(["on", 50], ["off", 50], by={"cat": ["seed", {"var": "targetingKey"}]}),
    )
    keys = [f"user-{number}" for number in range(300)]
    assert [variant(short, key, "one") for key in keys] != [variant(short, key, "two") for key in keys]
    assert [variant(seeded, key, "one") for key in keys] == [variant(seeded, key, "renamed") for key in keys]


@pytest.mark.parametrize("key", [None, "", "\ud800"])
def test_nobody_without_a_key_gets_a_bucket(key: str | None) -> None:
    compiled = compile_set({"flags": {"f": flag(["on", 100], ["off", 0])}})
    assert compiled.resolve("f", {"targetingKey": key}, at=AT).reason is Reason.DEFAULT
    assert compiled.resolve("f", {}, at=AT).reason is Reason.DEFAULT
    assert compiled.resolve("f", {"targetingKey": 5}, at=AT).reason is Reason.DEFAULT


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([["on"]], "on"),
        ([["on", 0], ["other"]], "other"),
        ([["on", -5], ["other", 1]], "other"),
        ([["on", 0], ["off", 0]], None),
        ([["on", 1.0]], None),
        ([["on", True]], None),
        ([["on", None]], None),
        ([["on", 1, 2]], None),
        ([[]], None),
        ([["on", MOST]], "on"),
        ([["on", MOST], ["other", 1]], None),
        ([["on", 2**70]], None),
        ([], None),
    ],
)
def test_weights(shares: list[Any], expected: str | None) -> None:
    for by in (None, {"cat": [{"var": "targetingKey"}, ""]}):
        resolution = compile_set({"flags": {"f": flag(*shares, by=by)}}).resolve("f", {"targetingKey": "u"}, at=AT)
        assert (resolution.variant, resolution.reason) == (
            (expected, "TARGETING_MATCH") if expected else ("off", "DEFAULT")
        )


ELSEWHERE = """
import json, sys
from datetime import datetime, UTC
from server.domain.flags.evaluation import compile_set
from tests.flags.evaluation.generated import Drawn
for seed in range(60):
    drawn = Drawn(seed)
    document, _ = drawn.document()
    compiled = compile_set(document)
    for _ in range(5):
        print(compiled.bulk(drawn.context(), at=datetime(2026, 11, 21, tzinfo=UTC)).hex())
"""


def test_another_process_with_another_hash_seed_answers_byte_for_byte_alike() -> None:
    root = Path(__file__).parents[3]
    answers = {
        subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            capture_output=True,
            check=True,
            cwd=root,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            timeout=120,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(answers) == 1
    assert answers.pop().count(b"\n") == 300
