"""A paper that is late: seen in the month, alerted of, handed in, signed by the other side, gone from the bell; and the feed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import icalendar
import pytest
import requests
from playwright.sync_api import Page, expect

from server.core import clock
from tests.browser.demo import COOKIE, UUID, Demo
from tests.support.waiting import until

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.7\n% summary of the month\n%%EOF\n"
LATE = "/admin/deliverables/?view=all&state=late"


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url, self.login = look, demo.url, login
        context = look.context()
        self.page: Page = look.page(demo.enter(context, login))
        self.page.goto(f"{self.url}/admin/")
        assert context.cookies()[0]["name"] == COOKIE

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def shoot(self, name: str) -> None:
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"agenda-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            self.shoot(f"{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []

    def alerts(self, view: str = "standing") -> list[str]:
        """What the inbox of alerts lists."""
        self.go(f"/admin/agenda/alerts/?view={view}&per_page=100")
        return [each.inner_text() for each in self.page.locator(".todo-line .row-title").all()]


def test_a_late_paper_and_the_feed(look, demo):
    zhou, qiao = Desk(look, demo, "zhou"), Desk(look, demo, "qiao")
    reminders(zhou, opens="00:00", closes="23:59", working_days_only=False)
    title, place, month = late(qiao)
    seen_in_the_month(qiao, title, place, month)
    alerted(qiao, title)
    handed_in(qiao, title)
    signed(zhou, qiao, place)
    gone(qiao, title, place, month)
    feed(qiao, demo, title)
    reminders(zhou, opens="08:30", closes="18:00", working_days_only=True)


def reminders(zhou: Desk, *, opens: str, closes: str, working_days_only: bool) -> None:
    """The journey may be walked on a Sunday night."""
    page = zhou.go("/admin/agenda/rules")
    page.locator("#field-opens").fill(opens)
    page.locator("#field-closes").fill(closes)
    page.get_by_label("只在工作日提醒").set_checked(working_days_only)
    zhou.sound("rules")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("提醒规则已保存")).to_be_visible()


def late(qiao: Desk) -> tuple[str, str, str]:
    """A late paper of the vendor's contract: its name with its cycle, its page, and the month in which it was due."""
    page = qiao.go(LATE)
    row = page.locator("tbody tr").first
    link = row.locator("a.row-title")
    title = f"{link.inner_text()}（{row.locator('.row-note').first.inner_text()}）"
    place = str(link.get_attribute("href"))
    found = re.search(r"\d{4}-\d\d-\d\d", row.locator("[data-label='截止']").inner_text())
    assert found
    qiao.sound("late-papers")
    return title, place, found[0][:7]


def seen_in_the_month(qiao: Desk, title: str, place: str, month: str) -> None:
    page = qiao.go(f"/admin/agenda/?month={month}")
    chip = page.locator(f".agenda-day a[href='{place}']")
    expect(chip).to_have_class(re.compile("todo-red"))
    qiao.sound("month")
    page = qiao.go("/admin/agenda/week")
    expect(page.get_by_role("heading", name="逾期未办").or_(page.get_by_text(title)).first).to_be_visible()
    expect(page.get_by_role("link", name=title)).to_be_visible()
    qiao.sound("week")


def alerted(qiao: Desk, title: str) -> None:
    """The worker has raised it; the bell counts it, and the alert leads to the paper."""
    until(lambda: title in qiao.alerts("unread"), "the alert of the late paper", seconds=60)
    expect(qiao.page.locator(".bell-count")).to_be_visible()
    expect(qiao.page.get_by_text("逾期提醒").first).to_be_visible()
    qiao.sound("alerts")
    qiao.page.get_by_role("button", name=title, exact=True).click()
    qiao.page.wait_for_url(re.compile(rf"/admin/deliverables/{UUID}/"))


def handed_in(qiao: Desk, title: str) -> None:
    page = qiao.page
    expect(page.get_by_text("逾期未交").first).to_be_visible()
    page.locator("[name=summary]").fill("本月响应 24 件，全部按时；两项整改见附件。")
    page.locator("[name=upload]").set_input_files({"name": "a.exe", "mimeType": "application/pdf", "buffer": b"MZ\x90"})
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_text("只接收 PDF").first).to_be_visible()
    qiao.shoot("hand-in-refused")
    page.locator("[name=upload]").set_input_files(
        {"name": "运维总结.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("link", name="运维总结.pdf")).to_be_visible()
    expect(page.locator(".page-header, header, main").get_by_text("迟交").first).to_be_visible()
    assert title
    qiao.sound("handed-in")


def signed(zhou: Desk, qiao: Desk, place: str) -> None:
    """The vendor cannot sign; the bureau reads, downloads and signs."""
    assert qiao.page.get_by_role("button", name="签收", exact=True).count() == 0
    page = zhou.go(place)
    with page.expect_download() as download:
        page.get_by_role("link", name="运维总结.pdf").click()
    assert Path(download.value.path()).read_bytes() == PDF
    zhou.sound("to-sign")
    page.locator("[name=remark]").first.fill("收到，迟交一次记入考核。")
    page.get_by_role("button", name="签收", exact=True).click()
    expect(page.get_by_text("已签收").first).to_be_visible()
    expect(page.get_by_text("收到，迟交一次记入考核。")).to_be_visible()
    zhou.sound("signed")


def gone(qiao: Desk, title: str, place: str, month: str) -> None:
    """The alert leaves the bell by itself; in the list of all it is settled, and lateness stays on the paper."""
    until(lambda: title not in qiao.alerts(), "the alert to be taken back", seconds=60)
    qiao.go("/admin/agenda/alerts/?view=all&per_page=100")
    line = qiao.page.locator(".todo-line", has_text=title).first
    expect(line).to_contain_text("已办结或撤销")
    qiao.sound("alerts-all")
    page = qiao.go(f"/admin/agenda/?month={month}")
    expect(page.locator(f".agenda-day a[href='{place}']")).to_have_class(re.compile("todo-green"))
    qiao.sound("month-after")
    page = qiao.go(re.sub(r"/deliverables/([^/]+)/.*", r"/deliverables/contract/\1", place))
    expect(page.locator(f".cycles a[href='{place}']")).to_have_class(re.compile("cycle-late"))
    qiao.sound("year")


def feed(qiao: Desk, demo: Demo, title: str) -> None:
    """Subscribed as a calendar program does it: no session, the address alone; a new address ends the old one."""
    page = qiao.go("/admin/agenda/subscription")
    qiao.sound("feed-none")
    page.get_by_role("button", name="生成订阅地址").click()
    first = page.locator(".secret-box span").inner_text()
    qiao.sound("feed-address")
    answer = requests.get(first, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert max(len(line) for line in answer.content.split(b"\r\n")) <= 75
    parsed = icalendar.Calendar.from_ical(answer.content)
    events = {str(each["uid"]): each for each in parsed.walk("VEVENT")}
    assert len(events) > 10
    assert f"✓ {title}" in {str(each["summary"]) for each in events.values()}
    assert all(str(each["url"]).startswith(demo.url) for each in events.values())
    today = date.fromisoformat(clock.to_local(clock.now()).date().isoformat())
    assert any(_day(each["dtstart"].dt) >= today for each in events.values())
    others = {
        found for found in re.findall(UUID, _contracts(demo)) if found not in qiao.go("/admin/contracts/").content()
    }
    assert others
    assert not others & set(re.findall(UUID, answer.text))
    page = qiao.go("/admin/agenda/subscription")
    assert first not in page.content()
    page.get_by_role("button", name="重新生成").first.click()
    page.get_by_role("dialog").get_by_role("button", name="重新生成").click()
    second = page.locator(".secret-box span")
    expect(second).to_be_visible()
    address = second.inner_text()
    assert address != first
    assert [requests.get(each, timeout=30).status_code for each in (first, address)] == [404, 200]
    page.get_by_role("button", name="撤销").first.click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("button", name="生成订阅地址")).to_be_visible()
    assert requests.get(address, timeout=30).status_code == 404
    assert requests.get(f"{demo.url}/admin/agenda/feed/{'x' * 43}.ics", timeout=30).status_code == 404
    qiao.shoot("feed-revoked")


def _contracts(demo: Demo) -> str:
    return demo.officer("zhou").get("/admin/contracts/").html


def _day(when: Any) -> date:
    return clock.to_local(when).date() if hasattr(when, "hour") else when
