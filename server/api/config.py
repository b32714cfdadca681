"""What the mini program reads when it starts: versions, announcements, limits, privacy notice, and its flags."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app
from marshmallow import fields

from server.api import app_context, flag_sets
from server.api.answers import conditional, etag_of
from server.api.http import any_version, gives, optional_citizen
from server.api.problems import UpgradeRequired, VersionBlocked
from server.api.schemas import Id, Moment, Schema
from server.core import paging
from server.core.db import reading, session
from server.domain import identity, notices
from server.domain.flags import Outcome, Reason
from server.domain.identity import Actor
from server.domain.notices import AppConfig
from server.settings import Profile, Settings

blueprint = Blueprint("config", __name__)

# How old a worker's copy may be before it looks at the version again. An announcement is seen everywhere this much
# later, and nearly every request is answered without the database.
FRESH_SECONDS = 1.0
SHOWN_NOTICES = 5


class VersionsOut(Schema):
    """Which versions of the mini program may run. Empty: no such limit."""

    latest = fields.String(required=True, metadata={"example": "1.4.2"})
    minimum = fields.String(required=True, metadata={"example": "1.3.0"})
    blocked = fields.List(fields.String(), required=True)
    message = fields.String(required=True, metadata={"description": "版本过低时的提示。"})


class LinkOut(Schema):
    """An address to show."""

    title = fields.String(required=True)
    url = fields.String(required=True)


class NoticeBrief(Schema):
    """An announcement in one line."""

    id = Id(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    pinned = fields.Boolean(required=True)
    published_at = Moment(required=True)


class LimitsOut(Schema):
    """What the service takes."""

    upload_bytes = fields.Integer(required=True, metadata={"description": "单个文件的最大字节数。"})
    uploads_per_day = fields.Integer(required=True)
    page_size = fields.Integer(required=True, metadata={"description": "列表每页最多条数。"})


class FlagOut(Schema):
    """What one flag comes to for the caller."""

    value = fields.Raw(metadata={"description": "取值；没有时用代码中的默认值。"})
    variant = fields.String(required=True)
    reason = fields.Enum(Reason, by_value=True, required=True)


class ConfigOut(Schema):
    """What the mini program needs when it starts."""

    bureau = fields.String(required=True)
    versions = fields.Nested(VersionsOut, required=True)
    phone = fields.String(required=True, metadata={"description": "无法使用时的联系电话。"})
    links = fields.List(fields.Nested(LinkOut), required=True)
    notices = fields.List(fields.Nested(NoticeBrief), required=True, metadata={"description": "当前公告，最多五条。"})
    limits = fields.Nested(LimitsOut, required=True)
    privacy_version = fields.Integer(required=True, allow_none=True)
    flag_revision = fields.Integer(
        required=True, allow_none=True, metadata={"description": "功能开关的版本号；没有可用的开关时为 null。"}
    )
    flags = fields.Dict(
        keys=fields.String(), values=fields.Nested(FlagOut), required=True, metadata={"description": "功能开关。"}
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A rendered answer, up to the flags and without any; what it was made from, and until when nobody asks whether it holds."""

    made_from: tuple[int, int | None]
    opening: bytes
    without_flags: bytes
    tag: str
    config: AppConfig
    fresh_until: float


def install(app: Flask) -> None:
    """Have the frame ask here whether a version of the mini program is still served."""
    app.extensions["shijian_must_update"] = must_update


def _flags_ask_who() -> bool:
    served = flag_sets.served(app_context.environment())
    return served is not None and served.reads_who


@blueprint.get("/config")
@optional_citizen(when=_flags_ask_who)
@any_version
@gives(ConfigOut, etag=True)
def show(actor: Actor) -> Response:
    """小程序配置。

    内容不变时返回 304；服务器时间见 X-Server-Time。低于最低版本的小程序除本接口和隐私保护指引外一律得到 426。
    功能开关按 X-App-Env、X-App-Version、X-App-Platform、X-Base-Lib、X-App-Region 求值；已登录的市民按其匿名标识，
    未登录的按 X-App-Install（安装时随机生成的编号）分组。只有开关用到用户标识时才查验访问令牌。
    """
    kept = snapshot()
    served = flag_sets.served(app_context.environment())
    if served is None or not served.number:
        return conditional(kept.without_flags, tag=kept.tag)
    context = app_context.read(served.environment, actor)
    pieces = b",".join([_spelt(outcome, served.spelt) for outcome in served.outcomes(context, pseudonymous=True)])
    return conditional(b'%b,"flag_revision":%d,"flags":{%b}}' % (kept.opening, served.number, pieces))


def _spelt(outcome: Outcome, kept: dict[Outcome, bytes]) -> bytes:
    """A flag as the config has it. A flag set comes to the same few outcomes again and again: ``kept`` has their bytes."""
    found = kept.get(outcome)
    if found is None:
        came = outcome.resolution
        told = {} if came.value is None else {"value": came.value}
        told |= {"variant": came.variant or "", "reason": came.reason}
        found = orjson.dumps(came.key) + b":" + orjson.dumps(told)
        if came.error_code is None:
            kept[outcome] = found
    return found


def must_update(version: str) -> UpgradeRequired | None:
    """The refusal for a version that is not served any more; None for all others."""
    config = snapshot().config
    need = config.need_of(version)
    if need is notices.UpdateNeed.BLOCKED:
        return VersionBlocked()
    return UpgradeRequired(config.update_message) if need is notices.UpdateNeed.FORCED else None


def snapshot() -> Snapshot:
    """This worker's copy, made anew when what it was made from has changed."""
    kept: Snapshot | None = current_app.extensions.get("shijian_config")
    moment = time.monotonic()
    if kept is not None and moment < kept.fresh_until:
        return kept
    settings: Settings = current_app.config["SETTINGS"]
    # Tests look at once.
    fresh_until = moment + (FRESH_SECONDS if settings.profile is not Profile.TEST else 0.0)
    # A writing request asks as well, before its own unit begins.
    with reading():
        made_from = (notices.feed_version(), identity.current_version())
        if kept is not None and kept.made_from == made_from:
            made = replace(kept, fresh_until=fresh_until)
        else:
            config = notices.app_config()
            body = orjson.dumps(ConfigOut().dump(_content(settings, config, made_from[1])))
            opening, whole = body[:-1], body[:-1] + b',"flag_revision":null,"flags":{}}'
            made = Snapshot(made_from, opening, whole, etag_of(whole), config, fresh_until)
    current_app.extensions["shijian_config"] = made
    return made


def _content(settings: Settings, config: AppConfig, privacy_version: int | None) -> dict[str, Any]:
    shown = session().scalars(notices.current_notices().limit(SHOWN_NOTICES)).all()
    return {
        "bureau": settings.bureau_name,
        "versions": {
            "latest": config.latest_version,
            "minimum": config.minimum_version,
            "blocked": config.blocked_versions,
            "message": config.update_message,
        },
        "phone": config.phone,
        "links": config.links,
        "notices": [
            {
                "id": notice.id,
                "title": notice.title,
                "summary": notices.summary_of(notice.body),
                "pinned": notice.pinned,
                "published_at": notice.published_at,
            }
            for notice in shown
        ],
        "limits": {
            "upload_bytes": settings.upload_max_bytes,
            "uploads_per_day": settings.upload_daily_count,
            "page_size": paging.LARGEST,
        },
        "privacy_version": privacy_version,
    }
