"""The same handlers under Celery on RabbitMQ: the message carries the row's id, and the row decides."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.core import logs
from server.core.db import db, unit
from server.gateways import queue
from server.gateways.queue import Claim, Lane
from server.gateways.queue.amqp import TASK, queue_name
from server.jobs.heartbeat import Heartbeat
from server.jobs.keeper import Keeper
from server.jobs.registry import KINDS
from server.jobs.runner import Runner
from server.settings import Settings

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 10.0


class Hands:
    """What one pool process works with; begun after the fork, since threads and connections do not survive it."""

    def __init__(self, app: Flask, lease: timedelta) -> None:
        self._app = app
        self._lease = lease
        self._host = socket.gethostname()[:60]
        self._heartbeat = Heartbeat(app, lease)
        self._runner = Runner(app, lease, self._heartbeat)

    def begin(self) -> None:
        """Leave the parent's connections alone and start to beat."""
        with self._app.app_context():
            db.engine.dispose(close=False)
        self._heartbeat.start()

    def work(self, job_id: str, message: str, *, redelivered: bool) -> None:
        """Claim the message's job and run it; nothing if it has ended, is in other hands, or is of an unknown kind."""
        token = logs.request_id.set(job_id)
        try:
            claim = self._take(uuid.UUID(job_id), message, redelivered=redelivered)
        except SQLAlchemyError as error:
            # The message may go: the sweep offers the row again when the database is back.
            log.warning("database away: %s", type(error).__name__)
            return
        finally:
            logs.request_id.reset(token)
        if claim is not None:
            self._runner.run(claim)

    def _take(self, job_id: uuid.UUID, message: str, *, redelivered: bool) -> Claim | None:
        owner = f"{self._host}:{os.getpid()}:{message}"
        with self._app.app_context(), unit():
            claim = queue.claim(job_id, owner, self._lease, KINDS)
            if claim is None and redelivered:
                # The broker delivers a message again when its first taker is gone, so the lease need not run out.
                claim = queue.take_over(job_id, owner, f":{message}", self._lease)
        return claim


class KeeperThread:
    """The keeper beside Celery's consumer, in the parent process."""

    def __init__(self, app: Flask, lease: timedelta) -> None:
        self._keeper = Keeper(app, lease)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self, **_: Any) -> None:
        """Begin to keep."""
        self._thread.start()
        log.info("worker ready")

    def stop(self, **_: Any) -> None:
        """Look no more."""
        self._stop.set()

    def _run(self) -> None:
        pause = self._keeper.pause
        while not self._stop.wait(pause):
            try:
                self._keeper.look()
                pause = self._keeper.pause
            except SQLAlchemyError as error:
                log.warning("database away: %s", type(error).__name__)
                pause = min(pause * 2, LONGEST_BACKOFF) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load only


def run(app: Flask, settings: Settings, *, processes: int, lanes: Sequence[Lane]) -> int:
    """Consume until TERM; running jobs end first."""
    celery: Celery = app.extensions["shijian.celery"]
    lease = timedelta(seconds=settings.job_lease_seconds)
    hands = Hands(app, lease)
    keeper = KeeperThread(app, lease)

    @celery.task(name=TASK, bind=True)  # type: ignore[untyped-decorator]  # Celery has no types
    def take(task: Any, job_id: str) -> None:
        hands.work(job_id, task.request.id, redelivered=bool(task.request.delivery_info.get("redelivered")))

    signals.worker_process_init.connect(lambda **_: hands.begin(), weak=False)
    signals.worker_ready.connect(keeper.start, weak=False)
    signals.worker_shutting_down.connect(keeper.stop, weak=False)
    # Celery's own words go through our JSON lines.
    signals.setup_logging.connect(lambda **_: logs.configure(settings.log_level), weak=False)
    queues = ",".join(queue_name(settings.amqp_prefix, lane) for lane in lanes)
    options = ["--pool=prefork", f"--concurrency={processes}", f"--queues={queues}", f"--loglevel={settings.log_level}"]
    celery.worker_main(["worker", *options, "--without-gossip", "--without-mingle"])
    return 0
