"""What keeps the house itself in order."""

from __future__ import annotations

from server.core.db import unit
from server.gateways import queue
from server.jobs.context import JobContext
from server.jobs.registry import every, handles


@handles("jobs.purge", label="清理已结束的任务")
def purge(job: JobContext) -> None:
    """Remove ended jobs past their keep, in batches."""
    gone = 0
    while True:
        with unit():
            count = queue.purge()
        if not count:
            return
        gone += count
        job.progress(gone, note=f"已清理 {gone} 条")


every("jobs.purge", "jobs.purge", 3600)
