"""One person's check-ins at once, on real databases where everybody commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, db, reading, session, unit
from server.core.errors import ShijianError
from server.domain import training
from server.domain.identity import Role
from server.domain.training import Attendance, CheckIn, Training
from tests.conftest import make_settings
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.contracts import contract_a
from tests.factories.training import code_of, opened
from tests.support.databases import MAKES, available, fresh_database

THREADS = 6


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


def at_once(app: Service, does: list[Callable[[], Any]]) -> list[Any]:
    def run(do: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                with unit():
                    return do()
            except ShijianError as refusal:
                return refusal

    with ThreadPoolExecutor(len(does)) as pool:
        return list(pool.map(run, does))


def now_open() -> tuple[Training, Any]:
    start = clock.now()
    contract = contract_a(starts_on=clock.today() - timedelta(days=9), ends_on=clock.today() + timedelta(days=90))
    who = people.actor("wu", roles=[Role.VENDOR_MANAGER], contract_id=contract.id)
    return opened(contract, who, planned_start=start, planned_end=start + timedelta(hours=2)), who


def test_one_person_at_once_is_there_once(alone):
    with alone.app_context(), unit():
        row, _ = now_open()
        wang = citizens.actor("wang")
    with alone.app_context():
        code = code_of(row)
    one = {"code": code, "name": "王建国", "unit": "城东所"}
    made = at_once(alone, [lambda: training.check_in(wang, **one)] * THREADS)
    assert all(isinstance(each, CheckIn) for each in made)
    assert sorted(each.repeated for each in made) == [False] + [True] * (THREADS - 1)
    with alone.app_context(), reading():
        assert session().scalar(sa.select(sa.func.count()).select_from(Attendance)) == 1


def test_answers_and_the_same_name_by_hand_come_once(alone):
    with alone.app_context(), unit():
        row, who = now_open()
        wang = citizens.actor("wang")
        training.check_in(wang, code=code_of(row), name="王建国", unit="城东所")
    answers = at_once(alone, [lambda: training.answer(wang, row.id, answers=[5, 0, "好"])] * THREADS)
    assert sum(isinstance(each, training.Seat) for each in answers) == 1
    by_hand = [lambda: training.check_in_by_hand(who, row.id, name="李四", unit="城西所")] * THREADS
    assert sum(isinstance(each, Attendance) for each in at_once(alone, by_hand)) == 1


def test_nobody_slips_in_while_it_is_held(alone):
    with alone.app_context(), unit():
        row, who = now_open()
        everybody = [citizens.actor(name) for name in ("wang", "li", "zhao")]
        code = code_of(row)
    start = row.planned_start - timedelta(minutes=5)

    def end() -> Any:
        return training.hold(who, row.id, actual_start=start, actual_end=start + timedelta(minutes=4))

    comes = [lambda each=each: training.check_in(each, code=code, name=each.name, unit="城东所") for each in everybody]
    made = at_once(alone, [*comes, end])
    with alone.app_context(), reading():
        there = session().scalar(sa.select(sa.func.count()).select_from(Attendance))
    assert there == sum(isinstance(each, CheckIn) for each in made)
    assert isinstance(made[-1], Training)
