"""A maintainer from the first designation to the last day: replaced in breach, signed out for good, and the telephone goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from server.core import clock
from server.core.db import session, unit
from server.domain import identity
from server.domain.identity import SCHEDULER, Role
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.support import town

pytestmark = pytest.mark.browser
LOGIN, NAME = "lantian", "蓝天"
PAPER = {"name": "从业证明.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 evidence"}
CALLER = "13611112222"
HEAD = "流水号,主叫号码,来电时间,接听时间,结束时间,主叫人,接听人,备注"


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url = look, demo.url
        self.page: Page = look.page()
        self.sign_in(login)
        self.page.wait_for_url(f"{demo.url}/admin/")

    def sign_in(self, login: str) -> None:
        self.page.goto(f"{self.url}/admin/sign-in")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def dialog(self, name: str) -> Locator:
        """The dialog that a button opens."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self.page.locator("dialog[open]")

    def send(self, button: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def submit(self, dialog: Locator) -> None:
        with self.page.expect_navigation():
            dialog.locator("button[type=submit]").click()

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            assert self.look.overflow(self.page) <= 0, f"{name} at {width}"
            self.look.shoot(self.page, f"people-{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []


def test_a_maintainer_comes_is_replaced_in_breach_and_leaves(look, demo):
    hired(demo)
    qiao, zhou, lan = (Desk(look, demo, login) for login in ("qiao", "zhou", LOGIN))
    person = designated(qiao)
    agreed(zhou, person)
    on_the_roster(qiao)
    notice = replaced_in_breach(qiao, person)
    judged(zhou, notice)
    left(zhou, lan, person)
    off_the_roster(qiao)
    stranger = Desk(look, demo, "yuan")
    for path in (person, notice):
        stranger.go(path)
        expect(stranger.page.locator("h1")).to_contain_text("页面不存在")
    shen = Desk(look, demo, "shen")
    for said in ("通知更换维护人员", f"维护人员 {NAME} 离岗", "收回角色"):
        shen.go(f"/admin/audit/?q={said}")
        expect(shen.page.locator("tbody")).to_contain_text(NAME)


def hired(demo: Demo) -> None:
    """The vendor has one more account on the contract of today."""
    with town.application(demo.environ) as app, app.app_context(), unit():
        qiao = session().scalars(sa.select(identity.Officer).where(identity.Officer.login == "qiao")).one()
        held = next(key for _, key in identity.roles_of([qiao.id])[qiao.id])
        made = identity.appoint(
            SCHEDULER,
            login=LOGIN,
            name=NAME,
            title="小程序运维人员",
            organisation_id=qiao.organisation_id,
            roles=[(Role.VENDOR_MAINTAINER, held)],
        )
        actor = replace(SCHEDULER, kind=identity.ActorKind.OFFICER, id=made.officer.id, name=NAME)
        identity.change_password(actor, current=made.password, new_password=PASSWORD, agent="journey")


def designated(qiao: Desk) -> str:
    """Two years are too few on the day, and the form says so; three with a paper are taken."""
    today = clock.today()
    qiao.go("/admin/staff/new")
    page = qiao.page
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=role]").fill("驻场工程师")
    page.locator("[name=officer_id]").select_option(label=NAME)
    page.locator("[name=experience_from]").fill(years_before(today, 3, days=-1).isoformat())
    page.locator("[name=experience]").fill("在区县局从事小程序运维")
    page.get_by_role("button", name=re.compile("^指派")).last.click()
    expect(page.locator("main")).to_contain_text("相关经验满 2 年")
    qiao.sound("too-little-experience")
    page.locator("[name=experience_from]").fill(years_before(today, 3).isoformat())
    page.locator("[name=files]").set_input_files(PAPER)
    page.get_by_role("button", name=re.compile("^指派")).last.click()
    page.wait_for_url(re.compile(rf"/admin/staff/{UUID}$"))
    expect(page.locator("main")).to_contain_text("从业证明.pdf")
    expect(page.locator("main")).to_contain_text("指派日满 3 年")
    return page.url.removeprefix(qiao.url)


def agreed(zhou: Desk, person: str) -> None:
    """The bureau looks at the paper and agrees."""
    zhou.go(person)
    dialog = zhou.dialog("审核")
    dialog.locator("[name=agreed][value=true]").check()
    zhou.submit(dialog)
    expect(zhou.page.locator(".ticket-line")).to_contain_text("局方已认可")
    zhou.sound("agreed")


def on_the_roster(qiao: Desk) -> None:
    """The evening that the demo leaves open is taken by the newcomer: no gap is left in the next two weeks."""
    qiao.go("/admin/duty/gaps")
    qiao.page.get_by_role("link", name="安排一人").first.click()
    qiao.page.locator("[name=name]").fill(NAME)
    qiao.page.locator("[name=phone]").fill("13500009999")
    qiao.sound("fill-a-gap")
    qiao.send("安排")
    qiao.go(f"/admin/duty/gaps?to={(clock.today() + timedelta(days=14)).isoformat()}")
    expect(qiao.page.locator("main")).not_to_contain_text("无人值班")
    qiao.sound("no-gap")


def replaced_in_breach(qiao: Desk, person: str) -> str:
    """Ten days' notice and a beginner: everything is said while it is typed, and nothing is blocked."""
    today = clock.today()
    qiao.go(person)
    qiao.page.get_by_role("link", name="更换", exact=True).click()
    page = qiao.page
    page.locator("[name=reason]").select_option("resigned")
    page.locator("[name=received_on]").fill(today.isoformat())
    page.locator("[name=effective_on]").fill((today + timedelta(days=10)).isoformat())
    page.locator("[name=name]").fill("江帆")
    page.locator("[name=experience_from]").fill(years_before(today, 2).isoformat())
    page.locator("[name=experience]").fill("小程序开发")
    page.locator("[name=comparison]").fill("从业时间较短，由项目经理带教")
    for said in ("提前通知不足", "低于约定的最低经验", "经验少于原人员"):
        expect(page.locator("#forecast")).to_contain_text(said)
    qiao.sound("breaches-foreseen")
    page.get_by_role("button", name="提交更换通知").click()
    page.wait_for_url(re.compile(rf"/admin/staff/replacements/{UUID}$"))
    expect(page.locator(".ticket-line")).to_contain_text("有违约情形")
    qiao.sound("replacement-in-breach")
    return page.url.removeprefix(qiao.url)


def judged(zhou: Desk, notice: str) -> None:
    """The bureau says that the substitute is less able: one breach more."""
    zhou.go(notice)
    dialog = zhou.dialog("判断能力")
    dialog.locator("[name=not_lower][value=false]").check()
    dialog.locator("[name=remark]").fill("不熟悉登记业务")
    zhou.submit(dialog)
    expect(zhou.page.locator("main")).to_contain_text("能力低于原人员")
    zhou.sound("judged")


def left(zhou: Desk, lan: Desk, person: str) -> None:
    """The bureau enters the last day; the one who was signed in is out with the next click, and does not come back."""
    lan.go("/admin/tickets/")
    expect(lan.page.locator("h1")).to_contain_text("工单")
    zhou.go(person)
    dialog = zhou.dialog("登记离岗")
    dialog.locator("[name=on]").fill(clock.today().isoformat())
    dialog.locator("[name=reason]").fill("离职")
    zhou.submit(dialog)
    expect(zhou.page.locator(".check-list")).to_contain_text("会话已全部退出")
    zhou.sound("off-boarding")
    lan.page.reload()
    expect(lan.page.locator("#field-password")).to_be_visible()
    lan.sign_in(LOGIN)
    expect(lan.page.locator("main")).to_contain_text("账号或口令不正确")
    lan.sound("shut-out")


def off_the_roster(qiao: Desk) -> None:
    """What the departed was to cover is open again, and shown."""
    qiao.go(f"/admin/duty/gaps?to={(clock.today() + timedelta(days=14)).isoformat()}")
    expect(qiao.page.locator("main")).to_contain_text("无人值班")
    qiao.sound("gap-again")


def test_a_missed_call_is_one_ticket_and_calling_back_answers_it(look, demo):
    qiao = Desk(look, demo, "qiao")
    first, ticket = missed(qiao)
    _, again = missed(qiao)
    assert ticket == again
    called_back(qiao, first, ticket)
    imported(qiao)
    stranger = Desk(look, demo, "bai")
    stranger.go(first)
    expect(stranger.page.locator("h1")).to_contain_text("页面不存在")
    stranger.go(f"/admin/duty/calls/?q={CALLER}")
    expect(stranger.page.locator("main")).to_contain_text("没有")


def missed(qiao: Desk) -> tuple[str, str]:
    """A call that nobody took, entered by hand: its address, and its ticket's."""
    qiao.go("/admin/duty/calls/new")
    page = qiao.page
    page.locator("[name=number]").fill(CALLER)
    page.locator("[name=answered][value=false]").check()
    qiao.send("登记")
    page.wait_for_url(re.compile(rf"/admin/duty/calls/{UUID}$"))
    expect(page.locator("main")).to_contain_text("136****2222")
    expect(page.locator("main")).not_to_contain_text(CALLER)
    linked = page.get_by_role("link", name=re.compile("^FW-")).get_attribute("href")
    assert linked
    qiao.sound("missed-call")
    return page.url.removeprefix(qiao.url), linked


def called_back(qiao: Desk, call: str, ticket: str) -> None:
    qiao.go(ticket)
    expect(qiao.page.locator("h1")).to_contain_text("未接来电")
    qiao.go(call)
    dialog = qiao.dialog("登记回拨")
    dialog.locator("[name=text]").fill("已告知办理材料")
    qiao.submit(dialog)
    expect(qiao.page.locator(".ticket-line")).to_contain_text("已回拨")
    expect(qiao.page.locator("main")).to_contain_text("首次响应")
    qiao.go(ticket)
    expect(qiao.page.locator("main")).to_contain_text("已告知办理材料")


def imported(qiao: Desk) -> None:
    """A list with one bad line is not taken; put right it is, and a second time it is known."""
    rang = clock.to_local(clock.now() - timedelta(hours=3))
    good = f"JL-1,13622223333,{moment(rang)},{moment(rang)},,,,\nJL-2,13633334444,{moment(rang)},,,,,"
    for lines, says in (
        (f"{good}\nJL-3,1.36E+10,{moment(rang)},,,,,", "第 4 行"),
        (good, "新增 2 条，其中未接 1 条"),
        (good, "新增 0 条，其中未接 0 条；已存在 2 条"),
    ):
        qiao.go("/admin/duty/calls/import")
        file = {"name": "话单.csv", "mimeType": "text/csv", "buffer": f"{HEAD}\n{lines}".encode("gb18030")}
        qiao.page.locator("[name=upload]").set_input_files(file)
        qiao.page.get_by_role("button", name="导入", exact=True).click()
        expect(qiao.page.locator("body")).to_contain_text(says)
        if says.startswith("第"):
            qiao.sound("bad-line")
    qiao.go("/admin/duty/calls/")
    qiao.sound("calls")


def test_the_roster_is_worked_with_the_keyboard_alone(look, demo):
    """From the page's top by Tab to the single shift's form, filled in and sent with Enter."""
    qiao = Desk(look, demo, "qiao")
    qiao.go("/admin/duty/")
    link = qiao.page.get_by_role("link", name="单个班次")
    for _ in range(60):
        qiao.page.keyboard.press("Tab")
        if link.evaluate("node => node === document.activeElement"):
            break
    else:
        pytest.fail("the link is not reached")
    assert link.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    with qiao.page.expect_navigation():
        qiao.page.keyboard.press("Enter")
    field = qiao.page.locator("[name=name]")
    field.focus()
    qiao.page.keyboard.press("Enter")
    expect(qiao.page.locator("main")).to_contain_text("必填")
    expect(field).to_have_attribute("aria-invalid", "true")


def years_before(day: date, years: int, *, days: int = 0) -> date:
    """The same day some years ago; ``days`` earlier, or later if negative."""
    last = min(day.day, 28) if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last) - timedelta(days=days)


def moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
