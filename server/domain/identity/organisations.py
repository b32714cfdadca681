"""The bureau and the vendors that work for it."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.domain.identity import sessions
from server.domain.identity.actor import Actor
from server.domain.identity.audit import record
from server.domain.identity.models.officers import Officer, Organisation, OrganisationKind, SessionEnd
from server.domain.identity.permissions import Permission


class NameTaken(Conflict):
    """Another organisation has this name."""

    code = "organisation_name_taken"
    message = "已有同名单位。"


class StillNeeded(Conflict):
    """The actor's own organisation cannot be shut by the actor."""

    code = "own_organisation"
    message = "不能停用本人所在单位。"


def organisations_matching(actor: Actor, *, kind: OrganisationKind | None = None) -> sa.Select[tuple[Organisation]]:
    """Organisations by kind and name. Needs people.view."""
    actor.need(Permission.PEOPLE_VIEW)
    query = sa.select(Organisation).order_by(Organisation.kind, Organisation.name)
    return query.where(Organisation.kind == kind) if kind else query


def find_organisation(organisation_id: uuid.UUID) -> Organisation:
    """One organisation; NotFound if there is none. For rooms and faces that hold its id already."""
    found = session().get(Organisation, organisation_id)
    if found is None:
        raise NotFound
    return found


def found_organisation(actor: Actor, *, kind: OrganisationKind, name: str) -> Organisation:
    """Enter an organisation. Needs people.manage; NameTaken if it is there already."""
    actor.need(Permission.PEOPLE_MANAGE)
    _refuse_taken(name)
    made = Organisation(kind=kind, name=name)
    session().add(made)
    session().flush()
    record(actor, "organisation.founded", subject=("organisation", made.id), summary=f"新增单位：{name}")
    return made


def rename_organisation(actor: Actor, organisation_id: uuid.UUID, *, name: str) -> Organisation:
    """Correct an organisation's name. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    found = find_organisation(organisation_id)
    if name != found.name:
        _refuse_taken(name)
        record(
            actor,
            "organisation.renamed",
            subject=("organisation", found.id),
            summary=f"单位更名：{name}",
            changes={"name": [found.name, name]},
        )
        found.name = name
    return found


def set_organisation_active(actor: Actor, organisation_id: uuid.UUID, *, active: bool) -> Organisation:
    """Shut or reopen an organisation: nobody of a shut one comes in. Needs people.manage."""
    actor.need(Permission.PEOPLE_MANAGE)
    found = find_organisation(organisation_id)
    if found.id == actor.organisation_id and not active:
        raise StillNeeded
    if found.active != active:
        found.active = active
        if not active:
            _end_sessions(found.id)
        summary = f"{'启用' if active else '停用'}单位：{found.name}"
        action = "organisation.reopened" if active else "organisation.shut"
        record(
            actor, action, subject=("organisation", found.id), summary=summary, changes={"active": [not active, active]}
        )
    return found


def _refuse_taken(name: str) -> None:
    # The row of the organisation table itself is the guard; asking first gives the better answer.
    if session().scalar(sa.select(Organisation.id).where(Organisation.name == name)):
        raise NameTaken


def _end_sessions(organisation_id: uuid.UUID) -> None:
    for officer_id in session().scalars(sa.select(Officer.id).where(Officer.organisation_id == organisation_id)):
        sessions.end_all(officer_id, SessionEnd.DEACTIVATED)
