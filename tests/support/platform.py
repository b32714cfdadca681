"""A service that is connected to the simulator as a third-party platform, and a pipeline that uploads for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine

from server.app import Service
from server.core import clock
from server.core.db import reading, session, unit
from server.domain import releases
from server.domain.identity import SCHEDULER
from server.domain.releases import Driver, Release, ReleaseEvent, State, Step
from tests.factories import releases as ledger
from tests.factories.releases import Pipeline
from tests.support.databases import fresh_database
from tests.support.jobs import work
from tests.support.live import live_service
from tests.support.wechat import Control

EVENTS = "/api/wechat/platform/events"
MESSAGES = "/api/wechat/platform/$APPID$"


def settings_of(wechat: Control) -> dict[str, Any]:
    """The service's settings for this simulator, platform included."""
    config = wechat.config
    return {
        "wechat_base_url": wechat.url,
        "wechat_appid": config.appid,
        "wechat_secret": config.secret,
        "wechat_token": config.token,
        "wechat_aes_key": config.aes_key,
        "wechat_timeout_seconds": 4.0,
        "wechat_platform_appid": config.component_appid,
        "wechat_platform_secret": config.component_secret,
        "wechat_platform_token": config.component_token,
        "wechat_platform_aes_key": config.component_aes_key,
    }


@dataclass
class Place:
    """The service, WeChat, and the vendor's pipeline."""

    app: Service
    url: str
    wechat: Control
    made: Pipeline

    def settle(self) -> list[str]:
        """Let every push arrive and every job that is due be done."""
        self.wechat.drain()
        return work(self.app)

    def later(self, seconds: float) -> list[str]:
        """Do what is due so many seconds from now."""
        with time_machine.travel(clock.now().timestamp() + seconds, tick=True):
            return work(self.app)

    def connect(self) -> None:
        """Tickets and an authorisation."""
        self.wechat.post("platform", url=self.url + EVENTS, message_url=self.url + MESSAGES)
        self.settle()
        self.wechat.post("authorise")
        self.settle()

    def pushed(self, version: str, *, driver: Driver = Driver.COMPONENT) -> Release:
        """A version from the pipeline: its code in the platform's drafts, its manifest in the ledger."""
        with unit():
            releases.set_policy(SCHEDULER, driver=driver.value)
        self.wechat.post("drafts", user_version=version, user_desc="流水线上传")
        with unit():
            return self.made.push(version, appid=self.wechat.config.appid).release

    def ask(self, version: str, step: Step, **data: Any) -> None:
        """Take a step; with the component driver WeChat is asked, but not yet called."""
        with unit():
            ledger.step(self.made, releases.find_version(SCHEDULER, version), step, **data)

    def take(self, version: str, step: Step, **data: Any) -> Release:
        """Take a step and have it done."""
        self.ask(version, step, **data)
        self.settle()
        return self.release(version)

    def release(self, version: str) -> Release:
        """The release as it stands, detached."""
        with reading():
            found = releases.find_version(SCHEDULER, version)
            session().expunge(found)
        return found

    def events(self, version: str) -> list[ReleaseEvent]:
        """Its log, detached."""
        with reading():
            found = releases.events_of(releases.find_version(SCHEDULER, version))
            session().expunge_all()
        return found

    def decide(self, verdict: str, **more: Any) -> None:
        """WeChat's people decide, never twice in a second, and the push is handled."""
        self.wechat.advance(1)
        self.wechat.post("audits/decide", verdict=verdict, **more)
        self.settle()

    def approved(self, version: str) -> Release:
        """A version on its way up to the bureau's approval."""
        self.pushed(version)
        self.take(version, Step.UPLOAD)
        self.take(version, Step.SUBMIT_AUDIT)
        self.decide("approved")
        return self.take(version, Step.APPROVE)

    def live(self, version: str) -> Release:
        """A version for everybody."""
        self.approved(version)
        found = self.take(version, Step.FULL)
        assert found.state is State.FULL
        return found

    def asked(self, path: str) -> int:
        """How often WeChat was asked for something."""
        return len(self.wechat.calls(path))


@contextmanager
def connected(
    make: str, folder: Path, wechat: Control, *, connect: Callable[[Place], None] = Place.connect
) -> Iterator[Place]:
    """A place on a fresh database of this make; ``connect`` is how far the platform is set up."""
    with fresh_database(make, folder) as made, live_service(made, folder, **settings_of(wechat)) as (app, url):
        with unit():
            pipeline = ledger.pipeline()
        place = Place(app, url, wechat, pipeline)
        connect(place)
        yield place
        wechat.post("platform", url="", message_url="")
