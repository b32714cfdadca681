"""Whose people one may see, and how a row is held while it changes."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Invalid, NotFound
from server.domain import contracts
from server.domain.contracts import Contract, ContractState
from server.domain.identity import Actor, Permission
from server.domain.staffing.models import Maintainer, OffBoarding, Replacement, Subcontract

Row = TypeVar("Row", Maintainer, Replacement, OffBoarding, Subcontract)


class StaffNotFound(NotFound):
    """There is no such person, notice or request, or it is of a contract that is not this officer's to see."""

    code = "staff_not_found"
    message = "没有找到该记录。"


def visible(actor: Actor, model: type[Any]) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the rows of the contracts whose people the actor may see."""
    actor.need(Permission.STAFF_VIEW)
    scope = actor.contracts_for(Permission.STAFF_VIEW)
    return [] if scope is None else [model.contract_id.in_(scope)]


def find(actor: Actor, model: type[Row], row_id: uuid.UUID) -> Row:
    """The row, if the actor may see it; StaffNotFound otherwise."""
    found = session().scalars(sa.select(model).where(model.id == row_id, *visible(actor, model))).one_or_none()
    if found is None:
        raise StaffNotFound
    return found


def hold(actor: Actor, model: type[Row], row_id: uuid.UUID, *permissions: Permission) -> Row:
    """The row as it stands now, held against other writers, for who has one of the permissions on its contract."""
    query = sa.select(model).where(model.id == row_id, *visible(actor, model))
    session().flush()
    found = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise StaffNotFound
    need_one(actor, found.contract_id, *permissions)
    return found


def need_one(actor: Actor, contract_id: uuid.UUID, *permissions: Permission) -> None:
    """Forbidden unless the actor has at least one of the permissions on the contract."""
    if not any(actor.may(each, contract_id) for each in permissions):
        actor.need(permissions[0], contract_id)


def contract_of(actor: Actor, contract_id: uuid.UUID, permission: Permission, *, held: bool = False) -> Contract:
    """A contract whose people may be changed. NotFound for a foreign one, before anything is said of rights.

    ``held``: writers of one contract's roster wait for each other.
    """
    contract = contracts.find(actor, contract_id)
    actor.need(permission, contract_id)
    if held:
        session().scalars(sa.select(Contract).where(Contract.id == contract_id).with_for_update()).one()
    if contract.state is ContractState.ENDED:
        raise Invalid("合同已终止，不能再登记。", fields={"contract_id": ["合同已终止，不能再登记。"]})
    return contract
