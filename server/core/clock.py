"""Now, and the two faces of time: aware UTC inside, Asia/Shanghai at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")

_replayed: ContextVar[datetime | None] = ContextVar("replayed", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC. The only place that reads the system's clock."""
    return _replayed.get() or datetime.now(UTC)


@contextmanager
def replaying(moment: datetime) -> Iterator[None]:
    """Inside, ``now`` is this moment: for a story that is played through the doors, as the demo data are."""
    token = _replayed.set(moment)
    try:
        yield
    finally:
        _replayed.reset(token)


def today() -> date:
    """The present day in Shanghai."""
    return now().astimezone(LOCAL).date()


def to_local(moment: datetime) -> datetime:
    """An aware moment as Shanghai's wall clock shows it."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(LOCAL)


def local_day(moment: datetime) -> date:
    """The day in Shanghai in which a moment falls."""
    return to_local(moment).date()


def start_of(day: date) -> datetime:
    """00:00 Shanghai of a day, in UTC."""
    return datetime.combine(day, time.min, LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 Shanghai of a day, in UTC: a last day ends there (Civil Code art. 203)."""
    return start_of(day + timedelta(days=1))
