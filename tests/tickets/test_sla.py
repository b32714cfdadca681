"""The clocks as a pure function of log, terms and calendar: the dates of domain.md §3, and what counts as an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.core.clock import LOCAL
from server.domain.calendar import WorkCalendar
from server.domain.identity import ActorKind
from server.domain.tickets import Basis, ClockKind, EventKind, is_late
from server.domain.tickets.resolution import resolution
from server.domain.tickets.sla import derive, state_of
from server.domain.tickets.vocabulary import TicketState
from tests.factories.calendar import work_calendar
from tests.factories.contracts import terms_a, terms_b


@dataclass(frozen=True)
class Line:
    kind: EventKind
    at: datetime
    actor_kind: ActorKind = ActorKind.OFFICER
    data: dict[str, Any] = field(default_factory=dict)


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)


def opened(text: str, **data: Any) -> Line:
    return Line(EventKind.OPENED, at(text), ActorKind.CITIZEN, {"state": "new"} | data)


MAJOR = {"severity": "major", "business_stopped": True}


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-09-28 09:12", "2025-09-28 11:12"),  # a worked Sunday
        ("2025-05-05 10:00", "2025-05-05 14:00"),  # a holiday Monday
        ("2026-02-15 08:00", "2026-02-15 12:00"),  # a holiday Sunday
        ("2025-10-10 23:30", "2025-10-11 01:30"),  # Friday night into a worked Saturday
        ("2025-10-08 22:30", "2025-10-09 02:30"),  # the last holiday night
        ("2025-09-27 23:59", "2025-09-28 03:59"),  # an ordinary Saturday: the day of receipt decides
        ("2025-09-30 23:59", "2025-10-01 01:59"),  # the last workday before the holidays
        ("2026-02-14 00:00", "2026-02-14 02:00"),  # a worked Saturday
        ("2024-02-29 12:00", "2024-02-29 14:00"),  # a leap day
        ("2025-12-31 23:30", "2026-01-01 01:30"),  # over New Year
    ],
)
def test_response_clock(received: str, due: str) -> None:
    (reading,) = derive([opened(received)], terms_a(), work_calendar())
    assert reading.basis is Basis.AGREED
    assert reading.due_at == at(due)
    assert not reading.provisional
    assert reading.note


def test_provisional_year_says_so() -> None:
    (reading,) = derive([opened("2027-03-03 09:00")], terms_a(), work_calendar())
    assert reading.due_at == at("2027-03-03 11:00")
    assert reading.provisional


def test_missing_year_gives_no_deadline_and_a_reason() -> None:
    (reading,) = derive([opened("2028-03-03 09:00")], terms_a(), work_calendar())
    assert (reading.basis, reading.due_at) == (Basis.CALENDAR_MISSING, None)
    assert "2028" in reading.note


def test_silent_contract_and_no_contract() -> None:
    log = [opened("2026-03-03 09:00", **MAJOR)]
    assert {r.basis for r in derive(log, terms_b(), work_calendar())} == {Basis.NOT_AGREED}
    assert {r.basis for r in derive(log, None, WorkCalendar(version=0))} == {Basis.NO_CONTRACT}
    assert {r.due_at for r in derive(log, terms_b(), work_calendar())} == {None}


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        (EventKind.AUTO_REPLIED, ActorKind.SYSTEM),
        (EventKind.RESPONDED, ActorKind.SYSTEM),
        (EventKind.RESPONDED, ActorKind.TOKEN),
        (EventKind.COMMENTED, ActorKind.CITIZEN),
        (EventKind.ASSIGNED, ActorKind.OFFICER),
        (EventKind.COMMENTED, ActorKind.OFFICER),
    ],
)
def test_what_is_no_response(kind: EventKind, who: ActorKind) -> None:
    log = [opened("2026-03-03 09:00"), Line(kind, at("2026-03-03 09:01"), who)]
    assert derive(log, terms_a(), work_calendar())[0].met_at is None


def test_a_person_answers() -> None:
    log = [opened("2026-03-03 09:00"), Line(EventKind.RESPONDED, at("2026-03-03 11:00"))]
    (reading,) = derive(log, terms_a(), work_calendar())
    assert reading.met_at == at("2026-03-03 11:00")
    assert not is_late(reading.due_at, reading.met_at, at("2026-03-09 00:00"))
    assert is_late(reading.due_at, at("2026-03-03 11:01"), at("2026-03-09 00:00"))
    assert is_late(reading.due_at, None, at("2026-03-03 11:01"))
    assert not is_late(None, None, at("2026-03-03 11:01"))


def test_waiting_does_not_pause_the_contract() -> None:
    log = [
        opened("2026-03-03 09:00", **MAJOR),
        Line(EventKind.RESPONDED, at("2026-03-03 09:10"), data={"state": "responded"}),
        Line(EventKind.WAITED, at("2026-03-03 09:20"), data={"state": "waiting"}),
        Line(EventKind.STARTED, at("2026-03-05 09:20"), data={"state": "in_progress"}),
    ]
    on_site = derive(log, terms_a(), work_calendar())[1]
    assert on_site.due_at == at("2026-03-04 09:00")
    figure = resolution(log, at("2026-03-05 10:00"))
    assert figure.waited == timedelta(days=2)
    assert figure.net == timedelta(hours=1)


def test_on_site_runs_from_the_notice_and_ends_with_arrival() -> None:
    log = [
        opened("2026-10-01 09:00"),
        Line(EventKind.SEVERITY_CHANGED, at("2026-10-01 10:00"), data=MAJOR),
        Line(EventKind.DISPATCHED, at("2026-10-01 10:05")),
        Line(EventKind.ARRIVED, at("2026-10-02 09:00")),
    ]
    on_site = derive(log, terms_a(), work_calendar())[1]
    assert on_site.kind is ClockKind.ON_SITE
    assert (on_site.started_at, on_site.due_at) == (at("2026-10-01 10:00"), at("2026-10-02 10:00"))
    assert on_site.met_at == at("2026-10-02 09:00")


def test_major_without_stopped_business_is_no_on_site_case() -> None:
    log = [opened("2026-03-03 09:00", severity="major", business_stopped=False)]
    assert len(derive(log, terms_a(), work_calendar())) == 1


def test_downgrading_lifts_the_clock_and_grading_up_again_does_not_restart_it() -> None:
    down = Line(EventKind.SEVERITY_CHANGED, at("2026-03-03 10:00"), data={"severity": "high"})
    up = Line(EventKind.SEVERITY_CHANGED, at("2026-03-03 20:00"), data={"severity": "major"})
    log = [opened("2026-03-03 09:00", **MAJOR), down]
    assert derive(log, terms_a(), work_calendar())[1].basis is Basis.LIFTED
    again = derive([*log, up], terms_a(), work_calendar())[1]
    assert (again.basis, again.due_at) == (Basis.AGREED, at("2026-03-04 09:00"))


def test_an_arrival_before_the_notice_does_not_count() -> None:
    log = [
        opened("2026-03-03 09:00"),
        Line(EventKind.ARRIVED, at("2026-03-03 09:30")),
        Line(EventKind.SEVERITY_CHANGED, at("2026-03-03 10:00"), data=MAJOR),
    ]
    assert derive(log, terms_a(), work_calendar())[1].met_at is None


def test_resolution_runs_on_after_reopening() -> None:
    log = [
        opened("2026-03-03 09:00"),
        Line(EventKind.RESOLVED, at("2026-03-03 10:00"), data={"state": "resolved"}),
    ]
    assert resolution(log, at("2026-03-04 09:00")).gross == timedelta(hours=1)
    log.append(Line(EventKind.REOPENED, at("2026-03-03 12:00"), data={"state": "in_progress"}))
    assert resolution(log, at("2026-03-04 09:00")).gross == timedelta(days=1)
    assert state_of(log) is TicketState.IN_PROGRESS
    waiting = [*log, Line(EventKind.WAITED, at("2026-03-04 08:00"), data={"state": "waiting"})]
    assert resolution(waiting, at("2026-03-04 09:00")).waited == timedelta(hours=1)
