"""Dates moved at will: every (object, kind, due day) is raised exactly once, and nothing stands for a day that does not.

The agenda's sources are replaced by one that tells of a few objects with arbitrary days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core.db import bound_to, db
from server.core.db import session as unit
from server.domain import agenda
from server.domain.agenda import Alert, AlertKind, AlertState, Entry, EntryKind, Policy, Window, sources
from server.domain.identity import SCHEDULER, Actor
from tests.factories.calendar import seeded_calendar

START = date(2025, 9, 1)
OBJECTS = ("一", "二", "三")
LEAD = Policy().leads[EntryKind.PAYMENT]


@dataclass
class Duty:
    """An object whose day is moved about; None: it cannot be dated, or is gone."""

    due_on: date | None = None
    done: bool = False


class Moving(RuleBasedStateMachine):
    app: Any
    patch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(self.app.app_context())
        connection = self.stack.enter_context(db.engine.connect())
        outer = connection.begin()
        self.stack.callback(outer.rollback)
        self.stack.enter_context(bound_to(connection))
        self.stack.callback(db.session.remove)
        self.duties = {name: Duty() for name in OBJECTS}
        self.today = START
        self.expected: set[tuple[str, AlertKind, date]] = set()
        self.raised: Counter[tuple[str, AlertKind, date]] = Counter()
        self.patch.setattr(sources, "ALL", (((EntryKind.PAYMENT,), self.source),))

    def source(self, _actor: Actor, _window: Window) -> Iterator[Entry]:
        for name, duty in self.duties.items():
            yield Entry(
                kind=EntryKind.PAYMENT,
                object_id=name,
                contract_id=None,
                title=name,
                due_on=duty.due_on,
                done=duty.done,
                refused="" if duty.due_on else "日历尚未维护",
            )

    @initialize()
    def calendar(self) -> None:
        with self.noon():
            seeded_calendar((2025, 2026))

    def noon(self) -> Any:
        return clock.replaying(datetime.combine(self.today, datetime.min.time().replace(hour=12), clock.LOCAL))

    @rule(name=st.sampled_from(OBJECTS), days=st.integers(-30, 40))
    def move(self, name: str, days: int) -> None:
        self.duties[name].due_on = self.today + timedelta(days=days)

    @rule(name=st.sampled_from(OBJECTS))
    def lose_the_day(self, name: str) -> None:
        self.duties[name].due_on = None

    @rule(name=st.sampled_from(OBJECTS), done=st.booleans())
    def settle(self, name: str, done: bool) -> None:
        self.duties[name].done = done

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def arm(self) -> None:
        with self.noon():
            before = {key for key, _ in self.kept()}
            agenda.arm(SCHEDULER)
            self.raised.update({key for key, _ in self.kept()} - before)
            standing = {key for key, state in self.kept() if state is AlertState.STANDING}
        wanted = {key for name, duty in self.duties.items() if (key := self.wanted(name, duty))}
        self.expected |= wanted
        assert standing == wanted

    def wanted(self, name: str, duty: Duty) -> tuple[str, AlertKind, date] | None:
        if duty.due_on is None or duty.done:
            return None
        if self.today > duty.due_on:
            return (name, AlertKind.LATE, duty.due_on)
        return (name, AlertKind.AHEAD, duty.due_on) if (duty.due_on - self.today).days <= LEAD else None

    @invariant()
    def each_is_raised_once(self) -> None:
        keys = [key for key, _ in self.kept()]
        assert len(keys) == len(set(keys))
        assert set(keys) == self.expected
        assert all(count == 1 for count in self.raised.values())

    def kept(self) -> list[tuple[tuple[str, AlertKind, date], AlertState]]:
        rows = unit().execute(sa.select(Alert.object_id, Alert.kind, Alert.due_on, Alert.state)).all()
        return [((row[0], row[1], row[2]), row[3]) for row in rows]

    def teardown(self) -> None:
        self.stack.close()


def test_alerts_under_moving_days(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Moving.app, Moving.patch = app, monkeypatch
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Moving, settings=settings(max_examples=15, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    )
