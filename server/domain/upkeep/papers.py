"""The room's papers: inspection sheets (alone or as the month's report), maintenance, visits, guidance, plans, drills."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from server.core import clock, spelling
from server.domain import contracts, documents, knowledge, releases, tickets
from server.domain.documents import Draft, Kind, Subjects
from server.domain.identity import Actor, Permission
from server.domain.upkeep import access, forms, log, visits
from server.domain.upkeep.inspection_models import Inspection
from server.domain.upkeep.inspections import NotSubmitted
from server.domain.upkeep.models import Drill, Guidance, Plan, Visit, Work
from server.domain.upkeep.plans import drills_of
from server.domain.upkeep.sheet import inspection_content
from server.domain.upkeep.vocabulary import DONE, EventKind, Subject

GROUP = "维护与巡检"
SAID = ("systems", "versions", "what", "why", "before", "after", "rollback")


def compose_inspection(actor: Actor, key: uuid.UUID) -> Draft:
    """The sheet of a submitted inspection; NotSubmitted before."""
    inspection = access.find(actor, Inspection, key)
    if inspection.state not in DONE:
        raise NotSubmitted
    month = spelling.month(inspection.month_on)
    return Draft(
        contract_id=inspection.contract_id,
        subject_id=inspection.id,
        content=inspection_content(actor, inspection),
        head=_head(actor, inspection.contract_id, f"巡检月份：{month}"),
        covers_on=inspection.month_on,
        sources=((f"巡检 {inspection.number}", f"/admin/upkeep/inspections/{inspection.id}"),),
    )


def compose_work(actor: Actor, key: uuid.UUID) -> Draft:
    """A maintenance record as it stands, with its corrections."""
    work = access.find(actor, Work, key)
    linked = [
        f"工单 {tickets.find(actor, work.ticket_id).number}" if work.ticket_id else "",
        f"版本 {releases.find(actor, work.release_id).version}" if work.release_id else "",
        f"巡检 {access.find(actor, Inspection, work.inspection_id).number}" if work.inspection_id else "",
    ]
    facts = {
        "number": work.number,
        "kind": work.kind.label,
        "started": spelling.moment(work.started_at),
        "ended": spelling.moment(work.ended_at),
        "who": work.who,
        "risk": work.risk.label,
        "linked": "；".join(each for each in linked if each) or "无",
    } | {name: getattr(work, name) or "无" for name in SAID}
    corrected = [event for event in log.events_of(work) if event.kind is EventKind.CORRECTED and event.text]
    rows = [{"at": spelling.moment(each.at), "who": each.actor_name, "reason": each.text} for each in corrected]
    return Draft(
        contract_id=work.contract_id,
        subject_id=work.id,
        content={"facts": facts, "corrections": rows},
        head=_head(actor, work.contract_id),
        covers_on=clock.local_day(work.started_at),
    )


def compose_guidance(actor: Actor, key: uuid.UUID) -> Draft:
    """A guidance."""
    row = access.find(actor, Guidance, key)
    linked = [
        f"工单 {tickets.find(actor, row.ticket_id).number}" if row.ticket_id else "",
        f"知识库《{knowledge.find(actor, row.article_id).title}》" if row.article_id else "",
    ]
    facts = {
        "number": row.number,
        "given": spelling.moment(row.given_at),
        "asker": row.asker,
        "unit": row.unit or "未登记",
        "channel": row.channel.label,
        "minutes": spelling.length(timedelta(minutes=row.minutes)),
        "who": row.who,
        "linked": "；".join(each for each in linked if each) or "无",
        "question": row.question,
        "answer": row.answer,
    }
    return _plain(actor, row.contract_id, row.id, {"facts": facts}, clock.local_day(row.given_at))


def compose_visit(actor: Actor, key: uuid.UUID) -> Draft:
    """A visit, with the ticket's own moments where it belongs to one."""
    row = access.find(actor, Visit, key)
    there = visits.presence(row)
    facts = {
        "number": row.number,
        "day": spelling.day(row.visited_on),
        "place": row.place,
        "who": row.who,
        "host": row.host,
        "ticket": tickets.find(actor, row.ticket_id).number if row.ticket_id else "无",
        "dispatched": spelling.moment(there.dispatched_at),
        "arrived": spelling.moment(there.arrived_at),
        "signed": f"{there.signed_by} 已签认" if there.signed_by else "",
        "left": spelling.moment(row.left_at),
        "consent": f"{there.consented_by} {spelling.moment(there.consented_at)}" if there.consented_at else "不涉及",
        "reason": row.reason,
        "work": row.work,
        "result": row.result,
    }
    return _plain(actor, row.contract_id, row.id, {"facts": facts}, row.visited_on)


def compose_plan(actor: Actor, key: uuid.UUID) -> Draft:
    """A contingency plan in its newest version."""
    plan = access.find(actor, Plan, key)
    facts = {
        "number": plan.number,
        "version": f"第 {plan.version} 版",
        "scenario": plan.scenario,
        "owner": plan.owner,
        "contacts": plan.contacts,
        "every": f"每 {plan.every_months} 个月" if plan.every_months else "不定期",
        "next": spelling.day(plan.next_drill_on),
    }
    drills = [
        {
            "day": spelling.day(each.drilled_on),
            "form": each.form.label,
            "result": each.result.label,
            "lessons": each.lessons,
        }
        for each in reversed(drills_of(plan))
    ]
    content = {"facts": facts, "trigger": plan.trigger, "steps": plan.steps, "drills": drills}
    return _plain(actor, plan.contract_id, plan.id, content, clock.local_day(plan.updated_at))


def compose_drill(actor: Actor, key: uuid.UUID) -> Draft:
    """A drill."""
    row = access.find(actor, Drill, key)
    plan = access.find(actor, Plan, row.plan_id)
    facts = {
        "number": row.number,
        "plan": f"{plan.number} {plan.scenario}（第 {row.plan_version} 版）",
        "day": spelling.day(row.drilled_on),
        "form": row.form.label,
        "leader": row.leader,
        "result": row.result.label,
        "people": row.people,
    }
    content = {"facts": facts, "course": row.course, "lessons": row.lessons}
    return _plain(actor, row.contract_id, row.id, content, row.drilled_on)


def _plain(actor: Actor, contract_id: uuid.UUID, key: uuid.UUID, content: Mapping[str, Any], on: Any) -> Draft:
    return Draft(contract_id=contract_id, subject_id=key, content=content, head=_head(actor, contract_id), covers_on=on)


def _head(actor: Actor, contract_id: uuid.UUID, *more: str) -> tuple[str, ...]:
    contract = contracts.find(actor, contract_id)
    return (f"合同：{contract.title}（{contract.number}）", *more)


_ROWS = (
    ("inspection", "巡检单", "XJ", Subject.INSPECTION, forms.INSPECTION, compose_inspection),
    ("inspection_monthly", "巡检单（月报）", "XJYB", Subject.INSPECTION, forms.INSPECTION_MONTHLY, compose_inspection),
    ("maintenance", "维护记录", "WH", Subject.WORK, forms.WORK, compose_work),
    ("visit", "现场服务记录", "XC", Subject.VISIT, forms.VISIT, compose_visit),
    ("guidance", "操作指导记录", "CZ", Subject.GUIDANCE, forms.GUIDANCE, compose_guidance),
    ("contingency_plan", "应急预案", "YA", Subject.PLAN, forms.PLAN, compose_plan),
    ("drill", "应急演练记录", "YL", Subject.DRILL, forms.DRILL, compose_drill),
)
_LISTED = {
    Subject.INSPECTION: documents.dated(Inspection.id, Inspection.contract_id, Inspection.inspected_on),
    Subject.WORK: documents.dated(Work.id, Work.contract_id, Work.started_at),
    Subject.VISIT: documents.dated(Visit.id, Visit.contract_id, Visit.visited_on),
    Subject.GUIDANCE: documents.dated(Guidance.id, Guidance.contract_id, Guidance.given_at),
    Subject.DRILL: documents.dated(Drill.id, Drill.contract_id, Drill.drilled_on),
}


def install() -> None:
    """Make the kinds known; called once where the room is loaded."""
    for code, label, prefix, subject, form, compose in _ROWS:
        documents.register(
            Kind(
                code=code,
                label=label,
                prefix=prefix,
                subject_kind=f"upkeep_{subject.value}",
                form=form,
                compose=compose,
                view=Permission.RECORD_VIEW,
                group=GROUP,
                subjects=_listed_of(code, subject),
            )
        )


def _listed_of(code: str, subject: Subject) -> Subjects | None:
    listed = _LISTED.get(subject)
    if listed is None or subject is not Subject.INSPECTION:
        return listed

    def own(actor: Actor, contract_id: uuid.UUID, since: date, until: date) -> Sequence[uuid.UUID]:
        return listed(actor, contract_id, since, until) if _sheet_of(contract_id) == code else []

    return own


def kind_for(inspection: Inspection) -> str:
    """The kind of sheet that a contract's inspection comes as: its sheet is the month's report where that is so agreed."""
    return _sheet_of(inspection.contract_id)


def _sheet_of(contract_id: uuid.UUID) -> str:
    systems = contracts.systems_of([contract_id]).get(contract_id, [])
    data_only = bool(systems) and all(each is contracts.MaintainedSystem.DATA_EXCHANGE for each in systems)
    return "inspection_monthly" if data_only else "inspection"
