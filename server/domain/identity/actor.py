"""Who acts: a plain value that faces make once per request, and that every verb takes first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from server.core.enums import Labelled
from server.core.errors import Forbidden
from server.domain.identity.permissions import PERMISSIONS_OF, Permission, Role

# None instead of a set of contracts: every contract.
Scope = frozenset[uuid.UUID] | None


class ActorKind(Labelled):
    """What sort of party acts."""

    ANONYMOUS = "anonymous", "匿名"
    CITIZEN = "citizen", "市民"
    OFFICER = "officer", "工作人员"
    TOKEN = "token", "接口令牌"
    SYSTEM = "system", "系统"


@dataclass(frozen=True, slots=True)
class Actor:
    """One party and what it may do where. ``grants`` maps a permission to the contracts it holds for (None: all)."""

    kind: ActorKind
    id: uuid.UUID | None = None
    name: str = ""
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    is_vendor: bool = False
    roles: tuple[Role, ...] = ()
    grants: Mapping[Permission, Scope] = field(default_factory=lambda: MappingProxyType({}))
    session_id: uuid.UUID | None = None
    address: str = ""
    stepped_up: bool = False

    def may(self, permission: Permission | str, contract_id: uuid.UUID | None = None) -> bool:
        """Whether the actor holds a permission: anywhere, or (with a contract) for that contract."""
        wanted = Permission(permission)
        if wanted not in self.grants:
            return False
        scope = self.grants[wanted]
        return scope is None or contract_id is None or contract_id in scope

    def need(self, permission: Permission, contract_id: uuid.UUID | None = None) -> None:
        """Forbidden unless the actor may."""
        if not self.may(permission, contract_id):
            raise Forbidden(permission=permission.value)

    def contracts_for(self, permission: Permission) -> Scope:
        """The contracts for which the permission holds: None for all, an empty set for none."""
        return self.grants.get(permission, frozenset())

    @property
    def roles_label(self) -> str:
        """The roles' Chinese names."""
        return "、".join(role.label for role in self.roles)


def grants_of(roles: Iterable[tuple[Role, uuid.UUID | None]]) -> Mapping[Permission, Scope]:
    """What a person's roles amount to; a contract role without its contract grants nothing."""
    found: dict[Permission, Scope] = {}
    for role, contract_id in roles:
        for permission in PERMISSIONS_OF[role]:
            if not role.per_contract:
                found[permission] = None
            elif contract_id is not None:
                held = found.get(permission, frozenset())
                found[permission] = None if held is None else held | {contract_id}
    return MappingProxyType(found)


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, name="匿名用户")
SCHEDULER = Actor(
    kind=ActorKind.SYSTEM, name="系统调度", roles=(Role.SCHEDULER,), grants=grants_of([(Role.SCHEDULER, None)])
)
