"""What a view promises: who may call it, what it takes, what it gives, how it fails. One source for rule and document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from server.api.schemas import Schema
from server.core.errors import ShijianError
from server.domain.identity import Permission


class Access(Enum):
    """Who may call."""

    OPEN = "open"
    OPTIONAL_CITIZEN = "optional_citizen"
    CITIZEN = "citizen"
    TOKEN = "token"  # noqa: S105 - a kind of access


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit: ``rules`` such as ``20/minute;200/day``, counted for each caller, or for each address."""

    rules: str
    by_address: bool = False
    # Views that share a name share the counter; the view's own endpoint otherwise.
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """How a repeated request is known and how long its answer is kept."""

    kept: timedelta
    # The view calls outside before its first statement, so the claim is committed before it runs.
    calls_out: bool = False
    # A secret of the body that names the caller better than the address, which changes between two networks.
    caller_field: str = ""


@dataclass(slots=True)
class Contract:
    """A view's promises, gathered from its decorators."""

    access: Access | None = None
    permission: Permission | None = None
    # Whether it matters who calls: else a token is not looked at.
    asks_who: Callable[[], bool] | None = None
    body: Schema | None = None
    file_field: str = ""
    query: Schema | None = None
    answer: Schema | None = None
    status: int = 200
    paged: bool = False
    # Writes a row out as the answer's schema would, where that is too slow.
    spell: Callable[[Any], dict[str, Any]] | None = None
    etag: bool = False
    media_type: str = "application/json"
    fails: list[type[ShijianError]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    idempotency: Idempotency | None = None
    any_version: bool = False
    summary: str = ""
    description: str = ""
