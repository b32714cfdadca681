"""Any history of things and incidents of any hands: nothing outside the tables, the clock is discovery's, the trail is whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core import db as core_db
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import secrecy
from server.domain.identity import AuditEntry
from server.domain.secrecy import (
    OFFLINE,
    STATE_SECRETS,
    Carrier,
    Grade,
    Incident,
    IncidentKind,
    IncidentState,
    ItemState,
    Level,
    SecrecyEvent,
    SecrecyItem,
    Told,
)
from tests.factories.calendar import seeded_calendar
from tests.factories.records import at
from tests.factories.secrecy import incident, item
from tests.records.conftest import House, made

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
WHO = st.sampled_from(["zheng", "wu", "lin", "zhou", "zhou", "shen", "stranger"])
WHICH = st.integers(0, 5)
REVIEW = {"cause": "原因", "measures": "措施", "review": "总结"}


class SecrecyMachine(RuleBasedStateMachine):
    """Everybody tries everything."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.now: datetime = at("2025-09-26 09:00")

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        with clock.replaying(self.now):
            seeded_calendar((2025,))
            self.house: House = made()

    def rows(self, model: Any) -> list[Any]:
        return list(core_db.session().scalars(sa.select(model).order_by(model.number)))

    def tries(self, who: str, verb: Callable[[Any], object]) -> None:
        """A try that may be refused, and then leaves nothing."""
        with clock.replaying(self.now):
            try:
                with core_db.session().begin_nested():
                    verb(getattr(self.house, who))
            except REFUSALS:
                core_db.session().expire_all()

    @rule(minutes=st.integers(1, 200))
    def time_goes_on(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(who=WHO, carrier=st.sampled_from(Carrier), level=st.sampled_from([Level.UNDECLARED, *Level]))
    def enter(self, who: str, carrier: Carrier, level: Level) -> None:
        self.tries(who, lambda actor: item(actor, self.house.a, carrier=carrier, level=level, basis="定密通知"))

    @rule(
        who=WHO,
        which=WHICH,
        what=st.sampled_from(["declare", "back", "destroy", "pass", "ask", "withdraw"]),
        level=st.sampled_from(Level),
    )
    def move(self, who: str, which: int, what: str, level: Level) -> None:
        found = self.rows(SecrecyItem)
        if not found:
            return
        key = found[which % len(found)].id
        today = clock.local_day(self.now)
        verbs: dict[str, Callable[[Any], object]] = {
            "declare": lambda actor: secrecy.declare(actor, key, level=level, basis="定密通知"),
            "back": lambda actor: secrecy.give_back(actor, key, on=today, proof="回执"),
            "destroy": lambda actor: secrecy.destroy(actor, key, on=today, proof="销毁单", witness="林岚"),
            "pass": lambda actor: secrecy.pass_on(actor, key, holder="吴桐", reason="交接"),
            "ask": lambda actor: secrecy.ask_back(actor, key, due_back_on=today, reason="用毕"),
            "withdraw": lambda actor: secrecy.withdraw(actor, key, reason="重复"),
        }
        self.tries(who, verbs[what])

    @rule(who=WHO, grade=st.sampled_from(Grade), kind=st.sampled_from([IncidentKind.ATTACK, IncidentKind.LEAK]))
    def find(self, who: str, grade: Grade, kind: IncidentKind) -> None:
        self.tries(who, lambda actor: incident(actor, self.house.a, grade=grade, kind=kind))

    @rule(
        who=WHO,
        which=WHICH,
        what=st.sampled_from(["report", "step", "tell", "persons", "grade", "contain", "contain", "close", "close"]),
        grade=st.sampled_from(Grade),
    )
    def handle(self, who: str, which: int, what: str, grade: Grade) -> None:
        found = self.rows(Incident)
        if not found:
            return
        key, now = found[which % len(found)].id, self.now
        verbs: dict[str, Callable[[Any], object]] = {
            "report": lambda actor: secrecy.report(actor, key, reported_at=now, to="网信办", ref="1"),
            "step": lambda actor: secrecy.add_step(actor, key, text="处置"),
            "tell": lambda actor: secrecy.note_told(actor, key, whom=Told.PERSONS),
            "persons": lambda actor: secrecy.count_persons(actor, key, persons_count=3, data_kinds="电话"),
            "grade": lambda actor: secrecy.grade(actor, key, grade=grade, reason="复判"),
            "contain": lambda actor: secrecy.contain(actor, key, text="已控制"),
            "close": lambda actor: secrecy.close(actor, key, **REVIEW),
        }
        self.tries(who, verbs[what])

    @invariant()
    def things_are_whole(self) -> None:
        for row in self.rows(SecrecyItem) if hasattr(self, "house") else ():
            assert (row.state is ItemState.HELD) == (row.ended_on is None)
            assert not (row.level in OFFLINE and row.carrier is Carrier.ONLINE)
            assert row.level not in STATE_SECRETS or row.basis
            assert (row.level is Level.UNDECLARED) == (row.declared_at is None)
            assert row.state is not ItemState.DESTROYED or row.witness

    @invariant()
    def incidents_keep_the_law(self) -> None:
        for row in self.rows(Incident) if hasattr(self, "house") else ():
            assert row.due_at is None or row.due_at == row.discovered_at + timedelta(hours=row.hours)
            assert row.reported_at is not None or (row.due_at is not None) == (row.grade is not Grade.ORDINARY)
            if row.state is IncidentState.CLOSED:
                assert row.review
                assert row.due_at is None or row.reported_at is not None
                told = [event.data.get("whom") for event in secrecy.events_of(row.id)]
                assert not row.leak or row.harmless_reason or Told.PERSONS.value in told

    @invariant()
    def every_line_is_in_the_trail(self) -> None:
        if not hasattr(self, "house"):
            return
        session = core_db.session()
        lines = session.scalar(sa.select(sa.func.count()).select_from(SecrecyEvent))
        of = ("secrecy_item", "incident")
        audited = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.subject_kind.in_(of))
        assert session.scalar(audited) == lines
        for row in [*self.rows(SecrecyItem), *self.rows(Incident)]:
            assert [event.seq for event in secrecy.events_of(row.id)] == list(range(1, row.seq + 1))


def test_any_history(app: Any, database: Any) -> None:
    if database.make != "sqlite":
        pytest.skip("the rules are the same on every database")
    SecrecyMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        SecrecyMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
