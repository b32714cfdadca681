"""What goes out: JSON by orjson, pages, ETags and 304, with the headers that every answer has."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from flask import Response, request

from server.api.contract import Contract
from server.core.paging import Page

JSON = "application/json"


def render(given: Any, contract: Contract) -> Response:
    """A view's return value as its contract's answer."""
    extra: dict[str, str] = {}
    if isinstance(given, tuple):
        given, extra = given
    if isinstance(given, Response):
        return given
    if contract.answer is None:
        answer = Response(status=204)
        del answer.headers["Content-Type"]
    else:
        body = given if isinstance(given, bytes) else orjson.dumps(_dumped(given, contract))
        if contract.etag:
            answer = conditional(body, status=contract.status)
        else:
            answer = Response(body, contract.status, content_type=JSON)
            answer.headers["Cache-Control"] = "no-store"
    if extra:
        answer.headers.extend(extra)
    return answer


def _dumped(given: Any, contract: Contract) -> Any:
    schema = contract.answer
    if schema is None:
        return None
    if isinstance(given, Page):
        spell = contract.spell or schema.dump
        return {"items": [spell(each) for each in given.items], "next": given.next}
    return schema.dump(given)


def conditional(body: bytes, *, status: int = 200, tag: str | None = None, content_type: str = JSON) -> Response:
    """An answer with an ETag, or 304 without a body if the caller has it already.

    The tag is a digest of the rendered bytes, so it covers everything that could make them differ; a caller that
    keeps rendered bytes may keep their ``tag`` too (``etag_of``).
    """
    tag = tag or etag_of(body)
    headers = [("ETag", tag), ("Cache-Control", "private, no-cache"), ("Vary", "Authorization")]
    if matches(request.headers.get("If-None-Match", ""), tag):
        answer = Response(status=304, headers=headers)
        del answer.headers["Content-Type"]
        return answer
    return Response(body, status, headers, content_type=content_type)


def etag_of(body: bytes) -> str:
    """The ETag of rendered bytes, with its quotes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches(header: str, tag: str) -> bool:
    """Whether an If-None-Match names a tag: a list, ``*``, and weak tags (RFC 9110 §13.1.2 compares weakly)."""
    header = header.strip()
    if not header:
        return False
    if header == "*":
        return True
    return any(each.strip().removeprefix("W/") == tag for each in header.split(","))
