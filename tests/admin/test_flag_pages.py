"""The list of flags and the page of one: states, shares, growing, switching off, and who sees what."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from server.domain import flags
from server.domain.flags import Environment, RevisionKind
from tests.admin.conftest import Desk
from tests.factories.flags import flag_document, for_segment, gray, published, segment_document
from tests.support import flag_sets

HOSTILE = "<script>alert('搜索')</script>\"&"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-11-20T10:00:00+08:00", tick=False):
        yield


@pytest.fixture
def zheng(mini_program_desk: Desk) -> Any:
    """The maintainer's browser: may change flags of today's mini-program contract."""
    return mini_program_desk.sit("zheng")


def _some() -> None:
    published(
        segment_document("testers"),
        flag_document(
            "new-search", name="新版搜索", tags=["搜索"], owner="唐川", rules=[for_segment("testers"), gray(1000)]
        ),
        flag_document("banner", default="on"),
        flag_document("old", enabled=False),
    )


def test_the_list_says_what_each_flag_gives_where(zheng: Any) -> None:
    assert "还没有功能开关" in zheng.get("/admin/flags/").text
    _some()
    flag_sets.publish(Environment.TRIAL, flag_document("new-search", name="新版搜索"))
    text = zheng.get("/admin/flags/?env=develop").text
    for told in ("新版搜索", "灰度 10%", "全部开启", "已停用", "全部关闭", "未创建", "唐川"):
        assert told in text
    assert "新建开关" in text


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("q=唐川", "new-search", "banner"),
        ("q=SEARCH", "new-search", "banner"),
        ("tag=搜索", "new-search", "banner"),
        ("state=disabled", "old", "banner"),
        ("state=share", "new-search", "old"),
        ("state=on", "banner", "old"),
        ("kind=boolean&q=old", "old", "banner"),
    ],
)
def test_the_list_is_filtered(zheng: Any, query: str, there: str, gone: str) -> None:
    _some()
    text = zheng.get(f"/admin/flags/?env=develop&{query}").text
    assert f"<code>{there}</code>" in text
    assert f"<code>{gone}</code>" not in text


def test_odd_questions_are_answered(zheng: Any) -> None:
    _some()
    assert zheng.get("/admin/flags/?env=mars&sort=x&page=99999&state=nonsense&kind=x&tag=%00").status_code == 200
    assert "没有符合条件的结果" in zheng.get("/admin/flags/?q=nothing").text
    assert zheng.get("/admin/flags/?sort=-used&columns=key&columns=kind&columns=expires_on").status_code == 200


def test_a_list_costs_the_same_whatever_its_length(zheng: Any, queries: Any) -> None:
    published(flag_document("f0"))
    zheng.get("/admin/flags/")
    with queries() as one:
        zheng.get("/admin/flags/")
    published(*(flag_document(f"f{number}") for number in range(1, 30)))
    zheng.get("/admin/flags/")
    with queries() as many:
        zheng.get("/admin/flags/")
    assert len(many) == len(one)


def test_the_page_of_a_flag_says_its_rules_in_words(zheng: Any) -> None:
    published(
        segment_document("testers", name="内测人员"),
        flag_document("base", default="on"),
        flag_document(
            "new-search",
            name="新版搜索",
            prerequisites=[{"flag": "base", "variants": ["on"]}],
            rules=[
                for_segment("testers"),
                {
                    "name": "新版本",
                    "when": [{"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False}],
                    "serve": {"variant": "on"},
                },
                gray(1000),
            ],
        ),
    )
    text = zheng.get("/admin/flags/new-search?env=develop").text
    assert "属于用户分组“内测人员”" in text
    assert "小程序版本 ≥ 1.4.0（没有小程序版本的不符合）" in text
    assert "on 10%" in text
    assert "第 1 版" in text
    assert "新增开关“新版搜索”" in text
    assert "以它为前提的开关" in zheng.get("/admin/flags/base").text
    assert "正式版里没有这个开关" in zheng.get("/admin/flags/base?env=release").text
    assert zheng.get("/admin/flags/gone").status_code == 404


def test_hostile_names_are_text(zheng: Any) -> None:
    published(
        segment_document("s", name=HOSTILE),
        flag_document(
            "x", name=HOSTILE, description=HOSTILE, owner=HOSTILE, tags=[HOSTILE[:30]], rules=[for_segment("s")]
        ),
        flag_document("y", kind="string", variants={HOSTILE: HOSTILE}, default=HOSTILE),
    )
    for path in (
        "/admin/flags/?env=develop",
        "/admin/flags/x",
        "/admin/flags/y",
        "/admin/flags/develop/x/edit",
        "/admin/flags/develop/y/edit",
    ):
        answer = zheng.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert" in answer.text


# -- growing -------------------------------------------------------------------------------------------------------


def _seen(environment: Environment, key: str) -> str:
    found = flags.content(environment).hash_of(flags.Subject.FLAG, key)
    assert found is not None
    return found


def test_a_share_grows_in_one_click(zheng: Any) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    data = {"rule": "0", "share": "2500", "seen": _seen(Environment.DEVELOP, "new-search")}
    assert zheng.post("/admin/flags/develop/new-search/grow", data=data).status_code == 303
    found = flags.content(Environment.DEVELOP)
    assert found.flags["new-search"]["rules"][0]["serve"]["split"] == [["on", 2500], ["off", 7500]]
    revision = flags.find_revision(_actor(), Environment.DEVELOP, found.number)
    assert revision.kind is RevisionKind.RAMP
    assert "10% → 25%" in revision.reason


def _actor() -> Any:
    from server.domain.identity import SCHEDULER

    return SCHEDULER


def test_where_approval_is_due_a_larger_share_is_asked_for(zheng: Any) -> None:
    flag_sets.publish(Environment.RELEASE, flag_document("new-search", rules=[gray(1000)]))
    rules = flags.policy()
    flags.set_policy(
        _actor(),
        base_number=rules.number,
        approval=[Environment.RELEASE],
        stale_days=rules.stale_days,
        most_flags=rules.most_flags,
        reason="恢复审批",
    )
    data = {"rule": "0", "share": "5000", "seen": _seen(Environment.RELEASE, "new-search")}
    answer = zheng.post("/admin/flags/release/new-search/grow", data=data)
    assert answer.status_code == 303
    assert "/admin/flag-requests/" in answer.headers["Location"]
    assert flags.content(Environment.RELEASE).flags["new-search"]["rules"][0]["serve"]["split"][0] == ["on", 1000]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"rule": "0", "share": "500"}, "比例只能增大"),
        ({"rule": "7", "share": "5000"}, "没有按比例分配"),
        ({"rule": "0", "share": "99999"}, "请从页面上的按钮选择比例"),
        ({"rule": "0", "share": "5000", "seen": "0" * 64}, "刚被他人修改"),
    ],
)
def test_a_share_that_cannot_grow(zheng: Any, data: dict[str, str], told: str) -> None:
    published(flag_document("new-search", rules=[gray(1000)]))
    sent = {"seen": _seen(Environment.DEVELOP, "new-search"), **data}
    answer = zheng.post("/admin/flags/develop/new-search/grow", data=sent)
    assert answer.status_code in {409, 422}
    assert told in answer.text
    assert flags.head(Environment.DEVELOP) == 1


# -- switching off -------------------------------------------------------------------------------------------------


def test_a_flag_is_switched_off_at_once_with_a_reason(zheng: Any, mini_program_desk: Desk) -> None:
    flag_sets.publish(Environment.RELEASE, flag_document("new-search", default="on"))
    answer = zheng.post("/admin/flags/release/new-search/kill", data={"reason": "接口超时"})
    assert answer.status_code == 303
    assert flags.content(Environment.RELEASE).flags["new-search"]["enabled"] is False
    text = zheng.get("/admin/flags/new-search").text
    assert "已停用" in text
    assert "接口超时" in text
    assert "紧急关闭</button>" not in text
    assert mini_program_desk.trail("flag_set.killed")


def test_without_a_reason_nothing_is_switched_off(zheng: Any) -> None:
    published(flag_document("new-search", default="on"))
    answer = zheng.post("/admin/flags/develop/new-search/kill", data={"reason": " "})
    assert answer.status_code == 422
    assert "data-open" in answer.text
    assert flags.content(Environment.DEVELOP).flags["new-search"]["enabled"] is True


# -- who sees what -------------------------------------------------------------------------------------------------


def test_another_contracts_vendor_sees_nothing(mini_program_desk: Desk) -> None:
    _some()
    bai = mini_program_desk.sit("bai")
    for path in (
        "/admin/flags/",
        "/admin/flags/new-search",
        "/admin/flags/develop/new-search/edit",
        "/admin/flags/develop/new",
    ):
        answer = bai.get(path)
        assert answer.status_code == 404, path
        assert "新版搜索" not in answer.text
    assert bai.post("/admin/flags/develop/new-search/kill", data={"reason": "不归我"}).status_code == 404
    assert flags.content(Environment.DEVELOP).flags["new-search"]["enabled"] is True


def test_who_may_look_may_not_always_change(mini_program_desk: Desk) -> None:
    _some()
    shen = mini_program_desk.sit("shen")
    text = shen.get("/admin/flags/new-search").text
    assert "新版搜索" in text
    assert "紧急关闭" not in text
    assert "/edit" not in text
    assert "放量" not in text
    for path in ("kill", "grow", "preview", "save", "rows", "again", "remove"):
        assert shen.post(f"/admin/flags/develop/new-search/{path}", data={"reason": "试试"}).status_code == 403
    assert shen.get("/admin/flags/develop/new").status_code == 403


def test_the_bureau_switches_off_and_does_not_edit(mini_program_desk: Desk) -> None:
    _some()
    zhou = mini_program_desk.sit("zhou")
    text = zhou.get("/admin/flags/new-search").text
    assert "紧急关闭" in text
    assert zhou.get("/admin/flags/develop/new-search/edit").status_code == 403
