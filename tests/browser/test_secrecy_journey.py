"""Secrecy in a browser: a thing is entered, declared and comes back; an incident counts down, is reported and closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from server.core import clock
from tests.factories import marked
from tests.support.console import Console

pytestmark = pytest.mark.browser
STORY = "secrecy"


def test_a_thing_is_entered_declared_and_comes_back(look, demo):
    tang, zhou = (Console(look, demo, login, story=STORY) for login in ("tang", "zhou"))
    tang.go("/admin/secrecy/new")
    form = tang.main.locator("form").first
    values = {"item": "问卷底稿", "holder": "唐川", "carrier": "paper", "purpose": "核对"}
    tang.enter(form, values)
    tang.sound("1-new")
    with tang.page.expect_navigation():
        form.locator("button[type=submit]").click()
    tang.says("未申报")
    zhou.go(tang.page.url)
    zhou.step("申报密级", {"level": "sensitive"}, said="密级申报为敏感")
    zhou.step("登记归还", {"proof": "交接单 9 号"}, said="已归还")
    zhou.sound("2-item")
    zhou.go("/admin/secrecy/")
    zhou.sound("3-register")
    zhou.go("/admin/secrecy/promises/")
    zhou.says("没有有效承诺书")
    zhou.sound("4-promises")
    zhou.go("/admin/secrecy/handovers/")
    zhou.sound("5-handovers")
    zhou.go("/admin/secrecy/traces/")
    zhou.sound("6-traces")


def test_an_incident_counts_down_and_is_closed(look, demo):
    tang, lin = (Console(look, demo, login, story=STORY) for login in ("tang", "lin"))
    tang.go("/admin/secrecy/incidents/new")
    form = tang.main.locator("form").first
    found = clock.to_local(clock.now() - timedelta(hours=1))
    tang.enter(
        form,
        {
            "title": "后台账号异常登录",
            "kind": "attack",
            "grade": "serious",
            "discovered_at": f"{found:%Y-%m-%dT%H:%M}",
            "discovered_by": "唐川",
            "systems": "小程序后台",
            "symptom": "夜间从陌生地址登录。",
        },
    )
    with tang.page.expect_navigation():
        form.locator("button[type=submit]").click()
    tang.says("须限时上报")
    lin.go("/admin/")
    expect(lin.page.locator(".banner", has_text="网络安全事件")).to_be_visible()
    lin.go(tang.page.url)
    lin.sound("7-incident")
    lin.step("登记上报", {"ref": "回执 1"}, said="在时限内")
    tang.step("事件已控制", {"text": "已更换口令"}, said="已控制")
    lin.step("总结结案", {"cause": "口令外泄", "measures": "更换", "review": "已复查"}, said="已结案")
    lin.sound("8-closed")
    lin.go("/admin/secrecy/incidents/")
    lin.sound("9-incidents")
    stranger = Console(look, demo, "bai", story=STORY)
    stranger.go(tang.page.url)
    expect(stranger.page.locator("h1")).to_contain_text("页面不存在")


def test_a_marked_file_is_turned_away_at_the_form(look, demo):
    tang = Console(look, demo, "tang", story=STORY)
    tang.go("/admin/records/sessions/new")
    form = tang.main.locator("form").first
    tang.enter(form, {"channel": "phone", "who": "唐川", "purpose": "核对名单"})
    form.locator("input[type=file]").set_input_files(
        {"name": "名单.pdf", "mimeType": "application/pdf", "buffer": marked.pdf("机密★10年\n名单")}
    )
    form.locator("button[type=submit]").click()
    tang.says("疑似标有国家秘密标志")
    tang.sound("10-refused")
