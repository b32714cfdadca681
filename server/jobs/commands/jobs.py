"""``shijian jobs list|retry|cancel``: the queue from the shell."""

from __future__ import annotations

import argparse
import uuid

from server.core import clock
from server.core.db import reading, session, unit
from server.core.ids import parse_id
from server.domain import identity
from server.gateways import queue
from server.gateways.queue import JobState
from server.jobs.commands.operator import application, operator


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = commands.add_parser("jobs", help="background jobs")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
    listing = verbs.add_parser("list", help="newest jobs")
    listing.add_argument("--state", type=JobState, choices=list(JobState), help="only jobs in this state")
    listing.add_argument("--kind", default="", help="only jobs of this kind")
    listing.add_argument("--limit", type=int, default=20)
    listing.set_defaults(run=run_list)
    for verb, words in (("retry", "run a dead, cancelled or waiting job again"), ("cancel", "stop a job")):
        command = verbs.add_parser(verb, help=words)
        command.add_argument("id", help="the job's id")
        command.set_defaults(run=run_retry if verb == "retry" else run_cancel)


def run_list(options: argparse.Namespace) -> int:
    """One line a job."""
    with application(), reading():
        query = queue.matching(state=options.state, kind=options.kind).limit(options.limit)
        for job in session().scalars(query):
            at = f"{clock.to_local(job.created_at):%Y-%m-%d %H:%M:%S}"
            last = (job.error or job.note or "").strip().rpartition("\n")[2]
            print(f"{job.id}  {at}  {job.state.label}  {job.attempt}/{job.max_attempts}  {job.kind}  {last}".rstrip())
        print(f"待执行 {queue.depth()}，最久等待 {queue.oldest_wait().total_seconds():.0f} 秒")
    return 0


def run_retry(options: argparse.Namespace) -> int:
    """Queue a job again."""
    job_id = parse_id(options.id)
    with application(), unit():
        _note("job.retried", "重试后台任务", queue.retry(job_id).kind, job_id)
    return 0


def run_cancel(options: argparse.Namespace) -> int:
    """Cancel a job."""
    job_id = parse_id(options.id)
    with application(), unit():
        _note("job.cancelled", "取消后台任务", queue.cancel(job_id).kind, job_id)
    return 0


def _note(action: str, words: str, kind: str, job_id: uuid.UUID) -> None:
    identity.record(operator(), action, subject=("job", job_id), summary=f"{words}：{queue.label_of(kind)}")
