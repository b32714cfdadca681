"""Whose releases one may see, which steps are whose, and the row that every writing step holds."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core.db import session
from server.core.errors import Conflict, Forbidden, NotFound
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.releases.models import Ledger, Release
from server.domain.releases.states import Hands, Rule
from server.domain.releases.vocabulary import Driver

ONLY_ROW = 1


class ReleaseNotFound(NotFound):
    """There is no such release, or it is not this person's to see."""

    code = "release_not_found"
    message = "没有找到该版本。"


class OwnRelease(Forbidden):
    """Who pushed a release, or works for who did, does not approve it."""

    code = "own_release"
    message = "推送或办理该版本的一方不能审批，请由局方另一人审批。"


class ReleaseChanged(Conflict):
    """Something happened to the release after the page was made."""

    code = "release_changed"
    message = "版本状态已更新，请刷新后再操作。"


def may(actor: Actor, permission: Permission, contract_id: uuid.UUID) -> bool:
    """Whether the actor holds a permission for a contract's releases."""
    scope = actor.contracts_for(permission)
    return scope is None or contract_id in scope


def visible(actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave the releases that the actor may see. A pusher's token sees what it may push."""
    scopes = [actor.contracts_for(each) for each in (Permission.RELEASE_VIEW, Permission.RELEASE_PUSH)]
    if None in scopes:
        return []
    seen = frozenset[uuid.UUID]().union(*(scope for scope in scopes if scope is not None))
    return [Release.contract_id.in_(seen)]


def find(actor: Actor, release_id: uuid.UUID) -> Release:
    """The release, if the actor may see it; ReleaseNotFound otherwise."""
    return _one(sa.select(Release).where(Release.id == release_id, *visible(actor)))


def hold() -> Ledger:
    """The ledger's row, held against other writers until the unit ends; made when there is none."""
    query = sa.select(Ledger).where(Ledger.id == ONLY_ROW).with_for_update()
    query = query.execution_options(populate_existing=True)
    ledger = session().scalars(query).one_or_none()
    if ledger is not None:
        return ledger
    try:
        with session().begin_nested():
            session().add(Ledger(id=ONLY_ROW, steps=0))
    except IntegrityError:
        pass
    return session().scalars(query).one()


def ledger() -> Ledger:
    """The ledger's row as it stands, to look at; an empty one where nothing was ever released."""
    return session().get(Ledger, ONLY_ROW) or Ledger(id=ONLY_ROW, steps=0)


def find_for_update(actor: Actor, release_id: uuid.UUID) -> tuple[Release, Ledger]:
    """The release as it stands now, with the ledger's row held."""
    ledger = hold()
    query = sa.select(Release).where(Release.id == release_id, *visible(actor))
    return _one(query.with_for_update().execution_options(populate_existing=True)), ledger


def takes(actor: Actor, release: Release, rule: Rule) -> bool:
    """Whether a step is this actor's, whatever the release's state."""
    if rule.hands is Hands.LEDGER or not may(actor, rule.permission, release.contract_id):
        return False
    if rule.hands is Hands.BUREAU:
        return actor.kind is ActorKind.OFFICER and not actor.is_vendor
    if rule.hands is Hands.WECHAT and release.driver is Driver.COMPONENT:
        return actor.kind is ActorKind.SYSTEM
    return True


def is_own(actor: Actor, release: Release) -> bool:
    """Whether the actor, or the organisation it works for, brought the release."""
    same_person = actor.id is not None and actor.id == release.pushed_by_id
    return same_person or (actor.organisation_id is not None and actor.organisation_id == release.organisation_id)


def need(actor: Actor, release: Release, rule: Rule) -> None:
    """Forbidden unless the step is this actor's."""
    if not takes(actor, release, rule):
        raise Forbidden(permission=rule.permission.value)


def _one(query: sa.Select[tuple[Release]]) -> Release:
    release = session().scalars(query).one_or_none()
    if release is None:
        raise ReleaseNotFound
    return release
