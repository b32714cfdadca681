"""What falls on which day, for the agenda: planned inspections, rectifications, drills, and months without an inspection."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from server.core.db import session
from server.core.enums import Labelled
from server.domain.identity import Actor
from server.domain.upkeep import access
from server.domain.upkeep.inspection_models import Finding, Inspection
from server.domain.upkeep.models import Plan
from server.domain.upkeep.vocabulary import OPEN, InspectionState


class DueKind(Labelled):
    """What is due."""

    INSPECTION = "inspection", "巡检"
    FINDING = "finding", "巡检整改"
    DRILL = "drill", "应急演练"


@dataclass(frozen=True, slots=True)
class UpkeepDue:
    """Something of the room that is due on a day. ``page_id`` is the inspection or the plan that it belongs to."""

    kind: DueKind
    object_id: uuid.UUID
    page_id: uuid.UUID
    contract_id: uuid.UUID
    title: str
    due_on: date
    state: str


def dues(actor: Actor, first: date, last: date) -> list[UpkeepDue]:
    """What is due from one day to another and not done, as far as the actor may see.

    That a month must not pass without its sheet is the deliverable's own date; here is the planned day of going there.
    """
    if not actor.may(access.VIEW):
        return []
    found = [*_inspections(actor, first, last), *_findings(actor, first, last), *_drills(actor, first, last)]
    return sorted(found, key=lambda due: (due.due_on, due.title))


def _inspections(actor: Actor, first: date, last: date) -> list[UpkeepDue]:
    query = sa.select(Inspection).where(
        Inspection.planned_on.between(first, last),
        Inspection.state.in_((InspectionState.PLANNED, *OPEN)),
        *access.visible(actor, Inspection.contract_id),
    )
    return [
        UpkeepDue(
            DueKind.INSPECTION,
            row.id,
            row.id,
            row.contract_id,
            f"{row.number} {row.month_on:%Y-%m} 月度巡检",
            row.planned_on,
            row.state.label,
        )
        for row in session().scalars(query)
        if row.planned_on is not None
    ]


def _findings(actor: Actor, first: date, last: date) -> list[UpkeepDue]:
    query = (
        sa.select(Finding, Inspection.number)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(
            Finding.done_on.is_(None),
            Finding.due_on.between(first, last),
            Inspection.state != InspectionState.CANCELLED,
            *access.visible(actor, Finding.contract_id),
        )
    )
    return [
        UpkeepDue(
            DueKind.FINDING,
            row.id,
            row.inspection_id,
            row.contract_id,
            f"{number} 问题 {row.position} 整改：{row.text[:40]}",
            row.due_on,
            "已转工单" if row.ticket_id else "未整改",
        )
        for row, number in session().execute(query)
    ]


def _drills(actor: Actor, first: date, last: date) -> list[UpkeepDue]:
    query = sa.select(Plan).where(
        Plan.next_drill_on.between(first, last),
        Plan.retired_at.is_(None),
        *access.visible(actor, Plan.contract_id),
    )
    return [
        UpkeepDue(
            DueKind.DRILL,
            row.id,
            row.id,
            row.contract_id,
            f"{row.number} {row.scenario} 演练",
            row.next_drill_on,
            "待演练",
        )
        for row in session().scalars(query)
        if row.next_drill_on is not None
    ]
