"""Many at once, on every database: one winner a version, no gap in the numbers, quotas that bound, no picture twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.app import Service, create_app
from server.core.db import Base, db, session, unit
from server.core.errors import ShijianError
from server.domain import tickets
from server.domain.identity import ANONYMOUS, Actor
from server.domain.tickets import Ticket, TicketEvent
from tests.conftest import make_settings
from tests.factories import citizens, identity
from tests.factories.tickets import ticket, upload
from tests.support.databases import MAKES, available, fresh_database

THREADS = 8


@pytest.fixture(params=MAKES, scope="module")
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An application on a database of this module's own: every unit commits, tests see each other's rows."""
    if not available(request.param):
        pytest.skip(f"no {request.param} here")
    tmp_path: Path = tmp_path_factory.mktemp("at-once")
    with fresh_database(request.param, tmp_path) as made:
        app = create_app(make_settings(tmp_path, database_url=made.url, database_timeout_ms=15_000))
        with app.app_context():
            Base.metadata.create_all(db.engine)
        yield app
        with app.app_context():
            db.engine.dispose()


def at_once(app: Service, verb: Callable[[int], Any], times: int = THREADS) -> list[str]:
    """What came of each try: ``ok``, or the refusal's code."""

    def run(number: int) -> str:
        with app.app_context():
            try:
                with unit():
                    verb(number)
            except ShijianError as refused:
                return refused.code
            return "ok"

    with ThreadPoolExecutor(THREADS) as pool:
        return sorted(pool.map(run, range(times)))


def people_of(app: Service) -> tuple[Actor, Actor]:
    with app.app_context(), unit():
        return identity.actor("lin"), citizens.actor("wang")


def seqs_of(made: Ticket) -> list[int]:
    query = sa.select(TicketEvent.seq).where(TicketEvent.ticket_id == made.id).order_by(TicketEvent.seq)
    return list(session().scalars(query))


def test_one_version_has_one_winner(alone: Service) -> None:
    lin, wang = people_of(alone)
    with alone.app_context(), unit():
        made = ticket(wang)
    came = at_once(alone, lambda _: tickets.respond(lin, made.id, text="我来", version=1))
    assert came == ["ok"] + ["ticket_changed"] * (THREADS - 1)
    with alone.app_context(), unit():
        assert seqs_of(made) == [1, 2]


def test_words_of_many_all_enter_the_log(alone: Service) -> None:
    lin, wang = people_of(alone)
    with alone.app_context(), unit():
        made = ticket(wang)
    came = at_once(
        alone,
        lambda n: (
            tickets.add(wang, made.id, text=f"第{n}句")
            if n % 2
            else tickets.comment(lin, made.id, text=f"第{n}句", public=False)
        ),
    )
    assert came == ["ok"] * THREADS
    with alone.app_context(), unit():
        assert seqs_of(made) == list(range(1, THREADS + 2))


def test_numbers_have_no_gaps_although_some_fail(alone: Service) -> None:
    lin, _ = people_of(alone)

    def take(number: int) -> None:
        ticket(lin)
        if number % 3 == 0:
            raise tickets.WrongState

    came = at_once(alone, take, 24)
    assert came.count("ok") == 16
    with alone.app_context(), unit():
        numbers = session().scalars(sa.select(Ticket.number).order_by(Ticket.number)).all()
    assert [int(number[-4:]) for number in numbers] == list(range(1, len(numbers) + 1))


def test_a_quota_bounds_what_comes_at_once(alone: Service) -> None:
    people_of(alone)
    with alone.app_context(), unit():
        tickets.set_policy(identity.actor("chen"), anonymous_daily_tickets=5)
    somebody = replace(ANONYMOUS, address="192.0.2.55")
    came = at_once(alone, lambda _: ticket(somebody), 30)
    assert set(came) == {"ok", "day_quota"}
    assert 5 <= came.count("ok") < 5 + THREADS
    assert at_once(alone, lambda _: ticket(somebody), 1) == ["day_quota"]


def test_a_picture_goes_to_one_ticket(alone: Service) -> None:
    _, wang = people_of(alone)
    with alone.app_context(), unit():
        picture = upload(wang).id
    came = at_once(alone, lambda _: ticket(wang, upload_ids=[picture]))
    assert came == ["invalid"] * (THREADS - 1) + ["ok"]


def test_a_citizen_reopens_once(alone: Service) -> None:
    lin, wang = people_of(alone)
    with alone.app_context(), unit():
        made = ticket(wang)
        tickets.respond(lin, made.id, text="收到")
        tickets.resolve(lin, made.id, text="好了", cause="")
    came = at_once(alone, lambda n: tickets.reopen(wang, made.id, reason=f"理由{n}"))
    assert came == ["ok"] + ["ticket_state"] * (THREADS - 1)
