"""Refusals in the API's voice: problem+json (RFC 9457). The one table of kinds and status numbers is here."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from server.core import logs
from server.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    ShijianError,
    TooMany,
    Unauthenticated,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/api/v1/docs#problem-"


class Malformed(Invalid):
    """The body cannot be read at all."""

    code = "malformed"
    message = "请求内容无法解析。"


class KeyMissing(Invalid):
    """A request that writes came without its ``Idempotency-Key``."""

    code = "idempotency_key_missing"
    message = "缺少请求编号（Idempotency-Key）。"


class UpgradeRequired(Forbidden):
    """The mini program is too old to be served."""

    code = "upgrade_required"
    message = "当前版本过低，请更新小程序后再使用。"


class VersionBlocked(UpgradeRequired):
    """This very version was stopped, after a roll-back for instance; an older one may be the one to run."""

    code = "version_blocked"
    message = "当前版本已停用，请关闭小程序后重新打开，使用可用的版本。"


class WrongMediaType(Invalid):
    """The body is of a type that this address does not take."""

    code = "unsupported_media_type"
    message = "请求的内容类型不受支持。"


class TooLarge(Invalid):
    """The body is larger than this address takes."""

    code = "too_large"
    message = "提交的内容过大。"


# From the particular to the general: the first kind that fits gives the number.
STATUS: tuple[tuple[type[ShijianError], int], ...] = (
    (Malformed, 400),
    (KeyMissing, 400),
    (WrongMediaType, 415),
    (TooLarge, 413),
    (UpgradeRequired, 426),
    (NotFound, 404),
    (Conflict, 409),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (Invalid, 422),
    (TooMany, 429),
    (Unavailable, 503),
)
HTTP_CODES = {
    400: ("malformed", "请求无法解析。"),
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "这个地址不支持该方法。"),
    408: ("timeout", "请求超时，请重试。"),
    413: ("too_large", "提交的内容过大。"),
    415: ("unsupported_media_type", "请求的内容类型不受支持。"),
    429: ("too_many", "操作过于频繁，请稍后再试。"),
}


def status_of(kind: type[ShijianError]) -> int:
    """The status number of a kind of refusal; 500 for what has no kind."""
    return next((number for parent, number in STATUS if issubclass(kind, parent)), 500)


def refuse(error: ShijianError | HTTPException) -> Response:
    """The answer to a refusal."""
    return _of_http(error) if isinstance(error, HTTPException) else _of_ours(error)


def _of_ours(error: ShijianError) -> Response:
    status = status_of(type(error))
    headers: dict[str, str] = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="shijian"'
    if status == HTTPStatus.UPGRADE_REQUIRED:
        headers["Upgrade"] = "MiniProgram"
    fields = getattr(error, "fields", None)
    return _problem(status, error.code, error.text, headers, {"errors": fields} if fields else {})


def _of_http(error: HTTPException) -> Response:
    if error.response is not None:
        return Response(error.response.get_data(), error.response.status, dict(error.response.headers))  # type: ignore[attr-defined]  # werkzeug types it as the sans-io response
    status = error.code or 500
    code, text = HTTP_CODES.get(status, ("http_error", "请求未能完成。"))
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "Accept")}
    return _problem(status, code, text, headers, {})


def _problem(status: int, code: str, detail: str, headers: dict[str, str], more: dict[str, Any]) -> Response:
    body = {
        "type": f"{TYPE_BASE}{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "trace_id": logs.request_id.get(),
        **more,
    }
    answer = Response(orjson.dumps(body), status, headers, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer
