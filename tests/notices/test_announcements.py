"""Announcements: drafts are nobody's, published ones their audience's, withdrawn ones history."""

from __future__ import annotations

import pytest

from server.core.errors import Forbidden
from server.domain import identity, notices
from server.domain.identity import Actor, ActorKind, Role, grants_of
from server.domain.notices import Audience, NoticeState

HANDLER = Actor(
    kind=ActorKind.OFFICER, name="周雅琴", roles=(Role.BUREAU_HANDLER,), grants=grants_of([(Role.BUREAU_HANDLER, None)])
)
AUDITOR = Actor(
    kind=ActorKind.OFFICER,
    name="潘审言",
    roles=(Role.BUREAU_AUDITOR,),
    grants=grants_of([(Role.BUREAU_AUDITOR, None)]),
)


def draft(title="系统维护通知", audience=Audience.EVERYONE, *, pinned=False):
    return notices.draft_notice(HANDLER, title=title, body="今晚 **22:00** 维护。", audience=audience, pinned=pinned)


def titles(session, audience=Audience.CITIZENS):
    return [notice.title for notice in session.scalars(notices.current_notices(audience))]


def test_from_draft_to_published_to_withdrawn_and_back(session):
    notice = draft()
    assert (notice.state, titles(session)) == (NoticeState.DRAFT, [])
    notices.publish(HANDLER, notice)
    assert (notice.state, titles(session)) == (NoticeState.PUBLISHED, ["系统维护通知"])
    notices.withdraw(HANDLER, notice)
    assert titles(session) == []
    with pytest.raises(notices.NoticeNotFound):
        notices.current_notice(notice.id)
    notices.publish(HANDLER, notice)
    assert notices.feed_version() == 3
    actions = [entry.action for entry in session.query(identity.AuditEntry).order_by(identity.AuditEntry.id)]
    assert actions == ["notice.drafted", "notice.published", "notice.withdrawn", "notice.published"]


def test_each_audience_sees_its_own_and_pinned_ones_first(session):
    for title, audience, pinned in (
        ("旧公告", Audience.EVERYONE, False),
        ("置顶公告", Audience.CITIZENS, True),
        ("内部通知", Audience.OFFICERS, False),
        ("新公告", Audience.EVERYONE, False),
    ):
        notices.publish(HANDLER, draft(title, audience, pinned=pinned))
    assert titles(session) == ["置顶公告", "新公告", "旧公告"]
    assert titles(session, Audience.OFFICERS) == ["新公告", "内部通知", "旧公告"]


def test_the_second_of_two_editors_is_told(session):
    notice = draft()
    change = {"title": "新标题", "body": "正文", "audience": Audience.EVERYONE, "pinned": False}
    notices.revise_notice(HANDLER, notice, version=1, **change)
    with pytest.raises(notices.StaleNotice):
        notices.revise_notice(HANDLER, notice, version=1, **change)
    with pytest.raises(notices.WrongNoticeState):
        notices.withdraw(HANDLER, notice)


def test_who_may_not_publish_sees_no_drafts_and_changes_nothing(session):
    notice = draft()
    with pytest.raises(Forbidden):
        notices.publish(AUDITOR, notice)
    with pytest.raises(notices.NoticeNotFound):
        notices.find_notice(AUDITOR, notice.id)


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        ("<script>alert(1)</script>你好", "script"),
        ("[点我](javascript:alert(1))", "javascript"),
        ("[点我](data:text/html,x)", "data:"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ('<p style="position:fixed" onclick="x()" id="a">好</p>', "style"),
        ("<iframe src='https://a.example.cn'></iframe>", "iframe"),
        ("<svg><a xlink:href='javascript:x'>好</a></svg>", "svg"),
    ],
)
def test_nothing_that_runs_survives_the_rendering(body, gone):
    assert gone not in notices.rendered(body)


def test_what_an_announcement_needs_survives_the_rendering():
    html = notices.rendered("# 标题\n\n- 一\n- 二\n\n[12315](https://www.12315.cn)\n\n|列|值|\n|-|-|\n|a|1|")
    for part in ("<h2>标题</h2>", "<li>一</li>", 'href="https://www.12315.cn"', "noopener", "<td>1</td>"):
        assert part in html


def test_the_summary_is_plain_and_short():
    assert notices.summary_of("# 标题\n\n今晚 **22:00** 起 <维护> & 升级") == "标题 今晚 22:00 起 <维护> & 升级"
    assert len(notices.summary_of("字" * 500)) == 100
