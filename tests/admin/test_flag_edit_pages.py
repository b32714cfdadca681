"""Editing a flag in the console: the form and its rows, the preview, two editors, publishing and proposing."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
import time_machine

from server.domain import flags
from server.domain.flags import Environment, Subject
from tests.admin.conftest import Desk
from tests.factories.flags import flag_document, for_segment, gray, published, segment_document
from tests.support import flag_sets

DEVELOP, RELEASE = Environment.DEVELOP, Environment.RELEASE
HERE = "/admin/flags/develop/new-search"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def zheng(mini_program_desk: Desk) -> Any:
    """The maintainer's browser."""
    return mini_program_desk.sit("zheng")


def fields_of(text: str, form_id: str = "flag-form") -> dict[str, list[str]]:
    """What a browser would send of a form of the page, without any button."""
    form = re.search(rf'<form[^>]* id="{form_id}".*?</form>', text, re.S)
    assert form is not None, "no form"
    found: dict[str, list[str]] = {}

    def put(name: str, value: str) -> None:
        found.setdefault(html.unescape(name), []).append(html.unescape(value))

    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticked = attributes.get("type") not in {"checkbox", "radio"} or re.search(r"\bchecked\b", tag)
        if "name" in attributes and ticked:
            put(attributes["name"], attributes.get("value", ""))
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form[0], re.S):
        put(name, inner)
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inner) or re.search(r'<option value="([^"]*)"', inner)
        assert chosen is not None
        put(name, chosen[1])
    return found


def edited(browser: Any, path: str = f"{HERE}/edit") -> dict[str, list[str]]:
    """The form as it comes."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return fields_of(answer.text)


def previewed(browser: Any, data: dict[str, Any], path: str = f"{HERE}/preview") -> Any:
    return browser.post(path, data=data)


def saved(browser: Any, preview: Any, path: str = f"{HERE}/save", **more: Any) -> Any:
    """The preview's form sent with a reason."""
    assert preview.status_code == 200, preview.text
    return browser.post(path, data={**fields_of(preview.text, "save-form"), "reason": "内测通过", **more})


def stands(environment: Environment = DEVELOP, key: str = "new-search") -> dict[str, Any]:
    return flags.content(environment).flags[key]


FULL = flag_document(
    "new-search",
    name="新版搜索",
    kind="string",
    variants={"new": "新的", "old": "旧 的", "half": "一半"},
    default="old",
    otherwise="half",
    description="第一行\n第二行",
    owner="唐川",
    tags=["搜索", "首页 改版"],
    permanent=True,
    expires_on="2026-12-31",
    metadata={"ticket": "FW-1"},
    prerequisites=[{"flag": "base", "variants": ["on"]}],
    rules=[
        {
            "name": "内测",
            "when": [
                {"attribute": "segment", "op": "in", "values": ["testers"]},
                {"attribute": "version", "op": "between", "values": ["1.4.0", "2.0.0-rc.1"], "missing": True},
                {"attribute": "region", "op": "not_in", "values": ["金华", "义乌, 东阳"]},
                {"attribute": "time", "op": "between", "values": ["2026-12-01T00:00:00Z", "2026-12-31T16:00:00Z"]},
                {"attribute": "age", "op": "at_least", "values": [18.5], "missing": False},
                {"attribute": "vip", "op": "is_true"},
            ],
            "serve": {"variant": "new"},
        },
        {"when": [], "serve": {"split": [["old", 6667], ["new", 3333], ["half", 0]], "by": "region"}},
    ],
)


def test_a_form_sent_as_it_came_changes_nothing(zheng: Any) -> None:
    """Whatever a flag holds survives the form."""
    published(segment_document("testers"), flag_document("base"), FULL)
    before = stands()
    preview = previewed(zheng, edited(zheng))
    assert preview.status_code == 200, preview.text
    assert "内容没有变化" in preview.text
    sent = json.loads(fields_of(preview.text, "save-form")["document"][0])
    assert flags.digest(sent) == flags.digest(before)


def test_a_flag_is_made_from_a_template(zheng: Any) -> None:
    begun = zheng.post(
        "/admin/flags/develop/new",
        data={"template": "switch", "key": "new-search", "name": "新版搜索", "environment": "develop"},
    )
    data = fields_of(begun.text)
    data = fields_of(zheng.post(f"{HERE}/rows", data={**data, "do": "share.add"}).text)
    data["rules-0-give"] = [""]
    data = fields_of(zheng.post(f"{HERE}/rows", data=data).text)
    data["rules-0-share-0-percent"], data["rules-0-share-1-percent"] = ["10"], ["90"]
    answer = saved(zheng, previewed(zheng, data))
    assert answer.status_code == 303
    document = stands()
    assert document["variants"] == {"on": True, "off": False}
    assert document["rules"][0]["serve"] == {"split": [["on", 1000], ["off", 9000]], "by": "targetingKey"}
    assert re.fullmatch("[0-9a-f]{32}", document["seed"])


@pytest.mark.parametrize("template", ["variants", "parameters"])
def test_every_template_can_be_saved_as_it_is(zheng: Any, template: str) -> None:
    begun = zheng.post(
        "/admin/flags/develop/new",
        data={"template": template, "key": "new-search", "name": "名", "environment": "develop"},
    )
    assert saved(zheng, previewed(zheng, fields_of(begun.text))).status_code == 303
    assert stands()["name"] == "名"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"key": "中文", "name": "名"}, "由字母、数字"),
        ({"key": "..", "name": "名"}, "由字母、数字"),
        ({"key": "base", "name": "名"}, "已有同键的开关"),
        ({"key": "x", "name": ""}, "必填"),
    ],
)
def test_a_flag_that_cannot_begin(zheng: Any, data: dict[str, str], told: str) -> None:
    published(flag_document("base"))
    answer = zheng.post("/admin/flags/develop/new", data={"template": "switch", "environment": "develop", **data})
    assert answer.status_code == 422
    assert told in answer.text


def test_a_copy_keeps_the_seed_and_takes_a_new_key(zheng: Any) -> None:
    published(flag_document("base", rules=[gray(2500)]))
    data = {"source": "base", "key": "new-search", "name": "副本", "environment": "develop"}
    assert "从“" in zheng.get("/admin/flags/develop/new?source=base").text
    preview = previewed(zheng, fields_of(zheng.post("/admin/flags/develop/new", data=data).text))
    assert saved(zheng, preview).status_code == 303
    assert stands()["seed"] == stands(key="base")["seed"]
    assert stands()["rules"] == stands(key="base")["rules"]


def test_rows_are_added_moved_and_removed(zheng: Any) -> None:
    published(flag_document("new-search", rules=[{**gray(1000), "name": "甲"}, {**gray(2000), "name": "乙"}]))
    data = edited(zheng)

    def press(command: str) -> dict[str, list[str]]:
        part = zheng.post(f"{HERE}/rows", data={**data, "do": command}, headers={"HX-Request": "true"})
        assert part.status_code == 200
        assert "<html" not in part.text
        return fields_of(part.text)

    data = press("rule.down.0")
    assert (data["rules-0-name"], data["rules-1-name"]) == (["乙"], ["甲"])
    data = press("rule.up.0")
    data = press("rule.remove.1")
    assert data["rules-0-name"] == ["乙"]
    assert "rules-1-name" not in data
    data = press("when.add.0")
    assert data["rules-0-when-0-attribute"] == ["version"]
    data = press("when.remove.0.0")
    assert "rules-0-when-0-attribute" not in data
    data = press("variant.add")
    data["variants-2-name"] = ["half"]
    data = press("")
    assert data["rules-0-share-2-variant"] == ["half"]
    data = press("variant.remove.2")
    assert "rules-0-share-2-variant" not in data
    for odd in ("rule.remove.99", "when.remove.9.9", "rule.up.x", "nonsense", "variant.remove", "when.add", "a.b.c.d"):
        assert press(odd) == data
    assert flags.head(DEVELOP) == 1


def test_a_condition_shows_what_its_attribute_takes(zheng: Any) -> None:
    published(segment_document("testers", name="内测人员"), flag_document("new-search", rules=[gray(1000)]))
    data = {**edited(zheng), "do": "when.add.0"}
    data = fields_of(zheng.post(f"{HERE}/rows", data=data).text)
    for attribute, told in (("segment", "内测人员"), ("time", "datetime-local"), ("region", "开头是"), ("*", "属性名")):
        text = zheng.post(f"{HERE}/rows", data={**data, "rules-0-when-0-attribute": attribute}).text
        assert told in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "名称：必填"),
        ({"rules-0-share-0-percent": "10"}, "比例合计应为 100%"),
        ({"rules-0-share-0-percent": "ten"}, "比例应为 0 至 100 的数"),
        ({"rules-0-share-0-percent": "33.333"}, "比例应为 0 至 100 的数"),
        ({"variants-0-name": ""}, "变体名应为"),
        ({"variants-0-name": "off"}, "写了两次"),
        ({"seed": "x"}, "seed"),
        ({"metadata": "{"}, "不是有效的 JSON"),
        ({"kind": "number"}, "取值应为数值"),
        ({"kind": "strange"}, "应为布尔、文本、数值或对象之一"),
        ({"mode": "logic", "logic": "{"}, "不是有效的 JSON"),
        ({"mode": "logic", "logic": "[" * 5000}, "嵌套过深"),
        ({"mode": "logic", "logic": '{"$ref": "ghost"}'}, "ghost"),
        (
            {
                "rules-0-when-0-attribute": "version",
                "rules-0-when-0-op": "at_least",
                "rules-0-when-0-values": "1.04",
            },
            "第 1 条规则 · 第 1 个条件 · 取值",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(zheng: Any, changes: dict[str, str], told: str) -> None:
    published(flag_document("new-search", rules=[gray(2500)]))
    answer = previewed(zheng, {**edited(zheng), **changes})
    assert answer.status_code == 422
    assert told in html.unescape(answer.text)
    assert flags.head(DEVELOP) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "零\0"},
        {"kind": ""},
        {"default": "gone"},
        {"metadata": "[]"},
        {"metadata": "NaN"},
        {"rules-0-by": "time"},
        {"rules-0-give": "gone"},
        {"rules-0-share-0-variant": "gone"},
        {"rules-0-when-0-attribute": "$flagd.flagKey"},
        {"rules-0-when-0-attribute": "*", "rules-0-when-0-custom": "", "rules-0-when-0-op": "at_least"},
        {
            "rules-0-when-0-attribute": "*",
            "rules-0-when-0-custom": "age",
            "rules-0-when-0-op": "at_least",
            "rules-0-when-0-values": "[1]",
        },
        {"rules-0-when-0-attribute": "time", "rules-0-when-0-values": "9999-99-99T00:00"},
        {"rules-0-when-0-attribute": "time", "rules-0-when-0-values": "0001-01-01T00:00"},
        {"rules-0-when-0-attribute": "segment", "rules-0-when-0-values": "ghost"},
        {"variants-0-value": "[" * 5000},
        {"prerequisites-0-flag": "gone", "prerequisites-0-variants": "on"},
        {"prerequisites-0-flag": "new-search", "prerequisites-0-variants": "on"},
    ],
)
def test_odd_forms_are_refused_and_shown_again(zheng: Any, changes: dict[str, str]) -> None:
    published(flag_document("new-search", rules=[gray(2500)]))
    data = {**edited(zheng), **changes}
    answer = previewed(zheng, data)
    assert answer.status_code == 422
    assert 'id="flag-form"' in answer.text
    assert zheng.post(f"{HERE}/rows", data=data).status_code == 200


def test_a_preview_says_what_changes_and_writes_nothing(zheng: Any) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    data = {**edited(zheng), "rules-0-share-0-percent": "25", "rules-0-share-1-percent": "75"}
    preview = previewed(zheng, data)
    assert "规则「灰度」的比例：on 10% → 25%，off 90% → 75%" in preview.text
    assert "会影响谁" in preview.text
    assert flags.head(DEVELOP) == 1
    again = zheng.post(f"{HERE}/again", data=fields_of(preview.text, "save-form"))
    assert fields_of(again.text)["rules-0-share-0-percent"] == ["25"]
    assert saved(zheng, preview).status_code == 303
    assert stands()["rules"][0]["serve"]["split"][0] == ["on", 2500]


def test_without_a_reason_nothing_is_published(zheng: Any) -> None:
    published(flag_document("new-search"))
    preview = previewed(zheng, {**edited(zheng), "name": "新名"})
    answer = saved(zheng, preview, reason="")
    assert answer.status_code == 422
    assert "新名" in answer.text
    assert flags.head(DEVELOP) == 1


def test_logic_and_back(zheng: Any) -> None:
    published(segment_document("testers"), flag_document("new-search", rules=[for_segment("testers"), gray(1000)]))
    data = edited(zheng)
    logic = fields_of(zheng.post(f"{HERE}/rows", data={**data, "do": "mode.logic"}).text)
    assert logic["mode"] == ["logic"]
    assert json.loads(logic["logic"][0])["if"][0] == {"$ref": "testers"}
    back = fields_of(zheng.post(f"{HERE}/rows", data={**logic, "do": "mode.rules"}).text)
    assert back["rules-1-share-0-percent"] == ["10"]
    assert back["seed"] == data["seed"]
    logic["logic"] = [json.dumps({"if": [{"<": [1, {"var": "age"}, 9]}, "on", None]})]
    refused = zheng.post(f"{HERE}/rows", data={**logic, "do": "mode.rules"})
    assert refused.status_code == 422
    assert "不能还原成规则" in refused.text
    assert saved(zheng, previewed(zheng, logic)).status_code == 303
    assert stands()["targeting"] == {"if": [{"<": [1, {"var": "age"}, 9]}, "on", None]}
    assert "JsonLogic" in zheng.get("/admin/flags/new-search").text
    assert fields_of(zheng.get(f"{HERE}/edit").text)["mode"] == ["logic"]


# -- two editors ---------------------------------------------------------------------------------------------------


def test_two_editors_whose_edits_fit(zheng: Any) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    mine = {**edited(zheng), "owner": "唐川"}
    published(flag_document("new-search", rules=[gray(5000)]))
    preview = previewed(zheng, mine)
    assert "您打开编辑之后，别人也改了它" in preview.text
    assert "on 10% → 50%" in preview.text
    assert "负责人：（无） → 唐川" in preview.text
    assert saved(zheng, preview).status_code == 303
    assert stands()["owner"] == "唐川"
    assert stands()["rules"][0]["serve"]["split"][0] == ["on", 5000]


def test_a_late_save_is_shown_the_difference_first(zheng: Any) -> None:
    """The other one published between the preview and the button: nothing is merged unseen."""
    published(flag_document("new-search", rules=[gray(1000)]))
    preview = previewed(zheng, {**edited(zheng), "owner": "唐川"})
    published(flag_document("new-search", name="别人起的名", rules=[gray(1000)]))
    late = saved(zheng, preview)
    assert late.status_code == 409
    assert "别人起的名" in late.text
    assert flags.head(DEVELOP) == 2
    data = {**fields_of(late.text, "save-form"), "reason": "内测通过"}
    assert zheng.post(f"{HERE}/save", data=data).status_code == 303
    assert (stands()["name"], stands()["owner"]) == ("别人起的名", "唐川")


@pytest.mark.parametrize(("side", "share"), [("mine", 2500), ("theirs", 5000)])
def test_two_editors_of_one_thing_decide(zheng: Any, side: str, share: int) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    data = {**edited(zheng), "rules-0-share-0-percent": "25", "rules-0-share-1-percent": "75", "owner": "唐川"}
    published(flag_document("new-search", name="别人起的名", rules=[gray(5000)]))
    preview = previewed(zheng, data)
    assert "需要选择" in preview.text
    assert "take.rules.0.serve" in preview.text
    undecided = saved(zheng, preview)
    assert undecided.status_code == 409
    assert flags.head(DEVELOP) == 2
    assert "还有矛盾没有选择" in undecided.text
    assert saved(zheng, preview, **{"take.rules.0.serve": side}).status_code == 303
    assert stands()["rules"][0]["serve"]["split"][0] == ["on", share]
    assert (stands()["name"], stands()["owner"]) == ("别人起的名", "唐川")


def test_who_gives_way_wholly_has_nothing_to_save(zheng: Any) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    data = {**edited(zheng), "rules-0-share-0-percent": "25", "rules-0-share-1-percent": "75"}
    published(flag_document("new-search", rules=[gray(5000)]))
    assert saved(zheng, previewed(zheng, data), **{"take.rules.0.serve": "theirs"}).status_code == 303
    assert flags.head(DEVELOP) == 2


def test_a_flag_that_was_removed_meanwhile_is_made_again_only_knowingly(zheng: Any) -> None:
    published(flag_document("new-search"))
    data = {**edited(zheng), "owner": "唐川"}
    flags.publish(
        _scheduler(), DEVELOP, [flags.Change(Subject.FLAG, "new-search", None, data["base_hash"][0])], reason="不用了"
    )
    preview = previewed(zheng, data)
    assert "对方已把它删除" in preview.text
    assert saved(zheng, preview).status_code == 409
    assert saved(zheng, preview, **{"take.whole": "mine"}).status_code == 303
    assert stands()["owner"] == "唐川"


def _scheduler() -> Any:
    from server.domain.identity import SCHEDULER

    return SCHEDULER


# -- approval, schedule, removal -----------------------------------------------------------------------------------


def test_where_approval_is_due_it_becomes_a_request(zheng: Any) -> None:
    published(flag_document("new-search", default="on"))
    path = "/admin/flags/release/new-search"
    data = edited(zheng, f"{path}/edit")
    assert data["base_hash"] == [""]
    preview = previewed(zheng, data, f"{path}/preview")
    assert "提交审批" in preview.text
    answer = saved(zheng, preview, f"{path}/save", apply_at="2026-11-21T08:00", until="2026-11-22T08:00")
    assert answer.status_code == 303
    asked = zheng.get(answer.headers["Location"])
    assert asked.status_code == 200
    assert "内测通过" in asked.text
    assert flags.head(RELEASE) == 0


def test_a_time_that_has_passed_is_refused(zheng: Any) -> None:
    published(flag_document("new-search"))
    preview = previewed(zheng, {**edited(zheng), "name": "新名"})
    answer = saved(zheng, preview, apply_at="2026-11-01T08:00")
    assert answer.status_code == 422
    assert "生效时间应晚于现在" in answer.text
    assert saved(zheng, preview, apply_at="2026-11-21T08:00").status_code == 303
    assert stands()["name"] != "新名"


def test_a_flag_is_removed_after_a_look(zheng: Any) -> None:
    published(flag_document("new-search"))
    base = flags.content(DEVELOP).hash_of(Subject.FLAG, "new-search")
    preview = zheng.post(f"{HERE}/remove", data={"base_hash": base})
    assert "删除开关" in preview.text
    assert saved(zheng, preview).status_code == 303
    assert "new-search" not in flags.content(DEVELOP).flags


def test_what_others_need_is_not_removed(zheng: Any) -> None:
    wanted = [{"flag": "new-search", "variants": ["on"]}]
    published(flag_document("new-search"), flag_document("child", prerequisites=wanted))
    base = flags.content(DEVELOP).hash_of(Subject.FLAG, "new-search")
    answer = zheng.post(f"{HERE}/remove", data={"base_hash": base})
    assert answer.status_code == 409
    assert "仍依赖" in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"document": "{"},
        {"document": "[" * 5000},
        {"document": "3"},
        {"document": '{"key": "other"}'},
        {"document": "{}"},
    ],
)
def test_a_tampered_preview_is_refused(zheng: Any, data: dict[str, str]) -> None:
    published(flag_document("new-search"))
    for path in ("save", "again"):
        answer = zheng.post(f"{HERE}/{path}", data={"reason": "内测通过", **data})
        assert answer.status_code == 422
    assert flags.head(DEVELOP) == 1


def test_unknown_places_are_not_found(zheng: Any) -> None:
    published(flag_document("new-search"))
    assert zheng.get("/admin/flags/mars/new-search/edit").status_code == 404
    assert zheng.get("/admin/flags/develop/gone/edit").status_code == 404
    assert zheng.post("/admin/flags/develop/gone/remove", data={}).status_code == 404


def test_the_release_is_proposed_and_approved_by_another(zheng: Any, mini_program_desk: Desk) -> None:
    flag_sets.publish(Environment.TRIAL, flag_document("new-search", default="on"))
    path = "/admin/flags/release/new-search"
    preview = previewed(zheng, edited(zheng, f"{path}/edit"), f"{path}/preview")
    saved(zheng, preview, f"{path}/save")
    waiting = flags.requests_matching(mini_program_desk.actor("zhou"))
    from server.core.db import session

    asked = session().scalars(waiting).one()
    flags.approve(mini_program_desk.actor("zhou"), asked.id, content_hash=asked.content_hash)
    assert stands(RELEASE)["default"] == "on"
