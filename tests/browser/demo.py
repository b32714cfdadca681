"""The demo as ``make run`` brings it up, for a browser: its people signed in, and the addresses of its console."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext

from server.admin.marks import Access, access_of
from server.core import clock
from server.domain.identity import PERMISSIONS_OF
from server.jobs.demo.environment import whole
from server.jobs.demo.launch import running
from server.jobs.demo.people import PASSWORD, PEOPLE
from tests.support import town
from tests.support.browsing import Browser

COOKIE = "sid"
UUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# No pages of people, or pages that another journey sees: files, fragments, redirects, and what is shut once somebody exists.
ELSEWHERE = {
    "console_assets.file",
    "dashboard.start",
    "gallery.error",
    "jobs.figures",
    "session.home",
    "session.second",
    "session.sign_in",
    "setup.bureau",
    "setup.index",
    "ticket.picture",
    "ticket.thumbnail",
}


@dataclass
class Demo:
    """A running demo: ``url`` of the service, ``simulator`` of WeChat and the mini program that a person can play."""

    url: str
    simulator: str
    environ: dict[str, str]
    _signed_in: dict[str, Browser] = field(default_factory=dict)

    def officer(self, login: str) -> Browser:
        """An officer without scripts, signed in once."""
        if login not in self._signed_in:
            browser = Browser(self.url)
            assert "/sign-in" not in browser.sign_in(login, PASSWORD).url
            self._signed_in[login] = browser
        return self._signed_in[login]

    def enter(self, context: BrowserContext, login: str) -> BrowserContext:
        """Let a real browser be signed in as that officer."""
        value = str(self.officer(login).http.cookies[COOKIE])
        context.add_cookies([{"name": COOKIE, "value": value, "url": self.url}])
        return context

    def first(self, login: str, path: str, pattern: str) -> str:
        """The id in the first address of this kind on a page."""
        found = re.search(pattern, self.officer(login).get(path).html)
        assert found, f"{pattern} is not on {path}"
        return found.group(1)

    def close(self) -> None:
        """Give the connections back."""
        for browser in self._signed_in.values():
            browser.close()


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """The demo in a folder of its own, on free ports."""
    environ = whole(folder, ports=(0, 0)) | {"GUNICORN_WORKERS": "1"}
    with (folder / "output.log").open("wb") as output, running(environ, output) as (settings, _):
        demo = Demo(settings.base_url, settings.simulator_url, environ)
        try:
            yield demo
        finally:
            demo.close()


def addresses(demo: Demo) -> list[tuple[str, str]]:
    """Every page of the console with somebody who may see it: (login, path). Ids are those of the demo's own things."""
    samples = _samples(demo)
    powers = _powers()
    found = []
    with town.application(demo.environ) as app:
        for rule in app.url_map.iter_rules():
            if not rule.rule.startswith("/admin/") or "GET" not in (rule.methods or ()) or rule.endpoint in ELSEWHERE:
                continue
            access = access_of(app.view_functions[rule.endpoint])
            assert access is not None, rule.rule
            values: Mapping[str, Any] = {name: samples[name] for name in rule.arguments}
            path = rule.rule
            for name, value in values.items():
                path = re.sub(rf"<(?:\w+:)?{name}>", str(value), path)
            found.append((_somebody(access, powers), path))
    return sorted(found)


def _samples(demo: Demo) -> dict[str, str]:
    """One thing of each kind, by the name that it has in addresses."""
    checks = demo.officer("shen").submit(demo.officer("shen").get("/admin/audit/checks/"), "/admin/audit/checks/")
    assert checks.status == 200, checks.text
    return {
        "ticket_id": demo.first("zhou", "/admin/tickets/?q=公告", rf"/admin/tickets/({UUID})"),
        "notice_id": demo.first("zhou", "/admin/notices/", rf"/admin/notices/({UUID})"),
        "contract_id": demo.first("zhou", "/admin/contracts/", rf"/admin/contracts/({UUID})"),
        "officer_id": demo.first("admin", "/admin/people/", rf"/admin/people/({UUID})"),
        "organisation_id": demo.first("admin", "/admin/organisations/", rf"/admin/organisations/({UUID})"),
        "message_id": demo.first("admin", "/admin/messages/", rf"/admin/messages/({UUID})"),
        "job_id": demo.first("admin", "/admin/jobs/", rf"/admin/jobs/({UUID})"),
        "entry_id": demo.first("shen", "/admin/audit/", rf"/admin/audit/({UUID})"),
        "check_id": demo.first("shen", "/admin/audit/checks/", rf"/admin/audit/checks/({UUID})"),
        "key": "ticket_answered",
        "day": clock.today().isoformat(),
    }


def _powers() -> dict[str, frozenset[Any]]:
    return {person.login: frozenset().union(*(PERMISSIONS_OF[role] for role in person.roles)) for person in PEOPLE}


def _somebody(access: Access, powers: Mapping[str, frozenset[Any]]) -> str:
    if access.anyone:
        return ""
    if access.permission is None:
        return "zhou"
    return next(
        login for login in ("zhou", "tang", "admin", "shen", "lin", "qiao") if access.permission in powers[login]
    )
