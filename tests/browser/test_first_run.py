"""An empty installation: the wizard, the second factor, the way in with it, and the door that shuts after wrong tries."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from server.core.db import unit
from server.domain import identity
from tests.support.databases import fresh_database
from tests.support.live import live_service
from tests.support.wechat import Control, running_simulator

pytestmark = pytest.mark.browser
PASSWORD = "Qing-ming 2026 shan!"
BUREAU = "临江市市场监督管理局"


@pytest.fixture
def empty(tmp_path) -> Iterator[tuple[str, str]]:
    """The service as it is after its installation: no officer, two factors required. Its address and the setup code."""
    with running_simulator() as wechat, fresh_database("sqlite", tmp_path) as database:
        settings = settings_for(wechat)
        with live_service(database, tmp_path, **settings) as (_, url):
            with unit():
                code = identity.issue_setup_code()
            yield url, code


def settings_for(wechat: Control) -> dict[str, str]:
    """WeChat as this simulator has it."""
    config = wechat.config
    return {"wechat_base_url": wechat.url, "wechat_appid": config.appid, "wechat_secret": config.secret}


def test_the_first_run(look, empty):
    url, code = empty
    page = look.page()
    page.goto(f"{url}/admin/")
    page.wait_for_url("**/admin/setup/")
    proves_to_be_the_operator(look, page, code)
    founds_the_bureau(look, page)
    secret, recovery = sets_up_the_second_factor(look, page)
    page.get_by_role("link", name="我已保存，继续").click()
    page.wait_for_url(f"{url}/admin/")
    expect(page.locator(".user-words")).to_contain_text("何立")
    look.shoot(page, "first-run-05-dashboard")
    page.goto(f"{url}/admin/setup/")
    expect(page.locator("h1")).to_have_text("页面不存在")
    comes_back(look, look.page(), url, secret)
    comes_back_without_phone(look, look.page(), url, recovery)


def proves_to_be_the_operator(look, page: Page, code: str) -> None:
    """A wrong code is refused in words; the right one, from the server, opens the next step."""
    page.locator("#field-code").fill("aaaa-bbbb-cccc-dddd")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".field-error").first).to_be_visible()
    assert look.serious(page) == []
    look.shoot(page, "first-run-01-code")
    page.locator("#field-code").fill(code)
    page.get_by_role("button", name="下一步").click()
    page.wait_for_url("**/admin/setup/bureau")


def founds_the_bureau(look, page: Page) -> None:
    """The bureau and its first officer; a weak password is refused; then WeChat is asked."""
    values = {
        "bureau_name": BUREAU,
        "name": "何立",
        "login": "heli",
        "new_password": "12345678",
        "repeated": "12345678",
    }
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="完成初始化").click()
    expect(page.locator(".field-error").first).to_be_visible()
    look.shoot(page, "first-run-02-bureau")
    for name in ("new_password", "repeated"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    page.get_by_role("button", name="完成初始化").click()
    page.wait_for_url("**/admin/setup/wechat")
    page.get_by_role("button", name="检测连接").click()
    results = page.get_by_label("检测结果")
    expect(results).to_contain_text("正常")
    expect(results).not_to_contain_text("异常")
    assert look.serious(page) == []
    look.shoot(page, "first-run-03-wechat")
    page.get_by_role("link", name="下一步").click()
    page.wait_for_url("**/admin/account/two-factor")


def sets_up_the_second_factor(look, page: Page) -> tuple[str, str]:
    """The secret of the QR code and the first recovery code."""
    page.get_by_role("button", name="开始设置").click()
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    page.locator("#field-code").fill("000000")
    page.get_by_role("button", name="确认启用").click()
    expect(page.locator(".field-error").first).to_be_visible()
    assert look.serious(page) == []
    page.locator("#field-code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="确认启用").click()
    codes = page.get_by_label("恢复码").locator("li")
    expect(codes).to_have_count(10)
    look.shoot(page, "first-run-04-codes")
    return secret, codes.first.inner_text()


def comes_back(look, page: Page, url: str, secret: str) -> None:
    """Password and code. A code counts once, so that this is the next one."""
    gives_password(page, url, PASSWORD)
    page.wait_for_url("**/admin/sign-in/second**")
    look.shoot(page, "sign-in-second")
    page.locator("#field-code").fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    page.get_by_role("button", name="继续").click()
    page.wait_for_url(f"{url}/admin/")


def comes_back_without_phone(look, page: Page, url: str, code: str) -> None:
    """Password and recovery code, which is used up by it."""
    gives_password(page, url, PASSWORD)
    page.get_by_role("link", name="使用恢复码").click()
    page.locator("#field-code").fill(code)
    page.get_by_role("button", name="继续").click()
    page.wait_for_url(f"{url}/admin/")
    expect(page.get_by_role("status").filter(has_text="恢复码")).to_be_visible()


def gives_password(page: Page, url: str, password: str) -> None:
    page.goto(f"{url}/admin/sign-in")
    page.locator("#field-login").fill("heli")
    page.locator("#field-password").fill(password)
    page.get_by_role("button", name="登录").click()


def test_the_door_shuts_after_wrong_tries(look, empty):
    url, code = empty
    with unit():
        identity.finish_setup(
            code, bureau_name=BUREAU, login="heli", name="何立", password=PASSWORD, address="127.0.0.1", agent="test"
        )
    page = look.page(width=390)
    for _ in range(5):
        gives_password(page, url, "not this one")
        expect(page.locator("main")).to_contain_text("账号或口令")
    gives_password(page, url, PASSWORD)
    expect(page.locator("main")).to_contain_text("分钟后再试")
    assert look.serious(page) == []
    look.shoot(page, "locked-out")
