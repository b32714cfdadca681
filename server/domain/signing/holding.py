"""Papers that nobody may sign for now: a room above knows what became of the matter, and says which ones and why."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from server.core.db import session
from server.domain.documents import Document
from server.domain.signing.refusals import HeldBack

# The ids of the papers, as a query: one way of telling for a single paper and for lists.
Papers = Callable[[], sa.Select[tuple[uuid.UUID]]]


@dataclass(frozen=True, slots=True)
class _Hold:
    papers: Papers
    words: str


_holds: dict[str, _Hold] = {}


def hold_back(kind_code: str, papers: Papers, words: str) -> None:
    """Have papers of a kind refused while the room's query names them; called once where the room is loaded."""
    _holds[kind_code] = _Hold(papers, words)


def held_back(document: Document) -> str:
    """Why the document may not be signed for now; empty if it may."""
    found = _holds.get(document.kind)
    if found is None:
        return ""
    named = sa.select(Document.id).where(Document.id == document.id, Document.id.in_(found.papers()))
    return found.words if session().scalar(named) is not None else ""


def refuse_held_back(document: Document) -> None:
    """HeldBack while a room holds it."""
    if words := held_back(document):
        raise HeldBack(words)


def free() -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the documents that no room holds back."""
    return [sa.or_(Document.kind != kind, Document.id.not_in(each.papers())) for kind, each in _holds.items()]
