"""Many at once, on every database: numbers without gap or double, one standing document, and a batch whose worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import documents
from server.domain.contracts import Contract
from server.domain.documents import AlreadyIssued, Document, DocumentState
from server.domain.identity import Actor
from tests.conftest import make_settings
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_a
from tests.factories.documents import matter
from tests.support.databases import MAKES, available, fresh_database

ROOT = Path(__file__).parents[2]
# A worker that has issued a document and dies before its unit is settled.
DYING = """
import sys, uuid
from pathlib import Path
from server.app import create_app
from server.core.db import unit
from server.domain import documents, identity
from tests.conftest import make_settings
from tests.factories.documents import Matter, matters
app = create_app(make_settings(Path(sys.argv[2]), database_url=sys.argv[1]))
with app.app_context(), unit():
    subject = uuid.uuid4()
    matters[subject] = Matter(uuid.UUID(sys.argv[3]))
    actor = identity.actor_by_officer(uuid.UUID(sys.argv[4]))
    print(documents.issue(actor, "test.note", subject).serial, flush=True)
    sys.stdin.read()
"""
Alone = tuple[Service, str, Path, Contract, Actor]


@pytest.fixture(params=MAKES, scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder = tmp_path_factory.mktemp("documents-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with unit():
                seeded_calendar()
                ours = contract_a()
                lin = people.actor("lin")
                session().flush()
                session().expunge_all()
        yield app, fresh.url, folder, ours, lin
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def alone(kept: Alone) -> Alone:
    """The same without documents."""
    with kept[0].app_context(), unit():
        session().execute(sa.update(Document).values(follows_id=None))
        for model in (documents.DocumentFile, Document, documents.DocumentRun):
            session().execute(sa.delete(model))
        session().execute(sa.text("DELETE FROM document_series"))
    return kept


def at_once(app: Service, times: int, act: Any) -> list[Any]:
    """What came of each, begun together; a refusal is what came of it."""
    together = Barrier(times)

    def run(number: int) -> Any:
        with app.app_context():
            try:
                together.wait()
                with unit():
                    return act(number)
            except ShijianError as refused:
                return refused
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def serials(app: Service) -> list[int]:
    with app.app_context(), unit():
        return list(session().scalars(sa.select(Document.serial).order_by(Document.serial)))


def test_eight_at_once_get_eight_numbers_without_gap_or_double(alone: Alone) -> None:
    app, _, _, ours, lin = alone
    for _ in range(3):
        subjects = [matter(ours) for _ in range(8)]
        came = at_once(app, 8, lambda number: documents.issue(lin, "test.note", subjects[number]).serial)  # noqa: B023 - used up in this round
        assert all(isinstance(each, int) for each in came), came
    assert serials(app) == list(range(1, 25))


def test_one_matter_gets_one_document_and_the_refused_leave_no_gap(alone: Alone) -> None:
    app, _, _, ours, lin = alone
    subject = matter(ours)
    came = at_once(app, 6, lambda _: documents.issue(lin, "test.note", subject).serial)
    assert [each for each in came if isinstance(each, int)] == [1]
    assert all(isinstance(each, AlreadyIssued) for each in came if not isinstance(each, int)), came
    assert at_once(app, 1, lambda _: documents.issue(lin, "test.note", matter(ours)).serial) == [2]


def test_correct_and_void_at_once_let_one_win(alone: Alone) -> None:
    app, _, _, ours, lin = alone
    with app.app_context(), unit():
        document = documents.issue(lin, "test.note", matter(ours))
        document.state = DocumentState.ISSUED
        key = document.id

    def act(number: int) -> str:
        verb = documents.correct if number % 2 else documents.void
        verb(lin, key, reason="同时")
        return verb.__name__

    came = at_once(app, 4, act)
    assert len([each for each in came if isinstance(each, str)]) == 1, came
    assert serials(app) in ([1], [1, 2])


def test_an_issuer_killed_before_the_end_leaves_no_gap(alone: Alone) -> None:
    app, url, folder, ours, lin = alone
    command = [sys.executable, "-c", DYING, url, str(folder), str(ours.id), str(lin.id)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert int(worker.stdout.readline()) == 1
        worker.send_signal(signal.SIGKILL)
    assert worker.returncode == -signal.SIGKILL
    assert at_once(app, 1, lambda _: documents.issue(lin, "test.note", matter(ours)).serial) == [1]


def test_two_workers_count_a_matter_of_a_batch_once(alone: Alone) -> None:
    app, _, _, ours, lin = alone
    with app.app_context(), unit():
        run = documents.DocumentRun(
            what=documents.RunKind.ISSUE,
            contract_id=ours.id,
            kind="test.note",
            chosen=[str(matter(ours)) for _ in range(2)],
            notes=[],
            asked_at=clock.now(),
            asked_by_id=lin.id,
            total=2,
        )
        session().add(run)
        session().flush()
        run_id = run.id

    def act(_: int) -> bool:
        place = documents.place_of(run_id)
        assert place is not None
        document_id = documents.issue_next(run_id, place, lin)
        if document_id is not None:
            documents.finish_one(run_id, place, document_id, [])
        return True

    at_once(app, 2, act)
    with app.app_context(), unit():
        place = documents.place_of(run_id)
        assert place is not None
        done = place.done
    assert done == len(serials(app)) <= 2
