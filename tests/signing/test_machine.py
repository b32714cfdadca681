"""Any history of signing, by any hands: never one organisation twice, nothing after the lock, and a chain that tells it all.

The truth is the chain: it is walked beside the rows after every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core import db as core_db
from server.core.db import bound_to, db
from server.core.errors import ShijianError
from server.domain import documents, signing
from server.domain.documents import Document, DocumentState, Side
from server.domain.identity import Actor
from server.domain.signing import Act, Mode, ScanState, Signer
from tests.factories import signing as papers

WHO = st.sampled_from(["zheng", "zheng", "wu", "lin", "lin", "zhou", "shen", "feng"])
WHICH = st.integers(0, 2)
PAPERS = 2
MOST = 5


class SigningMachine(RuleBasedStateMachine):
    """Everybody tries everything with a few papers."""

    app: Any = None

    @initialize()
    def open(self) -> None:
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.desk = papers.desk()
        self.papers: list[Document] = [papers.issued(self.desk) for _ in range(PAPERS)]
        self.papers.append(papers.issued(self.desk, "test.memo"))
        self.locked: dict[Any, int] = {}
        self.scans = 0

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            db.session.remove()
            self.bound.__exit__(None, None, None)
            self.outer.rollback()
            self.connection.close()
            self.context.pop()

    @contextmanager
    def trying(self) -> Iterator[None]:
        """A step that may be refused, and then leaves nothing."""
        session = core_db.session()
        session.flush()
        step = session.begin_nested()
        try:
            yield
            session.flush()
            step.commit()
        except ShijianError:
            step.rollback()
            session.expire_all()

    def who(self, name: str) -> Actor:
        found: Actor = getattr(self.desk, name)
        return found

    def paper(self, which: int) -> Document:
        return self.papers[which % len(self.papers)]

    def steps(self, verb: Callable[[], Any]) -> None:
        with self.trying():
            verb()

    @rule(who=WHO, which=WHICH, stale=st.booleans(), other=st.booleans())
    def sign(self, who: str, which: int, stale: bool, other: bool) -> None:
        actor, document = self.who(who), self.paper(which)
        shown = papers.shown(actor, self.paper(which + 1) if other else document)
        self.steps(lambda: signing.sign(replace(actor, stepped_up=not stale), document.id, **shown))

    @rule(who=WHO, which=WHICH)
    def sign_rightly(self, who: str, which: int) -> None:
        self.steps(lambda: papers.signed(self.who(who), self.paper(which)))

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["withdraw", "decline", "lift", "refuse", "withdraw_scan"]))
    def undo(self, who: str, which: int, verb: str) -> None:
        actor, key = self.who(who), self.paper(which).id
        verbs: dict[str, Callable[[], Any]] = {
            "withdraw": lambda: signing.withdraw(actor, key, reason="核对"),
            "decline": lambda: signing.decline(actor, key, reason="有误"),
            "lift": lambda: signing.lift_decline(actor, key),
            "refuse": lambda: signing.refuse_scan(actor, key, reason="模糊"),
            "withdraw_scan": lambda: signing.withdraw_scan(actor, key, reason="重扫"),
        }
        self.steps(verbs[verb])

    @rule(who=WHO, which=WHICH, again=st.booleans(), other=st.booleans())
    def attach(self, who: str, which: int, again: bool, other: bool) -> None:
        document = self.paper(which)
        self.scans += not again
        code = self.paper(which + other).code
        signers = {Side.VENDOR: Signer("郑一鸣", clock.today()), Side.BUREAU: Signer("林岚", clock.today())}
        raw = papers.scan_png(f"scan {self.scans}")
        paper = signing.take_scan(name="扫描件.png", raw=raw)
        self.steps(
            lambda: signing.attach_scan(self.who(who), document.id, paper=paper, qr_texts=[code], signers=signers)
        )

    @rule(who=WHO, which=WHICH)
    def confirm(self, who: str, which: int) -> None:
        self.steps(lambda: signing.confirm_scan(self.who(who), self.paper(which).id))

    @rule(which=WHICH)
    def void(self, which: int) -> None:
        if len(self.papers) < MOST:
            with self.trying():
                documents.void(self.desk.lin, self.paper(which).id, reason="录错")
                self.papers[which] = papers.issued(self.desk)

    @rule(which=WHICH)
    def correct(self, which: int) -> None:
        with self.trying():
            newer = documents.correct(self.desk.lin, self.paper(which).id, reason="更正")
            self.papers[which % len(self.papers)] = papers.made(newer)

    @rule(ends=st.booleans())
    def agreement(self, ends: bool) -> None:
        if ends:
            self.steps(lambda: signing.end_agreement(self.desk.zhou, self.desk.contract.id, reason="停用"))
        else:
            self.steps(lambda: papers.agreed(self.desk))

    @invariant()
    def everything_is_provable(self) -> None:
        for each in getattr(self, "papers", []):
            verdict = signing.verify(self.desk.shen, each.id)
            assert verdict.intact, (each.number, verdict.findings)

    @invariant()
    def two_organisations_and_two_persons(self) -> None:
        for each in getattr(self, "papers", []):
            standing = signing.standing_of(each.id)
            assert len({one.organisation_id for one in standing.values()}) == len(standing)
            in_app = [one.officer_id for one in standing.values() if one.mode is Mode.IN_APP]
            assert len(set(in_app)) == len(in_app)
            assert len({one.mode for one in standing.values()}) <= 1
            assert all(one.file_sha256 == papers.shown(self.desk.lin, each)["sha256"] for one in standing.values())
            assert not any(one.organisation_id == self.desk.feng.organisation_id for one in standing.values())

    @invariant()
    def the_state_says_how_far_it_is(self) -> None:
        for each in getattr(self, "papers", []):
            standing, scan = signing.standing_of(each.id), signing.waiting_of(each.id)
            sides = set(signing.sides_of(each))
            entries = signing.entries_of(each.id)
            done = any(entry.act is Act.COMPLETED for entry in entries)
            assert done == (each.state is DocumentState.SIGNED) == (sides <= set(standing))
            waits = scan is not None and scan.state is ScanState.WAITING
            if not done:
                assert (each.state is DocumentState.SIGNING) == bool(standing or waits)
            case = signing.case_of(each.id)
            if case is not None and case.declined_side is not None:
                assert not standing
                assert not waits

    @invariant()
    def nothing_happens_after_the_lock(self) -> None:
        for each in getattr(self, "papers", []):
            if each.state is DocumentState.SIGNED:
                count = len(signing.entries_of(each.id))
                assert self.locked.setdefault(each.id, count) == count


def test_any_history(app: Any, database: Any) -> None:
    if database.make != "sqlite":
        pytest.skip("the rules are the same on every database; the races are tested apart")
    SigningMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        SigningMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
