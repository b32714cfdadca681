"""What follows a signature: the signed copy; and the day's round: keys written down, files without a row removed."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import current_app

from server.core import clock
from server.core.db import reading, unit
from server.domain import documents, signing
from server.domain.identity import SCHEDULER
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles
from server.settings import Settings

YOUNG = timedelta(days=1)


@handles(signing.COPY, label="生成已签署副本")
def make_copy(job: JobContext) -> None:
    """Set the paper again with its signatures and the page of the signing. The original stays what was signed."""
    settings: Settings = current_app.config["SETTINGS"]
    document_id = uuid.UUID(str(job.args["document"]))
    with reading():
        order = signing.copy_ordered(document_id, base_url=settings.base_url)
    if order is None:
        return
    kept = signing.make_copy(order)
    with job.unit(last=True):
        signing.keep_copy(document_id, kept)


@handles("signing.tidy", label="登记封印公钥，清理无主的签署附件")
def tidy(job: JobContext) -> None:
    """Write down the public keys that seal today, and delete files that no row names."""
    with unit():
        documents.keep_seal_keys(SCHEDULER)
    with reading():
        gone = signing.sweep_papers(clock.now() - YOUNG)
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("signing.tidy", "signing.tidy", 24 * HOUR, lane=Lane.DOCUMENTS)
