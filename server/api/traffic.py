"""Has every request of the mini program counted by version, platform and build, once its answer is made."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request

from server.domain import releases
from server.domain.identity import ActorKind
from server.domain.releases import LONGEST_HEADER

log = logging.getLogger(__name__)

TOLD = ("Referer", "X-App-Version", "X-App-Env", "X-App-Build", "X-Base-Lib", "X-App-Platform", "User-Agent")
COUNTED = ("/api/v1/",)
LAUNCH = "/api/v1/config"
TOO_MANY = 429


def install(app: Flask, appid: str) -> None:
    """Count for the mini program ``appid``. What a header says never changes the answer."""

    @app.after_request
    def count(response: Response) -> Response:
        if request.path.startswith(COUNTED) and response.status_code != TOO_MANY:
            try:
                _count(appid)
            except Exception:
                log.exception("a request was not counted")
        return response


def _count(appid: str) -> None:
    # Straight from WSGI: werkzeug's header look-up costs more than all that follows.
    told = map(request.environ.get, _NAMES)
    # A longer header is no version; it is not kept, not even for the next request.
    seen = releases.read_sighting(appid, *[text if text and len(text) <= LONGEST_HEADER else "" for text in told])
    if seen is None:
        return
    actor = g.get("api_actor")
    citizen_id = actor.id if actor is not None and actor.kind is ActorKind.CITIZEN else None
    releases.note_traffic(seen, launches=int(request.path == LAUNCH), citizen_id=citizen_id)


_NAMES = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in TOLD)
