"""A contract typed in from its paper: everything that follows beside it, faults at their boxes, signed, asked about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo

pytestmark = pytest.mark.browser
NUMBER, VENDOR, BUREAU = "YW-XCX-2025-09", "河畔云策信息技术有限公司", "川江市市场监督管理局东湖分局"
# Contract A's paper (domain.md §1.1): what it says in its own words and figures.
FACTS = {"facts-number": NUMBER, "facts-paper_number": "2025/00", "facts-title": "微信小程序运维服务合同（纸面录入）"}
TERM = {"term-starts_on": "2025-03-04", "term-ends_on": "2026-03-31"}
FEE = {
    "fee-amount": "28,000",
    "fee-words": "贰万捌仟元整",
    "fee-paid_from": "2025-03-04",
    "fee-paid_to": "2026-03-03",
}
BILLING = {
    "billing-buyer_title": BUREAU,
    "billing-payee_name": VENDOR,
    "billing-payee_bank": "川江商业银行滨河支行",
    "billing-payee_account": "6200000000004471829",
}
INSTALMENT = {"milestones-0-amount": "28000.00", "milestones-0-fixed_on": "2025-12-31"}


class Desk:
    """The administrator's console in a browser."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url = look, demo.url
        self.page: Page = look.page()
        self.page.goto(f"{demo.url}/admin/")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{demo.url}/admin/")

    @property
    def preview(self) -> Locator:
        return self.page.locator("#contract-preview")

    def type(self, boxes: dict[str, str]) -> None:
        """Fill boxes, and wait until the preview has heard of the last one."""
        with self.page.expect_response(re.compile("/admin/contracts/entry/preview$")):
            for name, value in boxes.items():
                self.page.locator(f"[name='{name}']").fill(value)

    def shoot(self, name: str) -> None:
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"contract-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            if dark is (width < 600):  # the form is long: axe looks at two of the four
                faults += self.look.serious(self.page)
            self.shoot(f"{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []


def test_a_contract_is_entered_from_its_paper(look, demo):
    zhou = Desk(look, demo, "zhou")
    begun(zhou)
    typed(zhou)
    refused(zhou)
    kept(zhou)
    signed(zhou)
    read(zhou)
    asked(zhou)
    address = re.sub(r"/clauses/.*", "", zhou.page.url)
    bai = Desk(look, demo, "bai")
    for path in ("", "/clauses/A20", "?tab=findings"):
        bai.page.goto(address + path)
        expect(bai.page.locator("h1")).to_contain_text("页面不存在")


def begun(zhou: Desk) -> None:
    """From the usual wording of such a contract; prices, dates and accounts are empty."""
    page = zhou.page
    page.goto(f"{zhou.url}/admin/contracts/")
    page.get_by_role("link", name="录入合同").click()
    zhou.sound("start")
    page.get_by_role("link", name=re.compile("^小程序运维的常见写法")).click()
    for name in (*TERM, *FEE, *BILLING, *INSTALMENT):
        expect(page.locator(f"[name='{name}']")).to_have_value("")
    expect(zhou.preview).to_contain_text("合同期未填全")


def typed(zhou: Desk) -> None:
    """What follows stands beside what is typed, at once (§1.5)."""
    page = zhou.page
    page.locator("[name='facts-vendor_id']").select_option(label=VENDOR)
    zhou.type(FACTS | {"facts-bureau_name": BUREAU} | TERM)
    expect(zhou.preview).to_contain_text("共 393 天，跨 13 个自然月")
    expect(zhou.preview).not_to_contain_text("合同期未填全")
    zhou.type(FEE)
    for said in ("大写：贰万捌仟元整", "¥2,333.33", "共 28 天没有约定价款；按日折算 ¥2,147.95", "¥11.67／次"):
        expect(zhou.preview).to_contain_text(said)
    zhou.type(INSTALMENT | BILLING)
    for said in ("¥140.00／天", "182.5%", "2025-12-22 之后收到", "2025-09-30 前", "缺少纳税人识别号"):
        expect(zhou.preview).to_contain_text(said)
    expect(zhou.preview.get_by_role("heading", name=re.compile("^矛盾与缺漏"))).to_contain_text("（15）")
    expect(zhou.preview).to_contain_text("默认：按受理当日判断")
    # A contradiction that only the paper shows.
    with page.expect_response(re.compile("/entry/preview$")):
        page.get_by_label(re.compile("^前言引用的合同法已于")).check()
        page.get_by_label(re.compile("^约定向签订地法院起诉")).check()
    expect(zhou.preview.get_by_role("heading", name=re.compile("^矛盾与缺漏"))).to_contain_text("（17）")
    zhou.sound("entry")


def refused(zhou: Desk) -> None:
    """A wrong figure is shown at once and refused at its box; nothing that was typed is lost."""
    page = zhou.page
    zhou.type({"fee-words": "贰万玖仟元整", "response-working_day_hours": "两", "milestones-0-amount": ""})
    expect(zhou.preview).to_contain_text("应为贰万捌仟元整")
    expect(zhou.preview).to_contain_text("2 处待填")
    page.locator("[name='facts-vendor_id']").select_option(value="")
    page.get_by_role("button", name="保存为草稿").click()
    expect(page.get_by_role("alert")).to_contain_text("有 3 处需要修改")
    page.get_by_role("alert").get_by_role("link", name="付款节点 1 · 金额（元）").click()
    expect(page.locator("[name='milestones-0-amount']")).to_be_in_viewport()
    for name, sentence in (
        ("response-working_day_hours", "应为大于 0"),
        ("milestones-0-amount", "应为大于 0"),
        ("facts-vendor_id", "请选择乙方单位"),
    ):
        expect(page.locator(f"#{name}-error")).to_contain_text(sentence)
        expect(page.locator(f"[name='{name}']")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name='response-working_day_hours']")).to_have_value("两")
    for name, value in (FACTS | TERM | BILLING | {"fee-paid_to": "2026-03-03"}).items():
        expect(page.locator(f"[name='{name}']")).to_have_value(value)
    expect(page.get_by_label(re.compile("^前言引用的合同法已于"))).to_be_checked()
    zhou.sound("refused")


def kept(zhou: Desk) -> None:
    """Put right, it is a draft; it cannot begin before both sides have signed."""
    page = zhou.page
    page.locator("[name='facts-vendor_id']").select_option(label=VENDOR)
    zhou.type({"fee-words": "贰万捌仟元整", "response-working_day_hours": "2", "milestones-0-amount": "28000"})
    expect(zhou.preview).not_to_contain_text("处待填")
    page.get_by_role("button", name="保存为草稿").click()
    page.wait_for_url(re.compile(rf"/admin/contracts/{UUID}$"))
    expect(page.locator("main")).to_contain_text("登记双方签字、盖章日期后得出生效日")
    expect(page.get_by_role("button", name="开始履行")).to_have_count(0)
    zhou.sound("draft")


def signed(zhou: Desk) -> None:
    """The day of effect is the later of signature and seal, over both sides (A47)."""
    for party, day, seal, signer in (
        ("乙方", "2025-02-27", "2025-02-28", "孟经理"),
        ("甲方", "2025-03-03", "", "林局长"),
    ):
        _sign(zhou, party, day, seal, signer)
    expect(zhou.page.locator("main")).to_contain_text("签字 2025-03-03，未盖章")
    expect(zhou.page.get_by_role("button", name="开始履行")).to_have_count(0)
    _sign(zhou, "甲方", "2025-03-03", "2025-03-04", "林局长")
    expect(zhou.page.locator("main")).to_contain_text("生效日 2025-03-04，可以开始履行")
    # It stays a draft: in force, a year of papers would be late on the desk that other journeys sit at.
    expect(zhou.page.get_by_role("button", name="开始履行")).to_be_visible()
    zhou.sound("signed")


def _sign(zhou: Desk, party: str, day: str, seal: str, signer: str) -> None:
    page = zhou.page
    page.get_by_role("button", name="登记签署").click()
    dialog = page.get_by_role("dialog", name="登记合同的签署")
    dialog.get_by_label(party).check()
    for name, value in (("signed_on", day), ("sealed_on", seal), ("signer", signer)):
        dialog.locator(f"[name={name}]").fill(value)
    zhou.shoot("sign-dialog")
    with page.expect_navigation():
        dialog.get_by_role("button", name="登记", exact=True).click()


def read(zhou: Desk) -> None:
    """A contradiction is read one way, and it says who chose it and when."""
    page = zhou.page
    page.get_by_role("link", name=re.compile("^矛盾与缺漏")).first.click()
    card = page.locator("#response_day")
    expect(card).to_contain_text("默认读法，未确认")
    card.get_by_label("所跨日期中有工作日即用较短时限").check()
    card.get_by_label("理由").fill("双方 2025-03-10 会议纪要")
    with page.expect_navigation():
        card.get_by_role("button", name="确认读法").click()
    expect(page.locator("#response_day")).to_contain_text(re.compile(r"周敏 于 \d{4}-\d\d-\d\d 选定"))
    zhou.sound("findings")
    page.get_by_role("link", name=re.compile("^修订记录")).first.click()
    expect(page.locator("#revision-2")).to_contain_text("双方 2025-03-10 会议纪要")
    zhou.sound("revisions")


def asked(zhou: Desk) -> None:
    """What clause X means for us today."""
    page = zhou.page
    page.get_by_role("link", name=re.compile("^付款与违约金")).first.click()
    expect(page.locator("main")).to_contain_text("28,000.00")
    zhou.sound("money")
    page.get_by_role("link", name=re.compile("^条文")).first.click()
    page.get_by_role("link", name="A20", exact=True).click()
    main = page.locator("main")
    expect(main).to_contain_text("这条对今天意味着什么")
    expect(main).to_contain_text("此刻收到的请求")
    expect(main).to_contain_text("所跨日期中有工作日即用较短时限")
    expect(main).to_contain_text("本条的变化")
    zhou.sound("clause")
