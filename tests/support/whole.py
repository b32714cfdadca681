"""Everything at once and for real: gunicorn, worker, WeChat simulator with pushes to the service, and a town in it.

with whole("sqlite", tmp_path) as here:
    phone = here.phone("小周")
    lin = here.officer("lin")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from server.app import Service
from server.core.db import Base, reading, session, unit
from server.domain import identity
from server.domain.notices import Message
from server.gateways.queue import Job
from server.gateways.queue.models import Periodic
from server.gateways.wechat.state import WechatState
from server.simulators.wechat.client import Answer, MiniProgram
from tests.factories import identity as people
from tests.support import pictures, town
from tests.support.browsing import Browser
from tests.support.databases import chosen_databases, fresh_database
from tests.support.service import RunningService, running_service
from tests.support.tcp import Forwarder
from tests.support.town import PASSWORD, TEMPLATES, Town
from tests.support.waiting import until
from tests.support.wechat import Control, running_simulator

WECHAT = {
    "appid": "wx0123456789abcdef",
    "secret": "app-secret-of-the-test",
    "token": "push-token",
    "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}
CALLBACK = "/api/wechat/callback"
# How often time is moved on for something to happen, and how long one looks each time.
MOST_STEPS, STEP_SECONDS = 15, 2.0
T = TypeVar("T")
# What waits for a moment to come.
WAITING: Mapping[type[Base], tuple[str, ...]] = {
    Message: ("due_at", "called_at", "queued_at"),
    Job: ("run_after",),
    Periodic: ("next_at",),
    WechatState: ("open_until", "token_expires_at"),
}


def databases(*wanted: str) -> list[Any]:
    """The chosen ones of these makes, as parameters of a test."""
    marks = {"postgresql": [pytest.mark.postgresql], "mariadb": [pytest.mark.mariadb]}
    return [pytest.param(make, marks=marks.get(make, [])) for make in chosen_databases() if make in wanted]


@dataclass
class Whole:
    """A running town. ``line`` is the service's line to WeChat, which can be cut and mended."""

    service: RunningService
    wechat: Control
    line: Forwarder
    town: Town
    app: Service
    _stack: ExitStack

    def phone(self, name: str, *, consent: bool = True, subscribe: int = 0) -> MiniProgram:
        """A citizen's phone, signed in; ``subscribe``: so many accepts of both kinds of message."""
        phone = self.wechat.phone(self.service.url)
        good(phone.sign_in(self.wechat.login(name)), 201)
        if consent:
            good(phone.give_consent(), 201)
        for _ in range(subscribe):
            self.subscribe(name, phone)
        return phone

    def subscribe(self, name: str, phone: MiniProgram) -> None:
        """Accept both kinds of message once, as the pop-up tells WeChat and the mini program."""
        results = dict.fromkeys(TEMPLATES.values(), "accept")
        self.wechat.post("subscribe", user=name, results=results)
        good(phone.subscribe(results), 200)

    def officer(self, login: str) -> Browser:
        """An officer's browser, signed in."""
        browser = Browser(self.service.url)
        self._stack.callback(browser.close)
        page = browser.sign_in(login, PASSWORD)
        assert page.status == 200, page.text
        assert "/sign-in" not in page.url, page.text
        return browser

    def upload(self, phone: MiniProgram, seed: int = 1) -> str:
        """A screenshot on its way; its id."""
        return str(good(phone.upload(pictures.screenshot(seed)), 201)["id"])

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The service's database, to read what no face shows."""
        with self.app.app_context(), reading():
            yield

    def act(self, login: str, verb: Callable[..., T], *args: Any, **data: Any) -> T:
        """Something an officer does, through the room's door and in a unit of its own: for load and for preparation."""
        with self.app.app_context(), unit():
            return verb(people.actor(login), *args, **data)

    def count(self, model: type[Base], *conditions: Any) -> int:
        """Rows of a model."""
        with self.inside():
            return int(session().scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0)

    def sealed_trail(self) -> list[str]:
        """Wait until the sealer linked everything, verify the chain, and give the actions in its order."""
        entry = identity.AuditEntry

        def all_linked() -> bool:
            with self.inside():
                return not identity.anything_to_seal()

        until(all_linked, "every entry of the trail is linked")
        with self.inside():
            fault = identity.verify_audit()
            assert fault is None, fault
            rows = session().execute(sa.select(entry.seq, entry.action).order_by(entry.seq)).all()
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1)), "the chain has a gap or a fork"
        return [row.action for row in rows]

    def let_time_pass(self, span: timedelta) -> None:
        """What waits for a moment waits that much less: the moments move back, as the clocks cannot move on."""
        with self.app.app_context():
            for model, names in WAITING.items():
                for name in names:
                    _move_back(model, name, span)

    def in_time(self, look: Callable[[], bool], what: str, step: timedelta) -> None:
        """Let time pass, step by step, until something is so."""
        for _ in range(MOST_STEPS):
            if look():
                return
            self.let_time_pass(step)
            with suppress(AssertionError):
                until(look, what, seconds=STEP_SECONDS)
        raise AssertionError(f"never: {what}")


@contextmanager
def whole(
    make: str,
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    workers: int = 1,
    web_processes: int = 1,
    **simulator: Any,
) -> Iterator[Whole]:
    """A town on a fresh database of this make; ``simulator`` configures WeChat."""
    wanted = {"two_factor_required": "false", "wechat_timeout_seconds": "5", **(settings or {})}
    with ExitStack() as stack:
        database = stack.enter_context(fresh_database(make, folder))
        wechat = stack.enter_context(running_simulator(**WECHAT, **simulator))
        line = stack.enter_context(Forwarder("127.0.0.1", urlsplit(wechat.url).port or 0))
        service = stack.enter_context(
            running_service(
                database.url,
                folder / "data",
                workers=workers,
                web_processes=web_processes,
                wechat_base_url=f"http://127.0.0.1:{line.port}",
                settings=wanted,
            )
        )
        app = stack.enter_context(town.application(service.environ))
        made = town.found(app)
        wechat.callback(url=service.url + CALLBACK)
        yield Whole(service, wechat, line, made, app, stack)


def good(answer: Answer, status: int) -> Any:
    """What an answer says, provided that it has this status."""
    assert answer.status == status, (answer.status, answer.data)
    return answer.data


def _move_back(model: type[Base], name: str, span: timedelta) -> None:
    keys = sa.inspect(model).primary_key
    column = getattr(model, name)
    with reading():
        rows = session().execute(sa.select(*keys, column).where(column.is_not(None))).all()
    with unit():
        for row in rows:
            # unless a worker has moved it meanwhile
            same = [*(key == value for key, value in zip(keys, row[:-1], strict=True)), column == row[-1]]
            session().execute(sa.update(model).where(*same).values({name: row[-1] - span}))
