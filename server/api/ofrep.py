"""OFREP: the flags of one environment for any OpenFeature SDK, in front of Flask (docs/adr/0015, docs/ofrep.md).

A bulk answer is found, rendered and counted in less time than Flask needs to say hello, so it does not pass through
Flask: this is a WSGI application of its own that hands everything outside ``/ofrep/`` on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from server.api.answers import etag_of, matches
from server.api.flag_sets import WHO, FlagSets, ServedSet
from server.api.ofrep_answers import (
    ALLOWED,
    FAULT,
    JSON,
    JSON_KIND,
    PRIVATE,
    STATUS_LINES,
    Answer,
    Refused,
    away,
    bad_context,
    malformed,
    preflight,
    readable_from,
    refusal,
    refused_as,
)
from server.api.ofrep_callers import Caller, Callers
from server.core import logs
from server.core.errors import ShijianError, TooMany, Unavailable
from server.domain.flags import ErrorCode, Outcome
from server.gateways import metrics
from server.gateways.limits import BlockLimiter, Limiter
from server.settings import Settings

log = logging.getLogger(__name__)
access = logging.getLogger("server.access")

PREFIX = "/ofrep/"
BULK = "/ofrep/v1/evaluate/flags"
ONE = f"{BULK}/"
ROUTES = {BULK: BULK, ONE: f"{ONE}<key>"}
NOWHERE = "-"
# As plain numbers: looking a member of an enumeration up costs more than what is done with it.
OK, NOT_MODIFIED, BAD_REQUEST = HTTPStatus.OK.value, HTTPStatus.NOT_MODIFIED.value, HTTPStatus.BAD_REQUEST.value
BODILESS = frozenset({HTTPStatus.NO_CONTENT.value, NOT_MODIFIED})
CONTEXT_BYTES = 64 * 1024
VARY = ("Vary", "Authorization, X-API-Key, Origin")
DRESS = (("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "cross-origin"))
SECURE = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


class Asked(NamedTuple):
    """What an address means: its rule, and the flag's key if it names one."""

    route: str
    key: str | None


class Ofrep:
    """The WSGI application in front of another one."""

    def __init__(self, app: Flask, behind: WSGIApplication) -> None:
        settings: Settings = app.config["SETTINGS"]
        limiter: Limiter | None = app.extensions.get("shijian_limiter")
        self._behind = behind
        self._app = app
        self._callers = Callers(app)
        self._limit = BlockLimiter(limiter, settings.ofrep_rate, "ofrep") if limiter else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand on what is not ours."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._behind(environ, start_response)
        started = time.perf_counter()
        request_id = logs.begin_request(environ.get("HTTP_X_REQUEST_ID", ""))
        asked = _asked(path)
        answer = self._told(environ, asked)
        headers = [*answer.headers, *DRESS, ("X-Request-Id", request_id)]
        if environ.get("wsgi.url_scheme") == "https":
            headers.append(SECURE)
        if answer.status not in BODILESS:
            headers.append(("Content-Length", str(len(answer.body))))
        _note(environ, asked.route, answer.status, time.perf_counter() - started)
        start_response(STATUS_LINES[answer.status], headers)
        return [answer.body] if answer.body else []

    def _told(self, environ: WSGIEnvironment, asked: Asked) -> Answer:
        """The answer, whatever happens. A refusal may be read by any page: nothing is in it."""
        try:
            return self._answered(environ, asked)
        except Refused as refused:
            why = refused
        except ShijianError as error:
            why = refused_as(error)
        except SQLAlchemyError as error:
            log.warning("database refused", exc_info=error)
            why = away()
        except Exception:
            log.exception("unexpected error")
            why = FAULT
        told = refusal(why, asked.key)
        return told._replace(headers=told.headers + readable_from(environ.get("HTTP_ORIGIN")))

    def _answered(self, environ: WSGIEnvironment, asked: Asked) -> Answer:
        if asked.route == NOWHERE:
            raise Refused(HTTPStatus.NOT_FOUND, "GENERAL", "没有这个地址。")
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            return preflight(environ)
        if method != "POST":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "GENERAL", "只接受 POST 请求。", headers=[("Allow", ALLOWED)])
        self._check_limit(environ.get("REMOTE_ADDR", ""))
        caller = self._callers.identify(environ)
        sets: FlagSets = self._app.extensions["shijian_flag_sets"]
        served = sets.of(caller.environment)
        if served is None:
            raise Unavailable
        context = _context(environ, caller)
        pseudonymous = caller.who is not None
        if asked.key is None:
            answer = _bulk(environ, served, served.outcomes(context, pseudonymous=pseudonymous))
        else:
            answer = _one(served.outcome(asked.key, context, pseudonymous=pseudonymous))
        origin = environ.get("HTTP_ORIGIN")
        if origin in caller.origins:
            answer.headers.extend(readable_from(origin))
        return answer

    def _check_limit(self, address: str) -> None:
        wait = self._limit.hit(address) if self._limit else 0
        if wait:
            raise TooMany(retry_after=wait)


def _bulk(environ: Mapping[str, Any], served: ServedSet, found: Sequence[Outcome]) -> Answer:
    body = served.compiled.bulk_of(found)
    # Of the bytes, not of the revision: another context may have other values at the same revision.
    tag = etag_of(body)
    headers = [("ETag", tag), ("Cache-Control", PRIVATE), VARY]
    if matches(environ.get("HTTP_IF_NONE_MATCH", ""), tag):
        return Answer(NOT_MODIFIED, headers, b"")
    return Answer(OK, [("Content-Type", JSON), *headers], body)


def _one(found: Outcome) -> Answer:
    status = OK
    if found.resolution.error_code is not None:
        missing = found.resolution.error_code is ErrorCode.FLAG_NOT_FOUND
        status = HTTPStatus.NOT_FOUND if missing else BAD_REQUEST
    return Answer(status, [("Content-Type", JSON), ("Cache-Control", "no-store"), VARY], found.body)


def _asked(path: str) -> Asked:
    if path == BULK:
        return Asked(BULK, None)
    if path.startswith(ONE) and len(path) > len(ONE):
        # WSGI hands over UTF-8 as if it were Latin-1.
        key = path[len(ONE) :].encode("latin-1", "replace").decode("utf-8", "replace")
        return Asked(ROUTES[ONE], key)
    return Asked(NOWHERE, None)


def _context(environ: WSGIEnvironment, caller: Caller) -> dict[str, Any]:
    """The request's context, with what we know better than its sender."""
    try:
        given = orjson.loads(_body(environ))
    except orjson.JSONDecodeError:
        raise malformed("请求内容不是有效的 JSON。") from None
    if not isinstance(given, dict):
        raise bad_context('请求内容应为对象：{"context": {…}}。')
    context = given.get("context", {})
    if not isinstance(context, dict):
        raise bad_context("context 应为对象。")
    if not isinstance(context.get(WHO, ""), str):
        raise bad_context("targetingKey 应为字符串。")
    context["environment"] = caller.environment.value
    if caller.who is not None:
        context[WHO] = caller.who
    return context


def _body(environ: WSGIEnvironment) -> bytes:
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != JSON_KIND:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "PARSE_ERROR", "请求的内容类型应为 application/json。")
    told = environ.get("CONTENT_LENGTH") or ""
    length = int(told) if told.isascii() and told.isdigit() else 0
    if not length and environ.get("wsgi.input_terminated"):
        # Sent in chunks: there is no length to trust.
        length = CONTEXT_BYTES + 1
    if length > CONTEXT_BYTES + 1 or len(body := environ["wsgi.input"].read(length)) > CONTEXT_BYTES:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "INVALID_CONTEXT", "请求内容过大。")
    found: bytes = body
    return found


def _note(environ: Mapping[str, Any], route: str, status: int, seconds: float) -> None:
    """Metrics of every request; a line of log for refusals only, since the counts tell the rest (docs/adr/0015)."""
    method = environ["REQUEST_METHOD"]
    metrics.count_request(method=method, route=route, status=status, seconds=seconds)
    if status >= BAD_REQUEST:
        told = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        access.info("request", extra=told)
