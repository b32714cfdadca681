"""Pushes: signed, encrypted, retried and spoiled; read with wechatpy, which shares no code with the simulator."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import xmltodict  # type: ignore[import-untyped]  # wechatpy brings it, without stubs
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

from server.simulators.wechat.push import crypto, events
from tests.simulators.conftest import Api, Letter, Receiver, say
from tests.support.wechat import Control, running_simulator

EVENT = "user_info_modified"


@pytest.fixture
def connected(sim: Control, receiver: Receiver) -> Control:
    sim.callback(url=receiver.url)
    return sim


def opened(sim: Control, letter: Letter) -> dict[str, Any]:
    """What the service would read, by the other implementation."""
    config, query = sim.config, letter.query
    check_signature(config.token, query["signature"], query["timestamp"], query["nonce"])
    text = letter.body.decode()
    envelope = json.loads(text) if letter.content_type == "application/json" else text
    if query.get("encrypt_type") == "aes":
        box = WeChatCrypto(config.token, config.aes_key, config.appid)
        text = box.decrypt_message(envelope, query["msg_signature"], query["timestamp"], query["nonce"])
    body = json.loads(text) if letter.content_type == "application/json" else xmltodict.parse(text)["xml"]
    return dict(body)


def test_published_signature_vector() -> None:
    assert crypto.sign("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


@pytest.mark.parametrize("message", ["", "x", "市监" * 40, "<xml/>" * 5000, "z" * 12])
def test_cipher_agrees_with_wechatpy_both_ways(message: str) -> None:
    key, appid = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx5a1c0de5a1c0de00"
    box = WeChatCrypto("token", key, appid)
    sealed = crypto.encrypt(key, message.encode(), appid, b"0123456789abcdef")
    signature = crypto.sign("token", "1", "2", sealed)
    assert box.decrypt_message({"Encrypt": sealed}, signature, "1", "2") == message
    theirs = xmltodict.parse(box.encrypt_message(message, "2", "1"))["xml"]
    assert theirs["MsgSignature"] == crypto.sign("token", "1", "2", theirs["Encrypt"])
    assert crypto.decrypt(key, theirs["Encrypt"]) == (message.encode(), appid)


@pytest.mark.parametrize("mode", ["json", "xml"])
@pytest.mark.parametrize("safety", ["plain", "safe"])
def test_every_mode_reads_the_same(connected: Control, receiver: Receiver, mode: str, safety: str) -> None:
    connected.callback(mode=mode, safety=safety)
    connected.push("小周", EVENT, OpenID="o1", AppID="wx", RevokeInfo="<1>]]>")
    connected.drain()
    (letter,) = receiver.letters
    body = opened(connected, letter)
    assert (body["Event"], body["OpenID"], body["RevokeInfo"]) == (EVENT, "o1", "<1>]]>")
    assert body["FromUserName"] == letter.query["openid"] == connected.user("小周")["openid"]
    assert int(body["CreateTime"]) == pytest.approx(connected.get("clock")["now"], abs=5)
    assert (b"Encrypt" in letter.body) == (safety == "safe")
    assert letter.content_type == ("application/json" if mode == "json" else "text/xml")


def test_verification_of_the_address(connected: Control, receiver: Receiver) -> None:
    assert connected.post("callback/verify")["ok"] is True
    query = receiver.letters[0].query
    expected = hashlib.sha1(
        "".join(sorted([connected.config.token, query["timestamp"], query["nonce"]])).encode()
    ).hexdigest()
    assert query["signature"] == expected
    receiver.echo = False
    assert connected.post("callback/verify")["ok"] is False
    connected.callback(url="http://127.0.0.1:1/")
    assert connected.post("callback/verify") == {"ok": False, "error": "ConnectionError"}
    connected.callback(url="")
    assert connected.post("callback/verify")["error"] == "no callback"


@pytest.mark.parametrize(
    ("answers", "attempts", "state"),
    [
        ([say(200, "success")], 1, "delivered"),
        ([say(200, "")], 1, "delivered"),
        ([say(500, "success"), say(200, "success")], 2, "delivered"),
        ([say(200, "no"), say(302, "success"), say(200, "success")], 3, "delivered"),
        ([say(500, "")] * 5, 4, "failed"),
    ],
)
def test_retries_until_success_and_no_more_than_three(
    connected: Control, receiver: Receiver, answers: list[Any], attempts: int, state: str
) -> None:
    receiver.answers = list(answers)
    connected.push("小周", EVENT)
    connected.drain()
    (push,) = connected.pushes()
    assert (len(push["attempts"]), push["state"], len(receiver.letters)) == (attempts, state, attempts)
    bodies = [opened(connected, letter) for letter in receiver.letters]
    assert all(body == bodies[0] for body in bodies)


def test_slow_answer_counts_as_none(connected: Control, receiver: Receiver) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        receiver.release.wait(0.8)
        handler.close_connection = True

    receiver.answers = [slow, say(200, "success")]
    connected.push("小周", EVENT)
    connected.drain()
    (push,) = connected.pushes()
    assert [attempt["error"] for attempt in push["attempts"]] == ["ReadTimeout", None]
    assert push["state"] == "delivered"


def test_unreachable_and_missing_callback(sim: Control) -> None:
    sim.push("小周", EVENT)
    sim.callback(url="http://127.0.0.1:1/")
    sim.drain()
    sim.push("小周", EVENT)
    sim.drain()
    states = {push["state"] for push in sim.pushes()}
    assert "failed" in states
    sim.callback(url="")
    sim.push("小周", EVENT)
    sim.drain()
    assert sim.pushes()[-1]["state"] == "no_callback"


def test_bad_signature(connected: Control, receiver: Receiver) -> None:
    connected.fault("bad_signature")
    connected.push("小周", EVENT)
    connected.drain()
    with pytest.raises(InvalidSignatureException):
        opened(connected, receiver.letters[0])


def test_wrong_appid_inside(connected: Control, receiver: Receiver) -> None:
    connected.fault("wrong_appid")
    connected.push("小周", EVENT)
    connected.drain()
    with pytest.raises(InvalidAppIdException):
        opened(connected, receiver.letters[0])


def test_ciphertext_of_noise_is_signed_but_unreadable(connected: Control, receiver: Receiver) -> None:
    connected.fault("bad_cipher")
    connected.push("小周", EVENT)
    connected.drain()
    with pytest.raises((ValueError, InvalidAppIdException)):
        opened(connected, receiver.letters[0])


def test_plain_text_in_safe_mode(connected: Control, receiver: Receiver) -> None:
    connected.fault("plaintext")
    connected.push("小周", EVENT)
    connected.drain()
    (letter,) = receiver.letters
    assert "encrypt_type" not in letter.query
    assert json.loads(letter.body)["Event"] == EVENT


def test_duplicates_are_the_same_event(connected: Control, receiver: Receiver) -> None:
    connected.fault({"kind": "duplicate", "count": 2}, times=1)
    connected.push("小周", EVENT)
    connected.push("小周", EVENT, OpenID="second")
    connected.drain()
    bodies = [opened(connected, letter) for letter in receiver.letters]
    assert len(bodies) == 4
    assert bodies[0] == bodies[1] == bodies[2] != bodies[3]


def test_reordered_pushes(connected: Control, receiver: Receiver) -> None:
    connected.fault("reorder", f"push:{EVENT}", times=1)
    connected.push("小周", EVENT, OpenID="first")
    connected.push("小周", EVENT, OpenID="second")
    connected.drain()
    assert [opened(connected, letter)["OpenID"] for letter in receiver.letters] == ["second", "first"]


def test_held_push_goes_out_at_the_drain(connected: Control, receiver: Receiver) -> None:
    connected.fault("reorder")
    connected.push("小周", EVENT)
    assert connected.pushes()[0]["state"] == "held"
    connected.drain()
    assert len(receiver.letters) == 1


def test_late_push_waits_for_the_virtual_clock(connected: Control, receiver: Receiver) -> None:
    connected.fault({"kind": "late", "seconds": 1800})
    connected.push("小周", EVENT)
    connected.drain()
    assert receiver.letters == []
    connected.advance(1801)
    connected.drain()
    assert len(receiver.letters) == 1
    connected.push("小周", EVENT)
    connected.drain(late=True)
    assert len(receiver.letters) == 2


def test_clock_skew_of_a_push(connected: Control, receiver: Receiver) -> None:
    connected.fault({"kind": "clock_skew", "seconds": -7200})
    connected.push("小周", EVENT)
    connected.drain()
    stamped = int(receiver.letters[0].query["timestamp"])
    assert stamped == pytest.approx(connected.get("clock")["now"] - 7200, abs=5)


def test_push_that_never_comes_and_one_without_detail(connected: Control, receiver: Receiver) -> None:
    connected.post("visit", user="小周")
    api, openid = Api(connected), connected.user("小周")["openid"]
    body = {"version": 2, "openid": openid, "scene": 2, "media_type": 2, "media_url": "http://127.0.0.1:1/x"}
    connected.fault("never", "push:wxa_media_check", nth=1)
    connected.fault("empty_detail", "push:wxa_media_check", nth=1)
    for _ in range(2):
        api.call("POST", "/wxa/media_check_async", body)
    connected.drain()
    assert [push["state"] for push in connected.pushes()] == ["dropped", "delivered"]
    read = opened(connected, receiver.letters[0])
    assert (read["detail"], "result" in read) == ([], False)


def test_sent_event_follows_each_message_unless_switched_off(connected: Control, receiver: Receiver) -> None:
    template = connected.get("templates")[2]
    connected.grant("小周", template["id"])
    body = {
        "touser": connected.user("小周")["openid"],
        "template_id": template["id"],
        "data": {"thing1": {"value": "a"}, "date2": {"value": "2026-09-01"}, "thing3": {"value": "b"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }
    api = Api(connected)
    assert api.code("POST", "/cgi-bin/message/subscribe/send", body) == 0
    connected.drain()
    row = opened(connected, receiver.letters[0])["List"]
    (message,) = connected.messages("小周")
    assert (row["TemplateId"], row["MsgID"]) == (template["id"], message["msg_id"])
    assert (row["ErrorCode"], row["ErrorStatus"]) == ("0", "success")
    connected.post("options", sent_events=False)
    assert api.code("POST", "/cgi-bin/message/subscribe/send", body) == 0
    connected.drain()
    assert len(receiver.letters) == 1


@pytest.mark.parametrize("mode", ["json", "xml"])
def test_popup_and_change_events(connected: Control, receiver: Receiver, mode: str) -> None:
    connected.callback(mode=mode)
    one, two, _ = (template["id"] for template in connected.get("templates"))
    connected.post("subscribe", user="小周", results={one: "accept", two: "reject"})
    connected.refuse("小周", one, push=True)
    connected.drain()
    popup, change = (opened(connected, letter) for letter in receiver.letters)
    wrapped = mode == "xml"
    rows = popup["SubscribeMsgPopupEvent"]["List"] if wrapped else popup["List"]
    assert [row["SubscribeStatusString"] for row in rows] == ["accept", "reject"]
    assert rows[0]["PopupScene"] == "0"
    row = change["SubscribeMsgChangeEvent"]["List"] if wrapped else change["List"]
    assert row == {"TemplateId": one, "SubscribeStatusString": "reject"}
    assert connected.get("grants", user="小周")[one] == {"count": 0, "refused": True}


def test_withdrawn_authorisation_and_changed_profile(connected: Control, receiver: Receiver) -> None:
    connected.post("revoke_authorization", user="小周", info="8")
    connected.post("modify_profile", user="小周")
    connected.drain()
    revoked, changed = (opened(connected, letter) for letter in receiver.letters)
    openid = connected.user("小周")["openid"]
    assert (revoked["Event"], revoked["OpenID"], revoked["RevokeInfo"]) == ("user_authorization_revoke", openid, "8")
    assert (changed["Event"], changed["AppID"]) == ("user_info_modified", connected.config.appid)


def test_anything_may_be_pushed(connected: Control, receiver: Receiver) -> None:
    connected.post("push", body={"ToUserName": "gh", "FromUserName": "o", "MsgType": "text", "Content": "你好"})
    connected.drain()
    assert opened(connected, receiver.letters[0])["Content"] == "你好"


def test_order_is_kept(connected: Control, receiver: Receiver) -> None:
    for number in range(20):
        connected.push("小周", EVENT, OpenID=str(number))
    connected.drain()
    assert [opened(connected, letter)["OpenID"] for letter in receiver.letters] == [str(n) for n in range(20)]


def test_xml_of_lists_and_objects() -> None:
    xml = events.to_xml({"Event": "x", "n": 1, "detail": [{"a": "1"}, {"a": "2"}], "result": {"suggest": "pass"}})
    read = xmltodict.parse(xml)["xml"]
    assert read == {"Event": "x", "n": "1", "detail": [{"a": "1"}, {"a": "2"}], "result": {"suggest": "pass"}}


def test_simulator_ends_while_a_push_is_due_later(receiver: Receiver) -> None:
    with running_simulator(callback_url=receiver.url) as sim:
        sim.post("push", user="小周", event=EVENT, delay=3600)
    assert receiver.letters == []
