"""Work is handed over, and judged in three ways: by a yes, by a reasoned no, and by silence until the clock says so (A36, A37)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import pytest
from playwright.sync_api import Locator, expect

from server.core import clock
from server.core.db import reading
from server.domain import calendar
from server.domain.calendar import YearStatus
from tests.browser.demo import UUID, Demo
from tests.factories.tickets import picture
from tests.support import town
from tests.support.console import Console
from tests.support.waiting import until

pytestmark = pytest.mark.browser
NOTICE = rf"/admin/acceptances/({UUID})"
DISPUTE = "回执上的收件人不是本单位人员。"
REASONS = "导出的表格缺少“受理窗口”一列，两台电脑均如此。"
# The job looks every minute.
PATIENCE_SECONDS = 150
# No holiday is longer than this: a notice received so long ago is past its last day, wherever that day rolled to.
LONG_SINCE = timedelta(days=16)


def test_work_is_rejected_mended_and_accepted(look, demo):
    lin, tang = (Console(look, demo, login, story="acceptance") for login in ("lin", "tang"))
    begun = at(clock.today() - timedelta(days=2), 9)
    ticket = worked(lin, tang, demo, "预约名单导出增加窗口列", begun)
    notice = noticed(tang, ticket, "预约名单导出完工", begun + timedelta(hours=6))
    proven(tang, lin, notice, begun + timedelta(hours=7))
    rejected(lin, tang, notice, ticket)
    again = repeated(tang, notice, ticket)
    accepted(lin, again, ticket, demo)
    stranger = Console(look, demo, "bai", story="acceptance")
    for address in (notice, again):
        stranger.go(address)
        expect(stranger.page.locator("h1")).to_contain_text("页面不存在")


def test_silence_accepts_by_the_clock(look, demo):
    lin, tang = (Console(look, demo, login, story="deemed") for login in ("lin", "tang"))
    received = settled(demo, clock.today() - LONG_SINCE)
    begun = at(received - timedelta(days=3), 9)
    ticket = worked(lin, tang, demo, "办事指南增加打印按钮", begun)
    notice = noticed(tang, ticket, "办事指南打印按钮完工", begun + timedelta(hours=30))
    claimed(tang, notice, at(received, 11), kind="paper", evidence="签收单第 21 号")
    confirmed(lin, notice)
    written_down(lin, notice)
    told_apart(lin, notice, ticket)
    left_a_trail(Console(look, demo, "shen", story="deemed"), notice)


def worked(lin: Console, tang: Console, demo: Demo, title: str, begun: datetime) -> str:
    """A ticket that the vendor answered and solved; its address."""
    contract = demo.first("tang", "/admin/acceptances/new", rf'<option value="({UUID})"')
    lin.go("/admin/tickets/new")
    told = {"channel": "wechat", "kind": "optimisation", "title": title, "text": title, "contract_id": contract}
    lin.enter(lin.main, told | {"received_at": typed(begun)})
    lin.page.get_by_role("button", name="登记工单").click()
    lin.page.wait_for_url(re.compile(rf"/admin/tickets/{UUID}$"))
    tang.go(lin.page.url)
    assert "/acceptances/new" not in tang.main.inner_html()
    tang.step("响应", {"text": "收到，马上安排。", "at": typed(begun + timedelta(minutes=20))}, said="已响应")
    tang.step("解决", {"text": "已完成，请试用。"}, said="已解决")
    return lin.page.url


def noticed(tang: Console, ticket: str, title: str, sent_at: datetime) -> str:
    """The vendor's written notice, begun from the ticket; without proof of receipt no clock runs."""
    tang.go(ticket)
    tang.page.get_by_role("button", name="更多").click()
    tang.page.get_by_role("link", name="提交完工通知").click()
    tang.enter(
        tang.main,
        {
            "title": title,
            "content": "体验版和正式版均已更新。",
            "how_to_check": "在两台电脑上各操作一遍。",
            "text_1": "功能符合工单要求",
            "standard_1": "合同第三条",
            "text_2": "导出和打印的内容完整",
            "sent_at": typed(sent_at),
        },
    )
    tang.sound("1-new")
    tang.page.get_by_role("button", name="发出通知").click()
    tang.page.wait_for_url(re.compile(rf"{NOTICE}$"))
    tang.says("还没有签收证据")
    assert {"claim", "withdraw"} <= tang.offered()
    assert {"receive", "receive-now"}.isdisjoint(tang.offered())
    return tang.page.url


def claimed(tang: Console, notice: str, when: datetime, **told: str) -> None:
    """The vendor's proof that the bureau had it, with a scan."""
    tang.go(notice)
    tang.page.get_by_role("button", name="提交签收证据").click()
    dialog = tang.page.get_by_role("dialog", name="提交签收证据")
    tang.enter(dialog, told | {"received_at": typed(when), "by": "林晓"})
    scan = {"name": "签收单.png", "mimeType": "image/png", "buffer": picture("签收单")}
    dialog.locator("input[type=file]").set_input_files(scan)
    tang.shoot("2-proof-dialog")
    with tang.page.expect_navigation():
        dialog.get_by_role("button", name="提交证据").click()
    tang.says("等待甲方确认")


def proven(tang: Console, lin: Console, notice: str, when: datetime) -> None:
    """One proof is disputed and starts nothing; the next is confirmed, and three natural days run from its day."""
    claimed(tang, notice, when, kind="post", evidence="邮寄回执 8812")
    lin.go(notice)
    assert {"confirm", "dispute"} <= lin.offered()
    assert {"claim", "withdraw"}.isdisjoint(lin.offered())
    lin.page.get_by_role("button", name="有异议").click()
    dialog = lin.page.get_by_role("dialog", name="对签收证据有异议")
    lin.enter(dialog, {"reason": DISPUTE})
    with lin.page.expect_navigation():
        dialog.get_by_role("button", name="提出异议").click()
    lin.says("验收期限尚未起算")
    claimed(tang, notice, when, kind="zhezhengding", evidence="浙政钉消息显示已读")
    lin.go(notice)
    lin.sound("3-proof")
    lin.confirm(lin.page.get_by_role("button", name="确认签收"), said="24:00 前验收")
    lin.page.get_by_text("期限怎样算出").click()
    lin.says("当日不计入")
    lin.shoot("4-clock")


def rejected(lin: Console, tang: Console, notice: str, ticket: str) -> None:
    """A no needs its reasons; it stops the clock and puts the ticket back to work."""
    judged(lin, notice, {"conclusion": "recheck", "result_2": "failed", "remark_2": "缺一列"})
    lin.says("不合格须写明理由")
    lin.sound("5-reasons-missing")
    lin.enter(lin.main, {"words": REASONS})
    lin.page.get_by_role("button", name="提交结论").click()
    lin.page.wait_for_url(notice)
    expect(pill(lin, "red")).to_have_text("验收不合格")
    lin.says(REASONS)
    lin.sound("6-rejected")
    tang.go(ticket)
    expect(tang.page.locator(".ticket-line")).to_contain_text("处理中")
    expect(judgement(tang)).to_contain_text("验收不合格")
    tang.shoot("7-ticket-reopened")


def repeated(tang: Console, notice: str, ticket: str) -> str:
    """The second round takes up what had failed, and only that."""
    tang.step("解决", {"text": "已补上“受理窗口”一列。", "cause": "模板漏列"}, said="已解决")
    tang.go(notice)
    assert "claim" not in tang.offered()
    tang.page.get_by_role("link", name="再次提交").click()
    tang.says(REASONS)
    expect(tang.page.locator("[name=text_1]")).to_have_value("导出和打印的内容完整")
    expect(tang.page.locator("[name=text_2]")).to_have_value("")
    tang.shoot("8-second-round")
    tang.page.get_by_role("button", name="发出通知").click()
    tang.page.wait_for_url(re.compile(rf"{NOTICE}$"))
    tang.says("第 2 轮")
    return tang.page.url


def accepted(lin: Console, notice: str, ticket: str, demo: Demo) -> None:
    """Signed for in the console, judged item by item, closed."""
    lin.go(notice)
    lin.confirm(lin.page.get_by_role("button", name="签收", exact=True), said="24:00 前验收")
    judged(lin, notice, {"conclusion": "passed", "words": "两台电脑复验正常。", "members": "林晓、周敏"})
    lin.page.wait_for_url(notice)
    expect(pill(lin, "green")).to_have_text("验收合格")
    lin.sound("9-accepted")
    lin.go(ticket)
    expect(judgement(lin)).to_contain_text(re.compile("第 2 轮.*验收合格.*第 1 轮.*验收不合格", re.DOTALL))
    demo.sign_service_record(ticket)
    lin.step("关闭", said="已关闭")
    lin.shoot("10-ticket-closed")


def confirmed(lin: Console, notice: str) -> None:
    """What the bureau confirms lies so far back that its silence has accepted already; it is told so beforehand."""
    lin.go(notice)
    lin.page.get_by_role("button", name="确认签收").click()
    expect(lin.page.locator("#confirm")).to_contain_text("若期限已届满，将视为验收通过")
    lin.shoot("3-confirming")
    with lin.page.expect_navigation():
        lin.page.locator("#confirm-yes").click()
    expect(lin.page.get_by_role("link", name="验收", exact=True)).to_have_count(0)


def written_down(lin: Console, notice: str) -> None:
    """The worker's job writes it down, at the moment that the deadline was, not now."""

    def deemed() -> bool:
        lin.go(notice)
        return "没有人作出验收结论" in lin.main.inner_text()

    until(deemed, "the worker to write down that silence accepted", seconds=PATIENCE_SECONDS)
    expect(pill(lin, "violet")).to_have_text("视为通过")
    expect(lin.page.get_by_role("list", name="时间线")).to_contain_text(re.compile(r"系统调度.*视为验收通过.*24:00"))
    assert lin.page.get_by_text("未检查", exact=True).count() == 2
    assert {"decide", "receive-now", "withdraw"}.isdisjoint(lin.offered())
    lin.page.get_by_text("期限怎样算出").click()
    lin.sound("4-deemed")
    lin.go(f"{notice}/decide")
    assert lin.page.url == notice


def told_apart(lin: Console, notice: str, ticket: str) -> None:
    """In the list, on the ticket, in the exported file: never as if somebody had said yes."""
    number = re.search(r"WG-\d{4}-\d{4}", lin.main.inner_text())
    assert number
    lin.go("/admin/acceptances/?state=deemed")
    row = lin.page.locator("tbody tr").filter(has_text=number.group())
    expect(row.locator(".pill-violet").first).to_have_text("视为通过")
    lin.go("/admin/acceptances/")
    for tone, label in (("green", "验收合格"), ("violet", "视为通过")):
        expect(lin.page.locator(f"tbody .pill-{tone}").filter(has_text=label).first).to_be_visible()
    lin.sound("5-list")
    lin.go("/admin/acceptances/?state=accepted")
    expect(lin.page.locator("tbody")).not_to_contain_text(number.group())
    lin.go(ticket)
    expect(judgement(lin).locator(".pill-violet")).to_have_text("视为通过")
    expect(lin.page.get_by_role("list", name="工单时间线")).to_contain_text("视为验收通过")
    lin.sound("6-ticket")
    lin.step("关闭", {"note": "验收期满未提出异议。"}, said="已关闭")


def left_a_trail(shen: Console, notice: str) -> None:
    """The scheduler acts under its own name."""
    shen.go(f"/admin/audit/?subject_kind=completion&subject_id={notice.rsplit('/', 1)[1]}")
    row = shen.page.locator("tbody tr").filter(has_text="视为验收通过").first
    expect(row).to_contain_text("系统调度")
    shen.shoot("7-trail")


def judged(lin: Console, notice: str, told: Mapping[str, str]) -> None:
    """The bureau's word on the acceptance list."""
    lin.go(notice)
    lin.page.get_by_role("link", name="验收", exact=True).click()
    lin.enter(lin.main, told)
    lin.page.get_by_role("button", name="提交结论").click()
    lin.page.wait_for_load_state()


def pill(desk: Console, tone: str) -> Locator:
    """Where the notice stands, under its title."""
    return desk.page.locator(f".ticket-line .pill-{tone}").first


def judgement(desk: Console) -> Locator:
    """What a ticket says of how its work was judged."""
    return desk.page.locator("section").filter(has=desk.page.get_by_role("heading", name="完工与验收", exact=True))


def settled(demo: Demo, day: date) -> date:
    """That day, or a like one in the newest year before whose calendar is official: an estimate deems nothing."""
    with town.application(demo.environ) as app, app.app_context(), reading():
        book = calendar.load()
    while book.status((day + LONG_SINCE).year) is not YearStatus.OFFICIAL:
        day = date(day.year - 1, 12, 1)
    return day


def at(day: date, hour: int) -> datetime:
    """An hour of a day on the bureau's clock."""
    return datetime.combine(day, time(hour), clock.LOCAL)


def typed(moment: datetime) -> str:
    """A moment as a form takes it."""
    return moment.strftime("%Y-%m-%dT%H:%M")
