"""Saved views: a list's filters under a name, for oneself or for the organisation."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, NotFound
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.tickets.models import SavedView
from server.domain.tickets.words import said

NAME = 40
QUERY = 2000
MOST = 50


class ViewNotFound(NotFound):
    """There is no such view, or it is somebody else's own."""

    code = "view_not_found"
    message = "没有找到该视图。"


class TooManyViews(Conflict):
    """Nobody finds a view among so many."""

    code = "too_many_views"
    message = f"最多保存 {MOST} 个视图，请先删除不用的。"


def save_view(actor: Actor, *, name: str, query: str, shared: bool = False, is_default: bool = False) -> SavedView:
    """Keep a query string under a name; the same name again replaces it. Only one's own view can be one's default."""
    actor.need(Permission.TICKET_VIEW)
    title = said(name, field="name", longest=NAME)
    kept = said(query, field="query", longest=QUERY, needed=False).lstrip("?")
    own = list(session().scalars(sa.select(SavedView).where(SavedView.officer_id == actor.id)))
    view = next((each for each in own if each.name == title), None)
    if view is None:
        if len(own) >= MOST:
            raise TooManyViews
        view = SavedView(id=new_id(), officer_id=actor.id, name=title, created_at=clock.now())
        session().add(view)
    if is_default:
        for each in own:
            each.is_default = False
    view.query, view.shared, view.is_default = kept, shared, is_default
    view.organisation_id = actor.organisation_id
    session().flush()
    identity.record(
        actor,
        "ticket_view.saved",
        subject=("ticket_view", view.id),
        summary=f"保存工单视图“{title}”",
        changes={"query": [None, kept], "shared": [None, shared]},
    )
    return view


def views_of(actor: Actor) -> list[SavedView]:
    """One's own views, then those that the organisation shares, by name."""
    actor.need(Permission.TICKET_VIEW)
    shared = sa.and_(
        SavedView.shared, SavedView.organisation_id.is_not(None), SavedView.organisation_id == actor.organisation_id
    )
    query = sa.select(SavedView).where(sa.or_(SavedView.officer_id == actor.id, shared))
    return sorted(session().scalars(query), key=lambda view: (view.officer_id != actor.id, view.name))


def default_view(actor: Actor) -> SavedView | None:
    """The view with which one's list opens."""
    query = sa.select(SavedView).where(SavedView.officer_id == actor.id, SavedView.is_default)
    return session().scalars(query.limit(1)).one_or_none()


def drop_view(actor: Actor, view_id: uuid.UUID) -> None:
    """Forget one's own view."""
    view = session().get(SavedView, view_id)
    if view is None or view.officer_id != actor.id:
        raise ViewNotFound
    session().delete(view)
    identity.record(
        actor, "ticket_view.dropped", subject=("ticket_view", view.id), summary=f"删除工单视图“{view.name}”"
    )
