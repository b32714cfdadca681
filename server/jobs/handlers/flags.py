"""Scheduled changes of flags take effect, and expiring ones are set back."""

from __future__ import annotations

import logging

from server.core.db import reading, unit
from server.domain import flags
from server.jobs.context import JobContext
from server.jobs.registry import every, handles

LOOK_SECONDS = 5

log = logging.getLogger(__name__)


@handles("flags.settle", label="执行定时的开关变更")
def settle(job: JobContext) -> None:
    """Settle what is due, one request a unit, so that none is held up by another. Again at any time: each is done once."""
    with reading():
        waiting = flags.due()
    failed = None
    for count, request_id in enumerate(waiting, start=1):
        try:
            with unit():
                flags.settle(request_id)
        except Exception as error:
            log.exception("flags.settle: request %s", request_id)
            failed = error
        job.progress(count, len(waiting))
    if failed is not None:
        raise failed


every("flags.settle", "flags.settle", LOOK_SECONDS, when=lambda: bool(flags.due(1)))
