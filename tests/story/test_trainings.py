"""The trainings of the played years: which were held, who was there, and that each left its papers."""

from __future__ import annotations

import sqlalchemy as sa

from server.core.db import session
from server.domain import documents, training
from server.domain.training import Attendance, State, Training, Way


def test_both_years_trained_as_told(played):
    for year, closed, called_off, people in ((played.a, 8, 1, 100), (played.b, 4, 0, 28)):
        rows = list(session().scalars(sa.select(Training).where(Training.contract_id == year.contract_id)))
        assert sum(row.state is State.CLOSED for row in rows) == closed
        assert sum(row.state is State.CANCELLED for row in rows) == called_off
        done = [row.id for row in rows if row.state is State.CLOSED]
        assert sum(training.counts_of(done).values()) == people
        for kind in (training.RECORD, training.SHEET):
            assert len(documents.states_of(kind, done)) == closed


def test_citizens_of_year_a_scanned_and_answered(played):
    of_a = sa.select(Training.id).where(Training.contract_id == played.a.contract_id)
    scanned = list(session().scalars(sa.select(Attendance).where(Attendance.way == Way.SCANNED)))
    assert {row.training_id for row in scanned} <= set(session().scalars(of_a))
    assert len(scanned) == 8 * len(played.a.citizens)
    row = session().scalars(sa.select(Training).where(Training.topic == "年报填报常见问题解答")).one()
    assert [result.count for result in training.results_of(row)][:3] == [4, 4, 4]
    assert training.attendance_of(row.id)[-1].way is Way.BY_HAND
