"""The JSON faces: the citizens' /api/v1 and WeChat's callbacks."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask, Response

from server.api import config
from server.api.problems import refuse
from server.core import clock
from server.gateways.limits import open_limiter
from server.settings import Settings

__all__ = ["RESOURCES", "install", "refuse"]

# Modules under server.api with a ``blueprint``; those of /api/v1 are mounted under it, the rest at the root.
RESOURCES: list[str] = [
    "config",
    "consents",
    "docs",
    "me",
    "openapi",
    "notices",
    "subscriptions",
    "sessions",
    "uploads",
    "tickets",
    "receipts",
]
AT_ROOT: list[str] = ["media", "wechat"]


def install(app: Flask, settings: Settings) -> None:
    """Mount the resources and open the shared limiter."""
    if settings.rate_limits:
        app.extensions["shijian_limiter"] = open_limiter(redis_url=settings.redis_url, data_dir=settings.data_dir)
    v1 = Blueprint("api", __name__, url_prefix="/api/v1")
    for name in RESOURCES:
        v1.register_blueprint(importlib.import_module(f"server.api.{name}").blueprint)
    v1.after_request(_dress)
    app.register_blueprint(v1)
    for name in AT_ROOT:
        app.register_blueprint(importlib.import_module(f"server.api.{name}").blueprint)
    config.install(app)


def _dress(response: Response) -> Response:
    """What every answer of the API carries: no sniffing, nothing to run, and the server's time for countdowns."""
    headers = response.headers
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Server-Time"] = clock.now().isoformat(timespec="milliseconds")
    return response
