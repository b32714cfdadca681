"""Who asks, as flags see it: what the mini program's headers say, and a pseudonym."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from server.api.flag_sets import WHO
from server.domain import flags
from server.domain.flags import Environment
from server.domain.identity import Actor, ActorKind

HEADERS = (
    ("version", "HTTP_X_APP_VERSION"),
    ("platform", "HTTP_X_APP_PLATFORM"),
    ("baseLibrary", "HTTP_X_BASE_LIB"),
    ("region", "HTTP_X_APP_REGION"),
)
LONGEST = 64
# A random number that an installation gives itself.
INSTALL = re.compile(r"[0-9A-Za-z-]{16,64}")


def environment() -> Environment:
    """The environment that the caller says it runs in; the released one if it says none that we know.

    It is the client's own word: good for choosing flags, worth nothing as a check of access.
    """
    return environment_named(request.environ.get("HTTP_X_APP_ENV", ""))


def environment_named(name: str) -> Environment:
    """The same of a header's text."""
    try:
        return Environment(name)
    except ValueError:
        return Environment.RELEASE


def read(where: Environment, actor: Actor) -> dict[str, Any]:
    """The context of the running request. Its targeting key is the citizen's pseudonym, or the installation's number."""
    told = request.environ
    context: dict[str, Any] = {"environment": where.value}
    for attribute, name in HEADERS:
        value = told.get(name)
        if value and len(value) <= LONGEST:
            # WSGI hands over UTF-8 as if it were Latin-1.
            context[attribute] = value.encode("latin-1", "replace").decode("utf-8", "replace")
    if actor.kind is ActorKind.CITIZEN:
        context[WHO] = flags.pseudonym(str(actor.id))
    elif INSTALL.fullmatch(install := told.get("HTTP_X_APP_INSTALL", "")):
        context[WHO] = install
    return context
