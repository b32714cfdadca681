"""What is kept of flag evaluations for a time only: counts, and contexts without names."""

from __future__ import annotations

from flask import current_app

from server.core.db import unit
from server.domain import flags
from server.jobs.context import JobContext
from server.jobs.registry import every, handles
from server.settings import Settings

DAY = 24 * 3600


@handles("flags.forget", label="清理过期的开关求值记录")
def forget_exposures(job: JobContext) -> None:
    """Remove contexts and counts past their keep (SHIJIAN_FLAG_CONTEXT_DAYS, SHIJIAN_FLAG_COUNT_DAYS)."""
    settings: Settings = current_app.config["SETTINGS"]
    with unit():
        gone = flags.forget_contexts(days=settings.flag_context_days)
        gone += flags.forget_evaluations(days=settings.flag_count_days)
    job.progress(gone, note=f"已清理 {gone} 条")


every("flags.forget", "flags.forget", DAY)
