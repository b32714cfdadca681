"""The mini program's client: what it sends, what it refuses to send, and what it calls a success."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from server.simulators.wechat.client import Fail, MiniProgram

APPID = "wx5a1c0de5a1c0de00"


@dataclass
class Service:
    """Answers each path as told and keeps what it was asked; ``/slow`` waits for the end of the test."""

    url: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most: int = 0
    gate: threading.Barrier | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api/v1")
            with state.lock:
                state.asked.append((self.command, path, dict(self.headers), body))
                state.at_once += 1
                state.most = max(state.most, state.at_once)
            if path == "/slow":
                state.end.wait(5)
            if path == "/crowd" and state.gate:
                state.gate.wait(5)
            with state.lock:
                state.at_once -= 1
            status, data = state.answers.get(path, (200, b"{}"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Set-Cookie", "a=b; Path=/")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    state.end.set()
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.fixture
def phone(service: Service) -> MiniProgram:
    return MiniProgram(service.url, APPID)


def test_headers_of_every_request(phone: MiniProgram, service: Service) -> None:
    phone.get("config")
    phone.get("config")
    (_, path, first, _), (_, _, second, _) = service.asked
    assert path == "/config"
    assert re.fullmatch(r"https://servicewechat\.com/wx[0-9a-f]{16}/42/page-frame\.html", first["Referer"])
    assert (first["X-App-Version"], first["X-App-Env"], first["X-App-Build"]) == ("1.4.2", "release", "1.4.2+42")
    assert first["X-Base-Lib"] == "3.7.2"
    assert first["X-Request-Id"] != second["X-Request-Id"]
    assert "Cookie" not in second
    assert "Idempotency-Key" not in first


def test_trial_version_has_build_zero_and_knows_no_version(service: Service) -> None:
    MiniProgram(service.url, APPID, env="trial").get("config")
    headers = service.asked[0][2]
    assert headers["Referer"].endswith("/0/page-frame.html")
    assert "X-App-Version" not in headers


def test_post_has_a_key_fresh_or_given(phone: MiniProgram, service: Service) -> None:
    phone.post("tickets", {"text": "你好"})
    phone.post("tickets", {"text": "你好"}, key="mine")
    phone.post("tickets", {"text": "你好"})
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in service.asked]
    assert keys[1] == "mine"
    assert len(set(keys)) == 3
    assert json.loads(service.asked[0][3]) == {"text": "你好"}


def test_there_is_no_patch(phone: MiniProgram, service: Service) -> None:
    with pytest.raises(ValueError, match="PATCH"):
        phone.request("PATCH", "me")
    assert service.asked == []


def test_any_status_is_a_success(phone: MiniProgram, service: Service) -> None:
    service.answers = {
        "/a": (403, b'{"code": "consent_required"}'),
        "/b": (500, b"<html>"),
        "/c": (200, b'\xef\xbb\xbf{"a": 1}'),
    }
    refused, broken, marked = phone.get("a"), phone.get("b"), phone.get("c")
    assert (refused.status, refused.ok, refused.code) == (403, False, "consent_required")
    assert (broken.status, broken.data, broken.code) == (500, "<html>", None)
    assert marked.data == {"a": 1}


def test_only_the_line_fails(phone: MiniProgram, service: Service) -> None:
    with pytest.raises(Fail, match="request:fail ReadTimeout"):
        phone.get("slow", abort_after=0.1)
    with pytest.raises(Fail, match="ConnectionError"):
        MiniProgram("http://127.0.0.1:1", APPID).get("config")


def test_no_more_than_ten_at_once(phone: MiniProgram, service: Service) -> None:
    service.gate = threading.Barrier(10)
    threads = [threading.Thread(target=phone.get, args=("crowd",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(service.asked) == 20
    assert service.most == 10


def test_tokens_are_kept_used_renewed_and_dropped(phone: MiniProgram, service: Service) -> None:
    session = {"access_token": "a1", "refresh_token": "r1", "expires_in": 7200, "citizen": {"id": "1"}, "consent": {}}
    service.answers["/sessions"] = (200, json.dumps(session).encode())
    service.answers["/sessions/refresh"] = (200, b'{"access_token": "a2", "refresh_token": "r2"}')
    phone.sign_in("code")
    phone.get("me")
    phone.refresh()
    phone.get("me")
    phone.sign_out()
    phone.get("me")
    sent = [headers.get("Authorization") for _, _, headers, _ in service.asked]
    assert sent == [None, "Bearer a1", None, "Bearer a2", "Bearer a2", None]
    assert json.loads(service.asked[2][3]) == {"refresh_token": "r1"}


def test_refused_sign_in_keeps_nothing(phone: MiniProgram, service: Service) -> None:
    service.answers["/sessions"] = (401, b'{"code": "bad_code"}')
    phone.sign_in("code")
    assert phone.access_token is None


def test_upload_is_multipart_with_one_file(phone: MiniProgram, service: Service) -> None:
    phone.upload(b"\x89PNG data", "shot.png")
    _, path, headers, body = service.asked[0]
    assert path == "/uploads"
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="shot.png"' in body
    assert b"\x89PNG data" in body
    with pytest.raises(ValueError, match="one file"):
        phone.request("POST", "uploads", files={"a": ("a", b"", ""), "b": ("b", b"", "")})


def test_verbs_of_the_citizen(phone: MiniProgram, service: Service) -> None:
    service.answers["/privacy-notice"] = (200, b'{"version": 3, "items": [{"key": "contact"}]}')
    phone.give_consent()
    phone.report("打不开", ["u1", "u2"], title="查询", key="k")
    phone.comment("t", "补充")
    phone.rate("t", 5, "好")
    phone.reopen("t", "还是打不开")
    phone.subscribe({"x": "accept"})
    phone.set_phone("code")
    sent = {path: json.loads(body) for method, path, _, body in service.asked if method == "POST"}
    assert sent["/me/consents"] == {"version": 3, "scopes": ["contact"]}
    assert (sent["/tickets"]["kind"], sent["/tickets"]["upload_ids"]) == ("bug", ["u1", "u2"])
    assert sent["/tickets"]["device"]["app_env"] == "release"
    assert sent["/tickets/t/comments"] == {"text": "补充", "upload_ids": []}
    assert sent["/tickets/t/rating"] == {"stars": 5, "text": "好"}
    assert sent["/tickets/t/reopen"] == {"reason": "还是打不开"}
    assert sent["/subscriptions"] == {"results": {"x": "accept"}}
    assert sent["/me/phone"] == {"code": "code"}
