"""The bell: a file whose last change wakes the embedded workers of this machine."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from server.gateways.queue.intake import Offer

log = logging.getLogger(__name__)

GLANCE_SECONDS = 0.05


class Bell:
    """Rung by whoever commits a job, heard by every worker on the same data directory.

    A missed ring costs a worker one poll, never a job; ringing where nobody listens is harmless.
    """

    patience: timedelta | None = None

    def __init__(self, folder: Path) -> None:
        self._file = folder / "jobs.bell"
        self._heard = self._rung()
        self._inside = threading.Event()
        self.stopped = False

    def announce(self, offers: Sequence[Offer]) -> bool:  # noqa: ARG002 - workers look for themselves
        """Ring."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.touch()
        except OSError:
            log.debug("the bell cannot be rung", exc_info=True)
            return False
        return True

    def nudge(self) -> None:
        """Wake the listener in this process: a thread is free. Not for signal handlers, which set ``stopped``."""
        self._inside.set()

    def wait(self, seconds: float) -> None:
        """Return when the bell rings or someone nudges, at the latest after some seconds."""
        deadline = time.monotonic() + seconds
        while not self.stopped and (left := deadline - time.monotonic()) > 0:
            if self._inside.wait(min(left, GLANCE_SECONDS)):
                break
            if (rung := self._rung()) != self._heard:
                self._heard = rung
                break
        self._inside.clear()

    def _rung(self) -> int:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0
