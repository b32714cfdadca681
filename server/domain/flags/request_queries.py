"""Change requests, looked up and shown."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import NotFound
from server.domain.flags import access
from server.domain.flags.applying import steps_of
from server.domain.flags.changes import Plan, Preview, touched
from server.domain.flags.conflicts import OPEN
from server.domain.flags.content import content_of, tree
from server.domain.flags.environments import Environment
from server.domain.flags.models import ChangeRequest, RequestState
from server.domain.identity import Actor, ActorKind, Permission


class RequestNotFound(NotFound):
    """There is no such request, or it is not this person's to see."""

    code = "flag_request_not_found"
    message = "没有找到该变更申请。"


def requests_matching(
    actor: Actor,
    *,
    environment: Environment | None = None,
    state: RequestState | None = None,
    open_only: bool = False,
    author_id: uuid.UUID | None = None,
) -> sa.Select[tuple[ChangeRequest]]:
    """Requests, newest first. Needs flag.view. ``open_only``: those that wait for approval or for their moment."""
    query = sa.select(ChangeRequest).where(*access.visible(actor))
    if environment is not None:
        query = query.where(ChangeRequest.environment == environment)
    if state is not None:
        query = query.where(ChangeRequest.state == state)
    if open_only:
        query = query.where(ChangeRequest.state.in_(OPEN))
    if author_id is not None:
        query = query.where(ChangeRequest.author_id == author_id)
    return query.order_by(ChangeRequest.created_at.desc(), ChangeRequest.id.desc())


def find_request(actor: Actor, request_id: uuid.UUID) -> ChangeRequest:
    """One request; RequestNotFound. Needs flag.view."""
    query = sa.select(ChangeRequest).where(ChangeRequest.id == request_id, *access.visible(actor))
    found = session().scalars(query).one_or_none()
    if found is None:
        raise RequestNotFound
    return found


def awaiting_count(actor: Actor) -> int:
    """How many requests wait for approval: for a badge. Needs flag.view."""
    query = requests_matching(actor, state=RequestState.PENDING).order_by(None).subquery()
    return session().scalar(sa.select(sa.func.count()).select_from(query)) or 0


def request_preview(actor: Actor, request: ChangeRequest) -> Preview:
    """What a request does to the flag set that its author saw: the same for as long as it exists. Needs flag.view."""
    access.need(actor)
    base = tree(request.environment, request.base_number)
    before = content_of(base)
    after = content_of(Plan(base, steps_of(request), {}).tree)
    return Preview(before, after, touched(before, after))


def may_approve(actor: Actor, request: ChangeRequest) -> bool:
    """Whether ``approve`` would let this person decide on this request: for showing the button."""
    return (
        request.state is RequestState.PENDING
        and actor.kind in (ActorKind.OFFICER, ActorKind.TOKEN)
        and not actor.is_vendor
        and access.holds(actor, Permission.FLAG_APPROVE)
        and actor.id != request.author_id
    )
