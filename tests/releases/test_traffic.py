"""What requests say of themselves, what is learnt from it, and what liars cannot do."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from server.core import clock, tallies
from server.domain import releases
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER, Role
from server.domain.releases import Build, Oddity, Platform, ShareKind, Sighting, read_sighting
from server.domain.releases.builds import settled_days
from server.domain.releases.traffic import BuildWitness, ClientTraffic, VersionTraffic
from tests.factories import contracts, identity
from tests.factories.releases import pipeline

APPID = "wx0123456789abcdef"
TODAY = date(2026, 11, 20)


def said(number="57", version="1.4.2", env="release", build="", library="3.7.2", platform="ios", agent="", appid=APPID):
    referer = f"https://servicewechat.com/{appid}/{number}/page-frame.html" if number else ""
    return read_sighting(APPID, referer, version, env, build, library, platform, agent)


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({}, Sighting(version="1.4.2", build="57", platform=Platform.IOS, base_library="3.7.2")),
        ({"number": "", "version": ""}, None),
        ({"number": "0", "version": "", "env": "trial"}, Environment.TRIAL),
        ({"number": "0", "env": "release"}, Environment.TRIAL),
        ({"number": "0", "env": "develop"}, Environment.DEVELOP),
        ({"number": "devtools", "env": "release"}, Environment.DEVELOP),
        ({"number": "57", "env": "develop"}, Environment.RELEASE),
        ({"number": "", "env": "trial"}, Environment.TRIAL),
        ({"number": "", "env": "nonsense"}, Environment.RELEASE),
        ({"appid": "wxfedcba9876543210"}, "wxfedcba9876543210"),
    ],
)
def test_where_a_request_comes_from(headers, seen):
    found = said(**headers)
    if isinstance(seen, Environment):
        found = found.environment
    elif isinstance(seen, str):
        found = found.stranger
    assert found == seen


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ({"version": "1.4.2-beta.1"}, "version", "1.4.2-beta.1"),
        ({"version": "1.4"}, "version", ""),
        ({"version": "١.٤.٢"}, "version", ""),
        ({"version": "1.4.2\n"}, "version", ""),
        ({"version": "1.4.2' OR 1=1"}, "version", ""),
        ({"version": "", "build": "1.4.2+0a1b2c3d4e5f60718293"}, "version", "1.4.2"),
        ({"build": "1.4.2+0a1b2c3d4e5f60718293"}, "stamp", "0a1b2c3d4e5f"),
        ({"build": "0a1b2c3"}, "stamp", "0a1b2c3"),
        ({"build": "1.4.2+42"}, "stamp", ""),
        ({"library": "3.7"}, "base_library", ""),
        (
            {"platform": "", "agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) MicroMessenger/8.0.55"},
            "platform",
            Platform.IOS,
        ),
        ({"platform": "", "agent": "Mozilla/5.0 (Linux; Android 15) MicroMessenger/8.0"}, "platform", Platform.ANDROID),
        ({"platform": "", "agent": "Mozilla/5.0 WindowsWechat Android"}, "platform", Platform.WINDOWS),
        ({"platform": "toaster"}, "platform", Platform.UNKNOWN),
        ({"number": "57/../58"}, "build", ""),
    ],
)
def test_each_header_has_a_shape_or_is_empty(headers, name, value):
    assert getattr(said(**headers), name) == value


@given(st.lists(st.text(max_size=60), min_size=7, max_size=7))
def test_no_header_is_too_strange_to_be_read(headers):
    seen = read_sighting(APPID, *headers)
    assert seen is None or all(len(str(getattr(seen, name))) <= 32 for name in Sighting.__slots__)


@pytest.fixture
def town(session):
    """The contract of the mini program, and who looks."""
    return contracts.contract_a()


def play(seen, *, launches=1, requests=0, people=0, day=None):
    """So many launches and other requests of one kind, by so many people who are signed in."""
    day = day or clock.today()
    with clock.replaying(clock.start_of(day) + timedelta(hours=10)):
        for at in range(launches + requests):
            who = uuid.UUID(int=at % people + 1) if people else None
            releases.note_traffic(seen, launches=int(at < launches), citizen_id=who)
    tallies.flush()


def test_adoption_is_by_day_and_version_with_builds_standing_in(town, session):
    play(said(), launches=6, requests=4)
    play(said(version="", number="57"), launches=2)
    play(said(version="1.3.9", number="51"), launches=2, day=clock.today() - timedelta(days=1))
    found = releases.adoption(SCHEDULER, Environment.RELEASE, days=2)
    assert found.versions == ["1.4.2", "1.3.9", ""]
    assert found.launches == {"1.4.2": [0, 6], "1.3.9": [2, 0], "": [0, 2]}
    assert found.requests["1.4.2"] == [0, 10]
    assert found.share("1.4.2") == 0.75
    session.add(Build(build="57", version="1.4.2", days=1, first_on=TODAY, last_on=TODAY, learnt_at=clock.now()))
    session.flush()
    again = releases.adoption(SCHEDULER, Environment.RELEASE, days=2)
    assert again.launches == {"1.4.2": [0, 8], "1.3.9": [2, 0]}
    assert releases.share_of("1.4.2", clock.today()) == 1.0
    assert releases.share_of("1.4.2", clock.today() - timedelta(days=9)) is None
    assert releases.versions_seen(clock.today()) == {"1.4.2": 12}


def test_invented_versions_are_told_together(town):
    play(said(version="1.4.2"), launches=100)
    for number in range(60):
        releases.note_traffic(said(version=f"9.9.{number}"), launches=1)
    tallies.flush()
    found = releases.adoption(SCHEDULER, Environment.RELEASE, days=1)
    assert len(found.versions) == 41
    assert (found.versions[-1], found.launches["1.4.2"]) == (tallies.OTHER, [100])
    assert sum(counts[0] for counts in found.launches.values()) == 160


def test_shares_of_platforms_and_libraries(town):
    play(said(), launches=3)
    play(said(platform="android", library=""), launches=1)
    platforms = releases.shares(SCHEDULER, Environment.RELEASE, ShareKind.PLATFORM, days=7)
    assert [(share.name, share.launches, share.share) for share in platforms] == [("苹果", 3, 0.75), ("安卓", 1, 0.25)]
    libraries = releases.shares(SCHEDULER, Environment.RELEASE, ShareKind.BASE_LIBRARY, days=7)
    assert [share.name for share in libraries] == ["3.7.2", "未知"]
    assert releases.shares(SCHEDULER, Environment.TRIAL, ShareKind.PLATFORM, days=7) == []


def test_a_policy_is_tried_on_a_day(town):
    play(said(version="1.2.9"), launches=1)
    play(said(version="1.3.5"), launches=2)
    play(said(version="1.4.2"), launches=7)
    forced = releases.forced_by(SCHEDULER, clock.today(), minimum="1.3.0", blocked=["1.3.5"])
    assert (forced.launches, forced.total, forced.share) == (3, 10, 0.3)
    assert forced.versions == {"1.3.5": 2, "1.2.9": 1}
    assert releases.forced_by(SCHEDULER, clock.today(), minimum="", blocked=[]).launches == 0


def test_only_the_vendor_of_the_mini_program_sees_traffic(town):
    play(said(), launches=3)
    own = identity.actor("zheng", contract_id=town.id)
    other = identity.actor("wu", roles=[Role.VENDOR_MANAGER], contract_id=uuid.uuid4())
    assert releases.adoption(own, Environment.RELEASE, days=1).versions == ["1.4.2"]
    assert releases.adoption(other, Environment.RELEASE, days=1).versions == []
    assert releases.builds_seen(other, days=1) == []
    assert releases.unknown_builds(other, days=1) == []
    assert releases.shares(other, Environment.RELEASE, ShareKind.PLATFORM, days=1) == []


DAY_1, DAY_2, DAY_3 = TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)


@pytest.mark.parametrize(
    ("rows", "learnt"),
    [
        ([(DAY_1, "57", "1.4.2", 3)], {"57": {"1.4.2": [DAY_1]}}),
        ([(DAY_1, "57", "1.4.2", 2)], {}),
        ([(DAY_1, "57", "1.4.2", 1), (DAY_2, "57", "1.4.2", 1), (DAY_3, "57", "1.4.2", 1)], {}),
        ([(DAY_1, "57", "1.4.2", 9), (DAY_1, "57", "9.9.9", 1)], {"57": {"1.4.2": [DAY_1]}}),
        ([(DAY_1, "57", "1.4.2", 4), (DAY_1, "57", "9.9.9", 4)], {}),
        (
            [(DAY_1, "57", "1.4.2", 5), (DAY_2, "57", "9.9.9", 5), (DAY_3, "57", "1.4.2", 5)],
            {"57": {"1.4.2": [DAY_1, DAY_3], "9.9.9": [DAY_2]}},
        ),
    ],
)
def test_a_day_is_settled_by_many_and_by_most(rows, learnt):
    assert settled_days(rows, 3) == learnt


def test_a_build_is_learnt_from_several_people_and_never_from_one(town, session):
    play(said(number="58", version="9.9.9"), launches=500, people=1)
    play(said(number="57"), launches=60, people=30)
    play(said(number="57", version="9.9.9"), launches=500, people=1)
    play(said(number="59", version="9.9.9"), launches=500)
    assert releases.learn_builds() == 1
    assert releases.learnt_builds() == {"57": "1.4.2"}
    assert releases.learn_builds() == 0
    seen = {build.build: build for build in releases.builds_seen(SCHEDULER, days=1)}
    assert seen["57"].claims == {"1.4.2": 60, "9.9.9": 500}
    assert seen["58"].version == ""


def test_what_was_learnt_from_a_lie_is_unlearnt_by_more_days(town, session):
    play(said(number="57", version="9.9.9"), launches=30, people=30, day=clock.today() - timedelta(days=2))
    releases.learn_builds()
    assert releases.learnt_builds() == {"57": "9.9.9"}
    play(said(number="57"), launches=30, people=30, day=clock.today() - timedelta(days=1))
    releases.learn_builds()
    assert releases.learnt_builds() == {"57": "9.9.9"}
    play(said(number="57"), launches=30, people=30)
    assert releases.learn_builds() == 1
    assert releases.learnt_builds() == {"57": "1.4.2"}


def test_witnesses_are_kinds_of_people_and_change_every_day(town, session):
    play(said(), launches=400, people=200)
    play(said(), launches=1, people=1, day=clock.today() - timedelta(days=1))
    rows = session.scalars(sa.select(BuildWitness)).all()
    assert {row.witness for row in rows if row.day == clock.today()} == set(range(16))
    columns = {column.name for column in sa.inspect(BuildWitness).columns}
    assert columns == {"day", "build", "version", "witness", "requests"}


def test_what_does_not_fit_the_ledger_is_named(town, session):
    pipeline(town).push("1.4.2", git_sha="0a1b2c3d4e5f60718293a4b5c6d7e8f901234567")
    session.add(Build(build="57", version="1.4.2", days=1, first_on=TODAY, last_on=TODAY, learnt_at=clock.now()))
    session.flush()
    play(said(build="1.4.2+0a1b2c3d4e5f"), launches=9)
    play(said(version="", number="60"), launches=8)
    play(said(version="1.6.0", number=""), launches=7)
    play(said(build="1.4.2+ffffffffffff", number=""), launches=6)
    play(said(version="1.4.1"), launches=5)
    play(said(appid="wxfedcba9876543210"), launches=4)
    play(said(version="2.0.0", number="0"), launches=3)
    found = [(strange.kind, strange.requests) for strange in releases.unknown_builds(SCHEDULER, days=1)]
    assert found == [
        (Oddity.UNLEARNT, 8),
        (Oddity.UNREGISTERED, 7),
        (Oddity.OTHER_CODE, 6),
        (Oddity.CONTRADICTED, 5),
        (Oddity.STRANGER, 4),
    ]


def test_counts_and_witnesses_go_when_their_time_is_over(town, session):
    for days in (0, 29, 31, 399, 401):
        play(said(), launches=1, people=1, day=clock.today() - timedelta(days=days))
    assert releases.forget_traffic() == 2 + 3
    assert session.scalar(sa.select(sa.func.count()).select_from(VersionTraffic)) == 4
    assert session.scalar(sa.select(sa.func.count()).select_from(ClientTraffic)) == 4
    assert session.scalar(sa.select(sa.func.count()).select_from(BuildWitness)) == 2
