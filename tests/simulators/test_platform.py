"""The third-party platform: tickets, authorisation, its tokens, and who may use which."""

from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
import requests

from server.simulators.wechat.push import crypto
from tests.simulators.conftest import Api, Receiver
from tests.support.wechat import Control, ControlError

COMPONENT = "/cgi-bin/component"


class Platform:
    """The platform's side, written anew: what it was pushed and what it asks."""

    def __init__(self, api: Api, receiver: Receiver) -> None:
        self.api, self.sim, self.receiver = api, api.sim, receiver

    def pushed(self) -> list[dict[str, str]]:
        self.sim.drain()
        config, found = self.sim.config, []
        for letter in self.receiver.letters:
            encrypted = fromstring(letter.body).findtext("Encrypt") or ""  # the simulator's own
            assert letter.query["msg_signature"] == crypto.sign(
                config.component_token, letter.query["timestamp"], letter.query["nonce"], encrypted
            )
            message, appid = crypto.decrypt(config.component_aes_key, encrypted)
            assert appid == config.component_appid
            found.append({element.tag: element.text or "" for element in fromstring(message)})  # as above
        return found

    def ticket(self) -> str:
        return [row for row in self.pushed() if row.get("InfoType") == "component_verify_ticket"][-1][
            "ComponentVerifyTicket"
        ]

    def app(self, **more: Any) -> dict[str, Any]:
        config = self.sim.config
        return {"component_appid": config.component_appid, "component_appsecret": config.component_secret, **more}

    def token_answer(self, **more: Any) -> dict[str, Any]:
        body = self.app(component_verify_ticket=more.pop("ticket", None) or self.ticket(), **more)
        return self.api.call("POST", f"{COMPONENT}/api_component_token", body, token=None)

    def ask(self, call: str, token: str, **body: Any) -> dict[str, Any]:
        body = {"component_appid": self.sim.config.component_appid, **body}
        query = {"component_access_token": token}
        return self.api.call("POST", f"{COMPONENT}/{call}", body, token=None, query=query)

    def authorised(self) -> tuple[str, dict[str, Any]]:
        token = self.token_answer()["component_access_token"]
        code = self.sim.post("authorise")["auth_code"]
        return token, self.ask("api_query_auth", token, authorization_code=code)["authorization_info"]


@pytest.fixture
def platform(api: Api, receiver: Receiver) -> Platform:
    api.sim.post("platform", url=receiver.url, message_url=f"{receiver.url}/$APPID$")
    return Platform(api, receiver)


def test_tickets_come_every_ten_minutes_encrypted_for_the_platform(platform: Platform, sim: Control) -> None:
    first = platform.ticket()
    sim.advance(599)
    assert platform.ticket() == first
    sim.advance(2)
    assert platform.ticket() != first
    assert len({row["ComponentVerifyTicket"] for row in platform.pushed()}) == 2


def test_waiting_for_pushes_does_not_wait_for_the_next_ticket(platform: Platform, sim: Control) -> None:
    sim.drain(late=True)
    assert len(platform.pushed()) == 1


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"component_appid": None}, 41002),
        ({"component_appid": "wx0000000000000000"}, 40013),
        ({"component_appsecret": None}, 41004),
        ({"component_appsecret": "wrong"}, 40125),
        ({"ticket": "made up"}, 61006),
    ],
)
def test_component_token_needs_all_three(platform: Platform, change: dict[str, Any], errcode: int) -> None:
    assert platform.token_answer(**change)["errcode"] == errcode


def test_a_ticket_lives_twelve_hours(platform: Platform, sim: Control) -> None:
    ticket = platform.ticket()
    sim.advance(12 * 3600 + 1)
    assert platform.token_answer(ticket=ticket)["errcode"] == 61006
    assert platform.token_answer()["expires_in"] == 7200


def test_a_ticket_can_be_asked_for(platform: Platform) -> None:
    before = platform.ticket()
    body = platform.app()
    assert platform.api.code("POST", f"{COMPONENT}/api_start_push_ticket", body, token=None) == 0
    assert platform.ticket() != before


def test_authorisation_by_the_page(platform: Platform, sim: Control) -> None:
    token = platform.token_answer()["component_access_token"]
    preauth = platform.ask("api_create_preauthcode", token)["pre_auth_code"]
    query = {
        "component_appid": sim.config.component_appid,
        "pre_auth_code": preauth,
        "redirect_uri": "http://127.0.0.1:8000/back?a=1",
    }
    page = requests.get(f"{sim.url}/cgi-bin/componentloginpage", params=query, timeout=5)
    assert (page.status_code, "授权" in page.text) == (200, True)
    agreed = requests.post(f"{sim.url}/_play/agree", json=query, timeout=5).json()["location"]
    assert agreed.startswith("http://127.0.0.1:8000/back?a=1&auth_code=")
    event = platform.pushed()[-1]
    assert (event["InfoType"], event["PreAuthCode"]) == ("authorized", preauth)
    # the code of the event and of the redirect are one, and good once
    assert event["AuthorizationCode"] in requests.utils.unquote(agreed)
    found = platform.ask("api_query_auth", token, authorization_code=event["AuthorizationCode"])
    assert found["authorization_info"]["authorizer_appid"] == sim.config.appid
    assert platform.ask("api_query_auth", token, authorization_code=event["AuthorizationCode"])["errcode"] == 61009
    assert requests.post(f"{sim.url}/_play/agree", json=query, timeout=5).status_code == 409


@pytest.mark.parametrize(
    "change", [{"redirect_uri": "https://example.com/"}, {"pre_auth_code": "x"}, {"component_appid": "wx1"}]
)
def test_the_page_refuses_what_is_not_ours(platform: Platform, sim: Control, change: dict[str, str]) -> None:
    token = platform.token_answer()["component_access_token"]
    preauth = platform.ask("api_create_preauthcode", token)["pre_auth_code"]
    query = {"component_appid": sim.config.component_appid, "pre_auth_code": preauth, "redirect_uri": sim.url}
    with pytest.raises(ControlError):
        sim.post("authorise", **query | change)


def test_authorizer_tokens_are_refreshed_and_overlap(platform: Platform, sim: Control) -> None:
    token, info = platform.authorised()
    refreshed = platform.ask(
        "api_authorizer_token",
        token,
        authorizer_appid=sim.config.appid,
        authorizer_refresh_token=info["authorizer_refresh_token"],
    )
    old, new = info["authorizer_access_token"], refreshed["authorizer_access_token"]
    assert old != new
    probe = lambda value: platform.api.code("GET", "/wxa/get_category", token=value)  # noqa: E731
    assert (probe(old), probe(new)) == (0, 0)
    sim.advance(301)
    assert (probe(old), probe(new)) == (42001, 0)
    wrong = platform.ask("api_authorizer_token", token, authorizer_appid=sim.config.appid, authorizer_refresh_token="x")
    assert wrong["errcode"] == 61023


def test_an_authorisation_that_ends_takes_its_tokens_along(platform: Platform, sim: Control) -> None:
    token, info = platform.authorised()
    sim.post("unauthorise")
    assert platform.pushed()[-1]["InfoType"] == "unauthorized"
    assert platform.api.code("GET", "/wxa/get_category", token=info["authorizer_access_token"]) == 40001
    again = platform.ask(
        "api_authorizer_token",
        token,
        authorizer_appid=sim.config.appid,
        authorizer_refresh_token=info["authorizer_refresh_token"],
    )
    assert again["errcode"] == 61003


def test_whose_token_opens_what(platform: Platform) -> None:
    component, info = platform.authorised()
    authorizer, owner = info["authorizer_access_token"], platform.api.token
    ask: Callable[[str, str], int] = lambda path, value: platform.api.code("GET", path, token=value)  # noqa: E731
    assert [ask("/wxa/get_category", value) for value in (authorizer, owner, component)] == [0, 86000, 40001]
    assert [ask("/wxa/gettemplatelist", value) for value in (authorizer, owner, component)] == [40001, 40001, 0]
    assert [ask("/wxa/getgrayreleaseplan", value) for value in (authorizer, owner, component)] == [0, 0, 40001]
