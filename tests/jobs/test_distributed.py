"""The same promises under Celery on RabbitMQ: killed workers, a broker that is away, messages that repeat themselves."""

from __future__ import annotations

import os
import secrets
import signal
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery

from server.gateways.queue import JobState, Lane, Offer
from server.gateways.queue.amqp import AmqpTransport, celery_for, queue_name
from tests.jobs.probes import Bench, bench_of
from tests.support.databases import fresh_database
from tests.support.service import RunningService, free_port, running_service, wait_until
from tests.support.tcp import Forwarder

pytestmark = [pytest.mark.slow, pytest.mark.rabbitmq, pytest.mark.postgresql]

BROKER = os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
LEASE = 4


@pytest.fixture
def prefix() -> Iterator[str]:
    """Queues of this test's own, gone afterwards."""
    name = f"shijian-test-{os.getpid()}-{secrets.token_hex(3)}"
    yield name
    with celery_for(BROKER, name).connection_for_write() as connection, connection.channel() as channel:
        for lane in Lane:
            channel.queue_delete(queue_name(name, lane))
        channel.exchange_delete(name)


@pytest.fixture
def wire() -> Iterator[Forwarder]:
    """The way to the broker, which a test can cut."""
    with Forwarder("127.0.0.1", int(BROKER.rsplit(":", 1)[1].split("/")[0])) as forwarder:
        yield forwarder


@pytest.fixture
def lease() -> int:
    """Seconds; a test that must not be helped by the sweep asks for many."""
    return LEASE


@pytest.fixture
def service(prefix: str, wire: Forwarder, tmp_path: Path, lease: int) -> Iterator[RunningService]:
    settings = {
        "queue": "celery",
        "amqp_url": f"amqp://guest:guest@127.0.0.1:{wire.port}//",
        "amqp_prefix": prefix,
        "job_lease_seconds": str(lease),
    }
    with (
        fresh_database("postgresql", tmp_path) as made,
        running_service(made.url, tmp_path, workers=0, web=False, settings=settings) as running,
    ):
        yield running


@pytest.fixture
def bench(service: RunningService) -> Iterator[Bench]:
    with bench_of(service) as made:
        yield made


def test_jobs_of_a_killed_worker_are_done_again_and_once(service: RunningService, bench: Bench):
    first = service.start_worker()
    jobs = [bench.put("probe.effect", "killed", seconds=1.0) for _ in range(4)]
    wait_until(lambda: len(bench.started()) >= 2, "two jobs started")
    first.kill()
    assert bench.effects("killed") == 0
    service.begin_worker()
    service.start_worker()
    wait_until(bench.all_done, "all jobs done")
    assert bench.effects("killed") == len(jobs)


@pytest.mark.parametrize("lease", [600])
def test_a_killed_pool_process_gives_its_job_to_another_before_the_lease_ends(service: RunningService, bench: Bench):
    service.start_worker()
    job = bench.put("probe.effect", "child", seconds=1.0)
    wait_until(lambda: bench.started(job), "job started")
    os.kill(bench.started(job)[0][2], signal.SIGKILL)
    wait_until(bench.all_done, "job done by another")
    assert [attempt for _, attempt, _ in bench.started(job)] == [1, 2]
    assert bench.effects("child") == 1


def test_poison_dies_while_others_go_on(service: RunningService, bench: Bench):
    service.start_worker()
    poison = bench.put("probe.poison", "poison", max_attempts=2)
    good = [bench.put("probe.effect", "good") for _ in range(4)]
    wait_until(lambda: bench.states() == {"done": len(good), "dead": 1}, "poison dead, the others done")
    assert bench.job(poison).attempt == 2
    assert bench.effects("good") == len(good)


def test_work_queued_while_the_broker_is_away_is_done_when_it_is_back(
    service: RunningService, bench: Bench, wire: Forwarder
):
    service.start_worker()
    wire.cut()
    jobs = [bench.put("probe.effect", "away", lane=lane) for lane in Lane]
    assert bench.states() == {"queued": len(jobs)}
    wire.mend()
    wait_until(bench.all_done, "the sweep caught up", seconds=60)
    assert bench.effects("away") == len(jobs)


@pytest.mark.parametrize("lease", [600])
def test_a_broker_that_was_away_for_a_moment_needs_no_sweep(service: RunningService, bench: Bench, wire: Forwarder):
    service.start_worker()
    bench.put("probe.effect", "moment")
    wait_until(bench.all_done, "first job done")
    wire.cut()
    wire.mend()
    bench.put("probe.effect", "moment")
    wait_until(bench.all_done, "second job done")
    assert bench.effects("moment") == 2


def test_repeated_and_unknown_messages_are_harmless(service: RunningService, bench: Bench, prefix: str):
    celery: Celery = bench.app.extensions["shijian.celery"]
    transport = AmqpTransport(celery, prefix, timedelta(seconds=LEASE))
    service.start_worker()
    job = bench.put("probe.effect", "repeated", seconds=0.5)
    assert transport.announce([Offer(job, Lane.DEFAULT)] * 5)
    wait_until(bench.all_done, "job done")
    assert transport.announce([Offer(job, Lane.DEFAULT)] * 5)
    last = bench.put("probe.effect", "last")
    wait_until(lambda: bench.job(last).state is JobState.DONE, "the one behind them is done")
    assert bench.effects("repeated") == 1
    assert len(bench.started(job)) == 1


def test_an_absent_broker_costs_the_caller_little_and_loses_nothing(prefix: str):
    url = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
    transport = AmqpTransport(celery_for(url, prefix), prefix, timedelta(seconds=LEASE))
    offer = Offer(uuid.uuid4(), Lane.DEFAULT)
    assert not transport.announce([offer])
    assert not transport.announce([offer])
