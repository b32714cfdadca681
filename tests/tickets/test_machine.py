"""Any history of verbs: no ticket is ever in a state that the table does not know, and its clocks are its log's.

Illegal besides: work on a requirement before both sides confirmed its scope (A08, A44), a major fault on site solved before
the bureau consented (A11), a merger across contracts, of ended tickets, or undone.
"""

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
from server.domain.tickets import (
    ACTIVE,
    LOGGED,
    Consent,
    Kind,
    Rating,
    Scope,
    Severity,
    Ticket,
    TicketClock,
    TicketEvent,
    TicketState,
)
from server.domain.tickets.sla import derive, state_of
from server.domain.tickets.states import TRANSITIONS
from server.domain.tickets.vocabulary import EventKind
from tests.factories import citizens
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.calendar import seeded_calendar
from tests.factories.tickets import ticket

MOST = 4
RARE = frozenset({EventKind.CANCELLED, EventKind.REJECTED})
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
    "analyse",
    "ask_consent",
    "consent",
    "sign_arrival",
    "propose_scope",
    "confirm_scope",
    "reclassify",
    "confirm_answer",
    "log",
    "merge",
    "link_duplicate",
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

    @initialize(
        at=STARTS,
        covered=st.booleans(),
        major=st.booleans(),
        kind=st.sampled_from([Kind.BUG, Kind.REQUIREMENT, Kind.CONSULTATION]),
    )
    def report(self, at: datetime, covered: bool, major: bool, kind: Kind) -> None:
        self.travelling = time_machine.travel(at, tick=False)
        self.traveller = self.travelling.__enter__()
        seeded_calendar()
        contract = papers.contract_a(
            terms=papers.without_records(), starts_on=datetime(2024, 1, 1).date(), ends_on=datetime(2028, 1, 1).date()
        )
        self.people = {
            "lin": people.actor("lin"),
            "shen": people.actor("shen"),
            "zheng": people.actor("zheng", contract_id=contract.id),
            "wu": people.actor("wu", contract_id=contract.id),
            "wang": citizens.actor("wang"),
        }
        self.contract = contract
        self.ticket = ticket(self.people["wang"], contract_id=contract.id if covered else None, kind=kind)
        self.all = [self.ticket]
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
        allowed = [kind for kind in allowed if kind not in RARE or pick % 10 == 0]
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
            EventKind.REJECTED: lambda: tickets.log(SCHEDULER, self.id, EventKind.REJECTED, text="不合格"),
        }
        allowed = [kind for kind in allowed if kind in steps]
        if not allowed or self.ticket.merged_into_id is not None:
            return
        chosen = allowed[pick % len(allowed)]
        self.clear_the_way(chosen)
        version = self.ticket.version
        steps[chosen]()
        assert self.ticket.version == version + 1

    def clear_the_way(self, chosen: EventKind) -> None:
        """What a step waits for besides the state: both sides' word on the scope, the bureau's on the repair."""
        if chosen not in (EventKind.STARTED, EventKind.WAITED, EventKind.RESOLVED):
            return
        if tickets.waits_for_scope(self.ticket):
            if not self.covered:
                tickets.choose_contract(self.people["lin"], self.id, contract_id=self.contract.id)
            tickets.propose_scope(self.people["zheng"], self.id, scope=Scope.OUTSIDE, reason="新增")
            tickets.confirm_scope(self.people["lin"], self.id, agreed=True)
        unheard = self.ticket.consent is not Consent.GIVEN
        if chosen is EventKind.RESOLVED and unheard and tickets.needs_consent(self.ticket):
            tickets.consent(self.people["lin"], self.id, agreed=True)

    @rule(ours=st.booleans(), answered=st.booleans(), minutes=st.integers(1, 600))
    @precondition(lambda self: len(self.all) < MOST and self.ticket.state in ACTIVE)
    def merge_with_another(self, ours: bool, answered: bool, minutes: int) -> None:
        """Somebody else reports the same, before or after; one goes into the other, and we go on with what remains."""
        at = clock.now() - timedelta(minutes=minutes)
        other = ticket(self.people["wang"], contract_id=self.ticket.contract_id, at=at)
        if answered:
            tickets.respond(self.people["lin"], other.id, text="好")
        self.all.append(other)
        source, into = (self.ticket, other) if ours else (other, self.ticket)
        with self.trying():
            tickets.merge(self.people["lin"], source.id, into_id=into.id)
            self.ticket = into

    @rule(tries=st.lists(st.tuples(WHO, st.sampled_from(TRIES), st.integers(0, 240)), min_size=1, max_size=4))
    def anybody_tries_anything(self, tries: list[tuple[str, str, int]]) -> None:
        for who, what, number in tries:
            with self.trying():
                self.attempt(self.people[who], what, number)

    def attempt(self, who: Actor, what: str, number: int) -> None:
        severity = list(Severity)[number % 4]
        if what == "log":
            kind = sorted(LOGGED)[number % len(LOGGED)]
            tickets.log(who, self.ticket.id, kind, text="见附件", data={"material": str(number % 2)})
            return
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
            "analyse": {"text": "证书到期"},
            "ask_consent": {"proposal": "更换证书"},
            "consent": {"agreed": number % 3 > 0, "text": "先备份"},
            "sign_arrival": {"who": "甲", "at": clock.now() - timedelta(minutes=number) if number % 2 else None},
            "propose_scope": {"scope": list(Scope)[number % len(Scope)], "reason": "依据"},
            "confirm_scope": {"agreed": number % 3 > 0, "reason": "依据"},
            "reclassify": {"kind": list(Kind)[number % len(Kind)], "reason": "依据"},
            "merge": {"into_id": self.all[number % len(self.all)].id},
            "link_duplicate": {"other_id": self.all[number % len(self.all)].id},
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
        for made in self.made():
            log = self.log(made)
            assert [event.seq for event in log] == list(range(1, made.version + 1))
            assert state_of(log) is made.state
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
        for made in self.made():
            terms = contracts.terms_of(made.contract_id) if made.contract_id else None
            readings = derive(self.log(made), terms, calendar.load())
            rows = core_db.session().scalars(sa.select(TicketClock).where(TicketClock.ticket_id == made.id))
            stored = {row.kind: row for row in rows}
            assert set(stored) == {reading.kind for reading in readings}
            for reading in readings:
                row = stored[reading.kind]
                for name in ("basis", "started_at", "due_at", "met_at", "provisional", "contract_revision"):
                    assert getattr(row, name) == getattr(reading, name), name

    @invariant()
    def work_never_began_without_both_sides_word(self) -> None:
        """Read from the log alone: of a requirement the scope is agreed before it is begun, of a major fault the consent
        is given before it is solved."""
        for made in self.made():
            kind, agreed, consented, major = self.kind_at_first(made), False, Consent.NONE, (Severity.NORMAL, False)
            for event in self.log(made):
                data = event.data
                kind = Kind(data["kind"][1]) if event.kind is EventKind.RECLASSIFIED else kind
                agreed = agreed or event.kind is EventKind.SCOPE_CONFIRMED
                consented = Consent(data.get("consent", consented))
                major = (
                    Severity(data.get("severity", major[0])),
                    bool(data.get("business_stopped", major[1])),
                )
                if event.kind in (EventKind.STARTED, EventKind.WAITED, EventKind.RESOLVED):
                    assert agreed or kind is not Kind.REQUIREMENT
                if event.kind is EventKind.RESOLVED and self.covered:
                    assert consented is Consent.GIVEN or major != (Severity.MAJOR, True)
            assert made.consent is consented
            assert made.kind is kind

    @invariant()
    def mergers_hold(self) -> None:
        for made in self.made():
            absorbed = [event for event in self.log(made) if event.kind is EventKind.ABSORBED]
            assert (made.merged_into_id is not None) == bool(absorbed)
            if made.merged_into_id is None:
                continue
            (event,) = absorbed
            into = next(each for each in self.all if each.id == made.merged_into_id)
            assert made.state is TicketState.CLOSED
            assert made.contract_id in (None, into.contract_id)
            assert event.data["into_id"] == str(into.id)
            taken = [line for line in self.log(into) if line.kind is EventKind.MERGED]
            assert str(made.id) in {line.data["ticket_id"] for line in taken}
            assert into.id != made.id

    @invariant()
    def ratings_and_trail_agree(self) -> None:
        session = core_db.session()
        for made in self.made():
            rated = [event.data["stars"] for event in self.log(made) if event.kind is EventKind.RATED]
            kept = sa.select(sa.func.count()).select_from(Rating).where(Rating.ticket_id == made.id)
            assert session.scalar(kept) == len(rated)
            assert made.stars == (rated[-1] if rated else None)
            assert made.reopened_count <= 1
            assert made.confirmed_at is None or made.state in (TicketState.RESOLVED, TicketState.CLOSED)
            written = (
                sa.select(sa.func.count())
                .select_from(AuditEntry)
                .where(AuditEntry.subject_kind == "ticket", AuditEntry.subject_id == str(made.id))
            )
            assert session.scalar(written) == made.version

    def made(self) -> list[Ticket]:
        return getattr(self, "all", [])

    @staticmethod
    def kind_at_first(made: Ticket) -> Kind:
        """What it was opened as: the first renaming tells, else what it is."""
        query = sa.select(TicketEvent).where(
            TicketEvent.ticket_id == made.id, TicketEvent.kind == EventKind.RECLASSIFIED
        )
        first = core_db.session().scalars(query.order_by(TicketEvent.seq).limit(1)).one_or_none()
        return made.kind if first is None else Kind(first.data["kind"][0])

    @staticmethod
    def log(made: Ticket) -> list[TicketEvent]:
        session = core_db.session()
        query = sa.select(TicketEvent).where(TicketEvent.ticket_id == made.id).order_by(TicketEvent.seq)
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
