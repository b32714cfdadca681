"""Sign-in, session keys and phone numbers."""

import hashlib
import hmac
from typing import Any

import pytest

from tests.simulators.conftest import Api
from tests.support.wechat import Control, running_simulator

LOGIN, PHONE = "/sns/jscode2session", "/wxa/business/getuserphonenumber"


def login(api: Api, code: str | None, **change: Any) -> dict[str, Any]:
    config = api.sim.config
    query = {"appid": config.appid, "secret": config.secret, "js_code": code, "grant_type": "authorization_code"}
    return api.call("GET", LOGIN, token=None, query={**query, **change})


def signed(session: dict[str, Any], key: str | None = None) -> dict[str, str]:
    signature = hmac.new((key or session["session_key"]).encode(), b"", hashlib.sha256).hexdigest()
    return {"openid": session["openid"], "signature": signature, "sig_method": "hmac_sha256"}


def test_code_works_once_and_needs_no_token(api: Api, sim: Control) -> None:
    code = sim.login("小周")
    session = login(api, code)
    assert set(session) == {"openid", "session_key", "unionid"}
    assert len(session["openid"]) == 28
    assert login(api, code)["errcode"] == 40163


def test_openid_is_the_same_in_every_run(api: Api, sim: Control) -> None:
    mine = login(api, sim.login("小周"))["openid"]
    sim.reset(seed=99)
    assert login(api, sim.login("小周"))["openid"] == mine
    assert login(api, sim.login("小吴"))["openid"] != mine


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"js_code": None}, 41008),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "code"}, 40002),
        ({"js_code": "unknown"}, 40029),
    ],
)
def test_faulty_sign_in(api: Api, sim: Control, change: dict[str, Any], errcode: int) -> None:
    answer = login(api, sim.login("小周"), **change)
    assert answer["errcode"] == errcode
    assert " rid: " in answer["errmsg"]


def test_code_expires_after_five_minutes(api: Api, sim: Control) -> None:
    fresh, stale = sim.login("小周"), sim.login("小吴")
    sim.advance(299)
    assert "openid" in login(api, fresh)
    sim.advance(1)
    assert login(api, stale)["errcode"] == 40029


def test_high_risk_user_is_blocked(api: Api, sim: Control) -> None:
    sim.user("风险", risk=4)
    assert login(api, sim.login("风险"))["errcode"] == 40226


def test_a_hundred_sign_ins_a_minute_for_each_user(api: Api, sim: Control) -> None:
    sim.post("clock", set=1_800_000_000)  # the first second of a minute
    code = sim.login("小周")
    answers = [login(api, code).get("errcode") for _ in range(101)]
    assert answers == [None, *[40163] * 99, 45011]
    assert "openid" in login(api, sim.login("小吴"))
    sim.advance(60)
    assert "openid" in login(api, sim.login("小周"))


def test_session_key_is_checked_reset_and_replaced(api: Api, sim: Control) -> None:
    first = login(api, sim.login("小周"))
    assert api.code("GET", "/wxa/checksession", query=signed(first)) == 0
    assert api.code("GET", "/wxa/checksession", query=signed(first, "wrong")) == 87009
    assert api.code("GET", "/wxa/checksession", query={**signed(first), "openid": "x"}) == 40003
    renewed = api.call("GET", "/wxa/resetusersessionkey", query=signed(first))
    assert renewed["session_key"] != first["session_key"]
    assert api.code("GET", "/wxa/checksession", query=signed(first)) == 87009
    assert api.code("GET", "/wxa/checksession", query=signed(renewed)) == 0
    sim.login("小周")
    assert api.code("GET", "/wxa/checksession", query=signed(renewed)) == 87009


def test_published_signature_vector() -> None:
    key, message = "o0q0otL8aEzpcZL/FT9WsQ==", b'{"foo":"bar"}'
    signature = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
    assert signature == "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
    from server.simulators.wechat import Config
    from server.simulators.wechat.world import World

    people = World(Config()).people
    user = people.create("小周")
    user.session_key = key
    people.check_signature(user, signature, message)


def test_user_encryption_keys_last_an_hour(api: Api, sim: Control) -> None:
    session = login(api, sim.login("小周"))
    path = "/wxa/business/getuserencryptkey"
    (first,) = api.call("POST", path, query=signed(session))["key_info_list"]
    assert set(first) == {"encrypt_key", "version", "expire_in", "iv", "create_time"}
    sim.advance(3601)
    second, old = api.call("POST", path, query=signed(session))["key_info_list"]
    assert (second["version"], old["version"], old["expire_in"]) == (2, 1, 0)


def test_phone_number_once_within_five_minutes(api: Api, sim: Control) -> None:
    sim.user("小周", phone="13800138000")
    code = sim.phone_code("小周")
    info = api.call("POST", PHONE, {"code": code})["phone_info"]
    assert (info["purePhoneNumber"], info["countryCode"]) == ("13800138000", "86")
    assert info["watermark"]["appid"] == sim.config.appid
    assert api.code("POST", PHONE, {"code": code}) == 40029
    stale = sim.phone_code("小周")
    sim.advance(301)
    assert api.code("POST", PHONE, {"code": stale}) == 40029
    assert api.code("POST", PHONE, {"code": sim.login("小周")}) == 40029
    assert api.code("POST", PHONE, {}) == 41008
    other = sim.user("小吴")["openid"]
    assert api.code("POST", PHONE, {"code": sim.phone_code("小周"), "openid": other}) == 40029


def test_the_same_seed_gives_the_same_codes() -> None:
    with running_simulator(seed=7) as one, running_simulator(seed=7) as two, running_simulator(seed=8) as other:
        codes = [sim.login("小周") for sim in (one, two, other)]
    assert codes[0] == codes[1] != codes[2]
