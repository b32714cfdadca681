"""Whether the service lives, whether it is ready to work, and its figures: for supervisors, not for citizens."""

from __future__ import annotations

import hmac
import logging
import shutil
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from server.core.db import reading, session, unit
from server.core.errors import NotFound
from server.core.serials import next_number
from server.gateways import metrics, queue
from server.settings import Settings

log = logging.getLogger(__name__)
blueprint = Blueprint("health", __name__)

# Anyone may ask, so nobody makes us write more often than this.
KEPT_SECONDS = 1.0
LEAST_DISK = 0.05
LONGEST_WAIT_SECONDS = 300
PROBE_SERIES = "health.probe"

Found = dict[str, Any]


@blueprint.get("/healthz")
def alive() -> Response:
    """Whether the process answers; nothing is asked of the database."""
    return _json({"status": "ok"}, 200)


@blueprint.get("/readyz")
def ready() -> Response:
    """Whether work can be taken: 200 or 503. What was looked at is told to who has the metrics token."""
    checks = _checks()
    fine = all(check["ok"] for check in checks.values())
    told: Found = {"status": "ready" if fine else "not_ready"}
    if _trusted():
        told["checks"] = checks
    return _json(told, 200 if fine else 503)


@blueprint.get("/metrics")
def figures() -> Response:
    """Figures in Prometheus' format, for who has the metrics token; for everybody else there is no such page."""
    if not _trusted():
        raise NotFound
    return Response(metrics.exposition(_gauges()), content_type=metrics.CONTENT_TYPE)


def _checks() -> dict[str, Found]:
    kept: tuple[float, dict[str, Found]] | None = current_app.extensions.get("shijian_readiness")
    if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
        return kept[1]
    looks = {"database": _database, "migrations": _migrations, "disk": _disk, "queue": _queue}
    checks = {name: _looked(name, look) for name, look in looks.items()}
    current_app.extensions["shijian_readiness"] = (time.monotonic(), checks)
    return checks


def _looked(name: str, look: Callable[[], Found]) -> Found:
    try:
        return look()
    except (SQLAlchemyError, OSError) as error:
        log.warning("not ready", extra={"check": name}, exc_info=error)
        return {"ok": False, "error": type(error).__name__}


def _database() -> Found:
    """A write: reading says ready while the disk is full."""
    with unit():
        next_number(PROBE_SERIES, 0)
    return {"ok": True}


def _migrations() -> Found:
    """The schema is that of this code; a database that was made without migrations has no say."""
    with reading():
        if not sa.inspect(session().connection()).has_table("alembic_version"):
            return {"ok": True, "managed": False}
        here = set(session().scalars(sa.text("SELECT version_num FROM alembic_version")).all())
    wanted = _heads(str(current_app.extensions["migrate"].directory))
    return {"ok": here == wanted, "here": sorted(here), "wanted": sorted(wanted)}


@lru_cache(maxsize=4)
def _heads(directory: str) -> frozenset[str]:
    return frozenset(ScriptDirectory(directory).get_heads())


def _disk() -> Found:
    settings: Settings = current_app.config["SETTINGS"]
    usage = shutil.disk_usage(_existing(settings.data_dir.absolute()))
    free = usage.free / usage.total
    return {"ok": free > LEAST_DISK, "free": round(free, 3)}


def _queue() -> Found:
    """Work that nobody takes. It is told, and the service stays ready: citizens can still report."""
    with reading():
        waited = queue.oldest_wait().total_seconds()
    return {"ok": True, "late": waited > LONGEST_WAIT_SECONDS, "oldest_wait_seconds": round(waited, 1)}


def _gauges() -> list[metrics.Gauge]:
    checks = _checks()
    found = [
        metrics.Gauge("ready", "Whether a part is well.", {"part": name}, check["ok"]) for name, check in checks.items()
    ]
    if not checks["database"]["ok"]:
        return found
    with reading():
        for lane in queue.lanes():
            for state in ("queued", "running", "failed", "dead"):
                labels = {"lane": lane.lane.value, "state": state}
                found.append(metrics.Gauge("jobs", "Jobs that have not ended well.", labels, getattr(lane, state)))
        found += [
            metrics.Gauge("jobs_dead", "Jobs that wait for a person.", {"kind": kind.kind}, kind.dead)
            for kind in queue.failures()
        ]
        waited = queue.oldest_wait().total_seconds()
    return [*found, metrics.Gauge("jobs_oldest_wait_seconds", "How long the oldest due job waits.", {}, waited)]


def _trusted() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.metrics_token
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())


def _existing(path: Path) -> Path:
    """The path itself or its nearest parent that is there: a fresh installation has no data yet."""
    return next(each for each in (path, *path.parents) if each.exists())


def _json(told: Found, status: int) -> Response:
    answer = Response(orjson.dumps(told), status, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return answer
