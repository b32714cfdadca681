"""What was promised and what was kept, derived from the event log, the contract's terms and the calendar. Pure.

Contractual clocks never pause (domain.md A20, A21); waiting states count in our own resolution figure only (#11).
A recomputation of any history gives what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
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
        EventKind.ARRIVAL_SIGNED,
        EventKind.MERGED,
        EventKind.ABSORBED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a log says of the promises: its own moments together with those of the tickets that were merged into it.

    A merged matter is one matter: the earliest receipt, and the first answer that anybody gave to it. ``major``: whether
    it is a major fault that stops business now; ``absorbed``: whether it went into another ticket itself.
    """

    received_at: datetime
    responded_at: datetime | None
    major_since: datetime | None
    arrived_at: datetime | None
    major: bool
    absorbed: bool


def past_of(log: Sequence[Entry]) -> Past:
    """Read a log, oldest line first."""
    since, major = _major_since(log)
    major_since = _earliest(since, _merged(log, "major_since"))
    return Past(
        received_at=_earliest(log[0].at, _merged(log, "received_at")) or log[0].at,
        # An auto-reply is another kind of event, and the machine's word is not a person's (A20).
        responded_at=_earliest(_first(log, EventKind.RESPONDED), _merged(log, "responded_at")),
        major_since=major_since,
        arrived_at=_earliest(_arrived(log, major_since), _merged(log, "arrived_at")),
        major=major,
        absorbed=any(line.kind is EventKind.ABSORBED for line in log),
    )


def derive(log: Sequence[Entry], terms: Terms | None, book: WorkCalendar) -> tuple[Reading, ...]:
    """Every clock of a ticket whose log this is, oldest line first; ``terms`` None: no contract is in force.

    The response clock is always there, the on-site clock once a major fault has stopped business. An absorbed ticket's
    clocks go on in the ticket that took it in.
    """
    past = past_of(log)
    found = [_response(past, terms, book)]
    if past.major_since is not None:
        found.append(_on_site(past, past.major_since, terms, book))
    return tuple(_passed_on(each) if past.absorbed else each for each in found)


def is_late(due_at: datetime | None, met_at: datetime | None, now: datetime) -> bool:
    """Whether a promise was or is being broken. The last moment is still in time."""
    return due_at is not None and (met_at or now) > due_at


def _response(past: Past, terms: Terms | None, book: WorkCalendar) -> Reading:
    reading = Reading(
        kind=ClockKind.RESPONSE,
        basis=Basis.NO_CONTRACT,
        started_at=past.received_at,
        met_at=past.responded_at,
        calendar_version=book.version,
    )
    if terms is None:
        return reading
    reading = replace(reading, contract_revision=terms.revision)
    try:
        deadline = contracts.response_deadline(terms, book, received_at=past.received_at)
    except CalendarMissing as missing:
        # A report is never refused for this; the deadline comes with the year.
        return replace(reading, basis=Basis.CALENDAR_MISSING, note=missing.text[:NOTE])
    return _ending(reading, deadline)


def _on_site(past: Past, since: datetime, terms: Terms | None, book: WorkCalendar) -> Reading:
    reading = Reading(
        kind=ClockKind.ON_SITE,
        basis=Basis.NO_CONTRACT,
        started_at=since,
        met_at=past.arrived_at,
        calendar_version=book.version,
    )
    if terms is None:
        return reading
    reading = replace(reading, contract_revision=terms.revision)
    if not past.major and reading.met_at is None:
        return replace(reading, basis=Basis.LIFTED, note="已不属于重大且业务中断的故障")
    return _ending(reading, contracts.on_site_deadline(terms, book, notified_at=since))


def _passed_on(reading: Reading) -> Reading:
    """The clock of a ticket that went into another: what was kept stays kept, what still ran goes on there."""
    if reading.met_at is not None:
        return reading
    return replace(
        reading, basis=Basis.MERGED, due_at=None, provisional=False, note="已并入其他工单，时限以最早接报为准"
    )


def _ending(reading: Reading, deadline: Deadline | None) -> Reading:
    if deadline is None:
        return replace(reading, basis=Basis.NOT_AGREED)
    note = "；".join(deadline.trace)[:NOTE]
    return replace(reading, basis=Basis.AGREED, due_at=deadline.at, provisional=deadline.provisional, note=note)


def _first(log: Iterable[Entry], kind: EventKind, *, not_before: datetime | None = None) -> datetime | None:
    """When people first did this; machines, citizens and tokens do not count."""
    done = [line.at for line in log if line.kind is kind and line.actor_kind is ActorKind.OFFICER]
    return min((at for at in done if not_before is None or at >= not_before), default=None)


def _arrived(log: Sequence[Entry], since: datetime | None) -> datetime | None:
    """When somebody was there: what the bureau signed (A21), and until it has, what was entered."""
    if since is None:
        return None
    signed = _first(log, EventKind.ARRIVAL_SIGNED, not_before=since)
    return signed or _first(log, EventKind.ARRIVED, not_before=since)


def _merged(log: Iterable[Entry], moment: str) -> datetime | None:
    """The earliest such moment of the tickets that were merged into this one."""
    told = [line.data[moment] for line in log if line.kind is EventKind.MERGED and moment in line.data]
    return min((datetime.fromisoformat(text) for text in told), default=None)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((at for at in moments if at is not None), default=None)


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


def state_of(log: Iterable[Entry]) -> TicketState:
    """The state that the log amounts to."""
    state = TicketState.NEW
    for line in log:
        state = TicketState(line.data.get("state", state))
    return state
