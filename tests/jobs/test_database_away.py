"""A database that goes away and comes back: workers live on, and what was queued is done once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.jobs.probes import Bench, bench_of
from tests.support.databases import fresh_database
from tests.support.service import RunningService, running_service, wait_until
from tests.support.tcp import Forwarder

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

LEASE = 4


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    with fresh_database("postgresql", tmp_path) as made:
        yield made.url


@pytest.fixture
def wire(database_url: str) -> Iterator[Forwarder]:
    """The workers' way to the database."""
    url = sa.make_url(database_url)
    with Forwarder(url.host or "127.0.0.1", url.port or 5432) as forwarder:
        yield forwarder


@pytest.fixture
def service(database_url: str, wire: Forwarder, tmp_path: Path) -> Iterator[RunningService]:
    through = sa.make_url(database_url).set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    lease = {"job_lease_seconds": str(LEASE)}
    with running_service(through, tmp_path, workers=0, web=False, settings=lease) as running:
        yield running


@pytest.fixture
def bench(service: RunningService, database_url: str) -> Iterator[Bench]:
    """The test itself reaches the database directly."""
    with bench_of(service, database_url=database_url) as made:
        yield made


def test_workers_outlive_the_database(service: RunningService, bench: Bench, wire: Forwarder):
    worker = service.start_worker()
    running = bench.put("probe.effect", "away", seconds=2)
    wait_until(lambda: bench.started(running), "job started")
    wire.cut()
    bench.put("probe.effect", "away")
    wait_until(lambda: worker.said("database away"), "the worker noticed")
    assert bench.states().get("done", 0) == 0
    wire.mend()
    wait_until(bench.all_done, "all jobs done")
    assert worker.alive
    assert bench.effects("away") == 2
