"""Lists of the room: what one may see, narrowed and in any order; and what falls on the days of a month."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import identity
from server.domain.identity import Actor
from server.domain.upkeep import access
from server.domain.upkeep.inspection_models import Finding, Inspection
from server.domain.upkeep.models import Drill, Guidance, Plan, Visit, Work
from server.domain.upkeep.vocabulary import InspectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepFilters:
    """Which entries: all conditions together; an empty one asks for nothing. ``kind``: a value of the list's own kind."""

    contract_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    kind: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None
    undesignated: bool = False
    text: str = ""


WORK_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Work.number, "started_at": Work.started_at, "who": Work.who}
)
GUIDANCE_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Guidance.number, "given_at": Guidance.given_at, "minutes": Guidance.minutes}
)
VISIT_ORDERS: Mapping[str, Any] = MappingProxyType({"number": Visit.number, "visited_on": Visit.visited_on})
INSPECTION_ORDERS: Mapping[str, Any] = MappingProxyType(
    {"number": Inspection.number, "month_on": Inspection.month_on, "planned_on": Inspection.planned_on}
)
PLAN_ORDERS: Mapping[str, Any] = MappingProxyType({"number": Plan.number, "next_drill_on": Plan.next_drill_on})
FINDING_ORDERS: Mapping[str, Any] = MappingProxyType({"due_on": Finding.due_on, "created_at": Finding.created_at})


def works_matching(actor: Actor, asked: UpkeepFilters | None = None) -> sa.Select[tuple[Work]]:
    """The maintenance log, newest first."""
    wanted = asked or UpkeepFilters()
    query = _common(actor, Work, wanted, Work.started_at)
    if wanted.kind:
        query = query.where(Work.kind == wanted.kind)
    query = _containing(query, wanted.text, Work.number, Work.what, Work.why, Work.systems, Work.versions)
    return query.order_by(Work.started_at.desc(), Work.id.desc())


def guidances_matching(actor: Actor, asked: UpkeepFilters | None = None) -> sa.Select[tuple[Guidance]]:
    """The guidances, newest first."""
    wanted = asked or UpkeepFilters()
    query = _common(actor, Guidance, wanted, Guidance.given_at)
    if wanted.kind:
        query = query.where(Guidance.channel == wanted.kind)
    query = _containing(query, wanted.text, Guidance.number, Guidance.asker, Guidance.question, Guidance.answer)
    return query.order_by(Guidance.given_at.desc(), Guidance.id.desc())


def visits_matching(actor: Actor, asked: UpkeepFilters | None = None) -> sa.Select[tuple[Visit]]:
    """The visits, newest first."""
    wanted = asked or UpkeepFilters()
    query = _common(actor, Visit, wanted, Visit.visited_on)
    query = _containing(query, wanted.text, Visit.number, Visit.place, Visit.reason, Visit.work)
    return query.order_by(Visit.visited_on.desc(), Visit.id.desc())


def inspections_matching(actor: Actor, asked: UpkeepFilters | None = None) -> sa.Select[tuple[Inspection]]:
    """The inspections, newest month first; ``kind`` is a state, and what was cancelled shows only when it is asked for."""
    wanted = asked or UpkeepFilters()
    query = sa.select(Inspection).where(*access.visible(actor, Inspection.contract_id))
    if wanted.contract_id is not None:
        query = query.where(Inspection.contract_id == wanted.contract_id)
    state = Inspection.state
    query = query.where(state == wanted.kind if wanted.kind else state != InspectionState.CANCELLED)
    query = _days(query, Inspection.month_on, wanted)
    query = _containing(query, wanted.text, Inspection.number, Inspection.place, Inspection.inspector)
    return query.order_by(Inspection.month_on.desc(), Inspection.number.desc())


def plans_matching(actor: Actor, asked: UpkeepFilters | None = None) -> sa.Select[tuple[Plan]]:
    """The contingency plans in use, the next drill first; ``kind`` retired: those no longer in use."""
    wanted = asked or UpkeepFilters()
    retired = wanted.kind == "retired"
    query = sa.select(Plan).where(*access.visible(actor, Plan.contract_id))
    query = query.where(Plan.retired_at.is_not(None) if retired else Plan.retired_at.is_(None))
    if wanted.contract_id is not None:
        query = query.where(Plan.contract_id == wanted.contract_id)
    query = _containing(query, wanted.text, Plan.number, Plan.scenario, Plan.owner)
    return query.order_by(Plan.next_drill_on.is_(None), Plan.next_drill_on, Plan.number)


def findings_matching(
    actor: Actor, asked: UpkeepFilters | None = None, *, open_only: bool = False, late: bool = False
) -> sa.Select[tuple[Finding, Inspection]]:
    """Findings with their inspections, the first due first; what a cancelled sheet said only where a ticket came of it."""
    wanted = asked or UpkeepFilters()
    query = (
        sa.select(Finding, Inspection)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(
            sa.or_(Inspection.state != InspectionState.CANCELLED, Finding.ticket_id.is_not(None)),
            *access.visible(actor, Finding.contract_id),
        )
    )
    if wanted.contract_id is not None:
        query = query.where(Finding.contract_id == wanted.contract_id)
    if open_only or late:
        query = query.where(Finding.done_on.is_(None))
    if late:
        query = query.where(Finding.due_on < clock.today())
    query = _containing(query, wanted.text, Finding.text, Finding.owner, Inspection.number)
    return query.order_by(Finding.done_on.is_not(None), Finding.due_on, Finding.id)


def find_work(actor: Actor, key: uuid.UUID) -> Work:
    """One piece of maintenance; UpkeepNotFound if it is not there or not this actor's to see."""
    return access.find(actor, Work, key)


def find_guidance(actor: Actor, key: uuid.UUID) -> Guidance:
    """One guidance; UpkeepNotFound."""
    return access.find(actor, Guidance, key)


def find_visit(actor: Actor, key: uuid.UUID) -> Visit:
    """One visit; UpkeepNotFound."""
    return access.find(actor, Visit, key)


def find_inspection(actor: Actor, key: uuid.UUID) -> Inspection:
    """One inspection; UpkeepNotFound."""
    return access.find(actor, Inspection, key)


def find_finding(actor: Actor, key: uuid.UUID) -> Finding:
    """One finding; UpkeepNotFound."""
    return access.find(actor, Finding, key)


def find_plan(actor: Actor, key: uuid.UUID) -> Plan:
    """One plan; UpkeepNotFound."""
    return access.find(actor, Plan, key)


def find_drill(actor: Actor, key: uuid.UUID) -> Drill:
    """One drill; UpkeepNotFound."""
    return access.find(actor, Drill, key)


def drills_between(actor: Actor, first: date, last: date, contract_id: uuid.UUID | None = None) -> list[Drill]:
    """The drills of some days."""
    query = sa.select(Drill).where(Drill.drilled_on.between(first, last), *access.visible(actor, Drill.contract_id))
    if contract_id is not None:
        query = query.where(Drill.contract_id == contract_id)
    return list(session().scalars(query.order_by(Drill.drilled_on, Drill.id)))


def for_ticket(actor: Actor, ticket_id: uuid.UUID) -> tuple[list[Work], list[Guidance], list[Visit]]:
    """What was noted for a ticket; nothing for those who may see none."""
    if not actor.may(access.VIEW):
        return [], [], []
    asked = UpkeepFilters(ticket_id=ticket_id)
    return (
        list(session().scalars(works_matching(actor, asked))),
        list(session().scalars(guidances_matching(actor, asked))),
        list(session().scalars(visits_matching(actor, asked))),
    )


def note_export(actor: Actor, *, what: str, told: str, count: int) -> None:
    """Leave in the trail that a list left the house."""
    actor.need(access.VIEW)
    identity.record(
        actor, "upkeep.exported", summary=f"导出{what} {count} 条：{told}", changes={"count": [None, count]}
    )


def _common(actor: Actor, model: Any, asked: UpkeepFilters, when: Any) -> sa.Select[Any]:
    query = sa.select(model).where(*access.visible(actor, model.contract_id))
    if asked.contract_id is not None:
        query = query.where(model.contract_id == asked.contract_id)
    if asked.ticket_id is not None:
        query = query.where(model.ticket_id == asked.ticket_id)
    if asked.who:
        query = query.where(model.who == asked.who)
    if asked.undesignated:
        query = query.where(model.designated.is_(False))
    return _days(query, when, asked)


def _days(query: sa.Select[Any], column: Any, asked: UpkeepFilters) -> sa.Select[Any]:
    is_day = isinstance(column.type, sa.Date)
    if asked.since is not None:
        query = query.where(column >= (asked.since if is_day else clock.start_of(asked.since)))
    if asked.until is not None:
        query = query.where(column <= asked.until if is_day else column < clock.end_of(asked.until))
    return query


def _containing(query: sa.Select[Any], text: str, *columns: Any) -> sa.Select[Any]:
    if not text.strip():
        return query
    return query.where(sa.or_(*(column.contains(text.strip(), autoescape=True) for column in columns)))
