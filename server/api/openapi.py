"""The API as an OpenAPI 3.1 document, written from the views' contracts: there is no second description to forget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Blueprint, Flask, Response, current_app
from marshmallow import fields
from werkzeug.routing import Rule

import server
from server.api.contract import Access, Contract
from server.api.http import Endpoint, any_version, conditional, gives, open_to_all
from server.api.links import link
from server.api.problems import (
    MEDIA_TYPE,
    KeyMissing,
    Malformed,
    TooLarge,
    UpgradeRequired,
    VersionBlocked,
    WrongMediaType,
    status_of,
)
from server.api.schemas import Nothing, Schema
from server.core.errors import Invalid, NotFound, ShijianError, TooMany, Unauthenticated, Unavailable
from server.core.idempotency import KeyReused, StillRunning

blueprint = Blueprint("openapi", __name__)

PREFIX = "/api/v1"
# What an uploaded file may be.
PICTURES = "image/png, image/jpeg, image/webp, image/gif, image/bmp"
PARAMETER = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
METHODS = ("GET", "POST", "PUT", "DELETE")
# What each resource is called, in the order in which a newcomer reads.
TAGS = {
    "config": "小程序配置",
    "sessions": "登录",
    "consents": "隐私与同意",
    "me": "本人账号",
    "notices": "公告",
    "tickets": "问题与咨询",
    "receipts": "凭回执查询",
    "trainings": "培训签到",
    "knowledge": "知识库",
    "uploads": "图片",
    "subscriptions": "订阅消息",
    "openapi": "接口文档",
    "docs": "接口文档（网页）",
}
INTRODUCTION = """市场监督管理局小程序的服务接口。

身份：`Authorization: Bearer <access_token>`；访问令牌两小时有效，用刷新令牌换新。写入数据的 POST 请求须带
`Idempotency-Key`（客户端生成的唯一编号），断线后用同一编号重发，只生效一次。没有 PATCH；不使用 Cookie。

出错时返回 `application/problem+json`（RFC 9457）：`code` 稳定，供程序判断；`detail` 供人阅读；`errors` 指出字段；
`trace_id` 用于联系维护人员。列表用 `next` 翻页；带 `ETag` 的内容请随 `If-None-Match` 再次请求。
"""


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type = fields.String(required=True, metadata={"description": "拒绝的种类，指向本文档。"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(
        required=True, metadata={"description": "稳定的标识，供程序判断。", "example": "consent_required"}
    )
    detail = fields.String(required=True, metadata={"description": "给人看的中文说明。"})
    trace_id = fields.String(required=True, metadata={"description": "请求编号，与日志一致。"})
    errors = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "字段名到中文说明。"}
    )


@blueprint.get("/openapi.json")
@open_to_all
@any_version
@gives(Nothing)
def document_view() -> Response:
    """本接口的 OpenAPI 3.1 文档。"""
    kept: bytes | None = current_app.extensions.get("shijian_openapi")
    if kept is None:
        kept = orjson.dumps(document(current_app))
        current_app.extensions["shijian_openapi"] = kept
    return conditional(kept)


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    taken: dict[str, type] = {}
    spec = APISpec(
        title="市监 市民接口",
        version=server.__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=partial(_name_of, taken))],
        info={"description": INTRODUCTION},
        servers=[{"url": "/"}],
    )
    spec.components.security_scheme("citizen", {"type": "http", "scheme": "bearer", "description": "市民访问令牌"})
    spec.components.security_scheme("program", {"type": "http", "scheme": "bearer", "description": "接口令牌"})
    _add_headers(spec)
    spec.components.schema("Problem", schema=Problem)
    rules = sorted(_rules(app), key=lambda rule: rule.rule)
    used = {_tag_of(rule) for rule in rules}
    for tag in sorted(used, key=lambda tag: (list(TAGS).index(tag) if tag in TAGS else len(TAGS), tag)):
        spec.tag({"name": tag, "description": TAGS.get(tag, tag)})
    paths: dict[str, dict[str, Any]] = {}
    for rule in rules:
        endpoint = app.view_functions[rule.endpoint]
        for method in METHODS:
            if method in (rule.methods or ()) and isinstance(endpoint, Endpoint):
                path = PARAMETER.sub(r"{\g<name>}", rule.rule)
                paths.setdefault(path, {})[method.lower()] = _operation(rule, endpoint.contract)
    link(paths)
    for path, operations in paths.items():
        spec.path(path=path, operations=operations)
    made: dict[str, Any] = spec.to_dict()
    return made


def _rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX) and isinstance(app.view_functions[rule.endpoint], Endpoint):
            yield rule


def _name_of(taken: dict[str, type], schema: Any) -> str:
    """A schema's name; one that two modules use is told apart by its module."""
    found = resolve_schema_cls(schema)
    kind: type = found[0] if isinstance(found, list) else found
    name = kind.__name__
    if taken.setdefault(name, kind) is not kind:
        return kind.__module__.rpartition(".")[2].title().replace("_", "") + name
    return name


def _tag_of(rule: Rule) -> str:
    return str(rule.endpoint).split(".")[-2]


def _add_headers(spec: APISpec) -> None:
    described = {
        "X-Request-Id": "请求编号。",
        "X-Server-Time": "服务器时间（RFC 3339），倒计时以此为准。",
        "ETag": "内容的标识，随 If-None-Match 再次请求。",
        "Idempotent-Replayed": "true 表示这是先前同一请求的答复。",
        "Retry-After": "多少秒后可以再试。",
        "WWW-Authenticate": "需要的身份。",
    }
    for name, description in described.items():
        spec.components.header(name, {"description": description, "schema": {"type": "string"}})
    spec.components.parameter(
        "Idempotency-Key",
        "header",
        {
            "required": True,
            "description": "客户端生成的唯一编号；同一编号只生效一次，24 小时内重发得到同一答复。",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "example": "0192f0c1-7c1e-7d5a-9c55-3f6f6f0a1b2c",
        },
    )
    spec.components.parameter(
        "If-None-Match", "header", {"description": "上次得到的 ETag。", "schema": {"type": "string"}}
    )


def _operation(rule: Rule, contract: Contract) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": "_".join(rule.endpoint.split(".")[-2:]),
        "tags": [_tag_of(rule)],
        "summary": contract.summary,
        "security": _security(contract),
        "parameters": list(_parameters(rule, contract)),
        "responses": _responses(rule, contract),
    }
    if contract.description:
        operation["description"] = contract.description
    if contract.limits:
        operation["x-rate-limit"] = ";".join(limit.rules for limit in contract.limits)
    if contract.file_field:
        form = {"schema": _form(contract), "encoding": {contract.file_field: {"contentType": PICTURES}}}
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": form}}
    elif contract.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": contract.body}}}
    return operation


def _form(contract: Contract) -> dict[str, Any]:
    parts: list[Any] = [contract.body] if contract.body else []
    file = {
        "type": "object",
        "required": [contract.file_field],
        "properties": {contract.file_field: {"type": "string", "contentMediaType": "application/octet-stream"}},
    }
    # other fields are refused, which an "allOf" has to say for all its parts together
    if parts:
        return {"allOf": [*parts, file], "unevaluatedProperties": False}
    return {**file, "additionalProperties": False}


def _security(contract: Contract) -> list[dict[str, list[str]]]:
    if contract.access is Access.CITIZEN:
        return [{"citizen": []}]
    if contract.access is Access.OPTIONAL_CITIZEN:
        return [{}, {"citizen": []}]
    return [{"program": []}] if contract.access is Access.TOKEN else []


def _parameters(rule: Rule, contract: Contract) -> Iterator[Any]:
    for found in PARAMETER.finditer(rule.rule):
        kind = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer", "minimum": 0}}
        yield {
            "in": "path",
            "name": found["name"],
            "required": True,
            "schema": kind.get(found["kind"] or "", {"type": "string"}),
        }
    if contract.query is not None:
        yield {"in": "query", "schema": contract.query}
    if contract.idempotency is not None:
        yield "Idempotency-Key"
    if contract.etag:
        yield "If-None-Match"


def _responses(rule: Rule, contract: Contract) -> dict[str, Any]:
    headers = {"X-Request-Id": "X-Request-Id", "X-Server-Time": "X-Server-Time"}
    if contract.idempotency is not None:
        headers["Idempotent-Replayed"] = "Idempotent-Replayed"
    if contract.etag:
        headers["ETag"] = "ETag"
    done: dict[str, Any] = {"description": "成功", "headers": headers}
    if contract.answer is not None:
        done["content"] = {contract.media_type: {"schema": _answer(contract)}}
    responses: dict[str, Any] = {str(contract.status): done}
    if contract.etag:
        responses["304"] = {"description": "内容没有变化", "headers": {"ETag": "ETag"}}
    for status, errors in _grouped(_errors(rule, contract)).items():
        responses[str(status)] = _refusal(status, errors)
    return responses


def _answer(contract: Contract) -> Any:
    if contract.media_type != "application/json":
        return {"type": "string"}
    if isinstance(contract.answer, Nothing):
        return {"type": "object"}
    if not contract.paged:
        return contract.answer
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": contract.answer},
            "next": {"type": ["string", "null"], "description": "下一页的位置；没有下一页时为 null。"},
        },
    }


def _errors(rule: Rule, contract: Contract) -> Iterable[type[ShijianError]]:
    found: list[type[ShijianError]] = [*contract.fails, Unavailable]
    if contract.access is not Access.OPEN:
        found.append(Unauthenticated)
    if not contract.any_version and contract.access is not Access.TOKEN:
        found += [UpgradeRequired, VersionBlocked]
    if contract.body is not None or contract.file_field:
        found += [Malformed, Invalid, TooLarge, WrongMediaType]
    if contract.query is not None:
        found.append(Invalid)
    if contract.idempotency is not None:
        found += [KeyMissing, KeyReused, StillRunning]
    if contract.limits:
        found.append(TooMany)
    if "<" in rule.rule:
        found.append(NotFound)
    return dict.fromkeys(found)


def _grouped(errors: Iterable[type[ShijianError]]) -> dict[int, list[type[ShijianError]]]:
    groups: dict[int, list[type[ShijianError]]] = {}
    for error in errors:
        groups.setdefault(status_of(error), []).append(error)
    return dict(sorted(groups.items()))


def _refusal(status: int, errors: list[type[ShijianError]]) -> dict[str, Any]:
    codes = {error.code: error.message for error in errors}
    first = errors[0]
    headers = {"X-Request-Id": "X-Request-Id"}
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) or StillRunning in errors:
        headers["Retry-After"] = "Retry-After"
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "WWW-Authenticate"
    example = {
        "type": f"{PREFIX}/docs#problem-{first.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": first.code,
        "detail": first.message,
        "trace_id": "0192f0c17c1e7d5a9c553f6f6f0a1b2c",
    }
    return {
        "description": "；".join(f"`{code}` {message}" for code, message in sorted(codes.items())),
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": "Problem", "example": example}},
    }
