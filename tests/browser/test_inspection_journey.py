"""An inspection month: planned, filled in on a phone at the machine room, a finding, its ticket, handed in, on paper."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from server.core import clock
from server.core.db import db, unit
from server.domain import signing, upkeep
from server.domain.identity import SCHEDULER
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.factories.signing import blank_pdf
from tests.support import town
from tests.support.waiting import until

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
# The worker has the whole demo to do first.
PATIENCE = 120_000


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url = look, demo.url
        self.page: Page = look.page(demo.enter(look.context(), login))

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def shoot(self, name: str) -> None:
        assert self.look.overflow(self.page) <= 0, name
        self.look.shoot(self.page, f"inspection-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for size, dark in ((WIDE, False), (WIDE, True), (PHONE, False), (PHONE, True)):
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            self.shoot(f"{name}-{size['width']}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light")
        assert faults == []


def test_an_inspection_month(look, demo):
    tang, zhou = Desk(look, demo, "tang"), Desk(look, demo, "zhou")
    sheet = opened(tang)
    on_the_phone(tang)
    found(tang)
    handed_in(tang)
    sent_back_and_again(tang, zhou, sheet)
    paper = on_paper(tang)
    agreed(demo, sheet)
    signed(tang, paper)
    signed(zhou, paper)
    settled(tang, sheet)
    around(tang)
    quick_entry(tang)


def opened(tang: Desk) -> str:
    """Every month of the contract at a glance; one more sheet for this month."""
    page = tang.go("/admin/upkeep/inspections/")
    expect(page.locator(".month-strip").first).to_be_visible()
    tang.sound("months")
    page.get_by_role("button", name="开始巡检").click()
    page.locator("#begin-month").fill(f"{clock.today():%Y-%m}")
    page.get_by_role("button", name="开始填写").click()
    expect(page.get_by_text("该月已有巡检").first).to_be_visible()
    page.get_by_label("追加巡检").check()
    page.get_by_role("button", name="开始填写").click()
    page.wait_for_url(re.compile(rf"/inspections/{UUID}"))
    return page.url.removeprefix(tang.url)


def on_the_phone(tang: Desk) -> None:
    """Item by item at 390 px; what is wrong is said beside it, and what was typed stays."""
    page = tang.page
    page.set_viewport_size(PHONE)
    items = page.locator(".check-item")
    host = items.first
    host.get_by_label("CPU 峰值%").fill("八成")
    host.get_by_label("CPU 峰值%").blur()
    expect(host.get_by_text("未保存")).to_be_visible()
    expect(host.get_by_label("CPU 峰值%")).to_have_value("八成")
    tang.shoot("item-refused-390")
    for label, value in (("CPU 峰值%", "41"), ("内存峰值%", "63"), ("磁盘峰值%", "92")):
        host.get_by_label(label).fill(value)
    host.get_by_label("磁盘峰值%").blur()
    expect(host.locator(".item-state").get_by_text("异常")).to_be_visible()
    host.locator(".verdict", has_text="异常").click()
    expect(host.get_by_text(re.compile("已保存，还剩"))).to_be_visible()
    for place in range(1, items.count()):
        item = items.nth(place)
        item.locator(".verdict", has_text="正常").click()
        expect(item.get_by_text(re.compile("已保存，还剩"))).to_be_visible()
    # What is still wanted is told anew with every item.
    expect(page.locator("#items-left")).to_have_text("")
    expect(page.locator("#missing")).to_contain_text("须登记问题")
    tang.sound("sheet")
    page.reload()
    expect(page.locator(".check-item").first.get_by_label("磁盘峰值%")).to_have_value("92")


def found(tang: Desk) -> None:
    """An abnormal item wants a finding; the finding becomes a ticket in one step."""
    page = tang.page
    submit(page)
    expect(page.get_by_text("须登记问题").first).to_be_visible()
    page.get_by_role("button", name="登记问题").click()
    page.locator("#finding-item_id").select_option(index=1)
    page.locator("#finding-text").fill("应用服务器磁盘峰值 92%，超过严重值")
    page.locator("#finding-advice").fill("归档日志后复查")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator(".sheet-finding")).to_contain_text("磁盘峰值 92%")
    page.get_by_role("button", name="转工单").click()
    link = page.locator(".sheet-finding").get_by_role("link", name=re.compile("FW-"))
    expect(link).to_be_visible()
    number = link.inner_text().strip()
    link.click()
    expect(page.get_by_text(number).first).to_be_visible()
    expect(page.get_by_text("来源巡检")).to_be_visible()
    page.go_back()


def handed_in(tang: Desk) -> None:
    page = tang.page
    page.locator("#head-place").fill("局机关五楼机房")
    page.locator("#head-summary").fill("总体平稳，磁盘需尽快处理。")
    page.locator("form[action$='/head']").get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存").first).to_be_visible()
    submit(page)
    expect(page.get_by_text("已提交").first).to_be_visible()
    expect(page.get_by_role("button", name="保存此项")).to_have_count(0)
    tang.sound("submitted")


def sent_back_and_again(tang: Desk, zhou: Desk, sheet: str) -> None:
    page = zhou.go(sheet)
    page.get_by_role("button", name="退回").click()
    page.locator("#return-reason").fill("请补充磁盘处理的时间安排。")
    page.get_by_role("button", name="退回", exact=True).last.click()
    expect(page.get_by_text("甲方退回")).to_be_visible()
    page = tang.go(sheet)
    expect(page.get_by_text("请补充磁盘处理的时间安排").first).to_be_visible()
    tang.shoot("returned-1440")
    submit(page)
    expect(page.get_by_text("已提交").first).to_be_visible()


def on_paper(tang: Desk) -> str:
    """The sheet is issued from the page, and its file comes by itself."""
    page = tang.page
    page.locator(".document-box").get_by_role("button", name="出具").click()
    number = page.locator(".document-box .document-line a")
    expect(number).to_have_text(re.compile("^XJ-"))
    expect(page.locator(".document-box").get_by_role("link", name="PDF")).to_be_visible(timeout=PATIENCE)
    tang.sound("issued")
    return str(number.get_attribute("href"))


def agreed(demo: Demo, sheet: str) -> None:
    """The parties' agreement on electronic signing, unless the demo has it."""
    with town.application(demo.environ) as app, app.app_context():
        with unit():
            key = upkeep.find_inspection(SCHEDULER, uuid.UUID(sheet.rsplit("/", 1)[1])).contract_id
            if signing.agreement_of(key) is None:
                signing.agree(
                    SCHEDULER,
                    key,
                    agreed_on=clock.today(),
                    vendor_signer="乔安",
                    bureau_signer="周敏",
                    paper=signing.take_scan(name="电子签名约定.pdf", raw=blank_pdf()),
                )
        db.session.remove()


def signed(desk: Desk, paper: str) -> None:
    """One side's signature, with the password."""
    page = desk.go(f"{paper}/sign")
    page.locator("main [name=agree]").check()
    page.locator("main [name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="签署", exact=True).click()
    expect(page.locator("main")).to_contain_text("签署")


def settled(tang: Desk, sheet: str) -> None:
    """The worker tells the inspection of it by itself; nothing is left to change."""

    def there() -> bool:
        return tang.go(sheet).locator(".page-header, main").get_by_text("已签署", exact=True).count() > 1

    until(there, "the worker to mark the inspection signed", seconds=PATIENCE / 500)
    expect(tang.page.get_by_role("button", name="退回")).to_have_count(0)
    expect(tang.page.get_by_role("button", name="登记问题")).to_have_count(0)
    tang.sound("signed")


def around(tang: Desk) -> None:
    for path, name in (
        ("/admin/upkeep/", "log"),
        ("/admin/upkeep/guidance/", "guidance"),
        ("/admin/upkeep/inspections/findings", "findings"),
        ("/admin/upkeep/plans/", "plans"),
        ("/admin/upkeep/month", "month"),
    ):
        tang.go(path)
        tang.sound(name)
    page = tang.go("/admin/upkeep/plans/")
    page.locator("a.row-title").first.click()
    page.wait_for_url(re.compile(rf"/plans/{UUID}"))
    tang.sound("plan")
    page = tang.go("/admin/upkeep/inspections/")
    page.get_by_role("link", name="巡检模板").first.click()
    tang.sound("checklist")


def quick_entry(tang: Desk) -> None:
    """Last time's work again, on the phone: two taps."""
    page = tang.go("/admin/upkeep/")
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="复制上次").click()
    expect(page.locator("#field-what")).not_to_have_value("")
    tang.shoot("quick-390")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile(rf"/works/{UUID}"))
    expect(page.get_by_text("已登记").first).to_be_visible()
    tang.sound("work")


def submit(page: Page) -> None:
    page.get_by_role("button", name="提交巡检单").click()
    page.get_by_role("button", name="提交", exact=True).click()
