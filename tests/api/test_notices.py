"""Announcements over HTTP: what stands, in pages, with an ETag."""

from __future__ import annotations

import uuid

from server.domain import notices
from server.domain.identity import SCHEDULER
from server.domain.notices import Audience

URL = "/api/v1/notices"


def published(title: str, audience: Audience = Audience.CITIZENS, *, pinned: bool = False):
    body = "今晚 **22:00** 维护。<script>alert(1)</script>"
    notice = notices.draft_notice(SCHEDULER, title=title, body=body, audience=audience, pinned=pinned)
    return notices.publish(SCHEDULER, notice)


def test_the_list_shows_what_stands_and_pages_through_it(client):
    for number in range(3):
        published(f"公告{number}", pinned=number == 0)
    published("内部通知", Audience.OFFICERS)
    notices.draft_notice(SCHEDULER, title="草稿", body="…", audience=Audience.EVERYONE)
    first = client.get(URL, query_string={"limit": 2}).json
    assert [item["title"] for item in first["items"]] == ["公告0", "公告2"]
    second = client.get(URL, query_string={"limit": 2, "cursor": first["next"]}).json
    assert [item["title"] for item in second["items"]] == ["公告1"]
    assert second["next"] is None
    assert first["items"][0]["summary"].startswith("今晚 22:00 维护。")


def test_one_announcement_is_clean_html_with_an_etag(client):
    notice = published("维护通知")
    answer = client.get(f"{URL}/{notice.id}")
    assert "<strong>22:00</strong>" in answer.json["html"]
    assert "script" not in answer.json["html"]
    again = client.get(f"{URL}/{notice.id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_does_not_stand_is_not_there(client):
    notice = published("维护通知")
    notices.withdraw(SCHEDULER, notice)
    internal = published("内部通知", Audience.OFFICERS)
    for notice_id in (notice.id, internal.id, uuid.uuid4()):
        answer = client.get(f"{URL}/{notice_id}")
        assert (answer.status_code, answer.json["code"]) == (404, "notice_not_found")


def test_the_list_costs_a_fixed_number_of_queries(client, queries, session):
    for number in range(5):
        published(f"公告{number}")
    session.commit()
    with queries() as seen:
        client.get(URL)
    assert len(seen) == 1
