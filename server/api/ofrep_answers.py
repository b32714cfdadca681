"""Answers in OFREP's shape: a status, headers, bytes. Every refusal has an ``errorCode`` and ``errorDetails``."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from server.api.problems import status_of
from server.core.errors import ShijianError, Unavailable

JSON_KIND = "application/json"
JSON = f"{JSON_KIND}; charset=utf-8"
PRIVATE = "private, no-cache"
ALLOWED = "POST, OPTIONS"
EXPOSED = "ETag, Retry-After, X-Request-Id"
ASKED = "Authorization, Content-Type, If-None-Match, X-API-Key, X-App-Env, X-Request-Id"
A_DAY = "86400"
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class Refused(Exception):
    """Why a request is not answered: OFREP's code, and a sentence for who reads the client's log."""

    def __init__(self, status: int, code: str, details: str, *, headers: Headers | None = None) -> None:
        self.status, self.code, self.details = status, code, details
        self.headers: Headers = headers or []
        super().__init__(details)


def malformed(details: str) -> Refused:
    """The body is not JSON."""
    return Refused(HTTPStatus.BAD_REQUEST, "PARSE_ERROR", details)


def bad_context(details: str) -> Refused:
    """The body is JSON without a context in it."""
    return Refused(HTTPStatus.BAD_REQUEST, "INVALID_CONTEXT", details)


def refused_as(error: ShijianError) -> Refused:
    """One of our own refusals as OFREP tells it. What is our trouble is never 401 or 403, which stop clients for good."""
    headers: Headers = []
    status = status_of(type(error))
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append(("WWW-Authenticate", 'Bearer realm="shijian"'))
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    return Refused(status, "GENERAL", error.text, headers=headers)


FAULT = Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "GENERAL", "系统内部错误，已记录。请稍后再试。")


def away() -> Refused:
    """The database is away and nothing is known from before."""
    return refused_as(Unavailable())


def refusal(refused: Refused, key: str | None) -> Answer:
    """A refusal as an answer; ``key`` is the flag's, where one was asked for."""
    told: dict[str, Any] = {"errorCode": refused.code, "errorDetails": refused.details}
    if key is not None:
        told = {"key": key, **told}
    return Answer(
        refused.status,
        [("Content-Type", JSON), ("Cache-Control", "no-store"), *refused.headers],
        orjson.dumps(told),
    )


def preflight(environ: Mapping[str, str]) -> Answer:
    """What a browser asks before it sends a credential; whose it is and where it may be used is looked at then."""
    headers = [("Allow", ALLOWED)]
    origin = environ.get("HTTP_ORIGIN")
    if origin:
        headers += [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Methods", ALLOWED),
            ("Access-Control-Allow-Headers", ASKED),
            ("Access-Control-Max-Age", A_DAY),
            ("Vary", "Origin"),
        ]
    return Answer(HTTPStatus.NO_CONTENT, headers, b"")


def readable_from(origin: str | None) -> Headers:
    """The headers by which a page of this origin may read the answer; none if no page asks."""
    if not origin:
        return []
    return [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED)]
