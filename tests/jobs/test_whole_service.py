"""Web and worker together, as an installation runs them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.jobs.probes import bench_of
from tests.support.databases import fresh_database
from tests.support.service import answers, running_service, wait_until

pytestmark = pytest.mark.slow


def test_web_and_worker_start_work_and_end_when_told(tmp_path: Path):
    with fresh_database("sqlite", tmp_path) as made, running_service(made.url, tmp_path, web_processes=2) as service:
        assert answers(f"{service.url}/healthz")
        with bench_of(service) as bench:
            bench.put("probe.effect", "whole")
            wait_until(bench.all_done, "job done")
            assert bench.effects("whole") == 1
        assert service.web.stop() == 0
        assert service.workers[0].stop() == 0
        assert not answers(f"{service.url}/healthz")


def test_the_committed_gunicorn_settings_hold(tmp_path: Path):
    with (
        fresh_database("sqlite", tmp_path) as made,
        running_service(made.url, tmp_path, workers=0, web=False) as service,
    ):
        service.start_web("-c", "deploy/gunicorn.conf.py", "--workers", "2")
        assert answers(f"{service.url}/healthz")
        children = Path(f"/proc/{service.web.pid}/task/{service.web.pid}/children")
        # The first of them answers while the second is still being forked.
        wait_until(lambda: len(children.read_text(encoding="utf-8").split()) == 2, "two workers")
        os.kill(int(children.read_text(encoding="utf-8").split()[0]), 9)
        wait_until(lambda: service.web.log.read_text(encoding="utf-8").count("Booting worker") == 3, "a new worker")
        assert answers(f"{service.url}/healthz")
        assert service.web.stop() == 0
