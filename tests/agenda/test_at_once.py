"""Two workers and a killed one, on every database: each (object, kind, day) is alerted of once, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, db, session, unit
from server.domain import agenda, identity
from server.domain.agenda import Alert, AlertState
from server.domain.agenda.models import AlertRead
from server.domain.identity import Actor, OrganisationKind
from tests.conftest import make_settings
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a, contract_b
from tests.support.databases import MAKES, available, fresh_database

ROOT = Path(__file__).parents[2]
MOMENT = datetime(2025, 12, 1, 10, tzinfo=clock.LOCAL)
# A worker that has raised every alert and dies before its unit is settled.
DYING = """
import os, sys
from datetime import datetime
from pathlib import Path
from server.app import create_app
from server.core import clock
from server.core.db import unit
from server.domain import agenda
from tests.conftest import make_settings
app = create_app(make_settings(Path(sys.argv[2]), database_url=sys.argv[1]))
with app.app_context(), clock.replaying(datetime.fromisoformat(sys.argv[3])), unit():
    print(agenda.arm().raised, flush=True)
    sys.stdin.read()
"""
Alone = tuple[Service, str, Path, Actor]


@pytest.fixture(params=MAKES, scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """An application on a database of this module's own with two contracts' duties: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder = tmp_path_factory.mktemp("agenda-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context(), clock.replaying(MOMENT):
            Base.metadata.create_all(db.engine)
            with unit():
                agenda.prepare()
                seeded_calendar()
                ours = contract_b()
                contract_a()
                people.organisation(OrganisationKind.BUREAU)
                wu = people.actor("wu", contract_id=ours.id)
        yield app, fresh.url, folder, wu
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def alone(kept: Alone) -> Alone:
    """The same before anybody looked."""
    with kept[0].app_context(), unit():
        for model in (AlertRead, Alert, agenda.Feed):
            session().execute(sa.delete(model))
    return kept


def at_once(app: Service, times: int, act: Any) -> list[Any]:
    """What came of each, begun together."""
    together = Barrier(times)

    def run(number: int) -> Any:
        with app.app_context(), clock.replaying(MOMENT):
            try:
                together.wait()
                with unit():
                    return act(number)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def keys(app: Service, state: AlertState | None = None) -> list[tuple[Any, ...]]:
    with app.app_context(), unit():
        query = sa.select(Alert.object_kind, Alert.object_id, Alert.kind, Alert.due_on)
        return [tuple(row) for row in session().execute(query if state is None else query.where(Alert.state == state))]


def test_three_workers_raise_each_alert_once(alone: Alone) -> None:
    app, *_ = alone
    came = at_once(app, 3, lambda _: agenda.arm().raised)
    found = keys(app)
    assert len(found) > 20
    assert max(Counter(found).values()) == 1
    assert sum(came) == len(found)
    # And once more, when they stand: nobody raises or takes back anything.
    again = at_once(app, 3, lambda _: agenda.arm())
    assert again == [agenda.Armed(0, 0)] * 3
    assert sorted(map(str, keys(app, AlertState.STANDING))) == sorted(map(str, found))


def test_a_worker_killed_before_its_end_leaves_nothing_half(alone: Alone) -> None:
    app, url, folder, _ = alone
    command = [sys.executable, "-c", DYING, url, str(folder), MOMENT.isoformat()]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        raised = int(worker.stdout.readline())
        worker.send_signal(signal.SIGKILL)
    assert raised > 20
    assert worker.returncode == -signal.SIGKILL
    assert keys(app) == []
    assert at_once(app, 1, lambda _: agenda.arm().raised) == [raised]
    assert len(keys(app)) == raised
    assert at_once(app, 1, lambda _: agenda.arm().raised) == [0]


def test_two_windows_read_the_same_alerts(alone: Alone) -> None:
    app, _, _, wu = alone
    at_once(app, 1, lambda _: agenda.arm())
    with app.app_context(), clock.replaying(MOMENT), unit():
        unread = agenda.unread_count(wu)
    assert unread > 0
    came = at_once(app, 2, lambda _: agenda.read(wu))
    assert sorted(came) == [0, unread]
    with app.app_context(), clock.replaying(MOMENT), unit():
        assert agenda.unread_count(wu) == 0


def test_two_windows_make_one_feed(alone: Alone) -> None:
    app, _, _, wu = alone
    made = at_once(app, 2, lambda _: agenda.issue_feed(wu).secret)
    assert len(set(made)) == 2
    with app.app_context(), unit():
        opened = []
        for secret in made:
            with suppress(agenda.FeedNotFound):
                opened.append(agenda.actor_by_feed(secret).id)
        assert opened == [wu.id]
        # However many there are, one word stops them all.
        agenda.revoke_feed(wu)
        assert agenda.feed_of(wu) is None
        trail = sa.select(sa.func.count()).where(identity.AuditEntry.action == "agenda_feed.issued")
        assert session().scalar(trail) == len(made)
