"""What is kept for a time only: ended jobs, sessions, tokens, replayed answers, unused pictures, contacts of ended tickets."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from server.core import idempotency
from server.core.db import reading, unit
from server.domain import identity, tickets
from server.domain.identity import SCHEDULER
from server.gateways import queue
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.registry import every, handles
from server.settings import Settings

HOUR = 3600
DAY = 24 * HOUR


@handles("jobs.purge", label="清理已结束的任务")
def purge_jobs(job: JobContext) -> None:
    """Remove ended jobs past their keep."""
    _until_empty(job, queue.purge)


@handles("identity.tidy", label="清理过期的会话和令牌")
def tidy_identity(job: JobContext) -> None:
    """Remove tokens, sessions and throttles that are too old to matter, and replayed answers."""
    for door in (identity.forget_tokens, idempotency.forget):
        _until_empty(job, door)
    with unit():
        identity.tidy_sessions()
        identity.clear_old_throttles()


@handles("uploads.tidy", label="清理未使用的图片")
def tidy_uploads(job: JobContext) -> None:
    """Forget pictures that no ticket took, then delete the files that no row names."""
    _until_empty(job, lambda: tickets.drop_orphans(SCHEDULER))
    with reading():
        tickets.sweep_files()


@handles("contacts.forget", label="清除到期的联系方式")
def forget_contacts(job: JobContext) -> None:
    """Remove contacts from tickets that ended long ago (SHIJIAN_CONTACT_RETENTION_DAYS)."""
    settings: Settings = current_app.config["SETTINGS"]
    _until_empty(job, lambda: tickets.forget_contacts(SCHEDULER, days=settings.contact_retention_days))


def _until_empty(job: JobContext, door: Callable[[], int]) -> None:
    """Call a door that removes one batch, a unit each, until it finds nothing."""
    gone = 0
    while True:
        with unit():
            count = door()
        if not count:
            return
        gone += count
        job.progress(gone, note=f"已清理 {gone} 条")


every("jobs.purge", "jobs.purge", HOUR)
every("identity.tidy", "identity.tidy", HOUR)
every("uploads.tidy", "uploads.tidy", 6 * HOUR, lane=Lane.DOCUMENTS)
every("contacts.forget", "contacts.forget", DAY)
