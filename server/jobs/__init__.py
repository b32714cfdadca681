"""The machine's face: scheduled and queued work, and the operator's commands."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from server.gateways import queue
from server.gateways.queue.bell import Bell
from server.jobs import handlers
from server.settings import Profile, QueueKind, Settings


def install(app: Flask, settings: Settings) -> None:
    """Make the handlers known and choose how the workers hear of new jobs."""
    handlers.load(probes=settings.profile is Profile.TEST)
    if settings.queue is QueueKind.EMBEDDED:
        queue.install(Bell(settings.data_dir))
        return
    from server.gateways.queue import amqp  # noqa: PLC0415 - Celery is installed where the queue is distributed only

    celery = amqp.celery_for(settings.amqp_url, settings.amqp_prefix)
    app.extensions["shijian.celery"] = celery
    patience = timedelta(seconds=settings.job_lease_seconds)
    queue.install(amqp.AmqpTransport(celery, settings.amqp_prefix, patience))
