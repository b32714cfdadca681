"""The queue's pages: figures, failures with their errors, trying again and cancelling, and who may do which."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from server.core.db import session
from server.domain.identity import AuditEntry
from server.gateways import queue
from server.gateways.queue import JobState, Lane
from tests.factories import identity as people

KINDS = ("probe.effect", "probe.poison")
LEASE = timedelta(minutes=1)


@pytest.fixture
def chen(client):
    """The system administrator's browser: sees the queue and may try again."""
    return people.signed_in(client, people.officer("chen"))


def dead_job(error: str = "RuntimeError: 连接被拒绝 13812345678") -> uuid.UUID:
    job = queue.put("probe.poison", {"name": "x"}, max_attempts=1, lane=Lane.MESSAGES)
    session().flush()
    taken = queue.claim(job.id, "host:1:a", LEASE, KINDS)
    queue.fail(taken, error, backoff=1)
    return job.id


def running_job() -> uuid.UUID:
    job = queue.put("probe.effect", {"name": "x"})
    session().flush()
    taken = queue.claim(job.id, "host:1:a", LEASE, KINDS)
    queue.renew(taken, LEASE, queue.Progress(40, 120, "第三批"))
    return job.id


def test_the_list_shows_figures_progress_and_failures(chen):
    dead_job()
    running_job()
    text = chen.get("/admin/jobs/").text
    assert "测试：总是失败" in text
    assert "连接被拒绝 138****5678" in text
    assert "40 / 120（33%）" in text
    assert "有任务失败" in text
    assert "各队列" in text
    figures = chen.get("/admin/jobs/figures", headers={"HX-Request": "true"}).text
    assert "40 / 120（33%）" in figures
    assert "every 5s" in figures
    assert "<html" not in figures


def test_filters_choose_and_htmx_gets_the_rows_only(chen):
    dead_job()
    running_job()
    rows = chen.get("/admin/jobs/?state=running", headers={"HX-Request": "true"}).text
    assert "测试：一次效果" in rows
    assert "测试：总是失败" not in rows
    assert "<html" not in rows
    assert "没有符合条件的结果" in chen.get("/admin/jobs/?q=没有这样的错误").text
    assert chen.get("/admin/jobs/?state=nonsense&lane=nonsense").status_code == 200


def test_periodic_work_that_went_well_stays_out_of_the_way(chen):
    queue.declare({"tick": queue.Round("tick", "probe.effect", 60)})
    job_id = queue.start("tick")
    session().flush()
    queue.finish(queue.claim(job_id, "host:1:a", LEASE, KINDS))
    assert f"/admin/jobs/{job_id}" not in chen.get("/admin/jobs/").text
    assert f"/admin/jobs/{job_id}" in chen.get("/admin/jobs/?rounds=1").text
    rounds = chen.get("/admin/jobs/rounds").text
    assert "1分" in rounds
    assert f"/admin/jobs/{job_id}" in rounds


def test_a_dead_job_is_shown_with_its_error_and_queued_again(chen):
    job_id = dead_job()
    shown = chen.get(f"/admin/jobs/{job_id}").text
    assert "连接被拒绝" in shown
    assert "立即重试" in shown
    answer = chen.post(f"/admin/jobs/{job_id}/retry")
    assert answer.status_code == 303
    assert queue.find(job_id).state is JobState.QUEUED
    assert audited("job.retried") == 1
    again = chen.post(f"/admin/jobs/{job_id}/cancel")
    assert again.status_code == 303
    assert queue.find(job_id).state is JobState.CANCELLED
    assert audited("job.cancelled") == 1


def test_a_running_job_follows_its_progress_until_it_ends(chen):
    job_id = running_job()
    part = chen.get(f"/admin/jobs/{job_id}", headers={"HX-Request": "true"}).text
    assert "every 2s" in part
    assert "第三批" in part
    queue.cancel(job_id)
    assert "every 2s" not in chen.get(f"/admin/jobs/{job_id}").text


def test_chosen_jobs_are_tried_again_each_by_itself(chen):
    dead, running = dead_job(), running_job()
    answer = chen.post("/admin/jobs/retry", data={"ids": [str(dead), str(running), "nonsense"]})
    assert answer.status_code == 303
    assert queue.find(dead).state is JobState.QUEUED
    assert queue.find(running).state is JobState.RUNNING
    assert audited("job.retried") == 1


def test_who_looks_may_not_touch_and_others_may_not_look(client):
    job_id = dead_job()
    shen = people.signed_in(client, people.officer("shen"))
    shown = shen.get(f"/admin/jobs/{job_id}")
    assert shown.status_code == 200
    assert "立即重试" not in shown.text
    assert shen.post(f"/admin/jobs/{job_id}/retry").status_code == 403
    assert queue.find(job_id).state is JobState.DEAD
    lin = people.signed_in(client, people.officer("lin"))
    assert lin.get("/admin/jobs/").status_code == 403
    assert lin.get(f"/admin/jobs/{uuid.uuid4()}").status_code == 403


def test_an_unknown_job_is_not_found(chen):
    assert chen.get(f"/admin/jobs/{uuid.uuid4()}").status_code == 404


def audited(action: str) -> int:
    query = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
    return session().scalar(query)
