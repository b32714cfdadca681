"""Whose roster and calls one may see, and how a row is held while it changes."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.core.secrecy import refuse_marked
from server.domain import contracts
from server.domain.contracts import Contract
from server.domain.duty.models import Call, Shift
from server.domain.identity import Actor, Permission

Row = TypeVar("Row", Shift, Call)
LONGEST = 5000


class DutyNotFound(NotFound):
    """There is no such shift or call, or it is of a contract that is not this officer's to see."""

    code = "duty_not_found"
    message = "没有找到该值班或通话记录。"


def visible(actor: Actor, model: type[Any]) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the rows of the contracts whose duty the actor may see."""
    actor.need(Permission.DUTY_VIEW)
    scope = actor.contracts_for(Permission.DUTY_VIEW)
    return [] if scope is None else [model.contract_id.in_(scope)]


def find(actor: Actor, model: type[Row], row_id: uuid.UUID) -> Row:
    """The row, if the actor may see it; DutyNotFound otherwise."""
    found = session().scalars(sa.select(model).where(model.id == row_id, *visible(actor, model))).one_or_none()
    if found is None:
        raise DutyNotFound
    return found


def hold(actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission) -> Row:
    """The row as it stands now, held against other writers, for who has the permission on its contract."""
    session().flush()
    query = sa.select(model).where(model.id == row_id, *visible(actor, model))
    found = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise DutyNotFound
    actor.need(permission, found.contract_id)
    return found


def contract_of(actor: Actor, contract_id: uuid.UUID, permission: Permission, *, held: bool = False) -> Contract:
    """A contract whose duty may be changed. NotFound for a foreign one, before anything is said of rights.

    ``held``: writers of one contract's calls wait for each other, so that one matter does not become two tickets.
    """
    contract = contracts.find(actor, contract_id)
    actor.need(permission, contract_id)
    if held:
        session().scalars(sa.select(Contract).where(Contract.id == contract_id).with_for_update()).one()
    return contract


def wrote(field: str, text: str, *, longest: int = LONGEST, needed: bool = True) -> str:
    """Somebody's words, trimmed; Invalid when they are missing or too many."""
    trimmed = text.replace("\0", "").strip()
    if needed and not trimmed:
        raise Invalid(fields={field: ["必填"]})
    if len(trimmed) > longest:
        raise Invalid(fields={field: [f"不超过 {longest} 个字"]})
    refuse_marked(trimmed, field=field)
    return trimmed
