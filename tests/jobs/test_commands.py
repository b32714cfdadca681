"""The operator's commands as processes, on a service's own database."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.domain import identity
from server.domain.identity import AuditEntry, Officer
from server.gateways import queue
from server.gateways.queue import JobState
from tests.factories import identity as people
from tests.jobs.probes import Bench, bench_of
from tests.support.databases import drop_audit_triggers, fresh_database
from tests.support.service import ROOT, RunningService, running_service

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("commands")
    with fresh_database("sqlite", folder) as made, running_service(made.url, folder, workers=0, web=False) as running:
        yield running


@pytest.fixture
def bench(service: RunningService) -> Iterator[Bench]:
    with bench_of(service) as made:
        yield made


def shijian(service: RunningService, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server.jobs.commands", *words]
    return subprocess.run(
        command, cwd=ROOT, env=service.environ | environ, capture_output=True, text=True, timeout=180, check=False
    )


def test_settings_are_checked_and_every_fault_is_named(service: RunningService):
    good = shijian(service, "check-config")
    assert (good.returncode, good.stderr) == (0, "")
    assert "0123456789abcdef" not in good.stdout
    bad = shijian(service, "check-config", SHIJIAN_PROFILE="production", SHIJIAN_TYPO="1")
    assert bad.returncode == 2
    assert "SHIJIAN_TYPO" in bad.stderr


def test_migrating_again_is_harmless(service: RunningService):
    assert shijian(service, "migrate").returncode == 0


def test_the_first_run_gets_a_code_and_later_runs_do_not(service: RunningService, bench: Bench):
    first = shijian(service, "setup-code")
    assert first.returncode == 0
    assert "/admin/setup" in first.stdout
    with bench.open():
        people.officer("zhou")
    refused = shijian(service, "setup-code")
    assert (refused.returncode, refused.stderr.strip()) == (1, "系统已完成初始化。")


def test_keys_rotate_while_old_ones_still_open(service: RunningService, bench: Bench):
    with bench.open():
        officer_id = people.officer("lin").id
    new = "k2:" + base64.b64encode(b"2" * 32).decode()
    both = {"SHIJIAN_FIELD_KEYS": f"{new},{service.environ['SHIJIAN_FIELD_KEYS']}"}
    done = shijian(service, "keys", "rotate", **both)
    assert done.returncode == 0, done.stderr
    with bench.open():
        assert session().get(Officer, officer_id).totp_sealed.startswith("k2.")
    assert "officers: 0" in shijian(service, "keys", "rotate", **both).stdout


def test_the_audit_chain_is_walked_and_a_changed_row_is_named(service: RunningService, bench: Bench):
    with bench.open():
        identity.record(identity.SCHEDULER, "probe.done", summary="第一条")
        identity.record(identity.SCHEDULER, "probe.done", summary="第二条")
    with bench.open():
        identity.seal_audit()
    sound = shijian(service, "audit", "verify")
    assert sound.returncode == 0
    anchor = sound.stdout.rpartition("anchor ")[2].strip()
    assert shijian(service, "audit", "verify", "--anchor", anchor).returncode == 0
    with bench.open():
        drop_audit_triggers(session().connection())
        touched = sa.update(AuditEntry).where(AuditEntry.summary == "第二条").values(summary="改过")
        session().execute(touched)
    broken = shijian(service, "audit", "verify")
    assert broken.returncode == 1
    assert "内容被改动" in broken.stderr


def test_jobs_are_listed_retried_and_cancelled(service: RunningService, bench: Bench):
    job_id = bench.put("probe.effect", "shell")
    with bench.open():
        assert queue.find(job_id).state is JobState.QUEUED
    assert str(job_id) in shijian(service, "jobs", "list", "--state", "queued").stdout
    assert shijian(service, "jobs", "cancel", str(job_id)).returncode == 0
    assert bench.job(job_id).state is JobState.CANCELLED
    again = shijian(service, "jobs", "cancel", str(job_id))
    assert (again.returncode, again.stderr.strip()) == (1, "任务已经结束，不能取消。")
    assert shijian(service, "jobs", "retry", str(job_id)).returncode == 0
    assert bench.job(job_id).state is JobState.QUEUED
    with bench.open():
        query = sa.select(AuditEntry.action).where(AuditEntry.subject_id == str(job_id)).order_by(AuditEntry.id)
        assert list(session().scalars(query)) == ["job.cancelled", "job.retried"]


def test_a_database_that_is_not_there_is_said_in_one_line(service: RunningService, tmp_path: Path):
    answer = shijian(service, "jobs", "list", SHIJIAN_DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert answer.returncode == 1
    assert answer.stderr.startswith("数据库不可用，或尚未执行 shijian migrate")
