"""The mini program's configuration: versions that may run, numbered revisions, a counter for readers."""

from __future__ import annotations

import pytest

from server.core.errors import Forbidden, Invalid
from server.domain import identity, notices
from server.domain.identity import SCHEDULER, Actor, ActorKind, Role, grants_of
from server.domain.notices import AppConfig, Link, UpdateNeed

HANDLER = Actor(
    kind=ActorKind.OFFICER, name="周雅琴", roles=(Role.BUREAU_HANDLER,), grants=grants_of([(Role.BUREAU_HANDLER, None)])
)
WANTED = {
    "latest_version": "1.4.2",
    "minimum_version": "1.3.0",
    "blocked_versions": ["1.4.1"],
    "update_message": "请更新到最新版本。",
    "phone": "0571-85180000",
    "links": [Link("全国12315平台", "https://www.12315.cn/")],
    "reason": "1.4.1 版无法上传图片",
}


def test_before_the_first_version_everybody_may_come_in(session):
    config = notices.app_config()
    assert (config.number, config.need_of("0.0.1"), notices.feed_version()) == (0, UpdateNeed.NONE, 0)


def test_a_revision_holds_from_now_on_and_moves_the_feed(session):
    notices.revise_app_config(SCHEDULER, base_number=0, **WANTED)
    session.expire_all()
    config = notices.app_config()
    assert (config.number, config.phone, config.blocked_versions) == (1, "0571-85180000", ("1.4.1",))
    assert notices.feed_version() == 1
    entry = session.query(identity.AuditEntry).one()
    assert entry.action == "app_config.revised"
    assert entry.changes["minimum_version"] == ["", "1.3.0"]


@pytest.mark.parametrize(
    ("version", "need"),
    [
        ("1.2.9", UpdateNeed.FORCED),
        ("1.3.0", UpdateNeed.OFFERED),
        ("1.4.1", UpdateNeed.BLOCKED),
        ("1.3.0-rc.1", UpdateNeed.FORCED),
        ("1.4.2-rc.1", UpdateNeed.OFFERED),
        ("1.4.2", UpdateNeed.NONE),
        ("1.10.0", UpdateNeed.NONE),
        ("", UpdateNeed.NONE),
        ("devtools", UpdateNeed.NONE),
    ],
)
def test_what_a_version_has_to_do(version, need):
    config = AppConfig(1, latest_version="1.4.2", minimum_version="1.3.0", blocked_versions=("1.4.1",))
    assert config.need_of(version) is need


def test_two_writers_of_one_version_the_second_is_told(session):
    notices.revise_app_config(SCHEDULER, base_number=0, **WANTED)
    with pytest.raises(notices.StaleConfig):
        notices.revise_app_config(SCHEDULER, base_number=0, **WANTED)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("minimum_version", {"minimum_version": "2.0.0"}),
        ("latest_version", {"latest_version": "v1"}),
        ("blocked_versions", {"blocked_versions": ["1.4.2"]}),
        ("links", {"links": [Link("x", "http://plain.example.cn")]}),
    ],
)
def test_a_configuration_that_would_lock_people_out_is_refused(session, field, change):
    with pytest.raises(Invalid) as caught:
        notices.revise_app_config(SCHEDULER, base_number=0, **WANTED | change)
    assert field in caught.value.fields


def test_only_who_configures_the_system_may(session):
    with pytest.raises(Forbidden):
        notices.revise_app_config(HANDLER, base_number=0, **WANTED)
