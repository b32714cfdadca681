"""Fixtures for every test: real databases, each test in an outer transaction that is thrown away.

A test that asks for ``session`` or ``client`` runs on every database of ``SHIJIAN_TEST_DATABASES`` (comma-separated;
``available`` means all that this machine can run). What a factory made is committed into the outer transaction before
each request, so the request sees it through its own session.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import settings as drawing
from sqlalchemy import event
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from server.api import flag_sets
from server.app import Service, connect_wechat, create_app, take_process
from server.core import db as core_db
from server.core import tallies
from server.core.db import bound_to, db
from server.settings import Profile, Settings
from tests.support.databases import Database, chosen_databases, drop_audit_triggers, fresh_database

# The same examples in every run, however slow the machine is.
drawing.register_profile("house", derandomize=True, deadline=None, database=None)
drawing.load_profile("house")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", chosen_databases(), indirect=True, scope="session")


# Tests that share processes, ports or played years stay on one worker, and start first: they take longest.
TOGETHER = {
    "browser": ("tests/browser/",),
    "live": ("tests/live/", "tests/simulators/", "tests/gateways/test_limits.py", "tests/jobs/test_distributed.py"),
    "story": ("tests/story/",),
}


def _group(nodeid: str) -> str:
    """What goes to one worker as one piece: a group of the above, or a file."""
    path = nodeid.split("::", 1)[0]
    return next((name for name, starts in TOGETHER.items() if path.startswith(starts)), path)


class InGroups(LoadScopeScheduling):
    """Gives each group to a worker, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> InGroups:
    """Runs with ``-n`` are parted by ``InGroups``."""
    return InGroups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """The long groups first."""
    yield
    places = {name: place for place, name in enumerate(TOGETHER)}
    items.sort(key=lambda item: places.get(_group(item.nodeid), len(places)))


def pytest_sessionfinish() -> None:
    # What the last test's application counted belongs to a database that is gone.
    tallies.forget()


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """A fresh, migrated database of each make for the whole run, made when the first test asks for it."""
    made: dict[str, Database] = {}
    with ExitStack() as stack:

        def of(make: str) -> Database:
            if make not in made:
                made[make] = stack.enter_context(fresh_database(make, tmp_path_factory.mktemp("database")))
                migrate(made[make].url, tmp_path_factory.mktemp("migrating"))
            return made[make]

        yield of


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, databases: Callable[[str], Database]) -> Database:
    """The run's database of one make. pytest lets go of it at each change of make; ``databases`` does not."""
    return databases(request.param)


def migrate(url: str, folder: Path) -> None:
    """Give a database its tables, without the triggers that keep the trail: tests of the chain play who dropped them."""
    app = create_app(make_settings(folder, database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            drop_audit_triggers(connection)
        db.engine.dispose()


def make_settings(data_dir: Path, **changes: Any) -> Settings:
    """Settings of a test installation."""
    values: dict[str, Any] = {
        "profile": Profile.TEST,
        "data_dir": data_dir,
        "secret_key": "0123456789abcdef0123456789abcdef",
        "field_keys": "k1:" + base64.b64encode(b"1" * 32).decode(),
        "index_key": base64.b64encode(b"i" * 32).decode(),
        "base_url": "http://localhost",
        "wechat_appid": "wx0123456789abcdef",
        "wechat_secret": "app-secret-of-the-test",
        "wechat_token": "push-token",
        "wechat_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "wechat_base_url": "http://127.0.0.1:9",
        "tally_seconds": 0.0,
    }
    return Settings(**values | changes)


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Database], Service]]:
    """The application on each database that was asked for."""
    made: dict[str, Service] = {}

    def on(database: Database) -> Service:
        if database.make not in made:
            made[database.make] = create_app(make_settings(tmp_path_factory.mktemp("data"), database_url=database.url))
        return made[database.make]

    yield on
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def app(database: Database, apps: Callable[[Database], Service]) -> Service:
    """The application on the migrated database."""
    made = apps(database)
    take_process(made)
    return made


@pytest.fixture
def session(app: Service) -> Iterator[Any]:
    """A session inside an outer transaction that is thrown away; domain tests work on it directly."""
    tallies.forget()
    # Revisions of another test have the same numbers.
    flag_sets.install(app)
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        try:
            with bound_to(connection):
                yield core_db.session()
                db.session.remove()
        finally:
            outer.rollback()
            connection.close()
            # A test may have pointed the process at a simulator.
            connect_wechat(app.config["SETTINGS"])


class Browserless(FlaskClient):
    """A client whose every request has an application context, and so a session, of its own."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.commit()
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        db.session.expire_all()
        return answer


@pytest.fixture
def client(app: Service, session: Any) -> Browserless:
    """An HTTP client on the test's transaction. It keeps cookies like a browser."""
    app.test_client_class = Browserless
    made = app.test_client()
    assert isinstance(made, Browserless)
    return made


class Queries(list[str]):
    """The statements that ran while it listened."""


@contextmanager
def counting(engine: sa.Engine) -> Iterator[Queries]:
    """Collect the statements (savepoints aside) that run inside."""
    seen = Queries()

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def queries(app: Service, session: Any) -> Any:
    """``with queries() as seen: …; assert len(seen) == 3``."""
    return lambda: counting(db.engine)


@pytest.fixture(autouse=True)
def _no_stray_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SHIJIAN_") and name != "SHIJIAN_TEST_DATABASES":
            monkeypatch.delenv(name)
