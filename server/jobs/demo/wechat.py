"""Brings the simulated WeChat, which forgets at every start, to where the demo's ledger says that it is."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from server.app import Service
from server.core.db import reading
from server.domain import releases
from server.domain.flags import Environment
from server.domain.releases import Release
from server.settings import Settings


def control(settings: Settings, call: str, values: dict[str, Any]) -> dict[str, Any]:
    """One call of the simulator's control API."""
    request = urllib.request.Request(  # noqa: S310 - the simulator's loopback address
        f"{settings.simulator_url}/_sim/{call}",
        data=json.dumps(values).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        found: dict[str, Any] = json.load(answer)
    return found


def align(app: Service) -> None:
    """Play what is live, gray and in audit to the simulator, under the numbers that the ledger learnt from traffic."""
    settings: Settings = app.config["SETTINGS"]
    with app.app_context(), reading():
        live, gray, audit = releases.current(Environment.RELEASE), releases.current_gray(), releases.current_audit()
        numbers = {version: build for build, version in releases.learnt_builds().items()}
        if live is not None:
            control(settings, "code", {"never_released": True})
        for release, last in ((live, "release"), (gray, "gray"), (audit, "submit")):
            if release is not None:
                _play(settings, release, last, numbers.get(release.version))


def _play(settings: Settings, release: Release, last: str, number: str | None) -> None:
    if number is not None:
        control(settings, "code", {"next_number": int(number)})
    control(
        settings, "console", {"click": "upload", "user_version": release.version, "user_desc": release.changelog[:100]}
    )
    control(settings, "console", {"click": "submit"})
    if last != "submit":
        control(settings, "audits/decide", {"verdict": "approved"})
        control(settings, "console", {"click": last, "percentage": release.gray_percent})
