"""Requests of the mini program are counted by what they say, and answered whatever they say."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from server.core import clock, tallies
from server.domain import notices, releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from server.domain.releases import Platform
from server.domain.releases.traffic import BuildWitness, ClientTraffic, StrangerTraffic, VersionTraffic
from tests.factories import contracts
from tests.factories.citizens import bearer, citizen, privacy_notice

APPID = "wx0123456789abcdef"
PHONE = {
    "Referer": f"https://servicewechat.com/{APPID}/57/page-frame.html",
    "X-App-Version": "1.4.2",
    "X-App-Env": "release",
    "X-App-Build": "1.4.2+0a1b2c3d4e5f",
    "X-Base-Lib": "3.7.2",
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) MicroMessenger/8.0.55",
}


def counted(session, model):
    tallies.flush()
    session.expire_all()
    return session.scalars(sa.select(model)).all()


def test_a_start_is_a_request_and_a_launch(client, session):
    assert client.get("/api/v1/config", headers=PHONE).status_code == 200
    tag = client.get("/api/v1/config", headers=PHONE).headers["ETag"]
    assert client.get("/api/v1/config", headers=PHONE | {"If-None-Match": tag}).status_code == 304
    assert client.get("/api/v1/notices", headers=PHONE).status_code == 200
    (row,) = counted(session, VersionTraffic)
    assert (row.day, row.environment, row.version, row.build) == (clock.today(), Environment.RELEASE, "1.4.2", "57")
    assert (row.stamp, row.requests, row.launches) == ("0a1b2c3d4e5f", 4, 3)
    (row,) = counted(session, ClientTraffic)
    assert (row.platform, row.base_library, row.requests, row.launches) == (Platform.IOS, "3.7.2", 4, 3)


def test_only_who_is_signed_in_is_a_witness(client, session):
    who = citizen()
    client.get("/api/v1/config", headers=PHONE)
    client.get("/api/v1/me", headers=PHONE | {"Authorization": "Bearer of-nobody"})
    assert counted(session, BuildWitness) == []
    assert client.get("/api/v1/me", headers=PHONE | bearer(who)).status_code == 200
    (row,) = counted(session, BuildWitness)
    assert (row.build, row.version, row.requests) == ("57", "1.4.2", 1)


def test_a_version_that_is_stopped_is_counted_as_well(client, session):
    contracts.contract_a()
    privacy_notice()
    base = notices.app_config()
    notices.revise_app_config(
        SCHEDULER,
        base_number=0,
        latest_version="1.5.0",
        minimum_version="1.5.0",
        blocked_versions=[],
        update_message="请更新。",
        phone="",
        links=base.links,
        reason="测试",
    )
    assert client.get("/api/v1/notices", headers=PHONE).status_code == 426
    tallies.flush()
    assert releases.versions_seen(clock.today()) == {"1.4.2": 1}


def test_what_is_not_the_mini_program_is_not_counted(client, session):
    client.get("/api/v1/config", headers={"User-Agent": "curl/8"})
    client.get("/healthz", headers=PHONE)
    client.get("/admin/sign-in", headers=PHONE)
    assert counted(session, VersionTraffic) == []


def test_another_mini_program_is_counted_apart(client, session):
    other = PHONE | {"Referer": "https://servicewechat.com/wxfedcba9876543210/3/page-frame.html"}
    assert client.get("/api/v1/config", headers=other).status_code == 200
    assert counted(session, VersionTraffic) == []
    (row,) = counted(session, StrangerTraffic)
    assert (row.appid, row.requests) == ("wxfedcba9876543210", 1)


@pytest.mark.parametrize("name", [*PHONE, "X-App-Platform"])
@pytest.mark.parametrize(
    "value",
    ["", "\x7f", "ÿÿÿ", "a" * 7000, "'; DROP TABLE builds;--", "%00", "1.2.3" * 500, "中".encode().decode("latin-1")],
)
def test_a_hostile_header_changes_no_answer(client, session, name, value):
    assert client.get("/api/v1/config", headers=PHONE | {name: value}).status_code == 200
    tallies.flush()


def test_a_thousand_lies_are_one_row_more_than_the_day_holds(client, session, monkeypatch):
    monkeypatch.setattr(tallies._house, "most", 20)
    for number in range(200):
        lie = f"{number}.{uuid.uuid4().int % 1000}.0"
        client.get("/api/v1/notices", headers=PHONE | {"X-App-Version": lie, "X-App-Build": ""})
        if number % 50 == 0:
            tallies.flush()
    assert len(counted(session, VersionTraffic)) == 21


def test_counting_asks_the_database_nothing(client, queries):
    client.get("/api/v1/config", headers=PHONE)
    with queries() as with_counting:
        client.get("/api/v1/config", headers=PHONE)
    with queries() as without:
        client.get("/api/v1/config")
    assert len(with_counting) == len(without)
