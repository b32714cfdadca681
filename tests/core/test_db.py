"""The unit of work, column types and serial numbers on every database."""

from __future__ import annotations

from datetime import UTC, datetime

from server.core import db
from server.core.serials import Serial, next_number, prepare


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
