"""What is made of documents after their unit: their files, batches, archives, and the sweep of content without a row."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import current_app

from server.core import clock
from server.core.db import reading
from server.core.errors import ShijianError, Unavailable
from server.domain import documents
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles
from server.settings import Settings

YOUNG = timedelta(days=1)
FAULT = "生成文件时发生内部错误，请重试；仍不成功请联系系统管理员查看后台任务。"


@handles(documents.MAKE, label="生成文书文件")
def make(job: JobContext) -> None:
    """Set one document and let it be issued.

    What a person has to put right (a missing font, a template) is written on the document and ends the job; what may pass
    (the disk) is written too, and tried again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    document_id = uuid.UUID(str(job.args["document"]))
    with reading():
        order = documents.ordered(document_id, base_url=settings.base_url)
    if order is None:
        return
    try:
        made = documents.make(order)
    except ShijianError as refused:
        with job.unit():
            documents.note_problem(document_id, refused.text)
        if isinstance(refused, Unavailable):
            raise
        return
    except Exception:
        with job.unit():
            documents.note_problem(document_id, FAULT)
        raise
    with job.unit(last=True):
        documents.keep_made(document_id, made)


@handles("documents.tidy", label="清理无主的文书文件")
def tidy(job: JobContext) -> None:
    """Delete content that no row names."""
    with reading():
        gone = documents.sweep(clock.now() - YOUNG)
    job.progress(gone, note=f"已清理 {gone} 个文件")


every("documents.tidy", "documents.tidy", 24 * HOUR, lane=Lane.DOCUMENTS)
