"""A flag and a segment as an officer authors them: frozen, checked, and told apart by their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from server.domain.flags.documents.vocabulary import BUCKETING, TARGETING_KEY, Kind, Op

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. ``values``: texts, versions, ISO moments in UTC, segment keys, or numbers of a free attribute.
    ``missing`` says what an asker without the attribute comes to, where that has to be said.
    """

    attribute: str
    op: Op
    values: tuple[Value, ...] = ()
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Serve:
    """What a rule gives: one variant, or shares in hundredths of a percent (10 000 together) by an attribute."""

    variant: str = ""
    split: tuple[tuple[str, int], ...] = ()
    by: str = TARGETING_KEY


@dataclass(frozen=True, slots=True)
class Rule:
    """All conditions hold → this is served. Without conditions it holds for everybody."""

    name: str
    when: tuple[Condition, ...]
    serve: Serve


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Another flag that has to come to one of these variants for the same asker."""

    flag: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag's document. ``default`` None: the program's own default. ``targeting`` (flagd's JsonLogic) stands in
    place of ``rules``. ``metadata`` is handed to whoever evaluates the flag.
    """

    key: str
    kind: Kind
    name: str
    variants: Mapping[str, Any]
    seed: str
    enabled: bool = True
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    permanent: bool = False
    expires_on: date | None = None
    default: str | None = None
    bucketing: str = BUCKETING
    prerequisites: tuple[Prerequisite, ...] = ()
    otherwise: str | None = None
    rules: tuple[Rule, ...] = ()
    targeting: Mapping[str, Any] | None = None
    metadata: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segment:
    """A named group of askers: those for whom all conditions of any one of the groups hold, or flagd's ``logic``."""

    key: str
    name: str
    description: str = ""
    any: tuple[tuple[Condition, ...], ...] = ()
    logic: Mapping[str, Any] | None = None
