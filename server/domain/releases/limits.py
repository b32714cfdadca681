"""Which versions of the mini program may run: set by who may roll back releases of the contract that maintains it."""

from __future__ import annotations

from collections.abc import Sequence

from server.core import clock
from server.core.errors import Forbidden
from server.domain import contracts, notices
from server.domain.contracts import MaintainedSystem
from server.domain.identity import Actor, Permission
from server.domain.notices import AppConfig
from server.domain.releases import access


def may_limit(actor: Actor) -> bool:
    """Whether the actor may say which versions run."""
    contract_id = contracts.contract_id_for(MaintainedSystem.MINI_PROGRAM, clock.today())
    if contract_id is None:
        return actor.contracts_for(Permission.RELEASE_ROLL_BACK) is None
    return access.may(actor, Permission.RELEASE_ROLL_BACK, contract_id)


def limit_versions(
    actor: Actor,
    *,
    reason: str,
    minimum: str | None = None,
    latest: str | None = None,
    blocked: Sequence[str] | None = None,
    message: str | None = None,
) -> AppConfig:
    """Set the lowest, the recommended and the stopped versions; None leaves as it is. Invalid names what is wrong."""
    if not may_limit(actor):
        raise Forbidden(permission=Permission.RELEASE_ROLL_BACK.value)
    return notices.limit_versions(
        actor, reason=reason, minimum=minimum, latest=latest, blocked=blocked, message=message
    )
