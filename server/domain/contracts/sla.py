"""The contract's clocks, pure: from its terms and the calendar to deadlines. None where nothing was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from server.core import clock
from server.domain import calendar
from server.domain.calendar import Deadline, WorkCalendar, spell
from server.domain.contracts.choices import Combine, DayRule, Event
from server.domain.contracts.terms import DueRule, ResponseTerm, Terms


@dataclass(frozen=True, slots=True)
class Due:
    """When a payment falls due. While ``waiting`` for events there is none, or only the fixed day's share of it;
    ``earliest`` is what it would be if the missing events happened no later than the known ones."""

    deadline: Deadline | None
    waiting: tuple[Event, ...]
    earliest: Deadline | None


def response_deadline(terms: Terms, book: WorkCalendar, *, received_at: datetime) -> Deadline | None:
    """When a human must have answered (A20): elapsed hours, chosen by the kind of day. No pause.

    CalendarMissing if the year of receipt is not maintained; provisional if it is an estimate.
    """
    term = terms.response
    if term is None:
        return None
    days = _days_asked(term, received_at)
    hours = _hours(term, book, days)
    counted = calendar.add_hours(book, received_at, hours)
    first = days[0]
    kind = "工作日" if book.works(first) else "非工作日"
    why = f"受理于 {spell(first)}，{kind}{_named(book, first)}；{term.day_rule.label}，时限 {hours} 小时"
    estimate = book.is_provisional(days)
    steps = (why, *counted.trace, *((f"{first.year} 年日历为暂定，公布后自动重算",) if estimate else ()))
    return replace(counted, provisional=estimate, trace=steps)


def on_site_deadline(terms: Terms, book: WorkCalendar, *, notified_at: datetime) -> Deadline | None:
    """When somebody must have arrived (A21): elapsed hours from the notice, on any day. No pause."""
    if terms.on_site is None:
        return None
    return calendar.add_hours(book, notified_at, terms.on_site.hours)


def acceptance_deadline(terms: Terms, book: WorkCalendar, *, received_on: date) -> Deadline | None:
    """The last day for acceptance after the completion notice was received (A36)."""
    term = terms.acceptance
    if term is None:
        return None
    return calendar.natural_days_after(book, received_on, term.days, roll_over=term.roll_over)


def replacement_notice_by(terms: Terms, *, effective_on: date) -> date | None:
    """By when notice of a maintainer's replacement must be received (A18)."""
    if terms.replacement is None:
        return None
    return calendar.natural_days_before(effective_on, terms.replacement.notice_days)


def payment_due(rule: DueRule, book: WorkCalendar, happened: Mapping[Event, date]) -> Due:
    """When a payment falls due, given the days on which its events happened."""
    waiting = tuple(event for event in rule.events if event not in happened)
    known = [happened[event] for event in rule.events if event in happened]
    fixed = _fixed(rule, book)
    if rule.combine is Combine.FIXED or rule.working_days is None:
        return Due(fixed, (), fixed)
    counted = calendar.working_days_after(book, max(known), rule.working_days) if known else None
    earliest = _combined(rule.combine, fixed, counted)
    settled = earliest if not waiting else None
    if waiting and rule.combine is Combine.EARLIER:
        settled = fixed
    return Due(settled, waiting, earliest)


def _fixed(rule: DueRule, book: WorkCalendar) -> Deadline | None:
    if rule.fixed_on is None:
        return None
    trace = (f"合同写明的固定日期 {spell(rule.fixed_on)}，至当日 24:00 止",)
    return Deadline(rule.fixed_on, clock.end_of(rule.fixed_on), False, book.version, trace)


def _combined(combine: Combine, fixed: Deadline | None, counted: Deadline | None) -> Deadline | None:
    both = [each for each in (fixed, counted) if each is not None]
    if combine is Combine.DOCUMENTS or not both:
        return counted
    chosen = (max if combine is Combine.LATER else min)(both, key=lambda each: each.at)
    if len(both) == 1:
        return chosen
    steps = tuple(step for each in both for step in each.trace)
    provisional = any(each.provisional for each in both)
    return replace(chosen, provisional=provisional, trace=(*steps, f"{combine.label}：{spell_day(chosen)}"))


def spell_day(deadline: Deadline) -> str:
    """A deadline's last day for people, or its moment where it runs in hours."""
    if deadline.on is None:
        return clock.to_local(deadline.at).strftime("%Y-%m-%d %H:%M")
    return spell(deadline.on)


def _days_asked(term: ResponseTerm, received_at: datetime) -> list[date]:
    first = clock.local_day(received_at)
    if term.day_rule is DayRule.RECEIPT:
        return [first]
    longest = max(term.working_day_hours, term.other_day_hours)
    last = clock.local_day(received_at + timedelta(seconds=float(longest * 3600)))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _hours(term: ResponseTerm, book: WorkCalendar, days: list[date]) -> Decimal:
    worked = [book.works(day) for day in days]
    if term.day_rule is DayRule.STRICTER:
        return term.working_day_hours if any(worked) else term.other_day_hours
    return term.working_day_hours if all(worked) else term.other_day_hours


def _named(book: WorkCalendar, on: date) -> str:
    name = book.day(on).name
    return f"（{name}）" if name else ""
