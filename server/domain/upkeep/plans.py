"""Contingency plans (应急预案, A15) in versions, and their drills: what came of each, and when the next one is due."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import calendar
from server.domain.identity import Actor
from server.domain.upkeep import access, files, links, log
from server.domain.upkeep.models import NAME, TITLE, Drill, Plan
from server.domain.upkeep.vocabulary import DrillForm, DrillResult, EventKind
from server.domain.upkeep.words import not_ahead, said
from server.gateways.papers import Paper

PLANS, DRILLS = "YA", "YL"
TRIGGER, STEPS, CONTACTS, COURSE, LESSONS, PEOPLE, REASON = 1000, 10000, 500, 4000, 2000, 500, 500
MOST_MONTHS = 36


class Retired(Conflict):
    """The plan is not in use any more."""

    code = "plan_retired"
    message = "该预案已停用。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """What a plan says; ``every_months`` is how often it is drilled, 0 for not at all."""

    scenario: str
    trigger: str
    steps: str
    owner: str
    contacts: str = ""
    every_months: int = 12
    next_drill_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillDraft:
    """What is to be kept of a drill."""

    drilled_on: date
    form: DrillForm
    leader: str
    course: str
    result: DrillResult
    people: str = ""
    lessons: str = ""


def make_plan(actor: Actor, contract_id: uuid.UUID, draft: PlanDraft, *, uploads: Sequence[Paper] = ()) -> Plan:
    """Put a plan down. Needs record.log on the contract. Without a day the first drill is due after its interval."""
    access.contract_for(actor, contract_id)
    now = clock.now()
    plan = Plan(
        id=new_id(),
        contract_id=contract_id,
        noted_by_name=actor.name[:NAME],
        noted_at=now,
        updated_at=now,
        version=1,
        seq=0,
        **_checked(draft),
    )
    if plan.next_drill_on is None:
        plan.next_drill_on = _next(clock.today(), plan.every_months)
    plan.number = links.numbered(PLANS)
    session().add(plan)
    session().flush()
    log.write(actor, plan, EventKind.NOTED, f"编制应急预案：{plan.scenario}", data={"version": 1, "says": says(plan)})
    files.attach(actor, plan, uploads)
    return plan


def revise_plan(
    actor: Actor, plan_id: uuid.UUID, draft: PlanDraft, *, version: int, reason: str, uploads: Sequence[Paper] = ()
) -> Plan:
    """Write the next version; the log keeps what the one before said."""
    plan = _standing(actor, plan_id, version)
    words = said(reason, field="reason", longest=REASON)
    before = says(plan)
    given = _checked(draft)
    moved = log.put(plan, given | {"next_drill_on": given["next_drill_on"] or plan.next_drill_on})
    plan.version += 1
    plan.updated_at = clock.now()
    data = {"version": version, "before": before, "changed": sorted(moved)}
    log.write(actor, plan, EventKind.REVISED, f"修订为第 {plan.version} 版：{words}", text=words, data=data)
    files.attach(actor, plan, uploads)
    return plan


def retire_plan(actor: Actor, plan_id: uuid.UUID, *, reason: str) -> Plan:
    """The plan is not in use any more; it is kept."""
    plan = _standing(actor, plan_id, None)
    words = said(reason, field="reason", longest=REASON)
    plan.retired_at = plan.updated_at = clock.now()
    log.write(actor, plan, EventKind.CANCELLED, f"停用预案：{words}", text=words)
    return plan


def drill(actor: Actor, plan_id: uuid.UUID, draft: DrillDraft, *, uploads: Sequence[Paper] = ()) -> Drill:
    """Put a drill on record; the next one is due an interval after it. A drill that failed names its lessons."""
    plan = _standing(actor, plan_id, None)
    not_ahead(draft.drilled_on, field="drilled_on")
    row = Drill(
        id=new_id(),
        contract_id=plan.contract_id,
        plan_id=plan.id,
        plan_version=plan.version,
        drilled_on=draft.drilled_on,
        form=draft.form,
        leader=said(draft.leader, field="leader", longest=NAME),
        people=said(draft.people, field="people", longest=PEOPLE, needed=False),
        course=said(draft.course, field="course", longest=COURSE),
        result=draft.result,
        lessons=said(draft.lessons, field="lessons", longest=LESSONS, needed=draft.result is not DrillResult.PASSED),
        noted_by_id=actor.id,
        noted_by_name=actor.name[:NAME],
        noted_at=clock.now(),
        version=1,
        seq=0,
    )
    row.number = links.numbered(DRILLS)
    session().add(row)
    session().flush()
    following = _next(draft.drilled_on, plan.every_months)
    if following is None or plan.next_drill_on is None or following > plan.next_drill_on:
        plan.next_drill_on = following
    plan.updated_at = clock.now()
    told = f"演练 {row.number}：{row.result.label}"
    log.write(actor, plan, EventKind.DRILLED, told, text=row.lessons, data={"drill": str(row.id)})
    log.write(actor, row, EventKind.NOTED, f"登记演练（{row.form.label}）：{plan.scenario}，{row.result.label}")
    files.attach(actor, row, uploads)
    return row


def drills_of(plan: Plan) -> list[Drill]:
    """The drills of a plan that the caller found visible, newest first."""
    query = sa.select(Drill).where(Drill.plan_id == plan.id)
    return list(session().scalars(query.order_by(Drill.drilled_on.desc(), Drill.id.desc())))


def says(plan: Plan) -> dict[str, Any]:
    """What a plan says, in plain JSON."""
    return {name: log.plain(getattr(plan, name)) for name in PlanDraft.__dataclass_fields__}


def _standing(actor: Actor, plan_id: uuid.UUID, version: int | None) -> Plan:
    plan = access.hold(actor, Plan, plan_id, version=version)
    if plan.retired_at is not None:
        raise Retired
    return plan


def _next(day: date, months: int) -> date | None:
    return calendar.corresponding_day(day, months) if months else None


def _checked(draft: PlanDraft) -> dict[str, Any]:
    if not 0 <= draft.every_months <= MOST_MONTHS:
        raise Invalid(fields={"every_months": [f"须为 0 至 {MOST_MONTHS}；0 表示不定期演练。"]})
    return {
        "scenario": said(draft.scenario, field="scenario", longest=TITLE),
        "trigger": said(draft.trigger, field="trigger", longest=TRIGGER),
        "steps": said(draft.steps, field="steps", longest=STEPS),
        "owner": said(draft.owner, field="owner", longest=NAME),
        "contacts": said(draft.contacts, field="contacts", longest=CONTACTS, needed=False),
        "every_months": draft.every_months,
        "next_drill_on": draft.next_drill_on,
    }
