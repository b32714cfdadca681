"""Work that is due at a virtual moment, done by one background thread in order."""

import heapq
import logging
import threading
import time
from collections.abc import Callable
from itertools import count

from server.simulators.wechat.clock import Clock

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2


class Schedule:
    """A queue over the virtual clock; `drain` lets a test wait for it instead of sleeping."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._items: list[tuple[float, int, Callable[[], None], bool]] = []
        self._serial = count()
        self._busy = False
        self._stopped = False
        self._thread: threading.Thread | None = None

    def put(self, work: Callable[[], None], delay: float = 0.0, *, recurring: bool = False) -> None:
        """Do it ``delay`` virtual seconds from now; equal moments keep their order.

        Nobody waits for what is ``recurring``: it is never the last.
        """
        with self._changed:
            heapq.heappush(self._items, (self._clock.true_now() + delay, next(self._serial), work, recurring))
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="wechat-simulator-pushes", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def waiting(self) -> int:
        """How many things are not yet done."""
        with self._changed:
            return sum(not recurring for *_, recurring in self._items) + self._busy

    def wake(self) -> None:
        """The clock was moved: look again."""
        with self._changed:
            self._changed.notify_all()

    def drain(self, *, late: bool = False, timeout: float = 30.0) -> bool:
        """Wait until nothing due is left; ``late`` does what is due later right away. False on time-out."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._busy or self._due() or (late and self._waits()):
                if late and self._waits():
                    self._items = [
                        (at if recurring else 0.0, serial, work, recurring)
                        for at, serial, work, recurring in sorted(self._items)
                    ]
                    heapq.heapify(self._items)
                    self._changed.notify_all()
                if not self._changed.wait(min(POLL_SECONDS, max(0.0, deadline - time.monotonic()))) and (
                    time.monotonic() >= deadline
                ):
                    return False
            return True

    def clear(self) -> None:
        """Forget what has not begun."""
        with self._changed:
            self._items.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        """End the thread; what has not begun is forgotten."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()
        if self._thread:
            self._thread.join(timeout=10)

    def _waits(self) -> bool:
        return any(not recurring for *_, recurring in self._items)

    def _due(self) -> bool:
        return bool(self._items) and self._items[0][0] <= self._clock.true_now()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and not self._due():
                    self._changed.wait(POLL_SECONDS if self._items else None)
                if self._stopped:
                    return
                work = heapq.heappop(self._items)[2]
                self._busy = True
            try:
                work()
            except Exception:
                log.exception("a push failed inside the simulator")
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()
