"""Segments in the console: the list with who uses them, editing, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from server.domain import flags
from server.domain.flags import Environment, Subject
from tests.admin.conftest import Desk
from tests.admin.test_flag_edit_pages import fields_of
from tests.factories.flags import flag_document, for_segment, published, segment_document

DEVELOP = Environment.DEVELOP
HERE = "/admin/flag-segments/develop/testers"
HOSTILE = "<script>alert('组')</script>"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def zheng(mini_program_desk: Desk) -> Any:
    """The maintainer's browser."""
    return mini_program_desk.sit("zheng")


def _some() -> None:
    published(
        segment_document("testers", "u1", "u2", name="内测人员"),
        segment_document("spare", name="闲置"),
        flag_document("new-search", name="新版搜索", rules=[for_segment("testers")]),
    )


def saved(browser: Any, preview: Any, **more: Any) -> Any:
    assert preview.status_code == 200, preview.text
    return browser.post(f"{HERE}/save", data={**fields_of(preview.text, "save-form"), "reason": "增加成员", **more})


def test_the_list_says_who_uses_what(zheng: Any) -> None:
    assert "还没有用户分组" in zheng.get("/admin/flag-segments/").text
    _some()
    text = zheng.get("/admin/flag-segments/?env=develop").text
    assert "内测人员" in text
    assert "用户是“u1”、“u2”" in text
    assert "新版搜索" in text
    assert "内测人员" not in zheng.get("/admin/flag-segments/?env=develop&q=闲置").text
    assert zheng.get("/admin/flag-segments/?sort=-used&page=99&columns=key&env=mars").status_code == 200


def test_a_list_costs_the_same_whatever_its_length(zheng: Any, queries: Any) -> None:
    _some()
    zheng.get("/admin/flag-segments/?env=develop")
    with queries() as one:
        zheng.get("/admin/flag-segments/?env=develop")
    published(*(segment_document(f"s{number}") for number in range(15)))
    zheng.get("/admin/flag-segments/?env=develop")
    with queries() as many:
        zheng.get("/admin/flag-segments/?env=develop")
    assert len(many) == len(one)


def test_the_page_of_a_segment(zheng: Any) -> None:
    _some()
    text = zheng.get("/admin/flag-segments/testers").text
    assert "用户是“u1”、“u2”" in text
    assert "新版搜索" in text
    assert "新增用户分组“内测人员”" in text
    assert "正式版里没有这个分组" in zheng.get("/admin/flag-segments/testers?env=release").text
    assert zheng.get("/admin/flag-segments/gone").status_code == 404


def test_a_segment_is_made(zheng: Any) -> None:
    data = {"key": "testers", "name": "内测人员", "environment": "develop"}
    assert zheng.get("/admin/flag-segments/develop/new").status_code == 200
    form = fields_of(zheng.post("/admin/flag-segments/develop/new", data=data).text)
    form["any-0-when-0-values"] = ["u1\nu2\n\nu1"]
    assert saved(zheng, zheng.post(f"{HERE}/preview", data=form)).status_code == 303
    found = flags.content(DEVELOP).segments["testers"]
    assert found["any"] == [[{"attribute": "targetingKey", "op": "in", "values": ["u1", "u2"]}]]


@pytest.mark.parametrize(
    ("data", "told"), [({"key": "甲", "name": "名"}, "由字母、数字"), ({"key": "testers", "name": "名"}, "已有同键")]
)
def test_a_segment_that_cannot_begin(zheng: Any, data: dict[str, str], told: str) -> None:
    _some()
    answer = zheng.post("/admin/flag-segments/develop/new", data={"environment": "develop", **data})
    assert answer.status_code == 422
    assert told in answer.text


def test_groups_and_conditions_are_added_and_removed(zheng: Any) -> None:
    _some()
    data = fields_of(zheng.get(f"{HERE}/edit").text)

    def press(command: str) -> dict[str, list[str]]:
        part = zheng.post(f"{HERE}/rows", data={**data, "do": command}, headers={"HX-Request": "true"})
        assert part.status_code == 200
        return fields_of(part.text)

    data = press("group.add")
    assert data["any-1-when-0-attribute"] == ["targetingKey"]
    data = press("when.add.1")
    assert data["any-1-when-1-attribute"] == ["version"]
    data = press("when.remove.1.0")
    assert data["any-1-when-0-attribute"] == ["version"]
    data["any-1-when-0-values"], data["any-1-when-0-op"] = ["^1.4.0"], ["range"]
    answer = saved(zheng, zheng.post(f"{HERE}/preview", data=data))
    assert answer.status_code == 303
    assert len(flags.content(DEVELOP).segments["testers"]["any"]) == 2
    data = press("group.remove.0")
    assert "any-1-when-0-attribute" not in data
    for odd in ("group.remove.9", "when.add.9", "when.remove.0.9", "x", ""):
        press(odd)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "名称：必填"),
        ({"any-0-when-0-values": ""}, "第 1 组 · 第 1 个条件 · 取值：至少要有一个取值"),
        ({"any-0-when-0-attribute": "segment"}, "不能再用用户分组"),
        ({"logic": "{"}, "不是有效的 JSON"),
        ({"logic": "[]"}, "应为 JsonLogic 对象"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(zheng: Any, changes: dict[str, str], told: str) -> None:
    _some()
    data = {**fields_of(zheng.get(f"{HERE}/edit").text), **changes}
    answer = zheng.post(f"{HERE}/preview", data=data)
    assert answer.status_code == 422
    assert told in answer.text


def test_two_editors_add_members_each(zheng: Any) -> None:
    _some()
    data = fields_of(zheng.get(f"{HERE}/edit").text)
    published(segment_document("testers", "u1", "u2", "u3", name="内测人员"))
    data["any-0-when-0-values"] = ["u1\nu2\nu4"]
    preview = zheng.post(f"{HERE}/preview", data=data)
    assert "别人也改了它" in preview.text
    assert saved(zheng, preview).status_code == 303
    assert flags.content(DEVELOP).segments["testers"]["any"][0][0]["values"] == ["u1", "u2", "u4", "u3"]


def test_what_a_flag_needs_is_not_removed(zheng: Any) -> None:
    _some()
    content = flags.content(DEVELOP)
    answer = zheng.post(f"{HERE}/remove", data={"base_hash": content.hash_of(Subject.SEGMENT, "testers")})
    assert answer.status_code == 409
    spare = "/admin/flag-segments/develop/spare"
    preview = zheng.post(f"{spare}/remove", data={"base_hash": content.hash_of(Subject.SEGMENT, "spare")})
    data = {**fields_of(preview.text, "save-form"), "reason": "不用了"}
    assert zheng.post(f"{spare}/save", data=data).status_code == 303
    assert "spare" not in flags.content(DEVELOP).segments


def test_hostile_names_are_text(zheng: Any) -> None:
    published(segment_document("testers", HOSTILE, name=HOSTILE, description=HOSTILE))
    for path in ("/admin/flag-segments/?env=develop", "/admin/flag-segments/testers", f"{HERE}/edit"):
        text = zheng.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_logic_of_another_program_is_kept(zheng: Any) -> None:
    raw = segment_document("testers", any=None, logic={"in": ["x", {"var": "email"}]})
    published({name: value for name, value in raw.items() if value is not None})
    assert "JsonLogic" in zheng.get("/admin/flag-segments/testers").text
    data = {**fields_of(zheng.get(f"{HERE}/edit").text), "name": "新名"}
    assert saved(zheng, zheng.post(f"{HERE}/preview", data=data)).status_code == 303
    assert flags.content(DEVELOP).segments["testers"]["logic"] == {"in": ["x", {"var": "email"}]}


def test_who_sees_what(mini_program_desk: Desk) -> None:
    _some()
    bai = mini_program_desk.sit("bai")
    for path in (
        "/admin/flag-segments/",
        "/admin/flag-segments/testers",
        f"{HERE}/edit",
        "/admin/flag-segments/develop/new",
    ):
        answer = bai.get(path)
        assert answer.status_code == 404
        assert "内测人员" not in answer.text
    shen = mini_program_desk.sit("shen")
    text = shen.get("/admin/flag-segments/testers").text
    assert "内测人员" in text
    assert "/edit" not in text
    for path in ("preview", "save", "rows", "again", "remove"):
        assert shen.post(f"{HERE}/{path}", data={}).status_code == 403
    assert shen.get(f"{HERE}/edit").status_code == 403
