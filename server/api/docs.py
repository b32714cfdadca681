"""The OpenAPI document as a page that people read: no script, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from markupsafe import Markup, escape

from server.api.answers import conditional
from server.api.http import any_version, gives_bytes, open_to_all
from server.api.openapi import document

blueprint = Blueprint("docs", __name__, template_folder="templates")

STYLE = Path(__file__).parent / "static" / "docs.css"
HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@blueprint.get("/docs")
@open_to_all
@any_version
@gives_bytes("text/html")
def index() -> Response:
    """本接口的网页文档。"""
    kept: bytes | None = current_app.extensions.get("shijian_docs_page")
    if kept is None:
        spec = document(current_app)
        kept = render_template("api/docs.html", spec=spec, groups=_groups(spec), named=_named, coded=_coded).encode()
        current_app.extensions["shijian_docs_page"] = kept
    answer = conditional(kept, content_type=HTML)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@blueprint.get("/docs.css")
@open_to_all
@any_version
@gives_bytes("text/css")
def style() -> Response:
    """网页文档的样式。"""
    return conditional(STYLE.read_bytes(), content_type=CSS)


def _groups(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations by tag, in the order of the tags, with what they refer to put in its place."""
    groups: dict[str, dict[str, Any]] = {
        tag["name"]: {"name": tag["name"], "title": tag["description"], "operations": []} for tag in spec["tags"]
    }
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            groups[operation["tags"][0]]["operations"].append(_operation(spec, path, method, operation))
    return list(groups.values())


def _operation(spec: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    bodies = operation.get("requestBody", {}).get("content", {})
    return {
        **operation,
        "path": path,
        "method": method.upper(),
        "parameters": [_resolved(spec, parameter) for parameter in operation["parameters"]],
        "body": [_named(content["schema"]) for content in bodies.values()],
        "open": not operation["security"],
        "answers": {
            status: [_named(content["schema"]) for content in response.get("content", {}).values()]
            for status, response in operation["responses"].items()
        },
    }


def _resolved(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = spec
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    resolved: dict[str, Any] = found
    return resolved


def _named(schema: dict[str, Any]) -> dict[str, str]:
    """A schema in a few words: its name and where it is explained, or its type."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {"text": name, "name": name}
    for inner in ("allOf", "anyOf", "oneOf"):
        if inner in schema:
            return _named(schema[inner][0])
    if schema.get("type") == "array":
        item = _named(schema.get("items", {}))
        return {"text": f"{item['text']} 的列表", "name": item["name"]}
    if "items" in schema.get("properties", {}):
        item = _named(schema["properties"]["items"]["items"])
        return {"text": f"{item['text']} 的分页列表", "name": item["name"]}
    kind = schema.get("type", "任意")
    text = " 或 ".join(kind) if isinstance(kind, list) else str(kind)
    return {"text": f"{text} ({schema['format']})" if "format" in schema else text, "name": ""}


def _coded(text: str) -> Markup:
    """A text with what stands between backticks set as code; everything is escaped."""
    parts = [escape(part) for part in text.split("`")]
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))
