"""Every page of the console, and the pages beside it: readable by everybody, at every width, in both schemes, on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Response

from tests.browser.demo import UUID, addresses

pytestmark = pytest.mark.browser
PEOPLE = ("zhou", "admin", "shen", "tang", "qiao")
# What depends on colours and widths; the rest of axe's rules look at the markup, which stays the same.
LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block")
OPEN = ("/admin/_gallery/", "/admin/_gallery/plain", "/admin/sign-in", "/api/v1/docs")


@pytest.fixture(scope="module")
def pages(demo):
    """Who looks at what."""
    found = addresses(demo)
    assert {login for login, _ in found} == {*PEOPLE, ""}
    assert {path for login, path in found if not login} <= set(OPEN)
    assert len(found) > 120
    return found


@pytest.mark.parametrize("login", PEOPLE)
def test_every_page_is_open_to_everybody(look, demo, pages, login):
    page = look.page(demo.enter(look.context(), login))
    faults = [fault for whose, path in pages if whose == login for fault in faults_of(look, page, demo.url + path)]
    assert faults == []


def test_the_pages_for_nobody_in_particular(look, demo):
    page = look.page()
    faults = [fault for path in OPEN for fault in faults_of(look, page, demo.url + path)]
    assert faults == []


def test_errors_are_pages_too(look, demo):
    page = look.page(demo.enter(look.context(), "tang"))
    for path, status in (("/admin/tickets/00000000-0000-7000-8000-000000000000", 404), ("/admin/audit/", 403)):
        assert faults_of(look, page, demo.url + path, status=status) == []
        assert page.get_by_role("link", name="返回").or_(page.get_by_role("link", name="工作台")).first.is_visible()


def faults_of(look, page: Page, url: str, *, status: int = 200) -> list[str]:
    """Everything that is wrong with a page, in both widths and schemes."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    name = re.sub(UUID, "one", url.split("/", 3)[3]).strip("/").replace("/", "-")
    found = [f"{url}: {fault}" for fault in frame_faults(page, page.goto(url), status)] + look.serious(page)
    look.shoot(page, f"{name}-1440-light")
    for width, dark in ((1440, True), (390, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme="dark" if dark else "light")
        found += look.serious(page, LOOKS)
        if look.overflow(page) > 0:
            found.append(f"{url}: {look.overflow(page)} px too wide at {width}")
        if width == 390 and dark:
            look.shoot(page, f"{name}-390-dark")
    return found


def frame_faults(page: Page, answer: Response | None, status: int) -> list[str]:
    """What every page has."""
    given = answer.status if answer else None
    checks = {
        f"answers {given}": given == status,
        "title": len(page.title()) > 3,
        "language": page.locator("html").get_attribute("lang") == "zh-CN",
        "one main": page.locator("main").count() == 1,
        "one h1": page.locator("h1").count() == 1 and page.locator("h1").inner_text().strip() != "",
        "too wide at 1440": page.evaluate("document.documentElement.scrollWidth") <= 1440,
    }
    return [fault for fault, fine in checks.items() if not fine]


def test_the_console_goes_by_keyboard(look, demo):
    page = look.page(demo.enter(look.context(), "zhou"))
    page.goto(f"{demo.url}/admin/tickets/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到主要内容")
    assert skip.evaluate("element => element === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("?")
    assert page.get_by_role("dialog").count() == 0, "a question mark in a text is a question mark"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="快捷键")
    sheet.wait_for()
    look.shoot(page, "keyboard-1440-light")
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    page.goto(f"{demo.url}/admin/tickets/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/admin/tickets/{UUID}$"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{demo.url}/admin/")


MOMENT = "'font-size: ' + getComputedStyle(document.querySelector('.list-table time[title]')).fontSize"


def test_lists_and_tickets_print_without_their_frame(look, demo):
    page = look.page(demo.enter(look.context(), "zhou"))
    ticket = demo.first("zhou", "/admin/tickets/", rf"/admin/tickets/({UUID})")
    for path, name in (("", "list"), (ticket, "ticket")):
        page.goto(f"{demo.url}/admin/tickets/{path}")
        page.emulate_media(media="print")
        assert not page.locator("#sidebar").is_visible()
        assert not page.locator("header.topbar").is_visible()
        assert not page.get_by_role("link", name="登记工单").is_visible()
        assert page.locator("h1").is_visible()
        look.shoot(page, f"print-{name}")
        if name == "list":
            assert "font-size: 0px" in page.evaluate(MOMENT), "relative moments mean nothing on paper"
        page.emulate_media(media="screen")
        assert page.locator("#sidebar").is_visible()


def test_the_simulator_has_its_page(look, demo):
    page = look.page(width=390)
    assert frame_faults(page, page.goto(demo.simulator), 200) == []
    assert look.serious(page) == []
    assert look.overflow(page) <= 0
