"""The app's config: what a starting mini program reads, how it is cached, and what an old version is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.domain import notices
from server.domain.identity import SCHEDULER
from server.settings import Profile
from tests.factories.citizens import bearer, citizen, privacy_notice

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
        assert (answer.json["code"], answer.json["detail"]) == ("upgrade_required", "请更新。")
    for open_to_any in (URL, "/api/v1/openapi.json"):
        assert client.get(open_to_any, headers=headers).status_code == 200


def test_an_old_version_changes_nothing(client, queries):
    configure()
    headers = bearer(citizen("wang")) | {"X-App-Version": "1.0.0"}
    assert client.put("/api/v1/me", json={"nickname": "x"}, headers=headers).status_code == 426


def test_a_fresh_copy_is_served_without_the_database(app, client, queries, monkeypatch):
    configure()
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], profile=Profile.DEVELOPMENT))
    client.get(URL)
    with queries() as seen:
        assert client.get(URL).status_code == 200
    assert seen == []
    app.extensions.pop("shijian_config")
