"""Lists of the room: what one may see, in any order, and what is due when."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.records import access
from server.domain.records.models import Completion, Material, RemoteSession
from server.domain.records.vocabulary import OPEN, OWED, Basis, CompletionState, MaterialState, SessionChannel, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFilters:
    """Which notices: all conditions together; an empty one asks for nothing. ``overdue``: undecided past its last day."""

    states: tuple[CompletionState, ...] = ()
    contract_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    final: bool = False
    overdue: bool = False
    since: date | None = None
    until: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialFilters:
    """Which materials; ``late``: owed, and its day has passed."""

    states: tuple[MaterialState, ...] = ()
    contract_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    late: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilters:
    """Which remote services."""

    channel: SessionChannel | None = None
    contract_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    running: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordDue:
    """Something of the room that is due on a day: for the agenda. ``kind``: acceptance or material."""

    subject: Subject
    object_id: uuid.UUID
    contract_id: uuid.UUID
    number: str
    title: str
    due_on: date
    due_at: datetime
    state: str
    provisional: bool


COMPLETION_ORDERS: Mapping[str, Any] = MappingProxyType(
    {
        "number": Completion.number,
        "title": Completion.title,
        "sent_at": Completion.sent_at,
        "received_at": Completion.received_at,
        "due": Completion.due_at,
        "decided_at": Completion.decided_at,
    }
)
MATERIAL_ORDERS: Mapping[str, Any] = MappingProxyType(
    {
        "number": Material.number,
        "requested_on": Material.requested_on,
        "due_on": Material.due_on,
        "delivered_on": Material.delivered_on,
    }
)
SESSION_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": RemoteSession.number, "started_at": RemoteSession.started_at, "ended_at": RemoteSession.ended_at}
)


def matching(actor: Actor, filters: CompletionFilters | None = None) -> sa.Select[tuple[Completion]]:
    """The notices that the actor may see, newest first. Needs acceptance.view."""
    asked = filters or CompletionFilters()
    query = sa.select(Completion).where(*access.visible(actor, Permission.ACCEPTANCE_VIEW, Completion.contract_id))
    if asked.states:
        query = query.where(Completion.state.in_(asked.states))
    if asked.overdue:
        query = query.where(Completion.state == CompletionState.RECEIVED, Completion.due_at <= clock.now())
    if asked.final:
        query = query.where(Completion.final)
    if asked.since is not None:
        query = query.where(Completion.sent_at >= clock.start_of(asked.since))
    if asked.until is not None:
        query = query.where(Completion.sent_at < clock.end_of(asked.until))
    query = _narrowed(query, Completion, asked.contract_id, asked.ticket_id)
    query = _containing(query, asked.text, Completion.number, Completion.title, Completion.content)
    return query.order_by(Completion.sent_at.desc(), Completion.id.desc())


def materials_matching(actor: Actor, filters: MaterialFilters | None = None) -> sa.Select[tuple[Material]]:
    """The materials that the actor may see, newest request first. Needs record.view."""
    asked = filters or MaterialFilters()
    query = sa.select(Material).where(*access.visible(actor, Permission.RECORD_VIEW, Material.contract_id))
    if asked.states:
        query = query.where(Material.state.in_(asked.states))
    if asked.late:
        query = query.where(Material.state.in_(OWED), Material.due_on < clock.today())
    query = _narrowed(query, Material, asked.contract_id, asked.ticket_id)
    query = _containing(query, asked.text, Material.number, Material.item, Material.note)
    return query.order_by(Material.requested_on.desc(), Material.id.desc())


def sessions_matching(actor: Actor, filters: SessionFilters | None = None) -> sa.Select[tuple[RemoteSession]]:
    """The remote services that the actor may see, newest first. Needs record.view."""
    asked = filters or SessionFilters()
    query = sa.select(RemoteSession).where(*access.visible(actor, Permission.RECORD_VIEW, RemoteSession.contract_id))
    if asked.channel is not None:
        query = query.where(RemoteSession.channel == asked.channel)
    if asked.running:
        query = query.where(RemoteSession.ended_at.is_(None))
    query = _narrowed(query, RemoteSession, asked.contract_id, asked.ticket_id)
    query = _containing(query, asked.text, RemoteSession.number, RemoteSession.who, RemoteSession.purpose)
    return query.order_by(RemoteSession.started_at.desc(), RemoteSession.id.desc())


def find(actor: Actor, completion_id: uuid.UUID) -> Completion:
    """One notice; RecordNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Completion, Permission.ACCEPTANCE_VIEW, completion_id)


def find_material(actor: Actor, material_id: uuid.UUID) -> Material:
    """One material; RecordNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Material, Permission.RECORD_VIEW, material_id)


def find_session(actor: Actor, session_id: uuid.UUID) -> RemoteSession:
    """One remote service; RecordNotFound if it is not there or not this actor's to see."""
    return access.find(actor, RemoteSession, Permission.RECORD_VIEW, session_id)


def state_counts(actor: Actor) -> dict[CompletionState, int]:
    """How many notices stand in each state, of those that the actor may see: for tabs."""
    seen = access.visible(actor, Permission.ACCEPTANCE_VIEW, Completion.contract_id)
    query = sa.select(Completion.state, sa.func.count()).where(*seen).group_by(Completion.state)
    counted = {state: count for state, count in session().execute(query)}  # noqa: C416 - rows are no pairs to the type checker
    return {state: counted.get(state, 0) for state in CompletionState}


def for_ticket(actor: Actor, ticket_id: uuid.UUID) -> list[Completion]:
    """The notices for a ticket that the actor may see, newest first; empty for those who may see none."""
    if not actor.may(Permission.ACCEPTANCE_VIEW):
        return []
    return list(session().scalars(matching(actor, CompletionFilters(ticket_id=ticket_id))))


def dues(actor: Actor, first: date, last: date) -> list[RecordDue]:
    """What is due from one day to another: undecided acceptances and owed materials that the actor may see."""
    found: list[RecordDue] = []
    if actor.may(Permission.ACCEPTANCE_VIEW):
        query = matching(actor, CompletionFilters(states=(CompletionState.RECEIVED,)))
        for each in session().scalars(query.where(Completion.due_on.between(first, last))):
            if each.due_on is not None and each.due_at is not None:
                title = f"{'整体' if each.final else ''}验收：{each.title}"
                found.append(_due(Subject.COMPLETION, each, title, each.due_on, each.due_at, each.provisional))
    if actor.may(Permission.RECORD_VIEW):
        owed = materials_matching(actor, MaterialFilters(states=tuple(OWED)))
        for owing in session().scalars(owed.where(Material.due_on.between(first, last))):
            ends = clock.end_of(owing.due_on)
            found.append(_due(Subject.MATERIAL, owing, f"提供资料：{owing.item}", owing.due_on, ends, False))
    return sorted(found, key=lambda due: (due.due_at, due.number))


def awaiting_receipt(actor: Actor) -> list[Completion]:
    """Notices without proof of receipt, oldest first: no clock runs on them."""
    query = matching(actor, CompletionFilters(states=(CompletionState.SENT,)))
    return list(session().scalars(query.order_by(None).order_by(Completion.sent_at)))


def days_left(completion: Completion, today: date) -> int | None:
    """Natural days to the last one of an undecided notice, negative when it is past; None without a clock."""
    if completion.state not in OPEN or completion.basis is not Basis.AGREED or completion.due_on is None:
        return None
    return (completion.due_on - today).days


def note_export(actor: Actor, *, told: str, count: int) -> None:
    """Leave in the trail that a list of notices left the house."""
    actor.need(Permission.ACCEPTANCE_VIEW)
    identity.record(
        actor, "completion.exported", summary=f"导出 {count} 份完工通知：{told}", changes={"count": [None, count]}
    )


def titles_by_id(actor: Actor, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Number and title of some notices that the actor may see."""
    query = matching(actor).where(Completion.id.in_(list(ids)))
    return {each.id: f"{each.number} {each.title}" for each in session().scalars(query)}


def _due(
    subject: Subject, row: Completion | Material, title: str, on: date, at: datetime, provisional: bool
) -> RecordDue:
    return RecordDue(subject, row.id, row.contract_id, row.number, title, on, at, row.state.label, provisional)


def _narrowed(
    query: sa.Select[Any], model: type[Any], contract_id: uuid.UUID | None, ticket_id: uuid.UUID | None
) -> sa.Select[Any]:
    if contract_id is not None:
        query = query.where(model.contract_id == contract_id)
    return query if ticket_id is None else query.where(model.ticket_id == ticket_id)


def _containing(query: sa.Select[Any], text: str, *columns: Any) -> sa.Select[Any]:
    if not text.strip():
        return query
    return query.where(sa.or_(*(column.contains(text.strip(), autoescape=True) for column in columns)))
