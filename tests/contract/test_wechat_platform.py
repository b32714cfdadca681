"""The gateway's platform and code management against the simulator, which shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from server.core import clock, crypto
from server.gateways.wechat import (
    AuditStatus,
    BadPush,
    GrayStatus,
    PlatformConfig,
    Push,
    Remedy,
    WechatBusy,
    WechatConfig,
    WechatDown,
    WechatError,
    WechatRefused,
    authorisation,
    callbacks,
    end_authorisation,
    keep_authorisation,
    keep_ticket,
    platform_row,
    platform_state,
    rotate_platform_keys,
)
from server.gateways.wechat.client import MiniClient
from server.gateways.wechat.platform import AuthorisedClient, ComponentClient
from tests.support.letters import Letters, letter_box
from tests.support.wechat import Control, running_simulator

COMPONENT = "/cgi-bin/component/api_component_token"
AUTHORIZER = "/cgi-bin/component/api_authorizer_token"


@pytest.fixture
def wechat() -> Iterator[Control]:
    with running_simulator() as control:
        yield control


def config_for(wechat: Control) -> PlatformConfig:
    config = wechat.config
    mini = WechatConfig(appid=config.appid, secret=config.secret, base_url=wechat.url, timeout=1.0)
    return PlatformConfig(
        appid=config.component_appid,
        secret=config.component_secret,
        token=config.component_token,
        aes_key=config.component_aes_key,
        mini=mini,
    )


@dataclass
class Connected:
    """A platform with its letter box, as far as it has come."""

    wechat: Control
    letters: Letters
    component: ComponentClient
    mini: AuthorisedClient
    read: list[Push] = field(default_factory=list)

    @property
    def code(self) -> Any:
        return self.mini.code

    def pushes(self, *, about: str | None = None) -> list[Push]:
        self.wechat.drain()
        config = self.component.platform_config.as_caller()
        return [
            callbacks.read_platform_push(config, args, body, about=self.wechat.config.appid if about else None)
            for path, args, body in self.letters
            if path.startswith("/message") == (about is not None)
        ]

    def take_tickets(self) -> None:
        for push in self.pushes():
            if push.kind == "platform.component_verify_ticket":
                at = datetime.fromtimestamp(int(push.body["CreateTime"]), UTC)
                keep_ticket(self.component.appid, push.body["ComponentVerifyTicket"], at)

    def authorise(self) -> None:
        self.take_tickets()
        found = self.component.platform.query_auth(self.wechat.post("authorise")["auth_code"])
        keep_authorisation(
            self.component.appid,
            found.appid,
            refresh_token=found.refresh_token,
            name=self.component.platform.authorizer(found.appid).name,
            scopes=list(found.scopes),
            at=clock.now(),
        )

    def upload(self, version: str) -> None:
        platform = self.component.platform
        self.wechat.post("drafts", user_version=version)
        platform.add_template(platform.drafts()[-1].id)
        self.code.upload(platform.templates()[-1].id, version=version, description="修复")

    def approved(self, version: str) -> str:
        self.upload(version)
        auditid: str = self.code.submit_audit(description=version)
        self.wechat.post("audits/decide", verdict="approved")
        return auditid


@pytest.fixture
def connected(session: Any, wechat: Control) -> Iterator[Connected]:
    with letter_box() as letters:
        wechat.post("platform", url=letters.url + "/ticket", message_url=letters.url + "/message/$APPID$")
        component = ComponentClient(config_for(wechat))
        yield Connected(wechat, letters, component, AuthorisedClient(component))


@pytest.fixture
def driver(connected: Connected) -> Connected:
    connected.authorise()
    return connected


def test_without_a_ticket_nothing_is_asked(connected: Connected) -> None:
    with pytest.raises(WechatBusy) as caught:
        connected.component.platform.preauth_code()
    assert (caught.value.errcode, caught.value.remedy) == (61006, Remedy.BACK_OFF)
    with pytest.raises(WechatRefused) as refused:
        connected.code.history()
    assert refused.value.errcode == 61003
    assert connected.wechat.calls() == []


def test_a_ticket_opens_the_platform(connected: Connected) -> None:
    connected.take_tickets()
    page = connected.component.platform.authorisation_page(
        connected.component.platform.preauth_code(), back="http://127.0.0.1:8000/x?y=1"
    )
    assert page.startswith(connected.wechat.url + "/cgi-bin/componentloginpage?")
    assert "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fx%3Fy%3D1" in page
    assert len(connected.wechat.calls(COMPONENT)) == 1


def test_tickets_can_be_asked_for_and_the_newest_stays(connected: Connected) -> None:
    connected.component.platform.start_tickets()
    connected.take_tickets()
    appid = connected.component.appid
    newest = platform_state.ticket_of(appid)
    assert keep_ticket(appid, "older", datetime(2020, 1, 1, tzinfo=UTC)) is False
    assert platform_state.ticket_of(appid) == newest
    row = platform_row(appid)
    assert row is not None
    assert newest not in (row.ticket_sealed or "")


def test_an_old_ticket_is_no_ticket(connected: Connected) -> None:
    keep_ticket(connected.component.appid, "old", datetime(2020, 1, 1, tzinfo=UTC))
    assert platform_state.ticket_of(connected.component.appid) is None


def test_authorisation_and_what_is_kept_of_it(driver: Connected) -> None:
    row = authorisation(driver.wechat.config.appid)
    assert row is not None
    assert (row.name, 18 in row.scopes, row.revoked_at) == ("周专市监", True, None)
    assert "refreshtoken" not in (row.refresh_sealed or "")
    assert driver.code.categories()
    with pytest.raises(WechatRefused) as refused:
        driver.component.platform.query_auth("made up")
    assert (refused.value.errcode, refused.value.remedy) == (61009, Remedy.NEW_CODE)


def test_one_token_of_each_kind_for_many_calls(driver: Connected) -> None:
    for _ in range(5):
        driver.code.history()
        AuthorisedClient(ComponentClient(config_for(driver.wechat))).code.history()
    assert (len(driver.wechat.calls(COMPONENT)), len(driver.wechat.calls(AUTHORIZER))) == (1, 1)


def test_revoked_tokens_are_renewed_once(driver: Connected) -> None:
    driver.code.history()
    driver.wechat.post("tokens/revoke")
    # the authorizer's is refused, then the component's that should fetch its successor
    assert driver.code.history() == []
    asked = [call["answer"].get("errcode", 0) for call in driver.wechat.calls(AUTHORIZER)]
    assert asked == [0, 40001, 0]


def test_a_token_that_is_never_taken_is_tried_twice_only(driver: Connected) -> None:
    driver.code.history()
    driver.wechat.fault({"kind": "errcode", "code": 42001}, "/wxa/revertcoderelease")
    with pytest.raises(WechatBusy):
        driver.code.history()
    assert len(driver.wechat.calls("/wxa/revertcoderelease")) == 3


def test_an_ended_authorisation_stops_the_driver(driver: Connected) -> None:
    driver.code.history()
    driver.wechat.post("unauthorise")
    with pytest.raises(WechatRefused) as refused:
        driver.code.history()
    assert (refused.value.errcode, refused.value.alert) == (61003, True)
    appid = driver.wechat.config.appid
    assert end_authorisation(appid, at=datetime(2020, 1, 1, tzinfo=UTC)) is False
    assert end_authorisation(appid, at=datetime(2099, 1, 1, tzinfo=UTC)) is True
    assert platform_state.refresh_token_of(driver.component.appid, appid) is None


def test_the_whole_way_and_back(driver: Connected) -> None:
    code = driver.code
    assert code.latest_audit() is None
    auditid = driver.approved("1.5.0")
    audit = code.audit(auditid)
    assert (audit.status, audit.version, audit.auditid) == (AuditStatus.APPROVED, "1.5.0", auditid)
    assert code.latest_audit() == audit
    for share in (10, 50):
        code.gray(share)
        assert (code.gray_plan().percent, code.gray_plan().running) == (share, True)
    with pytest.raises(WechatRefused) as down:
        code.gray(20)
    assert (down.value.errcode, down.value.message) == (85082, "灰度比例只能调高。")
    code.release()
    assert code.gray_plan().status is GrayStatus.FINISHED
    versions = code.version_info()
    assert (versions.trial, versions.live) == ("1.5.0", "1.5.0")
    (past,) = code.history()
    assert (past.version, past.number) == ("1.4.2", driver.wechat.config.build)
    code.revert(past.number)
    assert code.version_info().live == "1.4.2"


def test_gray_can_be_ended_and_begin_with_members(driver: Connected) -> None:
    driver.approved("1.5.0")
    driver.code.gray(0, members_first=True)
    driver.code.revert_gray()
    assert driver.code.gray_plan().status is GrayStatus.DELETED


def test_the_rest_of_the_set(driver: Connected) -> None:
    code = driver.code
    driver.upload("1.5.0")
    assert "pages/index/index" in code.pages()
    assert code.trial_code("pages/index/index").startswith(b"\x89PNG")
    assert code.visible()
    code.set_visible(False)
    assert not code.visible()
    code.set_support_version("2.32.3")
    assert code.support_version() == "2.32.3"
    auditid = code.submit_audit(items=[{"address": "pages/index/index", "title": "首页"}])
    code.speed_up(auditid)
    quota = code.audit_quota()
    assert (quota.rest, quota.speedup_rest) == (quota.limit - 1, 0)
    code.undo_audit()
    assert code.latest_audit().status is AuditStatus.WITHDRAWN
    template = driver.component.platform.templates()[0]
    driver.component.platform.delete_template(template.id)
    assert driver.component.platform.templates() == []


def test_owner_reads_the_plan_and_nothing_else(driver: Connected) -> None:
    owner = MiniClient(driver.component.platform_config.mini)
    assert owner.mini.gray_plan().status is GrayStatus.NONE
    driver.approved("1.5.0")
    driver.code.gray(30)
    assert (owner.mini.gray_plan().status, owner.mini.gray_plan().percent) == (GrayStatus.RUNNING, 30)
    with pytest.raises(WechatRefused) as refused:
        owner.get("wxa/get_category")
    assert (refused.value.errcode, refused.value.alert) == (86000, True)


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ("reset", WechatDown),
        ("bad_gateway", WechatDown),
        ("html", WechatDown),
        ("truncated_json", WechatDown),
        ({"kind": "stall", "seconds": 1.5}, WechatDown),
        ("busy", WechatBusy),
        ({"kind": "errcode", "code": 61039}, WechatBusy),
        ({"kind": "errcode", "code": 85085}, WechatRefused),
    ],
)
@pytest.mark.parametrize("path", ["/wxa/submit_audit", AUTHORIZER])
def test_faults_end_in_our_own_errors(driver: Connected, effect: Any, error: type[WechatError], path: str) -> None:
    driver.upload("1.5.0") if path != AUTHORIZER else None
    driver.wechat.fault(effect, path)
    with pytest.raises(error):
        driver.code.submit_audit()


def test_an_expired_code_is_not_mistaken_for_an_absent_visitor(driver: Connected) -> None:
    code = driver.wechat.post("authorise")["auth_code"]
    driver.wechat.fault({"kind": "errcode", "code": 61010}, "/cgi-bin/component/api_query_auth")
    with pytest.raises(WechatRefused) as refused:
        driver.component.platform.query_auth(code)
    assert refused.value.remedy is Remedy.NEW_CODE


def test_audit_pushes_are_read(driver: Connected) -> None:
    driver.upload("1.5.0")
    driver.code.submit_audit()
    driver.wechat.post("audits/decide", verdict="rejected", reason="类目不符")
    (push,) = driver.pushes(about="app")
    assert (push.kind, push.body["Reason"]) == ("platform.weapp_audit_fail", "类目不符")


@pytest.mark.parametrize(
    "effect", ["bad_signature", "wrong_appid", "bad_cipher", "plaintext", {"kind": "clock_skew", "seconds": -900}]
)
def test_spoiled_tickets_are_refused(connected: Connected, effect: Any) -> None:
    connected.wechat.drain()
    connected.letters.clear()
    connected.wechat.fault(effect, "push:component_verify_ticket")
    connected.wechat.post("ticket")
    with pytest.raises(BadPush):
        connected.pushes()


def test_a_mini_programs_push_is_no_platforms_push(connected: Connected) -> None:
    """The same secret for both addresses would not help: what is sealed for the app does not open as the platform's."""
    wechat, config = connected.wechat, connected.component.platform_config
    wechat.drain()
    connected.letters.clear()
    wechat.callback(
        url=connected.letters.url + "/ticket", token=config.token, aes_key=config.aes_key, mode="xml", safety="safe"
    )
    wechat.post("push", body={"ToUserName": "x", "AppId": config.appid, "InfoType": "unauthorized", "CreateTime": 1})
    with pytest.raises(BadPush):
        connected.pushes()


def test_keys_rotate(driver: Connected) -> None:
    old = crypto.ring()
    new = crypto.KeyRing(keys={"k9": b"9" * 32, **old.keys}, current="k9", index_key=old.index_key)
    crypto.install(new)
    try:
        assert rotate_platform_keys() == 1
        assert rotate_platform_keys() == 0
        assert driver.code.history() == []
    finally:
        crypto.install(old)
