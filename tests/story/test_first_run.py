"""The first day: no account at all, a code from the server, the bureau, its first officer, and a second factor."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta

import pyotp
import pytest

from server.core import clock
from tests.support.browsing import Browser, Page
from tests.support.databases import fresh_database
from tests.support.service import ROOT, RunningService, running_service

PASSWORD = "Lin-jiang 2026 qiao!"
STEP = timedelta(seconds=30)

pytestmark = pytest.mark.slow


def test_a_new_installation_opens_with_the_wizard_and_asks_for_two_factors(tmp_path):
    with (
        fresh_database("sqlite", tmp_path) as database,
        running_service(database.url, tmp_path / "data", workers=0) as service,
    ):
        browser = Browser(service.url)
        assert browser.get("/admin/").path == "/admin/setup/"
        founded(browser, service)
        secret, codes = second_factor(browser)
        assert browser.get("/admin/people/").status == 200
        closed_for_good(service)
        comes_back(service, secret, codes)


def founded(browser: Browser, service: RunningService) -> None:
    """A wrong code opens nothing; the server's own opens the wizard, once."""
    wrong = browser.submit(browser.get("/admin/setup/"), "/admin/setup/", code="aaaa-bbbb-cccc-dddd")
    assert wrong.status in (403, 422)
    page = browser.submit(wrong, "/admin/setup/", code=setup_code(service))
    assert page.path == "/admin/setup/bureau"
    page = browser.submit(
        page,
        "/admin/setup/bureau",
        bureau_name="临江市市场监督管理局",
        name="陈默",
        login="chenmo",
        new_password=PASSWORD,
        repeated=PASSWORD,
    )
    assert page.path == "/admin/setup/wechat", page.text


def second_factor(browser: Browser) -> tuple[str, list[str]]:
    """Nothing else opens before it is set up; its secret and the recovery codes."""
    page = browser.get("/admin/people/")
    assert page.path == "/admin/account/two-factor"
    page = browser.submit(page, "/admin/account/two-factor")
    found = re.search(r'id="totp-secret">([A-Z2-7]+)<', page.html)
    assert found
    done = browser.submit(page, "/two-factor/confirm", code=pyotp.TOTP(found[1]).at(clock.now()))
    codes = re.findall(r'<li class="mono">([^<]+)</li>', done.html)
    assert len(codes) == 10
    return found[1], codes


def closed_for_good(service: RunningService) -> None:
    """There is no wizard any more, and no code for it."""
    assert Browser(service.url).get("/admin/setup/").status == 404
    with pytest.raises(subprocess.CalledProcessError):
        setup_code(service)


def comes_back(service: RunningService, secret: str, codes: list[str]) -> None:
    """The password alone opens nothing; a code does, and so does a recovery code, once."""
    browser = Browser(service.url)
    asked = browser.sign_in("chenmo", PASSWORD)
    assert asked.path == "/admin/sign-in/second"
    assert browser.get("/admin/people/").path == "/admin/sign-in"
    # the code of this moment was used for setting up; an authenticator that is a little ahead shows the next one
    home = second_step(browser, pyotp.TOTP(secret).at(clock.now() + STEP))
    assert home.status == 200
    assert browser.get("/admin/people/").status == 200
    for expected in ("/admin/", "/admin/sign-in/second"):
        lost = Browser(service.url)
        lost.sign_in("chenmo", PASSWORD)
        assert second_step(lost, codes[0], recovery="1").path == expected


def second_step(browser: Browser, code: str, **query: str) -> Page:
    return browser.submit(browser.get("/admin/sign-in/second", **query), "/admin/sign-in/second", code=code)


def setup_code(service: RunningService) -> str:
    """What the operator's command prints."""
    command = [sys.executable, "-m", "server.jobs.commands", "setup-code"]
    done = subprocess.run(command, cwd=ROOT, env=service.environ, check=True, capture_output=True, text=True)
    found = re.search(r"：(\S+)", done.stdout)
    assert found, done.stdout
    return found[1]
