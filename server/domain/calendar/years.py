"""Changing the calendar: a year imported, a day corrected, an estimate confirmed as official; and what that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain import identity
from server.domain.calendar import followers
from server.domain.calendar.entries import LONGEST, DayEntry, fitting, whole_year
from server.domain.calendar.loading import load, next_version
from server.domain.calendar.models import CalendarDay, CalendarYear
from server.domain.calendar.working import CalendarMissing, Day, DayKind, WorkCalendar, YearStatus
from server.domain.identity import Actor, Permission

EARLIEST, LATEST = 1990, 2100
# Statutory holidays of a year, by the regulation in force from that year (State Council Orders 513 and 795).
STATUTORY_DAYS = ((2025, 13), (2008, 11))
LONGEST_SOURCE = 200


class AlreadyOfficial(Conflict):
    """An official year is changed by an import or day by day, not published again."""

    code = "calendar_already_official"
    message = "该年日历已是正式安排。"


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day before (None: its year was missing) and after."""

    on: date
    before: Day | None
    after: Day


@dataclass(frozen=True, slots=True)
class YearChange:
    """What a change does or did: days that differ, the year's status, and the calendar that results."""

    year: int
    days: tuple[DayChange, ...]
    before: YearStatus
    after: YearStatus
    calendar: WorkCalendar


def preview_year(actor: Actor, *, year: int, entries: list[DayEntry], status: YearStatus) -> YearChange:
    """What an import would change, without changing it. ``calendar`` is the one to ask which deadlines would move."""
    actor.need(Permission.CALENDAR_MANAGE)
    _valid_year(year)
    return _change(load(), year, whole_year(year, entries), status)


def doubts(change: YearChange) -> list[str]:
    """What speaks against a year that somebody is about to import as official: sentences for the preview."""
    days = [day for on, day in change.calendar.days.items() if on.year == change.year]
    free = sum(day.kind is DayKind.HOLIDAY for day in days)
    least = next((count for year, count in STATUTORY_DAYS if change.year >= year), 0)
    found = []
    if free < least:
        found.append(f"只列出 {free} 天节假日，少于法定的 {least} 天，文件可能不完整。")
    if change.after is YearStatus.OFFICIAL and not any(day.kind is DayKind.SHIFTED for day in days):
        found.append("没有任何调休上班日；正式安排通常会有，请核对。")
    return found


def import_year(
    actor: Actor, *, year: int, entries: list[DayEntry], status: YearStatus, source: str, expected: int | None = None
) -> YearChange:
    """Replace a year by an announcement; days that it does not name become ordinary.

    ``expected`` is the version that the person saw in the preview: CalendarMoved if another is in force by now.
    """
    actor.need(Permission.CALENDAR_MANAGE)
    _valid_year(year)
    if status is YearStatus.MISSING:
        raise Invalid(fields={"status": ["请选择正式或暂定"]})
    source = _valid_source(source)
    calendar = load()
    version = next_version(calendar.version if expected is None else expected)
    change = _change(calendar, year, whole_year(year, entries), status)
    _keep_days(change, source, version)
    _keep_year(year, status, source, version)
    _record(actor, "calendar.imported", f"导入 {year} 年放假安排（{status.label}），变动 {len(change.days)} 天", change)
    followers.announce(actor, f"{year} 年日历导入")
    return change


def set_day(actor: Actor, *, on: date, kind: DayKind, name: str, source: str) -> YearChange:
    """Correct one day, as an emergency notice in mid-holiday demands (2020). CalendarMissing if its year is not there."""
    actor.need(Permission.CALENDAR_MANAGE)
    source = _valid_source(source)
    try:
        fitting(on, kind)
    except ValueError as fault:
        raise Invalid(fields={"kind": [str(fault)]}) from fault
    if len(name) > LONGEST:
        raise Invalid(fields={"name": [f"名称不超过 {LONGEST} 个字"]})
    calendar = load()
    status = calendar.status(on.year)
    if status is YearStatus.MISSING:
        raise CalendarMissing(on.year)
    days = {day: kept for day, kept in calendar.days.items() if day.year == on.year} | {on: Day(kind, name.strip())}
    change = _change(calendar, on.year, days, status)
    if not change.days:
        return change
    _keep_days(change, source, next_version(calendar.version))
    _record(actor, "calendar.day_set", f"{on} 改为{kind.label}{name and f'（{name}）'}", change)
    followers.announce(actor, f"{on} 日历更正")
    return change


def publish_official(actor: Actor, *, year: int, source: str) -> YearChange:
    """Confirm that a provisional year is as the State Council announced it; its days stay as they are."""
    actor.need(Permission.CALENDAR_MANAGE)
    source = _valid_source(source)
    calendar = load()
    status = calendar.status(year)
    if status is YearStatus.MISSING:
        raise CalendarMissing(year)
    if status is YearStatus.OFFICIAL:
        raise AlreadyOfficial
    days = {on: day for on, day in calendar.days.items() if on.year == year}
    change = _change(calendar, year, days, YearStatus.OFFICIAL)
    _keep_year(year, YearStatus.OFFICIAL, source, next_version(calendar.version))
    _record(actor, "calendar.published", f"{year} 年日历确认为正式安排（{source}）", change)
    followers.announce(actor, f"{year} 年日历转为正式")
    return change


def maintained_years(actor: Actor) -> list[CalendarYear]:
    """The years that are there, newest first."""
    actor.need(Permission.CALENDAR_VIEW)
    return list(session().scalars(sa.select(CalendarYear).order_by(CalendarYear.year.desc())))


def _change(calendar: WorkCalendar, year: int, days: Mapping[date, Day], status: YearStatus) -> YearChange:
    differing = tuple(
        DayChange(on, calendar.days.get(on), day) for on, day in sorted(days.items()) if calendar.days.get(on) != day
    )
    return YearChange(year, differing, calendar.status(year), status, calendar.with_year(year, days, status))


def _keep_days(change: YearChange, source: str, version: int) -> None:
    for moved in change.days:
        if moved.before is not None:
            session().execute(
                sa.update(CalendarDay)
                .where(CalendarDay.day_on == moved.on)
                .values(kind=moved.after.kind, name=moved.after.name, source=source, version=version)
            )
    new = [day for day in change.days if day.before is None]
    if new:
        session().execute(
            sa.insert(CalendarDay),
            [
                {
                    "day_on": day.on,
                    "year": change.year,
                    "kind": day.after.kind,
                    "name": day.after.name,
                    "source": source,
                    "version": version,
                }
                for day in new
            ],
        )


def _keep_year(year: int, status: YearStatus, source: str, version: int) -> None:
    row = session().get(CalendarYear, year) or CalendarYear(year=year)
    row.status, row.source, row.version, row.updated_at = status, source, version, clock.now()
    session().add(row)
    session().flush()


def _record(actor: Actor, action: str, summary: str, change: YearChange) -> None:
    told: dict[str, list[object]] = {
        day.on.isoformat(): [_told(day.before), _told(day.after)] for day in change.days if day.before is not None
    }
    if change.before is not change.after:
        told["status"] = [change.before.value, change.after.value]
    identity.record(actor, action, subject=("calendar_year", str(change.year)), summary=summary, changes=told)


def _told(day: Day | None) -> str | None:
    return None if day is None else f"{day.kind.label}{day.name and f'（{day.name}）'}"


def _valid_year(year: int) -> None:
    if not EARLIEST <= year <= LATEST:
        raise Invalid(fields={"year": [f"年份应在 {EARLIEST} 至 {LATEST} 之间"]})


def _valid_source(source: str) -> str:
    source = source.strip()
    if not source:
        raise Invalid(fields={"source": ["请写明依据，例如国务院办公厅通知文号"]})
    if len(source) > LONGEST_SOURCE:
        raise Invalid(fields={"source": [f"依据不超过 {LONGEST_SOURCE} 个字"]})
    return source
