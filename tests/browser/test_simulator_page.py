"""The simulator's page in a real browser: the citizen's way from sign-in to rating, against a stand-in for the API."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from tests.support.wechat import Control, running_simulator

pytestmark = pytest.mark.browser

API = "/api/v1"
TIMELINE = [
    {"what": "提交", "at": "2026-09-01T01:00:00Z", "who": "我", "text": "打不开", "pictures": [{"id": "1"}]},
    {"what": "响应", "at": "2026-09-01T02:00:00Z", "who": "运维单位", "text": "正在查看。", "pictures": []},
]


def citizen_api(template_id: str) -> tuple[Flask, list[dict[str, Any]]]:
    """The API's shapes with one ticket's worth of memory: the page is under test here, not the service."""
    app, tickets, done = Flask("stand-in"), [], set()

    def ticket() -> Any:
        body = request.get_json()
        state = {"state": "resolved", "state_label": "已解决", "received_at": "2026-09-01T01:00:00Z"}
        state |= {"may_comment": True, "may_rate": True, "may_reopen": True}
        tickets.append({"id": "1", "number": "FW-2026-0001", "title": body["text"][:20], **body, **state})
        return jsonify(tickets[-1]), 201

    def consent() -> Any:
        assert request.get_json() == {"version": 3, "scopes": ["account"]}
        done.add("consent")
        return jsonify({})

    answers: dict[tuple[str, str], Any] = {
        ("POST", "sessions"): lambda: jsonify(
            access_token="a", refresh_token="r", citizen={"id": "c"}, consent={"required": not done, "version": 3}
        ),
        ("GET", "privacy-notice"): lambda: jsonify(
            version=3,
            title="用户隐私保护指引",
            text="我们收集……\n" * 30,
            items=[
                {"key": "account", "name": "微信标识", "purpose": "识别您的账号", "required": True},
                {"key": "phone", "name": "手机号", "purpose": "与您联系", "required": False},
            ],
        ),
        ("POST", "me/consents"): consent,
        ("GET", "config"): lambda: jsonify(bureau="市监局", versions={"latest": "1.4.2", "minimum": "1.0.0"}),
        ("GET", "notices"): lambda: jsonify(items=[{"title": "国庆值班", "summary": "窗口照常受理。"}]),
        ("GET", "me"): lambda: jsonify(id="c", nickname="小周", phone_masked="139****0000"),
        ("POST", "uploads"): lambda: (jsonify(id=f"u{len(request.files['file'].read())}"), 201),
        ("POST", "tickets"): ticket,
        ("GET", "tickets"): lambda: jsonify(items=tickets),
        ("GET", "tickets/1"): lambda: jsonify(tickets[0]),
        ("GET", "tickets/1/timeline"): lambda: jsonify(items=TIMELINE),
        ("POST", "tickets/1/comments"): lambda: jsonify({}),
        ("POST", "tickets/1/rating"): lambda: jsonify({}),
        ("POST", "tickets/1/reopen"): lambda: jsonify({}),
        ("GET", "subscriptions/templates"): lambda: jsonify(items=[{"template_id": template_id, "title": "处理结果"}]),
        ("POST", "subscriptions"): lambda: jsonify({}),
    }
    for (method, path), answer in answers.items():
        app.add_url_rule(f"{API}/{path}", f"{method} {path}", answer, methods=[method])
    return app, tickets


@pytest.fixture
def played() -> Iterator[tuple[Control, list[dict[str, Any]]]]:
    with running_simulator() as probe:
        template_id = probe.get("templates")[0]["id"]
    app, tickets = citizen_api(template_id)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with running_simulator(service_url=f"http://127.0.0.1:{server.port}") as wechat:
        yield wechat, tickets
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False), (1280, True)])
def test_a_person_plays_a_citizen(played: Any, look: Any, width: int, dark: bool) -> None:
    wechat, tickets = played
    page = look.page(width=width, dark=dark)
    name = f"simulator-{width}-{'dark' if dark else 'light'}"
    page.goto(wechat.url)

    def fits(step: str) -> None:
        assert look.overflow(page) <= 0
        assert look.serious(page) == []
        look.shoot(page, f"{name}-{step}")

    page.get_by_role("button", name="打开小程序").click()
    page.get_by_text("第 3 版").wait_for()
    fits("consent")
    page.get_by_label("手机号").uncheck()
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_text("国庆值班").wait_for()
    fits("home")

    page.get_by_role("button", name="报问题").click()
    page.get_by_label("描述").fill("查询页面打不开，一直转圈")
    page.get_by_role("button", name="使用示例截图").click()
    page.locator(".shots img").nth(1).wait_for()
    fits("report")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已受理，编号 FW-2026-0001").wait_for()
    assert len(tickets[0]["upload_ids"]) == 2
    fits("ticket")
    page.get_by_role("button", name="5 星").click()
    page.get_by_text("感谢评价").wait_for()
    page.get_by_label("原因").fill("还是打不开")
    page.get_by_role("button", name="重新打开").click()
    page.get_by_text("已重新打开").wait_for()

    page.get_by_role("button", name="消息").click()
    page.get_by_role("button", name="允许").click()
    page.get_by_text("已允许一次").wait_for()
    fits("messages")
    page.get_by_role("button", name="扫码").click()
    page.get_by_label("内容").fill("nothing")
    page.get_by_role("button", name="打开", exact=True).click()
    page.get_by_text("这不是本小程序的码或链接").wait_for()
    fits("scan")


@pytest.mark.parametrize(("width", "dark"), [(390, True), (1280, False)])
def test_a_person_plays_wechat_and_the_owner(played: Any, look: Any, width: int, dark: bool) -> None:
    wechat, _ = played
    page = look.page(width=width, dark=dark)
    page.goto(wechat.url)
    page.get_by_text("版本与审核").click()
    page.get_by_label("版本号").fill("1.5.0")
    page.get_by_role("button", name="上传为体验版").click()
    page.get_by_text("1.5.0", exact=True).wait_for()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("button", name="审核通过").click()
    page.get_by_text("没有等待审核的版本").wait_for()
    page.get_by_role("button", name="灰度", exact=True).click()
    page.get_by_text("执行中").wait_for()
    assert look.overflow(page) <= 0
    assert look.serious(page) == []
    look.shoot(page, f"simulator-{width}-versions")
    assert wechat.get("code")["plan"]["gray_percentage"] == 10
