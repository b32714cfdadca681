"""Shifts planned, changed, cancelled and handed over; who is on call at a moment; gaps put down as warnings (A19)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa

from server.core import clock
from server.core.db import session as running
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import contracts, duty
from server.domain.duty import GapWarning, Pattern, Someone
from server.domain.identity import SCHEDULER, AuditEntry
from tests.duty.conftest import at, day

TEAM = [Someone(name="郑一鸣", phone="13800001111"), Someone(name="钱进", phone="0571-88886666")]


def rotate(house, first, last, **values):
    usual = {"people": TEAM, "pattern": Pattern.DAILY, "change_at": time(8)}
    return duty.plan_rotation(house.wu, contract_id=house.a.id, first=day(first), last=day(last), **(usual | values))


def gaps(house, first, last):
    found = duty.gaps(house.a.id, day(first), day(last))
    return [(clock.to_local(each.starts_at).isoformat(" ")[:16], each.length) for each in found]


def test_on_call_at_a_moment_the_end_is_the_next_one_s(house, plan):
    first = plan("2026-11-02 08:00", "2026-11-02 20:00", name="郑一鸣")
    backup = plan("2026-11-02 00:00", "2026-11-03 00:00", name="备班", backup=True)
    second = plan("2026-11-02 20:00", "2026-11-03 08:00", name="钱进")
    for moment, expected in [
        ("2026-11-02 07:59:59", [backup]),
        ("2026-11-02 08:00", [first, backup]),
        ("2026-11-02 19:59:59", [first, backup]),
        ("2026-11-02 20:00", [second, backup]),
        ("2026-11-03 00:00", [second]),
        ("2026-11-03 08:00", []),
    ]:
        assert [each.name for each in duty.on_call(house.a.id, at(moment))] == [each.name for each in expected], moment
    assert duty.on_call(house.b.id, at("2026-11-02 08:00")) == []


def test_a_backup_closes_no_gap_and_a_cancelled_shift_neither(house, plan):
    plan("2026-11-02 00:00", "2026-11-02 12:00")
    plan("2026-11-02 00:00", "2026-11-03 00:00", backup=True)
    gone = plan("2026-11-02 12:00", "2026-11-03 00:00")
    assert gaps(house, "2026-11-02", "2026-11-02") == []
    duty.cancel_shift(house.wu, gone.id, reason="请假")
    assert gaps(house, "2026-11-02", "2026-11-02") == [("2026-11-02 12:00", timedelta(hours=12))]
    with pytest.raises(duty.ShiftOver):
        duty.cancel_shift(house.wu, gone.id, reason="再来")
    with pytest.raises(duty.ShiftOver):
        duty.change_shift(
            house.wu, gone.id, name="郑一鸣", starts_at=at("2026-11-02 12:00"), ends_at=at("2026-11-02 13:00")
        )


def test_gaps_are_those_of_the_term_only(house):
    assert gaps(house, "2025-03-01", "2025-03-04") == [("2025-03-04 00:00", timedelta(days=1))]
    assert gaps(house, "2027-03-31", "2027-04-05") == [("2027-03-31 00:00", timedelta(days=1))]
    assert gaps(house, "2027-04-01", "2027-04-05") == []
    draft = house.a.id
    assert [each.owed for each in duty.gaps(draft, day("2026-11-02"), day("2026-11-02"))] == [True]


def test_holidays_and_weekends_are_days_like_others(house):
    rotate(house, "2026-09-30", "2026-10-11")
    assert gaps(house, "2026-09-30", "2026-10-11") == []
    assert gaps(house, "2026-10-11", "2026-10-12") == [("2026-10-12 00:00", timedelta(days=1))]


def test_a_rotation_fills_only_what_is_free_and_again_plans_nothing(house, plan):
    plan("2026-11-02 10:00", "2026-11-02 14:00", name="孙敏")
    made = rotate(house, "2026-11-02", "2026-11-03")
    assert gaps(house, "2026-11-02", "2026-11-03") == []
    assert duty.doubles(house.a.id, day("2026-11-02"), day("2026-11-03")) == []
    assert len(made) == 4
    assert rotate(house, "2026-11-02", "2026-11-03") == []
    assert len(rotate(house, "2026-11-02", "2026-11-03", fill_only=False)) == 3
    assert duty.doubles(house.a.id, day("2026-11-02"), day("2026-11-03"))
    backups = rotate(house, "2026-11-02", "2026-11-03", backup=True)
    assert len(backups) == 3
    assert all(each.backup for each in backups)


def test_a_preview_is_what_is_planned(house):
    asked = {
        "contract_id": house.a.id,
        "people": TEAM,
        "pattern": Pattern.DAY_NIGHT,
        "first": day("2026-12-31"),
        "last": day("2027-01-01"),
        "change_at": time(8),
        "night_at": time(20),
    }
    drafts = [(each.name, each.span) for each in duty.preview_rotation(house.wu, **asked)]
    made = duty.plan_rotation(house.wu, **asked)
    assert drafts == [(each.name, duty.Span(each.starts_at, each.ends_at)) for each in made]
    assert len({each.batch_id for each in made}) == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("people", {"people": []}),
        ("people", {"people": [Someone(name=f"人{n}") for n in range(21)]}),
        ("last", {"last": day("2026-11-01")}),
        ("last", {"last": day("2028-11-01")}),
        ("night_at", {"pattern": Pattern.DAY_NIGHT}),
        ("night_at", {"pattern": Pattern.DAY_NIGHT, "night_at": time(8)}),
    ],
)
def test_what_cannot_be_planned(house, field, wrong):
    asked = {"contract_id": house.a.id, "first": day("2026-11-02"), "last": day("2026-11-03"), "people": TEAM}
    with pytest.raises(Invalid) as refused:
        duty.plan_rotation(house.wu, **(asked | {"pattern": Pattern.DAILY, "change_at": time(8)} | wrong))
    assert list(refused.value.fields) == [field]


def test_a_shift_has_an_end_after_its_beginning_and_within_a_month(house, plan):
    for since, until in [
        ("2026-11-02 08:00", "2026-11-02 08:00"),
        ("2026-11-02 08:00", "2026-11-01 08:00"),
        ("2026-11-02 08:00", "2026-12-03 08:01"),
    ]:
        with pytest.raises(Invalid) as refused:
            plan(since, until)
        assert "ends_at" in refused.value.fields
    with pytest.raises(Invalid):
        plan("2026-11-02 08:00", "2026-11-02 20:00", name=" ")
    with pytest.raises(Invalid):
        plan("2026-11-02 08:00", "2026-11-02 20:00", phone="打总机转")


def test_the_number_of_who_is_on_duty_is_sealed_and_kept_for_the_next_time(house, plan):
    first = plan("2026-11-02 08:00", "2026-11-02 20:00", phone="138 0000 1111")
    assert "13800001111" not in (first.phone_sealed or "")
    assert (first.phone_masked, duty.number_of(first)) == ("138****1111", "13800001111")
    again = plan("2026-11-03 08:00", "2026-11-03 20:00")
    assert duty.number_of(again) == "13800001111"
    other = plan("2026-11-04 08:00", "2026-11-04 20:00", name="钱进")
    assert (other.phone_sealed, duty.number_of(other)) == (None, "")
    moved = duty.change_shift(house.wu, again.id, name="钱进", starts_at=again.starts_at, ends_at=again.ends_at)
    assert duty.number_of(moved) == ""


def test_a_hand_over_is_read_by_somebody_else(house, plan):
    shift = plan("2026-11-02 08:00", "2026-11-02 20:00")
    with pytest.raises(Conflict):
        duty.take_over(house.wu, shift.id)
    duty.hand_over(house.zheng, shift.id, text="两通未接，已回拨一通")
    with pytest.raises(Conflict):
        duty.take_over(house.zheng, shift.id)
    duty.take_over(house.wu, shift.id)
    assert (shift.taken_over_by_name, shift.taken_over_at is not None) == (house.wu.name, True)
    with pytest.raises(Conflict):
        duty.take_over(house.wu, shift.id)
    duty.hand_over(house.zheng, shift.id, text="更正：均已回拨")
    assert shift.taken_over_at is None


def test_the_vendor_s_manager_plans_and_nobody_else(house):
    for nobody in (house.lin, house.zheng):
        with pytest.raises(Forbidden):
            duty.plan_shift(
                nobody,
                contract_id=house.a.id,
                name="我",
                starts_at=at("2026-11-02 08:00"),
                ends_at=at("2026-11-02 20:00"),
            )


def test_a_stranger_s_contract_is_not_there(house, plan):
    shift = plan("2026-11-02 08:00", "2026-11-02 20:00")
    asked = {"name": "x", "starts_at": shift.starts_at, "ends_at": shift.ends_at}
    for ask in (
        lambda: duty.find_shift(house.stranger, shift.id),
        lambda: duty.cancel_shift(house.stranger, shift.id, reason="x"),
        lambda: duty.change_shift(house.stranger, shift.id, **asked),
        lambda: duty.hand_over(house.stranger, shift.id, text="x"),
        lambda: duty.take_over(house.stranger, shift.id),
        lambda: duty.plan_shift(house.stranger, contract_id=house.a.id, **asked),
        lambda: duty.set_line(house.stranger, contract_id=house.a.id, hotline="", owed=False),
        lambda: duty.preview_rotation(
            house.stranger,
            contract_id=house.a.id,
            people=TEAM,
            pattern=Pattern.DAILY,
            first=day("2026-11-02"),
            last=day("2026-11-02"),
            change_at=time(8),
        ),
    ):
        with pytest.raises(NotFound):
            ask()
    assert duty.shifts_between(house.stranger, shift.starts_at, shift.ends_at) == []
    assert duty.shifts_between(house.stranger, shift.starts_at, shift.ends_at, contract_id=house.a.id) == []
    assert duty.shifts_between(house.lin, shift.starts_at, shift.ends_at) == [shift]


def watch(moment):
    with clock.replaying(at(moment)):
        return duty.watch(SCHEDULER)


def open_warnings(house, moment):
    with clock.replaying(at(moment)):
        return [clock.to_local(each.starts_at).isoformat(" ")[:16] for each in duty.warnings_open(house.zhou)]


def test_a19_a_gap_is_told_once_and_closed_when_it_is_filled(house, plan):
    rotate(house, "2026-11-02", "2026-11-20")
    assert watch("2026-11-02 03:00") == []
    shift = next(
        each
        for each in duty.shifts_between(house.wu, at("2026-11-05 09:00"), at("2026-11-05 10:00"))
        if not each.backup
    )
    duty.cancel_shift(house.wu, shift.id, reason="病假")
    found = watch("2026-11-02 03:10")
    assert [(clock.to_local(each.starts_at).hour, each.length) for each in found] == [(8, timedelta(days=1))]
    assert watch("2026-11-02 03:20") == []
    assert open_warnings(house, "2026-11-02 04:00") == ["2026-11-05 08:00"]
    plan("2026-11-05 12:00", "2026-11-05 18:00", name="孙敏")
    assert [clock.to_local(each.starts_at).hour for each in watch("2026-11-02 03:30")] == [18]
    assert open_warnings(house, "2026-11-02 04:00") == ["2026-11-05 08:00", "2026-11-05 18:00"]
    rotate(house, "2026-11-05", "2026-11-06")
    assert watch("2026-11-02 03:40") == []
    assert open_warnings(house, "2026-11-02 04:00") == []
    told = running().scalars(sa.select(AuditEntry.summary).where(AuditEntry.action == "duty.gap_found")).all()
    assert len(told) == 2


def test_a_gap_that_runs_on_keeps_its_warning_and_one_that_passed_stays_as_evidence(house, plan):
    rotate(house, "2026-11-03", "2026-11-25")
    assert len(watch("2026-11-02 03:00")) == 1
    assert watch("2026-11-02 23:50") == []
    assert watch("2026-11-03 00:10") == []
    kept = running().scalars(sa.select(GapWarning)).one()
    assert (kept.closed_at, kept.ends_at) == (None, at("2026-11-03 00:00"))
    assert open_warnings(house, "2026-11-03 00:10") == []


def test_the_watch_looks_two_weeks_ahead_and_not_beyond_the_term(house):
    found = watch("2026-11-02 03:00")
    assert [(clock.local_day(each.starts_at), each.length.days) for each in found] == [(date(2026, 11, 2), 15)]
    with clock.replaying(at("2027-03-25 03:00")):
        running().execute(sa.delete(GapWarning))
        assert [each.ends_at for each in duty.watch(SCHEDULER)] == [at("2027-04-01 00:00")]


def test_who_owes_no_duty_is_not_watched_and_what_was_told_falls(house):
    assert not duty.owed(house.b.id)
    assert [each.contract_id for each in watch("2026-11-02 03:00")] == [house.a.id]
    duty.set_line(house.wu, contract_id=house.a.id, hotline="0571-12345", owed=False)
    assert watch("2026-11-02 03:10") == []
    assert open_warnings(house, "2026-11-02 03:10") == []
    duty.set_line(house.wu, contract_id=house.a.id, hotline="0571-12345", owed=True)
    assert len(watch("2026-11-02 03:20")) == 1


def test_the_contract_ends_and_so_do_its_turns_and_warnings(house, plan):
    with clock.replaying(at("2026-11-02 03:00")):
        running_on = plan("2026-11-01 20:00", "2026-11-05 08:00")
        later = plan("2026-11-06 08:00", "2026-11-06 20:00")
        duty.watch(SCHEDULER)
        assert duty.warnings_open(house.zhou)
        contracts.end(SCHEDULER, house.a, ended_on=day("2026-11-02"), reason="协商终止", agreed_by_both=True)
        assert duty.warnings_open(house.zhou) == []
    assert running_on.ends_at == at("2026-11-03 00:00")
    assert later.cancelled_at is not None
