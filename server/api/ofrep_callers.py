"""Who asks for flags over OFREP: a program with a client key, which is bound to an environment, or a signed-in citizen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask

from server.api.app_context import environment_named
from server.core.db import reading
from server.core.errors import Unauthenticated
from server.core.ids import digest
from server.domain import flags, identity
from server.domain.flags import Environment
from server.domain.identity import TokenInvalid
from server.settings import Profile, Settings

# A revoked key is refused by every worker this much later.
KNOWN_SECONDS = 1.0
MOST_KEYS = 1000
PREFIX = "sjf_"


class KeyUnknown(Unauthenticated):
    """No client key, or one that is not valid any more."""

    code = "flag_key_unknown"
    message = "客户端密钥无效或已停用。"


class CallerUnknown(Unauthenticated):
    """Neither a client key nor an access token."""

    code = "flag_caller_unknown"
    message = "需要客户端密钥（X-API-Key 或 Authorization: Bearer）或市民访问令牌。"


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom flags are evaluated. ``who`` is a citizen's pseudonym, which takes the place of what the context says."""

    environment: Environment
    origins: frozenset[str] = frozenset()
    who: str | None = None


class Callers:
    """Finds out who calls; a client key is remembered for a second."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.config["SETTINGS"]
        self._app = app
        # Tests look at once.
        self._known_seconds = KNOWN_SECONDS if settings.profile is not Profile.TEST else 0.0
        self._known: dict[str, tuple[float, Caller]] = {}

    def identify(self, environ: Mapping[str, str]) -> Caller:
        """The caller of a WSGI request. KeyUnknown, CallerUnknown, or TokenInvalid."""
        secret = environ.get("HTTP_X_API_KEY")
        if secret is not None:
            return self._program(secret.strip())
        scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise CallerUnknown
        return self._program(token) if token.startswith(PREFIX) else self._citizen(token, environ)

    def _program(self, secret: str) -> Caller:
        name = digest(secret)
        kept = self._known.get(name)
        moment = time.monotonic()
        if kept is not None and moment < kept[0]:
            return kept[1]
        with self._app.app_context(), reading():
            key = flags.key_by_secret(secret)
            if key is None:
                self._known.pop(name, None)
                raise KeyUnknown
            found = Caller(key.environment, frozenset(key.origins))
        if len(self._known) >= MOST_KEYS:
            self._known = {}
        self._known[name] = (moment + self._known_seconds, found)
        return found

    def _citizen(self, token: str, environ: Mapping[str, str]) -> Caller:
        with self._app.app_context(), reading():
            actor = identity.citizen_by_token(token, environ.get("REMOTE_ADDR", ""))
        if actor.id is None:
            raise TokenInvalid
        return Caller(environment_named(environ.get("HTTP_X_APP_ENV", "")), who=flags.pseudonym(str(actor.id)))
