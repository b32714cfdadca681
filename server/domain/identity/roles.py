"""Giving and taking roles, and the rules that keep powers apart."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid, NotFound
from server.domain.identity import sessions
from server.domain.identity.actor import Actor, grants_of
from server.domain.identity.audit import record
from server.domain.identity.models.officers import (
    ApiToken,
    Officer,
    OfficerRole,
    OfficerState,
    Organisation,
    SessionEnd,
)
from server.domain.identity.organisations import find_organisation
from server.domain.identity.permissions import APART, PERMISSIONS_OF, Permission, Role

RoleGrant = tuple[Role, uuid.UUID | None]


class PowersNotApart(Invalid):
    """三员分立: who appoints people does not read the trail (GB/T 22239-2019, level 3)."""

    code = "powers_not_apart"
    message = "同一个人不能既管理人员又查看审计日志。"


class RoleOutOfPlace(Invalid):
    """A vendor's role without its contract, or a role of the other side."""

    code = "role_out_of_place"
    message = "所选角色与单位或合同不匹配。"


class LastAdministrator(Conflict):
    """Somebody must be left who can appoint people."""

    code = "last_administrator"
    message = "至少要保留一名在用的系统管理员。"


class OwnAccount(Conflict):
    """One does not do this to oneself."""

    code = "own_account"
    message = "不能对本人账号进行此操作。"


def find_officer(officer_id: uuid.UUID) -> Officer:
    """One officer; NotFound if there is none. For rooms and faces that hold the id already."""
    found = session().get(Officer, officer_id)
    if found is None:
        raise NotFound
    return found


def set_roles(actor: Actor, officer_id: uuid.UUID, roles: Sequence[RoleGrant]) -> Officer:
    """Give an officer exactly these roles; sessions end, so that they hold at once. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    officer = find_officer(officer_id)
    if officer.id == actor.id:
        raise OwnAccount
    check_roles(find_organisation(officer.organisation_id), roles)
    before = roles_of([officer.id]).get(officer.id, [])
    if set(before) == set(roles):
        return officer
    keep_an_administrator(officer, roles)
    replace_roles(officer, roles)
    sessions.end_all(officer.id, SessionEnd.ROLES_CHANGED)
    record(
        actor,
        "officer.roles_set",
        subject=("officer", officer.id),
        summary=f"调整角色：{officer.name}",
        changes={"roles": [told(before), told(roles)]},
    )
    return officer


def roles_of(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[RoleGrant]]:
    """Roles with their contracts by officer, in one statement."""
    query = sa.select(OfficerRole).where(OfficerRole.officer_id.in_(set(ids))).order_by(OfficerRole.id)
    found: dict[uuid.UUID, list[RoleGrant]] = {}
    for row in session().scalars(query):
        found.setdefault(row.officer_id, []).append((row.role, row.contract_id))
    return found


def officers_for(contract_id: uuid.UUID | None, permission: Permission) -> Sequence[Officer]:
    """Officers in use who hold a permission (for a contract, if one is given), by name: who can be assigned."""
    able = [role for role in Role if permission in PERMISSIONS_OF[role] and role is not Role.SCHEDULER]
    of_bureau = [role for role in able if not role.per_contract]
    of_vendor = [role for role in able if role.per_contract]
    holds = sa.or_(
        OfficerRole.role.in_(of_bureau),
        sa.and_(OfficerRole.role.in_(of_vendor), OfficerRole.contract_id == contract_id),
    )
    query = (
        sa.select(Officer)
        .join(Organisation, Organisation.id == Officer.organisation_id)
        .where(Officer.state == OfficerState.ACTIVE, Organisation.active.is_(True))
        .where(Officer.id.in_(sa.select(OfficerRole.officer_id).where(holds)))
        .order_by(Officer.name, Officer.id)
    )
    return session().scalars(query).all()


def withdraw_contract_roles(actor: Actor, contract_id: uuid.UUID) -> int:
    """Take every role that holds for a contract, when it ends (PIPL 21: its vendor's people lose access); how many.

    For the contracts room, which has decided that it may be done.
    """
    rows = session().scalars(sa.select(OfficerRole).where(OfficerRole.contract_id == contract_id)).all()
    for row in rows:
        session().delete(row)
        sessions.end_all(row.officer_id, SessionEnd.ROLES_CHANGED)
        _revoke_tokens(row.officer_id, contract_id)
        record(
            actor,
            "officer.roles_set",
            subject=("officer", row.officer_id),
            summary=f"合同终止，收回角色：{row.role.label}",
            changes={"roles": [told([(row.role, row.contract_id)]), []]},
        )
    return len(rows)


def withdraw_officer_roles(actor: Actor, officer_id: uuid.UUID, contract_id: uuid.UUID, *, reason: str) -> int:
    """Take one officer's roles on one contract and end their sessions (A39: access ends with the role); how many roles.

    Their tokens of that contract are revoked. For the staffing room, which has decided it.
    """
    held = (OfficerRole.officer_id == officer_id, OfficerRole.contract_id == contract_id)
    rows = session().scalars(sa.select(OfficerRole).where(*held).order_by(OfficerRole.id)).all()
    if not rows:
        return 0
    before = roles_of([officer_id])[officer_id]
    taken = {(row.role, row.contract_id) for row in rows}
    for row in rows:
        session().delete(row)
    session().flush()
    sessions.end_all(officer_id, SessionEnd.ROLES_CHANGED)
    _revoke_tokens(officer_id, contract_id)
    record(
        actor,
        "officer.roles_set",
        subject=("officer", officer_id),
        summary=f"{reason}，收回角色：{'、'.join(row.role.label for row in rows)}",
        changes={"roles": [told(before), told(each for each in before if each not in taken)]},
    )
    return len(rows)


def _revoke_tokens(officer_id: uuid.UUID, contract_id: uuid.UUID) -> None:
    """A token of a contract whose role is gone could do nothing; revoked it does not come back with a later role."""
    theirs = (ApiToken.officer_id == officer_id, ApiToken.contract_id == contract_id, ApiToken.revoked_at.is_(None))
    session().execute(sa.update(ApiToken).where(*theirs).values(revoked_at=clock.now()))


def check_roles(organisation: Organisation, roles: Sequence[RoleGrant]) -> None:
    """RoleOutOfPlace or PowersNotApart if an officer of this organisation cannot hold these roles together."""
    if not roles:
        raise RoleOutOfPlace("请至少选择一个角色。", fields={"roles": ["请至少选择一个角色。"]})
    for role, contract_id in roles:
        fits = role.per_contract == organisation.is_vendor and (contract_id is not None) == role.per_contract
        if role is Role.SCHEDULER or not fits:
            raise RoleOutOfPlace(fields={"roles": [RoleOutOfPlace.message]})
    held = grants_of(roles)
    if any(all(permission in held for permission in pair) for pair in APART):
        raise PowersNotApart(fields={"roles": [PowersNotApart.message]})


def keep_an_administrator(officer: Officer, roles: Sequence[RoleGrant]) -> None:
    """LastAdministrator if nobody would be left. The rows are held, so that two removals do not pass each other."""
    if any(role is Role.SYSTEM_ADMINISTRATOR for role, _ in roles):
        return
    holders = (
        sa.select(Officer.id)
        .join(OfficerRole, OfficerRole.officer_id == Officer.id)
        .where(OfficerRole.role == Role.SYSTEM_ADMINISTRATOR, Officer.state == OfficerState.ACTIVE)
        .order_by(Officer.id)
        .with_for_update()
    )
    if set(session().scalars(holders)) == {officer.id}:
        raise LastAdministrator


def replace_roles(officer: Officer, roles: Sequence[RoleGrant]) -> None:
    """The rows of an officer's roles. Unchecked and unrecorded: for verbs of this room."""
    session().execute(sa.delete(OfficerRole).where(OfficerRole.officer_id == officer.id))
    session().add_all(
        OfficerRole(officer_id=officer.id, role=role, contract_id=contract_id)
        for role, contract_id in dict.fromkeys(roles)
    )
    session().flush()


def told(roles: Iterable[RoleGrant]) -> list[str]:
    """Roles as the trail shows them: by name, with the contract's id."""
    return sorted(f"{role.value}:{contract_id}" if contract_id else role.value for role, contract_id in roles)
