"""One officer's console in a real browser: signing in, the steps of a page in their dialogs, and pictures of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, Page, expect

from server.jobs.demo.people import PASSWORD

if TYPE_CHECKING:
    from tests.browser.demo import Demo

WIDTHS = ((1440, False), (1440, True), (390, False), (390, True))


class Console:
    """A person at a desk. ``story`` is the beginning of their pictures' names."""

    def __init__(self, look: Any, demo: Demo, login: str, *, story: str) -> None:
        self.look, self.url, self.story = look, demo.url, story
        self.page: Page = look.page()
        self.page.goto(f"{demo.url}/admin/")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{demo.url}/admin/")

    @property
    def main(self) -> Locator:
        """What the page itself says."""
        return self.page.locator("main")

    def go(self, path: str) -> None:
        """Open a page of the service, or one by its whole address."""
        self.page.goto(path if path.startswith("http") else f"{self.url}{path}")

    def says(self, text: str) -> None:
        """What the page says to somebody who looks at it: what closed dialogs hold is not said."""
        expect(self.main).to_contain_text(text, use_inner_text=True)

    def offered(self) -> set[str]:
        """The steps that the page, opened again, has forms for."""
        self.page.reload()
        forms = self.page.locator("main form[action], dialog form[action]").all()
        return {str(form.get_attribute("action")).rstrip("/").rsplit("/", 1)[1] for form in forms}

    def step(self, name: str, values: Mapping[str, str] | None = None, *, said: str) -> None:
        """One step: its button, its dialog, and back on the page that says what became of it."""
        self.page.reload()
        dialog = self.fill(name, values)
        with self.page.expect_navigation():
            dialog.locator("button[type=submit]").click()
        self.says(said)

    def confirm(self, button: Locator, *, said: str) -> None:
        """Press a button that asks first, and say yes."""
        button.click()
        with self.page.expect_navigation():
            self.page.locator("#confirm-yes").click()
        self.says(said)

    def fill(self, name: str, values: Mapping[str, str] | None = None) -> Locator:
        """Open a step's dialog and fill it in."""
        button = self.page.get_by_role("button", name=name, exact=True).first
        if not button.is_visible():
            self.page.get_by_role("button", name="更多").click()
        button.click()
        dialog = self.page.get_by_role("dialog", name=re.compile(f"^{name}"))
        self.enter(dialog, values or {})
        self.shoot(f"{name}-dialog")
        return dialog

    def enter(self, form: Locator, values: Mapping[str, str]) -> None:
        """Fill in fields by their names, choices among them."""
        for field, value in values.items():
            control = form.locator(f"[name='{field}']").first
            if control.evaluate("each => each.tagName") == "SELECT":
                control.select_option(value)
            elif control.get_attribute("type") in ("radio", "checkbox"):
                form.locator(f"[name='{field}'][value='{value}']").check()
            else:
                control.fill(value)

    def shoot(self, name: str) -> None:
        """A picture of the page, which must fit its window."""
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"{self.story}-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            self.shoot(f"{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []
