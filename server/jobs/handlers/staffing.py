"""What comes with the days for maintainers: replacements take effect, access of the departed ends, unused files go."""

from __future__ import annotations

from server.core.db import reading, unit
from server.domain import staffing
from server.domain.identity import SCHEDULER
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.registry import every, handles

KEEP_DAYS = "staffing.keep_days"
TIDY = "staffing.tidy"


@handles(KEEP_DAYS, label="人员变更生效，收回离岗人员权限", backoff=10)
def keep_days(job: JobContext) -> None:
    """Batch by batch, a unit each. Again at any time: what took effect is not found again."""
    done = 0
    while True:
        with unit():
            batch = staffing.keep_days(SCHEDULER)
        if not batch.anything:
            return
        done += batch.effected + batch.ended
        job.progress(done, note=f"已办理 {done} 项")


@handles(TIDY, label="清理没有登记的人员材料文件")
def tidy(_job: JobContext) -> None:
    """Delete files of papers that no row names."""
    with reading():
        staffing.sweep_papers()


every(KEEP_DAYS, KEEP_DAYS, 60, when=staffing.anything_due)
every(TIDY, TIDY, 24 * 3600, lane=Lane.DOCUMENTS)
