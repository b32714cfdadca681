"""The checklist and the contradictions: what is recorded against what WeChat tells, what calls, and what other rooms hold."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine

from server.core import clock
from server.core.db import session as current_session
from server.domain import releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from server.domain.releases import CheckState, Source, State, Step
from server.domain.releases.maps import Awaited
from server.domain.releases.traffic import VersionTraffic
from server.gateways import storage
from tests.factories.releases import MAP, pipeline, step, walked


@pytest.fixture
def made(session):
    return pipeline()


def check_of(release, key):
    return next(check for check in releases.checklist(release) if check.key == key)


def launches(version, count, day=None):
    row = VersionTraffic(
        day=day or clock.today(),
        environment=Environment.RELEASE,
        version=version,
        build="7",
        stamp="",
        requests=count * 9,
        launches=count,
    )
    current_session().add(row)
    current_session().flush()


def test_every_point_of_a_fresh_release(made):
    release = made.push().release
    told = {check.key: check.state for check in releases.checklist(release)}
    assert told == {
        "source_map": CheckState.WAITING,
        "tickets": CheckState.WARNING,
        "flags": CheckState.OK,
        "privacy": CheckState.OK,
        "approval": CheckState.WAITING,
        "gray_plan": CheckState.WAITING,
        "traffic": CheckState.WAITING,
        "way_back": CheckState.WARNING,
    }


def test_the_map_and_the_approval_are_ticked(made):
    release = walked(made, "1.4.2", State.APPROVED)
    awaited = releases.awaited_map(made.actor, release.id, declared=len(MAP), most=10**6)
    releases.receive_map(awaited, [MAP])
    releases.keep_source_map(made.actor, awaited)
    assert check_of(release, "source_map").state is CheckState.OK
    assert check_of(release, "approval").state is CheckState.OK


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"status": 1, "gray_percentage": 10}, []),
        ({"status": 1, "gray_percentage": 30}, ["登记的灰度比例为 10%，微信显示 30%。"]),
        ({"status": 2, "gray_percentage": 10}, ["登记为灰度中，微信显示灰度已暂停。"]),
        ({"status": 3, "gray_percentage": 10}, ["登记为灰度中，微信没有进行中的灰度计划。"]),
        ({}, ["登记为灰度中，微信没有进行中的灰度计划。"]),
    ],
)
def test_wechats_plan_against_a_gray_release(made, plan, words):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.GRAY)
    releases.note_gray_plan(SCHEDULER, plan)
    assert [finding.text for finding in releases.findings(release)] == words
    expected = CheckState.FAILED if words else CheckState.OK
    assert check_of(release, "gray_plan").state is expected


def test_a_plan_told_before_the_last_step_says_nothing(made):
    walked(made, "1.4.1", State.FULL)
    releases.note_gray_plan(SCHEDULER, {"status": 3, "gray_percentage": 100})
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        release = walked(made, "1.4.2", State.GRAY)
        assert releases.findings(release) == []


def test_a_full_release_while_wechat_still_hands_out_in_parts(made):
    release = walked(made, "1.4.1", State.FULL)
    releases.note_gray_plan(SCHEDULER, {"status": 1, "gray_percentage": 20})
    assert [finding.source for finding in releases.findings(release)] == [Source.PLAN]


def test_traffic_of_a_version_that_was_never_published(made):
    release = walked(made, "1.4.2", State.APPROVED)
    assert releases.findings(release) == []
    launches("1.4.2", 3)
    (finding,) = releases.findings(release)
    assert (finding.source, "局方已批准" in finding.text) == (Source.TRAFFIC, True)
    assert check_of(release, "traffic").state is CheckState.FAILED


def test_traffic_that_is_seen_where_it_should_be(made):
    release = walked(made, "1.4.2", State.FULL)
    launches("1.4.2", 3)
    assert releases.findings(release) == []
    assert check_of(release, "traffic").state is CheckState.OK


@pytest.mark.parametrize("after", [None, Step.STOP_GRAY, Step.ROLL_BACK])
def test_traffic_of_a_version_that_some_phones_were_given(made, after):
    walked(made, "1.4.1", State.FULL)
    release = walked(made, "1.4.2", State.GRAY)
    if after:
        step(made, release, after)
    launches("1.4.2", 3)
    assert releases.findings(release) == []


def test_a_full_release_that_nobody_runs(made):
    with time_machine.travel(clock.now() - timedelta(days=3), tick=False):
        release = walked(made, "1.4.2", State.FULL)
    launches("1.4.1", 50)
    assert [finding.source for finding in releases.findings(release)] == [Source.TRAFFIC]


def test_more_users_than_the_share_that_was_recorded(made):
    with time_machine.travel(clock.now() - timedelta(days=3), tick=False):
        walked(made, "1.4.1", State.FULL)
        release = walked(made, "1.4.2", State.GRAY)
    yesterday = clock.local_day(clock.now() - timedelta(days=1))
    launches("1.4.1", 50, yesterday)
    launches("1.4.2", 50, yesterday)
    assert "50%" in releases.findings(release)[0].text


def test_there_is_a_way_back_once_something_was_live(made):
    old = walked(made, "1.4.1", State.FULL)
    assert check_of(old, "way_back").state is CheckState.WARNING
    new = walked(made, "1.4.2", State.FULL)
    assert check_of(new, "way_back").state is CheckState.OK
    step(made, new, Step.ROLL_BACK)
    assert check_of(new, "way_back").detail == "已回退。"


def test_content_that_no_release_names_is_swept_after_a_day(made):
    release = made.push().release
    awaited = releases.awaited_map(made.actor, release.id, declared=None, most=10**6)
    releases.receive_map(awaited, [MAP[:10], MAP[10:]])
    releases.keep_source_map(made.actor, awaited)
    stray = Awaited(release.id, hashlib.sha256(b"stray").hexdigest(), 5)
    releases.receive_map(stray, [b"stray"])
    # unnamed since it is this test's: the store is shared by the run
    assert storage.contents().has(stray.sha256)
    releases.sweep_maps()
    assert storage.contents().has(stray.sha256)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        assert releases.sweep_maps() >= 1
    assert not storage.contents().has(stray.sha256)
    assert b"".join(releases.source_map_of("1.4.2")) == MAP
