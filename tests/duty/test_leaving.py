"""Who leaves is on duty no longer, and the gap is told in time (A19, A39)."""

from __future__ import annotations

from datetime import date

import pytest

from server.core import clock
from server.domain import duty, staffing
from server.domain.identity import SCHEDULER
from tests.duty.conftest import at, day
from tests.factories import identity as people

NOW = "2026-11-02 10:00"


@pytest.fixture(autouse=True)
def _now():
    with clock.replaying(at(NOW)):
        yield


def designated(house, **values):
    usual = {"name": "郑一鸣", "role": "运维工程师", "experience_from": date(2015, 1, 1), "experience": "运维"}
    return staffing.assign(house.wu, contract_id=house.a.id, valid_from=date(2026, 1, 5), **(usual | values))


def standing(house, since="2026-11-01", until="2026-12-31"):
    return [
        (
            each.name,
            clock.to_local(each.starts_at).isoformat(" ")[:16],
            clock.to_local(each.ends_at).isoformat(" ")[:16],
        )
        for each in duty.shifts_between(house.wu, at(f"{since} 00:00"), at(f"{until} 00:00"))
    ]


def test_a_last_day_ahead_ends_the_turns_behind_it_and_the_gap_is_told_today(house, plan):
    person = designated(house, officer_id=house.zheng.id)
    plan("2026-11-02 08:00", "2026-11-09 08:00", officer_id=house.zheng.id)
    plan("2026-11-09 08:00", "2026-11-16 08:00", officer_id=house.zheng.id)
    plan("2026-11-16 08:00", "2026-11-17 08:00", officer_id=house.zheng.id, name="阿郑")
    plan("2026-11-17 08:00", "2026-11-24 08:00", name="钱进")
    duty.watch(SCHEDULER)
    staffing.off_board(house.wu, person.id, on=day("2026-11-11"), reason="离职")
    assert standing(house) == [
        ("郑一鸣", "2026-11-02 08:00", "2026-11-09 08:00"),
        ("郑一鸣", "2026-11-09 08:00", "2026-11-12 00:00"),
        ("钱进", "2026-11-17 08:00", "2026-11-24 08:00"),
    ]
    told = [clock.to_local(each.starts_at).isoformat(" ")[:16] for each in duty.watch(SCHEDULER)]
    assert told == ["2026-11-12 00:00"]


def test_who_leaves_today_is_off_duty_now(house, plan):
    person = designated(house, officer_id=house.zheng.id)
    plan("2026-11-02 08:00", "2026-11-03 08:00", officer_id=house.zheng.id)
    plan("2026-11-01 08:00", "2026-11-02 08:00", officer_id=house.zheng.id)
    staffing.off_board(house.zhou, person.id, on=day("2026-11-02"))
    assert duty.on_call(house.a.id) == []
    assert standing(house) == [
        ("郑一鸣", "2026-11-01 08:00", "2026-11-02 08:00"),
        ("郑一鸣", "2026-11-02 08:00", "2026-11-02 10:00"),
    ]


def test_a_replacement_takes_the_predecessor_off_the_roster(house, plan):
    person = designated(house)
    plan("2026-11-02 08:00", "2026-11-04 08:00")
    notice = staffing.notify_replacement(
        house.wu,
        maintainer_id=person.id,
        reason=staffing.Reason.RESIGNED,
        received_on=day("2026-11-02"),
        effective_on=day("2026-11-03"),
    )
    assert len(standing(house)) == 1
    assert duty.on_call(house.a.id, at("2026-11-03 09:00"))
    with clock.replaying(at("2026-11-03 00:05")):
        staffing.keep_days(SCHEDULER)
        assert duty.on_call(house.a.id) == []
    assert notice.breaches == ["short_notice", "no_substitute"]


def test_a_namesake_on_the_roster_keeps_the_turns_that_have_only_a_name(house, plan):
    first, second = designated(house), designated(house, role="值班员")
    kept = plan("2026-11-04 08:00", "2026-11-05 08:00")
    staffing.off_board(house.wu, first.id, on=day("2026-11-02"))
    assert kept.cancelled_at is None
    staffing.off_board(house.wu, second.id, on=day("2026-11-02"))
    assert kept.cancelled_at is not None


def test_another_contract_s_turns_of_the_same_person_stay(house, plan):
    person = designated(house, officer_id=house.zheng.id)
    other = duty.plan_shift(
        house.stranger,
        contract_id=house.b.id,
        name="郑一鸣",
        officer_id=house.zheng.id,
        starts_at=at("2026-11-04 08:00"),
        ends_at=at("2026-11-05 08:00"),
    )
    staffing.off_board(house.wu, person.id, on=day("2026-11-02"))
    assert other.cancelled_at is None


def test_who_goes_on_in_another_designation_stays_on_the_roster(house, plan):
    first = designated(house, officer_id=house.zheng.id)
    shift = plan("2026-11-04 08:00", "2026-11-05 08:00", officer_id=house.zheng.id)
    with clock.replaying(at("2026-10-01 10:00")):
        first.valid_to = day("2026-11-02")
        staffing.assign(
            house.wu,
            contract_id=house.a.id,
            name="郑一鸣",
            role="项目经理",
            experience_from=date(2015, 1, 1),
            experience="运维",
            valid_from=day("2026-11-03"),
            officer_id=house.zheng.id,
        )
        staffing.off_board(house.wu, first.id, on=day("2026-11-02"))
    assert shift.cancelled_at is None
    assert people.actor("zheng").id == house.zheng.id
