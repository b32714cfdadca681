"""Whose records one may see, and the rows that writing steps hold. What is foreign does not exist (404, never 403)."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Forbidden, NotFound
from server.domain import contracts
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.records.models import Completion, Material, RemoteSession

Row = TypeVar("Row", Completion, Material, RemoteSession)


class RecordNotFound(NotFound):
    """There is no such record, or it is not this person's to see."""

    code = "record_not_found"
    message = "没有找到该记录。"


def may(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> bool:
    """Whether the actor holds a permission for a contract."""
    scope = actor.contracts_for(permission)
    return scope is None or contract_id in scope


def of_bureau(actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds a permission as the bureau does: for every contract."""
    return actor.contracts_for(permission) is None


def need(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> None:
    """Forbidden unless the actor may."""
    if not may(actor, permission, contract_id):
        raise Forbidden(permission=permission.value)


def visible(actor: Actor, permission: Permission, column: Any) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave what belongs to the actor's contracts."""
    actor.need(permission)
    scope = actor.contracts_for(permission)
    return [] if scope is None else [column.in_(scope)]


def contract_of(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> Contract:
    """The contract that something new is for: NotFound where the actor may not see it, Forbidden without the permission."""
    actor.need(permission)
    found = contracts.find(actor, contract_id)
    need(actor, permission, contract_id)
    return found


def find(actor: Actor, model: type[Row], permission: Permission, record_id: uuid.UUID) -> Row:
    """One record, if the actor may see it."""
    return _one(sa.select(model).where(model.id == record_id, *visible(actor, permission, model.contract_id)))


def find_for_update(actor: Actor, model: type[Row], permission: Permission, record_id: uuid.UUID) -> Row:
    """One record as it stands now, held against other writers until the unit ends."""
    query = sa.select(model).where(model.id == record_id, *visible(actor, permission, model.contract_id))
    return _one(query.with_for_update().execution_options(populate_existing=True))


def _one(query: sa.Select[tuple[Row]]) -> Row:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise RecordNotFound
    return found
