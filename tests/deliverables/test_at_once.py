"""Handing in, signing and sending back at once, and due days settled by two workers, on every database: one wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core import clock
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import calendar, deliverables
from server.domain.calendar import DayKind
from server.domain.contracts import Contract
from server.domain.deliverables import Delivery, DeliveryVersion, State
from server.domain.deliverables.models import DueDay, DueMove
from server.domain.identity import SCHEDULER, Actor
from tests.conftest import make_settings
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.contracts import contract_b
from tests.support.databases import MAKES, available, fresh_database

D = date.fromisoformat
MOMENT = datetime(2025, 9, 26, 10, tzinfo=clock.LOCAL)


class Alone(NamedTuple):
    """An application on a database of this module's own, contract B, and who acts."""

    app: Service
    contract: Contract
    zheng: Actor
    lin: Actor

    def hand_in(self, week: str, text: str = "本周正常", **values: Any) -> Delivery:
        usual: dict[str, Any] = {"key": "weekly", "summary": text}
        return deliverables.hand_in(self.zheng, contract_id=self.contract.id, cycle_on=D(week), **(usual | values))


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder = tmp_path_factory.mktemp("deliverables-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context(), clock.replaying(MOMENT):
            Base.metadata.create_all(db.engine)
            with unit():
                seeded_calendar((2025, 2026))
                contract = contract_b()
                made = Alone(app, contract, people.actor("zheng", contract_id=contract.id), people.actor("lin"))
        yield made
        with app.app_context():
            db.engine.dispose()


def at_once(alone: Alone, *verbs: Callable[[], Any]) -> list[str]:
    """What came of each, begun together: ``done``, or the refusal's code."""
    together = Barrier(len(verbs))

    def run(verb: Callable[[], Any]) -> str:
        with alone.app.app_context(), clock.replaying(MOMENT):
            try:
                together.wait()
                with unit():
                    verb()
            except ShijianError as refused:
                return refused.code
            else:
                return "done"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(run, verbs))


def first(alone: Alone, week: str) -> Delivery:
    with alone.app.app_context(), clock.replaying(MOMENT), unit():
        return alone.hand_in(week)


def row(alone: Alone, week: str, key: str = "weekly") -> Delivery:
    with alone.app.app_context(), unit():
        query = sa.select(Delivery).where(Delivery.key == key, Delivery.cycle_on == D(week))
        return session().scalars(query).one()


def numbers(alone: Alone, delivery: Delivery) -> list[int]:
    with alone.app.app_context(), unit():
        query = sa.select(DeliveryVersion.number).where(DeliveryVersion.delivery_id == delivery.id)
        return sorted(session().scalars(query))


def test_one_first_hand_in(alone: Alone) -> None:
    # Who met is told so; who came just after has made the next version.
    came = at_once(alone, *(lambda: alone.hand_in("2025-07-07") for _ in range(3)))
    assert set(came) <= {"done", "delivery_moved"}
    assert numbers(alone, row(alone, "2025-07-07")) == list(range(1, came.count("done") + 1)) != []


def test_later_versions_are_numbered_without_a_gap(alone: Alone) -> None:
    first(alone, "2025-07-14")
    came = at_once(alone, *(lambda: alone.hand_in("2025-07-14") for _ in range(3)))
    assert came == ["done"] * 3
    assert numbers(alone, row(alone, "2025-07-14")) == [1, 2, 3, 4]


def test_signed_and_sent_back_at_once(alone: Alone) -> None:
    key = first(alone, "2025-07-21").id
    came = at_once(
        alone,
        lambda: deliverables.sign(alone.lin, key, version=1),
        lambda: deliverables.send_back(alone.lin, key, reason="缺数据", version=1),
        lambda: deliverables.sign(alone.lin, key, version=1),
    )
    assert Counter(came) == {"done": 1, "delivery_nothing_to_decide": 2}
    kept = row(alone, "2025-07-21")
    assert kept.state is (State.RETURNED if came[1] == "done" else State.SIGNED)


@pytest.mark.parametrize("week", ["2025-07-28", "2025-08-04", "2025-08-11"])
def test_nobody_signs_what_was_not_looked_at(alone: Alone, week: str) -> None:
    key = first(alone, week).id
    came = at_once(
        alone,
        lambda: deliverables.sign(alone.lin, key, version=1),
        lambda: alone.hand_in(week, "更正一处数字"),
    )
    kept = row(alone, week)
    if came[0] == "done":
        assert came[1] == "delivery_signed"
        assert (kept.state, kept.version, kept.signed_version) == (State.SIGNED, 1, 1)
    else:
        assert came == ["delivery_moved", "done"]
        assert (kept.state, kept.version, kept.signed_version) == (State.HANDED_IN, 2, None)


@pytest.mark.parametrize("month", ["2025-07-01", "2025-08-01", "2025-09-01"])
def test_finding_25_a_paper_that_came_alone_is_not_hidden_by_another(alone: Alone, month: str) -> None:
    came = at_once(
        alone,
        lambda: alone.hand_in(month, key="monthly", together_with=["inspection"]),
        lambda: alone.hand_in(month, key="inspection"),
    )
    assert "done" in came
    inspection = row(alone, month, "inspection")
    # Either it stands behind the monthly report, or it has a paper of its own.
    assert (inspection.with_id is None) == (numbers(alone, inspection) == [1])
    assert inspection.version == 1


def test_two_workers_write_each_move_once(alone: Alone) -> None:
    at_once(alone, lambda: deliverables.settle_all(reason="首次"))
    with alone.app.app_context(), clock.replaying(MOMENT), unit():
        calendar.set_day(SCHEDULER, on=D("2025-10-13"), kind=DayKind.HOLIDAY, name="停工", source="通告")
    came = at_once(alone, *(lambda: deliverables.settle_all(reason="日历更正") for _ in range(3)))
    assert came == ["done"] * 3
    with alone.app.app_context(), unit():
        moves = session().execute(sa.select(DueMove.key, DueMove.cycle_on)).all()
        days = session().execute(sa.select(DueDay.key, DueDay.cycle_on)).all()
    assert len(moves) == len(set(moves)) > 0
    assert len(days) == len(set(days))


def test_two_workers_remember_each_day_once(alone: Alone) -> None:
    with alone.app.app_context(), unit():
        session().execute(sa.delete(DueDay))
    came = at_once(alone, *(lambda: deliverables.settle_all(reason="首次") for _ in range(3)))
    assert came == ["done"] * 3
    with alone.app.app_context(), unit():
        # 53 weeks and three papers of 13 months.
        assert session().scalar(sa.select(sa.func.count()).select_from(DueDay)) == 53 + 3 * 13
