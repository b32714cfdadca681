"""The stage of a played year: stories told as generators, woven together in order of time, one unit of work a day.

A story yields the moment at which it goes on; what it does then, it does through the rooms' doors at that moment.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count

from server.core import clock
from server.core.db import session, unit
from server.core.errors import ShijianError

Story = Iterator[datetime]


def at(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment on Shanghai's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=clock.LOCAL)


class Play:
    """Stories on their way."""

    def __init__(self) -> None:
        self._serial = count()
        self._waiting: list[tuple[datetime, int, Story]] = []

    def add(self, *stories: Story) -> None:
        """Let stories begin; each says by its first yield when."""
        for story in stories:
            self._await(story)

    def run(self, until: datetime) -> None:
        """Play everything up to a moment. What would come later never happens."""
        while self._waiting and self._waiting[0][0] <= until:
            day = clock.local_day(self._waiting[0][0])
            with unit():
                while self._waiting and clock.local_day(self._waiting[0][0]) == day and self._waiting[0][0] <= until:
                    moment, _, story = heapq.heappop(self._waiting)
                    with clock.replaying(moment):
                        self._await(story, after=moment)

    def _await(self, story: Story, after: datetime | None = None) -> None:
        moment = next(story, None)
        if moment is None:
            return
        if after is not None and moment < after:
            raise ValueError(f"a story goes back in time: {after} → {moment}")
        heapq.heappush(self._waiting, (moment, next(self._serial), story))


def refused(act: Callable[[], object]) -> ShijianError:
    """Do what the rules must refuse, and give back what they said; the unit goes on as if nothing had been tried."""
    try:
        with session().begin_nested():
            act()
    except ShijianError as error:
        return error
    raise AssertionError("the rules should have refused this")
