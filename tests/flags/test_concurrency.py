"""Sixteen threads that publish, propose, approve and kill at once: no number twice or missing, nothing lost, on every database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import flask_migrate
import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import db, reading, session, unit
from server.core.errors import ShijianError
from server.domain import flags
from server.domain.flags import Environment, RequestState, Revision, RevisionKind
from server.domain.identity import SCHEDULER
from tests.conftest import make_settings
from tests.factories.flags import change, flag_document, gray, published
from tests.flags.conftest import Cast, make_cast
from tests.support.databases import MAKES, available, fresh_database

DEVELOP, TRIAL, RELEASE = Environment
THREADS = 16


@pytest.fixture(params=MAKES, scope="module")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application on a database of its own: nothing is thrown away, every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder = tmp_path_factory.mktemp("alone")
    with fresh_database(request.param, folder) as made:
        # Two cores, sixteen threads: whoever waits for the line to move is not turned away before it does.
        app = create_app(make_settings(folder, database_url=made.url, database_timeout_ms=30_000))
        with app.app_context():
            flask_migrate.upgrade()
            yield app
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def alone(installed: Service) -> Service:
    """The same without any flags."""
    with unit() as session:
        for model in (flags.FlagChange, flags.Revision, flags.ChangeRequest, flags.FlagObject, flags.FlagPolicyVersion):
            session.execute(sa.delete(model))
        session.execute(sa.update(flags.FlagHead).values(number=0))
    return installed


def at_once(app: Service, verbs: list[Callable[[], None]]) -> list[ShijianError]:
    """Run each in a unit and thread of its own, all from the same moment; what was refused."""
    gate = threading.Barrier(len(verbs))

    def go(verb: Callable[[], None]) -> ShijianError | None:
        with app.app_context():
            gate.wait()
            try:
                with unit():
                    verb()
            except ShijianError as refused:
                return refused
            finally:
                db.session.remove()
            return None

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [refused for refused in pool.map(go, verbs) if refused is not None]


def chain(environment: Environment) -> list[Revision]:
    with reading():
        query = sa.select(Revision).where(Revision.environment == environment).order_by(Revision.number)
        return list(session().scalars(query))


def assert_whole(environment: Environment) -> list[Revision]:
    """Numbers without a gap, parents in a row, and the head's content the fold of all changes."""
    found = chain(environment)
    with reading():
        folded: dict[tuple[str, str], str] = {}
        for revision in found:
            for each in flags.changes_of([revision])[revision.id]:
                assert folded.get((each.subject, each.key)) == each.before_hash
                folded[each.subject, each.key] = each.after_hash
        tree = flags.content(environment).hashes
        assert {key: digest for (_, key), digest in folded.items() if digest} == {**tree.flags, **tree.segments}
        assert flags.head(environment) == len(found)
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    assert [each.parent for each in found] == [None, *range(1, len(found))][: len(found)]
    return found


def test_sixteen_writers_of_different_flags_all_get_through(alone):
    rounds = 3

    def write(which: int, number: int) -> None:
        published(flag_document(f"f{which}", name=f"第{number}次"))

    for number in range(rounds):
        refused = at_once(alone, [lambda w=which, n=number: write(w, n) for which in range(THREADS)])
        assert refused == []
    found = assert_whole(DEVELOP)
    assert len(found) == THREADS * rounds
    with reading():
        assert {each["name"] for each in flags.content(DEVELOP).flags.values()} == {f"第{rounds - 1}次"}


def test_of_sixteen_writers_of_one_flag_one_wins_and_the_others_see_it(alone):
    with unit():
        published(flag_document())
        changes = [change(DEVELOP, flag_document(rules=[gray(100 * (which + 1))])) for which in range(THREADS)]
    refused = at_once(alone, [lambda c=each: flags.publish(SCHEDULER, DEVELOP, [c], reason="抢") for each in changes])
    assert len(refused) == THREADS - 1
    assert {type(each) for each in refused} == {flags.FlagMoved}
    assert len(assert_whole(DEVELOP)) == 2


def test_writers_of_all_environments_who_share_documents_do_not_lock_each_other_out(alone):
    with unit():
        flags.set_policy(SCHEDULER, base_number=0, approval=[], stale_days=90, most_flags=500, reason="都可以直接发布")

    def write(which: int) -> None:
        documents = [flag_document(f"f{which}-{each}") for each in range(4)]
        documents += [flag_document(f"shared-{which // 3}", name="同一份")]
        published(*documents, environment=list(Environment)[which % 3])

    refused = at_once(alone, [lambda w=which: write(w) for which in range(15)])
    assert refused == []
    assert [len(assert_whole(each)) for each in Environment] == [5, 5, 5]


def test_a_request_that_sixteen_approve_and_apply_holds_once(alone):
    with unit():
        cast: Cast = make_cast()
        request = flags.propose(cast.zheng, RELEASE, [change(RELEASE, flag_document())], reason="上线")
        others = [
            flags.propose(cast.zheng, RELEASE, [change(RELEASE, flag_document(name=f"第{each}份"))], reason="上线")
            for each in range(3)
        ]
        asked = [(each.id, each.content_hash) for each in (request, *others)]
    verbs = [lambda a=asked[which % 4]: flags.approve(cast.zhou, a[0], content_hash=a[1]) for which in range(THREADS)]
    refused = at_once(alone, verbs)
    assert {type(each) for each in refused} == {flags.RequestClosed}
    assert len(assert_whole(RELEASE)) == 1
    with reading():
        states = sorted(flags.find_request(cast.zhou, each).state for each, _ in asked)
    assert states == sorted([RequestState.APPLIED, *[RequestState.CONFLICTED] * 3])


def test_sixteen_workers_settle_one_request_once(alone):
    later = clock.now() + timedelta(hours=1)
    with unit():
        changes = [change(DEVELOP, flag_document())]
        request = flags.propose(
            SCHEDULER, DEVELOP, changes, reason="定时", apply_at=later, until=later + timedelta(hours=1)
        )
    settled: list[bool] = []

    def settle(moment: datetime) -> None:
        with clock.replaying(moment):
            settled.append(flags.settle(request.id))

    for hours in (0, 1, 2):
        moment = later + timedelta(hours=hours)
        assert at_once(alone, [lambda at=moment: settle(at)] * THREADS) == []
    assert settled.count(True) == 2
    kinds = [each.kind for each in assert_whole(DEVELOP)]
    assert kinds == [RevisionKind.SCHEDULE, RevisionKind.EXPIRY]
