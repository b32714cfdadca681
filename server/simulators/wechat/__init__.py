"""A WeChat of our own on loopback: the server calls, the pushes, and a page to play a citizen.

Every rule comes from wechat.md; docs/simulator.md tells how to use it. It shares no code
with the service's gateway, so that each checks the other.
"""

import os
from email.utils import formatdate
from typing import Any

from flask import Flask, Response, current_app, request
from flask.sansio.app import App

from server.simulators.wechat import control_code, play
from server.simulators.wechat.config import LOOPBACK, Config, ConfigError
from server.simulators.wechat.endpoints import answer
from server.simulators.wechat.world import World

__all__ = ["Config", "ConfigError", "create_app", "world_of"]


class NotHere(RuntimeError):
    """The simulator was asked to run in production."""


def create_app(config: Config | dict[str, Any] | None = None) -> Flask:
    """The WSGI program; NotHere in the production profile, ConfigError naming every fault of ``config``."""
    if os.environ.get("SHIJIAN_PROFILE") == "production":
        raise NotHere("the WeChat simulator does not run in production")
    world = World(config if isinstance(config, Config) else Config.of(config or {}))
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["PROPAGATE_EXCEPTIONS"] = True  # a cut connection must reach the server as the error that it is
    app.extensions["wechat_world"] = world
    app.before_request(_only_loopback)
    app.after_request(_dated)
    app.register_blueprint(control_code.blueprint)
    app.register_blueprint(play.blueprint)
    methods = ["GET", "POST", "PUT", "DELETE"]
    app.add_url_rule("/<path:_path>", "wechat", lambda _path: answer(world, request), methods=methods)
    return app


def world_of(app: App) -> World:
    """The state behind an application."""
    world: World = app.extensions["wechat_world"]
    return world


def _dated(response: Response) -> Response:
    """By the virtual clock, unless a fault already said another time."""
    response.headers.setdefault("Date", formatdate(world_of(current_app).clock.now(), usegmt=True))
    return response


def _only_loopback() -> Response | None:
    """A page elsewhere must not steer the simulator through a name that points at this machine."""
    host = request.host.rsplit(":", 1)[0].strip("[]") if not request.host.startswith("[") else "::1"
    if host not in LOOPBACK:
        return Response("loopback only\n", 403, content_type="text/plain")
    return None
