"""Raising alerts: one for each object, kind and due day; a moved day raises another and takes the old one back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.domain import calendar
from server.domain.agenda import collecting, hours
from server.domain.agenda import policy as rules
from server.domain.agenda.models import OBJECT, TITLE, Alert
from server.domain.agenda.policy import Policy
from server.domain.agenda.vocabulary import AlertKind, AlertState, Entry, EntryKind, Urgency, Window
from server.domain.calendar import WorkCalendar
from server.domain.identity import SCHEDULER, Actor
from server.gateways import queue

LOOK = "agenda.arm"

# Wide enough that a duty which moved far away is still known as moved.
LONG_AGO, FAR = date(2000, 1, 1), timedelta(days=3660)
Key = tuple[EntryKind, str, AlertKind, date]
_KIND_OF = {Urgency.SOON: AlertKind.AHEAD, Urgency.LATE: AlertKind.LATE}


@dataclass(frozen=True, slots=True)
class Armed:
    """What one look changed: alerts raised, and alerts taken back."""

    raised: int
    withdrawn: int


def arm(actor: Actor = SCHEDULER) -> Armed:
    """Bring the alerts in line with the duties as they stand. Again at any time: what stands is left alone."""
    rules.take_turn()
    moment = clock.now()
    held, book = rules.policy(), calendar.load()
    today = clock.local_day(moment)
    found = collecting.collected(actor, Window(LONG_AGO, today + FAR, whole=True))
    duties = {(each.kind, each.object_id[:OBJECT]): each for each in found}
    wanted = {_key(each): each for each in found if each.due_on is not None and each.urgency in _KIND_OF}
    known = _known(wanted)
    raised = 0
    for key, entry in wanted.items():
        alert = known.get(key)
        if alert is None:
            raised += _raise(entry, key, moment, hours.notify_at(held, book, entry.kind, moment))
        else:
            _keep(alert, entry, moment, held, book)
    withdrawn = 0
    for alert in session().scalars(sa.select(Alert).where(Alert.state == AlertState.STANDING)):
        if (alert.object_kind, alert.object_id, alert.kind, alert.due_on) not in wanted:
            alert.state = _became(alert, duties.get((alert.object_kind, alert.object_id)))
            alert.changed_at = moment
            withdrawn += 1
    session().flush()
    return Armed(raised, withdrawn)


def look_soon() -> None:
    """Queue a look, so that what was just done leaves the bell before the next regular one."""
    queue.put(LOOK)


def _key(entry: Entry) -> Key:
    assert entry.due_on is not None  # noqa: S101 - only dated ones are alerted of
    return (entry.kind, entry.object_id[:OBJECT], _KIND_OF[entry.urgency], entry.due_on)


def _known(wanted: Iterable[Key]) -> dict[Key, Alert]:
    kinds = {key[0] for key in wanted}
    days = [key[3] for key in wanted]
    if not days:
        return {}
    query = sa.select(Alert).where(Alert.object_kind.in_(kinds), Alert.due_on.between(min(days), max(days)))
    return {(row.object_kind, row.object_id, row.kind, row.due_on): row for row in session().scalars(query)}


def _raise(entry: Entry, key: Key, moment: datetime, notify_at: datetime) -> bool:
    """Write a new alert; False if another worker just did."""
    alert = Alert(
        object_kind=key[0],
        object_id=key[1],
        kind=key[2],
        due_on=key[3],
        due_at=entry.ends_at,
        contract_id=entry.contract_id,
        title=entry.title[:TITLE],
        provisional=entry.provisional,
        place=dict(entry.place),
        state=AlertState.STANDING,
        raised_at=moment,
        notify_at=notify_at,
        changed_at=moment,
    )
    try:
        with session().begin_nested():
            session().add(alert)
    except IntegrityError:
        return False
    return True


def _keep(alert: Alert, entry: Entry, moment: datetime, held: Policy, book: WorkCalendar) -> None:
    """Keep an alert in line: a day that came back stands again, unread only by those who had not read it."""
    if alert.state is not AlertState.STANDING:
        alert.state, alert.changed_at = AlertState.STANDING, moment
    if alert.notify_at > moment:
        alert.notify_at = hours.notify_at(held, book, entry.kind, moment)
    alert.title, alert.due_at = entry.title[:TITLE], entry.ends_at
    alert.provisional, alert.place = entry.provisional, dict(entry.place)


def _became(alert: Alert, entry: Entry | None) -> AlertState:
    if entry is None or entry.done:
        return AlertState.DONE
    if entry.due_on != alert.due_on:
        return AlertState.MOVED
    return AlertState.PASSED if entry.urgency is Urgency.LATE else AlertState.MOVED
