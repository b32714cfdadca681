"""The flag sets for a build: what the pipeline bundles as defaults, or compares with the code."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response

from server.api.answers import conditional
from server.api.http import fails, gives, limited, needs_token
from server.api.schemas import Nothing
from server.core.errors import NotFound
from server.domain import flags
from server.domain.flags import Environment
from server.domain.identity import Actor, Permission

blueprint = Blueprint("flags", __name__)


@blueprint.get("/flags/<environment>")
@needs_token(Permission.FLAG_VIEW)
@limited("60/minute")
@gives(Nothing, etag=True)
@fails(NotFound)
def export(actor: Actor, environment: str) -> Response:
    """一个环境（develop、trial、release）的全部功能开关，flagd 的 JSON 格式；内容不变时返回 304。"""
    if environment not in set(Environment):
        raise NotFound
    document: dict[str, Any] = flags.document_of(flags.find_content(actor, Environment(environment)))
    return conditional(orjson.dumps(document))
