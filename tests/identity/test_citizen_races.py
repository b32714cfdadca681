"""Many requests of one citizen at once, on real databases where everybody commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core.db import Base, db, reading, session, unit
from server.core.errors import ShijianError
from server.domain import identity
from server.domain.identity import ANONYMOUS, Citizen, CitizenToken, RefreshSuperseded, Tokens
from tests.conftest import make_settings
from tests.factories.citizens import LIFETIMES, openid_for, tokens
from tests.support.databases import MAKES, available, fresh_database

THREADS = 12


@pytest.fixture(params=MAKES)
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


def at_once(app: Service, do: Callable[[], Any]) -> list[Any]:
    """What each of many threads got: a value, or the refusal."""

    def run(_: int) -> Any:
        with app.app_context():
            try:
                with unit():
                    return do()
            except ShijianError as refusal:
                return refusal

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_first_sign_ins_at_once_make_one_citizen(alone):
    made = at_once(alone, lambda: identity.sign_in_citizen(ANONYMOUS, openid=openid_for("wang"), lifetimes=LIFETIMES))
    assert all(isinstance(each, Tokens) for each in made)
    assert len({each.citizen.id for each in made}) == 1
    with alone.app_context(), reading():
        assert session().scalar(sa.select(sa.func.count()).select_from(Citizen)) == 1


def test_one_refresh_token_makes_one_new_pair(alone):
    with alone.app_context(), unit():
        secret = tokens("wang").refresh
    made = at_once(alone, lambda: identity.refresh(ANONYMOUS, refresh=secret, lifetimes=LIFETIMES))
    winners = [each for each in made if isinstance(each, Tokens)]
    assert len(winners) == 1
    assert {type(each) for each in made if each is not winners[0]} == {RefreshSuperseded}
    with alone.app_context(), reading():
        assert session().scalar(sa.select(sa.func.count()).select_from(CitizenToken)) == 2
        assert identity.citizen_by_token(winners[0].access)
