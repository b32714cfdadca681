"""Roles as a form offers them: the bureau's as they are, a vendor's once for each of its contracts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from server.domain import contracts
from server.domain.identity import Actor, Organisation, Role, RoleGrant

GIVEN_ROLES = [role for role in Role if role is not Role.SCHEDULER]


def role_choices(actor: Actor, organisation: Organisation) -> dict[str, list[tuple[str, str]]]:
    """The choices of a field ``roles`` for people of an organisation."""
    if not organisation.is_vendor:
        return {"roles": [(role.value, role.label) for role in GIVEN_ROLES if not role.per_contract]}
    titles = contracts.titles(actor, vendor_id=organisation.id)
    offered = [
        (spelled(role, contract_id), f"{role.label}（{title}）")
        for contract_id, title in titles.items()
        for role in GIVEN_ROLES
        if role.per_contract
    ]
    return {"roles": offered}


def spelled(role: Role, contract_id: uuid.UUID | None) -> str:
    """A role as the form's value."""
    return f"{role.value}:{contract_id}" if contract_id else role.value


def grants(chosen: Iterable[str]) -> list[RoleGrant]:
    """The roles that form values spell; that they were offered was checked by the form."""
    pairs = [value.partition(":") for value in chosen]
    return [(Role(role), uuid.UUID(contract) if contract else None) for role, _, contract in pairs]


def in_words(actor: Actor, held: Iterable[RoleGrant]) -> list[tuple[str, str]]:
    """Label of each role, and title of its contract or nothing."""
    roles = list(held)
    titles = contracts.titles(actor) if any(contract_id for _, contract_id in roles) else {}
    return [(role.label, titles.get(contract_id, "") if contract_id else "") for role, contract_id in roles]
