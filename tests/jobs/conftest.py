"""A database of its own for each queue test: these tests commit, on several threads and in several processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.app import Service, create_app
from server.core.db import Base, db
from server.gateways import queue
from tests.conftest import make_settings
from tests.support.databases import chosen_databases, fresh_database

TABLES = [Base.metadata.tables[name] for name in ("jobs", "periodics")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "house" in metafunc.fixturenames:
        metafunc.parametrize("house", chosen_databases(), indirect=True)


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An application on an empty database that has the queue's tables only."""
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url, job_lease_seconds=2))
        with app.app_context():
            Base.metadata.create_all(db.engine, tables=TABLES)
        yield app
        with app.app_context():
            db.engine.dispose()
        queue.install(queue.Silence())
