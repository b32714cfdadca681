"""The content check of words and pictures."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.simulators.conftest import Api, Receiver
from tests.support.wechat import Control, running_simulator

TEXT, MEDIA, OLD = "/wxa/msg_sec_check", "/wxa/media_check_async", "/wxa/img_sec_check"


def picture(colour: str = "green", form: str = "PNG", size: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, form)
    return out.getvalue()


@pytest.fixture
def openid(sim: Control) -> str:
    sim.post("visit", user="小周")
    return str(sim.user("小周")["openid"])


def words(openid: str, content: Any = "查询页面打不开", **change: Any) -> dict[str, Any]:
    return {"version": 2, "openid": openid, "scene": 2, "content": content, **change}


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [
        ("查询页面打不开", "pass", 100),
        ("这里有违法测试词", "risky", 20006),
        ("这里有辱骂测试词", "risky", 20003),
        ("请复核测试词", "review", 21000),
    ],
)
def test_verdict_on_words(api: Api, openid: str, content: str, suggest: str, label: int) -> None:
    answer = api.call("POST", TEXT, words(openid, content))
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert answer["detail"][0]["strategy"] == "content_model"
    assert answer["trace_id"]


def test_title_and_nickname_are_judged_too(api: Api, openid: str) -> None:
    assert api.call("POST", TEXT, words(openid, nickname="违法测试词"))["result"]["suggest"] == "risky"


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"content": ""}, 44002),
        ({"content": None}, 44002),
        ({"content": "长" * 2501}, 45002),
        ({"scene": 5}, 40129),
        ({"scene": "2"}, 40129),
        ({"openid": "x"}, 40003),
        ({"openid": "o" + "x" * 27}, 43104),
    ],
)
def test_faulty_text_check(api: Api, openid: str, change: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", TEXT, {**words(openid), **change}) == errcode


def test_longest_text_passes(api: Api, openid: str) -> None:
    assert api.code("POST", TEXT, words(openid, "长" * 2500)) == 0


def test_visit_of_more_than_two_hours_ago_does_not_count(api: Api, sim: Control, openid: str) -> None:
    sim.post("visit", user="小周", ago=7300)
    assert api.code("POST", TEXT, words(openid)) == 61010
    never = sim.user("小吴")["openid"]
    assert api.code("POST", TEXT, words(never)) == 61010


def test_frozen_first_version_says_only_yes_or_no(api: Api, sim: Control) -> None:
    assert api.code("POST", TEXT, {"content": "好"}) == 0
    assert api.code("POST", TEXT, {"content": "违法测试词"}) == 87014


def test_rules_can_be_added_and_replaced(api: Api, sim: Control, openid: str) -> None:
    sim.post("rules", text=[{"contains": "甲", "suggest": "review", "label": 20012}])
    assert api.call("POST", TEXT, words(openid, "甲"))["result"] == {"suggest": "review", "label": 20012}
    sim.post("rules", replace=True)
    assert api.call("POST", TEXT, words(openid, "违法测试词"))["result"]["suggest"] == "pass"


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (picture("green"), "pass"),
        (picture("red"), "risky"),
        (picture("red", "JPEG"), "risky"),
        (picture("yellow", "JPEG"), "review"),
        (picture("green") + b"SIM-RISKY", "risky"),
        (b"no picture", "failed"),
        (b"\x00" * (10 * 1024 * 1024 + 1), "failed"),
    ],
)
def test_picture_is_really_fetched_and_judged(
    api: Api, sim: Control, receiver: Receiver, openid: str, data: bytes, state: str
) -> None:
    receiver.files["/shot.png"] = data
    url = receiver.url.replace("/callback", "/shot.png")
    answer = api.call("POST", MEDIA, media(openid, url))
    sim.drain()
    (job,) = sim.get("media")
    assert (job["state"], job["trace_id"]) == (state, answer["trace_id"])
    (push,) = sim.pushes()
    body = push["body"]
    assert (body["Event"], body["trace_id"], body["version"]) == ("wxa_media_check", answer["trace_id"], 2)
    if state == "failed":
        assert (body["errcode"], body["detail"], "result" in body) == (-1008, [], False)
    else:
        assert (body["errcode"], body["result"]["suggest"]) == (0, state)


def media(openid: str, url: Any, **change: Any) -> dict[str, Any]:
    return {"version": 2, "openid": openid, "scene": 2, "media_url": url, "media_type": 2, **change}


@pytest.mark.parametrize("url", ["http://example.invalid/x.png", "file:///etc/passwd", "http://127.0.0.1:1/x.png"])
def test_nothing_but_loopback_is_fetched(api: Api, sim: Control, openid: str, url: str) -> None:
    assert api.code("POST", MEDIA, media(openid, url)) == 0
    sim.drain()
    assert sim.pushes()[0]["body"]["errcode"] == -1008


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"version": 1}, 40097),
        ({"media_type": 3}, 40097),
        ({"media_url": ""}, 41005),
        ({"scene": 0}, 40129),
        ({"openid": "o" + "x" * 27}, 43104),
    ],
)
def test_faulty_media_check(api: Api, openid: str, change: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", MEDIA, {**media(openid, "http://127.0.0.1:1/x"), **change}) == errcode


def test_verdict_comes_after_the_virtual_delay(api: Api, sim: Control, receiver: Receiver, openid: str) -> None:
    sim.post("options", media_delay=600)
    receiver.files["/a.png"] = picture()
    api.call("POST", MEDIA, media(openid, receiver.url.replace("/callback", "/a.png")))
    sim.drain()
    assert sim.pushes() == []
    sim.advance(601)
    sim.drain()
    assert len(sim.pushes()) == 1


@pytest.mark.parametrize(
    ("data", "errcode"),
    [
        (picture(), 0),
        (picture("red"), 87014),
        (b"text", 40137),
        (b"", 41005),
        (b"x" * (1024 * 1024 + 1), 40006),
    ],
)
def test_small_pictures_at_once(api: Api, data: bytes, errcode: int) -> None:
    assert api.code("POST", OLD, files={"media": ("a.png", data, "image/png")}) == errcode


def test_old_check_without_a_file(api: Api) -> None:
    assert api.code("POST", OLD, data=b"") == 41005


def test_user_of_another_app_is_a_stranger() -> None:
    with running_simulator(appid="wx00000000000000aa") as other:
        foreign = other.user("小周")["openid"]
    with running_simulator() as sim:
        sim.post("visit", user="小周")
        api = Api(sim)
        assert api.code("POST", TEXT, words(foreign)) == 43104
