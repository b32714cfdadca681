"""Sixteen threads with one Idempotency-Key against a real threaded server: one effect, one answer, on every database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import event
from werkzeug.serving import make_server

from server.app import Service, create_app
from server.core.db import Base, db
from tests.api import probes
from tests.conftest import make_settings
from tests.support.databases import MAKES, available, fresh_database

THREADS = 16


@contextmanager
def serving(app: Service) -> Iterator[str]:
    """The application on a free port of loopback, one thread a request; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1/probes"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=MAKES)
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An application on a database of its own: nothing is thrown away, every request commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url, rate_limits=False))
        app.register_blueprint(probes.blueprint)
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


def post(url: str, text: str, key: str) -> requests.Response:
    return requests.post(url, json={"text": text}, headers={"Idempotency-Key": key}, timeout=30)


def test_sixteen_threads_with_one_key_have_one_effect(alone):
    with serving(alone) as url, ThreadPoolExecutor(THREADS) as pool:
        for round_ in range(5):
            answers = list(pool.map(lambda _: post(f"{url}/counted", "x", f"key-{round_}"), range(THREADS)))  # noqa: B023 - used at once
            assert {answer.status_code for answer in answers} == {201}
            assert {answer.content for answer in answers} == {answers[0].content}
            assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    with alone.app_context():
        assert probes.count_now() == 5


def test_refused_tries_of_one_key_stand_in_nobodys_way(alone):
    with serving(alone) as url, ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: post(f"{url}/counted", "conflict", "key"), range(THREADS)))
    assert {answer.status_code for answer in answers} == {409}
    with alone.app_context():
        assert probes.count_now() == 0


def test_a_view_that_calls_outside_has_one_effect_too(alone):
    with serving(alone) as url, ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: post(f"{url}/outside", "x", "key"), range(THREADS)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    with alone.app_context():
        assert probes.count_now() == 1


def test_a_reading_request_never_begins_a_writing_unit(alone):
    with alone.app_context():
        engine = db.engine
        begun: list[str] = []
        if engine.dialect.name == "sqlite":
            event.listen(engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
        alone.test_client().get("/api/v1/probes/versions")
    assert not any("IMMEDIATE" in statement for statement in begun)
