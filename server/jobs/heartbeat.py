"""The heartbeat: renews the leases of this process's jobs, writes their progress, and hears of cancellations."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import reading, unit
from server.gateways import queue
from server.gateways.queue import Progress
from server.jobs.context import JobContext

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


class Heartbeat:
    """One thread for all jobs of a process. Progress goes through it because a handler may stand in a writing unit."""

    def __init__(self, app: Flask, lease: timedelta) -> None:
        self._app = app
        self._lease = lease
        self._jobs: dict[uuid.UUID, JobContext] = {}
        self._renewed: dict[uuid.UUID, tuple[float, Progress]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stop.set()
        self._thread.join(timeout=5)

    def watch(self, job: JobContext) -> None:
        """Keep this job's lease until ``release``."""
        with self._lock:
            self._jobs[job.id] = job
            self._renewed[job.id] = (time.monotonic(), job.reported)

    def release(self, job: JobContext) -> None:
        """This job has ended here."""
        with self._lock:
            self._jobs.pop(job.id, None)
            self._renewed.pop(job.id, None)

    def interrupt_all(self) -> None:
        """Ask every job to stop at its next word of progress: the worker shuts down."""
        with self._lock:
            for job in self._jobs.values():
                job.stopping.set()

    def _run(self) -> None:
        pause = min(self._lease.total_seconds() / 4, LOOK_SECONDS)
        while not self._stop.wait(pause):
            try:
                with self._app.app_context():
                    self._beat()
            except SQLAlchemyError as error:
                log.warning("heartbeat missed: %s", type(error).__name__)

    def _beat(self) -> None:
        with self._lock:
            jobs = list(self._jobs.values())
        if not jobs:
            return
        with reading():
            held = queue.still_held([job.claim for job in jobs])
        for job in jobs:
            if job.finished:
                continue
            if job.id not in held:
                job.lost.set()
            elif self._wants_renewal(job):
                self._renew(job)

    def _wants_renewal(self, job: JobContext) -> bool:
        with self._lock:
            at, progress = self._renewed.get(job.id, (0.0, None))
        return progress != job.reported or time.monotonic() - at >= self._lease.total_seconds() / 3

    def _renew(self, job: JobContext) -> None:
        progress = job.reported
        with unit():
            held = queue.renew(job.claim, self._lease, progress)
        if not held and not job.finished:
            job.lost.set()
        with self._lock:
            if job.id in self._renewed:
                self._renewed[job.id] = (time.monotonic(), progress)
