"""The JSON faces: the citizens' /api/v1, the vendor's pipeline, OFREP, and WeChat's callbacks."""

from __future__ import annotations

import importlib

from flask import Blueprint, Flask, Response, request

from server.api import config, flag_sets, ofrep, pipeline, traffic
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
    "knowledge",
    "me",
    "openapi",
    "notices",
    "subscriptions",
    "sessions",
    "uploads",
    "tickets",
    "receipts",
    "trainings",
]
AT_ROOT: list[str] = ["health", "media", "wechat"]

DRESS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
)
A_YEAR = "max-age=31536000; includeSubDomains"


def install(app: Flask, settings: Settings) -> None:
    """Mount the resources and open the shared limiter."""
    if settings.rate_limits:
        app.extensions["shijian_limiter"] = open_limiter(redis_url=settings.redis_url, data_dir=settings.data_dir)
    v1 = Blueprint("api", __name__, url_prefix="/api/v1")
    for name in RESOURCES:
        v1.register_blueprint(importlib.import_module(f"server.api.{name}").blueprint)
    app.register_blueprint(v1)
    for name in AT_ROOT:
        app.register_blueprint(importlib.import_module(f"server.api.{name}").blueprint)
    pipeline.mount(app)
    config.install(app)
    flag_sets.install(app)
    traffic.install(app, settings.wechat_appid)
    app.after_request(_dress)
    app.wsgi_app = ofrep.Ofrep(app, app.wsgi_app)  # type: ignore[method-assign]  # Flask's own advice


def _dress(response: Response) -> Response:
    """What every answer of the API carries: no sniffing, nothing to run, and the server's time for countdowns."""
    if not request.path.startswith("/api/"):
        return response
    headers = response.headers
    # A view that says otherwise (the page of the document, a picture) keeps its word.
    headers.extend([(name, value) for name, value in DRESS if name not in headers])
    headers.add("X-Server-Time", clock.now().isoformat(timespec="milliseconds"))
    if request.is_secure:
        headers["Strict-Transport-Security"] = A_YEAR
    return response
