"""A real browser against the real service, its worker and the WeChat simulator, all on loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.demo import Demo, running_demo

ROOT = Path(__file__).parents[2]
AXE = ROOT / "server/admin/ui/node_modules/axe-core/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHOTS = ROOT / "var" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = next(
        path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))
    )
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield launched
        launched.close()


class Looker:
    """Opens pages at a width and colour scheme, watches the CSP, and keeps screenshots."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.violations: list[str] = []
        self.errors: list[str] = []

    def context(self, *, width: int = 1440, dark: bool = False, state: Any = None) -> BrowserContext:
        made = self.browser.new_context(
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            storage_state=state,
        )
        made.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            "e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))"
        )
        self.contexts.append(made)
        return made

    def page(self, context: BrowserContext | None = None, **kwargs: Any) -> Page:
        page = (context or self.context(**kwargs)).new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def _note(self, kind: str, text: str) -> None:
        if text.startswith("CSP ") or "Content Security Policy" in text:
            self.violations.append(text)
        elif kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def shoot(self, page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def serious(self, page: Page, rules: tuple[str, ...] = ()) -> list[str]:
        """What axe calls serious or critical on the page; by some of its rules only, if named."""
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE.read_text(encoding="utf-8"))
        chosen = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": WCAG}
        # Preloading puts style sheets of axe's own into the page, which our policy refuses.
        options = {"runOnly": chosen, "preload": False, "resultTypes": ["violations"]}
        found = page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{page.url} {item['id']}: {item['nodes'][0]['html'][:160]}"
            for item in found["violations"]
            if item["impact"] in ("serious", "critical")
        ]

    def overflow(self, page: Page) -> int:
        """By how many pixels the page is wider than its window."""
        return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Looker]:
    made = Looker(browser)
    yield made
    made.close()
    assert made.violations == []
    assert made.errors == []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as ``make run`` brings it up, once for all journeys."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _no_proxy() -> None:
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
