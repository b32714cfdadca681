"""Many at once, on every database: one push is one release, one step has one winner, no place holds two versions."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from server.app import Service
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import identity, releases
from server.domain.identity import SCHEDULER, AuditEntry, Permission
from server.domain.releases import Ledger, Release, ReleaseEvent, State, Step
from tests.factories import contracts as papers
from tests.factories.releases import MAP, Pipeline, approver, pipeline, step, walked
from tests.support.databases import MAKES, available, fresh_database
from tests.support.live import live_service

THREADS = 16


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """The service on a port and a database of its own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("releases-at-once")
    with (
        fresh_database(request.param, folder) as made,
        live_service(made, folder, rate_limits=False, database_timeout_ms=15_000) as served,
    ):
        yield served


@pytest.fixture
def made(alone: tuple[Service, str]) -> Pipeline:
    with unit():
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith("release") or table.name in ("contract_systems", "app_config_versions"):
                session().execute(sa.delete(table))
        return pipeline(papers.contract_a(), login=f"tang-{uuid.uuid4().hex[:8]}")


def at_once(verb: Callable[[int], Any], app: Service, times: int = THREADS) -> list[Any]:
    """What came of each try: what the verb gave, or the refusal's code."""

    def run(number: int) -> Any:
        with app.app_context():
            try:
                with unit():
                    return verb(number)
            except ShijianError as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(times)))


def test_sixteen_pushes_of_one_content_are_one_release(alone, made):
    _, url = alone
    with unit():
        token = identity.issue_token(
            SCHEDULER,
            officer_id=made.actor.id,
            name="流水线",
            scopes=[Permission.RELEASE_PUSH],
            days=1,
            contract_id=made.contract.id,
        )
    raw, signature = made.signed(made.manifest())
    body = {"manifest": raw.decode(), "signature": base64.b64encode(signature).decode(), "key": made.key.fingerprint}

    def push(number: int) -> requests.Response:
        # four keys, four requests each
        headers = {"Authorization": f"Bearer {token.secret}", "Idempotency-Key": f"build-{number % 4}"}
        for _ in range(20):
            answer = requests.post(f"{url}/api/vendor/v1/releases", json=body, headers=headers, timeout=60)
            if answer.status_code not in (409, 503):
                return answer
        return answer

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(push, range(THREADS)))
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert len({answer.json()["release"]["id"] for answer in answers}) == 1
    fresh = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]
    assert sum(answer.json()["created"] for answer in fresh) == 1
    with unit():
        assert session().scalar(sa.select(sa.func.count()).select_from(Release)) == 1
        registered = sa.select(sa.func.count()).select_from(ReleaseEvent)
        assert session().scalar(registered) == 1


def test_versions_pushed_at_once_never_go_backwards(alone, made):
    app, _ = alone
    came = at_once(lambda n: made.push(f"1.4.{n}").release.version, app)
    with unit():
        rows = session().scalars(sa.select(Release).order_by(Release.created_at, Release.id)).all()
    kept = [int(each.version.rpartition(".")[2]) for each in rows]
    assert kept == sorted(kept)
    assert 15 in kept
    assert sorted(each for each in came if each != "version_backwards") == sorted(each.version for each in rows)
    with unit():
        refused = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == "release.refused")
        assert session().scalar(refused) == came.count("version_backwards")


def test_one_step_has_one_winner(alone, made):
    app, _ = alone
    with unit():
        release = walked(made, "1.4.2", State.UPLOADED)
    came = at_once(lambda _: releases.take(made.actor, release.id, Step.SUBMIT_AUDIT, seen=release.seq).state, app)
    assert came.count(State.IN_AUDIT) == 1
    assert came.count("release_changed") == THREADS - 1


def test_two_versions_do_not_both_go_live(alone, made):
    app, _ = alone
    with unit():
        walked(made, "1.4.0", State.FULL)
        rivals = []
        for version in ("1.4.1", "1.4.2"):
            release = walked(made, version, State.UPLOADED)
            release.state = State.APPROVED
            rivals.append((release.id, release.seq))
    at_once(
        lambda n: releases.take(made.actor, rivals[n % 2][0], Step.GRAY, seen=rivals[n % 2][1], percent=10).version, app
    )
    with unit():
        gray = session().scalars(sa.select(Release).where(Release.state == State.GRAY)).all()
        assert len(gray) == 1
        assert session().get(Ledger, 1).gray_id == gray[0].id


def test_approval_and_withdrawal_exclude_each_other(alone, made):
    app, _ = alone
    with unit():
        release = walked(made, "1.4.2", State.AUDIT_PASSED)
        zhou = approver()

    def act(number: int) -> State:
        if number % 2:
            return releases.take(made.actor, release.id, Step.WITHDRAW, seen=release.seq, reason="撤回").state
        return releases.take(zhou, release.id, Step.APPROVE, seen=release.seq, scope="in_contract").state

    came = at_once(act, app)
    assert sum(isinstance(each, State) for each in came) == 1


def test_a_map_that_comes_many_times_at_once_is_kept_once(alone, made):
    app, _ = alone
    with unit():
        release = made.push().release

    def bring(_: int) -> str:
        awaited = releases.awaited_map(made.actor, release.id, declared=None, most=10**6)
        releases.receive_map(awaited, [MAP])
        return releases.keep_source_map(made.actor, awaited).sha256

    assert len(set(at_once(bring, app))) == 1
    with unit():
        assert b"".join(releases.source_map_of("1.4.2")) == MAP
        assert [event.kind.value for event in releases.events_of(release)] == ["done", "map_kept"]


def test_a_roll_back_and_a_new_release_at_once_leave_one_live(alone, made):
    app, _ = alone
    with unit():
        walked(made, "1.4.0", State.FULL)
        live = walked(made, "1.4.1", State.FULL)
        new = walked(made, "1.4.2", State.APPROVED)

    def act(number: int) -> State:
        if number % 2:
            return step(made, session().get_one(Release, live.id), Step.ROLL_BACK).state
        return step(made, session().get_one(Release, new.id), Step.FULL).state

    at_once(act, app)
    with unit():
        full = session().scalars(sa.select(Release.id).where(Release.state == State.FULL)).all()
        assert full == [session().get(Ledger, 1).full_id]
