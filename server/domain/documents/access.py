"""Whose documents one may see, and how a row is held while it changes."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.domain.documents.kinds import kinds
from server.domain.documents.models import Document
from server.domain.identity import Actor, Permission


class DocumentNotFound(NotFound):
    """There is no such document, or it is of a contract or kind that is not this officer's to see."""

    code = "document_not_found"
    message = "没有找到该文书。"


def visible(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the documents that the actor may see: of own contracts, and of kinds that may be read there."""
    actor.need(Permission.DOCUMENT_VIEW)
    found: list[sa.ColumnElement[bool]] = [_within(actor, Permission.DOCUMENT_VIEW)]
    by_permission: dict[Permission, list[str]] = {}
    for kind in kinds():
        if kind.view is not Permission.DOCUMENT_VIEW:
            by_permission.setdefault(kind.view, []).append(kind.code)
    for permission, codes in by_permission.items():
        found.append(sa.or_(Document.kind.not_in(codes), _within(actor, permission)))
    return found


def find(actor: Actor, document_id: uuid.UUID) -> Document:
    """A document that the actor may see; DocumentNotFound otherwise."""
    return _one(sa.select(Document).where(Document.id == document_id, *visible(actor)))


def hold(actor: Actor, document_id: uuid.UUID) -> Document:
    """The same, as it stands now and held against other writers."""
    session().flush()
    query = sa.select(Document).where(Document.id == document_id, *visible(actor))
    return _one(query.with_for_update().execution_options(populate_existing=True))


def _one(query: sa.Select[Any]) -> Document:
    found: Document | None = session().scalars(query).one_or_none()
    if found is None:
        raise DocumentNotFound
    return found


def _within(actor: Actor, permission: Permission) -> sa.ColumnElement[bool]:
    if not actor.may(permission):
        return sa.false()
    scope = actor.contracts_for(permission)
    return sa.true() if scope is None else Document.contract_id.in_(scope)
