"""Source maps that no release names: their bytes came, and the row that should have followed did not."""

from __future__ import annotations

from server.core.db import reading
from server.domain import releases
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles


@handles("source_maps.tidy", label="清理无主的源码映射")
def tidy(job: JobContext) -> None:
    """Delete content that no release names."""
    with reading():
        gone = releases.sweep_maps()
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("source_maps.tidy", "source_maps.tidy", 6 * HOUR, lane=Lane.DOCUMENTS)
