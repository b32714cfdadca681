"""Any history of a contract's inspections, by any hands: no state outside the table, nothing frozen moves, nothing is lost."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.core import clock
from server.core.clock import LOCAL
from server.core.db import bound_to, db
from server.core.db import session as unit
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import documents, tickets, upkeep
from server.domain.documents import Document, DocumentState
from server.domain.identity import SCHEDULER, Actor, AuditEntry, Role
from server.domain.upkeep import (
    DONE,
    EventKind,
    Finding,
    Inspection,
    InspectionItem,
    InspectionState,
    ItemDraft,
    ItemForm,
    Section,
    UpkeepEvent,
    Verdict,
)
from server.domain.upkeep.states import TRANSITIONS
from tests.factories import contracts, identity
from tests.factories import upkeep as make
from tests.factories.calendar import seeded_calendar

REFUSALS = (Conflict, Forbidden, Invalid, NotFound)
S = InspectionState
# lin is the bureau's, wu and zheng are the vendor's, bai is another vendor's.
WHO = st.sampled_from(["zheng", "wu", "lin", "zheng", "bai"])
BUREAU = st.sampled_from(["lin", "lin", "lin", "zheng", "bai"])
WHICH = st.integers(0, 9)
MONTH = st.sampled_from([date(2025, 8, 1), date(2025, 9, 1), date(2025, 10, 1)])
VERDICT = st.sampled_from([None, Verdict.NORMAL, Verdict.NORMAL, Verdict.ABNORMAL, Verdict.SKIPPED])
ITEMS = [ItemDraft(Section.HOSTS, "主机", ItemForm.HOST), ItemDraft(Section.BACKUPS, "备份", ItemForm.CHECK)]


class InspectionMachine(RuleBasedStateMachine):
    """Contract A's sheets of three months, filled in, handed in, sent back, put on paper and signed in any order."""

    app: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.bound = bound_to(self.connection)
        self.bound.__enter__()
        self.now = datetime(2025, 9, 22, 9, 0, tzinfo=LOCAL)
        self.people: dict[str, Actor] = {}
        self.frozen: dict[uuid.UUID, Any] = {}

    def teardown(self) -> None:
        db.session.remove()
        self.bound.__exit__(None, None, None)
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        with clock.replaying(self.now):
            seeded_calendar()
            self.a, b = contracts.contract_a(), contracts.contract_b()
            self.people = {
                "lin": identity.actor("lin"),
                "wu": identity.actor("wu", contract_id=self.a.id),
                "zheng": identity.actor("zheng", contract_id=self.a.id),
                "bai": identity.actor("bai", roles=[Role.VENDOR_MANAGER], contract_id=b.id),
            }
            upkeep.save_checklist(self.people["wu"], self.a.id, ITEMS, follows=0, reason="精简")
            self.sheet("zheng", date(2025, 8, 1), extra=False, well=True)
            self.sheet("zheng", date(2025, 9, 1), extra=False, well=False)
            self.on_paper("zheng", 0)

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=WHO, day=st.integers(0, 16))
    def plan(self, who: str, day: int) -> None:
        with self.trying():
            upkeep.plan_year(self.people[who], self.a.id, working_day=day, inspector="郑一鸣")

    @rule(who=WHO, month=MONTH, extra=st.booleans(), well=st.booleans())
    def sheet(self, who: str, month: date, extra: bool, well: bool) -> None:
        """Begun; and, if all goes well, filled in and handed in at once."""
        with self.trying():
            made = make.begun(self.a, self.people[who], month_on=month, extra=extra)
            if well:
                upkeep.save_head(
                    self.people[who],
                    made.id,
                    version=made.version,
                    inspected_on=min(clock.today(), month + timedelta(days=27)),
                    place="机房",
                    inspector="郑一鸣",
                )
                upkeep.submit(self.people[who], make.filled(made, self.people[who]).id)

    @rule(who=WHO, which=WHICH)
    def hand_in(self, who: str, which: int) -> None:
        if found := self.pick(Inspection, which):
            with self.trying():
                upkeep.submit(self.people[who], found.id)

    @rule(who=BUREAU, which=WHICH)
    def send_back(self, who: str, which: int) -> None:
        if found := self.pick(Inspection, which):
            with self.trying():
                upkeep.send_back(self.people[who], found.id, reason="请补充")

    @rule(who=WHO, which=WHICH, moved=st.booleans())
    def replan(self, who: str, which: int, moved: bool) -> None:
        if found := self.pick(Inspection, which):
            with self.trying():
                if moved:
                    day = found.month_on + timedelta(days=which)
                    upkeep.reschedule(
                        self.people[who], found.id, planned_on=day, inspector="吴桐", version=found.version
                    )
                else:
                    upkeep.cancel(self.people[who], found.id, reason="误列")

    @rule(who=WHO, which=WHICH, verdict=VERDICT, stale=st.booleans())
    def check(self, who: str, which: int, verdict: Verdict | None, stale: bool) -> None:
        if item := self.pick(InspectionItem, which):
            with self.trying():
                upkeep.save_item(
                    self.people[who],
                    item.inspection_id,
                    item.id,
                    version=item.version - stale,
                    given=make.GOOD[item.form],
                    verdict=verdict,
                    remark="已看",
                )

    @rule(who=WHO, which=WHICH, linked=st.booleans())
    def find(self, who: str, which: int, linked: bool) -> None:
        if item := self.pick(InspectionItem, which):
            with self.trying():
                sheet = unit().get_one(Inspection, item.inspection_id)
                make.finding(sheet, self.people[who], item_id=item.id if linked else None)

    @rule(who=WHO, which=WHICH, verb=st.sampled_from(["drop", "drop", "ticket", "rectify"]))
    def settle(self, who: str, which: int, verb: str) -> None:
        if found := self.pick(Finding, which):
            by = self.people[who]
            with self.trying():
                if verb == "drop":
                    upkeep.drop_finding(by, found.id)
                elif verb == "ticket":
                    upkeep.open_ticket(by, found.id)
                else:
                    upkeep.rectify(by, found.id, done_on=self.today, note="已处理")

    @rule(who=WHO, which=WHICH)
    def on_paper(self, who: str, which: int) -> None:
        if found := self.pick(Inspection, which):
            with self.trying():
                documents.issue(self.people[who], "inspection", found.id)

    @rule(which=WHICH, settled=st.booleans())
    def both_sign(self, which: int, settled: bool) -> None:
        """What the signing room does to a paper; the job that tells the sheet of it may come later."""
        paper = self.pick(Document, which)
        if paper and paper.state is DocumentState.ISSUED:
            paper.state = DocumentState.SIGNED
            unit().flush()
        if settled:
            with self.trying():
                upkeep.settle_signed(SCHEDULER)

    @invariant()
    def the_log_tells_every_state(self) -> None:
        for sheet in self.all(Inspection):
            log = upkeep.events_of(sheet)
            assert [event.seq for event in log] == list(range(1, sheet.seq + 1))
            state = S.PLANNED
            for event in log:
                if event.kind in TRANSITIONS:
                    sources, target = TRANSITIONS[event.kind]
                    assert state in sources, (state, event.kind)
                    state = target
            assert sheet.state is state
            assert bool(sheet.returned_reason) == (state is S.RETURNED)
            assert (sheet.signed_at is not None) == (state is S.SIGNED)
            back = {event.actor_id for event in log if event.kind is EventKind.RETURNED}
            assert back <= {self.people["lin"].id}

    @invariant()
    def a_month_has_one_regular_sheet(self) -> None:
        slots = Counter(each.slot for each in self.all(Inspection) if each.slot is not None)
        assert all(count == 1 for count in slots.values())
        assert all(each.slot is None for each in self.all(Inspection) if each.state is S.CANCELLED)

    @invariant()
    def what_is_handed_in_is_whole_and_frozen(self) -> None:
        for sheet in self.all(Inspection):
            if sheet.state not in DONE:
                self.frozen.pop(sheet.id, None)
                continue
            assert upkeep.missing_of(sheet) == []
            assert self.frozen.setdefault(sheet.id, self.content(sheet)) == self.content(sheet)

    @invariant()
    def papers_follow_their_sheets(self) -> None:
        for sheet in self.all(Inspection):
            paper = documents.standing("inspection", sheet.id)
            assert paper is None or sheet.state in DONE
            if sheet.state is S.SIGNED:
                assert paper is not None
                assert paper.state is DocumentState.SIGNED

    @invariant()
    def findings_are_told_apart_and_tickets_name_them(self) -> None:
        found = self.all(Finding)
        places = Counter((each.inspection_id, each.position) for each in found)
        assert all(count == 1 for count in places.values())
        made = {each.subject_id: each for each in self.all(tickets.Ticket)}
        assert set(made) == {each.id for each in found if each.ticket_id is not None}
        assert all(each.ticket_id == made[each.id].id for each in found if each.ticket_id is not None)
        cancelled = {each.id for each in self.all(Inspection) if each.state is S.CANCELLED}
        if self.people:
            listed = [row[0] for row in unit().execute(upkeep.findings_matching(self.people["lin"]))]
            assert all(each.ticket_id is not None for each in listed if each.inspection_id in cancelled)

    @invariant()
    def every_line_is_in_the_trail_and_no_stranger_wrote_one(self) -> None:
        if not self.people:
            return
        lines = self.all(UpkeepEvent)
        assert all(each.actor_id != self.people["bai"].id for each in lines)
        audited = sa.select(sa.func.count()).select_from(AuditEntry)
        audited = audited.where(AuditEntry.subject_kind == "upkeep_inspection")
        assert unit().scalar(audited) == sum(each.subject is upkeep.Subject.INSPECTION for each in lines)

    @property
    def today(self) -> date:
        return clock.local_day(self.now)

    def all(self, model: Any) -> list[Any]:
        return list(unit().scalars(sa.select(model).order_by(model.id)))

    def pick(self, model: Any, which: int) -> Any:
        found = self.all(model)
        return found[which % len(found)] if found else None

    def content(self, sheet: Inspection) -> Any:
        """All that a sheet says: what may not move once it was handed in."""
        items = [(each.id, each.values, each.verdict, each.remark, each.version) for each in upkeep.items_of(sheet)]
        found = [(each.id, each.text, each.due_on, each.owner) for each in upkeep.findings_of([sheet.id])]
        return sheet.inspected_on, sheet.place, sheet.inspector, sheet.summary, items, found

    def picture(self) -> Any:
        sheets = [
            (each.id, each.state, each.version, each.seq, each.slot, self.content(each))
            for each in self.all(Inspection)
        ]
        found = [(each.id, each.ticket_id, each.done_on) for each in self.all(Finding)]
        papers = [(each.id, each.state) for each in self.all(Document)]
        return sheets, found, papers, len(self.all(UpkeepEvent)), len(self.all(tickets.Ticket))

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Done, or refused with everything as it was."""
        session = unit()
        session.flush()
        before = self.picture()
        with clock.replaying(self.now):
            try:
                with session.begin_nested():
                    yield
            except REFUSALS:
                session.expire_all()
                assert self.picture() == before


def test_any_history(app: Any, database: Any) -> None:
    if database.make != "sqlite":
        pytest.skip("the rules are the same on every database; the races are tested apart")
    InspectionMachine.app = app
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        InspectionMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
