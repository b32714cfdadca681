"""The page of the third-party platform: from nothing to an authorisation and back, and whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core import clock
from server.domain import releases
from server.gateways import wechat
from server.gateways.wechat import WechatConfig
from tests.contract.test_wechat_platform import config_for
from tests.support.jobs import work
from tests.support.letters import letter_box
from tests.support.wechat import Control, running_simulator

PAGE = "/admin/wechat-platform/"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Control]:
    with running_simulator() as control:
        yield control


@pytest.fixture
def sim(simulator: Control, desk: Any) -> Iterator[Control]:
    """WeChat, and a platform that is configured in this process."""
    simulator.reset()
    before = wechat.installed().config
    config = config_for(simulator)
    wechat.configure(config.mini, config)
    yield simulator
    wechat.configure(before)


def ticket(sim: Control, at: datetime | None = None) -> None:
    """A ticket has come; the simulator knows it, as it gave it."""
    with letter_box() as letters:
        sim.post("platform", url=letters.url)
        sim.drain()
        _, args, body = letters[-1]
        push = wechat.read_platform_push(args, body)
        sim.post("platform", url="")
    wechat.keep_ticket(sim.config.component_appid, push.body["ComponentVerifyTicket"], at or clock.now())


def text_of(desk: Any, path: str = PAGE) -> str:
    answer = desk.sit("chen").get(path)
    assert answer.status_code == 200
    return str(answer.text)


def test_without_a_platform_the_page_says_what_to_do(desk: Any) -> None:
    text = text_of(desk)
    assert "尚未配置第三方平台" in text
    assert "SHIJIAN_WECHAT_PLATFORM_APPID" in text
    for verb in ("authorise", "tickets", "check", "disconnect"):
        assert desk.sit("chen").post(PAGE + verb).status_code == 409
    assert desk.sit("chen").post(PAGE + "driver", data={"driver": "component"}).status_code == 409


@pytest.mark.parametrize(
    ("age", "words"),
    [(None, "尚未收到"), (timedelta(0), "正常"), (timedelta(hours=1), "未按时收到"), (timedelta(hours=13), "已失效")],
)
def test_tickets_are_told_by_their_age(desk: Any, sim: Control, age: timedelta | None, words: str) -> None:
    if age is not None:
        wechat.keep_ticket(sim.config.component_appid, "t", clock.now() - age)
    text = text_of(desk)
    assert words in text
    assert "/api/wechat/platform/$APPID$" in text


def test_authorised_by_way_of_wechats_page(desk: Any, sim: Control, app: Any) -> None:
    ticket(sim)
    there = desk.sit("chen").post(PAGE + "authorise").text.split('href="')[1:]
    link = next(part.split('"')[0] for part in there if "componentloginpage" in part).replace("&amp;", "&")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert query["redirect_uri"] == "http://localhost/admin/wechat-platform/back"
    code = sim.post("authorise")["auth_code"]
    back = text_of(desk, f"{PAGE}back?auth_code={code}")
    assert code in back
    answer = desk.sit("chen").post(PAGE + "register", data={"auth_code": code})
    assert answer.status_code == 303
    assert wechat.AUTHORISE in work(app)
    text = text_of(desk)
    assert "已授权" in text
    assert "周专市监" in text
    assert len(desk.trail("platform.authorised")) == 1
    # the code was good once; a second try changes nothing and kills no job
    desk.sit("chen").post(PAGE + "register", data={"auth_code": code})
    work(app)
    checked = desk.sit("chen").post(PAGE + "check").text
    assert "线上版本 1.4.2" in checked
    sim.fault("bad_gateway", "/wxa/getversioninfo")
    assert "暂时连接不上微信服务" in desk.sit("chen").post(PAGE + "check").text
    assert desk.sit("chen").post(PAGE + "disconnect").status_code == 303
    assert "未授权" in text_of(desk)
    assert desk.sit("chen").post(PAGE + "disconnect").status_code == 409
    assert len(desk.trail("platform.disconnected")) == 1


def test_another_mini_programs_authorisation_is_not_kept(desk: Any, sim: Control, app: Any) -> None:
    ticket(sim)
    config = config_for(sim)
    foreign = WechatConfig(appid="wxffffffffffffffff", secret="s", base_url=sim.url, timeout=1.0)
    wechat.configure(foreign, replace(config, mini=foreign))
    code = sim.post("authorise")["auth_code"]
    desk.sit("chen").post(PAGE + "register", data={"auth_code": code})
    with pytest.raises(AssertionError, match="尚未授权第三方平台"):  # the job is dead, and says why
        work(app)
    assert wechat.authorisation(sim.config.appid) is None
    assert desk.trail("platform.authorised") == []


def test_scopes_that_do_not_suffice_are_named(desk: Any, sim: Control) -> None:
    wechat.keep_authorisation(
        sim.config.component_appid,
        sim.config.appid,
        refresh_token="r",
        name="周专市监",
        scopes=[17],
        at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert "缺少代码管理权限" in text_of(desk)


def test_a_ticket_can_be_asked_for(desk: Any, sim: Control) -> None:
    assert desk.sit("chen").post(PAGE + "tickets").status_code == 303
    assert sim.calls("/cgi-bin/component/api_start_push_ticket")[-1]["answer"]["errcode"] == 0


def test_without_a_ticket_one_is_told_so(desk: Any, sim: Control) -> None:
    answer = desk.sit("chen").post(PAGE + "authorise")
    assert answer.status_code == 503
    assert "验证票据无效或尚未收到" in answer.text


def test_the_driver_of_new_releases(desk: Any, sim: Control) -> None:
    assert desk.sit("chen").post(PAGE + "driver", data={"driver": "component"}).status_code == 303
    assert releases.policy().driver == "component"
    assert desk.sit("chen").post(PAGE + "driver", data={"driver": "telepathy"}).status_code == 422


@pytest.mark.parametrize("login", ["lin", "shen", "zheng"])
def test_it_is_for_those_who_configure(desk: Any, login: str) -> None:
    assert desk.sit(login).get(PAGE).status_code == 403
    for verb in ("tickets", "check", "authorise", "register", "disconnect", "driver"):
        assert desk.sit(login).post(PAGE + verb).status_code == 403
