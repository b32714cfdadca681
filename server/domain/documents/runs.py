"""Much at once: what a person asked for, how far it is, and what came of it. The work itself is done by jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid, NotFound
from server.domain import contracts, identity
from server.domain.documents import access
from server.domain.documents.kinds import kind_of
from server.domain.documents.models import NAME, Document, DocumentRun
from server.domain.documents.vocabulary import RunKind
from server.domain.identity import Actor, Permission
from server.gateways import queue
from server.gateways.queue import LIVING, Job, JobState, Lane

JOBS = {RunKind.ISSUE: "documents.batch", RunKind.ARCHIVE: "documents.archive"}
SUBJECT = "document_run"
MOST = 5000
MOST_NOTES = 100
LONGEST = 366
NOTHING = "这段时间内没有可以办理的事项。"


class RunNotFound(NotFound):
    """There is no such run, or it is not this officer's."""

    code = "document_run_not_found"
    message = "没有找到该批量任务。"


class RunStill(Conflict):
    """It runs, or is over."""

    code = "document_run_state"
    message = "任务正在执行或已经结束。"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run is: the row, and its job's state and note (a purged job is done)."""

    run: DocumentRun
    state: JobState
    error: str

    @property
    def going(self) -> bool:
        """Whether it will go on by itself."""
        return self.state in LIVING

    @property
    def done(self) -> int:
        """How many matters have come to their end."""
        return self.run.made + self.run.skipped + self.run.failed


def start_batch(actor: Actor, *, kind_code: str, contract_id: uuid.UUID, since: date, until: date) -> DocumentRun:
    """Issue a kind for every matter of a contract in a span of days that has no standing document of it yet."""
    kind = kind_of(kind_code)
    contract = contracts.find(actor, contract_id)
    actor.need(kind.issue, contract.id)
    if kind.subjects is None:
        raise Invalid(fields={"kind": ["这种文书不能批量出具，请在事项页面逐份出具。"]})
    _span(since, until)
    subjects = list(dict.fromkeys(kind.subjects(actor, contract.id, since, until)))
    told = f"批量出具{kind.label}：{contract.number} {since} 至 {until}，{len(subjects)} 项"
    run = DocumentRun(what=RunKind.ISSUE, contract_id=contract.id, kind=kind.code, from_on=since, until_on=until)
    return _started(actor, run, subjects, told, "document.batch_started")


def start_archive(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    since: date | None = None,
    until: date | None = None,
    originals: bool = False,
    chosen: Sequence[uuid.UUID] = (),
) -> DocumentRun:
    """Pack a contract's documents (of a span of days, or the chosen ones) into one ZIP with an index and hashes.

    ``originals``: the files themselves; only for the bureau's people, who keep the archive. Others get copies with their
    name and the time across each page.
    """
    contract = contracts.find(actor, contract_id)
    actor.need(Permission.DOCUMENT_VIEW, contract.id)
    if originals and actor.is_vendor:
        raise Forbidden("原件归档仅限局方人员；请选择带水印的副本。")
    if since is not None and until is not None and since > until:
        raise Invalid(fields={"until": ["不能早于开始日期。"]})
    query = sa.select(Document.id).where(Document.contract_id == contract.id, *access.visible(actor))
    if since is not None:
        query = query.where(Document.covers_on >= since)
    if until is not None:
        query = query.where(Document.covers_on <= until)
    if chosen:
        query = query.where(Document.id.in_(chosen))
    found = list(session().scalars(query.order_by(Document.kind, Document.issued_at, Document.id).limit(MOST + 1)))
    what = "原件" if originals else "带水印副本"
    span = f"{since or '起始'} 至 {until or '今日'}" if not chosen else "选定文书"
    told = f"归档打包文书（{what}）：{contract.number} {span}，{len(found)} 份"
    run = DocumentRun(what=RunKind.ARCHIVE, contract_id=contract.id, from_on=since, until_on=until, originals=originals)
    return _started(actor, run, found, told, "document.archived")


def find_run(actor: Actor, run_id: uuid.UUID) -> DocumentRun:
    """A run of one's own, or, for the bureau's people, anybody's; RunNotFound otherwise."""
    found = session().scalars(_mine(actor).where(DocumentRun.id == run_id)).one_or_none()
    if found is None:
        raise RunNotFound
    return found


def runs_of(actor: Actor) -> sa.Select[tuple[DocumentRun]]:
    """The runs that the actor may see, newest first."""
    return _mine(actor).order_by(DocumentRun.asked_at.desc(), DocumentRun.id.desc())


def standings(runs: Sequence[DocumentRun]) -> list[Standing]:
    """How each is; one query."""
    ids = [run.job_id for run in runs if run.job_id]
    query = sa.select(Job.id, Job.state, Job.error).where(Job.id.in_(ids))
    jobs = {row.id: row for row in session().execute(query)}
    return [
        Standing(run, jobs[run.job_id].state, jobs[run.job_id].error or "")
        if run.job_id in jobs
        else Standing(run, JobState.DONE if run.ended_at else JobState.CANCELLED, "")
        for run in runs
    ]


def stop_run(actor: Actor, run_id: uuid.UUID) -> DocumentRun:
    """Stop it. What was issued until now stays."""
    run = find_run(actor, run_id)
    if run.ended_at is not None or run.job_id is None:
        raise RunStill
    queue.cancel(run.job_id)
    _record(actor, "document.run_stopped", run, f"停止{run.what.label}")
    return run


def resume_run(actor: Actor, run_id: uuid.UUID) -> DocumentRun:
    """Go on where it stopped."""
    run = find_run(actor, run_id)
    if run.ended_at is not None or run.job_id is None or actor.id != run.asked_by_id:
        raise RunStill
    queue.retry(run.job_id)
    _record(actor, "document.run_resumed", run, f"继续{run.what.label}")
    return run


def note_archive_taken(actor: Actor, run: DocumentRun) -> None:
    """The trail says who took an archive out of the house."""
    told = f"下载文书归档（{'原件' if run.originals else '带水印副本'}），{run.made} 份"
    _record(actor, "document.archive_downloaded", run, told, changes={"sha256": [None, run.sha256]})


def forget_archives(before: datetime) -> int:
    """Let archives go that ended before a moment; the sweep deletes their bytes. How many."""
    query = sa.select(DocumentRun).where(DocumentRun.sha256.is_not(None), DocumentRun.ended_at < before)
    found = list(session().scalars(query))
    for run in found:
        run.sha256 = None
    return len(found)


def _started(actor: Actor, run: DocumentRun, chosen: Sequence[uuid.UUID], told: str, action: str) -> DocumentRun:
    if not chosen:
        raise Invalid(NOTHING, fields={"since": [NOTHING]})
    if len(chosen) > MOST:
        raise Invalid(
            f"一次最多 {MOST} 份，请缩小时间范围。", fields={"until": [f"一次最多 {MOST} 份，请缩小时间范围。"]}
        )
    run.chosen, run.total, run.notes = [str(each) for each in chosen], len(chosen), []
    run.asked_at, run.asked_by_id, run.asked_by_name = clock.now(), actor.id, actor.name[:NAME]
    run.made = run.skipped = run.failed = 0
    session().add(run)
    session().flush()
    job = queue.put(JOBS[run.what], {"run": str(run.id)}, lane=Lane.DOCUMENTS)
    session().flush()
    run.job_id = job.id
    _record(actor, action, run, told)
    return run


def _mine(actor: Actor) -> sa.Select[tuple[DocumentRun]]:
    actor.need(Permission.DOCUMENT_VIEW)
    query = sa.select(DocumentRun)
    scope = actor.contracts_for(Permission.DOCUMENT_VIEW)
    if scope is not None:
        query = query.where(DocumentRun.contract_id.in_(scope), DocumentRun.asked_by_id == actor.id)
    return query


def _span(since: date, until: date) -> None:
    if since > until:
        raise Invalid(fields={"until": ["不能早于开始日期。"]})
    if (until - since).days > LONGEST:
        raise Invalid(fields={"until": ["时间范围不能超过一年。"]})


def _record(
    actor: Actor, action: str, run: DocumentRun, summary: str, *, changes: dict[str, list[str | None]] | None = None
) -> None:
    identity.record(actor, action, subject=(SUBJECT, run.id), summary=summary, changes=changes or {})
