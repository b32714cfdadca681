"""The manual's pictures of papers, signatures, trainings and secrecy. As ``pages.py``, in a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from server.core import clock
from server.jobs.demo.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from docs.zh.screenshots import Camera

PHONE = {"width": 390, "height": 844}


def _href(page: Page, link: Locator) -> str:
    """Where a link leads: opened as a page of its own, so that the picture is not taken in the middle of a change."""
    found = urlsplit(urljoin(page.url, link.get_attribute("href") or ""))
    return f"{found.path}?{found.query}" if found.query else found.path


def signing(camera: Camera) -> None:
    """A paper signed by the vendor on a phone, then by the bureau; its proof, and what a stranger sees."""
    page = camera.officer("tang", "/admin/documents/to-sign")
    place = _href(page, page.locator("main a[href$='/sign']").first)
    page = camera.officer("tang", place, **PHONE)
    _drawn(page)
    camera.take(page, "signing-phone")
    _sign(page)
    page = camera.officer("lin", place)
    _sign(page)
    document = place.removesuffix("/sign")
    camera.take(camera.officer("zhou", f"{document}/verification", height=1000), "signing-proof")
    page = camera.officer("zhou", document)
    code = page.locator("main").get_by_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")).first.inner_text()
    stranger = camera.page()
    stranger.goto(f"{camera.url}/verify/{code}")
    camera.take(stranger, "signing-verify")
    stranger.context.close()


def _drawn(page: Page) -> None:
    canvas = page.locator("[data-sign-pad] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    left, top = box["x"] + 30, box["y"] + 50
    for shift in (0, 60, 120):
        page.mouse.move(left + shift, top)
        page.mouse.down()
        page.mouse.move(left + shift + 20, top + 60, steps=4)
        page.mouse.move(left + shift + 50, top + 10, steps=4)
        page.mouse.up()


def _sign(page: Page) -> None:
    page.locator("main [name=agree]").check()
    page.locator("main [name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="签署", exact=True).click()


def training(camera: Camera) -> None:
    """Trainings: the list, a plan on a phone, the code on the wall, and one that was held."""
    camera.take(camera.officer("tang", "/admin/trainings/"), "trainings")
    page = camera.officer("tang", "/admin/trainings/new", **PHONE)
    camera.take(page, "training-new")
    told = {
        "topic": "新版咨询答复操作培训",
        "planned_start": f"{clock.to_local(clock.now() - timedelta(minutes=5)):%Y-%m-%dT%H:%M}",
        "minutes": "60",
        "place": "三楼会议室",
        "audience": "政务服务大厅",
    }
    for name, value in told.items():
        page.locator(f"main [name={name}]").fill(value)
    with page.expect_navigation():
        page.get_by_role("button", name="登记", exact=True).click()
    place = urlsplit(page.url).path
    page = camera.officer("tang", place)
    page.get_by_role("button", name="开始签到").first.click()
    page = camera.officer("tang", f"{place}/projector")
    camera.take(page, "training-projector")
    page = camera.officer("lin", "/admin/trainings/?q=年报填报常见问题解答")
    page = camera.officer("lin", _href(page, page.get_by_role("link", name="年报填报常见问题解答").first), height=1200)
    camera.take(page, "training-show")


def secrecy(camera: Camera) -> None:
    """The register, promises, and an incident against the clock."""
    camera.take(camera.officer("zhou", "/admin/secrecy/"), "secrecy")
    camera.take(camera.officer("zhou", "/admin/secrecy/promises/"), "secrecy-promises")
    page = camera.officer("lin", "/admin/secrecy/incidents/")
    camera.take(page, "secrecy-incident")


PARTS: tuple[Callable[[Camera], None], ...] = (signing, training, secrecy)
