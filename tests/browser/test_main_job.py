"""The story that must always work, as people see it: a citizen on the phone, bureau and vendor at their desks, the auditor."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.support.waiting import until

pytestmark = pytest.mark.browser
CITIZEN = "小周"
WORDS = "查询页面打不开，一直转圈，退出重进也不行。"
PATIENCE = 60_000
NUMBER = re.compile(r"FW-\d{4}-\d{4}")


class Phone:
    """The mini program, as the simulator's page plays it."""

    def __init__(self, page: Page, look: Any) -> None:
        self.page = page
        self.look = look

    def shoot(self, step: str) -> None:
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"story-{step}")

    def tab(self, name: str) -> None:
        self.page.locator("#tabs").get_by_role("button", name=name, exact=True).click()

    def press(self, name: str, flash: str) -> None:
        """Press a button and wait for what the page says to it."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        expect(self.page.get_by_role("status")).to_contain_text(flash, timeout=PATIENCE)

    def open_ticket(self, number: str) -> Page:
        self.tab("我的问题")
        self.page.get_by_role("button", name=re.compile(number)).click()
        self.page.get_by_role("heading", name=re.compile(number)).wait_for()
        return self.page

    def notified(self, number: str, words: str) -> None:
        """Look at the notifications until one of this ticket says so: they come from the worker, through WeChat."""
        found = self.page.locator("li.message").filter(has_text=number).filter(has_text=words)

        def there() -> bool:
            self.tab("消息")
            self.page.get_by_role("heading", name="服务通知").wait_for()
            return found.count() > 0

        until(there, f"{number} {words} among the notifications")


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, page: Page, look: Any, demo: Demo, login: str) -> None:
        self.page = page
        self.look = look
        self.url = demo.url
        page.goto(f"{demo.url}/admin/")
        page.wait_for_url("**/admin/sign-in**")
        page.locator("#field-login").fill(login)
        page.locator("#field-password").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{demo.url}/admin/")

    def shoot(self, step: str) -> None:
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"story-{step}")

    def find(self, number: str) -> Locator:
        """The ticket's row in the list, by the search box."""
        self.page.goto(f"{self.url}/admin/tickets/")
        self.page.get_by_label("搜索工单", exact=True).fill(number)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**q=FW-**")
        row = self.page.locator("tbody tr").filter(has_text=number)
        row.wait_for()
        return row

    def open(self, number: str) -> None:
        self.find(number).get_by_role("link", name=number).click()
        self.page.wait_for_url(re.compile(rf"/admin/tickets/{UUID}"))

    def step(self, name: str, **values: str) -> None:
        """One step: its button, its dialog, and back on the page that says it was done."""
        self.page.reload()
        button = self.page.get_by_role("button", name=name, exact=True).first
        if not button.is_visible():
            self.page.get_by_role("button", name="更多").click()
        button.click()
        dialog = self.page.get_by_role("dialog", name=name)
        for field, value in values.items():
            dialog.locator(f"[name={field}]").fill(value)
        dialog.get_by_role("button", name=name, exact=True).click()
        dialog.wait_for(state="hidden")
        self.page.wait_for_load_state()

    def say(self, text: str, *, inside: bool = False) -> None:
        """A word to the citizen, or a note among the staff."""
        self.page.reload()
        if inside:
            self.page.get_by_text("内部备注", exact=True).first.click()
        self.page.locator("#composer textarea").fill(text)
        self.page.get_by_role("button", name="保存内部备注" if inside else "发送给市民").click()
        expect(self.page.get_by_label("工单时间线")).to_contain_text(text)

    def sees(self, text: str) -> None:
        self.page.reload()
        expect(self.page.locator("main")).to_contain_text(text)


def test_the_main_job(look, demo):
    phone = Phone(look.page(width=390), look)
    number = reports(phone, demo)
    lin = Desk(look.page(), look, demo, "lin")
    tang = Desk(look.page(), look, demo, "tang")
    seen(lin, tang, number)
    talked(phone, lin, tang, number)
    solved(phone, tang, number)
    rated_and_reopened(phone, number)
    solved_again(phone, lin, tang, number, demo)
    other = Desk(look.page(), look, demo, "bai")
    other.page.goto(tang.page.url)
    expect(other.page.locator("h1")).to_contain_text("页面不存在")
    left_a_trail(Desk(look.page(), look, demo, "shen"), number)


def reports(phone: Phone, demo: Demo) -> str:
    """Sign in, read the config, consent, accept messages, report with words and two screenshots; the ticket's number."""
    page = phone.page
    page.goto(demo.simulator)
    page.get_by_label("姓名").fill(CITIZEN)
    page.get_by_role("button", name="打开小程序").click()
    page.get_by_text("第 1 版").wait_for()
    phone.shoot("01-consent")
    phone.press("同意并继续", "已同意")
    page.get_by_text("小程序 1.4.2 版上线说明", exact=True).wait_for()
    expect(page.locator("main")).to_contain_text("1.3.0")
    phone.shoot("02-home")
    phone.tab("消息")
    for _ in range(2):
        for at in range(2):
            page.get_by_role("button", name="允许").nth(at).click()
            expect(page.get_by_role("status")).to_contain_text("已允许一次")
            page.get_by_role("heading", name="订阅").wait_for()
    phone.tab("报问题")
    page.get_by_label("标题").fill("查询页面打不开")
    page.get_by_label("描述").fill(WORDS)
    page.get_by_role("button", name="使用示例截图").click()
    page.locator(".shots img").nth(1).wait_for()
    phone.shoot("03-report")
    phone.press("提交", "已受理，编号")
    phone.shoot("04-received")
    found = NUMBER.search(page.get_by_role("status").inner_text())
    assert found
    return found.group()


def seen(lin: Desk, tang: Desk, number: str) -> None:
    """Bureau and vendor find it with the time that is left, its words, its two pictures, and where it came from."""
    for desk in (lin, tang):
        row = desk.find(number)
        expect(row).to_contain_text("待受理")
        expect(row).to_contain_text("剩余")
    lin.shoot("05-list")
    for desk in (lin, tang):
        desk.open(number)
        main = desk.page.locator("main")
        for words in (WORDS, "响应时限", "应于", "pages/tickets/new"):
            expect(main).to_contain_text(words)
        expect(desk.page.locator(".thumbs img")).to_have_count(2)
        desk.page.get_by_text("为什么是这个时间").click()
        expect(main).to_contain_text("不因等待反馈暂停")
    tang.shoot("06-ticket")


def talked(phone: Phone, lin: Desk, tang: Desk, number: str) -> None:
    """The vendor's answer stops the clock; words go to and fro; what is internal stays inside."""
    tang.step("响应", text="已收到，正在核查查询页面。")
    expect(tang.page.locator(".clock-strip")).to_contain_text("达标")
    lin.say("请今天内处理，窗口有群众来电。", inside=True)
    tang.sees("请今天内处理，窗口有群众来电。")
    tang.say("请问您的手机型号是？")
    page = phone.open_ticket(number)
    expect(page.locator(".timeline")).to_contain_text("请问您的手机型号是？")
    expect(page.locator("main")).not_to_contain_text("群众来电")
    expect(page.locator(".timeline")).to_contain_text("图片 2 张")
    page.get_by_label("内容").fill("华为 P50，昨天刚升级的系统。")
    phone.press("发送", "已发送")
    phone.shoot("07-talk")
    tang.sees("华为 P50，昨天刚升级的系统。")


def solved(phone: Phone, tang: Desk, number: str) -> None:
    """The vendor resolves, and WeChat tells the citizen."""
    tang.step("开始处理")
    tang.step("解决", text="1.4.2 版已修复，请更新后再试。", cause="查询接口超时未处理")
    tang.shoot("08-resolved")
    phone.notified(number, "已解决")
    phone.shoot("09-notified")


def rated_and_reopened(phone: Phone, number: str) -> None:
    """Three stars, and then: it is not solved. Once."""
    page = phone.open_ticket(number)
    expect(page.locator("main")).not_to_contain_text("接口超时")
    page.get_by_label("留言").fill("比较快")
    phone.press("3 星", "感谢评价")
    phone.shoot("10-rated")
    page.get_by_label("原因").fill("更新后还是打不开。")
    phone.press("重新打开", "已重新打开")


def solved_again(phone: Phone, lin: Desk, tang: Desk, number: str, demo: Demo) -> None:
    """Solved, rated anew, with no second reopening on offer, and closed by the bureau, as the vendor cannot."""
    tang.sees("更新后还是打不开。")
    tang.step("解决", text="服务器缓存已清理。", cause="缓存未失效")
    expect(tang.page.get_by_role("button", name="关闭", exact=True)).to_have_count(0)
    page = phone.open_ticket(number)
    expect(page.get_by_role("heading", name="没有解决？")).to_have_count(0)
    phone.press("5 星", "感谢评价")
    phone.shoot("11-timeline")
    demo.sign_service_record(tang.page.url)
    lin.step("关闭", note="市民确认")
    expect(lin.page.locator("main")).to_contain_text("已关闭")
    lin.shoot("12-closed")


def left_a_trail(shen: Desk, number: str) -> None:
    """The auditor finds every step, and the chain whole."""
    page = shen.page
    page.get_by_role("link", name="审计日志").click()
    page.get_by_placeholder("搜索事项、操作人").fill(number)
    page.keyboard.press("Enter")
    page.wait_for_url("**q=FW-**")
    rows = page.locator("tbody")
    for act in ("响应", "解决", "重新打开", "关闭"):
        expect(rows).to_contain_text(act)
    shen.shoot("13-trail")
    page.get_by_role("link", name="完整性校验").click()
    page.get_by_role("button", name="开始校验").click()
    expect(page.get_by_text("审计链完好")).to_be_visible(timeout=PATIENCE)
    shen.shoot("14-chain")
