"""The queue's pages in a real browser: readable at every width, in the dark, by everybody, and a job tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from server.core.db import unit
from server.gateways import queue
from tests.factories import identity as people
from tests.support.databases import fresh_database
from tests.support.live import live_service

pytestmark = pytest.mark.browser

KINDS = ("probe.effect", "probe.poison")
LEASE = timedelta(hours=1)
TRACE = 'Traceback (most recent call last):\n  File "server/gateways/wechat/client.py", line 120, in call\nTimeoutError: 微信没有回应'


@pytest.fixture
def service(tmp_path) -> Iterator[tuple[str, str, str]]:
    """The service with jobs in every state: its address, the administrator's cookie, and the dead job's path."""
    with fresh_database("sqlite", tmp_path) as made, live_service(made, tmp_path) as (app, url):
        with unit():
            dead = queue.put("probe.poison", {"message_id": "01a1"}, max_attempts=1, lane="messages").id
            running = queue.put("probe.effect", {"name": "x"}, lane="documents").id
            done = [queue.put("probe.effect", {"name": str(number)}).id for number in range(3)]
            queue.put("probe.effect", {"name": "y"}, lane="exchange")
            queue.declare({"tick": queue.Round("tick", "probe.effect", 7200)})
        with unit():
            queue.fail(queue.claim(dead, "shijian-1:4021:7f", LEASE, KINDS), TRACE, backoff=1)
            held = queue.claim(running, "shijian-1:4021:7f", LEASE, KINDS)
            queue.renew(held, LEASE, queue.Progress(40, 120, "正在生成第 3 份文件"))
            for job_id in done:
                queue.finish(queue.claim(job_id, "shijian-1:4021:7f", LEASE, KINDS))
            secret = people.open_session(people.officer("chen"))
        yield url, f"{app.extensions['console_cookie']}={secret}", f"/admin/jobs/{dead}"


def open_page(look, service, path: str, **kwargs):
    url, cookie, _ = service
    name, _, value = cookie.partition("=")
    context = look.context(**kwargs)
    context.add_cookies([{"name": name, "value": value, "url": url}])
    page = look.page(context)
    page.goto(f"{url}{path}")
    return page


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False)])
def test_the_pages_are_readable(look, service, width, dark):
    for name, path in (("index", "/admin/jobs/"), ("show", service[2]), ("rounds", "/admin/jobs/rounds")):
        page = open_page(look, service, path, width=width, dark=dark)
        assert look.serious(page) == []
        assert look.overflow(page) <= 0
        look.shoot(page, f"jobs-{name}-{width}{'-dark' if dark else ''}")


def test_a_dead_job_is_tried_again(look, service):
    page = open_page(look, service, service[2])
    page.get_by_role("button", name="立即重试").click()
    page.get_by_text("已重新排队").first.wait_for()
    page.get_by_role("button", name="取消任务").click()
    page.get_by_role("dialog").get_by_role("button", name="取消任务").click()
    page.get_by_text("已取消").first.wait_for()
