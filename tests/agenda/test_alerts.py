"""Alerts: raised once under (object, kind, due day), re-armed by a moved day, seen by whom they concern, in their hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from server.core.errors import Forbidden, Invalid
from server.domain import agenda, calendar, deliverables
from server.domain.agenda import AlertKind, AlertState, EntryKind
from server.domain.calendar import DayKind
from server.domain.identity import SCHEDULER
from tests.agenda.conftest import Office, at

D = date.fromisoformat
WEEK = "2025-07-28"


def rules(**changes: Any) -> dict[str, Any]:
    held = agenda.Policy()
    usual = {"leads": dict(held.leads), "opens": "08:30", "closes": "18:00", "working_days_only": True}
    return usual | {"exempt": held.exempt} | changes


def weekly(office: Office, state: AlertState | None = AlertState.STANDING) -> list[tuple[AlertKind, str, AlertState]]:
    """The alerts of the week of 28 July."""
    found = [each for each in office.alerts(state) if each.object_id.endswith(f"weekly:{WEEK}")]
    return [(each.kind, str(each.due_on), each.state) for each in found]


def hand_in(office: Office, key: str, cycle_on: str) -> None:
    deliverables.hand_in(
        office.actor("zheng"), contract_id=office.ours.id, key=key, cycle_on=D(cycle_on), summary="内容"
    )


def test_an_alert_comes_ahead_and_again_when_late(office: Office) -> None:
    with at("2025-07-31 10:00"):
        agenda.arm()
        assert weekly(office) == []
    with at("2025-08-01 10:00"):
        assert agenda.arm().raised >= 1
        assert weekly(office) == [(AlertKind.AHEAD, "2025-08-04", AlertState.STANDING)]
        assert agenda.arm() == agenda.Armed(0, 0)
    with at("2025-08-04 12:30"):
        agenda.arm()
    assert weekly(office, None) == [
        (AlertKind.AHEAD, "2025-08-04", AlertState.PASSED),
        (AlertKind.LATE, "2025-08-04", AlertState.STANDING),
    ]


def test_what_is_done_is_taken_back(office: Office) -> None:
    with at("2025-08-01 10:00"):
        agenda.arm()
        hand_in(office, "weekly", WEEK)
        agenda.arm()
    assert weekly(office, None) == [(AlertKind.AHEAD, "2025-08-04", AlertState.DONE)]


def holiday(day: str, kind: DayKind = DayKind.HOLIDAY) -> None:
    calendar.set_day(SCHEDULER, on=D(day), kind=kind, name="", source="市政府通告")


def test_a_moved_day_re_arms_and_the_old_alert_does_not_block(office: Office) -> None:
    with at("2025-08-01 10:00"):
        agenda.set_policy(office.actor("zhou"), **rules(leads={EntryKind.DELIVERABLE: 10}))
        agenda.arm()
        agenda.read(office.actor("zheng"))
        holiday("2025-08-04")
        agenda.arm()
        assert weekly(office, None) == [
            (AlertKind.AHEAD, "2025-08-04", AlertState.MOVED),
            (AlertKind.AHEAD, "2025-08-05", AlertState.STANDING),
        ]
        # The new day is news to whoever had read the old one.
        fresh = agenda.alerts_for(office.actor("zheng"), unread_only=True)
        assert [str(each.alert.due_on) for each in fresh if each.alert.object_id.endswith(WEEK)] == ["2025-08-05"]
        holiday("2025-08-04", DayKind.WORKDAY)
        agenda.arm()
    assert weekly(office, None) == [
        (AlertKind.AHEAD, "2025-08-04", AlertState.STANDING),
        (AlertKind.AHEAD, "2025-08-05", AlertState.MOVED),
    ]


def test_a_late_day_that_moves_on_is_ahead_again(office: Office) -> None:
    with at("2025-08-04 13:00"):
        agenda.arm()
        assert weekly(office) == [(AlertKind.LATE, "2025-08-04", AlertState.STANDING)]
        holiday("2025-08-04")
        agenda.arm()
        assert weekly(office) == [(AlertKind.AHEAD, "2025-08-05", AlertState.STANDING)]


def test_computing_and_notifying_have_separate_calendars(office: Office) -> None:
    zheng = office.actor("zheng")
    # The report of the week to 5 October is due on the 9th, after National Day: its lead begins inside the holiday.
    with at("2025-10-06 03:00"):
        agenda.arm()
        raised = [each for each in office.alerts() if each.object_id.endswith("weekly:2025-09-29")]
        assert [str(each.due_on) for each in raised] == ["2025-10-09"]
        before = agenda.unread_count(zheng)
    with at("2025-10-09 08:29"):
        assert agenda.unread_count(zheng) == before
    with at("2025-10-09 08:30"):
        assert agenda.unread_count(zheng) > before


def test_each_reads_for_oneself(office: Office) -> None:
    zheng, wu = office.actor("zheng"), office.actor("wu")
    with at("2025-08-01 10:00"):
        agenda.arm()
        count = agenda.unread_count(zheng)
        assert count == agenda.unread_count(wu) > 0
        one = agenda.alerts_for(zheng)[0].alert
        assert agenda.read(zheng, [one.id]) == 1
        assert agenda.read(zheng, [one.id]) == 0
        assert (agenda.unread_count(zheng), agenda.unread_count(wu)) == (count - 1, count)
        agenda.unread(zheng, one.id)
        assert agenda.unread_count(zheng) == count
        assert agenda.read(zheng) == count
        assert agenda.unread_count(zheng) == 0


def test_the_bell_is_one_statement(office: Office, queries: Any) -> None:
    zheng = office.actor("zheng")
    with at("2025-08-01 10:00"):
        agenda.arm()
        with queries() as seen:
            agenda.unread_count(zheng)
    assert len(seen) == 1


def test_another_vendor_sees_no_alert_of_ours(office: Office) -> None:
    bai, zheng = office.actor("bai"), office.actor("zheng")
    with at("2025-09-01 10:00"):
        agenda.arm()
        ours = {each.alert.id for each in agenda.alerts_for(zheng)}
        assert ours
        assert {each.alert.contract_id for each in agenda.alerts_for(bai)} == {office.theirs.id}
        assert agenda.read(bai, ours) == 0
        assert agenda.unread_count(zheng) == len(ours)


def test_who_has_no_agenda_has_no_inbox(office: Office) -> None:
    chen = office.actor("chen")
    with at("2025-08-01 10:00"):
        agenda.arm()
        assert agenda.unread_count(chen) == 0
        for attempt in (agenda.alerts_for, agenda.read, agenda.issue_feed):
            with pytest.raises(Forbidden):
                attempt(chen)


def test_lead_times_are_a_policy(office: Office) -> None:
    zhou = office.actor("zhou")
    with at("2025-07-28 10:00"):
        agenda.arm()
        assert weekly(office) == []
        agenda.set_policy(zhou, **rules(leads={EntryKind.DELIVERABLE: 10}))
        agenda.arm()
        assert weekly(office) == [(AlertKind.AHEAD, "2025-08-04", AlertState.STANDING)]
        agenda.set_policy(zhou, **rules(leads={EntryKind.DELIVERABLE: 1}))
        agenda.arm()
        assert weekly(office) == []
    assert agenda.policy().leads[EntryKind.DELIVERABLE] == 1
    assert agenda.policy() == replace(agenda.Policy(), leads=agenda.Policy().leads | {EntryKind.DELIVERABLE: 1})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"opens": "8.30"}, "opens"),
        ({"closes": "25:00"}, "closes"),
        ({"opens": "19:00"}, "closes"),
        ({"leads": {EntryKind.PAYMENT: -1}}, "lead_payment"),
        ({"leads": {EntryKind.PAYMENT: 900}}, "lead_payment"),
    ],
)
def test_wrong_rules_are_refused(office: Office, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        agenda.set_policy(office.actor("zhou"), **rules(**changes))
    assert field in refused.value.fields


def test_only_the_bureau_sets_the_rules(office: Office) -> None:
    for login in ("lin", "wu", "shen"):
        with pytest.raises(Forbidden):
            agenda.set_policy(office.actor(login), **rules())
