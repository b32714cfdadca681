"""The platform's two addresses: what WeChat's simulator sends is kept once, what is hostile learns and leaves nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from wechatpy.crypto import PrpCrypto

from server.core import db
from server.domain.notices import InboxPush, PushState
from server.gateways import wechat
from server.gateways.wechat import PlatformConfig, WechatConfig, platform_state
from tests.support.jobs import work

EVENTS = "/api/wechat/platform/events"
APPID, COMPONENT = "wx0123456789abcdef", "wxc0c0c0c0c0c0c0c0"
MESSAGES = f"/api/wechat/platform/{APPID}"
KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
OWN_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
Fields = Mapping[str, Any]


def configure(*, platform: bool = True) -> None:
    mini = WechatConfig(
        appid=APPID, secret="s", push_token="push-token", push_aes_key=OWN_KEY, base_url="http://127.0.0.1:9"
    )
    theirs = PlatformConfig(appid=COMPONENT, secret="s", token="component-token", aes_key=KEY, mini=mini)
    wechat.configure(mini, theirs if platform else None)


@pytest.fixture(autouse=True)
def _wechat() -> Iterator[None]:
    before = wechat.installed().config if wechat._installed else None
    configure()
    with time_machine.travel(NOW, tick=False):
        yield
    if before is not None:
        wechat.configure(before)


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def xml(fields: Fields) -> str:
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items()) + "</xml>"


def letter(
    fields: Fields,
    *,
    nonce: str = "4711",
    appid: str = COMPONENT,
    at: datetime = NOW,
    key: str = KEY,
    token: str = "component-token",
) -> tuple[dict[str, str], bytes]:
    encrypted = PrpCrypto(base64.b64decode(key + "=")).encrypt(xml(fields), appid).decode()
    timestamp = str(int(at.timestamp()))
    args = {
        "signature": sign(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": sign(token, timestamp, nonce, encrypted),
    }
    return args, xml({"AppId": COMPONENT, "Encrypt": encrypted}).encode()


def ticket(text: str = "ticket@@@one", *, at: datetime = NOW, **changes: Any) -> Fields:
    told = {"AppId": COMPONENT, "CreateTime": int(at.timestamp()), "InfoType": "component_verify_ticket"}
    return told | {"ComponentVerifyTicket": text} | changes


def verdict(**changes: Any) -> Fields:
    told = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": int(NOW.timestamp()), "MsgType": "event"}
    return told | {"Event": "weapp_audit_success", "SuccTime": 1} | changes


def post(client: Any, path: str, sent: tuple[dict[str, str], bytes]) -> Any:
    args, body = sent
    return client.post(path, query_string=args, data=body, content_type="text/xml")


def kept() -> list[tuple[str, PushState]]:
    return [(push.kind, push.state) for push in db.session().scalars(sa.select(InboxPush).order_by(InboxPush.id))]


def test_a_ticket_is_kept_sealed_and_read_by_the_job(client: Any, app: Any) -> None:
    answer = post(client, EVENTS, letter(ticket()))
    assert (answer.status_code, answer.text) == (200, "success")
    assert "ticket@@@one" not in (db.session().scalars(sa.select(InboxPush.body_sealed)).one())
    assert platform_state.ticket_of(COMPONENT) is None
    work(app)
    assert kept() == [("platform.component_verify_ticket", PushState.HANDLED)]
    assert platform_state.ticket_of(COMPONENT) == "ticket@@@one"


def test_the_newest_ticket_stays_whatever_the_order(client: Any, app: Any) -> None:
    post(client, EVENTS, letter(ticket("new"), nonce="1"))
    post(client, EVENTS, letter(ticket("old", at=NOW - timedelta(minutes=10)), nonce="2"))
    work(app)
    assert platform_state.ticket_of(COMPONENT) == "new"


def test_a_ticket_from_the_future_keeps_no_later_one_out(client: Any, app: Any) -> None:
    post(client, EVENTS, letter(ticket("ahead", at=NOW + timedelta(days=1)), nonce="1"))
    post(client, EVENTS, letter(ticket("next"), nonce="2"))
    work(app)
    assert platform_state.ticket_of(COMPONENT) == "next"


def test_a_repetition_is_kept_once_and_a_replay_is_refused(client: Any) -> None:
    sent = letter(ticket())
    assert [post(client, EVENTS, sent).status_code for _ in range(3)] == [200] * 3
    assert len(kept()) == 1
    args, _ = sent
    _, other = letter(ticket("stolen address"))
    assert post(client, EVENTS, (args, other)).status_code == 403
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        (ticket(), {"token": "another-token"}),
        (ticket(), {"key": OWN_KEY}),
        (ticket(), {"appid": APPID}),
        (ticket(), {"at": NOW - timedelta(minutes=6)}),
        (ticket(AppId="wxffffffffffffffff"), {}),
        (ticket(InfoType="<script>"), {}),
        (ticket(InfoType=""), {}),
        (verdict(), {}),
    ],
)
def test_what_is_not_for_the_platform_is_refused(client: Any, fields: Fields, changes: dict[str, Any]) -> None:
    answer = post(client, EVENTS, letter(fields, **changes))
    assert (answer.status_code, answer.text) == (403, "")
    assert kept() == []


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"{", b"<xml><Encrypt>AAAA</Encrypt></xml>", b"x" * 70_000])
def test_rubbish_is_refused(client: Any, body: bytes) -> None:
    args, _ = letter(ticket())
    assert post(client, EVENTS, (args, body)).status_code == 403
    assert kept() == []


def test_plain_pushes_are_refused(client: Any) -> None:
    args, _ = letter(ticket())
    del args["encrypt_type"]
    assert post(client, EVENTS, (args, xml(ticket()).encode())).status_code == 403


def test_verdicts_come_by_the_mini_programs_own_address(client: Any) -> None:
    assert post(client, MESSAGES, letter(verdict())).status_code == 200
    assert kept() == [("platform.weapp_audit_success", PushState.NEW)]
    assert post(client, "/api/wechat/platform/wxffffffffffffffff", letter(verdict(), nonce="2")).status_code == 403
    about_another = verdict(AppID="wxffffffffffffffff")
    assert post(client, MESSAGES, letter(about_another, nonce="3")).status_code == 403


def test_what_people_do_reads_the_same_by_the_platform(client: Any) -> None:
    told = verdict(Event="user_authorization_revoke", OpenID="o1", AppID=APPID, RevokeInfo="8")
    assert post(client, MESSAGES, letter(told)).status_code == 200
    assert kept() == [("user_authorization_revoke", PushState.NEW)]


def test_the_mini_programs_own_address_cannot_speak_for_the_platform(client: Any, app: Any) -> None:
    for number, kind in enumerate(("component_verify_ticket", "platform.component_verify_ticket", "unauthorized")):
        told = verdict(Event=kind, ComponentVerifyTicket="forged", InfoType=kind, AuthorizerAppid=APPID)
        post(
            client,
            "/api/wechat/callback",
            letter(told, nonce=str(number), appid=APPID, key=OWN_KEY, token="push-token"),
        )
    work(app)
    assert platform_state.ticket_of(COMPONENT) is None
    assert {state for _, state in kept()} == {PushState.IGNORED}
    assert not any(kind.startswith("platform.") for kind, _ in kept())


def test_without_a_platform_both_addresses_are_shut(client: Any) -> None:
    configure(platform=False)
    assert post(client, EVENTS, letter(ticket())).status_code == 403
    assert post(client, MESSAGES, letter(verdict())).status_code == 403


def test_others_authorisations_change_nothing(client: Any, app: Any) -> None:
    told = {"AppId": COMPONENT, "CreateTime": 1, "AuthorizerAppid": "wxffffffffffffffff", "AuthorizationCode": "c"}
    post(client, EVENTS, letter(told | {"InfoType": "authorized"}, nonce="1"))
    post(client, EVENTS, letter(told | {"InfoType": "unauthorized"}, nonce="2"))
    post(client, EVENTS, letter(told | {"InfoType": "no_such_event"}, nonce="3"))
    work(app)
    assert {state for _, state in kept()} == {PushState.IGNORED}
