"""One inspection's page: the sheet item by item, findings, what is missing, the log and the paper."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from server.admin.acceptance_page import contract_of
from server.admin.access import current_actor, needs
from server.admin.document_box import box
from server.admin.forms import Form
from server.admin.pages import page
from server.admin.upkeep_forms import FindingSchema, HeadSchema, ReasonSchema, RectifySchema, RescheduleSchema
from server.admin.upkeep_words import SEVERITY_TONES, STATE_TONES, VERDICT_TONES, before_of, mark_of, told
from server.core import clock
from server.core.db import session
from server.domain import upkeep
from server.domain.identity import Actor, Permission
from server.domain.upkeep import (
    DONE,
    FIELDS,
    OPEN,
    Inspection,
    InspectionItem,
    InspectionState,
    UpkeepFilters,
    Verdict,
)

VIEW, LOG = Permission.RECORD_VIEW, Permission.RECORD_LOG
HEAD = ("inspected_on", "place", "inspector", "companion", "on_site", "off_site_reason", "summary", "advice", "version")


@needs(VIEW)
def show(inspection_id: uuid.UUID) -> Response:
    """The sheet."""
    return sheet_page(current_actor(), inspection_id)


def sheet_page(
    actor: Actor,
    inspection_id: uuid.UUID,
    *,
    step: str = "",
    form: Form | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """The page of an inspection, with a form that was refused, if one was."""
    found = upkeep.find_inspection(actor, inspection_id)
    items = upkeep.items_of(found)
    findings = upkeep.findings_of([found.id])
    logs = actor.may(LOG, found.contract_id)
    forms = _forms(actor, found, items)
    if form is not None:
        forms[step] = form
    writes = logs and found.state in OPEN
    kind = upkeep.kind_for(found)
    return page(
        "inspections/show.html",
        status=status,
        sheet=found,
        contract=contract_of(actor, found.contract_id),
        sections=_sections(items),
        left=sum(item.verdict is None for item in items),
        total=len(items),
        fields=FIELDS,
        verdicts=list(Verdict),
        findings=findings,
        item_titles={item.id: item.title for item in items},
        plan_numbers=_plans(actor, found),
        missing=upkeep.missing_of(found) if writes else [],
        events=upkeep.events_of(found),
        files=upkeep.files_of([found.id]),
        forms_of=forms,
        tried=step if form is not None else "",
        refused=refused,
        today=clock.today(),
        writes=writes,
        logs=logs,
        planned=found.state is InspectionState.PLANNED,
        may_cancel=logs and found.state in (InspectionState.PLANNED, InspectionState.DRAFT),
        may_return=found.state is InspectionState.SUBMITTED and logs and actor.contracts_for(LOG) is None,
        may_ticket=actor.may(Permission.TICKET_OPEN, found.contract_id),
        tones=STATE_TONES,
        verdict_tones=VERDICT_TONES,
        severity_tones=SEVERITY_TONES,
        told=told,
        mark_of=mark_of,
        before_of=before_of,
        paper_box=box(
            actor,
            kind,
            found.id,
            contract_id=found.contract_id,
            ready=found.state in DONE,
            note="" if found.state in DONE else "提交后即可出具。",
        ),
    )


def _forms(actor: Actor, found: Inspection, items: list[InspectionItem]) -> dict[str, Form]:
    choices = {
        "item_id": [(str(item.id), f"{item.position}. {item.title}") for item in items],
        "plan_id": [(str(key), name) for key, name in _plans(actor, found).items()],
    }
    head: dict[str, Any] = {name: getattr(found, name) for name in HEAD}
    moved = {"version": found.version, "planned_on": found.planned_on, "inspector": found.inspector}
    return {
        "head": Form(HeadSchema(), head, prefix="head"),
        "finding": Form(FindingSchema(), {"owner": found.inspector or actor.name}, choices=choices, prefix="finding"),
        "rectify": Form(RectifySchema(), prefix="rectify"),
        "return": Form(ReasonSchema(), prefix="return"),
        "cancel": Form(ReasonSchema(), prefix="cancel"),
        "reschedule": Form(RescheduleSchema(), moved, prefix="reschedule"),
    }


def _sections(items: list[InspectionItem]) -> list[tuple[str, list[InspectionItem]]]:
    found: dict[str, list[InspectionItem]] = {}
    for item in items:
        found.setdefault(item.section.label, []).append(item)
    return list(found.items())


def _plans(actor: Actor, found: Inspection) -> dict[uuid.UUID, str]:
    query = upkeep.plans_matching(actor, UpkeepFilters(contract_id=found.contract_id))
    return {plan.id: f"{plan.number} {plan.scenario}" for plan in session().scalars(query)}
