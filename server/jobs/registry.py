"""Who handles which kind of job, and which work comes round; handler modules fill it when they are imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.gateways import queue
from server.gateways.queue import Lane, Round
from server.jobs.context import JobContext

Handler = Callable[[JobContext], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: its handler, and the wait after a first failure in seconds."""

    name: str
    handler: Handler
    backoff: float


KINDS: dict[str, Kind] = {}
ROUNDS: dict[str, Round] = {}


def handles(kind: str, *, label: str, backoff: float = 5.0) -> Callable[[Handler], Handler]:
    """Make a function the handler of a kind.

    It is called with a JobContext inside an application context, opens its own units (``with unit():`` or, where an
    effect must not happen twice, ``with job.unit():``), and may be called again for the same job: it must be idempotent.
    """

    def register(handler: Handler) -> Handler:
        if kind in KINDS and KINDS[kind].handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"two handlers for {kind}")
        KINDS[kind] = Kind(kind, handler, backoff)
        queue.name_kind(kind, label)
        return handler

    return register


def every(
    name: str, kind: str, seconds: int, *, lane: Lane = Lane.DEFAULT, when: Callable[[], bool] | None = None
) -> None:
    """Have a job of a kind come round. ``when`` is a cheap read that says whether there is anything to do."""
    ROUNDS[name] = Round(name, kind, seconds, lane, when)
