"""Whose entries one may see, what is the bureau's alone, and how a row is held while it changes."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Forbidden, Invalid, NotFound
from server.core.secrecy import refuse_marked
from server.core.serials import next_number, prepare
from server.domain import contracts
from server.domain.identity import Actor, Permission
from server.domain.secrecy.models import Handover, Incident, Promise, SecrecyItem

Row = TypeVar("Row", SecrecyItem, Promise, Handover, Incident)
ITEM_SERIES, PROMISE_SERIES, HANDOVER_SERIES, INCIDENT_SERIES = "MJ", "CN", "YJ", "AQ"
SERIES = (ITEM_SERIES, PROMISE_SERIES, HANDOVER_SERIES, INCIDENT_SERIES)


class SecrecyNotFound(NotFound):
    """There is no such entry, or it is of a contract that is not this officer's to see."""

    code = "secrecy_not_found"
    message = "没有找到该记录。"


def visible(actor: Actor, model: type[Any]) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the rows of the contracts whose secrecy the actor may see. Needs secrecy.view."""
    actor.need(Permission.SECRECY_VIEW)
    scope = actor.contracts_for(Permission.SECRECY_VIEW)
    return [] if scope is None else [model.contract_id.in_(scope)]


def find(actor: Actor, model: type[Row], row_id: uuid.UUID) -> Row:
    """One row, if the actor may see it; SecrecyNotFound otherwise."""
    return _one(sa.select(model).where(model.id == row_id, *visible(actor, model)))


def hold(actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission) -> Row:
    """One row that the actor may change, held against other writers until the unit ends."""
    session().flush()
    query = sa.select(model).where(model.id == row_id, *visible(actor, model))
    found = _one(query.with_for_update().execution_options(populate_existing=True))
    need(actor, permission, found.contract_id)
    return found


def need(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> None:
    """Forbidden unless the actor holds the permission for the contract."""
    scope = actor.contracts_for(permission)
    if permission not in actor.grants or (scope is not None and contract_id not in scope):
        raise Forbidden(permission=permission.value)


def of_bureau(actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds a permission as the bureau does: for every contract."""
    return actor.may(permission) and actor.contracts_for(permission) is None


def need_bureau(actor: Actor, permission: Permission) -> None:
    """Forbidden to the vendor, whatever it may do on its own contract."""
    if not of_bureau(actor, permission):
        raise Forbidden(permission=permission.value)


def begin(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> None:
    """That something new may be entered for a contract: NotFound where the actor may not see it."""
    actor.need(permission)
    contracts.find(actor, contract_id)
    need(actor, permission, contract_id)


def numbered(series: str) -> str:
    """The next spoken number of a series: ``AQ-2026-0003``."""
    year = clock.today().year
    return f"{series}-{year}-{next_number(series, year):04d}"


def prepare_numbers() -> None:
    """Make this year's and the next year's numbers ready."""
    for year in (clock.today().year, clock.today().year + 1):
        for series in SERIES:
            prepare(series, year)


def said(text: str, *, field: str, longest: int, needed: bool = True) -> str:
    """Words trimmed and weighed; a mark of a state secret in them is refused as it is in a file."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["请填写。"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不能超过 {longest} 字。"]})
    refuse_marked(trimmed, field=field)
    return trimmed


def _one(query: sa.Select[tuple[Row]]) -> Row:
    found = session().scalars(query).one_or_none()
    if found is None:
        raise SecrecyNotFound
    return found
