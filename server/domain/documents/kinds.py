"""The kinds of document: each room above registers what it can put on paper, so that this one need not know them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from server.core.errors import NotFound
from server.domain.documents.vocabulary import Format, Side
from server.domain.identity import Actor, Permission
from server.gateways.office.layout import Form


class KindNotFound(NotFound):
    """No such kind of document is known."""

    code = "document_kind_not_found"
    message = "没有这种文书。"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a room wants on paper: of which contract, on what, with which content (texts and figures only, in Chinese).

    ``covers_on`` is a day of the month that the document belongs to (for archives); ``sources`` are pairs of words and
    console address, for readers who want to see where a figure comes from.
    """

    contract_id: uuid.UUID
    subject_id: uuid.UUID
    content: Mapping[str, Any]
    title: str = ""
    head: tuple[str, ...] = ()
    covers_on: date | None = None
    sources: tuple[tuple[str, str], ...] = ()


Composer = Callable[[Actor, uuid.UUID], Draft]
Subjects = Callable[[Actor, uuid.UUID, date, date], Sequence[uuid.UUID]]
"""What a kind can be issued for, of a contract, in a span of days (both included): for batches."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its form, its number's prefix, who signs, in which files it comes.

    ``code`` is stable and English, ``label`` Chinese. ``subject_kind`` says what the ids of its subjects are. Whoever has
    ``view`` on the contract may read it, whoever has ``issue`` may have it made. ``keep_years``: retention. ``subjects``
    lists what many can be issued for at once; ``sample`` is a content for trying templates, made up where it is missing.
    """

    code: str
    label: str
    prefix: str
    subject_kind: str
    form: Form
    compose: Composer
    sides: tuple[Side, ...] = (Side.VENDOR, Side.BUREAU)
    formats: tuple[Format, ...] = (Format.PDF, Format.DOCX)
    view: Permission = Permission.DOCUMENT_VIEW
    issue: Permission = Permission.DOCUMENT_ISSUE
    keep_years: int = 10
    group: str = ""
    sample: Mapping[str, Any] = field(default_factory=dict)
    subjects: Subjects | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known; called where a room is loaded. Twice the same code is a programmer's error."""
    if kind.code in _kinds and _kinds[kind.code] is not kind:
        raise ValueError(f"document kind {kind.code} is registered twice")
    _kinds[kind.code] = kind
    return kind


def kind_of(code: str) -> Kind:
    """A kind by its code; KindNotFound."""
    try:
        return _kinds[code]
    except KeyError:
        raise KindNotFound from None


def kinds() -> list[Kind]:
    """All of them, in the order of their prefixes."""
    return sorted(_kinds.values(), key=lambda kind: (kind.group, kind.prefix))
