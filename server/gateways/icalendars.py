"""Calendar feeds as RFC 5545 asks for them: folded, escaped, with stable ids. icalendar lives here only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import icalendar

TYPE = "text/calendar; charset=utf-8"
MAKER = "-//shijian//agenda//ZH-CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a feed. ``uid`` stays the same when the day moves; ``at`` None: the whole day.

    ``remind``: how long before to remind; None: not at all.
    """

    uid: str
    title: str
    text: str
    on: date
    at: datetime | None
    url: str
    category: str
    done: bool = False
    tentative: bool = False
    remind: timedelta | None = None


def feed(name: str, events: Iterable[Event], *, stamped_at: datetime, refresh: timedelta) -> bytes:
    """A calendar that programs subscribe to. What has a time ends at it: it is a deadline, not a meeting."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _line(name))
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    for each in events:
        calendar.add_component(_component(each, stamped_at))
    written: bytes = calendar.to_ical()
    return written


def _component(each: Event, stamped_at: datetime) -> icalendar.Event:
    made = icalendar.Event()
    made.add("uid", each.uid)
    made.add("dtstamp", stamped_at)
    made.add("summary", _line(each.title))
    if each.text:
        made.add("description", "\n".join(_line(part) for part in each.text.splitlines()))
    if each.at is None:
        made.add("dtstart", each.on)
        made.add("dtend", each.on + timedelta(days=1))
    else:
        made.add("dtstart", each.at)
    made.add("url", each.url)
    made.add("categories", [each.category])
    made.add("status", "TENTATIVE" if each.tentative else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    if each.remind is not None and not each.done:
        made.add_component(_alarm(each, each.remind))
    return made


def _alarm(each: Event, before: timedelta) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _line(each.title))
    alarm.add("trigger", -before)
    return alarm


def _line(text: str) -> str:
    """Words as one line without control characters: a single one would make programs refuse the whole calendar."""
    return "".join(each if each.isprintable() else " " for each in text)
