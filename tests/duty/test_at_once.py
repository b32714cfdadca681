"""Two at once, on every database: one list is taken once, one caller is one ticket, one gap is told once."""

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
from server.core import clock
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import duty, staffing, tickets
from server.domain.duty import Call, GapWarning
from server.domain.identity import SCHEDULER
from server.domain.staffing import OffBoarding, Reason, Replacement
from server.domain.tickets import Ticket
from tests.conftest import make_settings
from tests.duty.conftest import House, made
from tests.factories.calendar import seeded_calendar
from tests.support.databases import MAKES, available, fresh_database

Alone = tuple[Service, House]


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """An application on a database of this module's own: every unit commits."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    folder: Path = tmp_path_factory.mktemp("duty-at-once")
    with fresh_database(request.param, folder) as fresh:
        app = create_app(make_settings(folder, database_url=fresh.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            with unit():
                seeded_calendar()
                house = made()
                tickets.prepare_numbers()
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


def count(model: type[Any], *where: sa.ColumnElement[bool]) -> int:
    return int(session().scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0)


def test_a19_one_list_sent_three_times_at_once_is_taken_once(alone: Alone) -> None:
    app, house = alone
    started = clock.to_local(clock.now() - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    head = "流水号,主叫号码,来电时间,接听时间"
    for turn in range(3):
        lines = [f"L{turn}-{n},1390000{turn}{n:03d},{started}," for n in range(5)]
        raw = "\n".join([head, *lines]).encode()

        def send(raw: bytes = raw) -> tuple[int, int]:
            told = duty.import_calls(house.zheng, contract_id=house.a.id, raw=raw)
            return told.new, told.known

        assert sorted(at_once(app, send, send, send)) == [(0, 5), (0, 5), (5, 0)]
        with app.app_context(), unit():
            calls = session().scalars(sa.select(Call).where(Call.external_id.startswith(f"L{turn}-"))).all()
            assert len(calls) == 5
            assert len({each.ticket_id for each in calls}) == 5


def test_a19_one_caller_who_rings_on_two_lines_at_once_is_one_ticket(alone: Alone) -> None:
    app, house = alone
    for turn in range(3):
        started = clock.now() - timedelta(minutes=30)
        number = f"1370000{turn:04d}"

        def log(started: Any = started, number: str = number) -> Any:
            call = duty.log_call(house.zheng, contract_id=house.a.id, number=number, started_at=started, answered=False)
            return call.ticket_id

        came = at_once(app, log, log, log)
        assert len(set(came)) == 1, came
        with app.app_context(), unit():
            assert count(Ticket, Ticket.id == came[0]) == 1
            assert count(Call, Call.ticket_id == came[0]) == 3


def test_one_call_back_wins(alone: Alone) -> None:
    app, house = alone
    with app.app_context(), unit():
        started = clock.now() - timedelta(minutes=10)
        key = duty.log_call(house.zheng, contract_id=house.a.id, number="", started_at=started, answered=False).id

    def back() -> str:
        return duty.call_back(house.zheng, key, text="已告知").state.value

    assert sorted(at_once(app, back, back, back)) == ["called_back", "duty_call_settled", "duty_call_settled"]


def test_the_watch_tells_a_gap_once(alone: Alone) -> None:
    app, house = alone
    with app.app_context(), unit():
        duty.watch(SCHEDULER)
    at_once(app, lambda: len(duty.watch(SCHEDULER)), lambda: len(duty.watch(SCHEDULER)))
    with app.app_context(), unit():
        assert count(GapWarning, GapWarning.contract_id == house.a.id) == 1


def person(house: House, name: str) -> staffing.Maintainer:
    return staffing.assign(
        house.wu,
        contract_id=house.a.id,
        name=name,
        role="运维工程师",
        experience_from=clock.today() - timedelta(days=3000),
        experience="运维",
        valid_from=clock.today() - timedelta(days=40),
    )


def test_a18_of_two_notices_about_one_person_one_is_taken(alone: Alone) -> None:
    app, house = alone
    for turn in range(3):
        with app.app_context(), unit():
            key = person(house, f"甲{turn}").id

        def notify(key: Any = key) -> str:
            return staffing.notify_replacement(
                house.wu,
                maintainer_id=key,
                reason=Reason.TRANSFERRED,
                received_on=clock.today(),
                effective_on=clock.today() + timedelta(days=40),
            ).state.value

        came = sorted(at_once(app, notify, notify, notify))
        assert came == ["notified", "staff_replaced_already", "staff_replaced_already"]
        with app.app_context(), unit():
            assert count(Replacement, Replacement.maintainer_id == key) == 1


def test_a18_of_two_substitutes_one_is_named(alone: Alone) -> None:
    app, house = alone
    with app.app_context(), unit():
        old = person(house, "乙")
        key = staffing.notify_replacement(
            house.wu,
            maintainer_id=old.id,
            reason=Reason.TRANSFERRED,
            received_on=clock.today(),
            effective_on=clock.today() + timedelta(days=40),
        ).id

    def name(who: str) -> Callable[[], str]:
        then = clock.today() - timedelta(days=4000)
        proposed = staffing.Person(name=who, role="工程师", experience_from=then, experience="运维")
        return lambda: staffing.name_substitute(house.wu, key, substitute=proposed, comparison="更优").state.value

    assert sorted(at_once(app, name("丙"), name("丁"))) == ["notified", "staff_replacement_over"]


def test_a39_a_departure_and_a_replacement_at_once_leave_one_departure(alone: Alone) -> None:
    app, house = alone
    for turn in range(3):
        with app.app_context(), unit():
            key = person(house, f"戊{turn}").id

        def leave(key: Any = key) -> str:
            staffing.off_board(house.zhou, key, on=clock.today())
            return "left"

        def replace(key: Any = key) -> str:
            return staffing.notify_replacement(
                house.wu,
                maintainer_id=key,
                reason=Reason.RESIGNED,
                received_on=clock.today(),
                effective_on=clock.today(),
            ).state.value

        came = at_once(app, leave, replace, leave)
        assert {"left", "effective", "staff_leaving_already"} >= set(came), came
        with app.app_context(), unit():
            assert count(OffBoarding, OffBoarding.maintainer_id == key) == 1
