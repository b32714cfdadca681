"""A yes, a no and the clock at once, on every database: exactly one wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import records
from server.domain.records import Completion, CompletionState, RecordEvent
from tests.conftest import make_settings
from tests.factories.calendar import seeded_calendar
from tests.factories.records import notice, received
from tests.records.conftest import House, made
from tests.support.databases import MAKES, available, fresh_database

ENDS = {
    "accept": CompletionState.ACCEPTED,
    "reject": CompletionState.REJECTED,
    "deem": CompletionState.DEEMED,
    "withdraw": CompletionState.WITHDRAWN,
}


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, House]]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("records-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with unit():
                seeded_calendar()
                house = made()
                records.prepare_numbers()
        yield app, house
        with app.app_context():
            db.engine.dispose()


def at_once(app: Service, *verbs: Callable[[], Any]) -> list[Any]:
    """What came of each, begun together: what the verb gave, or the refusal's code."""
    together = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                together.wait()
                with unit():
                    return verb()
            except ShijianError as refused:
                return refused.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def ends(house: House, contested: Completion) -> dict[str, Callable[[], Any]]:
    """The ways in which a notice may end; the job looks from a moment after the deadline."""
    key = contested.id
    assert contested.due_at is not None
    later = contested.due_at + timedelta(seconds=1)
    return {
        "accept": lambda: records.accept(house.lin, key).state,
        "reject": lambda: records.reject(house.zhou, key, reasons="列表不对").state,
        "withdraw": lambda: records.withdraw(house.zheng, key, reason="重发").state,
        "deem": lambda: next((each.state for each in records.deem(now=later, only=key)), "too late"),
    }


@pytest.mark.parametrize("pair", ["accept reject", "accept deem", "reject deem", "withdraw deem", "accept accept"])
def test_one_end_wins(alone: tuple[Service, House], pair: str) -> None:
    app, house = alone
    names = pair.split()
    for _ in range(3):
        with app.app_context(), unit():
            contested = received(house.a, house.zheng)
        verbs = ends(house, contested)
        came = at_once(app, *(verbs[name] for name in names))
        won = [each for each in came if isinstance(each, CompletionState)]
        assert len(won) == 1, came
        with app.app_context(), unit():
            row = session().get_one(Completion, contested.id)
            assert row.state is won[0]
            assert row.state in {ENDS[name] for name in names}
            lines = sa.select(sa.func.count()).where(RecordEvent.subject_id == contested.id)
            assert session().scalar(lines) == 3


def test_one_receipt_one_final_notice_and_one_next_round(alone: tuple[Service, House]) -> None:
    app, house = alone
    with app.app_context(), unit():
        key = notice(house.a, house.zheng).id
    came = at_once(app, *(lambda: records.receive(house.lin, key).state for _ in range(3)))
    assert sorted(came) == ["completion_state", "completion_state", CompletionState.RECEIVED]
    came = at_once(app, *(lambda: notice(house.a, house.zheng, final=True).round for _ in range(3)))
    assert sorted(map(str, came)) == ["1", "completion_open", "completion_open"]
    with app.app_context(), unit():
        records.reject(house.lin, key, reasons="不对")
    came = at_once(app, *(lambda: notice(house.a, house.zheng, follows_id=key).round for _ in range(3)))
    assert sorted(map(str, came)) == ["2", "completion_open", "completion_open"]
    with app.app_context(), unit():
        numbers = [int(each[-4:]) for each in session().scalars(sa.select(Completion.number))]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
