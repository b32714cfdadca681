"""WeChat's callback: the real simulator pushes in every form; what is hostile learns nothing and leaves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from wechatpy.crypto import PrpCrypto

from server.domain.notices import InboxPush, PushNonce
from server.gateways import wechat
from server.gateways.queue import Job
from server.gateways.wechat import WechatConfig

URL = "/api/wechat/callback"
APPID = "wx0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
EVENT = {
    "ToUserName": "gh_1",
    "FromUserName": "openid-1",
    "CreateTime": int(NOW.timestamp()),
    "MsgType": "event",
    "Event": "user_info_modified",
}


def configure(**changes: object) -> None:
    config = {"appid": APPID, "secret": "s", "push_token": "push-token", "push_aes_key": KEY} | changes
    wechat.configure(WechatConfig(**config))


@pytest.fixture(autouse=True)
def _wechat() -> Iterator[None]:
    configure()
    with time_machine.travel(NOW, tick=False):
        yield


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def letter(event=EVENT, *, nonce: str = "4711", appid: str = APPID, at: datetime = NOW) -> tuple[dict[str, str], bytes]:
    encrypted = PrpCrypto(base64.b64decode(KEY + "=")).encrypt(json.dumps(event), appid).decode()
    timestamp = str(int(at.timestamp()))
    args = {
        "signature": sign("push-token", timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": sign("push-token", timestamp, nonce, encrypted),
    }
    return args, json.dumps({"ToUserName": "gh_1", "Encrypt": encrypted}).encode()


def post(client, args, body):
    return client.post(URL, query_string=args, data=body, content_type="application/json")


def stored(session) -> list[InboxPush]:
    return list(session.scalars(sa.select(InboxPush).order_by(InboxPush.id)))


def test_the_address_proves_that_it_is_ours(client):
    args = {"signature": sign("push-token", "1795136400", "1"), "timestamp": "1795136400", "nonce": "1"}
    with time_machine.travel(1795136400, tick=False):
        answer = client.get(URL, query_string=args | {"echostr": "1234567890"})
        assert (answer.status_code, answer.text) == (200, "1234567890")
        assert answer.content_type.startswith("text/plain")
        refused = client.get(URL, query_string=args | {"echostr": "1234567890", "nonce": "2"})
        assert (refused.status_code, refused.data) == (403, b"")


def test_a_push_is_stored_sealed_and_queued_and_answered(client, session):
    answer = post(client, *letter())
    assert (answer.status_code, answer.text) == (200, "success")
    [push] = stored(session)
    assert push.kind == "user_info_modified"
    assert "openid-1" not in push.body_sealed
    [job] = session.scalars(sa.select(Job).where(Job.kind == "pushes.handle"))
    assert job.args == {"push_id": str(push.id)}


def test_wechats_own_repetitions_are_a_success_and_nothing_more(client, session):
    for nonce in ("1", "2", "2"):
        assert post(client, *letter(nonce=nonce)).text == "success"
    assert len(stored(session)) == 1
    assert len(list(session.scalars(sa.select(Job).where(Job.kind == "pushes.handle")))) == 1


def test_a_used_address_with_another_push_is_a_replay(client, session):
    configure(push_safe=False)
    args, _ = letter()
    plain = {name: args[name] for name in ("signature", "timestamp", "nonce")}
    assert post(client, plain, json.dumps(EVENT).encode()).text == "success"
    forged = EVENT | {"Event": "user_authorization_revoke", "OpenID": "openid-2"}
    answer = post(client, plain, json.dumps(forged).encode())
    assert (answer.status_code, answer.data) == (403, b"")
    assert [push.kind for push in stored(session)] == ["user_info_modified"]


def test_an_old_push_cannot_be_played_again(client, session):
    args, body = letter()
    assert post(client, args, body).text == "success"
    with time_machine.travel(NOW + timedelta(minutes=5, seconds=1), tick=False):
        assert post(client, args, body).status_code == 403


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>'


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("another mini program", lambda: letter(appid="wxffffffffffffffff")),
        ("old", lambda: letter(at=NOW - timedelta(minutes=6))),
        ("plain", lambda: (letter()[0], json.dumps(EVENT).encode())),
        ("flipped", lambda: (letter()[0], letter()[1].replace(b'"Encrypt": "A', b'"Encrypt": "B')[:-9] + b'AAAAAA="}')),
        ("bomb", lambda: (letter()[0], BOMB)),
        ("nothing", lambda: ({}, b"")),
        ("garbage", lambda: (letter()[0], b"\x00\xff" * 1000)),
        ("too long", lambda: (letter()[0], b"A" * 200_000)),
    ],
)
def test_what_is_hostile_learns_nothing_and_leaves_nothing(client, session, name, spoil):
    answer = post(client, *spoil())
    assert (answer.status_code, answer.data) == (403, b"")
    assert stored(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(PushNonce)) == 0


def test_a_long_body_is_not_read_to_its_end(client):
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += max(size, 1)
            return b"x" * max(size, 1)

    endless = Endless()
    args, _ = letter()
    environ = {"wsgi.input": endless, "wsgi.input_terminated": True}
    answer = client.post(URL, query_string=args, environ_overrides=environ, headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 403
    assert endless.given < 200_000


def test_an_answer_takes_one_short_unit(client, queries):
    with queries() as seen:
        post(client, *letter())
    assert len(seen) <= 4
