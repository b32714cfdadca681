"""The watch over the duty roster, and callers forgotten in time."""

from __future__ import annotations

from flask import current_app

from server.core.db import unit
from server.domain import duty
from server.domain.identity import SCHEDULER
from server.jobs.context import JobContext
from server.jobs.registry import every, handles
from server.settings import Settings

WATCH = "duty.watch"
FORGET = "duty.forget"


@handles(WATCH, label="检查值班空档", backoff=10)
def watch(_job: JobContext) -> None:
    """Put down the gaps of the next two weeks, close what was filled. Again at any time."""
    with unit():
        duty.watch(SCHEDULER)


@handles(FORGET, label="清除到期的来电信息")
def forget(job: JobContext) -> None:
    """Remove names and numbers of callers after their keep (SHIJIAN_CONTACT_RETENTION_DAYS); the calls stay."""
    settings: Settings = current_app.config["SETTINGS"]
    gone = 0
    while True:
        with unit():
            count = duty.forget_callers(SCHEDULER, days=settings.contact_retention_days)
        if not count:
            return
        gone += count
        job.progress(gone, note=f"已清理 {gone} 条")


every(WATCH, WATCH, 600)
every(FORGET, FORGET, 24 * 3600)
