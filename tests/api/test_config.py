"""The app's config: what a starting mini program reads, how it is cached, and what an old version is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.api import flag_sets
from server.api.problems import VersionBlocked
from server.core import tallies
from server.domain import flags, notices
from server.domain.flags import Environment
from server.domain.identity import SCHEDULER
from server.settings import Profile
from tests.factories.citizens import bearer, citizen, privacy_notice
from tests.support.flag_sets import flag, publish, switch

URL = "/api/v1/config"


def configure(**changes):
    base = notices.app_config()
    values = {
        "latest_version": "1.4.2",
        "minimum_version": "1.3.0",
        "blocked_versions": [],
        "update_message": "请更新。",
        "phone": "0516-12315000",
        "links": base.links,
        "reason": "测试",
    }
    return notices.revise_app_config(SCHEDULER, base_number=base.number, **values | changes)


def announce(title: str):
    notice = notices.draft_notice(SCHEDULER, title=title, body="正文", audience=notices.Audience.EVERYONE)
    return notices.publish(SCHEDULER, notice)


def test_config_says_what_a_starting_app_needs(client):
    configure()
    announce("停机通知")
    privacy_notice()
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer.json["versions"] == {"latest": "1.4.2", "minimum": "1.3.0", "blocked": [], "message": "请更新。"}
    assert [notice["title"] for notice in answer.json["notices"]] == ["停机通知"]
    assert answer.json["privacy_version"] == 1
    assert answer.json["bureau"] == "市场监督管理局"
    assert answer.headers["X-Server-Time"]
    assert "time" not in answer.text


def test_config_is_answered_with_304_until_something_changes(client):
    configure()
    tag = client.get(URL).headers["ETag"]
    assert client.get(URL, headers={"If-None-Match": f'"x", W/{tag}'}).status_code == 304
    announce("新公告")
    changed = client.get(URL, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    privacy_notice()
    assert client.get(URL, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.2.9", 426), ("1.3.0", 200), ("1.4.0", 426), ("9.0.0", 200), ("", 200), ("nonsense", 200)],
)
def test_a_version_that_is_not_served_is_told_to_update(client, version, status):
    configure(blocked_versions=["1.4.0"])
    headers = bearer(citizen("wang")) | {"X-App-Version": version}
    answer = client.get("/api/v1/me", headers=headers)
    assert answer.status_code == status
    if status == 426:
        told = (answer.json["code"], answer.json["detail"])
        assert told == (
            ("version_blocked", VersionBlocked.message) if version == "1.4.0" else ("upgrade_required", "请更新。")
        )
    for open_to_any in (URL, "/api/v1/openapi.json"):
        assert client.get(open_to_any, headers=headers).status_code == 200


def test_an_old_version_changes_nothing(client, queries):
    configure()
    headers = bearer(citizen("wang")) | {"X-App-Version": "1.0.0"}
    assert client.put("/api/v1/me", json={"nickname": "x"}, headers=headers).status_code == 426


def test_a_fresh_copy_is_served_without_the_database(app, client, queries, monkeypatch):
    configure()
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], profile=Profile.DEVELOPMENT))
    flag_sets.install(app)
    client.get(URL)
    with queries() as seen:
        assert client.get(URL).status_code == 200
    assert seen == []
    app.extensions.pop("shijian_config")


def test_config_before_the_first_flag(client):
    answer = client.get(URL)
    assert (answer.status_code, answer.json["flag_revision"], answer.json["flags"]) == (200, None, {})
    assert client.get(URL, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_config_has_the_flags_of_the_environment_that_the_caller_runs_in(client):
    rule = {"attribute": "version", "op": "at_least", "values": ["1.4.0"], "missing": False}
    newer = [{"name": "新版", "when": [rule], "serve": {"variant": "on"}}]
    number = publish(Environment.RELEASE, switch("b", on=False, rules=newer), flag("a", {"x": "甲"}, "x"))
    publish(Environment.TRIAL, switch("c", enabled=False))
    answer = client.get(URL, headers={"X-App-Version": "1.4.2"})
    assert answer.json["flag_revision"] == number
    assert answer.json["flags"] == {
        "a": {"value": "甲", "variant": "x", "reason": "STATIC"},
        "b": {"value": True, "variant": "on", "reason": "TARGETING_MATCH"},
    }
    assert answer.json["bureau"] == "市场监督管理局"
    trial = client.get(URL, headers={"X-App-Env": "trial"})
    assert trial.json["flags"] == {"c": {"variant": "on", "reason": "DISABLED"}}


def test_the_tag_of_the_config_covers_what_the_flags_come_to(client):
    rule = {"attribute": "platform", "op": "in", "values": ["ios"]}
    publish(
        Environment.RELEASE, switch("x", on=False, rules=[{"name": "苹果", "when": [rule], "serve": {"variant": "on"}}])
    )
    tag = client.get(URL).headers["ETag"]
    assert client.get(URL, headers={"If-None-Match": tag}).status_code == 304
    other = client.get(URL, headers={"If-None-Match": tag, "X-App-Platform": "ios"})
    assert (other.status_code, other.json["flags"]["x"]["value"]) == (200, True)
    publish(Environment.RELEASE, switch("x"))
    assert client.get(URL, headers={"If-None-Match": tag}).status_code == 200


def test_who_asks_is_a_pseudonym_of_the_citizen_or_the_installations_number(client):
    wang = citizen("wang")
    install = "0b0e6b3e-7a7c-4f7b-9a56-0d8c4e0f7d11"
    who = {"attribute": "targetingKey", "op": "in", "values": [flags.pseudonym(str(wang.id)), install]}
    publish(
        Environment.RELEASE, switch("x", on=False, rules=[{"name": "名单", "when": [who], "serve": {"variant": "on"}}])
    )

    def value(**headers):
        return client.get(URL, headers=headers).json["flags"]["x"]["value"]

    assert value() is False
    assert value(**{"X-App-Install": install}) is True
    assert value(**{"X-App-Install": "short"}) is False
    assert value(**bearer(wang)) is True
    assert value(**bearer(citizen("zhao")), **{"X-App-Install": install}) is False
    assert client.get(URL, headers={"Authorization": "Bearer nobody"}).status_code == 401


def test_a_token_is_not_looked_at_while_no_flag_asks_who(client, queries):
    publish(Environment.RELEASE, switch("x"))
    headers = bearer(citizen("wang"))
    with queries() as seen:
        assert client.get(URL, headers=headers).status_code == 200
    assert not [statement for statement in seen if "citizen_tokens" in statement]
    assert client.get(URL, headers={"Authorization": "Bearer nobody"}).status_code == 200


def test_config_stands_without_the_flags_when_they_cannot_be_had(client, monkeypatch, caplog):
    publish(Environment.RELEASE, switch("x"))
    monkeypatch.setattr(flags, "compile_set", lambda _document: 1 / 0)
    answer = client.get(URL)
    assert answer.status_code == 200
    assert (answer.json["flag_revision"], answer.json["flags"]) == (None, {})
    assert answer.json["bureau"] == "市场监督管理局"
    assert "a flag set cannot be served" in caplog.text
    monkeypatch.undo()
    publish(Environment.RELEASE, switch("y"))
    assert set(client.get(URL).json["flags"]) == {"x", "y"}


def test_config_counts_what_it_evaluated(client):
    publish(Environment.RELEASE, switch("x"))
    for _ in range(3):
        client.get(URL, headers={"X-App-Version": "1.4.2"})
    tallies.flush()
    (counted,) = flags.evaluation_counts(SCHEDULER, Environment.RELEASE, days=1)
    assert (counted.flag, counted.variant, counted.version, counted.count) == ("x", "on", "1.4.2", 3)
