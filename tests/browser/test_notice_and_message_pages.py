"""Announcements and messages in a real browser: written, previewed, published; readable at every width and by everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.core.db import unit
from server.domain import notices
from server.domain.identity import SCHEDULER
from server.domain.notices import Audience
from server.gateways.wechat.errors import error_for
from tests.factories import citizens
from tests.factories import identity as people
from tests.support import outbox
from tests.support.databases import fresh_database
from tests.support.live import live_service

pytestmark = pytest.mark.browser
BODY = (
    "## 维护时间\n\n今晚 **22:00** 至次日 6:00。\n\n- 期间无法提交问题\n- 可拨打 [0571-85180000](tel:0571-85180000)\n"
)


@pytest.fixture
def service(tmp_path) -> Iterator[tuple[str, dict[str, str]]]:
    """The service with some announcements and messages, and the cookies of two officers."""
    with fresh_database("sqlite", tmp_path) as made, live_service(made, tmp_path) as (app, url):
        with unit():
            for title, pinned in (("系统维护通知", True), ("年报填报指南", False), ("国庆服务安排", False)):
                notice = notices.draft_notice(
                    SCHEDULER, title=title, body=BODY, audience=Audience.CITIZENS, pinned=pinned
                )
                notices.publish(SCHEDULER, notice)
            notices.draft_notice(SCHEDULER, title="新版本说明", body=BODY, audience=Audience.EVERYONE)
            messages()
            sessions = {login: people.open_session(people.officer(login)) for login in ("zhou", "chen")}
        name = app.extensions["console_cookie"]
        yield url, {login: f"{name}={secret}" for login, secret in sessions.items()}


def messages() -> None:
    """One message for each way in which it can end."""
    outbox.set_template()
    wang = citizens.actor("wang")
    for _ in range(3):
        notices.grant(wang, results={outbox.TEMPLATE: notices.Answer.ACCEPT})
    told = [
        notices.tell(wang.id, "ticket_answered", outbox.SAYS, page="pages/tickets/show?id=1", dedupe_key=str(number))
        for number in range(4)
    ]
    sent, dead = notices.take(told[0].id), notices.take(told[1].id)
    notices.settle_sent(sent.message_id, sent.attempt, "1001")
    notices.settle_failed(dead.message_id, dead.attempt, error_for(40037, "invalid template rid: 65-aa", "send"))


def context_of(look, service, login: str, **kwargs):
    url, cookies = service
    name, _, value = cookies[login].partition("=")
    context = look.context(**kwargs)
    context.add_cookies([{"name": name, "value": value, "url": url}])
    return context


def test_an_announcement_is_written_previewed_and_published(look, service):
    url, _ = service
    page = look.page(context_of(look, service, "zhou"))
    page.goto(f"{url}/admin/notices/new")
    page.locator("#field-title").fill("停机公告")
    page.locator("#field-body").fill(BODY)
    page.get_by_role("button", name="预览").click()
    page.get_by_role("heading", name="维护时间").wait_for()
    look.shoot(page, "notices-new")
    page.get_by_role("button", name="立即发布").click()
    page.wait_for_url("**/admin/notices/*-*")
    assert page.get_by_text("已发布").first.is_visible()
    look.shoot(page, "notices-show")


PAGES = (
    ("zhou", "notices/"),
    ("zhou", "notices/new"),
    ("zhou", "messages/templates"),
    ("chen", "messages/"),
    ("chen", "messages/templates/ticket_answered"),
    ("chen", "app-config/"),
)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_every_page_fits_its_window(look, service, width, dark):
    url, _ = service
    for login, path in PAGES:
        page = look.page(context_of(look, service, login, width=width, dark=dark))
        page.goto(f"{url}/admin/{path}")
        name = path.strip("/").replace("/", "-")
        look.shoot(page, f"{name}-{width}{'-dark' if dark else ''}")
        assert look.overflow(page) <= 0, path
    page.goto(f"{url}/admin/messages/?state=dead")
    page.locator("a.row-title").first.click()
    page.wait_for_url("**/admin/messages/*-*")
    look.shoot(page, f"message-{width}{'-dark' if dark else ''}")
    assert look.overflow(page) <= 0


def test_every_page_is_open_to_everybody(look, service):
    """axe writes styles of its own into the page, so it looks where our policy does not hold."""
    url, cookies = service
    for login, path in PAGES:
        name, _, value = cookies[login].partition("=")
        context = look.browser.new_context(bypass_csp=True, locale="zh-CN")
        look.contexts.append(context)
        context.add_cookies([{"name": name, "value": value, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/admin/{path}")
        assert look.serious(page) == []
