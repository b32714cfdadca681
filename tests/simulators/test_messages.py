"""Subscribe messages: fields by type, grants, refusals, pages."""

from typing import Any

import pytest

from server.simulators.wechat.rules.fields import fault_of
from tests.simulators.conftest import Api
from tests.support.wechat import Control, ControlError

SEND = "/cgi-bin/message/subscribe/send"
TEMPLATE = "AnsweredTemplate000000000000000000000000001"
DATA = {
    "character_string1": {"value": "FW-2026-0042"},
    "thing2": {"value": "查询页面打不开"},
    "phrase3": {"value": "已解决"},
}


@pytest.fixture
def openid(sim: Control) -> str:
    sim.template(TEMPLATE, "处理结果通知", {"character_string1": "编号", "thing2": "摘要", "phrase3": "状态"})
    return str(sim.user("小周")["openid"])


def message(openid: str, **change: Any) -> dict[str, Any]:
    body = {
        "touser": openid,
        "template_id": TEMPLATE,
        "page": "pages/tickets/show?id=1",
        "data": DATA,
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }
    return {**body, **change}


def test_one_grant_is_one_message(api: Api, sim: Control, openid: str) -> None:
    assert api.code("POST", SEND, message(openid)) == 43101
    sim.grant("小周", TEMPLATE)
    answer = api.call("POST", SEND, message(openid))
    assert (answer["errcode"], answer["errmsg"].startswith("ok rid: ")) == (0, True)
    (sent,) = sim.messages("小周")
    assert sent["lines"] == {"编号": "FW-2026-0042", "摘要": "查询页面打不开", "状态": "已解决"}
    assert api.code("POST", SEND, message(openid)) == 43101
    assert sim.messages("小吴") == []


def test_long_term_template_sends_again_until_refused(api: Api, sim: Control, openid: str) -> None:
    sim.template(TEMPLATE, "公告", {"thing2": "标题"}, type=3)
    sim.grant("小周", TEMPLATE)
    assert [api.code("POST", SEND, message(openid)) for _ in range(3)] == [0, 0, 0]
    sim.refuse("小周", TEMPLATE)
    assert api.code("POST", SEND, message(openid)) == 43101


@pytest.mark.parametrize(
    ("change", "errcode", "named"),
    [
        ({"touser": "someone"}, 40003, "openid"),
        ({"touser": None}, 40003, "openid"),
        ({"touser": "o" + "x" * 27}, 40003, "openid"),
        ({"template_id": "nothing"}, 40037, "template_id"),
        ({"page": "pages/nowhere"}, 41030, "page"),
        ({"miniprogram_state": None}, 47003, "miniprogram_state"),
        ({"lang": "de"}, 47003, "lang"),
        ({"data": "text"}, 47003, "data"),
        ({"data": {}}, 47003, "data.character_string1.value is empty"),
        ({"data": {**DATA, "thing2": {"value": "长" * 21}}}, 47003, "data.thing2.value invalid"),
        ({"data": {**DATA, "thing2": {"value": ""}}}, 47003, "data.thing2.value is empty"),
        ({"data": {**DATA, "thing2": "bare"}}, 47003, "data.thing2.value is empty"),
        ({"data": {**DATA, "phrase3": {"value": "solved"}}}, 47003, "data.phrase3.value invalid"),
    ],
)
def test_faulty_message(api: Api, sim: Control, openid: str, change: dict[str, Any], errcode: int, named: str) -> None:
    sim.grant("小周", TEMPLATE)
    answer = api.call("POST", SEND, message(openid, **change))
    assert answer["errcode"] == errcode
    assert named in answer["errmsg"]
    assert sim.messages() == []
    assert sim.get("grants", user="小周")[TEMPLATE]["count"] == 1


def test_page_may_be_left_out_or_begin_with_a_slash(api: Api, sim: Control, openid: str) -> None:
    sim.grant("小周", TEMPLATE, 2)
    assert api.code("POST", SEND, message(openid, page="/pages/index/index")) == 0
    assert api.code("POST", SEND, message(openid, page=None)) == 0


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", ["a", "长" * 20, "含数字1和符号！"], ["长" * 21, "  ", ""]),
        ("number1", ["1", "-3.50", "9" * 32], ["9" * 33, "12a"]),
        ("letter1", ["A" * 32], ["A1", "A" * 33, "字"]),
        ("symbol1", ["!", "——", "！？"], ["!!!!!!", "a"]),
        ("character_string1", ["FW-2026-0042", "x" * 32], ["x" * 33, "编号", "a b"]),
        ("time1", ["15:01", "2026年9月1日 15:01", "2026-09-01 15:01", "08:00:05"], ["25:00", "明天", "2026-09-01"]),
        ("date1", ["2026年9月1日", "2026-09-01", "2026-09-01 15:01"], ["9月1日", "2026-13-01", "15:01"]),
        ("amount1", ["100", "￥100.00", "12.5元"], ["一百", "1.234", "12345678901"]),
        ("phone_number1", ["0570-3012345", "+86 13800138000"], ["9" * 18, "电话"]),
        ("car_number1", ["浙H12345", "浙HD12345", "浙H1234挂"], ["浙h12345", "abc"]),
        ("name1", ["周建国", "John Smith", "长" * 10], ["长" * 11, "a" * 21, "小周1"]),
        ("phrase1", ["已解决", "长" * 5], ["长" * 6, "ok", "已 解决"]),
    ],
)
def test_fields_by_type(key: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if fault_of(key, value)] == []
    assert [value for value in bad if fault_of(key, value) is None] == []


def test_template_with_an_unknown_field_kind_is_no_template(sim: Control) -> None:
    for key in ("nothing1", "thing"):
        with pytest.raises(ControlError, match="field kind"):
            sim.template("X", "x", {key: "x"})


def test_template_list_and_removal(api: Api, sim: Control, openid: str) -> None:
    rows = {row["priTmplId"]: row for row in api.call("GET", "/wxaapi/newtmpl/gettemplate")["data"]}
    assert rows[TEMPLATE]["content"] == "编号:{{character_string1.DATA}}\n摘要:{{thing2.DATA}}\n状态:{{phrase3.DATA}}\n"
    sim.ask("DELETE", f"templates/{TEMPLATE}")
    assert api.code("POST", SEND, message(openid)) == 40037
