"""The application with probe views beside the real ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.app import Service, create_app
from server.core.db import Base, db
from tests.api import probes
from tests.conftest import Browserless, make_settings
from tests.support.databases import Database


@pytest.fixture(scope="session")
def probed(app: Service, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The application on the run's database, with probes."""
    made = create_app(make_settings(tmp_path_factory.mktemp("probed"), database_url=database.url))
    made.register_blueprint(probes.blueprint)
    with made.app_context():
        Base.metadata.create_all(db.engine)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def probe(probed: Service, session: object) -> Browserless:
    """A client of the application with probes, on the test's transaction."""
    probed.test_client_class = Browserless
    made = probed.test_client()
    assert isinstance(made, Browserless)
    return made
