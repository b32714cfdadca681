"""What the mini program reads when it starts: versions, announcements, limits, version of the privacy notice."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app
from marshmallow import fields

from server.api.answers import conditional, etag_of
from server.api.http import any_version, gives, open_to_all
from server.api.schemas import Id, Moment, Schema
from server.core import paging
from server.core.db import reading, session
from server.domain import identity, notices
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


class ConfigOut(Schema):
    """What the mini program needs when it starts."""

    bureau = fields.String(required=True)
    versions = fields.Nested(VersionsOut, required=True)
    phone = fields.String(required=True, metadata={"description": "无法使用时的联系电话。"})
    links = fields.List(fields.Nested(LinkOut), required=True)
    notices = fields.List(fields.Nested(NoticeBrief), required=True, metadata={"description": "当前公告，最多五条。"})
    limits = fields.Nested(LimitsOut, required=True)
    privacy_version = fields.Integer(required=True, allow_none=True)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A rendered answer, with what it was made from and until when nobody asks whether that still holds."""

    made_from: tuple[int, int | None]
    body: bytes
    tag: str
    config: AppConfig
    fresh_until: float


def install(app: Flask) -> None:
    """Have the frame ask here whether a version of the mini program is still served."""
    app.extensions["shijian_must_update"] = must_update


@blueprint.get("/config")
@open_to_all
@any_version
@gives(ConfigOut, etag=True)
def show() -> Response:
    """小程序配置。

    内容不变时返回 304；服务器时间见 X-Server-Time。低于最低版本的小程序除本接口和隐私保护指引外一律得到 426。
    """
    kept = snapshot()
    return conditional(kept.body, tag=kept.tag)


def must_update(version: str) -> str | None:
    """The sentence for a version that is not served any more; None for all others."""
    config = snapshot().config
    return config.update_message if config.need_of(version) is notices.UpdateNeed.FORCED else None


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
            made = Snapshot(made_from, body, etag_of(body), config, fresh_until)
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
