"""What the process tests share: putting probe jobs, waiting for their marks, counting their effects."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.app import Service, create_app
from server.core.db import db, session, unit
from server.core.serials import Serial
from server.gateways import queue
from server.gateways.queue import Job, JobState
from server.settings import Settings
from tests.support.service import RunningService


@dataclass(frozen=True)
class Bench:
    """One test's view of a service's database, through an application of its own."""

    app: Service
    marks: Path

    @contextmanager
    def open(self) -> Iterator[None]:
        with self.app.app_context(), unit():
            yield

    def put(self, kind: str, name: str, **more: Any) -> uuid.UUID:
        """Queue a probe; ``seconds`` is how long it works."""
        args = {"name": name, "marks": str(self.marks), "seconds": more.pop("seconds", 0)}
        with self.open():
            return queue.put(kind, args, **more).id

    def job(self, job_id: uuid.UUID) -> Job:
        with self.open():
            return queue.find(job_id)

    def states(self) -> dict[str, int]:
        """How many probe jobs stand where."""
        query = sa.select(Job.state, sa.func.count()).where(Job.kind.startswith("probe.")).group_by(Job.state)
        with self.open():
            return {state.value: count for state, count in session().execute(query)}

    def effects(self, name: str) -> int:
        """How often the effect of a name happened."""
        with self.open():
            return session().scalar(sa.select(Serial.last).where(Serial.series == f"probe:{name}")) or 0

    def started(self, job_id: uuid.UUID | None = None) -> list[tuple[str, int, int]]:
        """Attempts that started: job, attempt, process."""
        if not self.marks.exists():
            return []
        words = [line.split() for line in self.marks.read_text(encoding="utf-8").splitlines()]
        found = [(word[1], int(word[2]), int(word[3])) for word in words if word[0] == "start"]
        return [mark for mark in found if job_id is None or mark[0] == job_id.hex]

    def all_done(self) -> bool:
        return set(self.states()) == {JobState.DONE.value}


@contextmanager
def bench_of(service: RunningService, *, database_url: str = "") -> Iterator[Bench]:
    """A bench on a running service's database; what it queues is announced as the service's web process would."""
    settings = {name: value for name, value in service.environ.items() if name.startswith("SHIJIAN_")}
    if database_url:
        settings["SHIJIAN_DATABASE_URL"] = database_url
    app = create_app(Settings.from_env(settings))
    try:
        yield Bench(app, service.folder / "marks")
    finally:
        with app.app_context():
            db.engine.dispose()
        queue.install(queue.Silence())
