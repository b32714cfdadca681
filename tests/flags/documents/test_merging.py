"""Two people, one document."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from server.core.errors import Invalid
from server.domain.flags.documents import NoShare, differences, grow, merge
from tests.flags.documents import made
from tests.flags.documents.made import Document, flag, rule, segment, when

SHARES = [["on", 1000], ["off", 9000]]
BASE = flag(
    tags=["搜索"],
    owner="甲",
    rules=[
        rule("内测", when("region", "in", "金华")),
        rule("灰度", serve=SHARES),
        rule("", when("platform", "in", "ios")),
    ],
)


def changed(**changes: Any) -> Document:
    return flag(**{**BASE, **changes})


def with_rule(number: int, **changes: Any) -> Document:
    rules = [dict(each) for each in BASE["rules"]]
    rules[number] |= changes
    return changed(rules=rules)


@given(made.flags(), made.flags())
def test_one_side_alone_is_taken(base: Document, mine: Document) -> None:
    assert merge(base, mine, base).document == mine
    assert merge(base, base, mine).document == mine
    assert merge(base, mine, mine).document == mine


@given(made.flags(), made.flags(), made.flags())
def test_both_sides_agree_on_what_they_come_to(base: Document, mine: Document, theirs: Document) -> None:
    """Merging is the same from either side; every conflict can be decided, and what comes out is a valid document."""
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert (one.document is None) == (other.document is None)
    for side, wanted in (("mine", mine), ("theirs", theirs)):
        take = {"whole": side}
        assert merge(base, mine, theirs, take=take).document == wanted or one.document is not None
    take = {}
    # What was decided can bring two new rules to one place, which is the next thing to decide.
    while one.document is None and (open_still := [each.path for each in one.conflicts]) != ["whole"]:
        assert not take.keys() & set(open_still)
        take |= dict.fromkeys(open_still, "theirs")
        one = merge(base, mine, theirs, take=take)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (changed(name="新名"), changed(owner="乙")),
        (changed(enabled=False), grow(BASE, 1, 2500)),
        (changed(variants={"on": True, "off": False, "half": True}), changed(default=None)),
        (changed(tags=["搜索", "首页"]), changed(tags=["搜索", "二季度"])),
        (with_rule(0, name="内部人员"), with_rule(0, serve={"variant": "off"})),
        (
            with_rule(0, when=[when("region", "in", "金华", "义乌")]),
            with_rule(0, when=[when("region", "in", "金华", "东阳")]),
        ),
        (grow(BASE, 1, 2500), changed(rules=[*BASE["rules"], rule("末", serve="off")])),
        (changed(rules=BASE["rules"][1:]), with_rule(1, name="慢慢来")),
        (
            changed(rules=[rule("头", serve="off"), *BASE["rules"]]),
            changed(rules=[*BASE["rules"], rule("末", serve="off")]),
        ),
        (
            changed(prerequisites=[{"flag": "a", "variants": ["on"]}]),
            changed(prerequisites=[{"flag": "b", "variants": ["on"]}]),
        ),
        (changed(metadata={"a": 1}), changed(metadata={"b": 2})),
        (changed(expires_on="2026-12-31"), changed(permanent=True)),
    ],
)
def test_edits_apart_merge_cleanly(mine: Document, theirs: Document) -> None:
    found = merge(BASE, mine, theirs)
    assert found.conflicts == []
    assert found.document is not None
    assert found.document not in (mine, theirs)
    back = merge(BASE, theirs, mine).document
    assert back is not None
    # only the order of what both added to a list is the first one's
    assert {**back, "tags": 0, "prerequisites": 0, "rules": 0} == {
        **found.document,
        "tags": 0,
        "prerequisites": 0,
        "rules": 0,
    }


def test_members_added_by_two_are_all_there() -> None:
    found = merge(segment("s", "u1", "u2"), segment("s", "u1", "u2", "u3"), segment("s", "u1", "u4")).document
    assert found is not None
    assert found["any"][0][0]["values"] == ["u1", "u3", "u4"]


@pytest.mark.parametrize(
    ("mine", "theirs", "path"),
    [
        (changed(name="一"), changed(name="二"), "name"),
        (changed(default=None), changed(default="on"), "default"),
        (grow(BASE, 1, 2500), grow(BASE, 1, 5000), "rules.1.serve"),
        (changed(rules=BASE["rules"][:2]), with_rule(2, serve={"variant": "off"}), "rules.2"),
        (
            changed(rules=[*BASE["rules"], rule("甲", serve="on")]),
            changed(rules=[*BASE["rules"], rule("乙", serve="off")]),
            "rules.added.3",
        ),
        (
            changed(rules=[BASE["rules"][1], BASE["rules"][0], BASE["rules"][2]]),
            changed(rules=[BASE["rules"][0], BASE["rules"][2], BASE["rules"][1]]),
            "rules.order",
        ),
        (
            with_rule(0, when=[when("region", "in", "义乌")]),
            with_rule(0, when=[when("region", "not_in", "金华")]),
            "rules.0.when",
        ),
        (changed(rules=[], targeting={"if": [True, "on", None]}), grow(BASE, 1, 2500), "rules.1"),
        (
            changed(variants={"on": True, "off": False, "c": True}),
            changed(variants={"on": True, "off": False, "c": False}),
            "variants.c",
        ),
    ],
)
def test_edits_of_the_same_thing_conflict(mine: Document, theirs: Document, path: str) -> None:
    found = merge(BASE, mine, theirs)
    assert found.document is None
    assert path in [each.path for each in found.conflicts]
    assert all(each.label and each.mine != each.theirs for each in found.conflicts)


def test_a_conflict_is_decided_alone() -> None:
    mine = {**grow(BASE, 1, 2500), "name": "一"}
    theirs = {**grow(BASE, 1, 5000), "owner": "乙"}
    decided = merge(BASE, mine, theirs, take={"rules.1.serve": "theirs"}).document
    assert decided == {**theirs, "name": "一"}
    mine_kept = merge(BASE, mine, theirs, take={"rules.1.serve": "mine"}).document
    assert mine_kept == {**mine, "owner": "乙"}


def test_rules_added_at_one_place_can_both_stay() -> None:
    mine = changed(rules=[*BASE["rules"], rule("甲", serve="on")])
    theirs = changed(rules=[*BASE["rules"], rule("乙", serve="off")])
    found = merge(BASE, mine, theirs, take={"rules.added.3": "both"}).document
    assert found is not None
    assert [each.get("name") for each in found["rules"][-2:]] == ["甲", "乙"]


def test_good_changes_that_do_not_fit_are_a_conflict() -> None:
    base = flag(variants={"on": True, "off": False, "old": True})
    mine = flag(variants={"on": True, "off": False})
    theirs = flag(variants={"on": True, "off": False, "old": True}, rules=[rule("", serve="old")])
    found = merge(base, mine, theirs)
    assert found.document is None
    assert [each.path for each in found.conflicts] == ["whole"]
    assert "old" in found.conflicts[0].label


def test_a_share_only_grows() -> None:
    with pytest.raises(Invalid):
        grow(BASE, 1, 1000)
    with pytest.raises(NoShare):
        grow(BASE, 0, 5000)
    with pytest.raises(NoShare):
        grow(BASE, 9, 5000)
    assert grow(BASE, 1, 10_000)["rules"][1]["serve"]["split"] == [["on", 10_000], ["off", 0]]


@pytest.mark.parametrize(
    ("after", "told", "tone"),
    [
        (grow(BASE, 1, 2500), "规则「灰度」的比例：on 10% → 25%，off 90% → 75%", "blue"),
        (changed(enabled=False), "启用 → 停用", "red"),
        (changed(default=None), "默认变体：off → （无）", "blue"),
        (changed(rules=BASE["rules"][1:]), "删除规则「内测」：地区是“金华” → 返回 on", "red"),
        (changed(tags=["首页"]), "标签：增加首页，去掉搜索", "gray"),
        (
            changed(rules=[*BASE["rules"], rule("", when("version", "at_least", "1.4.0", missing=False))]),
            "新增规则「第 4 条」：小程序版本 ≥ 1.4.0（没有小程序版本的不符合） → 返回 on",
            "green",
        ),
        (with_rule(0, name="内部"), "规则「内测」改名为「内部」", "gray"),
        (
            changed(rules=[BASE["rules"][1], BASE["rules"][0], BASE["rules"][2]]),
            "规则换了顺序，现为「灰度」、「内测」、「第 3 条」",
            "blue",
        ),
        (changed(variants={"on": True, "off": False, "x": True}), "新增变体“x”：true", "green"),
    ],
)
def test_differences_in_words(after: Document, told: str, tone: str) -> None:
    assert [(each.text, each.tone) for each in differences(BASE, after)] == [(told, tone)]
