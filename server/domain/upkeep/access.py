"""Whose upkeep one may see, and the rows that writing steps hold. What is foreign does not exist (404, never 403)."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.domain import contracts
from server.domain.contracts import Contract
from server.domain.identity import Actor, Permission
from server.domain.upkeep.inspection_models import Finding, Inspection
from server.domain.upkeep.models import Drill, Guidance, Plan, Visit, Work

VIEW, LOG = Permission.RECORD_VIEW, Permission.RECORD_LOG
Row = TypeVar("Row", Work, Guidance, Visit, Plan, Drill, Inspection, Finding)


class UpkeepNotFound(NotFound):
    """There is no such entry, or it is not this person's to see."""

    code = "upkeep_not_found"
    message = "没有找到该记录。"


class Moved(Conflict):
    """Somebody changed it in the meantime."""

    code = "upkeep_moved"
    message = "该记录刚被他人修改，请核对最新内容后再保存。"


def visible(actor: Actor, column: Any) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave what belongs to the actor's contracts. Needs record.view."""
    actor.need(VIEW)
    scope = actor.contracts_for(VIEW)
    return [] if scope is None else [column.in_(scope)]


def of_bureau(actor: Actor) -> bool:
    """Whether the actor keeps records as the bureau does: for every contract."""
    return actor.may(LOG) and actor.contracts_for(LOG) is None


def contract_for(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """The contract that something new is for: NotFound where the actor may not see it, Forbidden without record.log."""
    actor.need(LOG)
    found = contracts.find(actor, contract_id)
    actor.need(LOG, contract_id)
    return found


def find(actor: Actor, model: type[Row], key: uuid.UUID) -> Row:
    """One row, if the actor may see it."""
    return _one(sa.select(model).where(model.id == key, *visible(actor, model.contract_id)))


def hold(actor: Actor, model: type[Row], key: uuid.UUID, *, version: int | None = None) -> Row:
    """One row as it stands now, held against other writers. Needs record.log on its contract; Moved at another version."""
    session().flush()
    query = sa.select(model).where(model.id == key, *visible(actor, model.contract_id))
    found = _one(query.with_for_update().execution_options(populate_existing=True))
    actor.need(LOG, found.contract_id)
    if version is not None and getattr(found, "version", version) != version:
        raise Moved
    return found


def _one(query: sa.Select[tuple[Row]]) -> Row:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise UpkeepNotFound
    return found
