"""What a contract owes in papers, cycle by cycle, and by when: pure over terms, the contract's days and a calendar.

A10, A13, A31, B05, B23. Every figure comes from the terms; where they are silent there is no due day, and where the
calendar of a year is missing there is none either, with the reason beside it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Protocol

from server.core import clock
from server.domain import calendar, contracts
from server.domain.calendar import CalendarMissing, Cycle, CycleKind, Deadline, WorkCalendar, spell
from server.domain.contracts import Deliverable, DeliverableKind, Terms

WEEK = 7
WEEKDAYS = "一二三四五六日"
BY_DEFAULT = "未约定，按默认"


class Term(Protocol):
    """What of a contract decides its cycles."""

    id: uuid.UUID
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Expected:
    """One paper owed for one cycle. ``deadline`` None: no day is agreed, or ``refused`` says why none can be computed.

    ``cycle`` None: owed once. ``cycle_on`` names it: the cycle's first day, or the contract's first day.
    """

    contract_id: uuid.UUID
    deliverable: Deliverable
    cycle: Cycle | None
    cycle_on: date
    deadline: Deadline | None
    refused: str = ""

    @property
    def key(self) -> str:
        """Which deliverable of the terms."""
        return self.deliverable.key

    @property
    def title(self) -> str:
        """What it is called in the terms."""
        return self.deliverable.title

    @property
    def kind(self) -> DeliverableKind:
        """What sort of paper."""
        return self.deliverable.kind

    @property
    def period(self) -> str:
        """The cycle for people."""
        return self.cycle.label if self.cycle else "一次性"

    @property
    def due_at(self) -> datetime | None:
        """The moment by which it must be in."""
        return self.deadline.at if self.deadline else None

    @property
    def due_on(self) -> date | None:
        """The last day."""
        return self.deadline.on if self.deadline else None

    @property
    def provisional(self) -> bool:
        """Whether the day is an estimate on a year whose list is not out."""
        return self.deadline is not None and self.deadline.provisional

    @property
    def agreed(self) -> bool:
        """Whether the paper fixes the day; otherwise it is our default."""
        return self.deliverable.agreed

    @property
    def note(self) -> str:
        """What must be said beside the day: not agreed, by default, or not computable."""
        if self.refused:
            return self.refused
        if self.deadline is None:
            return "未约定"
        return "" if self.agreed else BY_DEFAULT


def expected(terms: Terms, contract: Term, book: WorkCalendar) -> list[Expected]:
    """Everything that these terms owe over the whole contract, by due moment: every cycle touched (finding 18)."""
    found = [each for deliverable in terms.deliverables for each in _of(deliverable, contract, book)]
    return sorted(found, key=_order)


def expected_under(
    revisions: Mapping[int, tuple[date, Terms]], contract: Term, book: WorkCalendar, *, today: date
) -> list[Expected]:
    """The same under changing terms: each cycle by the terms that hold on its last day inside the contract.

    ``revisions`` maps a revision's number to the day from which it holds and its terms.
    """
    found: list[Expected] = []
    for number, (_, terms) in revisions.items():
        for each in expected(terms, contract, book):
            ends_on = each.cycle.ends_on if each.cycle else today
            if _holding(revisions, min(ends_on, contract.ends_on)) == number:
                found.append(each)
    return sorted(found, key=_order)


def _holding(revisions: Mapping[int, tuple[date, Terms]], day: date) -> int:
    return max((number for number, (first, _) in revisions.items() if first <= day), default=min(revisions))


def _of(deliverable: Deliverable, contract: Term, book: WorkCalendar) -> Iterator[Expected]:
    for cycle in _cycles(deliverable, contract):
        deadline, refused = None, ""
        try:
            deadline = due_of(deliverable, cycle, contract.ends_on, book)
        except CalendarMissing as missing:
            refused = missing.text
        except ValueError:
            refused = f"该月不足 {deliverable.working_day} 个工作日，无法确定截止日"
        yield Expected(
            contract.id, deliverable, cycle, cycle.starts_on if cycle else contract.starts_on, deadline, refused
        )


def _cycles(deliverable: Deliverable, contract: Term) -> Iterable[Cycle | None]:
    if deliverable.cycle is None:
        return [None]
    return contracts.cycles_owed(deliverable, starts_on=contract.starts_on, ends_on=contract.ends_on)


def due_of(deliverable: Deliverable, cycle: Cycle | None, ends_on: date, book: WorkCalendar) -> Deadline | None:
    """The due moment of one cycle; None where nothing says. CalendarMissing rather than a guess.

    Within its own cycle: the cycle's last day, or the contract's where that is earlier; no rest day moves it, since the
    next day would be another cycle. A weekday that is a rest day moves to the next working day (Civil Code 203).
    """
    if cycle is None:
        if deliverable.once_on is None:
            return None
        return _at(deliverable, _plain(deliverable.once_on, book, "合同写明的日期"))
    if deliverable.within:
        return _at(deliverable, _plain(min(cycle.ends_on, ends_on), book, f"{cycle.label}之内交付，最后一日为"))
    if deliverable.working_day is not None:
        return _at(deliverable, _nth_working_day(cycle, deliverable.working_day, book))
    if deliverable.weekday is not None:
        return _at(deliverable, _weekday(cycle, deliverable.weekday, book))
    return None


def _plain(day: date, book: WorkCalendar, why: str) -> Deadline:
    return Deadline(day, clock.end_of(day), False, book.version, (f"{why}{spell(day)}",))


def _nth_working_day(cycle: Cycle, number: int, book: WorkCalendar) -> Deadline:
    following = cycle.ends_on + timedelta(days=1)
    if cycle.kind in (CycleKind.DAY, CycleKind.WEEK):
        return calendar.working_days_after(book, cycle.ends_on, number)
    day = calendar.working_day_of_month(book, following.year, following.month, number)
    first = following.replace(day=1)
    counted = calendar.working_days_after(book, first - timedelta(days=1), number)
    trace = (f"{cycle.label}之后，{following.year}年{following.month}月的第 {number} 个工作日", *counted.trace[1:])
    return replace(counted, on=day, at=clock.end_of(day), trace=trace)


def _weekday(cycle: Cycle, weekday: int, book: WorkCalendar) -> Deadline:
    days = (weekday - 1 - cycle.ends_on.weekday() - 1) % WEEK + 1
    counted = calendar.natural_days_after(book, cycle.ends_on, days)
    named = cycle.ends_on + timedelta(days=days)
    trace = (f"{cycle.label}之后的星期{WEEKDAYS[weekday - 1]}为 {spell(named)}", *counted.trace[2:])
    return replace(counted, trace=trace)


def _at(deliverable: Deliverable, deadline: Deadline) -> Deadline:
    """The same day at the time that the terms name."""
    if not deliverable.time or deadline.on is None:
        return deadline
    hour, minute = (int(part) for part in deliverable.time.split(":"))
    at = datetime.combine(deadline.on, time(hour, minute), clock.LOCAL)
    return replace(deadline, at=at, trace=(*deadline.trace, f"当日 {deliverable.time} 前"))


def _order(each: Expected) -> tuple[bool, datetime, date, str]:
    at = each.due_at
    return (at is None, at or clock.end_of(each.cycle_on), each.cycle_on, each.key)
