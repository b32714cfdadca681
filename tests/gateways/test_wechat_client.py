"""Every fault of wechatpy that wechat.md §1.3 names, against a server that misbehaves on purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from server.gateways.wechat import (
    Remedy,
    Scene,
    Suggestion,
    WechatBusy,
    WechatConfig,
    WechatDown,
    WechatQuota,
    WechatRefused,
    breaker,
    state,
)
from server.gateways.wechat import client as client_module
from server.gateways.wechat.client import MiniClient
from tests.support.raw_http import Hang, answer, raw_server

TOKEN = "cgi-bin/stable_token"
LOGIN = "sns/jscode2session"
SEND = "cgi-bin/message/subscribe/send"
QR = "wxa/getwxacodeunlimit"
GOOD_TOKEN = answer({"access_token": "T" * 512, "expires_in": 7200})
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def client_for(url: str, **changes) -> MiniClient:
    config = {"appid": "wx0123456789abcdef", "secret": "app-secret", "base_url": url, "timeout": 1.0} | changes
    return MiniClient(WechatConfig(**config))


def always(**by_path):
    """Answers by the last part of the path; the token endpoint is well by default."""

    def script(asked):
        name = asked.path.rsplit("/", 1)[-1]
        told = by_path.get(name, GOOD_TOKEN if asked.path == TOKEN else answer({"errcode": 0, "errmsg": "ok"}))
        return told(asked) if callable(told) else told

    return script


def send(client: MiniClient) -> str:
    return client.mini.send_subscribe("openid-1", "template-1", {"thing1": "已响应"}, "pages/ticket/show?id=1")


def test_login_needs_no_token(session):
    with raw_server(always(jscode2session=answer({"openid": "o1", "session_key": "k", "unionid": "u1"}))) as server:
        login = client_for(server.url).mini.code2session("code-1")
    assert (login.openid, login.unionid) == ("o1", "u1")
    assert server.paths() == [LOGIN]
    assert server.asked[0].query == {
        "appid": "wx0123456789abcdef",
        "secret": "app-secret",
        "js_code": "code-1",
        "grant_type": "authorization_code",
    }
    assert "k" not in repr(login).replace("unionid", "").split("session")[-1]


def test_a_token_that_is_never_taken_is_tried_exactly_twice(session):
    refuse = always(send=answer({"errcode": 40001, "errmsg": "invalid rid: 1a-2b-3c"}))
    with raw_server(refuse) as server, pytest.raises(WechatBusy) as caught:
        send(client_for(server.url))
    assert caught.value.remedy is Remedy.RENEW_TOKEN
    assert caught.value.rid == "1a-2b-3c"
    assert server.paths() == [TOKEN, SEND, TOKEN, SEND]


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_dead_token_is_renewed_once_and_the_same_bytes_are_sent_again(session, errcode):
    tokens = iter(["first", "second"])

    def told(asked):
        if asked.query["access_token"] == "first":
            return answer({"errcode": errcode, "errmsg": "expired"})
        return answer({"errcode": 0, "errmsg": "ok", "msgid": 77})

    def fresh(_asked):
        return answer({"access_token": next(tokens), "expires_in": 7200})

    with raw_server(always(send=told, stable_token=fresh)) as server:
        assert send(client_for(server.url)) == "77"
    first, second = [asked for asked in server.asked if asked.path == SEND]
    assert first.body == second.body
    assert second.query == {"access_token": "second"}


def test_the_token_is_kept_for_the_next_caller_and_for_other_workers(session):
    with raw_server(always()) as server:
        send(client_for(server.url))
        send(client_for(server.url))
    assert server.paths() == [TOKEN, SEND, SEND]
    kept = state.read("wx0123456789abcdef")
    assert "T" * 100 not in (kept.token_sealed or "")


def test_a_token_is_renewed_in_its_last_five_minutes(session):
    with raw_server(always()) as server:
        client = client_for(server.url)
        with time_machine.travel(datetime(2026, 11, 20, 1, 0, tzinfo=UTC), tick=False) as clock:
            send(client)
            clock.shift(timedelta(seconds=6899))
            send(client)
            clock.shift(timedelta(seconds=2))
            send(client)
    assert server.paths() == [TOKEN, SEND, SEND, TOKEN, SEND]


def test_forgetting_a_stale_token_keeps_its_successor(session):
    with raw_server(always()) as server:
        client = client_for(server.url)
        client.tokens.current()
        client.tokens.forget("an older one")
        client.tokens.current()
    assert server.paths() == [TOKEN]


BROKEN = {
    "html 200": answer(b"<html>maintenance</html>", kind="text/html"),
    "html 502": answer(b"<html>Bad Gateway</html>", status=502, kind="text/html"),
    "json 500": answer({"errcode": 0}, status=500),
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "truncated json": answer(b'{"errcode":0,"errms'),
    "cut short": answer(b'{"errcode":0}', length=4000),
    "bom": answer(b'\xef\xbb\xbf{"errcode":0}'),
    "bad utf-8": answer(b'{"errcode":0,"errmsg":"\xff\xfe"}'),
    "list": answer(b"[]"),
    "empty": answer(b""),
    "errcode is a word": answer({"errcode": "none"}),
    "deep": answer(b'{"a":' * 100_000),
    "reset": None,
    "not http": b"garbage\r\n\r\n",
    "hang": Hang(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_an_error_that_may_have_taken_effect(session, name):
    with raw_server(always(send=BROKEN[name])) as server, pytest.raises(WechatDown) as caught:
        send(client_for(server.url, timeout=0.3))
    assert caught.value.maybe_done
    assert caught.value.meaning.retryable
    assert "app-secret" not in repr(caught.getrepr(style="native"))


def test_an_answer_that_never_ends_is_left_at_the_deadline(session, monkeypatch):
    moments = iter(range(10_000))
    monkeypatch.setattr(client_module, "time", SimpleNamespace(monotonic=lambda: float(next(moments))))
    with raw_server(always(send=answer(b" " * 1_000_000))) as server, pytest.raises(WechatDown):
        send(client_for(server.url, timeout=1.0))
    assert server.paths()[-1] == SEND


def test_an_answer_without_end_is_cut_off(session):
    with raw_server(always(send=answer(b"[" * (9 * 1024 * 1024)))) as server, pytest.raises(WechatDown):
        send(client_for(server.url))


def test_nobody_listening_is_certainly_not_done(session):
    with pytest.raises(WechatDown) as caught:
        client_for("http://127.0.0.1:9").mini.code2session("code")
    assert not caught.value.maybe_done
    assert caught.value.__cause__ is None


def test_a_dead_token_endpoint_means_that_nothing_was_sent(session):
    with raw_server(always(stable_token=BROKEN["html 502"])) as server, pytest.raises(WechatDown):
        send(client_for(server.url))
    assert server.paths() == [TOKEN]


@pytest.mark.parametrize(
    ("errcode", "kind", "remedy"),
    [
        (-1, WechatBusy, Remedy.BACK_OFF),
        (45011, WechatBusy, Remedy.NEXT_MINUTE),
        (61010, WechatBusy, Remedy.BACK_OFF),
        (45009, WechatQuota, Remedy.NEXT_DAY),
        (43101, WechatRefused, Remedy.NO_GRANT),
        (47003, WechatRefused, Remedy.FIX_DATA),
        (40164, WechatRefused, Remedy.FIX_CONFIG),
        (99999, WechatRefused, Remedy.GIVE_UP),
    ],
)
def test_each_refusal_says_what_to_do(session, errcode, kind, remedy):
    with (
        raw_server(always(send=answer({"errcode": errcode, "errmsg": "no rid: 65-aa"}))) as server,
        pytest.raises(kind) as caught,
    ):
        send(client_for(server.url))
    assert (caught.value.remedy, caught.value.rid, caught.value.errcode) == (remedy, "65-aa", errcode)
    assert server.paths().count(SEND) == 1


def test_no_empty_field_is_sent(session):
    with raw_server(
        always(msg_sec_check=answer({"result": {"suggest": "pass", "label": 100}, "trace_id": "t"}))
    ) as server:
        client = client_for(server.url)
        verdict = client.mini.msg_sec_check("o1", "你好", Scene.COMMENT)
        client.mini.send_subscribe("o1", "t1", {"thing1": "好"}, None)
    assert (verdict.suggest, verdict.label) == (Suggestion.PASS, 100)
    assert server.asked[1].json == {"version": 2, "openid": "o1", "scene": 2, "content": "你好"}
    assert server.asked[2].json == {
        "touser": "o1",
        "template_id": "t1",
        "data": {"thing1": {"value": "好"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }


@pytest.mark.parametrize("result", [None, {}, {"suggest": "perhaps"}, "pass"])
def test_an_answer_without_a_verdict_is_not_a_pass(session, result):
    with (
        raw_server(always(msg_sec_check=answer({"errcode": 0, "result": result}))) as server,
        pytest.raises(WechatDown),
    ):
        client_for(server.url).mini.msg_sec_check("o1", "你好", Scene.COMMENT)


def test_a_code_is_a_picture_or_an_error(session):
    with raw_server(always(getwxacodeunlimit=answer(PNG, kind="image/png"))) as server:
        assert client_for(server.url).mini.unlimited_code("t=1", "pages/index") == PNG
        assert server.asked[-1].json["env_version"] == "release"
    for told in (answer(PNG, kind="text/html"), answer({"errcode": 0}), answer(b"", kind="image/png")):
        with raw_server(always(getwxacodeunlimit=told)) as server, pytest.raises(WechatDown):
            client_for(server.url).mini.unlimited_code("t=1", "pages/index")
    refuse = always(getwxacodeunlimit=answer({"errcode": 41030, "errmsg": "invalid page"}))
    with raw_server(refuse) as server, pytest.raises(WechatRefused):
        client_for(server.url).mini.unlimited_code("t=1", "pages/nowhere")


def test_a_picture_where_json_belongs_is_an_error(session):
    with raw_server(always(send=answer(PNG, kind="image/png"))) as server, pytest.raises(WechatDown):
        send(client_for(server.url))


def test_the_phone_number_comes_whole_or_not_at_all(session):
    info = {"phoneNumber": "+8613800000000", "purePhoneNumber": "13800000000", "countryCode": "86"}
    with raw_server(always(getuserphonenumber=answer({"errcode": 0, "phone_info": info}))) as server:
        assert client_for(server.url).mini.phone_number("c").pure == "13800000000"
    with (
        raw_server(always(getuserphonenumber=answer({"errcode": 0, "phone_info": None}))) as server,
        pytest.raises(WechatDown),
    ):
        client_for(server.url).mini.phone_number("c")


def test_a_proxy_of_the_environment_does_not_stand_before_the_simulator(session, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with raw_server(always()) as server:
        assert send(client_for(server.url)) == ""


def test_an_unconfigured_mini_program_calls_nobody(session):
    with raw_server(always()) as server, pytest.raises(WechatRefused) as caught:
        client_for(server.url, appid="").mini.code2session("c")
    assert caught.value.remedy is Remedy.FIX_CONFIG
    assert server.asked == []


def test_wechatpys_own_calls_go_the_same_guarded_way(session):
    with raw_server(always(unbind_tester=answer({"errcode": 40001}))) as server, pytest.raises(WechatBusy):
        client_for(server.url).wxa.unbind_tester("somebody")
    assert server.paths() == [TOKEN, "wxa/unbind_tester"] * 2


def test_after_five_silences_nobody_waits_until_one_has_looked_again(session):
    well = []

    def told(_asked):
        return answer({"openid": "o", "session_key": "k"}) if well else BROKEN["html 502"]

    with (
        raw_server(always(jscode2session=told)) as server,
        time_machine.travel(datetime(2026, 11, 20, 1, 0, tzinfo=UTC), tick=False) as clock,
    ):
        client = client_for(server.url)
        for _ in range(breaker.LIMIT + 3):
            with pytest.raises(WechatDown):
                client.mini.code2session("c")
        assert len(server.asked) == breaker.LIMIT
        clock.shift(breaker.PAUSE)
        with pytest.raises(WechatDown):
            client.mini.code2session("c")
        with pytest.raises(WechatDown):
            client.mini.code2session("c")
        assert len(server.asked) == breaker.LIMIT + 1
        well.append(True)
        clock.shift(breaker.PAUSE)
        for _ in range(3):
            assert client.mini.code2session("c").openid == "o"
        assert len(server.asked) == breaker.LIMIT + 4


def test_a_refusal_for_a_person_says_what_the_person_can_do():
    from server.core.errors import Invalid, TooMany, Unavailable
    from server.gateways.wechat.errors import error_for

    assert isinstance(error_for(40163, "", "x").refusal(), Invalid)
    assert isinstance(error_for(45011, "", "x").refusal(), TooMany)
    assert isinstance(error_for(40125, "", "x").refusal(), Unavailable)
    assert isinstance(WechatDown("x", maybe_done=False).refusal(), Unavailable)
