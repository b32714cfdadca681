"""``python -m docs.zh.screenshots`` (``make manual``): every picture of the manual, taken anew from the demo.

With a pattern (``make manual ONLY='signing|training'``) only those parts whose names match, for who works on one.
"""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import flask_migrate
import pyotp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from docs.zh import citizen, contract_pages, duty_pages, pages, paper_pages, record_pages
from server.app import create_app
from server.core.db import db, unit
from server.domain import identity
from server.jobs.demo.environment import whole
from server.jobs.demo.launch import running
from server.jobs.demo.people import PASSWORD
from server.settings import Settings

HERE = Path(__file__).parent
IMAGES = HERE / "images"
BUREAU = "某某市市场监督管理局"
LARGEST = 80 * 1024
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--lang=zh-CN",
    "--font-render-hinting=none",
]
# What a date field says in the browser of a bureau; where Chromium's Chinese texts are not installed it stays English.
CHINESE = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

# Papers before the duties that they meet; contracts last, for theirs is a draft that no other picture should show.
PARTS: tuple[Callable[[Camera], None], ...] = (
    *pages.PARTS,
    *paper_pages.PARTS,
    *record_pages.PARTS,
    *duty_pages.PARTS,
    *contract_pages.PARTS,
)


class Camera:
    """Opens pages as somebody, and keeps what it sees in few colours."""

    def __init__(self, browser: Browser, url: str = "") -> None:
        self.browser = browser
        self.url = url
        self.taken: list[str] = []
        self._signed_in: dict[str, Page] = {}

    def page(self, width: int = 1440, height: int = 900) -> Page:
        """A page of nobody yet."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="light",
            reduced_motion="reduce",
        )
        return context.new_page()

    def officer(self, login: str, path: str, *, width: int = 1440, height: int = 900) -> Page:
        """A page of the console as an officer sees it."""
        page = self._signed_in.get(login)
        if page is None:
            page = self._signed_in[login] = self.page()
            page.goto(f"{self.url}/admin/sign-in")
            page.locator("#field-login").fill(login)
            page.locator("#field-password").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(f"{self.url}/admin/")
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{self.url}{path}")
        return page

    def take(self, seen: Page | Locator, name: str, *, whole_page: bool = False) -> None:
        """Keep a page, or a part of it, as ``images/<name>.png``."""
        if whole_page and isinstance(seen, Page):
            # What stays in its place while one scrolls would else be in the middle of the picture.
            seen.evaluate("scrollTo(0, 0)")
        raw = seen.screenshot(full_page=whole_page) if isinstance(seen, Page) else seen.screenshot()
        picture = Image.open(io.BytesIO(raw)).convert("RGB")
        for colours in (96, 64, 40, 24, 16):
            kept = io.BytesIO()
            few = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            few.save(kept, "PNG", optimize=True)
            if kept.tell() <= LARGEST:
                break
        (IMAGES / f"{name}.png").write_bytes(kept.getvalue())
        self.taken.append(f"{name}.png")
        print(f"{name}.png  {kept.tell() // 1024} KB, {colours} colours")


@contextmanager
def empty_installation(folder: Path) -> Iterator[tuple[str, str]]:
    """The service before its first run: its address and the setup code."""
    environ = whole(folder, ports=(0, 0)) | {"SHIJIAN_PROFILE": "test", "SHIJIAN_TWO_FACTOR_REQUIRED": "true"}
    environ["SHIJIAN_BUREAU_NAME"] = BUREAU
    app = create_app(Settings.from_env(environ))
    port = int(environ["SHIJIAN_BASE_URL"].rsplit(":", 1)[1])
    with app.app_context():
        flask_migrate.upgrade("migrations")
        with unit():
            code = identity.issue_setup_code()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield environ["SHIJIAN_BASE_URL"], code
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
        with app.app_context():
            db.engine.dispose()


def first_run(camera: Camera, url: str, code: str) -> None:
    """The wizard, step by step."""
    page = camera.page(960, 760)
    page.goto(f"{url}/admin/")
    camera.take(page, "setup-code")
    page.locator("#field-code").fill(code)
    page.get_by_role("button", name="下一步").click()
    for name, value in {"name": "何立", "login": "heli"}.items():
        page.locator(f"[name={name}]").fill(value)
    for name in ("new_password", "repeated"):
        page.locator(f"[name={name}]").fill(PASSWORD)
    camera.take(page, "setup-bureau", whole_page=True)
    page.get_by_role("button", name="完成初始化").click()
    camera.take(page, "setup-wechat")
    page.get_by_role("link", name="下一步").click()
    page.get_by_role("button", name="开始设置").click()
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    camera.take(page, "setup-two-factor", whole_page=True)
    page.locator("#field-code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="确认启用").click()
    expect(page.get_by_label("恢复码").locator("li")).to_have_count(10)
    camera.take(page, "setup-codes")
    page.context.close()


def main(only: str = "") -> int:
    """Take all pictures (or those of the parts whose name matches); files that none of them made are removed."""
    logging.disable(logging.WARNING)
    os.environ["NO_PROXY"] = "127.0.0.1,localhost"
    IMAGES.mkdir(exist_ok=True)
    executable = next(path for name in CHROMIUM if (path := shutil.which(name)))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        output = stack.enter_context((folder / "output.log").open("wb"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS, env=os.environ | CHINESE)
        stack.callback(browser.close)
        camera = Camera(browser)
        if re.search(only, "first_run"):
            first_run(camera, *stack.enter_context(empty_installation(folder / "empty")))
        settings, _ = stack.enter_context(running(whole(folder / "demo", ports=(0, 0)), output))
        camera.url = settings.base_url
        if re.search(only, "citizen"):
            citizen.take(camera, settings.simulator_url)
        for part in PARTS:
            if re.search(only, part.__name__):
                part(camera)
    if not only:
        for stale in {path.name for path in IMAGES.glob("*.png")} - set(camera.taken):
            (IMAGES / stale).unlink()
            print(f"{stale}  removed")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
