"""Any history of pushes and steps of any hands: no state outside the table, one live version, the log tells everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import db as core_db
from server.core import versions
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import notices, releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER, Actor, AuditEntry, Role
from server.domain.releases import LIVE, TABLE, Driver, EventKind, Hands, Ledger, Release, ReleaseEvent, State, Step
from server.domain.releases.log import state_of
from tests.factories import contracts as papers
from tests.factories import identity as people
from tests.factories.releases import SAID, approver, pipeline

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
WHO = st.sampled_from(["vendor", "vendor", "bureau", "bureau", "handler", "stranger", "wechat"])
PUSHED = st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(["", "", "", "-rc.1"]))
ASIDE = frozenset({Step.SET_TRIAL, Step.UNDO_AUDIT, Step.REJECT_AUDIT, Step.REFUSE, Step.STOP_GRAY})
ASIDE |= {Step.ROLL_BACK, Step.ACCEPT, Step.WITHDRAW}


class ReleaseMachine(RuleBasedStateMachine):
    """Everybody tries everything at any time, on up to a handful of versions, with both drivers."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize(driver=st.sampled_from(list(Driver)))
    def begin(self, driver: Driver) -> None:
        self.made = pipeline()
        releases.set_policy(SCHEDULER, driver=driver)
        self.people: dict[str, Actor] = {
            "vendor": self.made.actor,
            "bureau": approver(),
            "handler": people.actor("lin"),
            "stranger": people.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=papers.contract_b().id),
            "wechat": SCHEDULER,
        }

    def all(self) -> list[Release]:
        return list(core_db.session().scalars(sa.select(Release).order_by(Release.created_at, Release.id)))

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Either something more in the log, or a refusal that leaves everything as it was."""
        session = core_db.session()
        session.flush()
        before = self.picture()
        try:
            with session.begin_nested():
                yield
        except REFUSALS:
            session.expire_all()
            assert self.picture() == before

    def picture(self) -> Any:
        ledger = core_db.session().get(Ledger, 1)
        places = (ledger.develop_id, ledger.trial_id, ledger.audit_id, ledger.gray_id, ledger.full_id)
        rows = [(each.version, each.state, each.seq, each.gray_percent, each.call_id) for each in self.all()]
        return rows, places, notices.app_config().number

    @rule(numbers=PUSHED)
    def push(self, numbers: tuple[int, int, str]) -> None:
        minor, patch, early = numbers
        with self.trying():
            self.made.push(f"1.{minor}.{patch}{early}")

    @rule(picks=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 60)), min_size=2, max_size=8))
    def go_on(self, picks: list[tuple[int, int]]) -> None:
        """The right people take steps that are offered: so that histories grow long, and every offer is kept."""
        for pick, percent in picks:
            ways = [way for each in self.all() for way in self.ways(each, aside=pick % 7 == 3)]
            if not ways:
                self.push_next()
                continue
            release, who, step = ways[pick % len(ways)]
            if who == "answer":
                assert release.call_id is not None
                releases.note_outcome(SCHEDULER, release.call_id, error="系统繁忙" if pick % 5 == 2 else "")
                continue
            assert step is not None
            said = dict(SAID.get(step, {}))
            if step is Step.GRAY:
                said["percent"] = (release.gray_percent or 0) + percent
                if said["percent"] > 99:
                    continue
            seq = release.seq
            releases.take(self.people[who], release.id, step, seen=seq, **said)
            assert release.seq == seq + 1

    def ways(self, release: Release, *, aside: bool) -> list[tuple[Release, str, Step | None]]:
        """What may be done with a release now; ``aside``: steps off the way to full release, and those that move nothing."""
        if release.call_id is not None:
            return [(release, "answer", None)]
        return [
            (release, who, offer.step)
            for who in ("vendor", "bureau", "wechat")
            for offer in releases.offers(self.people[who], release)
            if offer.allowed and _is_aside(offer.step, release) is aside
        ]

    def push_next(self) -> None:
        """One more version, newer than all."""
        newest = max((versions.parse(each.version) for each in self.all()), default=None)  # type: ignore[type-var]  # pushed ones parse
        self.made.push(f"1.{newest.numbers[1] + 1}.0" if newest else "1.0.0")

    @rule(
        who=WHO,
        step=st.sampled_from(list(Step)),
        which=st.integers(0, 9),
        percent=st.integers(-5, 105),
        old=st.booleans(),
    )
    def anybody_tries_anything(self, who: str, step: Step, which: int, percent: int, old: bool) -> None:
        found = self.all()
        if found:
            release = found[which % len(found)]
            said = dict(SAID.get(step, {})) | ({"percent": percent} if step is Step.GRAY else {})
            with self.trying():
                releases.take(self.people[who], release.id, step, seen=release.seq - old, **said)

    @rule(which=st.integers(0, 9), failed=st.booleans())
    def wechat_answers(self, which: int, failed: bool) -> None:
        waiting = [each for each in self.all() if each.call_id is not None]
        if waiting:
            release = waiting[which % len(waiting)]
            assert release.call_id is not None
            releases.note_outcome(SCHEDULER, release.call_id, error="系统繁忙" if failed else "")

    @invariant()
    def the_log_tells_everything(self) -> None:
        if not hasattr(self, "made"):
            return
        found = self.all()
        logs = releases.events_by_release([each.id for each in found])
        for release in found:
            log = logs[release.id]
            assert [event.seq for event in log] == list(range(1, release.seq + 1))
            assert state_of(log) is release.state
            assert log[0].step is Step.REGISTER
            for before, event in pairwise(log):
                if event.kind is EventKind.DONE and event.step is not None:
                    rule_ = TABLE[event.step]
                    assert before.state in rule_.sources
                    assert event.state is (rule_.to or before.state)
                else:
                    assert event.state is before.state
            self.gray_grew(log)
            self.hands_were_right(release, log)

    def gray_grew(self, log: list[ReleaseEvent]) -> None:
        last = 0
        for event in log:
            if event.kind is not EventKind.DONE:
                continue
            if event.step is Step.GRAY:
                assert event.data["percent"] > last
                last = event.data["percent"]
            elif event.step is Step.STOP_GRAY:
                last = 0

    def hands_were_right(self, release: Release, log: list[ReleaseEvent]) -> None:
        for event in log:
            assert event.actor_id not in (self.people["stranger"].id, self.people["handler"].id)
            if event.step is not None and TABLE[event.step].hands is Hands.BUREAU:
                assert not event.by_vendor
                assert event.actor_id != release.pushed_by_id

    @invariant()
    def one_version_is_live(self) -> None:
        if not hasattr(self, "made"):
            return
        ledger = core_db.session().get(Ledger, 1)
        found = self.all()
        full = [each for each in found if each.state is State.FULL]
        gray = [each for each in found if each.state is State.GRAY]
        audit = [each for each in found if each.state is State.IN_AUDIT]
        assert [each.id for each in full] == ([ledger.full_id] if ledger.full_id else [])
        assert [each.id for each in gray] == ([ledger.gray_id] if ledger.gray_id else [])
        assert [each.id for each in audit] == ([ledger.audit_id] if ledger.audit_id else [])
        assert all((each.gray_percent is not None) == (each.state is State.GRAY) for each in found)
        assert sum(each.call_id is not None for each in found) <= 1
        config = notices.app_config()
        for each in full:
            assert (releases.current(Environment.RELEASE), config.latest_version) == (each, each.version)
        for each in found:
            if each.state in LIVE:
                assert each.version not in config.blocked_versions
                assert not versions.parse(each.version).prerelease  # type: ignore[union-attr]  # it was pushed

    @invariant()
    def every_line_is_in_the_trail(self) -> None:
        if not hasattr(self, "made"):
            return
        session = core_db.session()
        lines = session.scalar(sa.select(sa.func.count()).select_from(ReleaseEvent))
        audited = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.subject_kind == "release")
        assert session.scalar(audited) == lines


def _is_aside(step: Step, release: Release) -> bool:
    return step in ASIDE or (step is Step.GRAY and release.state is State.GRAY)


def test_any_history(app: Any) -> None:
    ReleaseMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        ReleaseMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
