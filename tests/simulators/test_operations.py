"""Quotas and their reset, request ids, operations data, control of the state as a whole."""

import socket
from datetime import datetime
from typing import Any

import pytest

from server.simulators.wechat.clock import BEIJING
from tests.simulators.conftest import Api, Receiver
from tests.support.wechat import Control, ControlError

TEXT = "/wxa/msg_sec_check"
MIDNIGHT = datetime(2026, 9, 1, tzinfo=BEIJING).timestamp()


@pytest.fixture
def check(api: Api, sim: Control) -> Any:
    def run() -> int:
        sim.post("visit", user="小周")
        body = {"version": 2, "openid": sim.user("小周")["openid"], "scene": 2, "content": "好"}
        return api.code("POST", TEXT, body)

    return run


def test_minute_quota_and_its_end(check: Any, sim: Control) -> None:
    sim.post("clock", set=MIDNIGHT)
    sim.post("quotas", path=TEXT, minute=2)
    assert [check(), check(), check()] == [0, 0, 45011]
    sim.advance(60)
    assert check() == 0


def test_code_image_answers_45009_by_the_minute(api: Api, sim: Control) -> None:
    sim.post("clock", set=MIDNIGHT)
    sim.post("quotas", path="/wxa/getwxacodeunlimit", minute=1)
    with api.raw("POST", "/wxa/getwxacodeunlimit", {"scene": "a"}) as answer:
        assert answer.headers["Content-Type"] == "image/png"
    assert api.code("POST", "/wxa/getwxacodeunlimit", {"scene": "a"}) == 45009


def test_day_quota_ends_at_midnight_in_beijing(check: Any, api: Api, sim: Control) -> None:
    sim.post("clock", set=MIDNIGHT - 3600)
    sim.post("quotas", path=TEXT, day=2)
    assert [check(), check(), check()] == [0, 0, 45009]
    usage = api.call("POST", "/cgi-bin/openapi/quota/get", {"cgi_path": TEXT})["quota"]
    assert usage == {"daily_limit": 2, "used": 2, "remain": 0}
    sim.advance(3601)
    assert check() == 0


@pytest.mark.parametrize(
    ("path", "token", "body"),
    [
        ("/cgi-bin/clear_quota", "", {"appid": "{appid}"}),
        ("/cgi-bin/clear_quota/v2", None, {"appid": "{appid}", "appsecret": "{secret}"}),
        ("/cgi-bin/openapi/quota/clear", "", {"cgi_path": TEXT}),
    ],
)
def test_quota_is_given_back_ten_times_a_month(
    check: Any, api: Api, sim: Control, path: str, token: str | None, body: dict[str, str]
) -> None:
    sim.post("clock", set=MIDNIGHT)
    filled = {key: value.format(appid=sim.config.appid, secret=sim.config.secret) for key, value in body.items()}
    sim.post("quotas", path=TEXT, day=1)
    assert [check(), check()] == [0, 45009]
    assert api.code("POST", path, filled, token=token) == 0
    assert check() == 0
    assert [api.code("POST", path, filled, token=token) for _ in range(10)] == [*[0] * 9, 48006]
    sim.advance(31 * 86400)
    api._token = None
    assert api.code("POST", path, filled, token=token) == 0


@pytest.mark.parametrize(
    ("path", "body", "errcode"),
    [
        ("/cgi-bin/openapi/quota/get", {"cgi_path": "/wxa/none"}, 76021),
        ("/cgi-bin/openapi/quota/get", {}, 76021),
        ("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/clear_quota"}, 76022),
        ("/cgi-bin/clear_quota", {"appid": "wx0000000000000000"}, 40013),
        ("/cgi-bin/openapi/rid/get", {"rid": "none"}, 76001),
        ("/cgi-bin/callback/check", {"action": "what"}, 40097),
        ("/wxaapi/log/jserr_list", {}, 40097),
    ],
)
def test_faulty_operations_calls(api: Api, path: str, body: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", path, body) == errcode


def test_rid_finds_the_call_for_seven_days(api: Api, sim: Control) -> None:
    answer = api.call("POST", TEXT, {"content": ""})
    rid = answer["errmsg"].rsplit(" rid: ", 1)[1]
    assert [len(part) for part in rid.split("-")] == [8, 8, 8]
    found = api.call("POST", "/cgi-bin/openapi/rid/get", {"rid": rid})["request"]
    assert "access_token=" in found["request_url"]
    sim.advance(7 * 86400 + 1)
    api._token = None
    assert api.code("POST", "/cgi-bin/openapi/rid/get", {"rid": rid}) == 76003


def test_every_errmsg_ends_with_a_rid_that_is_in_the_log(api: Api, sim: Control) -> None:
    answers = [api.call("GET", "/cgi-bin/getcallbackip"), api.call("GET", "/no/such"), api.call("POST", TEXT, {})]
    logged = [call["rid"] for call in sim.calls()]
    for answer in answers:
        assert answer["errmsg"].rsplit(" rid: ", 1)[1] in logged


def test_log_holds_method_query_body_token_and_answer(api: Api, sim: Control) -> None:
    api.call("POST", TEXT, {"content": "违法测试词"})
    (call,) = sim.calls(TEXT)
    assert (call["method"], call["body"], call["token"]) == ("POST", {"content": "违法测试词"}, api.token)
    assert (call["status"], call["answer"]["errcode"], call["fault"]) == (200, 87014, None)
    assert sim.get("calls", method="GET") == []
    sim.ask("DELETE", "calls")
    assert sim.calls() == []


def test_callback_self_test(api: Api, sim: Control, receiver: Receiver) -> None:
    body = {"action": "all", "check_operator": "DEFAULT"}
    assert api.code("POST", "/cgi-bin/callback/check", body) == 40066
    sim.callback(url=receiver.url)
    good = api.call("POST", "/cgi-bin/callback/check", body)
    assert (good["dns"][0]["ip"], good["ping"][0]["package_loss"]) == ("127.0.0.1", "0%")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        sim.callback(url=f"http://127.0.0.1:{closed.getsockname()[1]}/")
        bad = api.call("POST", "/cgi-bin/callback/check", {"action": "ping"})
    assert (bad["ping"][0]["package_loss"], "dns" in bad) == ("100%", False)


def test_operations_data(api: Api, sim: Control) -> None:
    sim.post("clock", set=MIDNIGHT)
    sim.post(
        "operations",
        gray_plan={"status": 1, "gray_percentage": 10},
        jserr=[
            {"errorMsg": "x is undefined", "uv": 2, "pv": 9, "appVersion": "1.4.1"},
            {"errorMsg": "timeout", "uv": 5, "pv": 6, "appVersion": "1.4.2"},
        ],
        feedback=[{"content": "好", "type": 1}, {"content": "慢", "type": 2}],
        userlog=[{"level": 2, "timestamp": int(MIDNIGHT) - 10, "filterMsg": "report"}],
    )
    assert api.call("GET", "/wxa/getgrayreleaseplan")["gray_release_plan"]["gray_percentage"] == 10
    listing = {"startTime": "2026-08-01", "endTime": "2026-09-01"}
    rows = api.call("POST", "/wxaapi/log/jserr_list", {**listing, "orderby": "uv", "desc": "2"})["data"]
    assert [row["uv"] for row in rows] == [5, 2]
    by_pv = api.call("POST", "/wxaapi/log/jserr_list", {**listing, "orderby": "pv", "limit": 1})
    assert (by_pv["totalCount"], by_pv["data"][0]["pv"]) == (2, 9)
    old = api.call("POST", "/wxaapi/log/jserr_list", {**listing, "appVersion": "1.4.1"})["data"]
    assert [row["errorMsg"] for row in old] == ["x is undefined"]
    wanted = api.call("GET", "/wxaapi/feedback/list", query={"type": 2, "page": 1, "num": 10})
    assert (wanted["total_num"], wanted["list"][0]["content"]) == (1, "慢")
    query = {"date": "20260831", "begintime": int(MIDNIGHT) - 60, "endtime": int(MIDNIGHT)}
    assert api.call("GET", "/wxaapi/userlog/userlog_search", query=query)["data"]["total"] == 1
    assert api.code("GET", "/wxaapi/userlog/userlog_search", query={**query, "date": "20260820"}) == 40097


def test_reset_brings_back_the_first_moment(api: Api, sim: Control) -> None:
    first = sim.login("小周")
    sim.advance(1000)
    sim.fault("busy")
    sim.callback(url="http://127.0.0.1:1/")
    sim.post("pages", pages=["pages/other"])
    sim.reset()
    state = sim.get("state")
    assert (state["users"], state["faults"], state["calls"], state["callback"]) == (0, 0, 0, "")
    assert abs(state["clock"]["offset"]) < 1
    assert "pages/index/index" in sim.get("pages")
    assert sim.login("小周") == first


def test_control_refuses_what_it_does_not_understand(sim: Control) -> None:
    refused: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "login", {}),
        ("POST", "clock", {}),
        ("POST", "callback", {"url": "https://example.com/"}),
        ("POST", "callback", {"aes_key": "short"}),
        ("POST", "callback", {"what": 1}),
        ("POST", "faults", {"effect": "nothing"}),
        ("POST", "faults", {"effect": "html", "path": "push:*"}),
        ("POST", "faults", {"effect": "html", "when": "now"}),
        ("POST", "rules", {"text": [{"suggest": "risky"}]}),
        ("POST", "rules", {"text": [{"suggest": "bad", "contains": "x"}]}),
        ("POST", "options", {"what": 1}),
        ("POST", "operations", {"what": 1}),
        ("POST", "pages", {"pages": []}),
        ("POST", "subscribe", {"user": "小周", "results": {"none": "accept"}}),
        ("POST", "grants", {"user": "小周", "template_id": "none"}),
    ]
    for method, path, values in refused:
        with pytest.raises(ControlError, match=r"40[09]"):
            sim.ask(method, path, **values)
