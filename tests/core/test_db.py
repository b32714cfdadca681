"""The unit of work, column types and serial numbers on every database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from server.app import create_app
from server.core import db, engines
from server.core.idempotency import IdempotencyKey
from server.core.serials import Serial, next_number, prepare
from tests.conftest import make_settings


def test_a_number_is_given_once_and_comes_back_when_the_unit_is_rolled_back(session):
    assert [next_number("FW", 2026), next_number("FW", 2026), next_number("FW", 2027)] == [1, 2, 1]
    session.commit()
    assert next_number("FW", 2026) == 3
    session.rollback()
    assert next_number("FW", 2026) == 3


def test_aside_keeps_what_the_main_unit_throws_away(session):
    with db.aside() as own:
        own.add(Serial(series="aside", year=2026, last=7))
    session.rollback()
    assert session.get(Serial, ("aside", 2026)).last == 7


def test_moments_are_aware_to_the_microsecond():
    moment = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
    column = db.Moment()
    assert column.process_result_value(column.process_bind_param(moment, None), None) == moment


def test_a_series_made_ready_begins_at_one_and_is_not_begun_again(session):
    prepare("FW", 2030)
    assert next_number("FW", 2030) == 1
    prepare("FW", 2030)
    assert next_number("FW", 2030) == 2


def test_a_moment_reads_back_as_it_was_written(session):
    keys = db.table(IdempotencyKey)
    moments = [datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
    for number, moment in enumerate(moments):
        same = dict.fromkeys(("created_at", "leased_until", "kept_until"), moment)
        db.run(sa.insert(keys), {"scope": f"moment {number}", "body_digest": "", **same})
    read = db.run(sa.select(keys.c.kept_until, keys.c.created_at).order_by(keys.c.scope)).all()
    assert [tuple(row) for row in read] == [(moment, moment) for moment in moments]


def test_what_was_added_is_seen_by_a_plain_statement(session):
    session.add(Serial(series="plain", year=2026, last=7))
    serials = db.table(Serial)
    assert db.run(sa.select(serials.c.last).where(serials.c.series == "plain")).scalar_one() == 7


OWN_NUMBER = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
CUT = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


def test_a_connection_that_was_cut_while_it_rested_is_replaced(app, database, monkeypatch):
    monkeypatch.setattr(engines, "RESTED_SECONDS", 0.0)
    with app.app_context():
        engine = db.db.engine
        make = engine.dialect.name
        if make not in CUT:
            pytest.skip("a file has no connection to be cut")
        with engine.connect() as resting:
            number = resting.scalar(sa.text(OWN_NUMBER[make]))
        stranger = sa.create_engine(database.url)
        with stranger.connect() as other:
            other.execute(sa.text(CUT[make].format(number)))
        stranger.dispose()
        with engine.connect() as again:
            assert again.scalar(sa.text(OWN_NUMBER[make])) != number


def test_a_writer_that_waits_in_vain_for_the_file_is_told_so(tmp_path):
    app = create_app(make_settings(tmp_path, database_timeout_ms=500))
    with app.app_context():
        engine = db.db.engine
        with engine.connect() as first, engine.connect() as second:
            first.begin()
            with pytest.raises(OperationalError, match="locked"):
                second.begin()
            first.rollback()
        with engine.connect() as third:
            third.begin()
            assert third.exec_driver_sql("PRAGMA busy_timeout").scalar() == 500
        engine.dispose()
