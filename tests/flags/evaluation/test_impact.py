"""Whom a change would touch: weights, who moves from what to what, and who stays."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.flags.evaluation import FlagSet, Impact, Seen, compile_set, impact

AT = datetime(2026, 11, 21, tzinfo=UTC)
SEEN = [
    Seen({"targetingKey": f"u-{number}", "platform": ("ios", "android")[number % 2]}, weight=number % 3 + 1)
    for number in range(300)
]
WEIGHT = sum(seen.weight for seen in SEEN)


def flags(share: int = 1000, **more: Any) -> dict[str, Any]:
    made = {"state": "ENABLED", "variants": {"on": "开", "off": "关"}, "defaultVariant": "off"}
    rule = {"fractional": [["on", share], ["off", 10_000 - share]]}
    return {
        "gray": made | {"targeting": rule},
        "plain": dict(made),
        **{key: made | value for key, value in more.items()},
    }


def compiled(made: dict[str, Any]) -> FlagSet:
    return compile_set({"flags": copy.deepcopy(made)})


def between(before: dict[str, Any], after: dict[str, Any]) -> Impact:
    return impact(compiled(before), compiled(after), SEEN, at=AT)


def test_nothing_changed() -> None:
    found = between(flags(), flags())
    assert (found.touched, found.weight, found.contexts, found.changed) == (0, WEIGHT, 300, [])
    assert [(move.weight, move.changed) for move in found.flags["plain"].moves] == [(WEIGHT, False)]


def test_a_share_that_grows_moves_in_one_direction() -> None:
    found = between(flags(1000), flags(2500))
    (gray,) = found.changed
    moves = {(move.before.variant, move.after.variant): move for move in gray.moves if move.before and move.after}
    assert set(moves) == {("on", "on"), ("off", "on"), ("off", "off")}
    moved = moves["off", "on"]
    assert moved.changed
    assert gray.touched == found.touched == moved.weight
    assert sum(move.weight for move in gray.moves) == gray.weight == WEIGHT
    assert sum(move.contexts for move in gray.moves) == 300
    assert [move.weight for move in gray.moves] == sorted((move.weight for move in gray.moves), reverse=True)


def test_a_flag_that_is_switched_off_or_removed_touches_everybody() -> None:
    for after in (flags(plain={"state": "DISABLED"}), {"gray": flags()["gray"]}):
        (plain,) = between(flags(), after).changed
        assert (plain.key, plain.touched) == ("plain", WEIGHT)
        (move,) = plain.moves
        assert move.before is not None
        assert move.before.value == "关"
        assert move.after is None or not move.after.enabled


def test_a_new_flag_touches_those_who_get_a_value() -> None:
    (new,) = between(flags(), flags(new={})).changed
    assert new.moves[0].before is None
    assert between(flags(), flags(new={"state": "DISABLED"})).touched == 0, "the code's default before and after"


def test_another_value_of_a_variant_touches_those_who_have_it() -> None:
    (gray,) = between(flags(), flags(gray=flags()["gray"] | {"variants": {"on": "新", "off": "关"}})).changed
    touched = {move.after.variant: move.changed for move in gray.moves if move.after}
    assert touched == {"on": True, "off": False}


def test_an_error_is_the_default_of_the_code() -> None:
    broken = flags(plain={"targeting": {"/": [1, 0]}})
    (plain,) = between(flags(), broken).changed
    assert plain.moves[0].after is not None
    assert plain.moves[0].after.error_code == "GENERAL"


def test_nobody_was_seen() -> None:
    found = impact(compiled(flags()), compiled(flags(5000)), [], at=AT)
    assert (found.touched, found.weight, found.changed) == (0, 0, [])


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_turning_a_change_round_turns_its_moves_round(one: int, other: int) -> None:
    there, back = between(flags(one), flags(other)), between(flags(other), flags(one))
    assert there.touched == back.touched
    moved = sum(move.weight for move in there.flags["gray"].moves if move.changed)
    assert moved == there.touched
