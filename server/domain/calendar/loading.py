"""The calendar from the database: loaded once per process and version, and moved to the next version by a change."""

from __future__ import annotations

import uuid
from datetime import date
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import run, session, table
from server.core.errors import Conflict
from server.core.ids import new_id
from server.domain.calendar.models import CalendarDay, CalendarVersion, CalendarYear
from server.domain.calendar.working import Day, WorkCalendar

ONLY_ROW = 1

# The last calendar that this process loaded, under the stamp of its version. Replaced whole, so threads may race.
_loaded: dict[uuid.UUID, WorkCalendar] = {}


_VERSION = sa.select(table(CalendarVersion).c.number, table(CalendarVersion).c.stamp)


class CalendarMoved(Conflict):
    """Somebody changed the calendar after the page was opened on which this change was decided."""

    code = "calendar_moved"
    message = "日历已被他人修改，请重新预览后再提交。"


def load() -> WorkCalendar:
    """The calendar in force. Costs one small query unless it changed since this process last looked.

    A database that was never seeded gives an empty calendar at version 0, in which every year is missing.
    """
    found = run(_VERSION).one_or_none()
    if found is None:
        return WorkCalendar(version=0)
    number, stamp = found
    cached = _loaded.get(stamp)
    if cached is None:
        cached = _read(number)
        _loaded.clear()
        _loaded[stamp] = cached
    return cached


def _read(number: int) -> WorkCalendar:
    years = {row.year: row.status for row in session().execute(sa.select(CalendarYear.year, CalendarYear.status))}
    days: dict[date, Day] = {}
    for day_on, kind, name in session().execute(sa.select(CalendarDay.day_on, CalendarDay.kind, CalendarDay.name)):
        days[day_on] = Day(kind, name)
    return WorkCalendar(number, MappingProxyType(years), MappingProxyType(days))


def next_version(expected: int) -> int:
    """Move the counter on from the version that the change was decided on; CalendarMoved if that is no longer in force.

    Writers of the calendar wait for each other here. Load before, not between this and the writing of the days.
    """
    if expected == 0:
        _first_version()
        return 1
    values = {"number": CalendarVersion.number + 1, "stamp": new_id(), "changed_at": clock.now()}
    move = sa.update(CalendarVersion).where(CalendarVersion.number == expected).values(**values)
    moved = session().execute(move.execution_options(synchronize_session=False))
    if moved.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        raise CalendarMoved
    return expected + 1


def _first_version() -> None:
    first = sa.insert(CalendarVersion).values(id=ONLY_ROW, number=1, stamp=new_id(), changed_at=clock.now())
    try:
        with session().begin_nested():
            session().execute(first)
    except IntegrityError as clash:
        raise CalendarMoved from clash
