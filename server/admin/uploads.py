"""Pictures that officers send along with a form."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import current_app
from marshmallow import fields, validate
from werkzeug.datastructures import FileStorage

from server.core import db
from server.core.ids import parse_id
from server.domain import tickets
from server.domain.identity import Actor
from server.domain.tickets import UploadLimits
from server.settings import Settings

MOST = 9
KINDS = "image/png,image/jpeg,image/webp,image/gif,image/bmp"


def pictures_field(label: str = "图片") -> fields.List[FileStorage]:
    """Some pictures, as a form asks for them."""
    return fields.List(
        fields.Raw(),
        load_default=list,
        validate=validate.Length(max=MOST, error=f"一次最多 {MOST} 张图片。"),
        metadata={"label": label, "widget": "file", "accept": KINDS, "help": f"最多 {MOST} 张，会去除位置等信息。"},
    )


def kept_ids(given: Sequence[str]) -> list[uuid.UUID]:
    """Pictures that an earlier try of the same form has left here; whose they are the domain looks at."""
    return [parse_id(text) for text in given[:MOST]]


def take(actor: Actor, files: Sequence[FileStorage]) -> list[uuid.UUID]:
    """Keep the pictures, each in a unit of its own, so that no lock is held while they are decoded.

    Before the request's own unit has begun. PictureRefused names what is wrong; what no ticket takes goes after a day.
    """
    taken = []
    for file in files:
        with db.unit():
            taken.append(tickets.upload(actor, name=file.filename or "", raw=file.read(), limits=limits()).id)
    return taken


def limits() -> UploadLimits:
    """What this installation takes."""
    settings: Settings = current_app.config["SETTINGS"]
    return UploadLimits(
        max_bytes=settings.upload_max_bytes,
        max_pixels=settings.upload_max_pixels,
        daily_count=settings.upload_daily_count,
        daily_bytes=settings.upload_daily_bytes,
    )
