"""Fills an empty demo database through the rooms' doors: calendar, contracts, people, citizens, and a story."""

from __future__ import annotations

from datetime import timedelta

import flask_migrate

from server.app import Service
from server.core import clock
from server.core.db import reading, unit
from server.domain import calendar, identity, notices
from server.domain.identity import SCHEDULER
from server.jobs.demo import years
from server.jobs.demo.flags import FlagStory
from server.jobs.demo.people import DATA_VENDOR, MINI_VENDOR, Cast, appoint_all, found, seeded, settle
from server.jobs.demo.releases import play_releases
from server.jobs.demo.story import CITIZENS, play
from server.jobs.demo.wechat import control
from server.jobs.demo.years.present import play_present
from server.settings import Settings

FIELDS = {
    "character_string1": "number",
    "thing2": "title",
    "phrase3": "state",
    "time4": "at",
    "thing5": "text",
}
# The simulator knows these two.
TEMPLATES = {
    "ticket_answered": "SimTicketAnswered00000000000000000000000001",
    "ticket_received": "SimTicketReceived00000000000000000000000002",
}
# So often has each of the demo's citizens allowed a message.
SUBSCRIBED = 5
# When the mini program was configured: before the first of the demo's releases.
BEFORE_ALL = timedelta(days=70)
PRIVACY = (
    "本小程序由市场监督管理局提供，用于反馈小程序使用问题和咨询。我们只收集处理您的问题所必需的信息，保存在境内，"
    "问题办结后按规定期限删除。您可以随时查阅、更正、导出、注销您的信息，也可以撤回同意；撤回后仍可匿名反馈问题。"
)
ITEMS = (
    identity.NoticeItem("account", "微信用户标识", "识别您的账号，供登录和查询本人提交的问题", required=True),
    identity.NoticeItem("device", "设备与小程序版本", "定位小程序故障", required=True),
    identity.NoticeItem("phone", "手机号", "在处理问题时与您联系", required=False),
)


def seed(app: Service) -> None:
    """Migrate, and fill the database if nobody is in it yet."""
    with app.app_context():
        flask_migrate.upgrade("migrations")
        with reading():
            if seeded():
                return
        settings: Settings = app.config["SETTINGS"]
        openids = {name: _openid(settings, name) for name in CITIZENS}
        with unit():
            calendar.seed(SCHEDULER)
            _publish()
        cast = _peopled(settings.bureau_name)
        play(cast, openids, [template_id for template_id in TEMPLATES.values() for _ in range(SUBSCRIBED)])
        history = FlagStory(cast)
        play_releases(cast, appid=settings.wechat_appid, data_dir=settings.data_dir, meanwhile=history.until)
        history.finish()
        play_present(cast)


def _peopled(bureau_name: str) -> Cast:
    """Organisations and people, their years under the two old contracts, and what they have today."""
    with unit():
        town = found(bureau_name)
    old = years.enter_both(town)
    with unit():
        actors = appoint_all(town, {MINI_VENDOR: old.mini_program, DATA_VENDOR: old.data_exchange})
    years.play_both(actors, old)
    with unit():
        return settle(town, actors)


def _openid(settings: Settings, name: str) -> str:
    """The openid that the simulator gives a person, so that whoever plays them finds their tickets."""
    openid = str(control(settings, "users", {"name": name})["openid"])
    control(settings, "visit", {"user": name})
    for template_id in TEMPLATES.values():
        control(settings, "grants", {"user": name, "template_id": template_id, "count": SUBSCRIBED})
    return openid


def _publish() -> None:
    identity.publish_privacy_notice(SCHEDULER, title="用户隐私保护指引", text=PRIVACY, items=ITEMS)
    for key, template_id in TEMPLATES.items():
        notices.set_template(SCHEDULER, key, template_id=template_id, fields=FIELDS)
    with clock.replaying(clock.now() - BEFORE_ALL):
        notices.revise_app_config(
            SCHEDULER,
            base_number=notices.app_config().number,
            latest_version="1.3.0",
            minimum_version="1.3.0",
            blocked_versions=[],
            update_message="新版本修复了首页公告打不开的问题，请更新后使用。",
            phone="0000-12345678",
            links=[notices.Link("全国 12315 平台", "https://www.12315.cn")],
            reason="首次配置",
        )
    for title, body, pinned in ANNOUNCEMENTS:
        drafted = notices.draft_notice(
            SCHEDULER, title=title, body=body, audience=notices.Audience.CITIZENS, pinned=pinned
        )
        notices.publish(SCHEDULER, drafted)


ANNOUNCEMENTS = (
    (
        "小程序 1.4.2 版上线说明",
        "本次更新：\n\n- 修复部分安卓手机首页公告打不开的问题\n- 图片上传失败时可以重试\n\n如仍有问题，请在**问题反馈**中告诉我们。",
        True,
    ),
    (
        "投诉举报请走全国 12315 平台",
        "消费投诉、违法行为举报请通过**全国 12315 平台**办理；本小程序的反馈仅受理小程序使用问题和业务咨询。",
        False,
    ),
)
