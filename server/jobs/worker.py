"""The embedded worker: claims rows itself, runs them on a few threads, and keeps the house while it waits."""

from __future__ import annotations

import itertools
import logging
import os
import random
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import FrameType

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import reading, unit
from server.core.ids import new_id
from server.gateways import queue
from server.gateways.queue import Claim, Lane
from server.gateways.queue.bell import GLANCE_SECONDS, Bell
from server.jobs.heartbeat import Heartbeat
from server.jobs.keeper import Keeper
from server.jobs.registry import KINDS
from server.jobs.runner import Runner

log = logging.getLogger(__name__)

SHORTEST_POLL = 0.2
LONGEST_POLL = 1.0
LONGEST_BACKOFF = 10.0
# These lanes hold long work and may not take the last free thread from messages.
SLOW_LANES = frozenset({Lane.DOCUMENTS, Lane.EXCHANGE})
# The end of the grace, in which running jobs are told to stop at their next word of progress: at most half of it.
LAST_SECONDS = 5.0


class Worker:
    """One process. ``run`` returns after TERM or INT, when its jobs have ended or were given back."""

    def __init__(
        self, app: Flask, bell: Bell, *, lease: timedelta, threads: int, lanes: Sequence[Lane], grace: float
    ) -> None:
        self._app = app
        self._bell = bell
        self._lease = lease
        self._threads = threads
        self._lanes = list(lanes)
        self._grace = grace
        self._owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{new_id().hex[-8:]}"
        self._heartbeat = Heartbeat(app, lease)
        self._runner = Runner(app, lease, self._heartbeat)
        self._keeper = Keeper(app, lease)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._running: dict[Claim, Lane] = {}
        self._lock = threading.Lock()
        self._signals = 0

    def run(self) -> None:
        """Work until told to stop."""
        signal.signal(signal.SIGTERM, self._told_to_stop)
        signal.signal(signal.SIGINT, self._told_to_stop)
        self._heartbeat.start()
        log.info("worker ready", extra={"owner": self._owner, "threads": self._threads, "lanes": self._lanes})
        self._work()
        self._leave()

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self._bell.stopped = True

    def _work(self) -> None:
        poll, backoff, kept = SHORTEST_POLL, SHORTEST_POLL, float("-inf")
        while not self._signals:
            try:
                if time.monotonic() - kept >= self._keeper.pause:
                    self._keeper.look()
                    kept = time.monotonic()
                taken = self._take()
                backoff = SHORTEST_POLL
            except SQLAlchemyError as error:
                log.warning("database away: %s", type(error).__name__)
                self._bell.wait(backoff * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, protects nothing
                backoff = min(backoff * 2, LONGEST_BACKOFF)
                continue
            poll = SHORTEST_POLL if taken else min(poll * 1.5, LONGEST_POLL)
            self._bell.wait(min(poll, self._keeper.pause))

    def _take(self) -> int:
        """Claim as much as there are free threads, and start it."""
        with self._lock:
            busy = Counter(self._running.values())
        free = self._threads - busy.total()
        if not free:
            return 0
        with self._app.app_context():
            wanted = self._candidates(free, busy)
            if not wanted:
                return 0
            claims = []
            with unit():
                for lane, job_id in wanted:
                    claim = queue.claim(job_id, self._owner, self._lease, KINDS)
                    if claim is not None:
                        claims.append((claim, lane))
        for claim, lane in claims:
            self._start(claim, lane)
        return len(claims)

    def _candidates(self, free: int, busy: Counter[Lane]) -> list[tuple[Lane, uuid.UUID]]:
        """Due jobs, one lane after the other, so that a flood in one lane does not stop the others."""
        self._lanes.append(self._lanes.pop(0))
        with reading():
            rows = {lane: queue.due(lane, KINDS, free) for lane in self._lanes}
        slow_free = max(self._threads - 1, 1) - sum(busy[lane] for lane in SLOW_LANES)
        found: list[tuple[Lane, uuid.UUID]] = []
        for lane in itertools.chain.from_iterable(itertools.repeat(self._lanes, free)):
            if not rows[lane] or (lane in SLOW_LANES and slow_free <= 0):
                continue
            found.append((lane, rows[lane].pop(0)))
            slow_free -= lane in SLOW_LANES
        return found[:free]

    def _start(self, claim: Claim, lane: Lane) -> None:
        with self._lock:
            self._running[claim] = lane
        self._pool.submit(self._runner.run, claim).add_done_callback(lambda _: self._ended(claim))

    def _ended(self, claim: Claim) -> None:
        with self._lock:
            self._running.pop(claim, None)
        self._bell.nudge()

    def _leave(self) -> None:
        """Let running jobs end, then ask them to stop, then give them back: all within the grace."""
        log.info("worker stopping", extra={"running": len(self._running)})
        deadline = time.monotonic() + self._grace
        told = self._signals
        self._pool.shutdown(wait=False)
        while self._running and time.monotonic() < deadline:
            if deadline - time.monotonic() < min(LAST_SECONDS, self._grace / 2) or self._signals > told:
                self._runner.shut()
            time.sleep(GLANCE_SECONDS)
        self._give_back()
        self._heartbeat.stop()
        log.info("worker stopped")

    def _give_back(self) -> None:
        with self._lock:
            left = list(self._running)
        if not left:
            return
        log.warning("jobs given back at the end of the grace", extra={"count": len(left)})
        try:
            with self._app.app_context(), unit():
                for claim in left:
                    queue.give_back(claim, note="worker stopped")
        except SQLAlchemyError:
            log.exception("jobs left to their leases")
        logging.shutdown()
        # A thread that does not listen would keep the process alive; its writes are fenced from here on.
        os._exit(0)
