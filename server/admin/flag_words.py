"""What the pages about flags share: the environment in an address, times in a form, two flag sets compared, plain reading of values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from server.admin.flag_sides import pretty
from server.admin.navigation import url_if
from server.core.enums import Labelled
from server.core.errors import FieldErrors, NotFound
from server.domain import flags
from server.domain.flags import Content, Environment, Subject
from server.domain.identity import Actor

LONGEST_SHOWN = 120


def environment_of(value: str) -> Environment:
    """The environment that an address names. NotFound."""
    if value not in set(Environment):
        raise NotFound
    return Environment(value)


def asked_environment(name: str = "environment", default: Environment = Environment.RELEASE) -> Environment:
    """The environment that the query names, or the usual one."""
    value = request.args.get(name, "")
    return Environment(value) if value in set(Environment) else default


def member(kind: type[Labelled], value: str) -> Any:
    """The enum's member of this value; None for anything else."""
    return kind(value) if value in set(kind) else None


def shown(value: Any) -> str:
    """A flag's value on one line, as JSON, cut where it gets long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def subject_url(subject: Subject, key: str) -> str:
    """The page of a flag or a segment, empty where there is none."""
    if subject is Subject.FLAG:
        return url_if("flags.show", key=key)
    return url_if("flag_segments.show", key=key) or url_if("flag_segments.index")


def names_of(content: Content) -> dict[str, str]:
    """The flags' names by key."""
    return {key: str(document.get("name") or key) for key, document in content.flags.items()}


def name_everywhere(actor: Actor, key: str) -> tuple[str, bool]:
    """A flag's name as it stands in the first environment that has it, and whether any has."""
    for environment in Environment:
        document = flags.find_content(actor, environment).flags.get(key)
        if document is not None:
            return str(document.get("name") or key), True
    return key, False


def told_by_field(errors: FieldErrors) -> dict[str, list[str]]:
    """Errors by path as sentences for the form as a whole: 「flags.a.rules」：… ."""
    return {"_schema": [f"{path}：{'；'.join(texts)}" if path else "；".join(texts) for path, texts in errors.items()]}


def revision_url(environment: Environment, number: int) -> str:
    """The page of a revision."""
    return url_for("flag_revisions.show", environment=environment.value, number=number)


def as_text(document: Mapping[str, Any]) -> bytes:
    """A document as a file: indented JSON, UTF-8, with an end of line."""
    return (pretty(document) + "\n").encode()
