"""Pushes: published vectors, wechatpy as the second implementation, and every way to lie."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from datetime import UTC, datetime

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto

from server.gateways.wechat import BadPush, WechatConfig, rows_of
from server.gateways.wechat.callbacks import read_push, verify_address

APPID = "wx0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SAFE = WechatConfig(appid=APPID, secret="s", push_token="push-token", push_aes_key=KEY)
PLAIN = WechatConfig(appid=APPID, secret="s", push_token="push-token", push_safe=False)
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
EVENT = {
    "ToUserName": "gh_1",
    "FromUserName": "openid-1",
    "CreateTime": int(NOW.timestamp()),
    "MsgType": "event",
    "Event": "user_authorization_revoke",
    "OpenID": "openid-1",
    "RevokeInfo": "301",
    "AppID": APPID,
}
XML = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[openid-1]]></FromUserName>"
    "<CreateTime>1763600400</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>{rows}</SubscribeMsgPopupEvent></xml>"
)
ROW = "<List><TemplateId><![CDATA[{}]]></TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"


@pytest.fixture(autouse=True)
def _frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def signed(*more: str, at: datetime = NOW, nonce: str = "4711", token: str = "push-token") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    args = {"timestamp": timestamp, "nonce": nonce, "signature": sign(token, timestamp, nonce)}
    if more:
        args |= {"encrypt_type": "aes", "msg_signature": sign(token, timestamp, nonce, *more)}
    return args


def sealed(body, appid: str = APPID) -> tuple[dict[str, str], bytes]:
    text = body if isinstance(body, str) else json.dumps(body)
    encrypted = PrpCrypto(base64.b64decode(KEY + "=")).encrypt(text, appid).decode()
    return signed(encrypted), json.dumps({"ToUserName": "gh_1", "Encrypt": encrypted}).encode()


def test_the_published_vector():
    config = WechatConfig(appid=APPID, secret="s", push_token="AAAAA")
    args = {
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "echostr": "4375120948345356249",
    }
    with time_machine.travel(1714036504, tick=False):
        assert verify_address(config, args) == "4375120948345356249"
        with pytest.raises(BadPush):
            verify_address(config, args | {"nonce": "1514711493"})


def test_an_echo_that_would_be_a_page_is_not_given():
    with pytest.raises(BadPush):
        verify_address(SAFE, signed() | {"echostr": "<script>alert(1)</script>"})


def test_plain_json_and_plain_xml_say_the_same():
    push = read_push(PLAIN, signed(), json.dumps(EVENT).encode())
    assert (push.kind, push.body["OpenID"]) == ("user_authorization_revoke", "openid-1")
    one = read_push(PLAIN, signed(), XML.format(rows=ROW.format("t1")).encode())
    two = read_push(PLAIN, signed(), XML.format(rows=ROW.format("t1") + ROW.format("t2")).encode())
    assert [row["TemplateId"] for row in rows_of(one.body)] == ["t1"]
    assert [row["TemplateId"] for row in rows_of(two.body)] == ["t1", "t2"]
    assert [row["TemplateId"] for row in rows_of({"List": {"TemplateId": "t3"}})] == ["t3"]


def test_safe_json_and_safe_xml_open():
    assert read_push(SAFE, *sealed(EVENT)).kind == "user_authorization_revoke"
    args, body = sealed(XML.format(rows=ROW.format("t1")))
    encrypted = json.loads(body)["Encrypt"]
    envelope = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    assert read_push(SAFE, args, envelope).kind == "subscribe_msg_popup_event"


def test_a_repetition_has_the_same_key_and_another_push_another():
    def key_of(**changes):
        return read_push(PLAIN, signed(nonce=str(len(changes))), json.dumps(EVENT | changes).encode()).dedupe_key

    assert key_of() == key_of()
    assert key_of(CreateTime=1) != key_of()
    assert key_of(MsgId=9) == key_of(MsgId=9, CreateTime=2)
    assert key_of(MsgId=9) != key_of(MsgId=10)


def lies():
    args, body = sealed(EVENT)
    good = json.loads(body)["Encrypt"]
    raw = bytearray(base64.b64decode(good))
    raw[-40] ^= 1
    flipped = base64.b64encode(bytes(raw)).decode()
    garbage = base64.b64encode(b"x" * 64).decode()

    def envelope(encrypted):
        return json.dumps({"Encrypt": encrypted}).encode()

    yield "a flipped byte under the old signature", SAFE, args, envelope(flipped)
    yield "a flipped byte under a new signature", SAFE, signed(flipped), envelope(flipped)
    yield "garbage under a good signature", SAFE, signed(garbage), envelope(garbage)
    yield "half a block", SAFE, signed("YWJj"), envelope("YWJj")
    yield "not base64", SAFE, signed("***"), envelope("***")
    yield "another mini program inside", SAFE, *sealed(EVENT, appid="wxffffffffffffffff")
    yield "another mini program in the event", SAFE, *sealed(EVENT | {"AppID": "wxffffffffffffffff"})
    yield "plain in safe mode", SAFE, signed(), json.dumps(EVENT).encode()
    yield "plain that calls itself safe", SAFE, signed() | {"encrypt_type": "aes"}, json.dumps(EVENT).encode()
    yield "safe in plain mode", PLAIN, *sealed(EVENT)
    yield "another token", SAFE, signed(good, token="other"), body
    yield "no signature", SAFE, {"encrypt_type": "aes"}, body
    yield "signature in other letters", SAFE, args | {"msg_signature": "签名"}, body
    old = datetime(2026, 11, 20, 0, 54, 59, tzinfo=UTC)
    yield "too old", SAFE, signed(good, at=old), body
    yield "from the future", SAFE, signed(good, at=datetime(2026, 11, 20, 1, 5, 1, tzinfo=UTC)), body
    yield (
        "a time that is none",
        PLAIN,
        {"timestamp": "soon", "nonce": "1", "signature": sign("push-token", "soon", "1")},
        b"{}",
    )
    yield "an empty body", PLAIN, signed(), b""
    yield "a list", PLAIN, signed(), b"[]"
    yield "half of it", PLAIN, signed(), json.dumps(EVENT).encode()[:-5]
    yield "not UTF-8", PLAIN, signed(), b"\xff\xfe{}"
    yield "a lone surrogate", PLAIN, signed(), b'{"MsgType":"event","Event":"x","a":"\\ud800"}'
    yield "no number", PLAIN, signed(), b'{"MsgType":"event","Event":"x","a":NaN}'
    yield (
        "a number of ten thousand digits",
        PLAIN,
        signed(),
        b'{"MsgType":"event","Event":"x","a":' + b"9" * 10000 + b"}",
    )
    yield "deep JSON", PLAIN, signed(), b'{"a":' * 10_000 + b"1" + b"}" * 10_000
    yield "quite deep JSON", PLAIN, signed(), b'{"a":' * 20 + b"1" + b"}" * 20
    yield "deep XML", PLAIN, signed(), b"<xml>" * 5_000 + b"</xml>" * 5_000
    yield "an XML bomb", PLAIN, signed(), BOMB
    yield "an external entity", PLAIN, signed(), EXTERNAL
    yield "empty XML", PLAIN, signed(), b"<xml></xml>"
    yield "other XML", PLAIN, signed(), b"<html><body>x</body></html>"
    yield "too long", PLAIN, signed(), b" " * 70_000
    yield "no kind", PLAIN, signed(), b'{"MsgType":"event"}'
    yield "a kind that is a path", PLAIN, signed(), b'{"MsgType":"event","Event":"../../etc"}'
    yield "a kind that is an object", PLAIN, signed(), b'{"MsgType":{"a":1}}'


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(8))
    + b"]><xml><MsgType>&i;</MsgType></xml>"
)
EXTERNAL = b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>'


LIES = {name: rest for name, *rest in lies()}


@pytest.mark.parametrize("name", LIES)
def test_no_lie_comes_through(name):
    config, args, raw = LIES[name]
    with pytest.raises(BadPush):
        read_push(config, args, raw)


def test_without_a_token_nothing_is_believed():
    config = WechatConfig(appid=APPID, secret="s", push_safe=False)
    with pytest.raises(BadPush):
        read_push(config, signed(token=""), json.dumps(EVENT).encode())


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(["MsgType", "Event", "MsgId", "AppID", "Encrypt", "List", "CreateTime", "FromUserName"])


def _read(config, args, raw) -> None:
    """Anything but a push or BadPush is a fault of ours."""
    with contextlib.suppress(BadPush):
        push = read_push(config, args, raw)
        assert json.dumps(push.body, ensure_ascii=False).encode()
        rows_of(push.body)


@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400) | st.dictionaries(FIELDS, JSONS).map(lambda body: json.dumps(body).encode()))
def test_whatever_is_signed_in_plain_mode_is_a_push_or_refused(raw):
    _read(PLAIN, signed(), raw)


@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=400) | st.dictionaries(FIELDS, JSONS).map(json.dumps))
def test_whatever_is_encrypted_in_safe_mode_is_a_push_or_refused(text):
    with contextlib.suppress(UnicodeEncodeError):
        _read(SAFE, *sealed(text))


@settings(derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=0, max_size=200))
def test_whatever_is_put_in_place_of_the_cipher_is_refused(noise):
    encrypted = base64.b64encode(noise).decode()
    with pytest.raises(BadPush):
        read_push(SAFE, signed(encrypted), json.dumps({"Encrypt": encrypted}).encode())
