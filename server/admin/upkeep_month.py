"""What stands on the days of a month: maintenance, guidance, visits, inspections, drills; done, planned, late."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from flask import url_for

from server.core import clock
from server.core.db import session
from server.domain import upkeep
from server.domain.identity import Actor
from server.domain.upkeep import OPEN, InspectionState, UpkeepFilters

MOST = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on a day, with its page; ``late``: its day went by without it."""

    icon: str
    tone: str
    text: str
    url: str
    late: bool = False


def marks_of(actor: Actor, first: date, last: date, contract_id: uuid.UUID | None) -> dict[date, list[Mark]]:
    """The marks of some days, in five statements."""
    asked = UpkeepFilters(contract_id=contract_id, since=first, until=last)
    found: dict[date, list[Mark]] = {}

    def put(day: date, mark: Mark) -> None:
        found.setdefault(day, []).append(mark)

    sheets = upkeep.inspections_matching(
        actor, UpkeepFilters(contract_id=contract_id, since=first.replace(day=1), until=last)
    )
    for sheet in session().scalars(sheets):
        day = sheet.inspected_on or sheet.planned_on
        if day is not None and first <= day <= last:
            waits = sheet.state is InspectionState.PLANNED or sheet.state in OPEN
            late = waits and day < clock.today()
            text = f"{sheet.month_on:%m} 月巡检 {sheet.state.label}"
            url = url_for("inspections.show", inspection_id=sheet.id)
            put(day, Mark("checkbox", "red" if late else "blue" if waits else "green", text, url, late))
    for each in upkeep.dues(actor, first, last):
        if each.kind is upkeep.DueKind.DRILL and contract_id in (None, each.contract_id):
            late = each.due_on < clock.today()
            url = url_for("contingency.show", plan_id=each.page_id)
            put(each.due_on, Mark("urgent", "red" if late else "amber", each.title, url, late))
    for drill in upkeep.drills_between(actor, first, last, contract_id):
        url = url_for("contingency.drill", drill_id=drill.id)
        put(drill.drilled_on, Mark("urgent", "green", f"演练 {drill.result.label}", url))
    for visit in session().scalars(upkeep.visits_matching(actor, asked).limit(MOST)):
        url = url_for("upkeep.show", sort="visits", entry_id=visit.id)
        put(visit.visited_on, Mark("map-pin", "violet", visit.reason, url))
    for work in session().scalars(upkeep.works_matching(actor, asked).limit(MOST)):
        url = url_for("upkeep.show", sort="works", entry_id=work.id)
        put(clock.local_day(work.started_at), Mark("tool", "gray", work.what, url))
    return found
