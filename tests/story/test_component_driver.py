"""A version's life by the platform, over processes: the web takes pushes, the worker calls WeChat, nobody clicks there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from server.core.db import session, unit
from server.domain import releases
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER
from server.domain.notices import InboxPush, PushState
from server.domain.releases import EventKind, Release, State, Step
from server.gateways.wechat import authorisation
from tests.factories import releases as ledger
from tests.factories.releases import Pipeline
from tests.support.platform import EVENTS, MESSAGES
from tests.support.waiting import until
from tests.support.whole import Whole, databases, whole

PLATFORM = {
    "wechat_platform_appid": "wxc0c0c0c0c0c0c0c0",
    "wechat_platform_secret": "fedcba9876543210fedcba9876543210",
    "wechat_platform_token": "component-token",
    "wechat_platform_aes_key": "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba",
}
SOON = timedelta(minutes=6)
pytestmark = pytest.mark.slow


@pytest.fixture(params=databases("sqlite", "postgresql", "mariadb"))
def here(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Whole]:
    with whole(request.param, tmp_path, settings=PLATFORM) as made:
        yield made


def connect(here: Whole) -> None:
    """WeChat pushes a ticket; the mini program's administrator agrees; that is pushed too."""
    here.wechat.post("platform", url=here.service.url + EVENTS, message_url=here.service.url + MESSAGES)
    until(lambda: handled(here, 1), "the ticket was handled")
    here.wechat.post("authorise")

    def authorised() -> bool:
        with here.app.app_context():
            row = authorisation(here.wechat.config.appid)
        return row is not None and row.revoked_at is None

    until(authorised, "the authorisation was registered")


def handled(here: Whole, count: int) -> bool:
    return here.count(InboxPush, InboxPush.state == PushState.HANDLED) >= count


def release(here: Whole, version: str) -> Release:
    with here.inside():
        found = releases.find_version(SCHEDULER, version)
        session().expunge(found)
    return found


def comes_to(here: Whole, version: str, state: State, **more: Any) -> None:
    def there() -> bool:
        found = release(here, version)
        return found.state is state and all(getattr(found, name) == value for name, value in more.items())

    until(there, f"{version} is {state.label} {more}")


def take(here: Whole, made: Pipeline, version: str, step: Step, **data: Any) -> None:
    with here.app.app_context(), unit():
        ledger.step(made, releases.find_version(SCHEDULER, version), step, **data)


def push(here: Whole, made: Pipeline, version: str) -> None:
    here.wechat.post("drafts", user_version=version)
    with here.app.app_context(), unit():
        made.push(version, appid=here.wechat.config.appid, privacy_version=1)


def test_from_push_to_full_and_back(here: Whole) -> None:
    connect(here)
    with here.app.app_context(), unit():
        contract = session().get_one(Contract, here.town.mini_program)
        made = ledger.pipeline(contract, login="tong")
        releases.set_policy(SCHEDULER, driver="component")

    for version in ("1.5.0", "1.6.0"):
        push(here, made, version)
        take(here, made, version, Step.UPLOAD)
        comes_to(here, version, State.UPLOADED)
        take(here, made, version, Step.SUBMIT_AUDIT)
        comes_to(here, version, State.IN_AUDIT)
        if version == "1.6.0":
            # this verdict's push is lost on the way: the service asks by itself
            here.wechat.fault("never", "push:weapp_audit_success")
        here.wechat.advance(1)
        here.wechat.post("audits/decide", verdict="approved")
        passed = lambda version=version: release(here, version).state is State.AUDIT_PASSED  # noqa: E731
        here.in_time(passed, "WeChat's verdict is known", SOON)
        take(here, made, version, Step.APPROVE)
        if version == "1.6.0":
            for share in (10, 50):
                take(here, made, version, Step.GRAY, percent=share)
                comes_to(here, version, State.GRAY, gray_percent=share)
                assert here.wechat.get("code")["plan"]["gray_percentage"] == share
        take(here, made, version, Step.FULL)
        comes_to(here, version, State.FULL)
        assert here.wechat.get("code")["live"]["user_version"] == version

    take(here, made, "1.6.0", Step.ROLL_BACK)
    comes_to(here, "1.6.0", State.ROLLED_BACK)
    comes_to(here, "1.5.0", State.FULL)
    assert here.wechat.get("code")["live"]["user_version"] == "1.5.0"
    with here.inside():
        log = releases.events_of(releases.find_version(SCHEDULER, "1.6.0"))
        asked = [event.step for event in log if event.kind is EventKind.ASKED]
        done = [event.step for event in log if event.kind is EventKind.DONE]
    assert asked == [Step.UPLOAD, Step.SUBMIT_AUDIT, Step.GRAY, Step.GRAY, Step.FULL, Step.ROLL_BACK]
    assert done == [
        Step.REGISTER,
        Step.UPLOAD,
        Step.SUBMIT_AUDIT,
        Step.PASS_AUDIT,
        Step.APPROVE,
        Step.GRAY,
        Step.GRAY,
        Step.FULL,
        Step.ROLL_BACK,
    ]
