"""What the clock says of acceptances and materials: silence that has accepted, material that is late; and old files."""

from __future__ import annotations

import logging
from datetime import timedelta

from server.core import clock
from server.core.db import reading, unit
from server.domain import records
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles

MINUTE = 60
YOUNG = timedelta(days=1)

log = logging.getLogger(__name__)


@handles("records.deem", label="登记视为验收通过")
def deem(job: JobContext) -> None:
    """Write down the notices whose deadline passed in silence, one a unit, so that none is held up by another.

    The moment is the deadline's, however late this runs. Again at any time: each is deemed once.
    """
    with reading():
        waiting = records.due_for_deeming()
    failed = None
    for count, completion_id in enumerate(waiting, start=1):
        try:
            with unit():
                records.deem(SCHEDULER, only=completion_id)
        except Exception as error:
            log.exception("records.deem: completion %s", completion_id)
            failed = error
        job.progress(count, len(waiting))
    if failed is not None:
        raise failed


@handles("records.stall", label="登记资料逾期")
def stall(job: JobContext) -> None:
    """Tell tickets of material whose day has passed."""
    with unit():
        told = records.stall_late(SCHEDULER)
    job.progress(told, note=f"已登记 {told} 项")


@handles("records.tidy", label="备好履约记录编号，清理无主附件")
def tidy(job: JobContext) -> None:
    """Have the next year's numbers ready, and delete files that no record names."""
    with unit():
        records.prepare_numbers()
    with reading():
        gone = records.sweep_files(clock.now() - YOUNG)
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("records.deem", "records.deem", MINUTE, when=lambda: bool(records.due_for_deeming(limit=1)))
every("records.stall", "records.stall", 5 * MINUTE, when=lambda: bool(records.late_unsaid(1)))
every("records.tidy", "records.tidy", 24 * HOUR)
