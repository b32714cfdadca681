"""OFREP as we serve it, as an OpenAPI 3.1 document.

It follows the protocol's own description (open-feature/protocol, 0.3.0) with the faults taken out that make it unusable
for a check: a flag without a value is told from one with a value, so that exactly one of the shapes fits; the reasons
and codes that the protocol's text uses are among those allowed; ``Retry-After`` is a number of seconds.
"""

from __future__ import annotations

from typing import Any

import server
from server.api.ofrep_answers import JSON_KIND
from server.domain.flags import ErrorCode, Reason

INTRODUCTION = """Feature flags for any OpenFeature SDK (OFREP). docs/ofrep.md says how to connect and what differs.

A client key is bound to one environment. A citizen's access token asks for the environment that `X-App-Env` names
(`develop`, `trial`, `release`; the released one without) and is evaluated under a pseudonym of the citizen.
"""
KEY = {
    "type": "string",
    "pattern": "^[A-Za-z0-9._-]{1,100}$",
    "description": "The flag's key.",
    "example": "new-search",
}
DETAILS = {"type": "string", "minLength": 1, "description": "A sentence for who reads the client's log."}
METADATA = {"type": "object", "additionalProperties": {"type": ["boolean", "string", "number"]}}
TEXT = {"type": "string"}
SECONDS = {"type": "string", "pattern": "^[0-9]+$"}
# What a refusal of a whole request may be called; a flag's own faults are in ``ErrorCode``.
REFUSALS = ("PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL")


def document() -> dict[str, Any]:
    """The document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "市监 OFREP", "version": server.__version__, "description": INTRODUCTION},
        "servers": [{"url": "/"}],
        "security": [{"clientKey": []}, {"bearer": []}],
        "tags": [{"name": "ofrep", "description": "OpenFeature Remote Evaluation Protocol"}],
        "paths": {
            "/ofrep/v1/evaluate/flags": {"post": _bulk()},
            "/ofrep/v1/evaluate/flags/{key}": {"post": _one()},
        },
        "components": {
            "securitySchemes": {
                "clientKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer", "description": "A client key or a citizen's token."},
            },
            "schemas": _schemas(),
        },
    }


def _bulk() -> dict[str, Any]:
    tag = {"ETag": {"required": True, "schema": TEXT, "description": "Of the body: it covers the context."}}
    answers = {
        "200": _answer("Every flag of the environment, in the order of keys.", "Bulk", tag),
        "304": {"description": "The same as the caller has.", "headers": tag},
    }
    return _operation("evaluateFlags", "Evaluate all flags", answers, "RequestRefused", asks=[_header("If-None-Match")])


def _one() -> dict[str, Any]:
    answers = {
        "200": _answer("What the flag comes to.", "Evaluated"),
        "404": _answer("There is no such flag.", "FlagRefused"),
    }
    key = {"in": "path", "name": "key", "required": True, "schema": KEY}
    return _operation("evaluateFlag", "Evaluate one flag", answers, "FlagRefused", asks=[key])


def _operation(
    name: str, summary: str, answers: dict[str, Any], refused: str, *, asks: list[dict[str, Any]]
) -> dict[str, Any]:
    again = {"Retry-After": {"required": True, "schema": SECONDS, "description": "Seconds."}}
    who = {"WWW-Authenticate": {"required": True, "schema": TEXT}}
    refusals = {
        "400": _answer("No JSON, no context, or a flag whose rule cannot be evaluated.", refused),
        "401": _answer("No key and no token, or one that is not valid.", refused, who),
        "413": _answer("More than 64 KiB.", refused),
        "415": _answer("Not application/json.", refused),
        "429": _answer("Too often from one address.", refused, again),
        "500": _answer("Our fault.", refused),
        "503": _answer("The flags cannot be read for the moment.", refused, again),
    }
    return {
        "operationId": name,
        "tags": ["ofrep"],
        "summary": summary,
        "parameters": [*asks, _header("X-App-Env")],
        "requestBody": {"required": True, "content": {JSON_KIND: {"schema": _ref("Request")}}},
        "responses": dict(sorted({**answers, **refusals}.items())),
    }


def _header(name: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": False, "schema": TEXT}


def _answer(description: str, schema: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    named = {"X-Request-Id": {"required": True, "schema": TEXT}} | (headers or {})
    return {"description": description, "headers": named, "content": {JSON_KIND: {"schema": _ref(schema)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _schemas() -> dict[str, Any]:
    context = {
        "type": "object",
        "properties": {"targetingKey": {"type": "string", "description": "Who asks; needed for shares only."}},
        "additionalProperties": True,
    }
    evaluated = {"key": KEY, "variant": TEXT, "metadata": METADATA}
    failed = {"errorCode": {"enum": [*ErrorCode]}, "errorDetails": DETAILS, "metadata": METADATA}
    value = {"type": ["boolean", "string", "number", "object"]}
    return {
        "Request": {"type": "object", "properties": {"context": context}},
        "Valued": _closed(
            evaluated | {"value": value, "reason": {"enum": [Reason.STATIC, Reason.TARGETING_MATCH, Reason.DEFAULT]}}
        ),
        "LeftToTheCode": _closed(evaluated | {"reason": {"enum": [Reason.DISABLED, Reason.DEFAULT]}}),
        "Evaluated": {"oneOf": [_ref("Valued"), _ref("LeftToTheCode")]},
        "Failed": _closed({"key": KEY, **failed}),
        "Bulk": {
            "type": "object",
            "required": ["flags", "metadata"],
            "properties": {
                "flags": {"type": "array", "items": {"oneOf": [_ref("Evaluated"), _ref("Failed")]}},
                "metadata": METADATA,
            },
        },
        "RequestRefused": _closed({"errorCode": {"enum": [*REFUSALS]}, "errorDetails": DETAILS}),
        "FlagRefused": {
            "type": "object",
            "required": ["key", "errorCode", "errorDetails"],
            "properties": {
                "key": {"type": "string", "description": "The key that was asked for, whatever it is."},
                "errorCode": {"enum": sorted({*ErrorCode, *REFUSALS})},
                "errorDetails": DETAILS,
                "metadata": METADATA,
            },
        },
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly these."""
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
