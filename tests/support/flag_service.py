"""A running service with flags in its trial environment, for clients that ask it over a real line."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.app import Service
from server.core.db import unit
from server.domain.flags import Environment
from tests.support import flag_sets, town
from tests.support.databases import fresh_database
from tests.support.service import RunningService, running_service

BULK = "/ofrep/v1/evaluate/flags"
TRIAL = Environment.TRIAL
# Not the profile of tests, in which a worker looks for newer flags at every request.
SETTINGS = {"profile": "development"}


@dataclass(frozen=True, slots=True)
class FlagService:
    """The service, its address, and a client key's secret."""

    running: RunningService
    app: Service
    secret: str

    @property
    def url(self) -> str:
        return self.running.url

    def publish(self, *documents: dict[str, Any]) -> int:
        """Put flags in force from this process, as the console of some worker would; committed when it returns."""
        with self.app.app_context(), unit():
            return flag_sets.publish(TRIAL, *documents)

    def bulk(self, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """All flags by their keys, over a connection of its own."""
        request = urllib.request.Request(
            f"{self.url}{BULK}",
            data=json.dumps({"context": dict(context or {})}).encode(),
            headers={"X-API-Key": self.secret, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return {each["key"]: each for each in json.load(answer)["flags"]}


@contextmanager
def flag_service(
    make: str, folder: Path, *documents: dict[str, Any], processes: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[FlagService]:
    """A service on a fresh database with these flags in force."""
    wanted = SETTINGS | dict(settings or {})
    with (
        fresh_database(make, folder) as database,
        running_service(database.url, folder / "data", workers=0, web_processes=processes, settings=wanted) as running,
        town.application(running.environ) as app,
    ):
        with app.app_context(), unit():
            secret = flag_sets.key_for(TRIAL)
        made = FlagService(running, app, secret)
        if documents:
            made.publish(*documents)
        yield made
