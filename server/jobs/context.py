"""What a handler sees of its job."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from server.core import db
from server.gateways import queue
from server.gateways.queue import Claim, Progress


class Interrupted(Exception):
    """The handler must stop now: its job was cancelled, given to another worker, or the worker shuts down.

    Handlers let it pass.
    """


class Later(Exception):
    """Raised by a handler: nothing is wrong, but try again in ``seconds``. No attempt is counted."""

    def __init__(self, seconds: float, note: str = "") -> None:
        self.seconds = seconds
        self.note = note
        super().__init__(note)


class Hopeless(Exception):
    """Raised by a handler: no further attempt can succeed. The job is dead at once and waits for a person."""


class JobContext:
    """A running job: what it is, how far it got, and whether it should stop."""

    def __init__(self, claim: Claim, *, kind: str, args: Mapping[str, Any], lease: timedelta) -> None:
        self.claim = claim
        self.id: uuid.UUID = claim.id
        self.kind = kind
        self.args = args
        self.attempt = claim.attempt
        self.lease = lease
        self.finished = False
        self.reported = Progress()
        self.lost = threading.Event()
        self.stopping = threading.Event()

    @property
    def key(self) -> str:
        """A key for effects outside our database: the same in every attempt of this job."""
        return self.id.hex

    def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        """Say how far the work is; the heartbeat writes it down. Raises Interrupted when the work must stop."""
        self.reported = Progress(done, total, note)
        if self.lost.is_set() or self.stopping.is_set():
            raise Interrupted

    def cancelled(self) -> bool:
        """Whether the job is no longer ours: cancelled by an officer, or taken by another worker."""
        return self.lost.is_set()

    @contextmanager
    def unit(self, *, last: bool = False) -> Iterator[Session]:
        """A unit of work that is committed only while this worker holds the job, so a late worker changes nothing.

        With ``last`` the job is done in the same transaction: what is written here happens exactly once.
        """
        with db.unit() as opened:
            yield opened
            reported = self.reported
            held = queue.finish(self.claim, reported) if last else queue.renew(self.claim, self.lease, reported)
            if not held:
                self.lost.set()
                raise Interrupted
        self.finished = self.finished or last
