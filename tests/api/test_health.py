"""Liveness, readiness and figures."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from server.api import health
from server.core.db import db

TOKEN = {"Authorization": "Bearer metrics-token"}


@pytest.fixture(autouse=True)
def _looks_each_time(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], metrics_token="metrics-token"))
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)


def test_liveness_asks_nothing_of_the_database(client, queries):
    with queries() as seen:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json, list(seen)) == (200, {"status": "ok"}, [])


def test_readiness_writes_and_tells_particulars_to_who_has_the_token(client, queries):
    with queries() as seen:
        answer = client.get("/readyz", headers=TOKEN)
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert set(answer.json["checks"]) == {"database", "migrations", "disk", "queue"}
    assert any(statement.startswith(("INSERT", "UPDATE")) for statement in seen)
    assert client.get("/readyz").json == {"status": "ready"}
    assert client.get("/readyz", headers={"Authorization": "Bearer wrong"}).json == {"status": "ready"}


def test_a_crowd_of_probes_is_one_look(client, queries, monkeypatch):
    monkeypatch.setattr(health, "KEPT_SECONDS", 60.0)
    client.get("/readyz")
    with queries() as seen:
        client.get("/readyz")
    assert list(seen) == []


def test_a_database_that_cannot_write_is_not_ready(client, monkeypatch):
    def full(*_: object) -> int:
        raise OperationalError("INSERT", {}, Exception("disk is full"))

    monkeypatch.setattr(health, "next_number", full)
    answer = client.get("/readyz", headers=TOKEN)
    assert (answer.status_code, answer.json["checks"]["database"]["ok"]) == (503, False)
    assert client.get("/healthz").status_code == 200
    assert 'shijian_ready{part="database"} 0.0' in client.get("/metrics", headers=TOKEN).text


def test_a_full_disk_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1000, used=960, free=40))
    assert client.get("/readyz").status_code == 503


def test_a_schema_of_another_time_is_not_ready(client, session):
    made_here = not sa.inspect(session.connection()).has_table("alembic_version")
    if made_here:
        if db.engine.dialect.name == "mysql":
            pytest.skip("its CREATE TABLE would end the transaction that is thrown away")
        session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    session.execute(sa.text("DELETE FROM alembic_version"))
    session.execute(sa.text("INSERT INTO alembic_version VALUES ('of-another-time')"))
    answer = client.get("/readyz", headers=TOKEN)
    assert (answer.status_code, answer.json["checks"]["migrations"]["here"]) == (503, ["of-another-time"])


def test_figures_are_for_who_has_the_token(app, client, monkeypatch):
    client.get("/healthz")
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = client.get("/metrics", headers=headers)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    answer = client.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    assert 'shijian_requests_total{method="GET",route="/healthz",status="200"}' in answer.text
    assert 'shijian_jobs{lane="default",state="queued"} 0.0' in answer.text
    assert "shijian_jobs_oldest_wait_seconds 0.0" in answer.text
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], metrics_token=""))
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
