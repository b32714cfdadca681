"""Runs one claimed job and writes down how it ended; the same under our worker and under Celery."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.core import logs
from server.core.db import reading, unit
from server.core.errors import TooMany, Unavailable
from server.gateways import queue
from server.gateways.queue import Claim
from server.jobs.context import Hopeless, Interrupted, JobContext, Later
from server.jobs.heartbeat import Heartbeat
from server.jobs.registry import KINDS, Kind

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


class Runner:
    """Runs claimed jobs in the calling thread."""

    def __init__(self, app: Flask, lease: timedelta, heartbeat: Heartbeat) -> None:
        self._app = app
        self._lease = lease
        self._heartbeat = heartbeat
        self._shutting = threading.Event()

    def shut(self) -> None:
        """Ask the running jobs to stop; their results are written for as long as the process lives."""
        self._shutting.set()
        self._heartbeat.interrupt_all()

    def run(self, claim: Claim) -> None:
        """Run a job to its end. Never raises: the row tells how it went."""
        token = logs.request_id.set(claim.id.hex)
        try:
            with self._app.app_context():
                self._run(claim)
        except Exception:
            # The row stays as it is; when the lease has run out the job is taken again.
            log.exception("job left to its lease")
        finally:
            logs.request_id.reset(token)

    def _run(self, claim: Claim) -> None:
        with reading():
            row = queue.find(claim.id)
            job = JobContext(claim, kind=row.kind, args=row.args, lease=self._lease)
            origin = row.request_id
        self._heartbeat.watch(job)
        started = time.perf_counter()
        log.info("job started", extra={"kind": job.kind, "attempt": job.attempt, "origin": origin})
        try:
            outcome = self._handle(job, KINDS[job.kind])
            with self._app.app_context():
                ended = outcome()
        finally:
            self._heartbeat.release(job)
        ms = round((time.perf_counter() - started) * 1000, 1)
        log.info("job ended", extra={"kind": job.kind, "attempt": job.attempt, "ms": ms, "outcome": ended})

    def _handle(self, job: JobContext, kind: Kind) -> Callable[[], str]:
        """Call the handler; returns how to write down its end."""
        try:
            with self._app.app_context():
                kind.handler(job)
        except Interrupted:
            return lambda: self._interrupted(job)
        except Later as later:
            seconds, note = later.seconds, later.note
            return lambda: self._write("later", lambda: queue.give_back(job.claim, seconds=seconds, note=note))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
            return self._failed(job, kind, error)
        if job.finished:
            return lambda: "done"
        return lambda: self._write("done", lambda: queue.finish(job.claim, job.reported))

    def _failed(self, job: JobContext, kind: Kind, error: Exception) -> Callable[[], str]:
        hopeless = isinstance(error, Hopeless)
        expected = isinstance(error, Unavailable | TooMany | Hopeless)
        at_least = float(error.retry_after) if isinstance(error, Unavailable | TooMany) else 0.0
        text = f"{type(error).__name__}: {error}" if expected else traceback.format_exc()
        log.warning("job failed", exc_info=None if expected else error, extra={"kind": job.kind, "reason": text[:500]})
        return lambda: self._write(
            "failed",
            lambda: queue.fail(job.claim, text, backoff=kind.backoff, at_least=at_least, hopeless=hopeless),
        )

    def _interrupted(self, job: JobContext) -> str:
        if job.finished:
            return "done"
        if job.lost.is_set():
            return "lost"
        return self._write("given back", lambda: queue.give_back(job.claim, note="worker stopped"))

    def _write(self, name: str, change: Callable[[], bool]) -> str:
        """Write the end, patiently: the database may be away. The fence makes a late write harmless."""
        pause = FIRST_PAUSE
        while True:
            try:
                with unit():
                    return name if change() else "lost"
            except SQLAlchemyError as error:
                log.warning("the end of a job cannot be written yet: %s", type(error).__name__)
                if self._shutting.wait(pause):
                    raise
                pause = min(pause * 2, LONGEST_PAUSE)
