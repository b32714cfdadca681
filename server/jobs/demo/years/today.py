"""A contract in force as the present's stories see it: its people, its term, and the moment from which they count back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.core import clock
from server.jobs.demo.years.cast import Year


@dataclass(frozen=True, slots=True)
class Today:
    """``now`` is when the demo is made; inside a story the clock shows the story's own moment."""

    year: Year
    starts_on: date
    ends_on: date
    now: datetime

    @property
    def day(self) -> date:
        """The day on which the demo is made."""
        return clock.local_day(self.now)

    def ago(self, days: float) -> datetime:
        """So many days ago, but not before the contract's first morning."""
        return max(self.now - timedelta(days=days), clock.start_of(self.starts_on) + timedelta(hours=9))
