"""``shijian worker``: run background work, as the settings say: our own worker, or Celery's."""

from __future__ import annotations

import argparse
from datetime import timedelta

from server.app import create_app
from server.core import logs
from server.gateways import queue
from server.gateways.queue import Lane
from server.gateways.queue.bell import Bell
from server.jobs.worker import Worker
from server.settings import QueueKind, Settings

THREADS = 2
GRACE_SECONDS = 25.0


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("worker", help="run background work")
    parser.add_argument("--threads", type=int, default=THREADS, help="jobs at the same time (default: %(default)s)")
    parser.add_argument("--lanes", type=_lanes, default=list(Lane), help="comma-separated lanes (default: all)")
    parser.add_argument(
        "--grace", type=float, default=GRACE_SECONDS, help="seconds for running jobs at TERM (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Work until TERM or INT."""
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    app = create_app(settings)
    if settings.queue is QueueKind.CELERY:
        from server.jobs import celery_app  # noqa: PLC0415 - Celery is installed where the queue is distributed only

        return celery_app.run(app, settings, processes=options.threads, lanes=options.lanes)
    lease = timedelta(seconds=settings.job_lease_seconds)
    bell = Bell(settings.data_dir)
    queue.install(bell)
    Worker(app, bell, lease=lease, threads=options.threads, lanes=options.lanes, grace=options.grace).run()
    return 0


def _lanes(text: str) -> list[Lane]:
    try:
        return [Lane(name.strip()) for name in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"lanes are {', '.join(Lane)}") from None
