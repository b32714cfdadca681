"""This worker's compiled flag sets, one an environment; it looks for newer revisions at most once a second."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, current_app

from server.core import clock
from server.core.db import reading
from server.core.errors import Unavailable
from server.domain import flags
from server.domain.flags import Environment, FlagSet, Outcome
from server.settings import Profile, Settings

log = logging.getLogger(__name__)

# A publish is seen by every worker this much later, and a look is one small statement.
FRESH_SECONDS = 1.0
WHO = "targetingKey"


class ServedSet:
    """One environment's flags as they are served. ``number`` is the revision's."""

    def __init__(self, environment: Environment, number: int, compiled: FlagSet) -> None:
        self.environment = environment
        self.number = number
        self.compiled = compiled
        self.reads_who = WHO in compiled.attributes
        self.spelt: dict[Outcome, bytes] = {}
        """What the app's config makes of outcomes."""
        self._sampler = flags.ContextSampler(environment, compiled.attributes)

    def outcomes(self, context: Mapping[str, Any], *, pseudonymous: bool) -> list[Outcome]:
        """What every flag comes to in a context, counted. ``pseudonymous``: its targeting key is a pseudonym of ours."""
        found = self.compiled.outcomes(context, at=clock.now())
        self._note(context, found, pseudonymous)
        return found

    def outcome(self, key: str, context: Mapping[str, Any], *, pseudonymous: bool) -> Outcome:
        """The same for one flag; an error if there is none of this key."""
        found = self.compiled.outcome(key, context, at=clock.now())
        self._note(context, [found], pseudonymous)
        return found

    def _note(self, context: Mapping[str, Any], found: Sequence[Outcome], pseudonymous: bool) -> None:
        flags.note_evaluations(self.environment, context.get("version"), found)
        self._sampler.note(context, pseudonymous=pseudonymous)


class FlagSets:
    """The sets of all environments. For every thread; nobody waits while another looks."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self._app = app
        # Tests look at once.
        self._fresh_seconds = FRESH_SECONDS if settings.profile is not Profile.TEST else 0.0
        self._fresh_until = 0.0
        self._looking = threading.Lock()
        self._sets: Mapping[Environment, ServedSet] | None = None
        self._broken: dict[Environment, int] = {}

    def of(self, environment: Environment) -> ServedSet | None:
        """The environment's newest set; the one before while that cannot be read, and None if there is none at all.

        Unavailable while nothing was ever read.
        """
        if time.monotonic() >= self._fresh_until:
            self._look()
        if self._sets is None:
            raise Unavailable
        return self._sets.get(environment)

    def _look(self) -> None:
        # Only who has nothing to serve waits for the one who looks.
        if not self._looking.acquire(blocking=self._sets is None):
            return
        try:
            if time.monotonic() < self._fresh_until:
                return
            self._sets = self._newest(self._sets or {})
        except Exception:
            log.exception("flags cannot be read; those known are served on")
        finally:
            self._fresh_until = time.monotonic() + self._fresh_seconds
            self._looking.release()

    def _newest(self, known: Mapping[Environment, ServedSet]) -> Mapping[Environment, ServedSet]:
        with self._app.app_context(), reading():
            heads = flags.heads()
            found = {environment: self._made(environment, heads[environment], known) for environment in Environment}
        return {environment: served for environment, served in found.items() if served is not None}

    def _made(self, environment: Environment, number: int, known: Mapping[Environment, ServedSet]) -> ServedSet | None:
        kept = known.get(environment)
        if number in (self._broken.get(environment), kept.number if kept else None):
            return kept
        document = flags.document_of(flags.content(environment, number))
        try:
            compiled = flags.compile_set(document)
        except Exception:
            log.exception("a flag set cannot be served", extra={"environment": environment.value, "revision": number})
            self._broken[environment] = number
            return kept
        return ServedSet(environment, number, compiled)


def install(app: Flask) -> None:
    """Give the application its sets; nothing is read yet."""
    app.extensions["shijian_flag_sets"] = FlagSets(app)


def served(environment: Environment) -> ServedSet | None:
    """The running application's set of an environment; None if it cannot be had, which is logged."""
    sets: FlagSets = current_app.extensions["shijian_flag_sets"]
    try:
        return sets.of(environment)
    except Unavailable:
        return None
