"""Run the jobs that are due, in the test's own thread and transaction."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from server.core.db import session, unit
from server.gateways import queue
from server.gateways.queue import Job, JobState, Lane
from server.jobs import handlers
from server.jobs.heartbeat import Heartbeat
from server.jobs.registry import KINDS
from server.jobs.runner import Runner

LEASE = timedelta(minutes=1)
MOST = 100


def work(app: Flask) -> list[str]:
    """Run what is due until nothing is; the kinds in order. A job that fails raises what it wrote down."""
    handlers.load()
    ran: list[str] = []
    runner = Runner(app, LEASE, Heartbeat(app, LEASE))
    session().commit()
    while (claim := _next()) is not None and len(ran) < MOST:
        runner.run(claim)
        session().expire_all()
        job = session().get_one(Job, claim.id)
        assert job.state in (JobState.DONE, JobState.QUEUED), f"{job.kind}: {job.error}"
        ran.append(job.kind)
        session().commit()
    return ran


def _next() -> queue.Claim | None:
    with unit():
        for lane in Lane:
            for job_id in queue.due(lane, list(KINDS), 1):
                return queue.claim(job_id, "test", LEASE, list(KINDS))
    return None
