"""Findings of an inspection: what is wrong, what to do, by whom and when; one step to a ticket; put right or overdue."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity, tickets
from server.domain.identity import Actor
from server.domain.tickets import Channel, Kind, Ticket
from server.domain.upkeep import access, log
from server.domain.upkeep.inspection_models import Finding, Inspection, InspectionItem
from server.domain.upkeep.inspections import open_sheet
from server.domain.upkeep.models import NAME, Plan
from server.domain.upkeep.states import WrongState
from server.domain.upkeep.vocabulary import EventKind, InspectionState, Severity
from server.domain.upkeep.words import not_ahead, said

TEXT = 1000
MOST = 40
SUBJECT = "inspection_finding"
GRADES: Mapping[Severity, tickets.Severity] = MappingProxyType(
    {
        Severity.MINOR: tickets.Severity.NORMAL,
        Severity.MAJOR: tickets.Severity.HIGH,
        Severity.CRITICAL: tickets.Severity.MAJOR,
    }
)


class Ticketed(Conflict):
    """The finding has its ticket."""

    code = "finding_ticketed"
    message = "该问题已转为工单。"


class Rectified(Conflict):
    """The finding was put right already."""

    code = "finding_rectified"
    message = "该问题已登记整改完成。"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingDraft:
    """What was found, and what is to be done by whom until when; ``plan_id``: the contingency plan for the case."""

    text: str
    severity: Severity
    owner: str
    due_on: date
    advice: str = ""
    item_id: uuid.UUID | None = None
    plan_id: uuid.UUID | None = None


def add_finding(actor: Actor, inspection_id: uuid.UUID, draft: FindingDraft) -> Finding:
    """Put a finding on an open sheet. Frozen once it was handed in."""
    inspection = open_sheet(actor, inspection_id)
    if draft.item_id is not None:
        item = session().get(InspectionItem, draft.item_id)
        if item is None or item.inspection_id != inspection.id:
            raise Invalid(fields={"item_id": ["请从本次巡检的检查项中选择。"]})
    if draft.plan_id is not None and access.find(actor, Plan, draft.plan_id).contract_id != inspection.contract_id:
        raise Invalid(fields={"plan_id": ["该预案不属于本合同。"]})
    if draft.due_on < inspection.month_on:
        raise Invalid(fields={"due_on": ["整改期限不能早于巡检月份。"]})
    told = findings_of([inspection.id])
    if len(told) >= MOST:
        raise Invalid(fields={"text": [f"一次巡检最多登记 {MOST} 个问题。"]})
    finding = Finding(
        id=new_id(),
        contract_id=inspection.contract_id,
        inspection_id=inspection.id,
        item_id=draft.item_id,
        # One that was dropped leaves its gap: the log speaks of findings by these numbers.
        position=max((each.position for each in told), default=0) + 1,
        severity=draft.severity,
        text=said(draft.text, field="text", longest=TEXT),
        advice=said(draft.advice, field="advice", longest=TEXT, needed=False),
        owner=said(draft.owner, field="owner", longest=NAME),
        due_on=draft.due_on,
        plan_id=draft.plan_id,
        created_at=clock.now(),
    )
    session().add(finding)
    session().flush()
    _told(actor, finding, "added", f"登记问题（{finding.severity.label}）：{finding.text[:80]}")
    return finding


def drop_finding(actor: Actor, finding_id: uuid.UUID) -> None:
    """Take a finding off an open sheet; one that became a ticket stays."""
    finding = access.hold(actor, Finding, finding_id)
    open_sheet(actor, finding.inspection_id)
    if finding.ticket_id is not None:
        raise Ticketed("该问题已转为工单，不能删除。")
    _told(actor, finding, "dropped", f"删除问题：{finding.text[:80]}")
    session().delete(finding)
    session().flush()


def open_ticket(actor: Actor, finding_id: uuid.UUID) -> Ticket:
    """Make a ticket of a finding in one step; each names the other. Needs ticket.open on the contract."""
    finding = access.hold(actor, Finding, finding_id)
    if finding.ticket_id is not None:
        raise Ticketed
    if finding.done_on is not None:
        raise Rectified
    inspection = access.find(actor, Inspection, finding.inspection_id)
    if inspection.state is InspectionState.CANCELLED:
        raise WrongState("巡检已取消，其中的问题不能转工单。")
    words = [f"{inspection.month_on:%Y 年 %m 月}巡检（{inspection.number}）发现：{finding.text}"]
    if finding.advice:
        words.append(f"建议：{finding.advice}")
    words.append(f"整改责任人：{finding.owner}，期限：{finding.due_on}")
    ticket = tickets.open(
        actor,
        kind=Kind.FAULT,
        title=finding.text[:60],
        text="\n".join(words),
        channel=Channel.INSPECTION,
        severity=GRADES[finding.severity],
        contract_id=finding.contract_id,
        subject=(SUBJECT, finding.id),
    )
    finding.ticket_id, finding.ticket_number = ticket.id, ticket.number
    # Frozen is what the sheet says; that a ticket follows from it belongs to its log.
    held = access.hold(actor, Inspection, inspection.id)
    log.write(actor, held, EventKind.TICKETED, f"问题 {finding.position} 转工单 {ticket.number}", text=finding.text)
    return ticket


def rectify(actor: Actor, finding_id: uuid.UUID, *, done_on: date, note: str) -> Finding:
    """A finding is put right: when, and what was done. The one line of a frozen sheet that lives on."""
    finding = access.hold(actor, Finding, finding_id)
    if finding.done_on is not None:
        raise Rectified
    not_ahead(done_on, field="done_on")
    inspection = access.hold(actor, Inspection, finding.inspection_id)
    if done_on < inspection.month_on:
        raise Invalid(fields={"done_on": ["不能早于巡检月份。"]})
    finding.done_on, finding.done_by_name = done_on, actor.name[:NAME]
    finding.done_note = said(note, field="note", longest=TEXT)
    log.write(actor, inspection, EventKind.RECTIFIED, f"问题 {finding.position} 整改完成", text=finding.done_note)
    return finding


def findings_of(inspection_ids: list[uuid.UUID]) -> list[Finding]:
    """The findings of inspections that the caller found visible, in order."""
    query = sa.select(Finding).where(Finding.inspection_id.in_(inspection_ids))
    return list(session().scalars(query.order_by(Finding.inspection_id, Finding.position, Finding.id)))


def finding_of_ticket(actor: Actor, ticket: Ticket) -> tuple[Finding, Inspection] | None:
    """The finding that a ticket came from, if it came from one that the actor may see."""
    if ticket.subject_kind != SUBJECT or ticket.subject_id is None or not actor.may(access.VIEW):
        return None
    query = (
        sa.select(Finding, Inspection)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(Finding.id == ticket.subject_id, *access.visible(actor, Finding.contract_id))
    )
    row = session().execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _told(actor: Actor, finding: Finding, what: str, summary: str) -> None:
    identity.record(actor, f"inspection_finding.{what}", subject=(SUBJECT, finding.id), summary=summary)
