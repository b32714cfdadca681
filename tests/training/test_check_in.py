"""Check-in, hours, closing, the questionnaire, and what is forgotten of whom."""

from __future__ import annotations

from decimal import Decimal

import pytest

from server.core.errors import Conflict, Invalid, NotFound
from server.domain import documents, training
from server.domain.identity import SCHEDULER, ConsentRequired
from server.domain.training import (
    AnsweredBefore,
    CheckInClosed,
    CodeExpired,
    CodeWrong,
    FeedbackClosed,
    State,
    Way,
    WrongState,
)
from tests.factories import citizens
from tests.factories import identity as people
from tests.factories.training import ASKS, at, came, closed, code_of, held, opened, planned, scheduled

WHO = {"name": "王建国", "unit": "城东市场监管所"}


@pytest.fixture
def wang(friday):
    return citizens.actor("wang")


@pytest.mark.parametrize("typed", [False, True])
def test_a_citizen_checks_in_once(a, zheng, wang, typed):
    row = opened(a, zheng)
    first = training.check_in(wang, code=code_of(row, typed=typed), phone="13812348000", **WHO)
    assert (first.training.id, first.repeated) == (row.id, False)
    assert first.attendance.phone_masked == "138****8000"
    assert first.attendance.way is (Way.TYPED if typed else Way.SCANNED)
    again = training.check_in(wang, code=code_of(row), name="别人", unit="别处")
    assert (again.repeated, again.attendance.id, again.attendance.name) == (True, first.attendance.id, "王建国")
    assert training.counts_of([row.id]) == {row.id: 1}


def test_an_old_code_is_refused(a, zheng, wang, friday):
    row = opened(a, zheng)
    seen, digits = code_of(row), code_of(row, typed=True)
    friday.shift(59)
    assert training.check_in(wang, code=seen, **WHO).repeated is False
    friday.shift(2)
    with pytest.raises(CodeExpired):
        training.check_in(citizens.actor("zhao"), code=seen, **WHO)
    with pytest.raises(CodeWrong):
        training.check_in(citizens.actor("zhao"), code=digits, **WHO)


def test_outside_the_open_window_nobody_checks_in(a, zheng, wang, friday):
    row = scheduled(a, zheng)
    with pytest.raises(CheckInClosed):
        training.check_in(wang, code=code_of(row), **WHO)
    with pytest.raises(CodeWrong):
        training.check_in(wang, code=code_of(row, typed=True), **WHO)
    friday.move_to(at("11:59"))
    with pytest.raises(Invalid):
        training.open_check_in(zheng, row.id)
    friday.move_to(at("12:00"))
    training.open_check_in(zheng, row.id)
    friday.move_to(at("16:30"))
    assert training.check_in(wang, code=code_of(row), **WHO).attendance.late
    friday.move_to(at("16:31"))
    with pytest.raises(CheckInClosed):
        training.check_in(citizens.actor("zhao"), code=code_of(row), **WHO)
    training.hold(zheng, row.id, actual_start=at("14:00"), actual_end=at("16:00"))
    with pytest.raises(CheckInClosed):
        training.check_in(citizens.actor("zhao"), code=code_of(row), **WHO)


def test_it_is_not_opened_after_its_end(a, zheng, friday):
    row = scheduled(a, zheng)
    friday.move_to(at("16:01"))
    with pytest.raises(Invalid, match="改期"):
        training.open_check_in(zheng, row.id)


@pytest.mark.parametrize(("time", "late"), [("13:31", False), ("14:10", False), ("14:11", True)])
def test_who_comes_late_is_marked(a, zheng, wang, friday, time, late):
    row = opened(a, zheng)
    friday.move_to(at(time))
    assert training.check_in(wang, code=code_of(row), **WHO).attendance.late is late


def test_consent_comes_first(a, zheng, friday):
    row = opened(a, zheng)
    li = citizens.actor(citizens.citizen("li", consented=False))
    with pytest.raises(ConsentRequired):
        training.check_in(li, code=code_of(row), **WHO)
    notice = citizens.privacy_notice()
    citizens.identity.give_consent(li, version=notice.version, scopes=["account"])
    with pytest.raises(ConsentRequired):
        training.check_in(li, code=code_of(row), phone="13812348000", **WHO)
    assert training.check_in(li, code=code_of(row), **WHO).attendance.phone_masked == ""


@pytest.mark.parametrize("values", [{"name": " "}, {"unit": ""}, {"phone": "12"}, {"name": "名" * 65}])
def test_what_is_no_person(a, zheng, wang, values):
    row = opened(a, zheng)
    with pytest.raises(Invalid):
        training.check_in(wang, code=code_of(row), **(WHO | values))
    assert training.attendance_of(row.id) == []


def test_two_trainings_at_once_are_told_apart(a, zheng, wang):
    one, two = opened(a, zheng), opened(a, zheng)
    assert training.check_in(wang, code=code_of(two, typed=True), **WHO).training.id == two.id
    assert training.check_in(wang, code=code_of(one, typed=True), **WHO).training.id == one.id


def test_hands_enter_who_has_no_phone(a, zheng):
    row = scheduled(a, zheng)
    with pytest.raises(WrongState):
        came(row, zheng)
    training.open_check_in(zheng, row.id)
    person = came(row, zheng, phone="13900001111", late=True, note="未带手机")
    assert (person.way, person.late, person.entered_by_name) == (Way.BY_HAND, True, "郑一鸣")
    with pytest.raises(training.AlreadyEntered):
        came(row, zheng)
    came(row, zheng, unit="城西所")
    training.strike(zheng, person.id, reason="重复")
    assert [each.unit for each in training.attendance_of(row.id)] == ["城西所"]
    assert "王秀兰" not in "".join(event.text for event in training.events_of(row.id))


def test_a_training_has_an_end_of_people(a, zheng, monkeypatch):
    monkeypatch.setattr("server.domain.training.checking_in.MOST_PEOPLE", 1)
    row = opened(a, zheng)
    came(row, zheng)
    with pytest.raises(training.TrainingFull):
        came(row, zheng, name="李四")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("14:00", "16:00", "2.0"),
        ("14:00", "14:10", "0.5"),
        ("14:00", "14:44", "0.5"),
        ("14:00", "14:45", "1.0"),
        ("14:00", "15:14", "1.0"),
        ("14:05", "16:20", "2.5"),
    ],
)
def test_hours_are_the_nearest_half(start, end, hours):
    assert training.hours_between(at(start), at(end)) == Decimal(hours)


def test_held_from_when_to_when(a, zheng, friday):
    row = scheduled(a, zheng)
    friday.move_to(at("16:30"))
    for start, end, field in (
        ("14:00", "14:00", "actual_end"),
        ("14:00", "16:31", "actual_end"),
        ("2025-09-25 14:00", "2025-09-25 15:00", "actual_start"),
    ):
        with pytest.raises(Invalid) as refused:
            training.hold(zheng, row.id, actual_start=at(start), actual_end=at(end))
        assert field in refused.value.fields
    training.hold(zheng, row.id, actual_start=at("14:05"), actual_end=at("16:20"), outcome="良好")
    assert (row.state, row.hours) == (State.HELD, Decimal("2.5"))
    for hours in ("2.3", "0", "24.5", "NaN"):
        with pytest.raises(Invalid):
            training.set_hours(zheng, row.id, hours=Decimal(hours), reason="休息")
    with pytest.raises(Invalid):
        training.set_hours(zheng, row.id, hours=Decimal(2), reason=" ")
    training.set_hours(zheng, row.id, hours=Decimal(2), reason="中间休息")
    assert (row.hours, row.hours_reason) == (Decimal("2.0"), "中间休息")


def test_nothing_moves_once_it_is_closed(a, zheng, friday):
    friday.move_to(at("17:00"))
    empty = held(a, zheng, people_count=0)
    with pytest.raises(Invalid, match="签到人员"):
        training.close(zheng, empty.id)
    wordless = held(a, zheng, content="")
    with pytest.raises(Invalid) as refused:
        training.close(zheng, wordless.id)
    assert "content" in refused.value.fields
    row = closed(a, zheng)
    for verb in (
        lambda: came(row, zheng, name="迟来"),
        lambda: training.set_hours(zheng, row.id, hours=Decimal(1), reason="x"),
        lambda: training.cancel(zheng, row.id, reason="x"),
        lambda: training.strike(zheng, training.attendance_of(row.id)[0].id, reason="x"),
    ):
        with pytest.raises(Conflict):
            verb()


def test_the_questionnaire_is_answered_once_and_summed(a, zheng, wang, friday):
    row = opened(a, zheng)
    with pytest.raises(NotFound):
        training.answer(wang, row.id, answers=[5, 0, "好"])
    training.check_in(wang, code=code_of(row), **WHO)
    seat = training.seat_of(wang, row.id)
    assert (seat.answerable, len(seat.questions)) == (True, 3)
    for answers, field in (
        ([5], "answers"),
        ([6, 0, ""], "answers.0"),
        ([5, 2, ""], "answers.1"),
        ([5, 0, 7], "answers.2"),
        ([True, 0, ""], "answers.0"),
        ([None, None, " "], "answers"),
    ):
        with pytest.raises(Invalid) as refused:
            training.answer(wang, row.id, answers=answers)
        assert field in refused.value.fields
    assert training.answer(wang, row.id, answers=[5, 0, "多演示"]).answered
    with pytest.raises(AnsweredBefore):
        training.answer(wang, row.id, answers=[5, 0, "多演示"])
    zhao = citizens.actor("zhao")
    training.check_in(zhao, code=code_of(row), **(WHO | {"name": "赵敏"}))
    training.answer(zhao, row.id, answers=[4, 1, None])
    score, choice, text = training.results_of(row)
    assert (score.average, score.count, score.counts[0]) == (Decimal("4.5"), 2, ("5 分", 1))
    assert (choice.right_percent, choice.counts) == (50, (("6 月 30 日", 1), ("12 月 31 日", 1)))
    assert text.texts == ("多演示",)
    training.strike(zheng, training.seat_of(zhao, row.id).attendance.id, reason="误签")
    assert training.results_of(row)[0].count == 1


def test_feedback_ends_with_the_closing(a, zheng, wang, friday):
    row, silent = opened(a, zheng), opened(a, zheng, asks=())
    for each in (row, silent):
        training.check_in(wang, code=code_of(each), **WHO)
    with pytest.raises(FeedbackClosed):
        training.answer(wang, silent.id, answers=[])
    friday.move_to(at("16:30"))
    training.hold(zheng, row.id, actual_start=at("14:00"), actual_end=at("16:00"))
    training.close(zheng, row.id)
    with pytest.raises(FeedbackClosed):
        training.answer(wang, row.id, answers=[5, 0, "好"])


def test_questions_are_set_before_anybody_answers(a, zheng):
    row = planned(a, zheng, asks=())
    training.ask(zheng, row.id, asks=ASKS)
    assert training.asked(row.questions) == list(ASKS)
    with pytest.raises(WrongState):
        training.ask(zheng, opened(a, zheng).id, asks=())


def test_a_citizens_copy_and_oblivion(a, zheng, wang, friday):
    row = opened(a, zheng)
    person = training.check_in(wang, code=code_of(row), phone="13812348000", **WHO).attendance
    training.answer(wang, row.id, answers=[5, 0, "好"])
    (mine,) = training.copy_of(wang.id)
    assert (mine["topic"], mine["name"], mine["answers"]) == (row.topic, "王建国", [5, 0, "好"])
    assert training.copy_of(citizens.actor("zhao").id) == []
    assert training.forget_citizen(wang.id) == 1
    assert training.forget_citizen(wang.id) == 0
    people.session().refresh(person)
    assert (person.citizen_id, person.phone_masked, person.name) == (None, "", "王建国")
    assert training.names_to_erase()
    assert training.erase_names(SCHEDULER) == 0
    friday.move_to(at("17:00"))
    training.hold(zheng, row.id, actual_start=at("14:00"), actual_end=at("16:00"))
    paper = documents.issue(zheng, training.SHEET, row.id)
    assert training.erase_names(SCHEDULER) == 1
    assert (person.name, person.unit) == ("已注销人员", "")
    assert "王建国" in str(paper.content)
    assert not training.names_to_erase()


def test_without_a_paper_a_name_waits_fifteen_days(a, zheng, wang, friday):
    row = opened(a, zheng)
    training.check_in(wang, code=code_of(row), **WHO)
    training.forget_citizen(wang.id)
    friday.move_to(at("2025-10-11 13:29"))
    assert training.erase_names(SCHEDULER) == 0
    friday.move_to(at("2025-10-11 13:30"))
    assert training.erase_names(SCHEDULER) == 1


def test_masks_of_phones_expire(a, zheng, friday):
    friday.move_to(at("17:00"))
    row = held(a, zheng)
    came(row, zheng, phone="13900001111")
    training.close(zheng, row.id)
    friday.move_to(at("2026-03-25 17:00"))
    assert training.forget_phones(SCHEDULER, days=180) == 0
    friday.move_to(at("2026-03-26 17:00"))
    assert training.forget_phones(SCHEDULER, days=180) == 1
    people.session().expire_all()
    assert [each.phone_masked for each in training.attendance_of(row.id)] == ["", ""]
