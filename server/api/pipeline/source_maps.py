"""Source maps: streamed to the disk, counted and hashed on the way; what is too large is refused before it is read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, current_app, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from server.api.http import fails, gives, limited, needs_token
from server.api.pipeline.schemas import MapOut
from server.api.problems import Malformed, TooLarge
from server.core.db import reading
from server.domain import releases
from server.domain.identity import Actor, Permission
from server.domain.releases import MapRefused, MapTooLarge, ReleaseNotFound
from server.settings import Settings

blueprint = Blueprint("source_maps", __name__)
CHUNK = 64 * 1024


@blueprint.put("/releases/<uuid:id>/source-map")
@needs_token(Permission.RELEASE_PUSH)
@limited("20/minute")
@gives(MapOut)
@fails(ReleaseNotFound, MapRefused, MapTooLarge, Malformed, TooLarge)
def keep(actor: Actor, id: uuid.UUID) -> Any:
    """上传清单中声明的源码映射：请求体即文件内容。重复上传同一文件无妨。"""
    settings: Settings = current_app.config["SETTINGS"]
    most = settings.source_map_max_bytes
    request.max_content_length = most
    try:
        # No writing unit stands open while the bytes come in.
        with reading():
            awaited = releases.awaited_map(actor, id, declared=request.content_length, most=most)
        releases.receive_map(awaited, _pieces())
    except MapRefused as refusal:
        releases.refuse_map(actor, id, refusal)
        raise
    return releases.keep_source_map(actor, awaited)


def _pieces() -> Iterator[bytes]:
    try:
        while piece := request.stream.read(CHUNK):
            yield piece
    except RequestEntityTooLarge:
        raise TooLarge from None
    except ClientDisconnected:
        raise Malformed from None
