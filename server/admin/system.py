"""The installation: what is configured and how it is, the desk's own rules, and whether WeChat can be reached."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request
from marshmallow import Schema, fields, validate

import server
from server.admin.access import current_actor, needs
from server.admin.banners import SAFE_SQLITE
from server.admin.filters import duration
from server.admin.forms import Form
from server.admin.messages import AnyField
from server.admin.pages import page, redirect_to, toast
from server.core import db
from server.core.db import db as database
from server.core.errors import Invalid
from server.domain import identity, tickets
from server.domain.identity import Permission
from server.gateways import queue, wechat
from server.gateways.office import fonts
from server.gateways.wechat import CheckStep
from server.settings import Profile, QueueKind, Settings

blueprint = Blueprint("settings", __name__, url_prefix="/admin/settings")

FEW_BYTES_FREE = 2 * 1024**3
LONG_WAIT = timedelta(minutes=10)
MOST = 10_000
RULES = (
    ("reopen_days", "市民可重新打开的天数", "解决后多少天内可以重新打开。"),
    ("reopen_count", "市民可重新打开的次数", ""),
    ("rating_days", "可评价的天数", "解决后多少天内可以评价。"),
    ("due_soon_minutes", "即将到期的提前量（分钟）", "用于列表和工作台的提醒。"),
    ("check_minutes", "内容检查等待（分钟）", "微信超过这个时间没有结果，就转人工复核。"),
    ("ticket_pictures", "每次可附图片数", ""),
    ("orphan_hours", "未使用图片保留（小时）", "上传后没有提交的图片到时清除。"),
    ("citizen_daily_tickets", "每位市民每日可提交数", ""),
    ("anonymous_daily_tickets", "每个来源每日可匿名提交数", ""),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the page; ``tone`` colours what needs a look (green amber red)."""

    label: str
    value: str
    tone: str = ""
    note: str = ""


def _rules_schema() -> type[Schema]:
    declared: dict[str, AnyField] = {
        name: fields.Integer(
            required=True, validate=validate.Range(min=0, max=MOST), metadata={"label": label, "help": help_text}
        )
        for name, label, help_text in RULES
    }
    return Schema.from_dict(declared, name="RulesSchema")


RulesSchema = _rules_schema()


@blueprint.get("/")
@needs(Permission.SYSTEM_VIEW)
def index() -> Response:
    """What is configured, never a secret; how the parts are."""
    return _page()


@blueprint.post("/wechat")
@needs(Permission.SYSTEM_CONFIGURE)
def check_wechat() -> Response:
    """Ask WeChat whether the connection stands; the call leaves the house, so it comes before the first statement."""
    steps = wechat.check()
    well = all(step.ok for step in steps)
    summary = "检测微信连接：" + ("正常" if well else "异常")
    identity.record(current_actor(), "system.wechat_checked", summary=summary, result="ok" if well else "failed")
    return _page(steps)


@blueprint.get("/desk")
@needs(Permission.SYSTEM_CONFIGURE)
def desk() -> Response:
    """The desk's own rules as a form."""
    return page("settings/desk.html", form=Form(RulesSchema(), asdict(tickets.policy())))


@blueprint.post("/desk")
@needs(Permission.SYSTEM_CONFIGURE)
def set_desk() -> Response:
    """Change them."""
    form = Form.submitted(RulesSchema(), request.form)
    if form.valid:
        try:
            with db.unit():
                tickets.set_policy(current_actor(), **form.values)
        except Invalid as refused:
            form.refuse(refused.fields, refused.text)
        else:
            toast("已保存工单规则")
            return redirect_to("settings.desk")
    return page("settings/desk.html", status=422, form=form)


def _page(steps: Sequence[CheckStep] = ()) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    return page(
        "settings/index.html",
        steps=steps,
        rules=[(label, getattr(tickets.policy(), name)) for name, label, _ in RULES],
        groups=[
            ("本系统", _installation(settings)),
            ("数据库与存储", _storage(settings)),
            ("微信小程序", _mini_program(settings)),
            ("登录与安全", _security(settings)),
            ("后台任务", _queue(settings)),
        ],
    )


def _installation(settings: Settings) -> list[Fact]:
    profile = settings.profile
    return [
        Fact("单位名称", settings.bureau_name),
        Fact("版本", server.__version__),
        Fact("运行模式", profile.label, "" if profile is Profile.PRODUCTION else "amber"),
        Fact(
            "访问地址", settings.base_url, "" if settings.secure else "amber", "" if settings.secure else "未使用 HTTPS"
        ),
        Fact("Python", platform.python_version()),
        _fonts_fact(),
        Fact("反向代理层数", str(settings.trusted_proxies)),
    ]


def _fonts_fact() -> Fact:
    told = fonts.missing()
    return Fact("文书字体", "未安装" if told else fonts.families()[0][0], "red" if told else "green", told or "")


def _storage(settings: Settings) -> list[Fact]:
    free = shutil.disk_usage(settings.data_dir).free
    low = free < FEW_BYTES_FREE
    return [
        _database_fact(),
        Fact("语句与锁等待上限", f"{settings.database_timeout_ms / 1000:g} 秒"),
        Fact(
            "附件磁盘剩余", f"{free / 1024**3:.1f} GB", "red" if low else "green", "空间不足，请尽快清理" if low else ""
        ),
        Fact(
            "单张图片上限",
            f"{settings.upload_max_bytes / 1024**2:g} MB，{settings.upload_max_pixels / 1_000_000:g} 百万像素",
        ),
        Fact(
            "限流计数",
            "Redis" if settings.redis_url else "本机文件",
            "" if settings.rate_limits else "red",
            "" if settings.rate_limits else "限流已关闭",
        ),
    ]


def _database_fact() -> Fact:
    dialect = database.engine.dialect
    if dialect.name == "sqlite":
        module: Any = dialect.dbapi or sqlite3
        old = module.sqlite_version_info < SAFE_SQLITE
        advice = "低于 3.51.3，多进程写入时有损坏风险，请升级或改用 PostgreSQL" if old else ""
        return Fact("数据库", f"SQLite {module.sqlite_version}", "red" if old else "green", advice)
    names = {"postgresql": "PostgreSQL", "mysql": "MySQL / MariaDB", "mariadb": "MariaDB"}
    version = ".".join(map(str, dialect.server_version_info or ()))
    return Fact("数据库", f"{names.get(dialect.name, dialect.name)} {version}", "green")


def _mini_program(settings: Settings) -> list[Fact]:
    return [
        Fact("AppID", settings.wechat_appid or "未配置", "" if settings.wechat_appid else "red"),
        _kept("AppSecret", settings.wechat_secret),
        _kept("推送令牌", settings.wechat_token),
        _kept("消息加密密钥", settings.wechat_aes_key),
        Fact("推送模式", settings.wechat_push_safety.label),
        Fact("消息打开的版本", settings.wechat_state.label),
        Fact("接口地址", settings.wechat_base_url),
    ]


def _security(settings: Settings) -> list[Fact]:
    return [
        Fact("口令规则", settings.password_profile.label, note=_password_rules()),
        Fact(
            "两步验证",
            "全员必须" if settings.two_factor_required else "可选",
            "" if settings.two_factor_required else "amber",
        ),
        Fact("会话空闲上限", f"{settings.session_idle_minutes} 分钟"),
        Fact("会话最长", f"局方 {settings.session_hours} 小时，运维方 {settings.vendor_session_hours} 小时"),
        Fact("字段加密", f"{settings.cipher.value.upper()}，{len(settings.key_ring().keys)} 把密钥"),
        Fact("日志留存", f"{settings.log_retention_days} 天"),
        Fact("联系方式留存", f"办结后 {settings.contact_retention_days} 天"),
        Fact("故障上报", "已启用" if settings.sentry_dsn else "未启用"),
    ]


def _queue(settings: Settings) -> list[Fact]:
    kind = settings.queue
    lanes = queue.lanes()
    dead = sum(lane.dead for lane in lanes)
    waits = queue.oldest_wait()
    stuck = waits > LONG_WAIT
    return [
        Fact("执行方式", kind.label, note="RabbitMQ" if kind is QueueKind.CELERY else ""),
        Fact("到期待执行", f"{queue.depth()} 个"),
        Fact(
            "最久等待",
            duration(waits),
            "amber" if stuck else "green",
            "请确认后台进程正在运行" if stuck else "",
        ),
        Fact("失败", f"{dead} 个", "red" if dead else "green"),
    ]


def _kept(label: str, value: str) -> Fact:
    """A secret: whether it is there, nothing of it."""
    return Fact(label, "已配置" if value else "未配置", "green" if value else "red")


def _password_rules() -> str:
    rules = identity.officer_policy().passwords
    told = [f"至少 {rules.min_length} 个字符"]
    if rules.classes > 1:
        told.append(f"{rules.classes} 类字符")
    if rules.max_age:
        told.append(f"{rules.max_age.days} 天更换")
    if rules.history:
        told.append(f"最近 {rules.history} 次不得重复")
    return "，".join(told)
