"""The embedded worker as a process: killed, stalled, stopped; with poison; with the clock of its leases running."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.gateways import queue
from tests.jobs.probes import Bench, bench_of
from tests.support.databases import chosen_databases, fresh_database
from tests.support.processes import stopped
from tests.support.service import RunningService, running_service, wait_until

pytestmark = pytest.mark.slow

LEASE = 4


@pytest.fixture(params=chosen_databases())
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningService]:
    """An empty service without workers; tests start as many as they want."""
    with (
        fresh_database(request.param, tmp_path) as made,
        running_service(
            made.url, tmp_path, workers=0, web=False, settings={"job_lease_seconds": str(LEASE)}
        ) as running,
    ):
        yield running


@pytest.fixture
def bench(service: RunningService) -> Iterator[Bench]:
    with bench_of(service) as made:
        yield made


def test_jobs_of_a_killed_worker_are_done_again_and_once(service: RunningService, bench: Bench):
    jobs = [bench.put("probe.effect", "killed", seconds=1.0) for _ in range(4)]
    first = service.start_worker()
    wait_until(lambda: len(bench.started()) >= 2, "two jobs started")
    first.kill()
    assert bench.effects("killed") == 0
    service.start_worker()
    service.start_worker()
    wait_until(bench.all_done, "all jobs done")
    assert bench.effects("killed") == 4
    assert sum(bench.job(job).attempt > 1 for job in jobs) >= 2


def test_workers_killed_again_and_again_lose_nothing_and_double_nothing(service: RunningService, bench: Bench):
    for number in range(20):
        bench.put("probe.effect", "storm", seconds=0.3, dedupe_key=f"storm:{number}")
    service.start_worker()
    for turn in range(1, 4):
        victim = service.start_worker()
        wait_until(lambda t=turn: len(bench.started()) >= t * 4, "some jobs started")
        victim.kill()
    wait_until(bench.all_done, "all jobs done")
    assert bench.effects("storm") == 20


def test_a_stalled_worker_that_wakes_up_late_changes_nothing(service: RunningService, bench: Bench):
    stalled = service.start_worker()
    job = bench.put("probe.effect", "stalled", seconds=1.0)
    wait_until(lambda: bench.started(job), "job started")
    with bench.open():
        # SQLite's write lock is ours now, so the worker is not stopped while it holds it.
        assert queue.find(job).state is queue.JobState.RUNNING
        stalled.send(signal.SIGSTOP)
        wait_until(lambda: stopped(stalled.pid), "no thread of it runs")
    service.start_worker()
    wait_until(lambda: bench.states() == {"done": 1}, "the other worker did it")
    attempts = bench.job(job).attempt
    stalled.send(signal.SIGCONT)
    wait_until(lambda: stalled.said('"outcome": "lost"'), "the stalled worker saw that it lost")
    assert bench.effects("stalled") == 1
    assert bench.job(job).attempt == attempts >= 2
    assert bench.job(job).state is queue.JobState.DONE


def test_poison_dies_while_others_go_on(service: RunningService, bench: Bench):
    poison = bench.put("probe.poison", "poison", max_attempts=3)
    good = [bench.put("probe.effect", "good") for _ in range(5)]
    service.start_worker()
    wait_until(lambda: bench.states() == {"done": 5, "dead": 1}, "poison dead, the others done")
    assert bench.effects("good") == len(good)
    dead = bench.job(poison)
    assert dead.attempt == 3
    assert "总是失败" in dead.error
    assert "abcdefgh12345" not in dead.error


def test_a_job_that_kills_its_worker_is_dead_in_the_end(service: RunningService, bench: Bench):
    killer = bench.put("probe.suicide", "killer", max_attempts=2)
    for _ in range(2):
        worker = service.start_worker()
        wait_until(lambda w=worker: not w.alive, "the worker was taken along")
    service.start_worker()
    bench.put("probe.effect", "after")
    wait_until(lambda: bench.states() == {"done": 1, "dead": 1}, "killer dead, the other done")
    assert bench.job(killer).attempt == 2


def test_a_worker_told_to_stop_ends_what_it_has_and_gives_back_the_rest(service: RunningService, bench: Bench):
    short = bench.put("probe.effect", "short", seconds=0.5)
    long = bench.put("probe.deaf", "long", seconds=30)
    worker = service.start_worker("--grace", "4")
    wait_until(lambda: len(bench.started()) == 2, "both started")
    assert worker.stop() == 0
    assert bench.job(short).state is queue.JobState.DONE
    given_back = bench.job(long)
    assert given_back.state is queue.JobState.QUEUED
    assert given_back.max_attempts == queue.DEFAULT_ATTEMPTS + 1


def test_a_cancelled_job_stops_and_has_no_effect(service: RunningService, bench: Bench):
    service.start_worker()
    job = bench.put("probe.effect", "cancelled", seconds=30)
    wait_until(lambda: bench.started(job), "job started")
    wait_until(lambda: bench.job(job).done_count > 0, "progress is seen")
    with bench.open():
        queue.cancel(job)
    wait_until(lambda: service.workers[0].said('"outcome": "lost"'), "the worker let go")
    assert bench.effects("cancelled") == 0
    assert bench.job(job).state is queue.JobState.CANCELLED


def test_waiting_on_purpose_costs_no_attempt_and_hopeless_work_dies_at_once(service: RunningService, bench: Bench):
    service.start_worker()
    job = bench.put("probe.later", "later", max_attempts=2)
    wait_until(lambda: bench.states() == {"dead": 1}, "gave up")
    assert bench.job(job).attempt == 2
    assert bench.job(job).max_attempts == 3
    assert bench.job(job).error == "Hopeless: 没有希望"
