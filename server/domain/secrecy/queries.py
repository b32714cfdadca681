"""Lists of the room: what one may see, in any order; what is undeclared, and what is due when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity
from server.domain.identity import Actor, Permission
from server.domain.secrecy import access, policy
from server.domain.secrecy.models import Handover, Incident, Promise, SecrecyItem
from server.domain.secrecy.vocabulary import (
    Grade,
    HandoverState,
    IncidentState,
    ItemState,
    Level,
    PromiseKind,
    PromiseState,
)

ITEM_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": SecrecyItem.number, "handed_on": SecrecyItem.handed_on, "due": SecrecyItem.due_back_on}
)
PROMISE_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Promise.number, "name": Promise.name, "signed_on": Promise.signed_on, "valid": Promise.valid_until}
)
HANDOVER_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Handover.number, "delivered_on": Handover.delivered_on, "decided_on": Handover.decided_on}
)
INCIDENT_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Incident.number, "discovered_at": Incident.discovered_at, "due": Incident.due_at}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilters:
    """Which things; ``late``: held, and due back before today."""

    contract_id: uuid.UUID | None = None
    state: ItemState | None = None
    level: Level | None = None
    late: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilters:
    """Which incidents; ``unreported``: must be reported and is not."""

    contract_id: uuid.UUID | None = None
    state: IncidentState | None = None
    grade: Grade | None = None
    unreported: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class SecrecyDue:
    """Something of the room that is due: for the agenda. ``kind``: item, promise, report or review."""

    kind: str
    object_id: uuid.UUID
    contract_id: uuid.UUID
    title: str
    on: date
    at: datetime | None = None


def items_matching(actor: Actor, filters: ItemFilters | None = None) -> sa.Select[tuple[SecrecyItem]]:
    """The things that the actor may see. Needs secrecy.view."""
    asked = filters or ItemFilters()
    query = _of(actor, SecrecyItem, asked.contract_id)
    if asked.state is not None:
        query = query.where(SecrecyItem.state == asked.state)
    if asked.level is not None:
        query = query.where(SecrecyItem.level == asked.level)
    if asked.late:
        query = query.where(SecrecyItem.state == ItemState.HELD, SecrecyItem.due_back_on < clock.today())
    words = (SecrecyItem.number, SecrecyItem.item, SecrecyItem.holder, SecrecyItem.purpose)
    return _containing(query, asked.text, *words).order_by(SecrecyItem.handed_on.desc(), SecrecyItem.id.desc())


def promises_matching(
    actor: Actor,
    *,
    contract_id: uuid.UUID | None = None,
    kind: PromiseKind | None = None,
    state: PromiseState | None = None,
    text: str = "",
) -> sa.Select[tuple[Promise]]:
    """The promises that the actor may see. Needs secrecy.view."""
    query = _of(actor, Promise, contract_id)
    if kind is not None:
        query = query.where(Promise.kind == kind)
    if state is not None:
        query = query.where(Promise.state == state)
    return _containing(query, text, Promise.number, Promise.name).order_by(Promise.created_at.desc(), Promise.id.desc())


def handovers_matching(
    actor: Actor, *, contract_id: uuid.UUID | None = None, state: HandoverState | None = None, text: str = ""
) -> sa.Select[tuple[Handover]]:
    """The hand-overs that the actor may see. Needs secrecy.view."""
    query = _of(actor, Handover, contract_id)
    if state is not None:
        query = query.where(Handover.state == state)
    query = _containing(query, text, Handover.number, Handover.title)
    return query.order_by(Handover.created_at.desc(), Handover.id.desc())


def incidents_matching(actor: Actor, filters: IncidentFilters | None = None) -> sa.Select[tuple[Incident]]:
    """The incidents that the actor may see. Needs secrecy.view."""
    asked = filters or IncidentFilters()
    query = _of(actor, Incident, asked.contract_id)
    if asked.state is not None:
        query = query.where(Incident.state == asked.state)
    if asked.grade is not None:
        query = query.where(Incident.grade == asked.grade)
    if asked.unreported:
        query = query.where(Incident.due_at.is_not(None), Incident.reported_at.is_(None))
    query = _containing(query, asked.text, Incident.number, Incident.title, Incident.systems)
    return query.order_by(Incident.discovered_at.desc(), Incident.id.desc())


def unreported(actor: Actor) -> list[Incident]:
    """Incidents whose report is owed, the most urgent first; empty for who may see none."""
    if not actor.may(Permission.SECRECY_VIEW):
        return []
    query = incidents_matching(actor, IncidentFilters(unreported=True)).where(Incident.state != IncidentState.CLOSED)
    return list(session().scalars(query.order_by(None).order_by(Incident.due_at, Incident.id)))


def undeclared(actor: Actor, contract_id: uuid.UUID | None = None) -> dict[uuid.UUID, int]:
    """How many held things without a declared level each contract has, of those that the actor may see."""
    query = sa.select(SecrecyItem.contract_id, sa.func.count()).where(
        SecrecyItem.state == ItemState.HELD,
        SecrecyItem.level == Level.UNDECLARED,
        *access.visible(actor, SecrecyItem),
    )
    if contract_id is not None:
        query = query.where(SecrecyItem.contract_id == contract_id)
    return {row[0]: row[1] for row in session().execute(query.group_by(SecrecyItem.contract_id))}


def registered_materials(actor: Actor) -> set[uuid.UUID]:
    """The materials of the records room that are in the register, of the actor's contracts."""
    query = sa.select(SecrecyItem.material_id).where(
        SecrecyItem.material_id.is_not(None),
        SecrecyItem.state != ItemState.WITHDRAWN,
        *access.visible(actor, SecrecyItem),
    )
    return {key for key in session().scalars(query) if key is not None}


def dues(actor: Actor, first: date, last: date, *, contract_id: uuid.UUID | None = None) -> list[SecrecyDue]:
    """What is due between two days: things to come back, promises to renew, reports and reviews of incidents."""
    if not actor.may(Permission.SECRECY_VIEW):
        return []
    held = _of(actor, SecrecyItem, contract_id).where(
        SecrecyItem.state == ItemState.HELD, SecrecyItem.due_back_on.between(first, last)
    )
    signed = _of(actor, Promise, contract_id).where(
        Promise.state == PromiseState.SIGNED, Promise.valid_until.between(first, last)
    )
    found = [
        _due("item", row, f"{row.number} 归还资料：{row.item}", row.due_back_on) for row in session().scalars(held)
    ]
    found += [
        _due("promise", row, f"{row.number} {row.kind.label}到期：{row.name}", row.valid_until)
        for row in session().scalars(signed)
    ]
    return sorted([*found, *_of_incidents(actor, first, last, contract_id)], key=lambda due: (due.on, due.title))


def find_item(actor: Actor, item_id: uuid.UUID) -> SecrecyItem:
    """One thing; SecrecyNotFound if it is not there or not this actor's to see."""
    return access.find(actor, SecrecyItem, item_id)


def find_promise(actor: Actor, promise_id: uuid.UUID) -> Promise:
    """One promise; SecrecyNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Promise, promise_id)


def find_handover(actor: Actor, handover_id: uuid.UUID) -> Handover:
    """One hand-over; SecrecyNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Handover, handover_id)


def find_incident(actor: Actor, incident_id: uuid.UUID) -> Incident:
    """One incident; SecrecyNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Incident, incident_id)


def note_export(actor: Actor, *, what: str, told: str, count: int) -> None:
    """Leave in the trail that a list of the room left the house."""
    actor.need(Permission.SECRECY_VIEW)
    identity.record(
        actor, "secrecy.exported", summary=f"导出{what} {count} 条：{told}", changes={"count": [None, count]}
    )


def _of_incidents(actor: Actor, first: date, last: date, contract_id: uuid.UUID | None) -> list[SecrecyDue]:
    found = []
    for incident in unreported(actor):
        on = clock.local_day(incident.due_at) if incident.due_at else None
        if on is not None and first <= on <= last and contract_id in (None, incident.contract_id):
            found.append(_due("report", incident, f"{incident.number} 上报期限：{incident.title}", on, incident.due_at))
    days = timedelta(days=policy.rules().review_days)
    contained = _of(actor, Incident, contract_id).where(Incident.state == IncidentState.CONTAINED)
    for incident in session().scalars(contained):
        on = clock.local_day(incident.contained_at) + days if incident.contained_at else None
        if on is not None and first <= on <= last:
            found.append(_due("review", incident, f"{incident.number} 总结结案：{incident.title}", on))
    return found


def _due(
    kind: str, row: SecrecyItem | Promise | Incident, title: str, on: date, at: datetime | None = None
) -> SecrecyDue:
    return SecrecyDue(kind, row.id, row.contract_id, title, on, at)


def _of(actor: Actor, model: type[Any], contract_id: uuid.UUID | None) -> sa.Select[Any]:
    query = sa.select(model).where(*access.visible(actor, model))
    return query if contract_id is None else query.where(model.contract_id == contract_id)


def _containing(query: sa.Select[Any], text: str, *columns: Any) -> sa.Select[Any]:
    if not text.strip():
        return query
    return query.where(sa.or_(*(column.contains(text.strip(), autoescape=True) for column in columns)))
