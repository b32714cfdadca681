"""A publish is seen by every worker within two seconds, without a restart."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.flag_service import flag_service
from tests.support.flag_sets import switch
from tests.support.processes import children
from tests.support.waiting import until
from tests.support.whole import databases

PROMISED_SECONDS = 2.0
REDIS = "redis://127.0.0.1:6379/9"

pytestmark = pytest.mark.slow


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A worker that takes no requests meanwhile, so that another has to."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("redis", ["", pytest.param(REDIS, marks=pytest.mark.redis)], ids=["no redis", "redis"])
@pytest.mark.parametrize("make", databases("sqlite", "postgresql"))
def test_every_worker_serves_a_publish_within_two_seconds(make, redis, tmp_path):
    settings = {"redis_url": redis} if redis else {}
    with flag_service(make, tmp_path, switch("x", on=False), processes=2, settings=settings) as here:
        assert here.running.web is not None
        one, two = workers = until(
            lambda: found if len(found := children(here.running.web.pid)) == 2 else None, "two workers"
        )
        for other in workers:
            with stopped(other):
                assert here.bulk()["x"]["value"] is False
        for on in (True, False):
            here.publish(switch("x", on=on))
            deadline = time.monotonic() + PROMISED_SECONDS
            for worker, other in ((one, two), (two, one)):
                with stopped(other):
                    until(
                        lambda: here.bulk()["x"]["value"] is on,  # noqa: B023 - asked before the loop goes on
                        f"worker {worker} serves the publish",
                        seconds=deadline - time.monotonic(),
                    )
        assert children(here.running.web.pid) == workers
