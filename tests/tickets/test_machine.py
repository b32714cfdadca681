"""Any history of verbs: the ticket is never in a state that the table does not know, and its clocks are its log's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from server.core import clock
from server.core import db as core_db
from server.core.clock import LOCAL
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import calendar, contracts, tickets
from server.domain.identity import SCHEDULER, Actor, AuditEntry
from server.domain.tickets import Rating, Scope, Severity, TicketClock, TicketEvent, TicketState
from server.domain.tickets.sla import derive, state_of
from server.domain.tickets.states import TRANSITIONS
from server.domain.tickets.vocabulary import EventKind
from tests.factories import citizens
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.tickets import ticket

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
STARTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 30)).map(lambda at: at.replace(tzinfo=LOCAL))
TRIES = (
    "respond",
    "comment",
    "add",
    "assign",
    "set_severity",
    "choose_contract",
    "decide_scope",
    "rate",
    "start",
    "wait",
    "dispatch",
    "arrive",
    "resolve",
    "close",
    "cancel",
    "reopen",
)
WHO = st.sampled_from(["lin", "zheng", "wang", "wu", "lin", "zheng", "shen"])


class TicketMachine(RuleBasedStateMachine):
    """Everybody tries everything at any time."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.travelling: Any = None

    def teardown(self) -> None:
        if self.travelling is not None:
            self.travelling.__exit__(None, None, None)
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize(at=STARTS, covered=st.booleans(), major=st.booleans())
    def report(self, at: datetime, covered: bool, major: bool) -> None:
        self.travelling = time_machine.travel(at, tick=False)
        self.traveller = self.travelling.__enter__()
        seeded_calendar()
        contract = papers.contract_a(starts_on=datetime(2024, 1, 1).date(), ends_on=datetime(2028, 1, 1).date())
        self.people = {
            "lin": people.actor("lin"),
            "shen": people.actor("shen"),
            "zheng": people.actor("zheng", contract_id=contract.id),
            "wu": people.actor("wu", contract_id=contract.id),
            "wang": citizens.actor("wang"),
        }
        self.contract = contract
        self.ticket = ticket(self.people["wang"], contract_id=contract.id if covered else None)
        if major and covered:
            tickets.set_severity(self.people["lin"], self.ticket.id, severity=Severity.MAJOR, business_stopped=True)

    @property
    def id(self) -> uuid.UUID:
        return self.ticket.id

    @property
    def covered(self) -> bool:
        return self.ticket.contract_id is not None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """One verb: either one more event, or a refusal that leaves everything as it was."""
        session = core_db.session()
        session.flush()
        before = (self.ticket.version, self.ticket.state, self.ticket.stars, self.ticket.reopened_count)
        try:
            with session.begin_nested():
                yield
        except REFUSALS:
            after = (self.ticket.version, self.ticket.state, self.ticket.stars, self.ticket.reopened_count)
            assert after == before

    @rule(minutes=st.integers(1, 60 * 24 * 9))
    def time_passes(self, minutes: int) -> None:
        self.traveller.shift(timedelta(minutes=minutes))

    @rule(picks=st.lists(st.integers(0, 100), min_size=1, max_size=5))
    def go_on(self, picks: list[int]) -> None:
        """The right people take steps that the table allows: so that histories grow long."""
        for pick in picks:
            self.step(pick)

    def step(self, pick: int) -> None:
        allowed = [kind for kind, (states, _) in TRANSITIONS.items() if self.ticket.state in states]
        allowed = [kind for kind in allowed if kind is not EventKind.CANCELLED or pick % 10 == 0]
        steps: dict[EventKind, Any] = {
            EventKind.RESPONDED: lambda: tickets.respond(
                self.people["zheng" if self.covered else "lin"], self.id, text="好"
            ),
            EventKind.STARTED: lambda: tickets.start(self.people["lin"], self.id),
            EventKind.WAITED: lambda: tickets.wait(self.people["lin"], self.id, reason="等"),
            EventKind.FED_BACK: lambda: tickets.add(self.people["wang"], self.id, text="补充"),
            EventKind.RESOLVED: lambda: tickets.resolve(self.people["lin"], self.id, text="好了", cause=""),
            EventKind.CLOSED: lambda: tickets.close(self.people["lin"], self.id),
            EventKind.REOPENED: lambda: tickets.reopen(self.people["lin"], self.id, reason=f"{self.ticket.version}"),
            EventKind.CANCELLED: lambda: tickets.cancel(self.people["lin"], self.id, reason="重复"),
        }
        if allowed:
            version = self.ticket.version
            steps[allowed[pick % len(allowed)]]()
            assert self.ticket.version == version + 1

    @rule(tries=st.lists(st.tuples(WHO, st.sampled_from(TRIES), st.integers(0, 240)), min_size=1, max_size=4))
    def anybody_tries_anything(self, tries: list[tuple[str, str, int]]) -> None:
        for who, what, number in tries:
            with self.trying():
                self.attempt(self.people[who], what, number)

    def attempt(self, who: Actor, what: str, number: int) -> None:
        severity = list(Severity)[number % 4]
        people = [*self.people.values(), None]
        to = people[number % len(people)]
        values: dict[str, dict[str, Any]] = {
            "respond": {"text": "收到", "at": clock.now() - timedelta(minutes=number) if number % 2 else None},
            "comment": {"text": "说明", "public": number % 2 == 0},
            "add": {"text": "补充"},
            "assign": {"assignee_id": to.id if to else None},
            "set_severity": {"severity": severity, "business_stopped": number % 3 > 0},
            "choose_contract": {"contract_id": self.contract.id},
            "decide_scope": {"scope": list(Scope)[number % len(Scope)], "reason": "依据"},
            "rate": {"stars": number % 7},
            "wait": {"reason": "等"},
            "dispatch": {"who": "甲"},
            "arrive": {"who": "甲"},
            "resolve": {"text": "好了", "cause": "缓存"},
            "cancel": {"reason": "重复"},
            "reopen": {"reason": f"第 {self.ticket.version} 次"},
        }
        getattr(tickets, what)(who, self.ticket.id, **values.get(what, {}))

    @rule(stale=st.integers(1, 3))
    @precondition(lambda self: self.ticket.version > 1)
    def try_a_stale_version(self, stale: int) -> None:
        version = max(self.ticket.version - stale, 0)
        with pytest.raises(REFUSALS):
            tickets.comment(self.people["lin"], self.ticket.id, text="旧", public=False, version=version)

    @rule()
    def recompute(self) -> None:
        assert tickets.recompute_clocks(SCHEDULER, reason="试算").moved == ()

    @invariant()
    def the_log_tells_everything(self) -> None:
        if not hasattr(self, "ticket"):
            return
        log = self.log()
        assert [event.seq for event in log] == list(range(1, self.ticket.version + 1))
        assert state_of(log) is self.ticket.state
        for before, event in pairwise(log):
            moved = before.data["state"] != event.data["state"]
            if event.kind in TRANSITIONS:
                allowed, target = TRANSITIONS[event.kind]
                assert TicketState(before.data["state"]) in allowed
                assert event.data["state"] == target.value
            else:
                assert not moved
        assert all(event.at <= event.recorded_at for event in log)

    @invariant()
    def stored_clocks_are_the_logs(self) -> None:
        if not hasattr(self, "ticket"):
            return
        terms = contracts.terms_of(self.ticket.contract_id) if self.ticket.contract_id else None
        readings = derive(self.log(), terms, calendar.load())
        rows = core_db.session().scalars(sa.select(TicketClock).where(TicketClock.ticket_id == self.ticket.id))
        stored = {row.kind: row for row in rows}
        assert set(stored) == {reading.kind for reading in readings}
        for reading in readings:
            row = stored[reading.kind]
            for name in ("basis", "started_at", "due_at", "met_at", "provisional", "contract_revision"):
                assert getattr(row, name) == getattr(reading, name), name

    @invariant()
    def ratings_and_trail_agree(self) -> None:
        if not hasattr(self, "ticket"):
            return
        session = core_db.session()
        rated = [event.data["stars"] for event in self.log() if event.kind is EventKind.RATED]
        kept = session.scalar(sa.select(sa.func.count()).select_from(Rating))
        assert kept == len(rated)
        assert self.ticket.stars == (rated[-1] if rated else None)
        assert self.ticket.reopened_count <= 1
        written = (
            sa.select(sa.func.count())
            .select_from(AuditEntry)
            .where(AuditEntry.subject_kind == "ticket", AuditEntry.subject_id == str(self.ticket.id))
        )
        assert session.scalar(written) == self.ticket.version

    def log(self) -> list[TicketEvent]:
        session = core_db.session()
        query = sa.select(TicketEvent).where(TicketEvent.ticket_id == self.ticket.id).order_by(TicketEvent.seq)
        return list(session.scalars(query))


def test_any_history(app: Any) -> None:
    TicketMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        TicketMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
