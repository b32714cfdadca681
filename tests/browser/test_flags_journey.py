"""A flag from the editor to the citizens and off again: edited, carried on, asked for, approved, served, killed."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from server.jobs.demo.people import PASSWORD
from tests.browser.demo import Demo
from tests.support.waiting import until

pytestmark = pytest.mark.browser
KEY, NAME = "notice-layout", "公告列表样式"
BEFORE, AFTER = "list", "card"


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url = look, demo.url
        self.page: Page = look.page()
        self.page.goto(f"{demo.url}/admin/sign-in")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{demo.url}/admin/")

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def press(self, name: str) -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def confirm(self, dialog: str, name: str, **values: str) -> None:
        """Open a dialog, fill it in, and press its button."""
        self.page.locator(f"[data-modal='{dialog}']").first.click()
        box = self.page.locator(f"dialog#{dialog}")
        for field, value in values.items():
            box.locator(f"[name={field}]").fill(value)
        with self.page.expect_navigation():
            box.get_by_role("button", name=name, exact=True).click()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def shoot(self, step: str) -> None:
        assert self.look.overflow(self.page) <= 0
        assert self.look.serious(self.page) == []
        self.look.shoot(self.page, f"flags-{step}")


def test_a_flag_is_edited_carried_on_approved_served_and_killed(look: Any, demo: Demo) -> None:
    secret = issue_key(Desk(look, demo, "admin"))
    assert answered(demo, secret)["value"] == BEFORE
    vendor = Desk(look, demo, "qiao")
    edit(vendor)
    carry(vendor, "develop", "开发版自测通过", "晋级")
    vendor.sees("晋级")
    carry(vendor, "trial", "体验版验证通过", "提交审批")
    vendor.sees("待审批")
    vendor.sees("您不能审批这项变更")
    vendor.shoot("4-waits")
    approve(Desk(look, demo, "zhou"))
    until(lambda: answered(demo, secret).get("value") == AFTER, "the approved value over OFREP")
    assert configured(demo)["value"] == AFTER
    try_out(vendor)
    vendor.open(f"/admin/flags/{KEY}?env=release")
    vendor.confirm("kill", "立即关闭", reason="卡片在旧机型上错位")
    vendor.shoot("7-killed")
    until(lambda: answered(demo, secret)["reason"] == "DISABLED", "the killed flag over OFREP")
    assert "value" not in configured(demo)
    vendor.open(f"/admin/flag-history/{KEY}?environment=release")
    vendor.sees("紧急关闭")
    vendor.sees("未经审批")
    vendor.shoot("8-history")


def issue_key(admin: Desk) -> str:
    """A key for a program of the bureau."""
    page = admin.open("/admin/flag-keys/new")
    page.locator("[name=name]").fill("大厅公告屏")
    admin.press("签发")
    secret = page.locator(".secret-box span").inner_text()
    admin.open("/admin/flag-keys/")
    admin.shoot("1-keys")
    return secret


def edit(vendor: Desk) -> None:
    """Another default in the developers' version, looked at before it is published."""
    page = vendor.open(f"/admin/flags/develop/{KEY}/edit")
    page.locator("#flag-default").select_option(AFTER)
    vendor.press("预览变动")
    vendor.sees(f"默认变体：{BEFORE} → {AFTER}")
    vendor.shoot("2-edit")
    page.locator("[name=reason]").fill("首页公告改用卡片")
    vendor.press("发布")


def carry(vendor: Desk, source: str, reason: str, button: str) -> None:
    """Choose the flag in the matrix, run dry, go."""
    page = vendor.open(f"/admin/flag-promotion/?source={source}")
    page.get_by_label(f"选择 {NAME}").check()
    vendor.press("预览所选")
    vendor.sees(f"默认变体：{BEFORE} → {AFTER}")
    vendor.shoot(f"3-carry-{source}")
    page.locator("[name=reason]").fill(reason)
    vendor.press(button)


def approve(bureau: Desk) -> None:
    """Another person agrees to what is shown."""
    page = bureau.open("/admin/flag-requests/")
    page.get_by_role("link", name="体验版验证通过").click()
    bureau.sees(f"默认变体：{BEFORE} → {AFTER}")
    bureau.shoot("5-request")
    bureau.confirm("approve", "批准", note="同意上线。")
    bureau.sees("已生效")


def try_out(vendor: Desk) -> None:
    """The playground says what everybody gets now, and why."""
    vendor.open(f"/admin/flag-playground/?environment=release&version=1.5.0&flag={KEY}")
    vendor.sees(f'"{AFTER}"')
    vendor.sees("没有规则，所有人相同")
    vendor.shoot("6-play")


def answered(demo: Demo, secret: str) -> dict[str, Any]:
    """The flag over OFREP."""
    answer = requests.post(
        f"{demo.url}/ofrep/v1/evaluate/flags/{KEY}",
        json={"context": {"targetingKey": "screen-1"}},
        headers={"Authorization": f"Bearer {secret}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def configured(demo: Demo) -> dict[str, Any]:
    """The flag in the mini program's configuration."""
    answer = requests.get(
        f"{demo.url}/api/v1/config", headers={"X-App-Env": "release", "X-App-Version": "1.5.0"}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["flags"][KEY]
    return found
