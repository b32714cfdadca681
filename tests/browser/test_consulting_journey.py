"""A citizen who finds no help asks, is answered, told, and says that it is solved; the answer becomes an article that helps."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import Demo
from tests.browser.test_main_job import NUMBER, Desk, Phone

pytestmark = pytest.mark.browser
ARTICLE = "个体户怎么注销"
QUESTION = "食品摊点能不能网上登记？要带哪些材料？"
ANSWER = "可以网上登记，备好身份证和经营场所照片即可，办结后短信通知。"
LEARNT = "食品摊点怎样网上登记"


class Reader(Phone):
    """The same phone, looked at in steps of this story."""

    def shoot(self, step: str) -> None:
        assert self.look.overflow(self.page) <= 0
        assert self.look.serious(self.page) == []
        self.look.shoot(self.page, f"consulting-{step}")


def enter(phone: Reader, demo: Demo, name: str) -> None:
    """Open the mini program for the first time, and allow two messages."""
    page = phone.page
    page.goto(demo.simulator)
    page.get_by_label("姓名").fill(name)
    page.get_by_role("button", name="打开小程序").click()
    phone.press("同意并继续", "已同意")
    phone.tab("消息")
    for at in range(2):
        page.get_by_role("button", name="允许").nth(at).click()
        expect(page.get_by_role("status")).to_contain_text("已允许一次")


def find(page: Page, words: str) -> None:
    page.get_by_label("搜索帮助").fill(words)
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_role("heading", name=f"“{words}”的结果").wait_for()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_from_an_article_that_did_not_help_to_an_answer_that_does(
    look: Any, demo: Demo, width: int, dark: bool
) -> None:
    name = "晨" if dark else "露"
    phone = Reader(look.page(width=width, dark=dark), look)
    page = phone.page
    enter(phone, demo, f"小{name}")

    phone.tab("帮助")
    page.get_by_role("heading", name="最新").wait_for()
    find(page, "注销")
    expect(page.locator("mark").first).to_have_text("注销")
    phone.shoot(f"{width}-found")
    page.get_by_role("button", name=re.compile(ARTICLE)).first.click()
    page.get_by_role("heading", name=ARTICLE).wait_for()
    page.get_by_role("button", name="没有帮助").click()
    page.get_by_label("补充说明").fill("我问的是摊点登记")
    phone.shoot(f"{width}-article")
    phone.press("提交意见", "已记下")

    page.get_by_role("button", name="去咨询").click()
    page.get_by_label("我的身份").select_option("企业")
    page.get_by_label("咨询类别").select_option("业务")
    page.get_by_label("标题").fill(f"摊点登记（{name}）")
    page.get_by_label("内容").fill(QUESTION)
    phone.shoot(f"{width}-asking")
    phone.press("提交", "已受理，编号")
    found = NUMBER.search(page.get_by_role("status").inner_text())
    assert found
    number = found[0]

    desk = Desk(look.page(width=1440, dark=dark), look, demo, "tang")
    desk.open(number)
    desk.sees("企业 · 业务")
    desk.step("响应", text="您好，已收到，正在核实。")
    desk.step("解决", text=ANSWER, cause="没有对应的帮助")
    phone.notified(number, "已解决")
    phone.shoot(f"{width}-told")
    phone.open_ticket(number)
    expect(page.get_by_text(ANSWER)).to_be_visible()
    phone.shoot(f"{width}-answered")
    phone.press("已解决，确认", "已确认解决")
    expect(page.get_by_text("确认解决").last).to_be_visible()
    assert page.get_by_role("button", name="已解决，确认").count() == 0
    phone.shoot(f"{width}-accepted")
    desk.sees("用户确认解决")

    # From the ticket to an article in one step: the vendor writes, the bureau lets citizens read.
    title = f"{LEARNT}（{name}）"
    desk.page.get_by_role("button", name="更多").click()
    desk.page.get_by_role("link", name="形成知识").click()
    expect(desk.page.locator("#field-body")).to_have_value(re.compile(ANSWER))
    desk.page.locator("#field-title").fill(title)
    desk.page.locator("#field-body").fill(f"## 材料\n\n- 身份证\n- 经营场所照片\n\n{ANSWER}")
    desk.page.get_by_label("市民", exact=True).check()
    desk.page.get_by_role("button", name="保存草稿").click()
    desk.page.get_by_role("heading", name=title).wait_for()
    address = desk.page.url
    bureau = Desk(look.page(width=1440, dark=dark), look, demo, "zhou")
    bureau.page.goto(address)
    bureau.page.get_by_role("button", name=re.compile("发布第 1 版")).click()
    bureau.page.get_by_role("dialog").get_by_role("button", name="发布").click()
    expect(bureau.page.locator("main")).to_contain_text("已发布")
    look.shoot(bureau.page, f"consulting-{width}-published")

    phone.tab("帮助")
    find(page, f"网上登记（{name}）")
    page.get_by_role("button", name=re.compile(name)).first.click()
    page.get_by_role("heading", name=title).wait_for()
    phone.press("有帮助", "感谢反馈")
    phone.shoot(f"{width}-helped")
