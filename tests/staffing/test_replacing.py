"""A maintainer is replaced (A18): 30 natural days, equal or better; breaches are flagged and block nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from server.core import clock
from server.core.clock import LOCAL
from server.core.errors import Forbidden, Invalid, NotFound
from server.domain import contracts, identity, staffing
from server.domain.identity import SCHEDULER
from server.domain.staffing import Ability, Breach, Person, Reason, ReplacementState, Review, rules
from tests.factories import identity as people
from tests.factories.contracts import contract_b, terms_a, terms_b

EFFECTIVE = date(2025, 6, 1)
BY = date(2025, 5, 2)
OLD = date(2020, 5, 6)


def at(day, hour=9):
    return clock.replaying(datetime(day.year, day.month, day.day, hour, tzinfo=LOCAL))


def foreseen(**values):
    usual = {"received_on": BY, "effective_on": EFFECTIVE, "predecessor_since": OLD, "substitute_since": OLD}
    return rules.foresee(terms_a(), **(usual | values))


@pytest.mark.parametrize(
    ("received", "breach"),
    [
        (BY, False),
        (BY + timedelta(days=1), True),
        (date(2025, 4, 1), False),
        (EFFECTIVE, True),
        (date(2025, 6, 9), True),
    ],
    ids=["§3 effective 2025-06-01: notice by 2025-05-02", "a day late", "long before", "on the day", "after they left"],
)
def test_a18_the_notice_comes_thirty_natural_days_ahead(received, breach):
    forecast = foreseen(received_on=received)
    assert forecast.notice_by == BY
    assert (Breach.SHORT_NOTICE in [each.breach for each in forecast.found]) is breach
    assert forecast.notice_days == (EFFECTIVE - received).days


@pytest.mark.parametrize(
    ("since", "breaches"),
    [
        (date(2020, 6, 1), []),
        (date(2020, 6, 2), [Breach.FEWER_YEARS]),
        (date(2022, 6, 1), [Breach.FEWER_YEARS]),
        (date(2022, 6, 2), [Breach.BELOW_MINIMUM, Breach.FEWER_YEARS]),
        (date(2015, 1, 1), []),
        (None, [Breach.NO_SUBSTITUTE]),
    ],
    ids=["as many whole years", "a day short", "three years, yet fewer", "under three", "more", "nobody"],
)
def test_a18_equal_or_better_and_never_below_the_minimum(since, breaches):
    assert [each.breach for each in foreseen(substitute_since=since).found] == breaches


def test_a_contract_that_says_nothing_is_breached_by_nothing():
    forecast = rules.foresee(
        terms_b(), received_on=EFFECTIVE, effective_on=EFFECTIVE, predecessor_since=OLD, substitute_since=None
    )
    assert (forecast.notice_by, forecast.asked_days, forecast.minimum, forecast.found) == (None, None, None, ())


def test_a_leap_day_s_experience_is_whole_on_the_first_of_march():
    years = {day: rules.whole_years(date(2024, 2, 29), day) for day in (date(2027, 2, 28), date(2027, 3, 1))}
    assert years == {date(2027, 2, 28): 2, date(2027, 3, 1): 3}
    assert rules.whole_years(date(2024, 2, 29), date(2028, 2, 29)) == 4


def substitute(**values):
    usual = {"name": "李青", "role": "运维工程师", "experience_from": date(2019, 1, 1), "experience": "小程序运维"}
    return Person(**(usual | values))


def notify(wu, maintainer, **values):
    usual = {
        "maintainer_id": maintainer.id,
        "reason": Reason.RESIGNED,
        "received_on": BY,
        "effective_on": EFFECTIVE,
        "comparison": "经验更长，熟悉同类系统",
        "substitute": substitute(),
    }
    return staffing.notify_replacement(wu, **(usual | values))


def test_a_notice_in_time_takes_effect_on_its_day_and_access_ends(contract, wu, zhou, assign):
    zheng = people.officer("zheng", contract_id=contract.id)
    old = assign(officer_id=zheng.id)
    secret = people.open_session(zheng)
    with at(BY):
        row = notify(wu, old)
        assert (row.breaches, row.notice_by, row.state) == ([], BY, ReplacementState.NOTIFIED)
        assert row.number == "RYBG-2025-0001"
    with at(date(2025, 5, 31), 23):
        assert not staffing.anything_due()
        assert staffing.keep_days(SCHEDULER) == staffing.Done(0, 0)
        assert identity.roles_of([zheng.id])
    with at(EFFECTIVE, 0):
        assert staffing.anything_due()
        assert staffing.keep_days(SCHEDULER) == staffing.Done(1, 0)
        assert not staffing.anything_due()
        assert staffing.keep_days(SCHEDULER) == staffing.Done(0, 0)
    assert row.state is ReplacementState.EFFECTIVE
    assert old.valid_to == date(2025, 5, 31)
    assert identity.roles_of([zheng.id]) == {}
    assert identity.officer_by_session(secret) is None
    assert [each.name for each in staffing.staff_on(contract.id, date(2025, 5, 31))] == ["郑一鸣"]
    assert [each.name for each in staffing.staff_on(contract.id, EFFECTIVE)] == ["李青"]
    assert {each.on for each in staffing.dues(zhou, EFFECTIVE, EFFECTIVE)} == set()
    assert [each.kind for each in staffing.dues(zhou, date(2025, 5, 31), EFFECTIVE)] == ["departure"]


def test_a18_somebody_who_has_left_already_is_flagged_and_not_blocked(contract, wu, zhou, assign):
    old = assign()
    with at(date(2025, 6, 10)):
        row = notify(wu, old, received_on=date(2025, 6, 9), substitute=substitute(experience_from=date(2023, 1, 1)))
    assert row.state is ReplacementState.EFFECTIVE
    assert row.breaches == ["short_notice", "below_minimum", "fewer_years"]
    named = staffing.find(zhou, row.substitute_id)
    assert named.short_of_experience
    with pytest.raises(staffing.ReplacedAlready):
        notify(wu, old)


def test_the_bureau_judges_ability_and_the_day_of_receipt(contract, wu, zhou, assign):
    old = assign()
    with at(BY):
        row = notify(wu, old)
        with pytest.raises(Forbidden):
            staffing.judge(wu, row.id, not_lower=True)
        with pytest.raises(Invalid):
            staffing.judge(zhou, row.id, not_lower=False)
        with pytest.raises(Invalid):
            staffing.judge(zhou, row.id, not_lower=True, received_on=date(2025, 5, 3))
    with at(date(2025, 5, 6)):
        staffing.judge(zhou, row.id, not_lower=True, received_on=date(2025, 5, 4))
        assert (row.ability, row.breaches) == (Ability.NOT_LOWER, ["short_notice"])
        staffing.judge(zhou, row.id, not_lower=False, remark="不熟悉业务", received_on=BY)
        assert (row.ability, row.breaches) == (Ability.LOWER, ["lower_ability"])


def test_without_a_substitute_or_with_a_refused_one_one_is_named_later(contract, wu, zhou, assign):
    old = assign()
    with at(BY):
        row = notify(wu, old, substitute=None, comparison="")
        assert row.breaches == ["no_substitute"]
        with pytest.raises(Invalid):
            staffing.judge(zhou, row.id, not_lower=True)
        staffing.name_substitute(wu, row.id, substitute=substitute(), comparison="更优")
        assert row.breaches == []
        with pytest.raises(staffing.ReplacementOver):
            staffing.name_substitute(wu, row.id, substitute=substitute(name="另一人"), comparison="更优")
        staffing.review(zhou, row.substitute_id, agreed=False, remark="证明不实")
        assert staffing.forecast_of(row, contracts.terms_of(contract.id)).found[0].breach is Breach.NO_SUBSTITUTE
        staffing.name_substitute(wu, row.id, substitute=substitute(name="王晴"), comparison="相当")
    assert staffing.find(wu, row.substitute_id).name == "王晴"


def test_a_notice_is_taken_back_with_its_substitute(contract, wu, assign):
    old = assign()
    with at(BY):
        row = notify(wu, old)
        staffing.withdraw_replacement(wu, row.id, reason="本人留任")
        assert (row.state, row.breaches) == (ReplacementState.WITHDRAWN, [])
        assert staffing.find(wu, row.substitute_id).review is Review.WITHDRAWN
        with pytest.raises(staffing.ReplacementOver):
            staffing.withdraw_replacement(wu, row.id, reason="再来")
        assert notify(wu, old, substitute=substitute(name="王晴")).number == "RYBG-2025-0002"


def test_what_cannot_be_is_refused(contract, wu, assign):
    old = assign()
    with at(BY):
        for fault in ({"effective_on": date(2025, 3, 4)}, {"received_on": date(2025, 5, 3)}, {"comparison": " "}):
            with pytest.raises(Invalid):
                notify(wu, old, **fault)
        stranger = people.actor("stranger", roles=[identity.Role.VENDOR_MANAGER], contract_id=contract_b().id)
        with pytest.raises(NotFound):
            notify(stranger, old)
        with pytest.raises(NotFound):
            staffing.foresee(stranger, old.id, received_on=BY, effective_on=EFFECTIVE, substitute_since=None)


@pytest.mark.parametrize(
    ("effective", "by"),
    [
        (date(2025, 6, 1), date(2025, 5, 2)),
        (date(2025, 10, 1), date(2025, 9, 1)),
        (date(2026, 1, 1), date(2025, 12, 2)),
        (date(2026, 3, 2), date(2026, 1, 31)),
        (date(2028, 3, 30), date(2028, 2, 29)),
        (date(2027, 3, 30), date(2027, 2, 28)),
    ],
    ids=["§3", "no working day counts", "over New Year", "over February", "leap day", "no leap day"],
)
def test_a18_natural_days_take_no_notice_of_holidays(effective, by):
    assert foreseen(effective_on=effective, received_on=by).notice_by == by
    assert foreseen(effective_on=effective, received_on=by).found == ()
    late = foreseen(effective_on=effective, received_on=by + timedelta(days=1))
    assert [each.breach for each in late.found] == [Breach.SHORT_NOTICE]
    assert late.notice_days == 29


def test_changed_terms_move_the_breaches_of_open_notices(contract, wu, zhou, assign):
    with at(BY):
        row = notify(wu, assign())
        terms = contracts.raw_terms(contract.id, contracts.terms_of(contract.id).revision)
        terms["replacement"] = {**terms["replacement"], "notice_days": 60}
        assert Decimal(terms["replacement"]["notice_days"]) == 60
        contracts.revise(zhou, contract, terms=terms, reason="补充协议", effective_from=BY)
        assert row.breaches == ["short_notice"]
        assert row.notice_by == date(2025, 4, 2)
    told = [each.kind.value for each in staffing.history_of(staffing.SubjectKind.MAINTAINER, [row.maintainer_id])]
    assert "breaches_moved" in told


def test_the_contract_ends_before_the_day_and_the_notice_falls(contract, wu, assign):
    with at(BY):
        row = notify(wu, assign())
        contracts.end(SCHEDULER, contract, ended_on=date(2025, 5, 10), reason="协商终止", agreed_by_both=True)
    assert row.state is ReplacementState.WITHDRAWN
    assert staffing.staff_on(contract.id, EFFECTIVE) == []
