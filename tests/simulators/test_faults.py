"""Faults over real sockets: which call they befall, and what the caller then sees."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.simulators.conftest import Api
from tests.support.wechat import Control

PROBE, SEND = "/cgi-bin/getcallbackip", "/cgi-bin/message/subscribe/send"


def test_errcode_once_then_well(api: Api, sim: Control) -> None:
    token = api.token
    rule = sim.fault({"kind": "errcode", "code": 42001}, PROBE, times=1)
    answer = api.call("GET", PROBE, token=token)
    assert answer["errcode"] == 42001
    assert " rid: " in answer["errmsg"]
    assert api.code("GET", PROBE, token=token) == 0
    assert sim.hits(rule) == 1
    assert sim.calls(PROBE)[0]["fault"] == "errcode"


def test_burst_of_busy(api: Api, sim: Control) -> None:
    sim.fault({"kind": "busy", "count": 3}, PROBE)
    assert [api.code("GET", PROBE) for _ in range(5)] == [-1, -1, -1, 0, 0]


def test_a_held_call_does_nothing_in_the_world_after_a_reset(api: Api, sim: Control) -> None:
    token = api.token
    sim.fault({"kind": "latency", "seconds": 60}, PROBE)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(api.code, "GET", PROBE, token=token)
        while not sim.calls(PROBE):
            pass
        sim.reset()
        assert held.result(timeout=30) == -1
    assert sim.calls(PROBE) == []


def test_nth_call_and_pattern(api: Api, sim: Control) -> None:
    api.fetch_token()
    sim.fault("busy", "/cgi-bin/get*", nth=[2, 4])
    assert [api.code("GET", PROBE) for _ in range(5)] == [0, -1, 0, -1, 0]


def test_probability_repeats_with_the_seed(api: Api, sim: Control) -> None:
    def run() -> list[int]:
        sim.reset()
        api._token = None
        assert api.token
        sim.fault("busy", PROBE, probability=0.5)
        return [api.code("GET", PROBE) for _ in range(20)]

    first = run()
    assert first == run()
    assert {0, -1} == set(first)


@pytest.mark.parametrize("match", ["小周", {"content": "小周"}, {"deep.er": 1}])
def test_match_by_text_or_by_value(api: Api, sim: Control, match: Any) -> None:
    sim.fault({"kind": "errcode", "code": 50002}, "/wxa/msg_sec_check", match=match)
    struck = {"content": "小周", "deep": {"er": 1}}
    assert api.code("POST", "/wxa/msg_sec_check", data=json.dumps(struck, ensure_ascii=False).encode()) == 50002
    assert api.code("POST", "/wxa/msg_sec_check", {"content": "别的"}) == 0


def test_latency_and_stall_beyond_the_callers_patience(api: Api, sim: Control) -> None:
    assert api.token
    for effect in ("latency", "stall"):
        sim.clear_faults()
        sim.fault({"kind": effect, "seconds": 0.6}, PROBE)
        query = {"access_token": api.token}
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.get(sim.url + PROBE, params=query, timeout=0.1)
    sim.clear_faults()
    sim.fault({"kind": "latency", "seconds": 0.2}, PROBE)
    began = time.monotonic()
    assert api.code("GET", PROBE) == 0
    assert time.monotonic() - began >= 0.2


def test_reset_is_a_tcp_reset(api: Api, sim: Control) -> None:
    assert api.token
    sim.fault("reset", PROBE, times=1)
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        api.code("GET", PROBE)
    assert api.code("GET", PROBE) == 0


def test_html_where_json_should_be(api: Api, sim: Control) -> None:
    assert api.token
    for effect, status in (("bad_gateway", 502), ("html", 200)):
        sim.clear_faults()
        sim.fault(effect, PROBE)
        with api.raw("GET", PROBE) as answer:
            assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
            assert answer.text.startswith("<html>")


def test_spoiled_bodies(api: Api, sim: Control) -> None:
    assert api.token
    seen = {}
    for effect in ("truncated_json", "bom", "invalid_utf8"):
        sim.clear_faults()
        sim.fault(effect, PROBE)
        with api.raw("GET", PROBE) as answer:
            seen[effect] = answer.content
            assert answer.status_code == 200
    assert seen["bom"].startswith(b"\xef\xbb\xbf{")
    with pytest.raises(UnicodeDecodeError):
        seen["invalid_utf8"].decode()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(seen["truncated_json"])


def test_body_shorter_than_announced(api: Api, sim: Control) -> None:
    assert api.token
    sim.fault("cut_body", PROBE)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.raw("GET", PROBE)


@pytest.mark.parametrize("effect", ["reset", "bad_gateway", "busy"])
def test_done_but_the_answer_is_lost(api: Api, sim: Control, effect: str) -> None:
    template = sim.get("templates")[1]["id"]
    sim.grant("小周", template)
    sim.fault({"kind": effect, "done": True}, SEND)
    body = {
        "touser": sim.user("小周")["openid"],
        "template_id": template,
        "data": {
            "character_string1": {"value": "FW-1"},
            "thing2": {"value": "x"},
            "phrase3": {"value": "已受理"},
            "time4": {"value": "15:01"},
            "thing5": {"value": "y"},
        },
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }
    try:
        with api.raw("POST", SEND, body) as answer:
            assert answer.status_code == 502 or answer.json()["errcode"] == -1
    except requests.exceptions.ConnectionError:
        assert effect == "reset"
    assert len(sim.messages("小周")) == 1


def test_token_revoked_early(api: Api, sim: Control) -> None:
    token = api.token
    sim.fault("token_revoked", PROBE, nth=2)
    assert [api.code("GET", PROBE, token=token) for _ in range(3)] == [0, 40001, 40001]
    assert api.code("GET", PROBE, token=api.fetch_token()["access_token"]) == 0


def test_two_tokens_overlap_for_five_minutes(api: Api, sim: Control) -> None:
    first = api.token
    sim.fault("overlapping_tokens", "/cgi-bin/stable_token")
    second = api.fetch_token()["access_token"]
    assert second != first
    assert api.code("GET", PROBE, token=first) == api.code("GET", PROBE, token=second) == 0
    sim.advance(301)
    assert api.code("GET", PROBE, token=first) == 42001
    assert api.code("GET", PROBE, token=second) == 0


def test_clock_skew_shows_in_the_date_and_in_what_is_stamped(api: Api, sim: Control) -> None:
    sim.fault({"kind": "clock_skew", "seconds": -900}, "/wxa/business/getuserphonenumber")
    now = sim.get("clock")["now"]
    body = {"code": sim.phone_code("小周")}
    with api.raw("POST", "/wxa/business/getuserphonenumber", body) as answer:
        stamped = answer.json()["phone_info"]["watermark"]["timestamp"]
        dated = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(stamped - (now - 900)) <= 2
    assert abs(dated - (now - 900)) <= 2
    assert abs(sim.get("clock")["now"] - now) < 5


def test_rules_are_listed_and_cleared_one_by_one(api: Api, sim: Control) -> None:
    one, two = sim.fault("busy", PROBE), sim.fault("html", "/wxa/*")
    assert [fault["id"] for fault in sim.get("faults")] == [one, two]
    sim.ask("DELETE", f"faults/{one}")
    assert [fault["id"] for fault in sim.get("faults")] == [two]
    assert api.code("GET", PROBE) == 0
