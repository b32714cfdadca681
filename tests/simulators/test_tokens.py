"""Tokens: who gets one, how long it works, what revokes it."""

from typing import Any

import pytest

from tests.simulators.conftest import Api
from tests.support.wechat import Control

STABLE, PLAIN, PROBE = "/cgi-bin/stable_token", "/cgi-bin/token", "/cgi-bin/getcallbackip"


def works(api: Api, token: str) -> int:
    return api.code("GET", PROBE, token=token)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_wrong_credentials_are_named(api: Api, change: dict[str, Any], errcode: int) -> None:
    assert api.fetch_token(**change)["errcode"] == errcode
    config = api.sim.config
    query = {"grant_type": "client_credential", "appid": config.appid, "secret": config.secret, **change}
    assert api.code("GET", PLAIN, token=None, query=query) == errcode


def test_caller_outside_the_allow_list_is_refused_with_his_address(api: Api, sim: Control) -> None:
    sim.post("options", ip_allow=["203.0.113.9"])
    answer = api.fetch_token()
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]


def test_success_has_no_errcode(api: Api) -> None:
    assert set(api.fetch_token()) == {"access_token", "expires_in"}


def test_stable_token_stays_until_its_last_five_minutes_then_two_work(api: Api, sim: Control) -> None:
    first = api.fetch_token()
    sim.advance(6000)
    same = api.fetch_token()
    assert same["access_token"] == first["access_token"]
    assert 1190 <= same["expires_in"] <= 1200
    sim.advance(950)
    second = api.fetch_token()
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 7200
    assert works(api, first["access_token"]) == works(api, second["access_token"]) == 0
    sim.advance(300)
    assert works(api, first["access_token"]) == 42001
    assert works(api, second["access_token"]) == 0


def test_forced_refresh_kills_the_old_token_and_is_limited(api: Api, sim: Control) -> None:
    first = api.fetch_token()["access_token"]
    second = api.fetch_token(force_refresh=True)["access_token"]
    assert works(api, first) == 40001
    assert works(api, second) == 0
    assert api.fetch_token(force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        sim.advance(31)
        assert "access_token" in api.fetch_token(force_refresh=True)
    sim.advance(31)
    assert api.fetch_token(force_refresh=True)["errcode"] == 45009


def test_plain_token_outdates_the_one_before_after_five_minutes(api: Api, sim: Control) -> None:
    config = sim.config
    query = {"grant_type": "client_credential", "appid": config.appid, "secret": config.secret}
    stable = api.fetch_token()["access_token"]
    first = api.call("GET", PLAIN, token=None, query=query)["access_token"]
    second = api.call("GET", PLAIN, token=None, query=query)["access_token"]
    assert works(api, first) == 0
    sim.advance(301)
    assert works(api, first) == 42001
    assert works(api, second) == works(api, stable) == 0


def test_unknown_missing_and_revoked_tokens(api: Api, sim: Control) -> None:
    token = api.token
    assert works(api, "nonsense") == 40014
    assert api.code("GET", PROBE, token=None) == 41001
    sim.post("tokens/revoke")
    assert works(api, token) == 40001


def test_wrong_method_and_unknown_path(api: Api) -> None:
    assert api.code("GET", STABLE, token=None) == 43002
    assert api.code("POST", PROBE, {}) == 43001
    assert api.code("GET", "/wxa/no_such_call") == 40066


@pytest.mark.parametrize(
    ("options", "errcode"),
    [
        ({"data": b""}, 44002),
        ({"data": b"{"}, 47001),
        ({"data": b"[]"}, 47001),
        ({"data": b"\xff\xfe"}, 47001),
        ({"data": {"a": "b"}}, 47001),
    ],
)
def test_bodies_that_are_no_json_object(api: Api, options: dict[str, Any], errcode: int) -> None:
    assert api.code("POST", "/wxa/msg_sec_check", **options) == errcode


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/wxa/commit"),
        ("POST", "/wxa/submit_audit"),
        ("POST", "/wxa/release"),
        ("POST", "/wxa/grayrelease"),
        ("GET", "/wxa/revertcoderelease"),
        ("POST", "/cgi-bin/wxopen/setweappsupportversion"),
    ],
)
def test_code_management_is_for_platforms_only(api: Api, method: str, path: str) -> None:
    assert api.code(method, path, {} if method == "POST" else None) == 86000
    assert api.code(method, path, {} if method == "POST" else None, token="nonsense") == 40014
