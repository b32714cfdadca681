"""What inspections ask for by time: signed sheets are written down; numbers are ready, and files without a row go."""

from __future__ import annotations

from server.core import clock
from server.core.db import reading, unit
from server.domain import upkeep
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.handlers.records import MINUTE, YOUNG
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles


@handles("upkeep.settle", label="登记已签署的巡检单")
def settle(job: JobContext) -> None:
    """Mark inspections whose sheet both sides have signed. Again at any time."""
    with unit():
        done = upkeep.settle_signed(SCHEDULER)
    job.progress(done, note=f"已登记 {done} 份")


@handles("upkeep.tidy", label="备好维护与巡检编号，清理无主附件")
def tidy(job: JobContext) -> None:
    """Have the next year's numbers ready, and delete files that no row names."""
    with unit():
        upkeep.prepare_numbers()
    with reading():
        gone = upkeep.sweep_files(clock.now() - YOUNG)
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("upkeep.settle", "upkeep.settle", MINUTE, when=lambda: bool(upkeep.await_signature(limit=1)))
every("upkeep.tidy", "upkeep.tidy", 24 * HOUR)
