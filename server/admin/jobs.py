"""The queue's pages: what waits, what runs, what failed and why, what comes round; and trying again."""

from __future__ import annotations

import json
import uuid
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from server.admin.access import current_actor, needs
from server.admin.listing import Column, Listing
from server.admin.pages import page, redirect_to, toast
from server.admin.paging import paged
from server.core import db
from server.core.enums import Labelled
from server.core.errors import ShijianError
from server.core.ids import parse_id
from server.core.logs import redact
from server.domain import identity
from server.domain.identity import Permission
from server.gateways import queue
from server.gateways.queue import Job, JobState, Lane

blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")

M = TypeVar("M", bound=Labelled)

COLUMNS = (
    Column("kind", "任务", optional=False),
    Column("state", "状态", optional=False),
    Column("lane", "队列"),
    Column("attempt", "次数", numeric=True),
    Column("progress", "进度"),
    Column("error", "最近错误"),
    Column("created_at", "创建时间", sort="created_at"),
    Column("finished_at", "结束时间", sort="finished_at"),
    Column("owner", "执行者", shown=False),
)
ORDERS = {"created_at": Job.created_at, "finished_at": Job.finished_at}
MOST_AT_ONCE = 100


@blueprint.get("/")
@needs(Permission.JOB_VIEW)
def index() -> Response:
    listing = Listing("jobs", COLUMNS, request.args, default_sort="-created_at")
    found = paged(
        queue.matching(
            state=_member(JobState, request.args.get("state", "")),
            kind=request.args.get("kind", ""),
            lane=_member(Lane, request.args.get("lane", "")),
            text=request.args.get("q", "").strip()[:80],
            with_rounds=bool(request.args.get("rounds") or request.args.get("kind")),
        ),
        listing,
        ORDERS,
        tie=Job.id.desc(),
    )
    kinds = [(kind, queue.label_of(kind)) for kind in queue.kinds()]
    return page(
        "jobs/index.html",
        "jobs/_rows.html",
        listing=listing,
        found=found,
        kinds=kinds,
        states=JobState.choices(),
        lane_choices=Lane.choices(),
        label_of=queue.label_of,
        may_retry=current_actor().may(Permission.JOB_RETRY),
        **_figures(),
    )


@blueprint.get("/figures")
@needs(Permission.JOB_VIEW)
def figures() -> Response:
    """The part of the list page that follows the queue while the page is open."""
    return page("jobs/_figures.html", label_of=queue.label_of, **_figures())


@blueprint.get("/rounds")
@needs(Permission.JOB_VIEW)
def rounds() -> Response:
    rows = queue.rounds()
    last = {row.last_job_id: queue.get(row.last_job_id) for row in rows if row.last_job_id}
    return page("jobs/rounds.html", rows=rows, last=last, label_of=queue.label_of)


@blueprint.get("/<uuid:job_id>")
@needs(Permission.JOB_VIEW)
def show(job_id: uuid.UUID) -> Response:
    job = queue.find(job_id)
    return page(
        "jobs/show.html",
        "jobs/_job.html",
        job=job,
        kind_label=queue.label_of(job.kind),
        arguments=redact(json.dumps(job.args, ensure_ascii=False, indent=2, sort_keys=True)),
        running=job.state is JobState.RUNNING,
        retriable=job.state in (JobState.FAILED, JobState.DEAD, JobState.CANCELLED),
        cancellable=job.state in queue.LIVING,
        may_retry=current_actor().may(Permission.JOB_RETRY),
    )


@blueprint.post("/<uuid:job_id>/retry")
@needs(Permission.JOB_RETRY)
def retry(job_id: uuid.UUID) -> Response:
    _note("job.retried", "重试后台任务", queue.retry(job_id))
    toast("已重新排队")
    return redirect_to("jobs.show", job_id=job_id)


@blueprint.post("/<uuid:job_id>/cancel")
@needs(Permission.JOB_RETRY)
def cancel(job_id: uuid.UUID) -> Response:
    _note("job.cancelled", "取消后台任务", queue.cancel(job_id))
    toast("已取消")
    return redirect_to("jobs.show", job_id=job_id)


@blueprint.post("/retry")
@needs(Permission.JOB_RETRY)
def retry_many() -> Response:
    """Each chosen job by itself: one that has ended meanwhile does not stop the others."""
    done, refused = 0, 0
    for text in request.form.getlist("ids")[:MOST_AT_ONCE]:
        try:
            _note("job.retried", "重试后台任务", queue.retry(parse_id(text)))
            done += 1
        except ShijianError:
            refused += 1
    words = f"{done} 个任务已重新排队" + (f"，{refused} 个无须或不能重试" if refused else "")
    toast(words, "success" if done else "warning")
    return redirect_to("jobs.index")


def _note(action: str, words: str, job: Job) -> None:
    kind = queue.label_of(job.kind)
    identity.record(current_actor(), action, subject=("job", job.id), summary=f"{words}：{kind}")


def _figures() -> dict[str, Any]:
    lanes = queue.lanes()
    return {
        "lanes": lanes,
        "depth": queue.depth(),
        "oldest": queue.oldest_wait(),
        "running": _running(),
        "failures": queue.failures(),
    }


def _running() -> list[Job]:
    query = queue.matching(state=JobState.RUNNING).limit(20)
    return list(db.session().scalars(query))


def _member(members: type[M], text: str) -> M | None:
    """The member that a filter names; None for anything else."""
    return next((member for member in members if member.value == text), None)
