"""When reminders may come: their own calendar, apart from the one on which due days are computed (domain.md §2). Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from server.core import clock
from server.domain.agenda.policy import Policy
from server.domain.agenda.vocabulary import EntryKind
from server.domain.calendar import CalendarMissing, WorkCalendar

FAR = 400


def notify_at(rules: Policy, book: WorkCalendar, kind: EntryKind, moment: datetime) -> datetime:
    """The first moment from now on at which a reminder of a kind may come: at once inside the hours or if exempt.

    In a year whose calendar is missing every day counts as worked: a reminder too many does less harm than none, and
    no deadline is computed from it.
    """
    if kind in rules.exempt:
        return moment
    local = clock.to_local(moment)
    for number in range(FAR):
        day = local.date() + timedelta(days=number)
        opens = datetime.combine(day, rules.opens, clock.LOCAL)
        closes = datetime.combine(day, rules.closes, clock.LOCAL)
        if moment < closes and (not rules.working_days_only or _worked(book, day)):
            return max(moment, opens)
    return moment


def _worked(book: WorkCalendar, day: date) -> bool:
    try:
        return book.works(day)
    except CalendarMissing:
        return True
