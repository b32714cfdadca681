"""On whose side of a contract somebody stands."""

from __future__ import annotations

import uuid

from server.core.errors import NotFound
from server.domain.contracts.choices import Party
from server.domain.identity import Actor, Permission


def side_of(actor: Actor, contract_id: uuid.UUID) -> Party:
    """The side for which an actor acts: the bureau sees every contract, a vendor its own. NotFound for others."""
    scope = actor.contracts_for(Permission.CONTRACT_VIEW)
    if scope is None:
        return Party.BUREAU
    if contract_id in scope:
        return Party.VENDOR
    raise NotFound("没有找到这份合同。")
