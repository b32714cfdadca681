"""The manual's pictures of contracts and their money. As ``pages.py``, in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from docs.zh.screenshots import Camera


def payments(camera: Camera) -> None:
    """From the plan of an instalment to its gate, its claim and its account."""
    page = camera.officer("zhou", "/admin/payments/", height=1000)
    plan = page.get_by_role("link", name="首期款（70%）").first.get_attribute("href") or ""
    page.goto(f"{camera.url}{plan.split('#')[0]}")
    camera.take(page, "payment-plan")
    page.goto(f"{camera.url}/admin/payments/?state=checked")
    page.locator("table a.row-number", has_text="FK-").first.click()
    page.get_by_role("heading", name="付款条件").wait_for()
    camera.take(page, "payment-application", whole_page=True)
    page.goto(f"{camera.url}/admin/penalties/?q=逾期付款")
    page.locator("a.row-number").first.click()
    page.get_by_role("heading", name="双方确认").wait_for()
    camera.take(page, "penalty-claim")
    page.get_by_role("link", name=re.compile("^YW-")).last.click()
    page.get_by_role("link", name="看测算步骤").first.click()
    page.get_by_role("heading", name="测算步骤").wait_for()
    camera.take(page, "payment-late", whole_page=True)


def applying(camera: Camera) -> None:
    """An application and its invoice; another account; an order that shuts the gate."""
    page = camera.officer("qiao", "/admin/payments/", height=1000)
    page.locator("table a.row-number", has_text="YW-").first.click()
    mine = page.url
    page.get_by_role("link", name="申请付款").click()
    page.locator("[name=basis]").fill("合同第四条第（二）款，年度服务费。")
    camera.take(page, "payment-apply")
    with page.expect_navigation():
        page.get_by_role("button", name="提交申请").click()
    application = page.url
    page = camera.officer("lin", application.removeprefix(camera.url), height=1000)
    page.get_by_role("button", name="登记发票").click()
    dialog = page.get_by_role("dialog", name=re.compile("^登记发票"))
    dialog.locator("[name=number]").fill("26502000000990011223")
    dialog.locator("[name=issued_on]").fill(dialog.locator("[name=received_on]").input_value())
    dialog.locator("[name=buyer_tax_number]").fill("11990000MB1111111X")
    camera.take(dialog, "payment-invoice")
    page = camera.officer("qiao", mine.removeprefix(camera.url), height=1000)
    page.get_by_role("button", name="提出变更").click()
    dialog = page.get_by_role("dialog", name="变更收款账户")
    for field, text in (
        ("name", "河畔云策信息技术有限公司"),
        ("bank", "川江农商银行东湖支行"),
        ("account", "6222020000112233445"),
        ("reason", "原开户行网点撤并"),
    ):
        dialog.locator(f"[name={field}]").fill(text)
    with page.expect_navigation():
        dialog.get_by_role("button", name="提出变更").click()
    page = camera.officer("zhou", mine.removeprefix(camera.url), height=1000)
    camera.take(page.locator("section.card, .card").filter(has_text="变更收款账户").last, "payment-payee")

    page.goto(f"{camera.url}/admin/penalties/orders/contracts/{mine.rsplit('/', 1)[1]}/new")
    page.locator("[name=facts]").fill("备份任务连续三日失败。")
    page.locator("[name=demands]").fill("恢复备份并提交检查报告。")
    page.locator("[name=due_on]").fill(
        page.evaluate("() => new Date(Date.now() + 8 * 36e5).toISOString().slice(0, 10)")
    )
    with page.expect_navigation():
        page.locator("main form").get_by_role("button", name="下达").click()
    page.get_by_role("button", name="复查不通过").click()
    dialog = page.get_by_role("dialog", name=re.compile("^复查不通过"))
    dialog.locator("[name=remark]").fill("仍未恢复。")
    with page.expect_navigation():
        dialog.get_by_role("button", name="复查不通过").click()
    camera.take(page, "rectification-order")
    page.goto(mine)
    camera.take(page, "payment-gate")


def contracts(camera: Camera) -> None:
    """A contract typed in, refused, kept, signed; its contradictions, a supplement and a clause."""
    camera.take(camera.officer("zhou", "/admin/contracts/new", height=760), "contract-start")
    page = camera.officer("zhou", "/admin/contracts/new?from=mini_program", height=1100)
    _fill(page, PAPER)
    page.locator("[name=facts-vendor_id]").select_option(label="河畔云策信息技术有限公司")
    page.get_by_role("region", name="预览").get_by_text("28 天没有约定价款").wait_for()
    page.evaluate("scrollTo(0, 0)")
    camera.take(page, "contract-entry")
    with page.expect_response(re.compile("/entry/preview$")):
        _fill(page, {"response-working_day_hours": "两", "milestones-0-amount": "", "fee-words": "贰万玖仟元整"})
    page.get_by_role("button", name="保存为草稿").click()
    page.get_by_role("alert").wait_for()
    page.evaluate("scrollTo(0, 0)")
    camera.take(page, "contract-faults")
    _fill(page, {"response-working_day_hours": "2", "milestones-0-amount": "28000", "fee-words": "贰万捌仟元整"})
    page.get_by_role("button", name="保存为草稿").click()
    page.get_by_role("button", name="登记签署").click()
    dialog = page.get_by_role("dialog", name="登记合同的签署")
    dialog.get_by_label("乙方").check()
    _fill(page, {"signed_on": "2025-02-27", "sealed_on": "2025-02-28", "signer": "孟经理"})
    camera.take(dialog, "contract-sign")
    page = camera.officer("zhou", "/admin/contracts/?q=YW-XCX-2026", height=1100)
    page.get_by_role("link", name="微信小程序运行维护服务合同").first.click()
    page.get_by_role("link", name=re.compile("^矛盾与缺漏")).first.click()
    page.get_by_text("默认读法，未确认").first.wait_for()
    camera.take(page, "contract-findings")
    page.get_by_role("link", name=re.compile("^条文")).first.click()
    page.get_by_role("link", name="A20", exact=True).click()
    page.get_by_role("heading", name="这条对今天意味着什么").wait_for()
    camera.take(page, "contract-clause")
    page = camera.officer("zhou", "/admin/contracts/?q=微信小程序运行维护服务合同", height=1000)
    page.get_by_role("link", name="YW-XCX-2025-01").click()
    page.get_by_role("link", name=re.compile("^补充协议")).first.click()
    page.locator("main table a").first.click()
    page.get_by_role("heading", name="条款变更").wait_for()
    camera.take(page, "contract-supplement")


def _fill(page: Page, boxes: dict[str, str]) -> None:
    for name, value in boxes.items():
        page.locator(f"[name='{name}']").fill(value)


PAPER = {
    "facts-number": "YW-XCX-2025-09",
    "facts-paper_number": "2025/00",
    "facts-title": "微信小程序运维服务合同",
    "facts-bureau_name": "川江市市场监督管理局东湖分局",
    "term-starts_on": "2025-03-04",
    "term-ends_on": "2026-03-31",
    "fee-amount": "28,000",
    "fee-words": "贰万捌仟元整",
    "fee-paid_from": "2025-03-04",
    "fee-paid_to": "2026-03-03",
    "milestones-0-amount": "28000.00",
    "milestones-0-fixed_on": "2025-12-31",
}


# The contract's draft comes last: no other picture should show it.
PARTS: tuple[Callable[[Camera], None], ...] = (payments, applying, contracts)
