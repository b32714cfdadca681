"""Who works here: appointing officers, giving and taking roles, and the rules that keep powers apart."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain.identity import passwords, sessions, two_factor
from server.domain.identity.actor import Actor
from server.domain.identity.audit import record
from server.domain.identity.models.officers import (
    Officer,
    OfficerRole,
    OfficerState,
    Organisation,
    SessionEnd,
)
from server.domain.identity.organisations import find_organisation
from server.domain.identity.permissions import Permission, Role
from server.domain.identity.roles import (
    OwnAccount,
    RoleGrant,
    check_roles,
    find_officer,
    keep_an_administrator,
    replace_roles,
    told,
)

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")


class LoginTaken(Conflict):
    """Another officer has this login."""

    code = "login_taken"
    message = "这个账号已被使用。"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A new way in: the officer, and a password for one use that is shown this once."""

    officer: Officer
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilters:
    """Which officers: all conditions together; an empty one asks for nothing."""

    text: str = ""
    organisation_id: uuid.UUID | None = None
    role: Role | None = None
    state: OfficerState | None = None


def appoint(
    actor: Actor,
    *,
    login: str,
    name: str,
    organisation_id: uuid.UUID,
    roles: Sequence[RoleGrant],
    title: str = "",
) -> Appointment:
    """A new officer with a one-time password that has to be changed within 72 hours. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    organisation = find_organisation(organisation_id)
    check_roles(organisation, roles)
    password = passwords.new_temporary_password()
    officer = add_officer(organisation, login=login, name=name, title=title, password=password, temporary=True)
    replace_roles(officer, roles)
    record(
        actor,
        "officer.appointed",
        subject=("officer", officer.id),
        summary=f"新增人员：{name}（{organisation.name}）",
        changes={"login": [None, officer.login], "roles": [[], told(roles)]},
    )
    return Appointment(officer, password)


def add_officer(
    organisation: Organisation, *, login: str, name: str, password: str, title: str = "", temporary: bool = False
) -> Officer:
    """The row of an officer; LoginTaken, or Invalid for a login that is none. Unrecorded: for verbs of this room."""
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Invalid(fields={"login": ["账号由 3–32 位小写字母、数字、点、横线或下划线组成，以字母开头。"]})
    officer = Officer(login=login, name=name.strip(), title=title.strip(), organisation_id=organisation.id)
    officer.password_hash = ""
    try:
        with session().begin_nested():
            session().add(officer)
    except IntegrityError:
        raise LoginTaken from None
    passwords.set_password(officer, password, temporary=temporary)
    return officer


def describe(actor: Actor, officer_id: uuid.UUID, *, name: str, title: str) -> Officer:
    """Correct an officer's name and title: one's own, or with people.manage anyone's."""
    if officer_id != actor.id:
        actor.need(Permission.PEOPLE_MANAGE)
    officer = find_officer(officer_id)
    changes = {
        field: [getattr(officer, field), new.strip()]
        for field, new in (("name", name), ("title", title))
        if getattr(officer, field) != new.strip()
    }
    if changes:
        officer.name, officer.title = name.strip(), title.strip()
        record(actor, "officer.described", subject=("officer", officer.id), summary="修改人员资料", changes=changes)
    return officer


def deactivate(actor: Actor, officer_id: uuid.UUID, *, reason: str = "") -> Officer:
    """Shut an account; it is signed out everywhere and its tokens stop. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    officer = find_officer(officer_id)
    if officer.id == actor.id:
        raise OwnAccount
    if officer.active:
        keep_an_administrator(officer, [])
        officer.state = OfficerState.DEACTIVATED
        sessions.end_all(officer.id, SessionEnd.DEACTIVATED)
        summary = f"停用账号：{officer.name}" + (f"（{reason}）" if reason else "")
        record(
            actor,
            "officer.deactivated",
            subject=("officer", officer.id),
            summary=summary,
            changes={"state": [OfficerState.ACTIVE, OfficerState.DEACTIVATED]},
        )
    return officer


def reactivate(actor: Actor, officer_id: uuid.UUID) -> Appointment:
    """Open a shut account again with a new one-time password. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    officer = find_officer(officer_id)
    if not officer.active:
        officer.state = OfficerState.ACTIVE
        record(
            actor,
            "officer.reactivated",
            subject=("officer", officer.id),
            summary=f"重新启用账号：{officer.name}",
            changes={"state": [OfficerState.DEACTIVATED, OfficerState.ACTIVE]},
        )
    return _give_temporary_password(officer)


def reset_password(actor: Actor, officer_id: uuid.UUID, *, second_factor: bool = False) -> Appointment:
    """A one-time password for an officer who forgot theirs; with ``second_factor`` that is set up anew as well.

    Needs people.manage. Sessions end.
    """
    actor.need(Permission.PEOPLE_MANAGE)
    officer = find_officer(officer_id)
    if officer.id == actor.id:
        raise OwnAccount
    if second_factor:
        two_factor.forget_second_factor(officer)
    what = "口令和两步验证" if second_factor else "口令"
    record(actor, "officer.reset", subject=("officer", officer.id), summary=f"重置{what}：{officer.name}")
    return _give_temporary_password(officer)


def officer_names(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Names by id, in one statement: for lists."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session().execute(sa.select(Officer.id, Officer.name).where(Officer.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def people_counts(actor: Actor) -> Mapping[uuid.UUID, int]:
    """How many officers in use each organisation has. Needs people.view."""
    actor.need(Permission.PEOPLE_VIEW)
    query = sa.select(Officer.organisation_id, sa.func.count()).where(Officer.state == OfficerState.ACTIVE)
    return {row[0]: row[1] for row in session().execute(query.group_by(Officer.organisation_id))}


def people_matching(actor: Actor, filters: PeopleFilters | None = None) -> sa.Select[tuple[Officer, Organisation]]:
    """Officers with their organisations; unordered, the face orders. Needs people.view."""
    actor.need(Permission.PEOPLE_VIEW)
    wanted = filters or PeopleFilters()
    query = sa.select(Officer, Organisation).join(Organisation, Organisation.id == Officer.organisation_id)
    if wanted.text:
        fields = (Officer.login, Officer.name, Officer.title)
        query = query.where(sa.or_(*(field.contains(wanted.text, autoescape=True) for field in fields)))
    if wanted.organisation_id:
        query = query.where(Officer.organisation_id == wanted.organisation_id)
    if wanted.state:
        query = query.where(Officer.state == wanted.state)
    if wanted.role:
        holders = sa.select(OfficerRole.officer_id).where(OfficerRole.role == wanted.role)
        query = query.where(Officer.id.in_(holders))
    return query


def _give_temporary_password(officer: Officer) -> Appointment:
    password = passwords.new_temporary_password()
    passwords.set_password(officer, password, temporary=True)
    sessions.end_all(officer.id, SessionEnd.PASSWORD_CHANGED)
    return Appointment(officer, password)
