"""The keeper: frees the jobs of silent workers, starts what comes round, and reminds the broker. Any number may run."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from flask import Flask

from server.core.db import reading, unit
from server.gateways import queue
from server.jobs.registry import ROUNDS

log = logging.getLogger(__name__)

DECLARE_SECONDS = 60.0


class Keeper:
    """One look at a time, from one thread of each worker process."""

    def __init__(self, app: Flask, lease: timedelta) -> None:
        self._app = app
        self._lease = lease
        self._declared = float("-inf")
        self.pause = min(self._lease.total_seconds() / 4, 1.0)

    def look(self) -> None:
        """Do what is due. Raises SQLAlchemyError when the database is away."""
        with self._app.app_context():
            self._declare()
            self._sweep()
            self._rounds()
            self._remind()

    def _declare(self) -> None:
        # Again and again: during an upgrade a worker of the older release withdraws what only the newer one knows.
        if time.monotonic() - self._declared >= DECLARE_SECONDS:
            with unit():
                queue.declare(ROUNDS)
            self._declared = time.monotonic()

    def _sweep(self) -> None:
        with reading():
            if not queue.anything_to_sweep(self._lease):
                return
        with unit():
            freed = queue.sweep(self._lease)
        if freed:
            log.warning("jobs freed from silent workers", extra={"count": freed})

    def _rounds(self) -> None:
        with reading():
            names = queue.due_rounds()
        for name in names:
            wanted = self._has_work(name)
            with unit():
                if wanted:
                    queue.start(name)
                else:
                    queue.skip(name)

    def _has_work(self, name: str) -> bool:
        when = ROUNDS[name].when if name in ROUNDS else None
        if when is None:
            return True
        try:
            with reading():
                return when()
        except Exception:
            log.exception("cannot tell whether periodic work has anything to do", extra={"round": name})
            return True

    def _remind(self) -> None:
        transport = queue.transport()
        if transport.patience is None:
            return
        with reading():
            offers = queue.to_offer(transport.patience)
        if offers and transport.announce(offers):
            with unit():
                queue.note_offered(offers, transport.patience)
