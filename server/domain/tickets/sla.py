"""What was promised and what was kept, derived from the event log, the contract's terms and the calendar. Pure.

Contractual clocks never pause (domain.md A20, A21); waiting states count in our own resolution figure only (#11).
A recomputation of any history gives what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from server.domain import contracts
from server.domain.calendar import CalendarMissing, Deadline, WorkCalendar
from server.domain.contracts import Terms
from server.domain.identity import ActorKind
from server.domain.tickets.vocabulary import Basis, ClockKind, EventKind, Severity, TicketState

NOTE = 300


class Entry(Protocol):
    """A line of the log, as far as clocks care."""

    @property
    def kind(self) -> EventKind: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_kind(self) -> ActorKind: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One clock: since when, until when (None with the reason in ``basis``), and when it was kept."""

    kind: ClockKind
    basis: Basis
    started_at: datetime
    due_at: datetime | None = None
    met_at: datetime | None = None
    provisional: bool = False
    calendar_version: int
    contract_revision: int | None = None
    note: str = ""


# The steps after which clocks must be derived again; all others leave them as they are.
MOVES_CLOCKS = frozenset(
    {
        EventKind.OPENED,
        EventKind.RESPONDED,
        EventKind.SEVERITY_CHANGED,
        EventKind.CONTRACT_CHOSEN,
        EventKind.ARRIVED,
    }
)


def derive(log: Sequence[Entry], terms: Terms | None, book: WorkCalendar) -> tuple[Reading, ...]:
    """Every clock of a ticket whose log this is, oldest line first; ``terms`` None: no contract is in force.

    The response clock is always there, the on-site clock once a major fault has stopped business.
    """
    response = _response(log, terms, book)
    on_site = _on_site(log, terms, book)
    return (response,) if on_site is None else (response, on_site)


def is_late(due_at: datetime | None, met_at: datetime | None, now: datetime) -> bool:
    """Whether a promise was or is being broken. The last moment is still in time."""
    return due_at is not None and (met_at or now) > due_at


def _response(log: Sequence[Entry], terms: Terms | None, book: WorkCalendar) -> Reading:
    received_at = log[0].at
    reading = Reading(
        kind=ClockKind.RESPONSE,
        basis=Basis.NO_CONTRACT,
        started_at=received_at,
        # An auto-reply is another kind of event, and the machine's word is not a person's (A20).
        met_at=_first(log, EventKind.RESPONDED),
        calendar_version=book.version,
    )
    if terms is None:
        return reading
    reading = replace(reading, contract_revision=terms.revision)
    try:
        deadline = contracts.response_deadline(terms, book, received_at=received_at)
    except CalendarMissing as missing:
        # A report is never refused for this; the deadline comes with the year.
        return replace(reading, basis=Basis.CALENDAR_MISSING, note=missing.text[:NOTE])
    return _ending(reading, deadline)


def _on_site(log: Sequence[Entry], terms: Terms | None, book: WorkCalendar) -> Reading | None:
    notified_at, stands = _major_since(log)
    if notified_at is None:
        return None
    reading = Reading(
        kind=ClockKind.ON_SITE,
        basis=Basis.NO_CONTRACT,
        started_at=notified_at,
        met_at=_first(log, EventKind.ARRIVED, not_before=notified_at),
        calendar_version=book.version,
    )
    if terms is None:
        return reading
    reading = replace(reading, contract_revision=terms.revision)
    if not stands and reading.met_at is None:
        return replace(reading, basis=Basis.LIFTED, note="已不属于重大且业务中断的故障")
    return _ending(reading, contracts.on_site_deadline(terms, book, notified_at=notified_at))


def _ending(reading: Reading, deadline: Deadline | None) -> Reading:
    if deadline is None:
        return replace(reading, basis=Basis.NOT_AGREED)
    note = "；".join(deadline.trace)[:NOTE]
    return replace(reading, basis=Basis.AGREED, due_at=deadline.at, provisional=deadline.provisional, note=note)


def _first(log: Iterable[Entry], kind: EventKind, *, not_before: datetime | None = None) -> datetime | None:
    """When people first did this; machines, citizens and tokens do not count."""
    done = [line.at for line in log if line.kind is kind and line.actor_kind is ActorKind.OFFICER]
    return min((at for at in done if not_before is None or at >= not_before), default=None)


def _major_since(log: Iterable[Entry]) -> tuple[datetime | None, bool]:
    """When it was first a major fault that stops business, and whether it still is.

    Down-grading and grading up again does not start the clock anew: the notice was given once.
    """
    since: datetime | None = None
    severity, stopped = Severity.NORMAL, False
    for line in log:
        severity = Severity(line.data.get("severity", severity))
        stopped = bool(line.data.get("business_stopped", stopped))
        if since is None and severity is Severity.MAJOR and stopped:
            since = line.at
    return since, severity is Severity.MAJOR and stopped


@dataclass(frozen=True, slots=True)
class Resolution:
    """Our own figure, not a contractual one: from receipt to solution, and how much of it was waiting for others."""

    gross: timedelta
    waited: timedelta

    @property
    def net(self) -> timedelta:
        """The time without the waiting, on the same clock."""
        return self.gross - self.waited


def state_of(log: Iterable[Entry]) -> TicketState:
    """The state that the log amounts to."""
    state = TicketState.NEW
    for line in log:
        state = TicketState(line.data.get("state", state))
    return state


def resolution(log: Sequence[Entry], now: datetime) -> Resolution:
    """How long it took, or has taken until now; a reopened ticket runs on until it is resolved again."""
    waited = timedelta()
    waiting_since: datetime | None = None
    solved_at: datetime | None = None
    for line in log:
        state = TicketState(line.data["state"]) if "state" in line.data else None
        if state is None:
            continue
        if waiting_since is not None and state is not TicketState.WAITING:
            waited += line.at - waiting_since
            waiting_since = None
        if state is TicketState.WAITING:
            waiting_since = line.at
        if state in (TicketState.RESOLVED, TicketState.CANCELLED):
            solved_at = line.at
        elif state is TicketState.IN_PROGRESS:
            solved_at = None
    end = solved_at or now
    if waiting_since is not None:
        waited += end - waiting_since
    return Resolution(end - log[0].at, waited)
