"""Reminders have hours of their own, apart from the calendar on which due days are computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from types import MappingProxyType

import pytest

from server.core import clock
from server.domain import agenda
from server.domain.agenda import EntryKind, Policy
from tests.factories.calendar import work_calendar


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL)


CASES = [
    ("inside the hours at once", "2025-08-04 09:00", "2025-08-04 09:00"),
    ("before they open", "2025-08-04 02:00", "2025-08-04 08:30"),
    ("at their opening", "2025-08-04 08:30", "2025-08-04 08:30"),
    ("after they close", "2025-08-04 18:00", "2025-08-05 08:30"),
    ("at midnight of a Saturday", "2025-08-09 00:00", "2025-08-11 08:30"),
    ("in National Day", "2025-10-01 10:00", "2025-10-09 08:30"),
    ("on a shifted Sunday", "2025-09-28 10:00", "2025-09-28 10:00"),
    ("before New Year's Sunday that is worked", "2026-01-01 00:30", "2026-01-04 08:30"),
]


@pytest.mark.parametrize(("now", "then"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_reminders_wait_for_their_hours(now: str, then: str) -> None:
    found = agenda.notify_at(Policy(), work_calendar(), EntryKind.DELIVERABLE, moment(now))
    assert clock.to_local(found) == moment(then)


@pytest.mark.parametrize("kind", [EntryKind.DUTY_GAP, EntryKind.TICKET])
def test_a19_duty_is_exempt(kind: EntryKind) -> None:
    now = moment("2025-10-01 03:00")
    assert agenda.notify_at(Policy(), work_calendar(), kind, now) == now


def test_the_hours_are_a_policy() -> None:
    rules = Policy(opens=time(7), closes=time(22), working_days_only=False, exempt=frozenset())
    for now, then in [("2025-10-01 03:00", "2025-10-01 07:00"), ("2025-10-01 23:00", "2025-10-02 07:00")]:
        found = agenda.notify_at(rules, work_calendar(), EntryKind.DUTY_GAP, moment(now))
        assert clock.to_local(found) == moment(then)


def test_a_missing_year_silences_nobody() -> None:
    book = replace(work_calendar(), years=MappingProxyType({}))
    found = agenda.notify_at(Policy(), book, EntryKind.PAYMENT, moment("2031-01-01 20:00"))
    assert clock.to_local(found) == moment("2031-01-02 08:30")
