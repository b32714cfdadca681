"""What comes with the days for trainings: names of those who left go, phone masks expire, unused files go."""

from __future__ import annotations

from flask import current_app

from server.core.db import reading, unit
from server.domain import training
from server.domain.identity import SCHEDULER
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.registry import every, handles
from server.settings import Settings

ERASE = "training.erase_names"
PHONES = "training.forget_phones"
TIDY = "training.tidy"
DAY = 24 * 3600


@handles(ERASE, label="抹去已注销人员的培训签到姓名")
def erase_names(job: JobContext) -> None:
    """Batch by batch; who has to wait for the paper is looked at again the next day."""
    gone = 0
    while True:
        with unit():
            count = training.erase_names(SCHEDULER)
        if not count:
            return
        gone += count
        job.progress(gone, note=f"已抹去 {gone} 人")


@handles(PHONES, label="清除到期的培训联系方式")
def forget_phones(job: JobContext) -> None:
    """Remove masks of phone numbers long after a training (SHIJIAN_CONTACT_RETENTION_DAYS)."""
    settings: Settings = current_app.config["SETTINGS"]
    gone = 0
    while True:
        with unit():
            count = training.forget_phones(SCHEDULER, days=settings.contact_retention_days)
        if not count:
            return
        gone += count
        job.progress(gone, note=f"已清理 {gone} 条")


@handles(TIDY, label="清理没有登记的培训材料文件")
def tidy(_job: JobContext) -> None:
    """Delete files of papers that no row names."""
    with reading():
        training.sweep_files()


every(ERASE, ERASE, DAY, when=training.names_to_erase)
every(PHONES, PHONES, DAY)
every(TIDY, TIDY, DAY, lane=Lane.DOCUMENTS)
