"""One simulator for the run, as at the start for each test; and a receiver of pushes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.support.wechat import Control, running_simulator


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Control]:
    with running_simulator(push_timeout=0.5) as control:
        yield control


@pytest.fixture
def sim(_simulator: Control) -> Control:
    """A fresh world."""
    _simulator.post("drain", late=True)
    _simulator.reset()
    return _simulator


class Api:
    """WeChat's server calls with a good token unless told otherwise."""

    def __init__(self, sim: Control) -> None:
        self.sim = sim
        self._token: str | None = None

    @property
    def token(self) -> str:
        if self._token is None:
            self._token = str(self.fetch_token()["access_token"])
        return self._token

    def fetch_token(self, **more: Any) -> dict[str, Any]:
        config = self.sim.config
        body = {"grant_type": "client_credential", "appid": config.appid, "secret": config.secret, **more}
        return self.call("POST", "/cgi-bin/stable_token", body, token=None)

    def raw(self, method: str, path: str, body: Any = None, *, token: str | None = "", **options: Any) -> Any:
        query = dict(options.pop("query", {}))
        if token is not None:
            query["access_token"] = token or self.token
        if body is not None:
            options["json"] = body
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.sim.url + path, params=query, timeout=10, **options)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        with self.raw(method, path, body, **options) as answer:
            return dict(answer.json())

    def code(self, method: str, path: str, body: Any = None, **options: Any) -> int:
        return int(self.call(method, path, body, **options).get("errcode", 0))


@pytest.fixture
def api(sim: Control) -> Api:
    return Api(sim)


@dataclass
class Letter:
    """One push as it arrived."""

    query: dict[str, str]
    body: bytes
    content_type: str


@dataclass
class Receiver:
    """A callback that answers as it is told: ``answers`` are used up first, then ``success``."""

    url: str = ""
    letters: list[Letter] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    echo: bool = True
    release: threading.Event = field(default_factory=threading.Event)
    files: dict[str, bytes] = field(default_factory=dict)


def say(status: int, text: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = text.encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path in state.files:
                data = state.files[parts.path]
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                return
            query = dict(parse_qsl(parts.query))
            state.letters.append(Letter(query, b"", ""))
            say(200 if state.echo else 403, query.get("echostr", "") if state.echo else "no")(self)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            query = dict(parse_qsl(urlsplit(self.path).query))
            state.letters.append(Letter(query, body, self.headers["Content-Type"]))
            (state.answers.pop(0) if state.answers else say(200, "success"))(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/callback"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    state.release.set()
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()
