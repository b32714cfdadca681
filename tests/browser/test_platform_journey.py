"""The administrator connects the platform: from the console to WeChat's page and back, and takes it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.waiting import until

pytestmark = pytest.mark.browser
PAGE = "/admin/wechat-platform/"


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_connected_and_disconnected(look: Any, demo: Any, width: int, dark: bool) -> None:
    page = look.page(demo.enter(look.context(width=width, dark=dark), "admin"))

    def fits(step: str) -> None:
        assert look.overflow(page) <= 0
        assert look.serious(page) == []
        look.shoot(page, f"platform-{width}-{step}")

    def shows(text: str) -> bool:
        page.goto(demo.url + PAGE)
        return page.get_by_text(text, exact=True).count() > 0

    until(lambda: shows("正常"), "a ticket came")
    assert page.get_by_text("未授权", exact=True).is_visible()
    fits("before")
    page.get_by_role("button", name="发起授权").click()
    page.get_by_role("link", name="前往微信授权").wait_for()
    fits("there")
    page.get_by_role("link", name="前往微信授权").click()
    page.get_by_role("button", name="同意授权").click()
    page.get_by_text("微信已返回授权码").wait_for()
    fits("back")
    page.get_by_role("button", name="完成授权").click()
    until(lambda: shows("已授权"), "the authorisation is registered")
    page.get_by_role("button", name="检测调用").click()
    page.get_by_text("本月还可提交").wait_for()
    fits("checked")
    page.get_by_role("button", name="停用授权").click()
    page.get_by_role("button", name="停用", exact=True).click()
    page.get_by_text("未授权", exact=True).wait_for()
