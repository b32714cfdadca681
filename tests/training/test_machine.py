"""Any history of a few trainings, of any hands: no state outside the table, presence only where a training was open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core import db as core_db
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import training
from server.domain.identity import Actor, Role
from server.domain.training import DONE, TABLE, Attendance, State, Step, Training, TrainingEvent, Way
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.contracts import contract_a, contract_b
from tests.factories.training import at, code_of, planned

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
WHO = st.sampled_from(["zheng", "zheng", "zheng", "lin", "shen", "bai"])
WHICH = st.integers(0, 3)


class TrainingMachine(RuleBasedStateMachine):
    """Everybody tries everything, on a Friday and the days after it."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.now: datetime = at("13:00")

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        with clock.replaying(self.now):
            self.a = contract_a()
            self.actors: dict[str, Actor] = {
                "zheng": people.actor("zheng", contract_id=self.a.id),
                "lin": people.actor("lin"),
                "shen": people.actor("shen"),
                "bai": people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=contract_b().id),
            }
            self.citizens = [citizens.actor(name) for name in ("wang", "zhao")]
            planned(self.a, self.actors["zheng"])

    def all(self) -> list[Training]:
        return list(core_db.session().scalars(sa.select(Training).order_by(Training.number)))

    def pick(self, which: int) -> Training:
        found = self.all()
        return found[which % len(found)]

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Either the step is taken, or a refusal leaves everything as it was."""
        session = core_db.session()
        session.flush()
        before = self.picture()
        with clock.replaying(self.now):
            try:
                with session.begin_nested():
                    yield
            except REFUSALS:
                session.expire_all()
                assert self.picture() == before

    def picture(self) -> Any:
        there = core_db.session().execute(sa.select(Attendance.id, Attendance.name).order_by(Attendance.id)).all()
        return [(row.id, row.state, row.hours, row.planned_start) for row in self.all()], there

    @rule(minutes=st.sampled_from([1, 20, 60, 60, 180, 1440]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(who=WHO)
    def plan(self, who: str) -> None:
        with self.trying():
            start = self.now + timedelta(hours=1)
            planned(self.a, self.actors[who], planned_start=start, planned_end=start + timedelta(hours=1))

    @rule(who=WHO, which=WHICH, hours=st.integers(-2, 30), reason=st.sampled_from(["", "冲突"]))
    def schedule(self, who: str, which: int, hours: int, reason: str) -> None:
        start = self.now + timedelta(hours=hours)
        with self.trying():
            training.schedule(
                self.actors[who],
                self.pick(which).id,
                planned_start=start,
                planned_end=start + timedelta(hours=2),
                reason=reason,
            )

    @rule(
        who=WHO,
        which=WHICH,
        verb=st.sampled_from([training.postpone, training.cancel]),
    )
    def put_off(self, who: str, which: int, verb: Any) -> None:
        with self.trying():
            verb(self.actors[who], self.pick(which).id, reason="冲突")

    @rule(who=WHO, which=WHICH)
    def open(self, who: str, which: int) -> None:
        with self.trying():
            training.open_check_in(self.actors[who], self.pick(which).id)

    @rule(citizen=st.integers(0, 1), which=WHICH, ago=st.sampled_from([0, 0, 30, 60, 90]))
    def check_in(self, citizen: int, which: int, ago: int) -> None:
        row = self.pick(which)
        with self.trying():
            training.check_in(self.citizens[citizen], code=code_of(row, ago=ago), name="王建国", unit=f"{citizen} 所")
            assert ago < 90
            assert row.state is State.OPEN

    @rule(who=WHO, which=WHICH, name=st.sampled_from(["李四", "王五"]))
    def enter(self, who: str, which: int, name: str) -> None:
        with self.trying():
            training.check_in_by_hand(self.actors[who], self.pick(which).id, name=name, unit="城西所")

    @rule(who=WHO, which=WHICH)
    def strike(self, who: str, which: int) -> None:
        there = training.attendance_of(self.pick(which).id)
        if there:
            with self.trying():
                training.strike(self.actors[who], there[0].id, reason="误签")

    @rule(who=WHO, which=WHICH)
    def hold(self, who: str, which: int) -> None:
        row = self.pick(which)
        with self.trying():
            training.hold(
                self.actors[who], row.id, actual_start=row.planned_start, actual_end=min(row.planned_end, self.now)
            )

    @rule(who=WHO, which=WHICH)
    def close(self, who: str, which: int) -> None:
        with self.trying():
            training.close(self.actors[who], self.pick(which).id)

    @invariant()
    def the_table_is_the_law(self) -> None:
        for row in self.all():
            query = sa.select(TrainingEvent).where(TrainingEvent.training_id == row.id)
            events = list(core_db.session().scalars(query.order_by(TrainingEvent.at, TrainingEvent.id)))
            assert events[0].step is Step.PLANNED
            assert events[-1].state is row.state
            for before, event in pairwise(events):
                assert TABLE[event.step][before.state] is event.state

    @invariant()
    def what_was_held_has_hours_and_who_came_came_once(self) -> None:
        for row in self.all():
            assert (row.hours is not None) == (row.state in DONE)
            there = training.attendance_of(row.id)
            accounts = [each.citizen_id for each in there if each.citizen_id]
            assert len(accounts) == len(set(accounts))
            if there:
                assert row.state in (State.OPEN, *DONE)
            if row.state is State.CLOSED:
                assert there
            for each in there:
                if each.way is not Way.BY_HAND:
                    assert row.opened_at is not None
                    assert row.opened_at <= each.checked_in_at

    @invariant()
    def nobody_of_elsewhere_sees_anything(self) -> None:
        assert not list(core_db.session().scalars(training.matching(self.actors["bai"])))


def test_any_history(app):
    TrainingMachine.app = app
    run_state_machine_as_test(
        TrainingMachine,
        settings=settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck)),
    )
