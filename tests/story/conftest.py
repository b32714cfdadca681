"""The two contracts' years, played once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from server.app import create_app
from server.core import clock
from server.core.db import db, reading, unit
from server.domain import calendar, identity
from server.domain.identity import SCHEDULER, Actor
from server.jobs.demo import people, seed, years
from server.jobs.demo.people import Cast
from server.jobs.demo.years import Year
from tests.conftest import make_settings, migrate
from tests.story.years_expected import at
from tests.support.databases import fresh_database
from tests.support.whole import databases

# When the tests look back: after the last payment, before the next calendar year matters.
LOOKED_AT = at(2026, 11, 1, 10)


@dataclass(frozen=True, slots=True)
class Played:
    """Both years as they stand in a database, and the people and contracts of today."""

    a: Year
    b: Year
    cast: Cast

    @property
    def today(self) -> Mapping[str, Actor]:
        """The people of today by login."""
        return self.cast.actors


@pytest.fixture(scope="session", params=databases("sqlite", "postgresql"))
def played_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[object, Played]]:
    """A database of its own in which both years were played, with the application on it."""
    folder = tmp_path_factory.mktemp("years")
    with fresh_database(request.param, folder) as made:
        migrate(made.url, folder)
        app = create_app(make_settings(folder, database_url=made.url))
        with app.app_context():
            with clock.replaying(LOOKED_AT):
                found = _played()
            yield app, found
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def played(played_database: tuple[object, Played]) -> Iterator[Played]:
    """The years, to be looked at in a unit that only reads."""
    with clock.replaying(LOOKED_AT), reading():
        yield played_database[1]


@pytest.fixture
def a(played: Played) -> Year:
    """Year A."""
    return played.a


@pytest.fixture
def b(played: Played) -> Year:
    """Year B."""
    return played.b


def _played() -> Played:
    with unit():
        calendar.seed(SCHEDULER)
        identity.publish_privacy_notice(SCHEDULER, title="隐私保护指引", text=seed.PRIVACY, items=seed.ITEMS)
    with unit():
        town = people.found("川江市市场监督管理局东湖分局")
    old = years.enter_both(town)
    with unit():
        actors = people.appoint_all(town, {people.MINI_VENDOR: old.mini_program, people.DATA_VENDOR: old.data_exchange})
    a, b = years.play_both(actors, old)
    with unit():
        cast = people.settle(town, actors)
    while True:
        with unit():
            if not identity.seal_audit():
                break
    return Played(a, b, cast)
