"""Whose tickets one may see, and which verbs one may use on them."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Forbidden, NotFound
from server.domain.contracts import Party
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.tickets.models import Ticket

STAFF = frozenset({ActorKind.OFFICER, ActorKind.TOKEN, ActorKind.SYSTEM})


class TicketNotFound(NotFound):
    """There is no such ticket, or it is not this person's to see."""

    code = "ticket_not_found"
    message = "没有找到该工单。"


def is_staff(actor: Actor) -> bool:
    """Whether the actor works here, as against one who asks."""
    return actor.kind in STAFF


def visible(actor: Actor, permission: Permission = Permission.TICKET_VIEW) -> list[sa.ColumnElement[bool]]:
    """Conditions that leave only the tickets that the actor may see: by contract for staff, one's own for a citizen.

    A ticket without a contract is the bureau's: a role that holds for single contracts does not see it.
    """
    if actor.kind is ActorKind.CITIZEN:
        return [Ticket.reporter_id == actor.id]
    if not is_staff(actor):
        return [sa.false()]
    contracts = actor.contracts_for(permission)
    return [] if contracts is None else [Ticket.contract_id.in_(contracts)]


def may(actor: Actor, permission: Permission, contract_id: uuid.UUID | None) -> bool:
    """Whether the actor may use a verb on tickets of a contract; without a contract only who may everywhere."""
    scope = actor.contracts_for(permission)
    return scope is None or (contract_id is not None and contract_id in scope)


def need(actor: Actor, permission: Permission, contract_id: uuid.UUID | None) -> None:
    """Forbidden unless the actor may."""
    if not may(actor, permission, contract_id):
        raise Forbidden(permission=permission.value)


def side_of(actor: Actor) -> Party:
    """For which side a member of staff speaks: who sees the tickets of every contract is the bureau's."""
    return Party.BUREAU if actor.contracts_for(Permission.TICKET_VIEW) is None else Party.VENDOR


def find(actor: Actor, ticket_id: uuid.UUID) -> Ticket:
    """The ticket, if the actor may see it; TicketNotFound otherwise."""
    return _one(actor, sa.select(Ticket).where(Ticket.id == ticket_id))


def find_for_update(actor: Actor, ticket_id: uuid.UUID) -> Ticket:
    """The ticket as it stands now, held against other writers until the unit ends."""
    query = sa.select(Ticket).where(Ticket.id == ticket_id)
    return _one(actor, query.with_for_update().execution_options(populate_existing=True))


def _one(actor: Actor, query: sa.Select[tuple[Ticket]]) -> Ticket:
    ticket = session().scalars(query.where(*visible(actor))).one_or_none()
    if ticket is None:
        raise TicketNotFound
    return ticket
