"""Data requests, the privacy notice, and how the installation is set up."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from server.core.db import session
from server.domain import identity, tickets
from server.domain.identity import DataRequest, DataRequestState
from server.gateways import wechat
from server.gateways.office import fonts
from server.gateways.wechat import CheckStep
from tests.factories import citizens


def test_requests_with_the_working_days_that_are_left(desk, time_machine):
    time_machine.move_to("2026-03-03T12:00+08:00", tick=False)
    identity.export_data(citizens.actor("wang"))
    asked = identity.delete_citizen(citizens.actor("zhao"), due_on=date(2026, 3, 24))
    shown = desk.sit("zhou").get("/admin/data-requests/").text
    assert "剩 15 个工作日" in shown
    assert "已注销用户" in shown
    assert "已完成" in shown
    time_machine.move_to("2026-03-26T12:00+08:00", tick=False)
    assert "超期 2 个工作日" in desk.sit("zhou").get("/admin/data-requests/?state=open").text
    assert desk.client.post(f"/admin/data-requests/{asked.id}/close").status_code == 303
    assert session().get(DataRequest, asked.id, populate_existing=True).state is DataRequestState.DONE
    assert desk.sit("lin").get("/admin/data-requests/").status_code == 403


def test_the_privacy_notice_is_published_in_versions(desk):
    citizens.privacy_notice()
    assert desk.sit("zhou", stepped_up=False).get("/admin/privacy/new").status_code == 303  # the password first
    zhou = desk.sit("zhou")
    assert "我们只收集办理业务所必需的信息。" in zhou.get("/admin/privacy/new").text
    words = {"title": "隐私保护指引", "text": "第二版的全文。"}
    items = {
        "item_key": ["account", "phone", ""],
        "item_name": ["微信用户标识", "手机号", ""],
        "item_purpose": ["登录", "联系", ""],
        "item_required": ["0"],
    }
    assert zhou.post("/admin/privacy/new", data=words).status_code == 422  # nothing is collected
    half = zhou.post("/admin/privacy/new", data=words | items | {"item_name": ["", "手机号", ""]})
    assert (half.status_code, "每一项都要填写" in half.text, "第二版的全文。" in half.text) == (422, True, True)
    assert zhou.post("/admin/privacy/new", data=words | items).status_code == 303
    current = identity.current_privacy_notice()
    assert (current.version, [item["required"] for item in current.items]) == (2, [True, False])
    assert "第二版的全文。" in zhou.get("/admin/privacy/").text
    assert "我们只收集" in zhou.get("/admin/privacy/?version=1").text
    assert zhou.get("/admin/privacy/?version=9").status_code == 404
    assert desk.sit("lin").get("/admin/privacy/").status_code == 403


def test_settings_are_shown_and_secrets_are_not(desk, app):
    settings = app.config["SETTINGS"]
    shown = desk.sit("chen").get("/admin/settings/").text
    assert settings.wechat_appid in shown
    assert "等级保护" in shown
    secrets = (settings.secret_key, settings.field_keys, settings.index_key, settings.wechat_secret)
    for secret in (*secrets, settings.wechat_token, settings.wechat_aes_key):
        assert secret not in shown
    assert "检测微信连接" not in desk.sit("shen").get("/admin/settings/").text
    assert desk.client.post("/admin/settings/wechat").status_code == 403
    assert desk.sit("lin").get("/admin/settings/").status_code == 403


def test_wechat_is_asked_and_its_answer_shown(desk, monkeypatch):
    found = [CheckStep("小程序配置", True, "AppID wx1"), CheckStep("接口凭证", False, "错误码 40013。")]
    monkeypatch.setattr(wechat, "check", lambda: found)
    shown = desk.sit("chen").post("/admin/settings/wechat").text
    assert "错误码 40013。" in shown
    entry = session().scalars(
        sa.select(identity.AuditEntry).where(identity.AuditEntry.action == "system.wechat_checked")
    )
    assert [each.result.value for each in entry] == ["failed"]


def test_the_desks_rules_are_changed_on_record(desk):
    chen = desk.sit("chen")
    assert 'value="7"' in chen.get("/admin/settings/desk").text
    rules = dict.fromkeys(("reopen_days", "reopen_count", "rating_days", "orphan_hours", "check_minutes"), "5")
    more = dict.fromkeys(
        ("due_soon_minutes", "ticket_pictures", "citizen_daily_tickets", "anonymous_daily_tickets"), "9"
    )
    assert chen.post("/admin/settings/desk", data=rules | more | {"reopen_days": "-1"}).status_code == 422
    assert chen.post("/admin/settings/desk", data=rules | more).status_code == 303
    assert tickets.policy().reopen_days == 5
    assert len(desk.trail("ticket_policy.changed")) == 1
    assert desk.sit("shen").get("/admin/settings/desk").status_code == 403


def test_missing_fonts_are_told_to_whoever_can_install_them(desk, monkeypatch):
    assert "文书字体" in desk.sit("chen").get("/admin/settings/").text
    monkeypatch.setattr(fonts, "SERIF", ("No Such Font",))
    shown = desk.sit("chen").get("/admin/settings/").text
    assert shown.count("fonts-noto-cjk") == 2  # above the page, and on the line
    assert "fonts-noto-cjk" not in desk.sit("lin").get("/admin/").text
