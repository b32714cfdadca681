"""A month's report from draft to signed: edited, followed to its sources, frozen, returned, again with differences, signed (A10, B05)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from playwright.sync_api import Locator, expect

from server.core import clock
from server.core.db import db, unit
from server.domain import contracts, identity, reports, signing
from server.domain.identity import SCHEDULER, Actor, ActorKind, OrganisationKind, Role
from server.domain.reports import ReportKind
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.factories import identity as people
from tests.factories import tickets as desk
from tests.factories import upkeep as field
from tests.factories.contracts import contract_b
from tests.factories.signing import blank_pdf
from tests.support import town
from tests.support.console import Console
from tests.support.waiting import until

pytestmark = pytest.mark.browser
LOGIN, NAME, VENDOR = "xia", "夏知远", "青禾数据服务有限公司"
FAULT = "年报数据未推送"
SUMMARY = "本月运行平稳，一次推送中断已在当日恢复。"
ADDED = "本月运行平稳，一次推送中断已在当日恢复，夜间补推 326 条。"
REASON = "请写明补推的数量。"
LATE_WORK = "月末扩容交换库磁盘（补记）"
# The worker has the whole demo to do first.
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Month:
    """Last month of a contract of its own: its report as the nightly job drafted it, the sheet that goes in, a ticket."""

    contract: str
    report: str
    sheet: str
    inspection: str
    ticket: str
    last: date


def test_a_report_from_draft_to_signed(look, demo):
    month = lived(demo)
    xia, lin = (Console(look, demo, login, story="report") for login in (LOGIN, "lin"))
    opened(xia, month)
    edited(xia)
    followed(xia, month)
    first = handed_in(xia, month)
    sent_back(lin, month)
    unsignable(xia, first)
    second = again(xia, month, first)
    frozen = by_both(xia, lin, second)
    in_step(xia, month)
    kept_although_the_data_move(xia, month, second, frozen)
    foreign = Console(look, demo, "bai", story="report")
    for address in (month.report, f"{month.report}/versions/1", f"{month.report}/figures/desk.received"):
        foreign.go(address)
        expect(foreign.page.locator("h1")).to_contain_text("页面不存在")


def lived(demo: Demo) -> Month:
    """A contract since the first of last month, with a fault and a sheet; and the draft that is made when the month is over."""
    last = clock.today().replace(day=1) - timedelta(days=1)
    first, middle = last.replace(day=1), last.replace(day=15)
    with town.application(demo.environ) as app, app.app_context():
        with unit():
            home = identity.found_organisation(SCHEDULER, kind=OrganisationKind.VENDOR, name=VENDOR)
            contract = contract_b(
                vendor_id=home.id,
                vendor_name=VENDOR,
                effective_on=first,
                starts_on=first,
                ends_on=first + timedelta(days=364),
            )
            _appoint(home.id, contract.id)
            xia = people.actor(LOGIN)
        with unit(), clock.replaying(_at(middle, 10)):
            fault = desk.ticket(xia, kind=desk.Kind.FAULT, text=FAULT, title=FAULT, contract_id=contract.id)
            sheet = field.submitted(contracts.find(SCHEDULER, contract.id), xia)
            told = fault.number, sheet.number, f"/admin/upkeep/inspections/{sheet.id}"
        with unit():
            _agree(contract.id, first)
            reports.draft_due()
            mine = [each for each in reports.reports_of(xia, contract.id) if each.kind is ReportKind.MONTHLY]
            address = f"/admin/reports/{mine[0].id}"
        key = str(contract.id)
        db.session.remove()
    return Month(key, address, told[1], told[2], told[0], last)


def _appoint(home: uuid.UUID, contract_id: uuid.UUID) -> None:
    appointed = identity.appoint(
        SCHEDULER, login=LOGIN, name=NAME, organisation_id=home, roles=[(Role.VENDOR_MAINTAINER, contract_id)]
    )
    themselves = Actor(kind=ActorKind.OFFICER, id=appointed.officer.id, name=NAME, organisation_id=home)
    identity.change_password(themselves, current=appointed.password, new_password=PASSWORD, agent="report")


def _agree(contract_id: uuid.UUID, on: date) -> None:
    paper = signing.take_scan(name="电子签名约定.pdf", raw=blank_pdf())
    signing.agree(SCHEDULER, contract_id, agreed_on=on, vendor_signer=NAME, bureau_signer="周敏", paper=paper)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), clock.LOCAL)


def opened(xia: Console, month: Month) -> None:
    """From the calendar of reports to the draft that wrote itself, with the inspection sheet as a part."""
    xia.go("/admin/reports/")
    xia.says("编制中")
    xia.sound("1-overview")
    xia.page.get_by_role("link", name=re.compile("运维月报（")).first.click()
    xia.page.wait_for_url(re.compile(rf"{month.report}$"))
    xia.says(f"{month.sheet} 印入本报告，一次签收")
    xia.says("全部文字由数据自动生成")
    assert figure(xia, "新接报").inner_text() == "1 件"
    xia.sound("2-draft")


def edited(xia: Console) -> None:
    """The summary in one's own words; the log keeps who wrote it."""
    xia.main.locator("[name=summary]").fill(SUMMARY)
    with xia.page.expect_navigation():
        xia.page.get_by_role("button", name="保存文字").click()
    expect(xia.main.locator("[name=summary]")).to_have_value(SUMMARY)
    xia.says("修改文字：工作综述")
    xia.shoot("3-edited-1440")


def followed(xia: Console, month: Month) -> None:
    """From a figure to what it counts, on to the ticket itself, and back to the draft."""
    figure(xia, "新接报").click()
    xia.page.wait_for_url(re.compile(r"/figures/desk\.received$"))
    xia.says(month.ticket)
    xia.sound("4-source")
    xia.page.get_by_role("link", name=re.compile(month.ticket)).click()
    xia.page.wait_for_url(re.compile(rf"/admin/tickets/{UUID}"))
    xia.says(FAULT)
    xia.page.go_back()
    xia.page.locator(".crumbs").get_by_role("link", name=re.compile("运维月报")).click()
    xia.page.wait_for_url(re.compile(rf"{month.report}$"))
    expect(xia.main.locator("[name=summary]")).to_have_value(SUMMARY)


def handed_in(xia: Console, month: Month) -> str:
    """Frozen, numbered and on paper; the paper's address."""
    with xia.page.expect_navigation():
        xia.page.get_by_role("button", name="提交第 1 版").click()
    xia.says("待签收")
    expect(xia.main.locator("[name=summary]")).to_have_count(0)
    expect(xia.page.get_by_role("button", name="保存文字")).to_have_count(0)
    return paper(xia, month, "5-handed-in")


def paper(xia: Console, month: Month, name: str) -> str:
    """The paper's address, once the worker has made its files."""

    def made() -> bool:
        xia.go(month.report)
        return xia.page.locator(".document-box").get_by_role("link", name="PDF").count() > 0

    until(made, "the worker to make the report's files", seconds=PATIENCE_SECONDS)
    xia.sound(name)
    return str(xia.page.locator(".document-box a.row-number").get_attribute("href"))


def sent_back(lin: Console, month: Month) -> None:
    """The bureau wants a number in it; without a reason it does not go back."""
    lin.go(month.report)
    lin.says("签收第 1 版")
    lin.sound("6-to-decide")
    with lin.page.expect_navigation():
        lin.page.get_by_role("button", name="退回修改").click()
    expect(lin.main.locator("#send_back-reason")).to_have_attribute("aria-invalid", "true")
    lin.main.locator("#send_back-reason").fill(REASON)
    with lin.page.expect_navigation():
        lin.page.get_by_role("button", name="退回修改").click()
    lin.says("已退回")


def unsignable(xia: Console, document: str) -> None:
    """The paper of what was returned waits for nobody's signature."""
    xia.go("/admin/documents/to-sign")
    expect(xia.main.locator(f"a[href*='{document.rsplit('/', 1)[1]}']")).to_have_count(0)
    xia.go(f"{document}/sign")
    xia.says("报告已退回")
    expect(xia.main.locator("[name=password]")).to_have_count(0)
    xia.shoot("7-unsignable-1440")


def again(xia: Console, month: Month, first: str) -> str:
    """The reason is read, the text mended, and the second version says what differs; its paper's address."""
    xia.go(month.report)
    xia.says(REASON)
    xia.main.locator("[name=summary]").fill(ADDED)
    with xia.page.expect_navigation():
        xia.page.get_by_role("button", name="保存文字").click()
    xia.main.locator("form[action$='/submit'] [name=reason]").fill("已写明补推数量")
    xia.sound("8-returned")
    with xia.page.expect_navigation():
        xia.page.get_by_role("button", name="提交第 2 版").click()
    xia.says("第 2 版")
    document = paper(xia, month, "9-second")
    assert document != first
    xia.page.get_by_role("link", name="第 2 版").click()
    xia.page.wait_for_url(re.compile(r"/versions/2$"))
    rows = xia.main.get_by_role("table", name="与上一版的差异").locator("tbody tr")
    expect(rows).to_have_count(1)
    row = rows.filter(has_text="工作综述")
    expect(row).to_contain_text(SUMMARY)
    expect(row).to_contain_text(ADDED)
    xia.says("已写明补推数量")
    xia.sound("10-differences")
    return document


def by_both(xia: Console, lin: Console, document: str) -> bytes:
    """Vendor and bureau sign the second version's paper; the file that they signed."""
    for console, name, said in ((xia, "11-sign", "普通电子签名"), (lin, "12-countersign", "已签署")):
        console.go(f"{document}/sign")
        console.sound(name)
        console.main.locator("[name=agree]").check()
        console.main.locator("[name=password]").fill(PASSWORD)
        with console.page.expect_navigation():
            console.page.get_by_role("button", name="签署", exact=True).click()
        assert console.page.url == f"{console.url}{document}"
        console.says(said)
    return file_of(xia, document)


def file_of(console: Console, document: str) -> bytes:
    """The paper's PDF as it is kept."""
    answer = console.page.request.get(f"{console.url}{document}/files/pdf")
    assert answer.status == 200
    return answer.body()


def in_step(xia: Console, month: Month) -> None:
    """One signature: the report, what was handed in, and the sheet that it prints."""
    xia.go(month.report)
    xia.says("已签收")
    expect(xia.page.get_by_role("button", name="签收", exact=True)).to_have_count(0)
    xia.sound("13-signed")
    xia.go(month.inspection)
    xia.says("已签署")


def kept_although_the_data_move(xia: Console, month: Month, document: str, frozen: bytes) -> None:
    """A work of that month is put on record late: the page says that the data moved, the report says what was signed."""
    xia.go(month.report)
    before = {name: figure(xia, name).inner_text() for name in ("维护作业", "新接报")}
    assert before["维护作业"] == "0 次"
    xia.go("/admin/upkeep/works/new")
    moment = f"{month.last.isoformat()}T20:00"
    xia.enter(xia.main, {"what": LATE_WORK, "started_at": moment, "ended_at": moment.replace("20:", "21:")})
    xia.page.get_by_role("button", name="保存").click()
    xia.page.wait_for_url(re.compile(rf"/works/{UUID}"))
    xia.go(month.report)
    xia.says("数据已变化")
    xia.says(ADDED)
    assert {name: figure(xia, name).inner_text() for name in before} == before
    assert file_of(xia, document) == frozen
    xia.sound("14-frozen")
    xia.page.get_by_role("link", name="查看差异").click()
    row = xia.main.get_by_role("table", name="与当前数据的差异").locator("tr", has_text="维护作业").first
    expect(row).to_contain_text("0 次")
    expect(row).to_contain_text("1 次")
    xia.sound("15-moved")


def figure(console: Console, label: str) -> Locator:
    """A figure of the report by its label."""
    exact = re.compile(f"^{label}$")
    told = console.main.locator(".report-figures > div").filter(has=console.page.locator("dt", has_text=exact))
    return told.locator("dd").first.locator("a").or_(told.locator("dd").first).last
