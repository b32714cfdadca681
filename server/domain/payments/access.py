"""Whose money one may see, and how rows are held while they change."""

from __future__ import annotations

import uuid
from typing import TypeVar

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, Forbidden, NotFound
from server.domain.contracts import Contract, Party
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.payments.breaches import Claim, Matter, RectificationOrder
from server.domain.payments.models import Application, Invoice, PayeeChange

Kept = Application | Invoice | PayeeChange | Claim | RectificationOrder | Matter
Row = TypeVar("Row", bound=Kept)


class MoneyNotFound(NotFound):
    """There is no such thing, or it belongs to a contract that is not this person's to see."""

    code = "payment_not_found"
    message = "没有找到您要的内容。"


class MoneyMoved(Conflict):
    """Somebody took a step after the page was opened on which this one was decided."""

    code = "payment_moved"
    message = "他人刚刚办理过，请刷新后再试。"


class WrongStep(Conflict):
    """In its state it cannot take that step."""

    code = "payment_wrong_step"
    message = "当前状态不允许这样操作。"


def contract_of(actor: Actor, contract_id: uuid.UUID, permission: Permission = Permission.PAYMENT_VIEW) -> Contract:
    """A contract whose money the actor may see, and do this with.

    Forbidden for who holds the permission nowhere, MoneyNotFound for a contract of others, whatever one may do elsewhere.
    """
    actor.need(permission)
    scope = actor.contracts_for(Permission.PAYMENT_VIEW)
    contract = session().get(Contract, contract_id) if scope is None or contract_id in scope else None
    if contract is None:
        raise MoneyNotFound
    actor.need(permission, contract_id)
    return contract


def visible(actor: Actor, model: type[Row]) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave only rows of contracts whose money the actor may see."""
    scope = actor.contracts_for(Permission.PAYMENT_VIEW)
    return [] if scope is None else [model.contract_id.in_(scope)]


def found(actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission = Permission.PAYMENT_VIEW) -> Row:
    """One row that the actor may see, and do this with."""
    return _one(actor, model, row_id, permission, held=False)


def held(actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission, *, seen: int | None = None) -> Row:
    """The row as it stands now, held against other writers until the unit ends.

    ``seen`` is the version on which the person decided; MoneyMoved if somebody was quicker.
    """
    row = _one(actor, model, row_id, permission, held=True)
    if seen is not None and getattr(row, "version", seen) != seen:
        raise MoneyMoved
    return row


def side_of(actor: Actor) -> Party:
    """The bureau's people see all contracts, a vendor's only their own."""
    return Party.BUREAU if actor.contracts_for(Permission.PAYMENT_VIEW) is None else Party.VENDOR


def need_person(actor: Actor) -> None:
    """Money is checked and approved by persons, never by a program or a token."""
    if actor.kind is not ActorKind.OFFICER or actor.id is None:
        raise Forbidden("审核与批准须由本人办理。")


def _one(actor: Actor, model: type[Row], row_id: uuid.UUID, permission: Permission, *, held: bool) -> Row:
    actor.need(permission)
    query = sa.select(model).where(model.id == row_id, *visible(actor, model))
    if held:
        session().flush()
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session().scalars(query).one_or_none()
    if row is None:
        raise MoneyNotFound
    actor.need(permission, row.contract_id)
    return row
