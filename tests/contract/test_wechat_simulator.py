"""The service's WeChat gateway against the simulator: two implementations that share no code, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from server.gateways.wechat import (
    Scene,
    Suggestion,
    WechatConfig,
    WechatDown,
    WechatError,
    WechatQuota,
    WechatRefused,
    callbacks,
)
from server.gateways.wechat.client import MiniClient
from tests.support.wechat import Control, running_simulator

SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
def wechat() -> Iterator[Control]:
    with running_simulator() as control:
        yield control


def config_for(wechat: Control, **changes: Any) -> WechatConfig:
    config = wechat.config
    values: dict[str, Any] = {
        "appid": config.appid,
        "secret": config.secret,
        "base_url": wechat.url,
        "push_token": config.token,
        "push_aes_key": config.aes_key,
        "timeout": 1.0,
    }
    return WechatConfig(**values | changes)


@pytest.fixture
def client(session: Any, wechat: Control) -> MiniClient:
    return MiniClient(config_for(wechat))


def send(client: MiniClient, wechat: Control) -> str:
    template = wechat.get("templates")[2]["id"]
    wechat.grant("小周", template)
    fields = {"thing1": "公告", "date2": "2026-09-01", "thing3": "请查看"}
    return client.mini.send_subscribe(wechat.user("小周")["openid"], template, fields, "pages/index/index")


def test_sign_in_session_and_phone(client: MiniClient, wechat: Control) -> None:
    wechat.user("小周", phone="13800138000")
    login = client.mini.code2session(wechat.login("小周"))
    assert login.openid == wechat.user("小周", phone="13800138000")["openid"]
    assert [call["path"] for call in wechat.calls()] == ["/sns/jscode2session"]
    client.mini.checksession(login.openid, login.session_key)
    with pytest.raises(WechatRefused):
        client.mini.checksession(login.openid, "another key")
    assert client.mini.phone_number(wechat.phone_code("小周")).pure == "13800138000"


def test_checks_messages_codes_and_links(client: MiniClient, wechat: Control) -> None:
    openid = client.mini.code2session(wechat.login("小周")).openid
    assert client.mini.msg_sec_check(openid, "打不开", Scene.COMMENT).suggest is Suggestion.PASS
    assert client.mini.msg_sec_check(openid, "违法测试词", Scene.COMMENT).suggest is Suggestion.RISKY
    assert client.mini.media_check(openid, "http://127.0.0.1:1/x.png", Scene.COMMENT)
    assert send(client, wechat) == wechat.messages("小周")[0]["msg_id"]
    assert client.mini.unlimited_code("t=1", "pages/tickets/show").startswith(b"\x89PNG")
    link = client.mini.url_link("pages/tickets/show", "id=1", days=2)
    assert wechat.post("scan", text=link)["query"] == {"id": "1"}
    assert client.mini.quota(SEND).used == 1
    assert client.mini.callback_addresses() == ["127.0.0.1"]
    assert [call["path"] for call in wechat.calls("/cgi-bin/stable_token")] == ["/cgi-bin/stable_token"]


def test_token_revoked_early_is_renewed_once(client: MiniClient, wechat: Control) -> None:
    send(client, wechat)
    wechat.post("tokens/revoke")
    assert send(client, wechat)
    assert [call["answer"]["errcode"] for call in wechat.calls(SEND)] == [0, 40001, 0]


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("reset", WechatDown),
        ("bad_gateway", WechatDown),
        ("html", WechatDown),
        ("truncated_json", WechatDown),
        ("cut_body", WechatDown),
        ("invalid_utf8", WechatDown),
        ({"kind": "stall", "seconds": 1.5}, WechatDown),
        ("busy", WechatError),
        ({"kind": "errcode", "code": 45009}, WechatQuota),
        ({"kind": "errcode", "code": 43101}, WechatRefused),
    ],
)
def test_faults_end_in_our_own_errors(
    client: MiniClient, wechat: Control, effect: Any, error: type[WechatError]
) -> None:
    wechat.fault(effect, SEND)
    with pytest.raises(error):
        send(client, wechat)


@pytest.fixture
def received() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    letters: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            letters.append((dict(parse_qsl(urlsplit(self.path).query)), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", letters
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.mark.parametrize("mode", ["json", "xml"])
@pytest.mark.parametrize("safety", ["plain", "safe"])
def test_pushes_are_read_in_every_mode(wechat: Control, received: Any, mode: str, safety: str) -> None:
    url, letters = received
    wechat.callback(url=url, mode=mode, safety=safety)
    wechat.post("revoke_authorization", user="小周", info="8")
    one, two, _ = (template["id"] for template in wechat.get("templates"))
    wechat.post("subscribe", user="小周", results={one: "accept"})
    wechat.post("subscribe", user="小周", results={one: "accept", two: "reject"})
    wechat.drain()
    config = config_for(wechat, push_safe=safety == "safe")
    revoked, single, double = (callbacks.read_push(config, args, body) for args, body in letters)
    assert (revoked.kind, revoked.body["RevokeInfo"]) == ("user_authorization_revoke", "8")
    assert [row["TemplateId"] for row in callbacks.rows_of(single.body)] == [one]
    assert [row["SubscribeStatusString"] for row in callbacks.rows_of(double.body)] == ["accept", "reject"]


@pytest.mark.parametrize(
    "effect", ["bad_signature", "wrong_appid", "bad_cipher", "plaintext", {"kind": "clock_skew", "seconds": -900}]
)
def test_spoiled_pushes_are_refused(wechat: Control, received: Any, effect: Any) -> None:
    url, letters = received
    wechat.callback(url=url)
    wechat.fault(effect, "push:*")
    wechat.push("小周", "user_info_modified")
    wechat.drain()
    ((args, body),) = letters
    with pytest.raises(callbacks.BadPush):
        callbacks.read_push(config_for(wechat), args, body)


def test_repeated_push_has_one_dedupe_key(wechat: Control, received: Any) -> None:
    url, letters = received
    wechat.callback(url=url)
    wechat.fault("duplicate", times=1)
    wechat.push("小周", "user_info_modified")
    wechat.push("小周", "user_info_modified", OpenID="other")
    wechat.drain()
    keys = [callbacks.read_push(config_for(wechat), args, body).dedupe_key for args, body in letters]
    assert len(keys) == 3
    assert len(set(keys)) == 2
