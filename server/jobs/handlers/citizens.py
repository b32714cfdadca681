"""What a citizen's cancelled account still asks of the other rooms, within the days that were promised."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from server.core.db import unit
from server.domain import identity, knowledge, notices, tickets, training
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.registry import handles

# Each cuts its room's ties to a citizen and may be called again.
ROOMS: tuple[Callable[[uuid.UUID], object], ...] = (
    lambda citizen_id: tickets.forget_citizen(SCHEDULER, citizen_id),
    notices.forget_citizen,
    knowledge.forget_citizen,
    training.forget_citizen,
)


@handles("citizens.forget", label="清除注销用户的数据", backoff=60)
def forget(job: JobContext) -> None:
    """Have every room forget a citizen, a unit each, then note that the request is met."""
    citizen_id = uuid.UUID(job.args["citizen_id"])
    for done, room in enumerate(ROOMS, start=1):
        with unit():
            room(citizen_id)
        job.progress(done, len(ROOMS))
    with unit():
        identity.close_data_request(SCHEDULER, uuid.UUID(job.args["request_id"]))
