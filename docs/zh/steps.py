"""What several of the manual's parts do on a page: follow a link as a page of its own, wait for the worker, sign."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from server.jobs.demo.people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# The worker makes every paper of the demo's year first.
PATIENCE = 150
A_MOMENT = 2000


def href(page: Page, link: Locator) -> str:
    """Where a link leads: opened as a page of its own, so that the picture is not taken in the middle of a change."""
    found = urlsplit(urljoin(page.url, link.get_attribute("href") or ""))
    return f"{found.path}?{found.query}" if found.query else found.path


def appears(page: Page, wanted: Locator) -> Locator:
    """Wait for what the worker makes, looking at the page anew."""
    for _ in range(PATIENCE):
        if wanted.count():
            return wanted.first
        page.wait_for_timeout(A_MOMENT)
        page.reload()
    raise RuntimeError(f"{page.url}: {wanted} does not appear")


def vanishes(page: Page, unwanted: Locator) -> None:
    """Wait until the worker is through with something, looking at the page anew."""
    for _ in range(PATIENCE):
        if not unwanted.count():
            return
        page.wait_for_timeout(A_MOMENT)
        page.reload()
    raise RuntimeError(f"{page.url}: {unwanted} does not vanish")


def fill(page: Page, boxes: dict[str, str], *, within: str = "main") -> None:
    """Type into the form of a page or a dialog, by the names of its boxes."""
    for name, value in boxes.items():
        box = page.locator(f"{within} [name='{name}']")
        if box.first.evaluate("each => each.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)


def sign(page: Page) -> None:
    """Agree, and sign with the password."""
    page.locator("main [name=agree]").check()
    page.locator("main [name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="签署", exact=True).click()


def draw(page: Page) -> None:
    """Three strokes of a name, with the mouse, which is a finger to the page."""
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
