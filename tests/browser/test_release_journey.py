"""A version from the pipeline's push to everybody's phone, and back: each side sees its own steps only."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Page, expect

from server.core import clock
from server.jobs.demo.people import PASSWORD
from server.simulators.wechat.client import MiniProgram
from tests.browser.demo import UUID, Demo
from tests.support.browsing import Browser
from tests.support.waiting import until

pytestmark = pytest.mark.browser
VERSION, BEFORE, IN_AUDIT = "1.6.0", "1.5.0", "1.5.1"
SHA = "c0ffee5a1c0de5a1c0de5a1c0de5a1c0de5a1c0d"
CONTEXT = b"shijian-manifest-v1\n"
WHY = "新首页在旧机型上白屏"


@dataclass
class Pipeline:
    """The vendor's CI: its signing key, its token, and what it sends."""

    url: str
    appid: str
    contract: str
    token: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def push(self, version: str) -> requests.Response:
        now = clock.to_local(clock.now()).isoformat(timespec="seconds")
        said = {
            "format": "shijian-manifest/1",
            "appid": self.appid,
            "contract": self.contract,
            "version": version,
            "git_sha": SHA,
            "robot": 1,
            "built_at": now,
            "signed_at": now,
            "sizes": {"__FULL__": 2_011_000, "__APP__": 1_502_000},
            "source_map": None,
            "changelog": "首页换新；查询结果可以分享。",
            "flags": {"introduced": [], "retired": []},
            "privacy_version": 1,
            "tickets": [],
        }
        manifest = json.dumps(said, ensure_ascii=False)
        body = {
            "manifest": manifest,
            "signature": base64.b64encode(self.private.sign(CONTEXT + manifest.encode())).decode(),
            "key": hashlib.sha256(self.public).hexdigest(),
        }
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
        return requests.post(f"{self.url}/api/vendor/v1/releases", json=body, headers=headers, timeout=30)


class Desk:
    """One officer's console, in a browser of their own."""

    def __init__(self, look: Any, demo: Demo, login: str) -> None:
        self.look, self.url = look, demo.url
        self.page: Page = look.page()
        self.page.goto(f"{demo.url}/admin/")
        self.page.locator("#field-login").fill(login)
        self.page.locator("#field-password").fill(PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{demo.url}/admin/")

    def open(self, version: str) -> None:
        self.page.goto(f"{self.url}/admin/releases/all?q={version}")
        self.page.get_by_role("link", name=version, exact=True).click()
        self.page.wait_for_url(re.compile(rf"/admin/releases/{UUID}$"))

    def offered(self) -> set[str]:
        """The steps that the page has forms for."""
        forms = self.page.locator("dialog form[action*='/admin/releases/']")
        return {form.get_attribute("action").rsplit("/", 1)[1] for form in forms.all()}

    def step(self, name: str, *, choose: str = "", says: str, **values: str) -> None:
        """One step: its button, its dialog, and back on the page that says what became of it."""
        self.page.reload()
        button = self.page.get_by_role("button", name=name, exact=True).first
        if not button.is_visible():
            self.page.get_by_role("button", name="更多").click()
        button.click()
        dialog = self.page.get_by_role("dialog", name=re.compile(f"^{name}"))
        for field, value in values.items():
            dialog.locator(f"[name={field}]").fill(value)
        if choose:
            dialog.get_by_text(choose).click()
        self.shoot(f"{name}-dialog")
        with self.page.expect_navigation():
            dialog.get_by_role("button", name=name, exact=True).click()
        expect(self.page.locator(".ticket-line")).to_contain_text(says)

    def shoot(self, name: str) -> None:
        assert self.look.overflow(self.page) <= 0
        self.look.shoot(self.page, f"release-{name}")

    def sound(self, name: str) -> None:
        """The page at both widths and in both schemes is readable by everybody."""
        faults = []
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(color_scheme="dark" if dark else "light")
            faults += self.look.serious(self.page)
            self.shoot(f"{name}-{width}-{'dark' if dark else 'light'}")
        self.page.set_viewport_size({"width": 1440, "height": 900})
        self.page.emulate_media(color_scheme="light")
        assert faults == []


def test_a_version_goes_out_and_comes_back(look, demo):
    admin = Desk(look, demo, "admin")
    pipeline = entered(admin, demo)
    qiao, zhou = Desk(look, demo, "qiao"), Desk(look, demo, "zhou")
    cleared(qiao)
    pushed(pipeline, qiao, zhou)
    audited(qiao, zhou)
    approved(zhou, qiao)
    handed_out(qiao, demo)
    rolled_back(zhou, qiao, demo)
    stranger = Desk(look, demo, "bai")
    stranger.page.goto(qiao.page.url)
    expect(stranger.page.locator("h1")).to_contain_text("页面不存在")
    left_a_trail(Desk(look, demo, "shen"))


def entered(admin: Desk, demo: Demo) -> Pipeline:
    """The administrator gives the pipeline a token, and enters the public half of its key."""
    private = Ed25519PrivateKey.generate()
    page = admin.page
    page.goto(f"{demo.url}/admin/releases/keys/")
    contract = re.search(r"--contract (\S+)", page.locator("main").inner_text())
    assert contract
    page.get_by_role("button", name="登记公钥").click()
    dialog = page.get_by_role("dialog", name="登记公钥")
    dialog.get_by_label("名称").fill("验收流水线")
    dialog.get_by_label("合同").select_option(index=1)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    dialog.get_by_label(re.compile("^公钥")).fill(base64.b64encode(public).decode())
    admin.shoot("key-dialog")
    with page.expect_navigation():
        dialog.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("main")).to_contain_text("验收流水线")
    admin.sound("keys")
    return Pipeline(demo.url, demo.environ["SHIJIAN_WECHAT_APPID"], contract.group(1), _token(demo), private)


def _token(demo: Demo) -> str:
    """A token of the vendor's manager that may push versions, issued by the forms without scripts."""
    browser = Browser(demo.url)
    assert "/sign-in" not in browser.sign_in("admin", PASSWORD).url
    new = browser.get("/admin/tokens/new")
    holder = re.search(rf'value="({UUID})">乔安', new.html)
    assert holder
    form = browser.get("/admin/tokens/new", officer=holder.group(1))
    contract = re.search(rf'value="({UUID})"', form.html)
    assert contract
    issued = browser.submit(
        form,
        "/admin/tokens/new",
        name="验收流水线",
        scopes=["release.push"],
        contract_id=contract.group(1),
        days="7",
    )
    secret = re.search(r'class="secret-box"><span>([^<]+)<', issued.html)
    assert secret, issued.text
    browser.close()
    return secret.group(1)


def cleared(qiao: Desk) -> None:
    """What is under way is brought to an end: WeChat looks at one version at a time, and hands out one."""
    qiao.open(IN_AUDIT)
    qiao.step("撤回审核", reason="并入 1.6.0", says="已上传")
    qiao.open(BEFORE)
    qiao.step("全量发布", says="已全量")


def pushed(pipeline: Pipeline, qiao: Desk, zhou: Desk) -> None:
    """One request; the same again is the same release; an older version is refused and leaves a trace."""
    first, again = pipeline.push(VERSION), pipeline.push(VERSION)
    assert (first.status_code, again.status_code) == (200, 200), first.text
    assert first.json()["release"]["id"] == again.json()["release"]["id"]
    assert pipeline.push("1.2.0").json()["code"] == "version_backwards"
    qiao.page.goto(f"{qiao.url}/admin/releases/")
    expect(qiao.page.get_by_role("listitem", name="准备")).to_contain_text(VERSION)
    qiao.sound("board")
    for desk, steps in ((qiao, {"upload", "withdraw"}), (zhou, set())):
        desk.open(VERSION)
        assert desk.offered() == steps
    qiao.sound("pushed")


def audited(qiao: Desk, zhou: Desk) -> None:
    """The vendor records what it clicked at WeChat; the bureau only watches."""
    qiao.step("登记上传", says="已上传")
    qiao.step("设为体验版", says="已上传")
    qiao.step("提交审核", audit_id="40001600", says="审核中")
    zhou.page.reload()
    assert zhou.offered() == set()
    qiao.step("登记审核通过", says="微信审核通过")
    assert {"approve", "refuse", "gray", "full"}.isdisjoint(qiao.offered())


def approved(zhou: Desk, qiao: Desk) -> None:
    """The bureau's turn, and its steps alone."""
    zhou.page.goto(f"{zhou.url}/admin/releases/")
    expect(zhou.page.get_by_role("listitem", name="局方审批")).to_contain_text("局方（您）")
    zhou.shoot("board-approval")
    zhou.open(VERSION)
    assert zhou.offered() == {"approve", "refuse"}
    zhou.step("批准上线", choose="合同范围内", acceptance="验收单 YS-1.6.0", says="局方已批准")
    zhou.shoot("approved")
    assert "accept" in zhou.offered()
    qiao.page.reload()
    assert {"gray", "full"} <= qiao.offered()


def handed_out(qiao: Desk, demo: Demo) -> None:
    """Gray, as phones show that they run it, then full."""
    qiao.step("灰度发布", percent="10", says="灰度中")
    expect(qiao.page.locator(".way-card")).to_contain_text("灰度 10%")
    for _ in range(3):
        assert _phone(demo, VERSION, 51).get("config").status == 200

    def counted() -> bool:
        qiao.page.reload()
        return "期间启动次数" in qiao.page.locator("main").inner_text()

    until(counted, "the phones' launches on the page", seconds=60)
    qiao.sound("gray")
    qiao.step("扩大灰度", percent="50", says="灰度中")
    qiao.step("全量发布", says="已全量")
    qiao.sound("full")
    qiao.page.goto(f"{qiao.url}/admin/releases/adoption")
    expect(qiao.page.get_by_role("group", name="各版本的启动和请求次数")).to_contain_text(VERSION)
    qiao.sound("adoption")
    qiao.open(VERSION)
    qiao.page.get_by_role("button", name="更多").click()
    qiao.page.get_by_role("link", name="与其他版本比较").click()
    expect(qiao.page.get_by_label("与哪个版本比较")).to_have_value(BEFORE)
    qiao.sound("compare")
    qiao.open(VERSION)


def rolled_back(zhou: Desk, qiao: Desk, demo: Demo) -> None:
    """Back to the version before; who still runs the other one is told to update."""
    zhou.page.reload()
    assert {"roll_back", "accept"} <= zhou.offered()
    zhou.step("回退版本", reason=WHY, says="已回退")
    zhou.sound("rolled-back")
    qiao.page.reload()
    expect(qiao.page.get_by_label("版本时间线")).to_contain_text(WHY)
    assert {"full", "gray", "roll_back"}.isdisjoint(qiao.offered())
    phone = _phone(demo, VERSION, 51)
    until(lambda: phone.get("notices").status == 426, "the stopped version to be refused", seconds=30)
    assert phone.get("notices").code == "version_blocked"
    config = phone.get("config").data["versions"]
    assert config["latest"] == BEFORE
    assert VERSION in config["blocked"]
    assert _phone(demo, BEFORE, 45).get("notices").status == 200
    zhou.page.goto(f"{zhou.url}/admin/releases/versions/")
    expect(zhou.page.locator("#field-blocked")).to_have_value(re.compile(re.escape(VERSION)))
    zhou.page.locator("#field-minimum").fill("1.5.0")
    expect(zhou.page.locator("#forced-preview")).to_contain_text("1.4.2")
    zhou.sound("versions")


def left_a_trail(shen: Desk) -> None:
    """The auditor finds every step, and what was refused."""
    page = shen.page
    page.goto(f"{shen.url}/admin/audit/?q={VERSION}")
    for said in ("批准上线", "灰度发布 10%", "回退"):
        expect(page.locator("tbody")).to_contain_text(said)
    page.goto(f"{shen.url}/admin/audit/?q=拒绝登记版本")
    expect(page.locator("tbody")).to_contain_text("拒绝登记版本")
    shen.shoot("trail")


def _phone(demo: Demo, version: str, build: int) -> MiniProgram:
    return MiniProgram(
        demo.url,
        demo.environ["SHIJIAN_WECHAT_APPID"],
        version=version,
        build=build,
        git_sha=SHA if version == VERSION else "",
    )
