"""The manual's pictures of the citizen's side: the simulator's page, played once from the first look to the rating."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from docs.zh.screenshots import Camera

PERSON = "陈秀兰"
TITLE = "查询页面打不开"
WORDS = "点“企业查询”后一直转圈，退出重进也不行。"


def take(camera: Camera, simulator: str) -> None:
    """A citizen reports; the vendor answers and resolves; the citizen reads and may rate."""
    page = camera.page(390, 844)
    page.goto(simulator)
    page.get_by_label("姓名").fill(PERSON)
    page.get_by_role("button", name="打开小程序").click()
    page.get_by_role("button", name="同意并继续").wait_for()
    camera.take(page, "citizen-consent")
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_role("heading", name="公告").wait_for()
    camera.take(page, "citizen-home")
    _subscribe(page)
    _helped(camera, page)
    _report(camera, page)
    _answer(camera)
    _wait(page)
    camera.take(page, "citizen-messages")
    _tab(page, "我的问题")
    page.get_by_role("button", name=re.compile(TITLE)).click()
    page.get_by_role("heading", name=re.compile(TITLE)).wait_for()
    camera.take(page, "citizen-ticket", whole_page=True)
    page.context.close()


def _tab(page: Page, name: str) -> None:
    page.locator("#tabs").get_by_role("button", name=name, exact=True).click()


def _wait(page: Page) -> None:
    """Ask again until both notifications came; they travel through the worker and WeChat."""
    for _ in range(100):
        _tab(page, "消息")
        page.get_by_role("heading", name="服务通知").wait_for()
        if page.locator("li.message").count() >= 2:  # noqa: PLR2004 - the answer and the solution
            return
        page.wait_for_timeout(300)
    raise RuntimeError("no notification came")


def _subscribe(page: Page) -> None:
    _tab(page, "消息")
    for _ in range(2):
        for at in range(2):
            page.get_by_role("button", name="允许").nth(at).click()
            expect(page.get_by_role("status")).to_contain_text("已允许一次")


def _report(camera: Camera, page: Page) -> None:
    _tab(page, "报问题")
    page.get_by_label("标题").fill(TITLE)
    page.get_by_label("描述").fill(WORDS)
    page.get_by_role("button", name="使用示例截图").click()
    page.locator(".shots img").nth(1).wait_for()
    camera.take(page, "citizen-report")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已受理，编号")


def _answer(camera: Camera) -> None:
    """What the vendor does meanwhile; its dialogs are pictures of the vendor's chapter."""
    page = camera.officer("tang", "/admin/tickets/")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_text("为什么是这个时间").click()
    camera.take(page.locator(".clock-strip"), "ticket-clock")
    page.get_by_text("内部备注", exact=True).first.click()
    page.locator("#composer textarea").fill("初步判断是查询接口超时，已请接口方协查。")
    camera.take(page.locator("#composer"), "vendor-internal")
    page.reload()
    _step(camera, page, "响应", "vendor-respond", text="您好，问题已收到，正在核查查询接口，稍后答复您。")
    _step(
        camera,
        page,
        "解决",
        "vendor-resolve",
        text="查询接口已恢复，请重新打开小程序再试。",
        cause="查询接口超时未处理",
    )


def _step(camera: Camera, page: Page, name: str, picture: str, **values: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    dialog = page.get_by_role("dialog", name=name)
    for field, value in values.items():
        dialog.locator(f"[name={field}]").fill(value)
    camera.take(page, picture)
    dialog.locator("button[type=submit]").click()
    dialog.wait_for(state="hidden")


def _helped(camera: Camera, page: Page) -> None:
    """A word is looked for and a question begun; nothing is sent."""
    _tab(page, "帮助")
    page.get_by_label("搜索帮助").fill("预约")
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_role("heading", name="“预约”的结果").wait_for()
    camera.take(page, "citizen-help")
    _tab(page, "咨询")
    page.get_by_label("咨询类别").select_option("业务")
    page.get_by_label("内容").fill("节假日可以预约吗？预约成功以后要不要带身份证原件？")
    page.get_by_label("标题").click()
    page.get_by_role("heading", name="也许这些能帮到您").wait_for()
    camera.take(page, "citizen-ask", whole_page=True)
