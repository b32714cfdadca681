"""Planning, moving, calling off: named trainers, terms of the contract, releases, reasons."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
import sqlalchemy as sa
import time_machine

from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import contracts, staffing, training
from server.domain.identity import SCHEDULER, AuditEntry
from server.domain.releases import Release
from server.domain.training import Filters, Ground, Mode, Question, QuestionKind, State, Step, Trainer, WrongState
from tests.factories import identity as people
from tests.factories import releases as ledger
from tests.factories.training import OUTSIDE, at, came, closed, opened, planned, scheduled


@pytest.fixture
def designated(a):
    wu = people.actor("wu", contract_id=a.id)
    return staffing.assign(
        wu,
        contract_id=a.id,
        name="郑一鸣",
        role="运维工程师",
        experience_from=date(2018, 1, 1),
        experience="政务小程序运维",
        valid_from=date(2025, 3, 4),
    )


def test_a_plan_has_a_number_a_named_trainer_and_a_line_of_history(a, zheng, session):
    row = planned(a, zheng)
    assert row.number == "PX-2025-0001"
    assert (row.state, row.trainer_name, row.trainer_organisation) == (State.PLANNED, "顾教授", "临江大学")
    (event,) = training.events_of(row.id)
    assert (event.step, event.by_vendor) == (Step.PLANNED, True)
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "training.planned")).one()
    assert entry.subject_id == str(row.id)
    assert planned(a, zheng).number == "PX-2025-0002"


def test_somebody_of_the_roster_stands_with_role_and_organisation(a, zheng, designated):
    row = planned(a, zheng, trainer=Trainer(maintainer_id=designated.id))
    assert (row.trainer_id, row.trainer_name, row.trainer_title) == (designated.id, "郑一鸣", "运维工程师")
    assert row.trainer_organisation == a.vendor_name


@pytest.mark.parametrize(
    ("trainer", "field"),
    [
        (Trainer(), "trainer_id"),
        (Trainer(name=" "), "trainer_id"),
        (Trainer(name="顾教授"), "trainer_organisation"),
        (Trainer(name="顾教授", organisation="临江大学"), "trainer_title"),
        (Trainer(maintainer_id=uuid.UUID(int=1)), "trainer_id"),
    ],
)
def test_nobody_unnamed_gives_a_training(a, zheng, trainer, field):
    with pytest.raises(Invalid) as refused:
        planned(a, zheng, trainer=trainer)
    assert field in refused.value.fields


def test_who_does_not_serve_on_the_day_gives_none(a, zheng, designated):
    designated.valid_to = date(2025, 9, 25)
    with pytest.raises(Invalid):
        planned(a, zheng, trainer=Trainer(maintainer_id=designated.id))
    designated.valid_to = date(2025, 9, 26)
    row = planned(a, zheng, trainer=Trainer(maintainer_id=designated.id))
    with pytest.raises(Invalid) as refused:
        training.schedule(zheng, row.id, planned_start=at("2025-09-27 14:00"), planned_end=at("2025-09-27 15:00"))
    assert "trainer_id" in refused.value.fields


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"topic": " "}, "topic"),
        ({"topic": "题" * 121}, "topic"),
        ({"content": "机密★十年"}, "content"),
        ({"planned_end": at("14:00")}, "planned_end"),
        ({"planned_end": at("2025-09-27 03:00")}, "planned_end"),
        ({"planned_start": at("2025-03-03 09:00"), "planned_end": at("2025-03-03 10:00")}, "planned_start"),
        ({"ground": Ground.AFTER_RELEASE}, "reason"),
        ({"release_id": uuid.UUID(int=2)}, "release_id"),
        ({"ground": Ground.AFTER_RELEASE, "release_id": uuid.UUID(int=2)}, "release_id"),
        ({"asks": [Question(QuestionKind.TEXT, "问")] * 11}, "questions"),
        ({"asks": [Question(QuestionKind.CHOICE, "选", ("甲",))]}, "question_1"),
        ({"asks": [Question(QuestionKind.CHOICE, "选", ("甲", "甲"))]}, "question_1"),
        ({"asks": [Question(QuestionKind.CHOICE, "选", ("甲", "乙"), right=2)]}, "question_1"),
        ({"asks": [Question(QuestionKind.SCORE, "分", ("甲",))]}, "question_1"),
    ],
)
def test_what_cannot_be_planned(a, zheng, values, field):
    with pytest.raises(Invalid) as refused:
        planned(a, zheng, **values)
    assert field in refused.value.fields
    assert training.last_of(zheng, a.id) is None


def test_an_ended_contract_takes_none(a, zheng, friday):
    a.state = contracts.ContractState.ENDED
    with pytest.raises(Invalid):
        planned(a, zheng)


def test_the_law_of_states(a, zheng):
    row = planned(a, zheng, place="", audience="")
    with pytest.raises(Invalid) as refused:
        training.schedule(zheng, row.id, planned_start=at("14:00"), planned_end=at("16:00"))
    assert "place" in refused.value.fields
    training.schedule(
        zheng, row.id, planned_start=at("14:00"), planned_end=at("16:00"), place="会议室", audience="登记科"
    )
    with pytest.raises(Invalid) as refused:
        training.schedule(zheng, row.id, planned_start=at("15:00"), planned_end=at("16:00"))
    assert "reason" in refused.value.fields
    training.postpone(zheng, row.id, reason="会议冲突")
    assert (row.state, row.state_reason) == (State.POSTPONED, "会议冲突")
    with pytest.raises(WrongState):
        training.open_check_in(zheng, row.id)
    training.schedule(zheng, row.id, planned_start=at("15:00"), planned_end=at("16:00"))
    training.cancel(zheng, row.id, reason="改为线上资料")
    for step in (training.open_check_in, training.close):
        with pytest.raises(WrongState):
            step(zheng, row.id)
    with pytest.raises(Conflict):
        training.postpone(zheng, row.id, reason="又推迟")
    assert [event.step for event in reversed(training.events_of(row.id))] == [
        Step.PLANNED,
        Step.SCHEDULED,
        Step.POSTPONED,
        Step.SCHEDULED,
        Step.CANCELLED,
    ]


def test_who_came_is_not_called_off(a, zheng):
    row = opened(a, zheng)
    came(row, zheng)
    with pytest.raises(training.SomebodyCame):
        training.cancel(zheng, row.id, reason="取消")
    assert row.state is State.OPEN


def test_what_is_edited_is_told_once(a, zheng):
    row = scheduled(a, zheng)
    same = {"topic": row.topic, "content": row.content, "audience": row.audience, "place": row.place, "mode": row.mode}
    training.edit(zheng, row.id, **same)
    assert len(training.events_of(row.id)) == 2
    training.edit(zheng, row.id, **(same | {"mode": Mode.REMOTE, "place": "腾讯会议"}), trainer=OUTSIDE)
    assert (row.mode, row.place, len(training.events_of(row.id))) == (Mode.REMOTE, "腾讯会议", 3)


def test_overdue_is_what_has_passed_unheld(a, zheng, friday):
    late, ahead = planned(a, zheng), planned(a, zheng, planned_start=at("17:00"), planned_end=at("18:00"))
    friday.move_to(at("16:01"))
    assert late.overdue_at(at("16:01"))
    assert training.overdue_count(zheng) == 1
    assert [row.id for row in _all(zheng, Filters(overdue=True))] == [late.id]
    assert [row.id for row in _all(zheng, Filters())] == [ahead.id, late.id]
    training.postpone(zheng, late.id, reason="改期")
    assert training.overdue_count(zheng) == 0


def test_a_release_without_training_is_owed(a, zheng, friday, session):
    friday.move_to(at("10:00"))
    release = _live(a, session)
    assert [row.version for row in training.untrained_releases(zheng)] == [release.version]
    row = planned(a, zheng, ground=Ground.AFTER_RELEASE, release_id=release.id)
    assert (row.free, training.release_of(row)) == (True, release)
    assert training.untrained_releases(zheng) == []
    training.cancel(zheng, row.id, reason="人员冲突")
    assert [each.id for each in training.untrained_releases(zheng, a.id)] == [release.id]
    assert [each.id for each in training.live_releases(zheng, [a.id])] == [release.id]
    release.live_at = None
    with pytest.raises(Invalid):
        planned(a, zheng, ground=Ground.AFTER_RELEASE, release_id=release.id)
    assert training.untrained_releases(zheng) == []


def test_another_contracts_people_find_nothing(a, zheng, bai, friday, session):
    friday.move_to(at("10:00"))
    release, row = _live(a, session), scheduled(a, zheng)
    friday.move_to(at("17:00"))
    done = closed(a, zheng)
    verbs = [
        lambda: training.find(bai, row.id),
        lambda: training.cancel(bai, row.id, reason="x"),
        lambda: training.open_check_in(bai, row.id),
        lambda: planned(a, bai),
        lambda: training.keep_as_template(bai, done.id, name="x"),
        lambda: came(row, bai),
        lambda: training.strike(bai, training.attendance_of(done.id)[0].id, reason="x"),
        lambda: training.strike(bai, uuid.UUID(int=7), reason="x"),
    ]
    for verb in verbs:
        with pytest.raises(NotFound):
            verb()
    assert _all(bai, Filters()) == []
    assert (training.overdue_count(bai), training.untrained_releases(bai), training.templates(bai)) == (0, [], [])
    with pytest.raises(Invalid):
        planned(contracts.find(SCHEDULER, _own(bai)), bai, ground=Ground.AFTER_RELEASE, release_id=release.id)


def test_the_auditor_reads_and_writes_nothing(a, zheng):
    row = planned(a, zheng)
    shen = people.actor("shen")
    assert training.find(shen, row.id) is row
    with pytest.raises(Forbidden):
        training.cancel(shen, row.id, reason="x")


def test_a_template_begins_the_next_one(a, zheng, bai):
    kept = training.keep_as_template(zheng, planned(a, zheng).id, name="年报培训")
    assert (kept.minutes, kept.topic, len(kept.questions)) == (120, "年报填报功能培训", 3)
    assert [row.id for row in training.templates(zheng)] == [kept.id]
    with pytest.raises(NotFound):
        training.find_template(bai, kept.id)
    training.retire_template(zheng, kept.id)
    assert training.templates(zheng) == []
    with pytest.raises(training.TemplateRetired):
        training.retire_template(zheng, kept.id)


def _live(contract, session) -> Release:
    made = ledger.pipeline(contract)
    release = ledger.walked(made, "1.4.2", ledger.State.REGISTERED)
    release.live_at = at("09:00")
    session.flush()
    return release


def _all(actor, filters):
    return list(people.session().scalars(training.matching(actor, filters)))


def _own(actor) -> uuid.UUID:
    (contract_id,) = actor.contracts_for(people.identity.Permission.RECORD_LOG)
    return contract_id


def test_a_plan_of_yesterday_is_entered_afterwards(a, zheng):
    with time_machine.travel(at("2025-09-28 09:00"), tick=False):
        assert planned(a, zheng).overdue_at(at("2025-09-28 09:00"))
