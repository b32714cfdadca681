"""Batches and archives of documents: one document after the other, so that memory stays flat and a killed worker loses one."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import current_app

from server.core import clock
from server.core.db import reading, unit
from server.core.errors import ShijianError, Unavailable
from server.domain import documents
from server.gateways.queue import Lane
from server.jobs.context import JobContext
from server.jobs.handlers.retention import HOUR
from server.jobs.registry import every, handles
from server.settings import Settings

ARCHIVES_KEPT = timedelta(days=7)
NOT_ALLOWED = "申请人的账号已停用，或不再有权限，任务没有执行。"


@handles("documents.batch", label="批量出具文书")
def batch(job: JobContext) -> None:
    """Issue and set a run's documents, each in units of its own. Goes on where an earlier attempt stopped."""
    run_id = uuid.UUID(str(job.args["run"]))
    while True:
        with reading():
            place = documents.place_of(run_id)
        if place is None:
            return
        if place.subject_id is None:
            break
        job.progress(place.done, place.total)
        _one(job, run_id, place)
    with job.unit(last=True):
        documents.end_run(run_id)


@handles("documents.archive", label="文书归档打包")
def archive(job: JobContext) -> None:
    """Pack a run's documents. Begins anew after a worker died."""
    run_id = uuid.UUID(str(job.args["run"]))
    with reading():
        plan = documents.planned(run_id)
    if plan is None:
        with job.unit(last=True):
            documents.refuse_run(run_id, NOT_ALLOWED)
        return
    with documents.packing(plan) as pack:
        for count, document_id in enumerate(plan.document_ids):
            job.progress(count, len(plan.document_ids))
            with reading():
                item = documents.item_of(document_id)
            if item is not None:
                pack.add(item)
        kept = pack.close()
    job.progress(len(plan.document_ids), len(plan.document_ids))
    with job.unit(last=True):
        documents.keep_archive(run_id, kept, pack)


@handles("documents.forget_archives", label="清理过期的文书归档包")
def forget(job: JobContext) -> None:
    """Let old archives go; whoever still needs one has it made again."""
    with unit():
        gone = documents.forget_archives(clock.now() - ARCHIVES_KEPT)
    job.progress(gone, note=f"已清理 {gone} 个归档包")


def _one(job: JobContext, run_id: uuid.UUID, place: documents.Place) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    with job.unit():
        actor = documents.asker_of(run_id)
        if actor is None:
            documents.refuse_run(run_id, NOT_ALLOWED)
            return
        document_id = documents.issue_next(run_id, place, actor)
    if document_id is None:
        return
    with reading():
        order = documents.ordered(document_id, base_url=settings.base_url)
    try:
        made = documents.make(order) if order is not None else []
    except ShijianError as refused:
        with job.unit():
            if isinstance(refused, Unavailable):
                documents.note_problem(document_id, refused.text)
            else:
                documents.fail_one(run_id, place, document_id, refused.text)
        if isinstance(refused, Unavailable):
            raise
        return
    with job.unit():
        documents.finish_one(run_id, place, document_id, made)


every("documents.forget_archives", "documents.forget_archives", 6 * HOUR, lane=Lane.DOCUMENTS)
