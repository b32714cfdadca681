"""Any history of edits, requests, approvals, kills, rollbacks, promotions and passing time: the revisions stay whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core import db as core_db
from server.core.db import bound_to, db
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import flags
from server.domain.flags import Change, ChangeRequest, Environment, RequestState, Revision, RevisionKind, Subject
from server.domain.flags.conflicts import OPEN, moved_in
from server.domain.flags.objects import hash_of
from server.domain.identity import AuditEntry
from tests.factories.flags import change, flag_document, for_segment, gray, segment_document
from tests.flags.conftest import NOW, make_cast

DEVELOP, TRIAL, RELEASE = Environment
REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
EMERGENCIES = (RevisionKind.KILL, RevisionKind.ROLL_BACK)
WHERE = st.sampled_from([DEVELOP, TRIAL, RELEASE, RELEASE])
OPEN_WHERE = st.sampled_from([DEVELOP, DEVELOP, TRIAL, TRIAL, RELEASE])
EDITORS = st.sampled_from(["zheng", "wu"])
DECIDERS = st.sampled_from([*["zhou"] * 5, "zheng"])
RESCUERS = st.sampled_from(["zheng", "zhou"])
SELDOM = st.sampled_from([False, False, False, True])
HOURS = st.sampled_from([None, 1, 3, 8])
DOCUMENTS = st.sampled_from(
    [
        *(flag_document(key) for key in "abc"),
        *(flag_document(key, rules=[gray(share)]) for key in "abc" for share in (1000, 5000)),
        *(flag_document(key, name="改名") for key in "abc"),
        flag_document("a", rules=[for_segment("testers")]),
        flag_document("b", prerequisites=[{"flag": "a", "variants": ["on"]}]),
        flag_document("c", prerequisites=[{"flag": "b", "variants": ["on"]}]),
        flag_document("a", prerequisites=[{"flag": "c", "variants": ["on"]}]),
        segment_document(),
        segment_document("testers", "u9"),
    ]
)
EDITS = st.lists(st.tuples(DOCUMENTS, st.sampled_from([*[False] * 9, True])), min_size=1, max_size=2)


CONTEXTS = [{"targetingKey": f"u{number}"} for number in range(12)]


def answers(environment: Environment, number: int | None) -> list[Any]:
    """What a revision (the newest) gives a dozen people."""
    compiled = flags.compile_set(flags.document_of(flags.content(environment, number)))
    found = [compiled.resolve_all(context, at=NOW) for context in CONTEXTS]
    return [[(each.key, each.value, each.variant, each.reason) for each in one] for one in found]


class FlagMachine(RuleBasedStateMachine):
    """Everybody tries everything at any time; some act on what they saw a while ago."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.travel = time_machine.travel(NOW, tick=False)
        self.time = self.travel.start()
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
        self.travel.stop()

    @initialize()
    def begin(self) -> None:
        self.people = make_cast()
        self.documents: dict[str, Any] = {}
        first = [*(flag_document(key) for key in "abc"), segment_document()]
        for where in Environment:
            changes = [change(where, each) for each in first]
            request = flags.propose(self.people.zheng, where, changes, reason="首批")
            if where is RELEASE:
                flags.approve(self.people.zhou, request.id, content_hash=request.content_hash)
        self.stale = {each: flags.content(each) for each in Environment}

    def who(self, name: str) -> Any:
        return getattr(self.people, name)

    def revisions(self, environment: Environment) -> list[Revision]:
        query = sa.select(Revision).where(Revision.environment == environment).order_by(Revision.number)
        return list(core_db.session().scalars(query))

    def requests(self) -> list[ChangeRequest]:
        return list(
            core_db.session().scalars(sa.select(ChangeRequest).order_by(ChangeRequest.created_at, ChangeRequest.id))
        )

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Something new, or a refusal that leaves everything as it was."""
        before = self.picture()
        try:
            with core_db.session().begin_nested():
                yield
        except REFUSALS:
            core_db.session().expire_all()
            assert self.picture() == before

    def picture(self) -> Any:
        return flags.heads(), [(each.id, each.state, each.conflict) for each in self.requests()]

    def changes(self, environment: Environment, edits: list[Any], late: bool) -> list[Change]:
        base = self.stale[environment] if late else flags.content(environment)
        found = []
        for document, remove in edits:
            subject = Subject.FLAG if "variants" in document else Subject.SEGMENT
            digest = base.hash_of(subject, document["key"])
            found.append(Change(subject, document["key"], None if remove else document, digest))
        return found

    @rule(where=OPEN_WHERE, who=EDITORS, edits=EDITS, late=SELDOM)
    def publish(self, where: Environment, who: str, edits: list[Any], late: bool) -> None:
        with self.trying():
            flags.publish(self.who(who), where, self.changes(where, edits, late), reason="修改")

    @rule(where=WHERE, who=EDITORS, edits=EDITS, late=SELDOM, begins=HOURS, ends=HOURS)
    def propose(
        self, where: Environment, who: str, edits: list[Any], late: bool, begins: int | None, ends: int | None
    ) -> None:
        apply_at = begins and clock.now() + timedelta(hours=begins)
        until = ends and (apply_at or clock.now()) + timedelta(hours=ends)
        with self.trying():
            wanted = self.changes(where, edits, late)
            flags.propose(self.who(who), where, wanted, reason="申请", apply_at=apply_at or None, until=until or None)

    @rule(who=DECIDERS, which=st.integers(0, 3), unseen=SELDOM, hours=HOURS)
    def approve(self, who: str, which: int, unseen: bool, hours: int | None) -> None:
        asked = [each for each in self.requests() if each.state is RequestState.PENDING] or self.requests()
        if asked:
            request = asked[-1 - which % len(asked)]
            with self.trying():
                flags.approve(self.who(who), request.id, content_hash="0" * 64 if unseen else request.content_hash)
            if hours:
                self.wait(hours, skip=False)

    @rule(which=st.integers(0, 3), take_back=st.booleans(), wrong=SELDOM)
    def close(self, which: int, take_back: bool, wrong: bool) -> None:
        asked = self.requests()
        if asked:
            request = asked[-1 - which % len(asked)]
            with self.trying():
                verb = flags.withdraw if take_back else flags.reject
                verb(self.people.zheng if take_back is not wrong else self.people.zhou, request.id, reason="不合适")

    @rule(where=WHERE, who=RESCUERS, key=st.sampled_from("abc"))
    def kill(self, where: Environment, who: str, key: str) -> None:
        with self.trying():
            flags.kill(self.who(who), where, key, reason="出错")
            assert not flags.content(where).flags[key]["enabled"]

    @rule(where=WHERE, who=RESCUERS, back=st.integers(1, 3))
    def roll_back(self, where: Environment, who: str, back: int) -> None:
        number = flags.head(where) - back
        with self.trying():
            made = flags.roll_back(self.who(who), where, number, reason="回退")
            assert (made.reverts_to, answers(where, None)) == (number, answers(where, number))

    @rule(
        way=st.sampled_from([(DEVELOP, TRIAL), (TRIAL, RELEASE)]),
        who=EDITORS,
        keys=st.sets(st.sampled_from("abc"), min_size=1),
        prefer=st.booleans(),
    )
    def promote(self, way: tuple[Environment, Environment], who: str, keys: set[str], prefer: bool) -> None:
        with self.trying():
            taken = ["a", "b", "c", "segment:testers"] if prefer else []
            dry = flags.promote_preview(self.who(who), *way, keys, prefer=taken)
            made = flags.promote(self.who(who), *way, keys, reason="晋级", prefer=taken, seen=dry.token)
            if isinstance(made, Revision):
                assert made.content_hash == dry.after.content_hash

    @rule(hours=st.integers(1, 9), skip=SELDOM)
    def pass_time(self, hours: int, skip: bool) -> None:
        self.wait(hours, skip=skip)

    def wait(self, hours: int, *, skip: bool) -> None:
        self.time.shift(timedelta(hours=hours))
        if not skip:
            waiting = flags.due()
            # Of two that are due for one flag, the first takes effect and the second is in conflict by that.
            assert bool(flags.apply_due()) == bool(waiting)
            assert flags.due() == []

    @rule(where=WHERE, who=st.sampled_from(["lin", "bai"]))
    def be_refused(self, where: Environment, who: str) -> None:
        """Who only looks, or keeps another system, comes to nothing."""
        someone, before = self.who(who), self.picture()
        edit = self.changes(where, [(flag_document("d"), False)], late=False)
        for verb in (
            lambda: flags.publish(someone, where, edit, reason="x"),
            lambda: flags.propose(someone, where, edit, reason="x"),
            lambda: flags.kill(someone, where, "a", reason="x"),
            lambda: flags.roll_back(someone, where, 1, reason="x"),
            lambda: flags.promote(someone, DEVELOP, TRIAL, ["a"], reason="x"),
            *(lambda it=each: flags.approve(someone, it.id, content_hash=it.content_hash) for each in self.requests()),
        ):
            with pytest.raises((Forbidden, NotFound)):
                verb()
        assert self.picture() == before

    @rule(where=WHERE)
    def look(self, where: Environment) -> None:
        """Somebody opens the editor now and saves later."""
        self.stale[where] = flags.content(where)

    @invariant()
    def revisions_are_a_chain_without_gaps_and_the_head_is_the_fold_of_changes(self) -> None:
        if not hasattr(self, "people"):
            return
        for environment in Environment:
            found = self.revisions(environment)
            assert [each.number for each in found] == list(range(1, flags.head(environment) + 1))
            assert [each.parent for each in found] == [None, *range(1, len(found))][: len(found)]
            changes = flags.changes_of(found)
            folded: dict[str, dict[str, str]] = {"flags": {}, "segments": {}}
            for revision in found:
                for each in changes[revision.id]:
                    shelf = folded[each.subject.shelf]
                    assert shelf.pop(each.key, None) == each.before_hash
                    if each.after_hash:
                        shelf[each.key] = each.after_hash
                assert (revision.tree, revision.content_hash) == (folded, hash_of(folded))
            flags.compile_set(flags.document_of(flags.content(environment)))

    @invariant()
    def documents_never_change(self) -> None:
        if not hasattr(self, "people"):
            return
        table = flags.FlagObject.__table__
        kept = {row.hash: row.document for row in core_db.session().execute(sa.select(table.c.hash, table.c.document))}
        assert all(flags.digest(document) == digest for digest, document in kept.items())
        assert self.documents.items() <= kept.items()
        self.documents = kept

    @invariant()
    def nobody_is_alone(self) -> None:
        if not hasattr(self, "people"):
            return
        asked = {each.id: each for each in self.requests()}
        for revision in self.revisions(RELEASE):
            assert revision.reviewed == (revision.kind not in EMERGENCIES)
            if revision.reviewed:
                assert revision.approver_id == self.people.zhou.id != revision.author_id
                assert asked[revision.request_id].decided_by_id == revision.approver_id

    @invariant()
    def requests_take_effect_once_and_over_nobodys_change(self) -> None:
        if not hasattr(self, "people"):
            return
        made = [each for environment in Environment for each in self.revisions(environment)]
        for request in self.requests():
            mine = [each.kind for each in made if each.request_id == request.id]
            did = request.state in (RequestState.APPLIED, RequestState.ENDED, RequestState.STUCK)
            assert len([kind for kind in mine if kind is not RevisionKind.EXPIRY]) == did
            assert mine.count(RevisionKind.EXPIRY) == (request.ended_number is not None)
            assert bool(request.conflict) == (request.state in (RequestState.CONFLICTED, RequestState.STUCK)) or (
                request.state is RequestState.WITHDRAWN
            )
            if request.state in OPEN:
                assert moved_in(request, flags.content(request.environment).hashes) == []

    @invariant()
    def every_revision_is_in_the_trail(self) -> None:
        if not hasattr(self, "people"):
            return
        session = core_db.session()
        written = session.scalar(sa.select(sa.func.count()).select_from(Revision))
        told = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.subject_kind == "flag_set")
        assert session.scalar(told) == written


def test_any_history(app: Any) -> None:
    FlagMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        FlagMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
