"""The connection check: what an officer reads when it stands, and when it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from server.gateways import wechat
from server.gateways.wechat import WechatConfig
from tests.support.outbox import point_at
from tests.support.wechat import Control, running_simulator

NAMES = ["小程序配置", "接口凭证", "接口额度", "消息推送"]


@pytest.fixture(scope="module")
def simulator() -> Iterator[Control]:
    with running_simulator() as control:
        yield control


def outcome() -> list[tuple[str, bool]]:
    return [(step.name, step.ok) for step in wechat.check()]


def test_all_is_well(session, simulator):
    point_at(simulator)
    assert outcome() == [(name, True) for name in NAMES]


def test_a_wrong_secret_is_named_with_its_code(session, simulator):
    point_at(simulator, secret="wrong")
    [_, token, _] = wechat.check()
    assert (token.ok, "AppSecret 不正确" in token.text, "40125" in token.text, "rid" in token.text) == (
        False,
        *[True] * 3,
    )


def test_an_address_that_is_not_allowed_is_named(session, simulator):
    point_at(simulator)
    simulator.fault({"kind": "errcode", "code": 40164}, "/cgi-bin/stable_token")
    assert "白名单" in wechat.check()[1].text


def test_missing_pushes_are_told(session, simulator):
    simulator.reset()
    point_at(simulator, push_token="")
    assert outcome()[-1] == ("消息推送", False)


def test_nothing_configured(session):
    wechat.configure(WechatConfig(appid="", secret=""))
    assert outcome() == [("小程序配置", False)]
