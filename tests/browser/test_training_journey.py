"""A training day: planned on a phone, the code on the wall scanned, answered, closed, and signed on paper by both (A09, A14)."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from server.core import clock
from server.jobs.demo.people import PASSWORD
from tests.browser.demo import UUID, Demo
from tests.factories.signing import blank_pdf
from tests.support.console import Console
from tests.support.waiting import until

pytestmark = pytest.mark.browser
TOPIC = "新版咨询答复操作培训"
PHONE = {"width": 390, "height": 844}


def test_a_training_day_from_plan_to_signed_papers(look, demo):
    tang, lin = (Console(look, demo, login, story="training") for login in ("tang", "lin"))
    start = begun()
    address = planned_on_a_phone(tang, start)
    asked(tang, address)
    phone = picked_up(look, demo)
    scanned(look, phone, projected(tang, address))
    counted(tang, address)
    entered_by_hand(tang, address)
    held_and_closed(tang, address, start)
    agreed(Console(look, demo, "zhou", story="training"), demo)
    for label in ("培训签到表", "培训记录"):
        document = issued(tang, address, label)
        for console in (tang, lin):
            signed(console, document)
    listed(tang, address)
    foreign = Console(look, demo, "bai", story="training")
    foreign.go(address)
    expect(foreign.page.locator("h1")).to_contain_text("页面不存在")


def begun() -> datetime:
    """Five minutes ago, or what the day has had of them."""
    now = clock.now()
    return max(now - timedelta(minutes=5), clock.start_of(clock.today())).replace(second=0, microsecond=0)


def typed(moment: datetime) -> str:
    """A moment as an input takes it."""
    return f"{clock.to_local(moment):%Y-%m-%dT%H:%M}"


def planned_on_a_phone(tang: Console, start: datetime) -> str:
    """One form on a narrow screen, for somebody from outside; its address."""
    tang.page.set_viewport_size(PHONE)
    tang.go("/admin/trainings/")
    tang.page.get_by_role("link", name="新建培训").first.click()
    tang.page.wait_for_url(re.compile(r"/trainings/new$"))
    told = {"ground": "on_site", "topic": TOPIC, "planned_start": typed(start), "minutes": "60", "place": "三楼会议室"}
    tang.enter(tang.main, told | {"audience": "政务服务大厅"})
    tang.enter(tang.main, {"trainer_id": "outside"})
    tang.main.locator("summary", has_text="外部讲师").click()
    tang.enter(tang.main, {"trainer_name": "顾文渊", "trainer_organisation": "临江大学", "trainer_title": "副教授"})
    tang.main.locator("summary", has_text="内容、版本和方式").click()
    tang.enter(tang.main, {"content": "系统运行、日常维护、答复操作"})
    tang.shoot("1-plan-390")
    tang.page.get_by_role("button", name="登记", exact=True).click()
    tang.page.wait_for_url(re.compile(rf"/admin/trainings/{UUID}$"))
    tang.says("已排期")
    return tang.page.url


def asked(tang: Console, address: str) -> None:
    """Two questions."""
    tang.go(f"{address}/questions")
    tang.enter(tang.main, {"kind_1": "score", "text_1": "是否实用", "kind_2": "choice", "text_2": "咨询几日内答复"})
    tang.enter(tang.main, {"options_2": "1 个工作日* / 3 个工作日"})
    tang.sound("2-questions")
    with tang.page.expect_navigation():
        tang.page.get_by_role("button", name="保存问卷").click()
    tang.says("问卷结果")


def projected(tang: Console, address: str) -> str:
    """The page on the wall; what a phone's camera reads off it."""
    tang.go(address)
    with tang.page.expect_navigation():
        tang.page.get_by_role("button", name="开放签到").click()
    tang.says("已签到 0 人")
    tang.sound("3-wall")
    tang.page.reload()
    picture = Image.open(io.BytesIO(tang.page.locator(".projector-code").screenshot()))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text.startswith("SJPX.")
    return str(found.text)


def picked_up(look: Any, demo: Demo) -> Page:
    """A citizen's phone, with the mini program open: a code on the wall does not wait for that."""
    page: Page = look.page(width=390)
    page.goto(demo.simulator)
    page.locator("#name").fill("王建国")
    page.get_by_role("button", name="打开小程序").click()
    expect(page.locator("#view")).to_contain_text("应用配置")
    tab(page, "扫码").click()
    expect(page.locator("#view")).to_contain_text("扫一扫")
    return page


def scanned(look: Any, page: Page, code: str) -> None:
    """The citizen scans it, checks in and answers."""
    page.get_by_label("内容").fill(code)
    page.get_by_role("button", name="打开", exact=True).click()
    expect(page.get_by_label("签到码")).to_have_value(code)
    page.get_by_label("姓名").last.fill("王建国")
    page.get_by_label("单位").fill("政务服务大厅")
    look.shoot(page, "training-4-check-in-390")
    page.get_by_role("button", name="签到", exact=True).click()
    expect(page.locator("#flash")).to_contain_text("签到成功")
    page.get_by_label("是否实用").select_option("5")
    page.get_by_label("咨询几日内答复").select_option("0")
    assert look.serious(page) == []
    look.shoot(page, "training-5-feedback-390")
    page.get_by_role("button", name="提交反馈").click()
    expect(page.locator("#flash")).to_contain_text("反馈已提交")


def tab(page: Page, name: str) -> Any:
    """One of the mini program's tabs."""
    return page.locator("#tabs").get_by_role("button", name=name, exact=True)


def counted(tang: Console, address: str) -> None:
    """The wall counts by itself."""
    tang.go(f"{address}/projector")
    tang.says("已签到 1 人")
    tang.go(address)
    tang.says("扫码")


def entered_by_hand(tang: Console, address: str) -> None:
    """Somebody without a phone, marked so."""
    tang.page.set_viewport_size(PHONE)
    tang.go(address)
    tang.page.get_by_role("button", name="手工登记").click()
    dialog = tang.page.get_by_role("dialog", name=re.compile("^手工登记"))
    tang.enter(dialog, {"name": "李秀英", "unit": "城西市场监管所"})
    tang.shoot("6-by-hand-390")
    with tang.page.expect_navigation():
        dialog.get_by_role("button", name="登记").click()
    tang.says("李秀英")
    tang.page.set_viewport_size({"width": 1440, "height": 900})


def held_and_closed(tang: Console, address: str, start: datetime) -> None:
    """From when to when, and the record is closed."""
    tang.go(address)
    tang.page.get_by_role("button", name="登记举办").click()
    dialog = tang.page.get_by_role("dialog", name=re.compile("^登记举办"))
    ended = max(start + timedelta(minutes=1), clock.now().replace(second=0, microsecond=0))
    times = {"actual_start": typed(start), "actual_end": typed(ended)}
    tang.enter(dialog, times | {"outcome": "均能独立操作"})
    tang.shoot("7-held-dialog")
    with tang.page.expect_navigation():
        dialog.get_by_role("button", name="登记").click()
    tang.says("正确率 100%")
    tang.confirm(tang.page.get_by_role("button", name="归档"), said="已归档")
    tang.sound("8-closed")


def agreed(zhou: Console, demo: Demo) -> None:
    """Signing in the console is agreed upon, if no other journey has had it so."""
    contract = demo.first("qiao", "/admin/contracts/", rf"/admin/contracts/({UUID})")
    zhou.go(f"/admin/contracts/{contract}/electronic-signing")
    if "已约定使用普通电子签名" in zhou.main.inner_text():
        return
    zhou.enter(zhou.main, {"agreed_on": "2025-04-01", "vendor_signer": "乔安", "bureau_signer": "周敏"})
    scan = {"name": "电子签名约定.pdf", "mimeType": "application/pdf", "buffer": blank_pdf()}
    zhou.main.locator("input[type=file]").set_input_files(scan)
    with zhou.page.expect_navigation():
        zhou.page.get_by_role("button", name="登记").click()
    zhou.says("已约定使用普通电子签名")


def issued(tang: Console, address: str, label: str) -> str:
    """A paper from the training's own page, with its files as the worker makes them; its address."""
    tang.go(address)
    box = tang.page.locator(".document-box").filter(has=tang.page.get_by_role("heading", name=label, exact=True))
    with tang.page.expect_navigation():
        box.get_by_role("button", name="出具").click()
    document = str(box.locator("a.row-number").get_attribute("href"))

    def made() -> bool:
        tang.go(document)
        return tang.page.locator(".document-leaf").count() > 0

    until(made, f"the worker to make {label}")
    tang.look.shoot(tang.page, f"training-9-{label}")
    return document


def signed(console: Console, document: str) -> None:
    """One side's signature."""
    console.go(f"{document}/sign")
    console.main.locator("[name=agree]").check()
    console.main.locator("[name=password]").fill(PASSWORD)
    with console.page.expect_navigation():
        console.page.get_by_role("button", name="签署", exact=True).click()
    console.says("签署")


def listed(tang: Console, address: str) -> None:
    """Back on the training's page both papers stand signed; the list and the month have it."""
    tang.go(address)
    for label in ("培训签到表", "培训记录"):
        box = tang.page.locator(".document-box").filter(has=tang.page.get_by_role("heading", name=label, exact=True))
        expect(box).to_contain_text("已签署")
    tang.go(f"/admin/trainings/?q={TOPIC}")
    tang.says(TOPIC)
    tang.sound("10-list")
    tang.go("/admin/trainings/month")
    tang.says(TOPIC)
    tang.sound("11-month")
