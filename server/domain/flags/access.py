"""Who may see and change the flags: the bureau, and the vendor whose contract keeps the mini program today."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import clock
from server.core.errors import Forbidden, NotFound
from server.domain import contracts
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, Permission


class FlagNotFound(NotFound):
    """There is no such flag, or it is not this person's to see."""

    code = "flag_not_found"
    message = "没有找到该功能开关。"


class VendorMayNot(Forbidden):
    """Approving is the bureau's, whatever roles a vendor's person may hold."""

    code = "flag_vendor_may_not"
    message = "功能开关变更由局方审批，运维单位不能审批。"


def holds(actor: Actor, permission: Permission = Permission.FLAG_VIEW) -> bool:
    """Whether the actor holds a permission for the flags. One small query for whoever's roles hold for one contract."""
    scope = actor.contracts_for(permission)
    return scope is None or (bool(scope) and _contract() in scope)


def need(actor: Actor, permission: Permission = Permission.FLAG_VIEW) -> None:
    """FlagNotFound for a vendor of another contract, Forbidden for one who may see and not do this."""
    if holds(actor, permission):
        return
    if actor.may(Permission.FLAG_VIEW) and not holds(actor):
        raise FlagNotFound
    raise Forbidden(permission=permission.value)


def need_bureau(actor: Actor, permission: Permission) -> None:
    """The same for what is the bureau's alone; VendorMayNot."""
    need(actor, permission)
    if actor.is_vendor:
        raise VendorMayNot


def visible(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Conditions for lists: nothing for a vendor of another contract. Forbidden without flag.view."""
    actor.need(Permission.FLAG_VIEW)
    return [] if holds(actor) else [sa.false()]


def _contract() -> uuid.UUID | None:
    return contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today())
