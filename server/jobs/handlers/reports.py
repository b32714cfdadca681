"""Reports that write themselves: a draft for every cycle that ended."""

from __future__ import annotations

from server.core.db import unit
from server.domain import reports
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles


@handles("reports.draft", label="生成到期的运维报告草稿")
def draft(job: JobContext) -> None:
    """Begin the drafts of cycles that ended. Again at any time."""
    with unit():
        made = reports.draft_due()
    job.progress(made, note=f"已生成 {made} 份草稿")


every("reports.draft", "reports.draft", HOUR, when=lambda: bool(reports.due_for_drafting()))
