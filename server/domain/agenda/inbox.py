"""An officer's alerts: what they may see now, what they have read, and the count beside the bell."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.core.errors import NotFound
from server.domain.agenda.models import Alert, AlertRead
from server.domain.agenda.vocabulary import AlertState, EntryKind
from server.domain.identity import Actor, Permission, Scope


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as one officer has it."""

    alert: Alert
    read: bool


def alerts_matching(actor: Actor, *, unread_only: bool = False, standing_only: bool = True) -> sa.Select[Any]:
    """The alerts that the actor may see now, each with when they read it, for the face to page. Needs agenda.view.

    What stands has the most urgent day first; what is over as well, the newest.
    """
    actor.need(Permission.AGENDA_VIEW)
    query = (
        sa.select(Alert, AlertRead.read_at)
        .outerjoin(AlertRead, sa.and_(AlertRead.alert_id == Alert.id, AlertRead.officer_id == actor.id))
        .where(*_visible(actor, standing_only=standing_only))
        .order_by(Alert.due_at if standing_only else Alert.due_at.desc(), Alert.id)
    )
    return query.where(AlertRead.alert_id.is_(None)) if unread_only else query


def alerts_for(actor: Actor, *, unread_only: bool = False, standing_only: bool = True) -> list[Notice]:
    """All of them."""
    found = session().execute(alerts_matching(actor, unread_only=unread_only, standing_only=standing_only))
    return [Notice(alert, read_at is not None) for alert, read_at in found]


def find_alert(actor: Actor, alert_id: uuid.UUID) -> Alert:
    """An alert that the actor may see now, standing or not; NotFound otherwise. Needs agenda.view."""
    actor.need(Permission.AGENDA_VIEW)
    query = sa.select(Alert).where(Alert.id == alert_id, *_visible(actor, standing_only=False))
    found = session().scalars(query).one_or_none()
    if found is None:
        raise NotFound("没有找到该提醒。")
    return found


def unread_count(actor: Actor) -> int:
    """How many standing alerts the actor has not read: one statement over the index of what stands; 0 for strangers."""
    if actor.id is None or not actor.may(Permission.AGENDA_VIEW):
        return 0
    mine = sa.select(AlertRead.alert_id).where(AlertRead.alert_id == Alert.id, AlertRead.officer_id == actor.id)
    query = sa.select(sa.func.count()).select_from(Alert).where(*_visible(actor), ~mine.exists())
    return session().scalar(query) or 0


def read(actor: Actor, ids: Collection[uuid.UUID] | None = None) -> int:
    """Mark alerts as read, all that the actor sees if none are named; those of others are passed over. How many."""
    actor.need(Permission.AGENDA_VIEW)
    query = (
        sa.select(Alert.id)
        .outerjoin(AlertRead, sa.and_(AlertRead.alert_id == Alert.id, AlertRead.officer_id == actor.id))
        .where(*_visible(actor, standing_only=False), AlertRead.alert_id.is_(None))
    )
    if ids is not None:
        query = query.where(Alert.id.in_(ids))
    fresh = list(session().scalars(query))
    moment = clock.now()
    try:
        with session().begin_nested():
            session().add_all([AlertRead(alert_id=key, officer_id=actor.id, read_at=moment) for key in fresh])
    except IntegrityError:
        # Two windows of one officer at once: the other has marked them.
        return 0
    return len(fresh)


def unread(actor: Actor, alert_id: uuid.UUID) -> None:
    """Make an alert unread again for oneself."""
    actor.need(Permission.AGENDA_VIEW)
    mine = sa.delete(AlertRead).where(AlertRead.alert_id == alert_id, AlertRead.officer_id == actor.id)
    session().execute(mine.execution_options(synchronize_session=False))


def _visible(actor: Actor, *, standing_only: bool = True) -> list[sa.ColumnElement[bool]]:
    """By today's rights, not by those on the day when the alert was raised; and not before its hour."""
    by_scope: dict[Scope, list[EntryKind]] = {}
    for kind in EntryKind:
        if actor.may(kind.permission):
            by_scope.setdefault(actor.contracts_for(kind.permission), []).append(kind)
    allowed = [
        Alert.object_kind.in_(kinds)
        if scope is None
        else sa.and_(Alert.object_kind.in_(kinds), Alert.contract_id.in_(scope))
        for scope, kinds in by_scope.items()
    ]
    shown = [Alert.notify_at <= clock.now(), sa.or_(sa.false(), *allowed)]
    return [Alert.state == AlertState.STANDING, *shown] if standing_only else shown
