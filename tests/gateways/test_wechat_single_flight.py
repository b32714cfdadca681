"""One token for all: of many threads and processes that find none, one fetches and the others get what it got."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from server.app import Service, create_app
from server.core import crypto
from server.core.db import Base, db
from server.gateways.wechat import WechatConfig, WechatDown, WechatError, WechatRefused, state, tokens
from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.state import WechatState
from tests.conftest import make_settings
from tests.support.databases import chosen_databases, fresh_database
from tests.support.raw_http import answer, raw_server

APPID = "wx0123456789abcdef"
TOKEN = "cgi-bin/stable_token"
ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys
from pathlib import Path
from server.app import create_app
from server.gateways import wechat
from tests.conftest import make_settings
folder, database, url = sys.argv[1:]
app = create_app(make_settings(Path(folder), database_url=database, wechat_base_url=url))
with app.app_context():
    sys.stdin.readline()
    print(wechat.installed().access_token)
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "house" in metafunc.fixturenames:
        metafunc.parametrize("house", chosen_databases(), indirect=True)


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An application on a database of its own, since these tests commit on many connections."""
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url))
        with app.app_context():
            Base.metadata.create_all(db.engine, tables=[Base.metadata.tables["wechat_states"]])
        yield app
        with app.app_context():
            db.engine.dispose()


def client_for(url: str) -> MiniClient:
    return MiniClient(WechatConfig(appid=APPID, secret="s", base_url=url, timeout=5.0))


def together(app: Service, count: int, call) -> list:
    """The outcomes of a call on many threads at once, each in its own application context."""
    gate = threading.Barrier(count)

    def one(_number: int):
        with app.app_context():
            gate.wait(10)
            try:
                return call()
            except WechatError as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_eight_cold_threads_fetch_one_token(house):
    with raw_server(lambda _: answer({"access_token": "T", "expires_in": 7200})) as server:
        client = client_for(server.url)
        assert together(house, 8, lambda: client.access_token) == ["T"] * 8
        assert server.paths() == [TOKEN]


def test_eight_cold_clients_as_of_eight_processes_fetch_one_token(house):
    """A client each, so that no lock of a process helps: only the shared row does."""
    gate = threading.Event()

    def told(_asked):
        gate.wait(5)
        return answer({"access_token": "T", "expires_in": 7200})

    with raw_server(told) as server:
        threading.Timer(0.5, gate.set).start()
        assert together(house, 8, lambda: client_for(server.url).access_token) == ["T"] * 8
        assert server.paths() == [TOKEN]


def test_one_refusal_is_everybodys_refusal(house, monkeypatch):
    all_have_looked, looks, look = threading.Event(), [], state.read

    def counted(appid: str) -> WechatState:
        found = look(appid)
        looks.append(appid)
        if len(looks) > 8:  # each of the eight, and once more the one that fetches
            all_have_looked.set()
        return found

    def told(_asked):
        all_have_looked.wait(10)
        return answer({"errcode": 40164, "errmsg": "invalid ip"})

    monkeypatch.setattr(state, "read", counted)
    with raw_server(told) as server:
        client = client_for(server.url)
        outcomes = together(house, 8, lambda: client.access_token)
        assert {type(outcome) for outcome in outcomes} == {WechatRefused}
        assert {outcome.errcode for outcome in outcomes} == {40164}
        assert server.paths() == [TOKEN]


def test_two_processes_fetch_one_token(house, tmp_path):
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with house.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        state.read(APPID)
    with raw_server(lambda _: answer({"access_token": "T", "expires_in": 7200})) as server:
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), url, server.url]
        workers = [
            subprocess.Popen(command, cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            for _ in range(2)
        ]
        outcomes = [worker.communicate("go\n", timeout=60)[0].strip() for worker in workers]
        assert outcomes == ["T", "T"]
        assert server.paths() == [TOKEN]


def test_a_fetcher_that_died_is_replaced_when_its_lease_ends(house):
    with house.app_context(), raw_server(lambda _: answer({"access_token": "T", "expires_in": 7200})) as server:
        start = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
        with time_machine.travel(start, tick=False) as clock:
            state.read(APPID)
            state.change(APPID, fetch_owner="dead", fetch_until=start + tokens.LEASE)
            clock.shift(tokens.LEASE)
            assert client_for(server.url).access_token == "T"


def test_waiting_for_a_fetcher_is_bounded(house, monkeypatch):
    monkeypatch.setattr(tokens, "LOOK_SECONDS", 0)
    monkeypatch.setattr(tokens, "LOOKS", 5)
    with house.app_context(), raw_server(lambda _: answer({})) as server:
        start = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
        with time_machine.travel(start, tick=False):
            state.read(APPID)
            state.change(APPID, fetch_owner="slow", fetch_until=start + tokens.LEASE)
            with pytest.raises(WechatDown):
                client_for(server.url).tokens.current()
        assert server.paths() == []


def test_a_token_that_does_not_open_is_fetched_anew(house):
    with house.app_context(), raw_server(lambda _: answer({"access_token": "T", "expires_in": 7200})) as server:
        client_for(server.url).tokens.current()
        sealed = crypto.ring().seal("another", "wechat_states:token:wxffffffffffffffff")
        state.change(APPID, WechatState.appid == APPID, token_sealed=sealed)
        assert client_for(server.url).tokens.current() == "T"
        assert server.paths() == [TOKEN, TOKEN]
