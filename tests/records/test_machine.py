"""Any history of notices, evidence, words and days of any hands: no state outside the table, and the clock is the log's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
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
from server.domain import calendar, records
from server.domain.calendar import DayKind
from server.domain.contracts import terms_of
from server.domain.identity import SCHEDULER, Actor, AuditEntry
from server.domain.records import (
    OPEN,
    PASSED,
    Basis,
    Completion,
    CompletionState,
    Conclusion,
    EventKind,
    Receipt,
    ReceiptKind,
    ReceiptState,
    RecordEvent,
)
from server.domain.records.states import STANDING, TRANSITIONS
from tests.factories.calendar import seeded_calendar
from tests.factories.records import ITEMS, at
from tests.records.conftest import House, made

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
WHO = st.sampled_from(["zheng", "zheng", "lin", "lin", "lin", "shen", "stranger", "scheduler"])
WHICH = st.integers(0, 9)


class AcceptanceMachine(RuleBasedStateMachine):
    """Everybody tries everything, in the last days of September 2025 and the holidays that follow."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.now: datetime = at("2025-09-25 09:00")

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        with clock.replaying(self.now):
            seeded_calendar((2025, 2026))
            self.house: House = made()

    def who(self, name: str) -> Actor:
        return SCHEDULER if name == "scheduler" else getattr(self.house, name)

    def all(self) -> list[Completion]:
        return list(core_db.session().scalars(sa.select(Completion).order_by(Completion.number)))

    def pick(self, which: int) -> Completion | None:
        found = self.all()
        return found[which % len(found)] if found else None

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Either something more in the log, or a refusal that leaves everything as it was."""
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
        claims = core_db.session().execute(sa.select(Receipt.id, Receipt.state).order_by(Receipt.id)).all()
        return [(each.id, each.state, each.seq, each.due_at, each.slot) for each in self.all()], claims

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(day=st.integers(26, 30), kind=st.sampled_from([DayKind.HOLIDAY, DayKind.WORKDAY, DayKind.SHIFTED]))
    def the_calendar_is_corrected(self, day: int, kind: DayKind) -> None:
        with self.trying():
            on = at(f"2025-09-{day} 00:00").date()
            calendar.set_day(SCHEDULER, on=on, kind=kind, name="更正", source="紧急通知")

    @rule(who=WHO, final=st.booleans(), follow=st.booleans(), on_b=st.booleans(), which=WHICH)
    def notify(self, who: str, final: bool, follow: bool, on_b: bool, which: int) -> None:
        before = self.pick(which) if follow else None
        contract = self.house.b if on_b else self.house.a
        with self.trying():
            records.notify_completion(
                self.who("stranger" if on_b and who == "zheng" else who),
                contract_id=contract.id,
                title="公告修复",
                content="已修复",
                how_to_check="打开首页",
                items=ITEMS,
                final=final,
                follows_id=before.id if before else None,
            )

    @rule(who=WHO, which=WHICH, back=st.integers(0, 100), kind=st.sampled_from(list(ReceiptKind)))
    def receive(self, who: str, which: int, back: int, kind: ReceiptKind) -> None:
        found = self.pick(which)
        if found:
            when = None if kind is ReceiptKind.CONSOLE else max(found.sent_at, self.now - timedelta(hours=back))
            with self.trying():
                records.receive(self.who(who), found.id, received_at=when, by="林岚", kind=kind, evidence="签收单")

    @rule(who=WHO, which=WHICH, back=st.integers(-5, 100))
    def claim(self, who: str, which: int, back: int) -> None:
        found = self.pick(which)
        if found:
            with self.trying():
                records.claim_receipt(
                    self.who(who),
                    found.id,
                    received_at=self.now - timedelta(hours=back),
                    by="林岚",
                    kind=ReceiptKind.EMAIL,
                    evidence="回执",
                )

    @rule(who=WHO, which=WHICH, agreed=st.booleans())
    def judge_claim(self, who: str, which: int, agreed: bool) -> None:
        claims = list(core_db.session().scalars(sa.select(Receipt).where(Receipt.by_vendor).order_by(Receipt.id)))
        if claims:
            claim = claims[which % len(claims)]
            with self.trying():
                if agreed:
                    records.confirm_receipt(self.who(who), claim.id)
                else:
                    records.dispute_receipt(self.who(who), claim.id, reason="没有收到")

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["accept", "reject", "reject without a reason", "withdraw"]))
    def decide(self, who: str, which: int, verb: str) -> None:
        found = self.pick(which)
        if found:
            actor = self.who(who)
            with self.trying():
                if verb == "accept":
                    records.accept(actor, found.id)
                elif verb == "withdraw":
                    records.withdraw(actor, found.id, reason="重发")
                else:
                    records.reject(actor, found.id, reasons="列表不对" if verb == "reject" else " ")

    @rule(picks=st.lists(st.integers(0, 99), min_size=3, max_size=9))
    def go_on(self, picks: list[int]) -> None:
        """The right people take steps that are offered, so that histories grow long."""
        for pick in picks:
            found = self.all()
            each = found[pick % len(found)] if found else None
            with clock.replaying(self.now):
                if each is None or (pick % 4 == 0 and len(found) < 6):
                    self.send(follows_id=None)
                elif each.state is CompletionState.SENT:
                    records.receive(self.house.lin, each.id)
                elif each.state is CompletionState.RECEIVED and not records.is_over(each, self.now):
                    self.take(each, pick)
                elif each.state is CompletionState.RECEIVED:
                    assert [row.id for row in records.deem(only=each.id)] == [each.id]
                elif each.state is CompletionState.REJECTED and not any(row.follows_id == each.id for row in found):
                    self.send(follows_id=each.id, contract_id=each.contract_id)

    def take(self, each: Completion, pick: int) -> None:
        """One of the ends, or the time that passes without one."""
        if pick % 3 == 0:
            records.reject(self.house.lin, each.id, reasons="列表不对")
        elif pick % 5 == 0:
            records.accept(self.house.lin, each.id)
        else:
            self.now += timedelta(hours=20)

    def send(self, **values: Any) -> None:
        usual = {"contract_id": self.house.a.id, "title": "公告修复", "content": "已修复", "how_to_check": "打开首页"}
        sender = self.house.stranger if values.get("contract_id") == self.house.b.id else self.house.zheng
        records.notify_completion(sender, items=ITEMS, **(usual | values))

    @rule()
    def the_job_runs(self) -> None:
        with self.trying():
            records.deem()

    @invariant()
    def the_log_tells_everything(self) -> None:
        for each in self.all():
            log = records.events_of(each)
            assert [event.seq for event in log] == list(range(1, each.seq + 1))
            assert (log[0].kind, log[0].state) == (EventKind.SENT, CompletionState.SENT)
            assert log[-1].state == each.state
            for before, event in pairwise(log):
                state = CompletionState(before.state)
                if event.kind in TRANSITIONS:
                    sources, target = TRANSITIONS[event.kind]
                    assert state in sources
                    assert event.state == target
                else:
                    assert state in STANDING[event.kind]
                    assert event.state == before.state

    @invariant()
    def the_clock_is_what_receipt_and_calendar_say(self) -> None:
        book = calendar.load()
        for each in self.all():
            if each.state in OPEN:
                found = records.read(terms_of(each.contract_id, on=each.received_on), book, each.received_on)
                assert (each.basis, each.due_on, each.due_at) == (found.basis, found.due_on, found.due_at)
            confirmed = sa.select(Receipt).where(
                Receipt.completion_id == each.id, Receipt.state == ReceiptState.CONFIRMED
            )
            proof = core_db.session().scalars(confirmed).one_or_none()
            assert (each.received_at is None) == (proof is None)
            assert proof is None or proof.received_at == each.received_at
            assert (each.due_at is None) or each.basis is Basis.AGREED

    @invariant()
    def every_end_is_one_of_three_and_rightly_so(self) -> None:
        for each in self.all():
            assert (each.accepted_on is not None) == (each.state in PASSED)
            assert (each.conclusion is Conclusion.DEEMED) == (each.state is CompletionState.DEEMED)
            if each.state is CompletionState.DEEMED:
                assert each.contract_id == self.house.a.id
                assert each.decided_at == each.due_at
                assert each.decided_recorded_at >= each.due_at
            elif each.state in (CompletionState.ACCEPTED, CompletionState.REJECTED):
                assert each.due_at is None or each.decided_at < each.due_at
                assert each.decided_by_id in (self.house.lin.id, None)
            if each.state is CompletionState.REJECTED:
                assert each.reasons

    @invariant()
    def one_final_notice_stands_and_rounds_are_a_chain(self) -> None:
        found = {each.id: each for each in self.all()}
        for contract in (self.house.a, self.house.b) if found else ():
            finals = [each for each in found.values() if each.final and each.contract_id == contract.id]
            assert sum(each.state in OPEN | PASSED for each in finals) <= 1
            passed = [each.accepted_on for each in finals if each.state in PASSED]
            assert records.accepted_on(contract.id) == (passed[0] if passed else None)
        for each in found.values():
            if each.follows_id is not None:
                before = found[each.follows_id]
                assert before.state in (CompletionState.REJECTED, CompletionState.WITHDRAWN)
                assert each.round == before.round + (before.state is CompletionState.REJECTED)
                assert each.contract_id == before.contract_id

    @invariant()
    def every_line_is_in_the_trail(self) -> None:
        if not hasattr(self, "house"):
            return
        session = core_db.session()
        lines = session.scalar(sa.select(sa.func.count()).select_from(RecordEvent))
        audited = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.subject_kind == "completion")
        assert session.scalar(audited) == lines


def test_any_history(app: Any, database: Any) -> None:
    if database.make != "sqlite":
        pytest.skip("the rules are the same on every database; the races are tested apart")
    AcceptanceMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        AcceptanceMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
