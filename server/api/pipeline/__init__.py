"""The vendor's face for its pipeline, /api/vendor/v1: push a version, bring its source map, take steps, fetch flags.

A program comes with an API token, bound to a person and a contract. What it is refused is written into the audit trail.
"""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask, Response, g, request

from server.api.callers import READS
from server.api.problems import refuse
from server.core import db
from server.core.errors import Forbidden, Invalid, ShijianError
from server.domain import identity
from server.domain.identity import Actor

PREFIX = "/api/vendor/v1"
RESOURCES = ("releases", "source_maps", "flags")


def mount(app: Flask) -> None:
    """Mount the resources."""
    vendor = Blueprint("vendor", __name__, url_prefix=PREFIX)
    vendor.register_error_handler(ShijianError, _refused)
    for name in RESOURCES:
        vendor.register_blueprint(importlib.import_module(f"{__name__}.{name}").blueprint)
    app.register_blueprint(vendor)


def _refused(error: ShijianError) -> Response:
    """A refusal, after its trace is safe: the domain's own (``keeps``), or one line written here."""
    db.settle_request(keep=error.keeps)
    actor: Actor | None = g.get("api_actor")
    if (
        actor is not None
        and not error.keeps
        and request.method not in READS
        and isinstance(error, (Forbidden, Invalid))
    ):
        fields = getattr(error, "fields", {})
        with db.unit():
            identity.record(
                actor,
                "vendor_api.refused",
                subject=("route", request.url_rule.rule if request.url_rule else ""),
                summary=f"拒绝流水线请求：{error.text}",
                changes={"code": [None, error.code], "fields": [None, sorted(fields)]},
                result="refused",
            )
    return refuse(error)
