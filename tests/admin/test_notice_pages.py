"""The pages of announcements and of the mini program's configuration: who sees them, what they do, what they refuse."""

from __future__ import annotations

import re

import pytest

from server.domain import notices
from server.domain.identity import SCHEDULER
from server.domain.notices import Audience
from tests.factories import identity as people

URL = "/admin/notices/"
TYPED = {
    "title": "系统维护通知",
    "body": "今晚 **22:00** 维护。<script>x</script>",
    "audience": "citizens",
    "pinned": "true",
}


@pytest.fixture
def zhou(client):
    """A bureau administrator's browser."""
    return people.signed_in(client, people.officer("zhou"))


@pytest.fixture
def root(client):
    """The system administrator's browser."""
    return people.signed_in(client, people.officer("chen"))


def made(title="维护通知"):
    return notices.draft_notice(SCHEDULER, title=title, body="今晚维护。", audience=Audience.CITIZENS)


def test_an_announcement_is_drafted_published_changed_and_withdrawn(zhou, session):
    answer = zhou.post(f"{URL}new", data=TYPED | {"action": "draft"})
    assert answer.status_code == 303
    shown = zhou.get(answer.location).text
    assert "草稿" in shown
    assert "<strong>22:00</strong>" in shown
    assert "<script>x" not in shown
    address = answer.location
    assert zhou.post(f"{address}/publish").status_code == 303
    assert "已发布" in zhou.get(address).text
    form = zhou.get(f"{address}/edit").text
    version = re.search(r'name="version" value="(\d+)"', form).group(1)
    assert zhou.post(f"{address}/edit", data=TYPED | {"title": "新标题", "version": version}).status_code == 303
    stale = zhou.post(f"{address}/edit", data=TYPED | {"title": "更新", "version": version})
    assert (stale.status_code, "公告已被他人修改" in stale.text) == (409, True)
    assert zhou.post(f"{address}/withdraw").status_code == 303
    assert "已撤回" in zhou.get(address).text
    assert list(session.scalars(notices.current_notices())) == []


def test_published_at_once(zhou, session):
    zhou.post(f"{URL}new", data=TYPED | {"action": "publish"})
    assert [notice.title for notice in session.scalars(notices.current_notices())] == ["系统维护通知"]


def test_what_is_missing_is_said_beside_its_field(zhou):
    answer = zhou.post(f"{URL}new", data={"title": "", "body": "x", "audience": "nobody"})
    assert answer.status_code == 422
    assert "有 2 项需要修改" in answer.text


def test_the_preview_is_clean_and_keeps_nothing(zhou, session):
    answer = zhou.post(f"{URL}preview", data=TYPED, headers={"HX-Request": "true"})
    assert "<strong>22:00</strong>" in answer.text
    assert "<script" not in answer.text
    assert "<html" not in answer.text
    assert session.query(notices.Notice).count() == 0


def test_the_list_filters_by_state_and_words(zhou):
    notices.publish(SCHEDULER, made("停机公告"))
    made("草稿公告")
    assert "停机公告" in zhou.get(URL, query_string={"state": "published"}).text
    assert "草稿公告" not in zhou.get(URL, query_string={"state": "published"}).text
    assert "停机公告" not in zhou.get(URL, query_string={"q": "草稿"}).text


def test_a_vendor_reads_what_is_for_officers_and_changes_nothing(client, session):
    zheng = people.signed_in(client, people.officer("zheng"))
    draft, published = made("草稿"), made("公开")
    notices.revise_notice(
        SCHEDULER, published, version=1, title="公开", body="x", audience=Audience.EVERYONE, pinned=False
    )
    notices.publish(SCHEDULER, published)
    text = zheng.get(URL).text
    assert "公开" in text
    assert "新建公告" not in text
    assert zheng.get(f"{URL}{draft.id}").status_code == 404
    assert zheng.post(f"{URL}{published.id}/withdraw").status_code == 403
    assert zheng.get(f"{URL}new").status_code == 403


def test_the_configuration_is_revised_and_its_history_kept(root):
    address = "/admin/app-config/"
    page = root.get(address).text
    number = re.search(r'name="base_number" value="(\d+)"', page).group(1)
    typed = {
        "base_number": number,
        "latest_version": "1.4.2",
        "minimum_version": "1.3.0",
        "blocked_versions": "1.4.0，1.4.1",
        "phone": "0571-85180000",
        "links": "全国12315平台 = https://www.12315.cn/",
        "reason": "1.4.1 版无法上传图片",
    }
    assert root.post(address, data=typed).status_code == 303
    assert notices.app_config().blocked_versions == ("1.4.0", "1.4.1")
    assert "1.4.1 版无法上传图片" in root.get(address).text
    assert root.post(address, data=typed).status_code == 409
    wrong = typed | {"base_number": "1", "minimum_version": "2.0.0", "links": "没有等号"}
    assert root.post(address, data=wrong).status_code == 422


def test_the_configuration_is_not_for_everybody(zhou):
    assert zhou.get("/admin/app-config/").status_code == 403
