"""The virtual clock: real time plus an offset that a test may push, with a per-request skew for faults."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


class Clock:
    """Seconds since the epoch as the simulated WeChat sees them."""

    def __init__(self, start_at: float | None = None) -> None:
        self._offset = 0.0 if start_at is None else start_at - time.time()
        self._skew = threading.local()

    @property
    def offset(self) -> float:
        """Seconds that the virtual clock is ahead of the machine's."""
        return self._offset

    def now(self) -> float:
        """Unix time; inside `skewed` it is wrong on purpose."""
        return self.true_now() + float(getattr(self._skew, "seconds", 0.0))

    def true_now(self) -> float:
        """Unix time without any skew; what queues are ordered by."""
        return time.time() + self._offset

    def stamp(self) -> int:
        """Whole Unix seconds, the form WeChat writes."""
        return int(self.now())

    def day(self) -> str:
        """The Beijing day, at whose end daily quotas are given back."""
        return datetime.fromtimestamp(self.now(), BEIJING).strftime("%Y-%m-%d")

    def minute(self) -> int:
        """A number that changes with each minute."""
        return int(self.now() // 60)

    def advance(self, seconds: float) -> None:
        """Move forward (or, negative, back)."""
        self._offset += seconds

    def set(self, moment: float) -> None:
        """Be at this Unix time now."""
        self._offset = moment - time.time()

    @contextmanager
    def skewed(self, seconds: float) -> Iterator[None]:
        """For this thread only, tell a wrong time."""
        self._skew.seconds = seconds
        try:
            yield
        finally:
            self._skew.seconds = 0.0
