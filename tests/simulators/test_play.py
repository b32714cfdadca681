"""The page where a person plays a citizen, and the way it goes through the phone to the service."""

import json
import re
from typing import Any

import pytest
import requests

from server.simulators.wechat import Config, ConfigError, NotHere, create_app
from tests.simulators.test_client import Service, service
from tests.support.wechat import Control, running_simulator

__all__ = ["service"]


def send(sim: Control, method: str, path: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, sim.url + path, timeout=10, **options)


def test_page_brings_only_its_own_files_under_a_strict_policy(sim: Control) -> None:
    page = send(sim, "GET", "/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert 'lang="zh-CN"' in page.text
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert linked
    for address in linked:
        assert address.startswith("/static/")
        assert send(sim, "GET", address).status_code == 200
    assert not re.search(r"<script>|<style|style=|\son\w+=", page.text)


def test_scripts_build_elements_and_never_markup(sim: Control) -> None:
    for name in ("play.js", "help.js", "dom.js"):
        script = send(sim, "GET", f"/static/{name}").text
        assert "innerHTML" not in script
        assert "https://" not in script


def test_citizen_signs_in_asks_uploads_and_subscribes(service: Service) -> None:
    service.answers["/sessions"] = (200, b'{"access_token": "a1", "refresh_token": "r1"}')
    service.answers["/tickets"] = (201, b'{"id": "1", "number": "FW-2026-0001"}')
    with running_simulator(service_url=service.url) as sim:
        template = sim.get("templates")[0]["id"]
        signed_in = send(sim, "POST", "/_play/sign_in", json={"user": "小周"}).json()
        call = {"user": "小周", "method": "POST", "path": "tickets", "body": {"text": "x"}, "key": "k"}
        made = send(sim, "POST", "/_play/call", json=call).json()
        form = {"data": {"user": "小周"}, "files": {"file": ("a.png", b"png", "image/png")}}
        send(sim, "POST", "/_play/upload", headers={"X-Simulator-Page": "1"}, **form)
        body = {"user": "小周", "results": {template: "accept"}}
        send(sim, "POST", "/_play/subscribe", json=body)
        send(sim, "POST", "/_play/phone", json={"user": "小周"})
        assert sim.get("grants", user="小周")[template]["count"] == 1
        sim.drain()
        assert sim.pushes()[0]["event"] == "subscribe_msg_popup_event"
        assert send(sim, "GET", "/_play/people").json()["people"] == ["小周"]
        assert send(sim, "GET", "/_play/messages", params={"user": "小周"}).json() == []
    assert signed_in["data"]["access_token"] == "a1"
    assert made == {"status": 201, "data": {"id": "1", "number": "FW-2026-0001"}}
    paths = [path for _, path, _, _ in service.asked]
    assert paths == ["/sessions", "/tickets", "/uploads", "/subscriptions", "/me/phone"]
    assert len(json.loads(service.asked[0][3])["code"]) == 32
    assert service.asked[1][2]["Idempotency-Key"] == "k"
    assert all(headers["Authorization"] == "Bearer a1" for _, _, headers, _ in service.asked[1:])


def test_expired_token_is_renewed_once(service: Service) -> None:
    service.answers["/sessions"] = (200, b'{"access_token": "a1", "refresh_token": "r1"}')
    service.answers["/sessions/refresh"] = (200, b'{"access_token": "a2", "refresh_token": "r2"}')
    service.answers["/me"] = (401, b'{"code": "token_expired"}')
    with running_simulator(service_url=service.url) as sim:
        send(sim, "POST", "/_play/sign_in", json={"user": "小周"})
        answer = send(sim, "POST", "/_play/call", json={"user": "小周", "path": "me"}).json()
    assert answer["status"] == 401
    assert [path for _, path, _, _ in service.asked] == ["/sessions", "/me", "/sessions/refresh", "/me"]


def test_service_that_is_down_or_not_configured(sim: Control) -> None:
    assert send(sim, "POST", "/_play/sign_in", json={"user": "小周"}).status_code == 400
    with running_simulator(service_url="http://127.0.0.1:1") as alone:
        answer = send(alone, "POST", "/_play/sign_in", json={"user": "小周"}).json()
    assert (answer["status"], answer["data"]["title"]) == (0, "服务没有回应")


@pytest.mark.parametrize("path", ["http://example.com/", "//example.com/", "../admin", "a/../../b"])
def test_phone_goes_nowhere_but_the_api(service: Service, path: str) -> None:
    with running_simulator(service_url=service.url) as sim:
        answer = send(sim, "POST", "/_play/call", json={"user": "小周", "path": path})
    assert answer.status_code == 400
    assert service.asked == []


def test_foreign_pages_cannot_steer_it(sim: Control) -> None:
    assert send(sim, "GET", "/_sim/state", headers={"Host": "evil.example"}).status_code == 403
    assert send(sim, "POST", "/_sim/reset", data="{}", headers={"Content-Type": "text/plain"}).status_code == 400
    assert send(sim, "POST", "/_sim/reset", data={"a": "b"}).status_code == 400
    assert send(sim, "POST", "/_play/sign_in", data={"user": "x"}).status_code == 400
    files = {"file": ("a.png", b"png", "image/png")}
    assert send(sim, "POST", "/_play/upload", data={"user": "x"}, files=files).status_code == 400
    assert send(sim, "GET", "/_sim/state", headers={"Host": "localhost:8090"}).status_code == 200


def test_refuses_to_run_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIJIAN_PROFILE", "production")
    with pytest.raises(NotHere):
        create_app()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"appid": "x"}, "appid"),
        ({"secret": ""}, "secret"),
        ({"callback_url": "https://example.com/"}, "callback_url"),
        ({"service_url": "ftp://127.0.0.1/"}, "service_url"),
        ({"push_mode": "yaml"}, "push_mode"),
        ({"push_safety": "none"}, "push_safety"),
        ({"token": "a b"}, "token"),
        ({"aes_key": "short"}, "aes_key"),
        ({"what": 1}, "what"),
    ],
)
def test_faulty_configuration_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        create_app(values)


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"appid.*secret.*aes_key"):
        Config(appid="x", secret="", aes_key="")
