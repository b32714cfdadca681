"""Feedback sheets (B17): filed, sent to the project team, judged, settled with an outcome, followed up.

    FILED ── send ──▶ SENT ── judge ──▶ JUDGED ── settle ──▶ SETTLED ── reopen ──▶ JUDGED
      └──────────── void / withdraw ───────┴──▶ VOID / SETTLED (withdrawn)

Every sheet ends with an outcome. What lies with the province is settled by the bureau alone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.access import BureauOnly, past, words
from server.domain.referrals.log import line, source, tell_ticket
from server.domain.referrals.models import LINE, LONG_LINE, NAME, TITLE, Requirement, Sheet
from server.domain.referrals.vocabulary import (
    EventKind,
    ExternalState,
    Handling,
    Outcome,
    RequirementState,
    SheetKind,
    SheetState,
    Urgency,
    Verdict,
)
from server.domain.tickets import Channel
from server.domain.tickets import EventKind as TicketEvent

PREFIX = "FKD"
OPEN = frozenset({SheetState.FILED, SheetState.SENT, SheetState.JUDGED})
# Only who handles it can have fixed it; how else a sheet may end does not depend on that.
FIXED_BY = {Outcome.FIXED_BY_VENDOR: Handling.VENDOR, Outcome.FIXED_BY_PROVINCE: Handling.PROVINCE}


class WrongSheetState(Conflict):
    """The sheet is not in a state for this step."""

    code = "wrong_sheet_state"
    message = "反馈单的当前状态不允许这样操作，请刷新后再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDraft:
    """What the form of a feedback sheet asks for (domain.md §5.1)."""

    title: str
    system: str
    actual: str
    kind: SheetKind
    module: str = ""
    urgency: Urgency = Urgency.NORMAL
    channel: Channel = Channel.PHONE
    reporter_unit: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    found_at: datetime | None = None
    steps: str = ""
    expected: str = ""
    first_judgement: str = ""


def file_sheet(actor: Actor, draft: SheetDraft, *, contract_id: uuid.UUID, ticket_id: uuid.UUID | None = None) -> Sheet:
    """Write a feedback sheet down, from a ticket or without one. Needs referral.log on the contract."""
    contract = access.contract_of(actor, contract_id, Permission.REFERRAL_LOG)
    ticket = source(actor, ticket_id)
    if ticket is not None and ticket.contract_id != contract_id:
        raise Invalid(fields={"ticket_id": ["工单不属于所选合同。"]})
    values = _checked(draft)
    now = clock.now()
    sheet = Sheet(
        id=new_id(),
        contract_id=contract_id,
        ticket_id=ticket_id,
        ticket_number=ticket.number if ticket else "",
        state=SheetState.FILED,
        created_at=now,
        updated_at=now,
        **access.writer(actor),
        **values,
    )
    sheet.reporter_phone = _sealed(sheet, draft.reporter_phone)
    sheet.number = access.number(PREFIX, contract, now)
    session().add(sheet)
    session().flush()
    line(actor, sheet, EventKind.FILED, text=sheet.title, at=sheet.found_at)
    tell_ticket(actor, sheet, TicketEvent.REFERRED, text=f"登记反馈单 {sheet.number}")
    return sheet


def amend_sheet(actor: Actor, sheet_id: uuid.UUID, draft: SheetDraft) -> Sheet:
    """Correct a sheet that was not sent yet; an empty phone leaves the one that was noted."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    _need(sheet, SheetState.FILED)
    values = _checked(draft)
    if draft.found_at is None:
        del values["found_at"]
    changes = {name: [getattr(sheet, name), new] for name, new in values.items() if getattr(sheet, name) != new}
    for name, value in values.items():
        setattr(sheet, name, value)
    if draft.reporter_phone.strip():
        sheet.reporter_phone = _sealed(sheet, draft.reporter_phone)
    line(actor, sheet, EventKind.CHANGED, changes=changes)
    return sheet


def send_sheet(actor: Actor, sheet_id: uuid.UUID, *, to: str, sent_at: datetime | None = None) -> Sheet:
    """Hand a sheet to the project team. Needs referral.log."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    _need(sheet, SheetState.FILED)
    team = words(to, "to", longest=LINE, needed=True)
    at = past(sent_at, "sent_at")
    if at < sheet.found_at:
        raise Invalid(fields={"sent_at": ["不能早于发现时间。"]})
    sheet.state, sheet.sent_to, sheet.sent_at = SheetState.SENT, team, at
    line(actor, sheet, EventKind.SENT, text=f"提交{team}", at=at)
    return sheet


def judge_sheet(
    actor: Actor,
    sheet_id: uuid.UUID,
    *,
    verdict: Verdict,
    handling: Handling,
    analysis: str,
    returned_at: datetime | None = None,
    planned_on: date | None = None,
    external_number: str = "",
) -> Sheet:
    """Write down what the project team judged and who handles it. Needs referral.log; may be judged anew until settled."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    _need(sheet, SheetState.SENT, SheetState.JUDGED)
    told = words(analysis, "analysis", needed=True)
    at = past(returned_at, "returned_at")
    if sheet.sent_at is not None and at < sheet.sent_at:
        raise Invalid(fields={"returned_at": ["不能早于提交时间。"]})
    if planned_on is not None and planned_on < clock.local_day(at):
        raise Invalid(fields={"planned_on": ["不能早于判定日期。"]})
    if _with_province(sheet) and handling is not Handling.PROVINCE and not access.is_bureau(actor):
        raise BureauOnly("已由省级处理的问题，改由他方处理须经局方确认。")
    before = [sheet.verdict, sheet.handling]
    sheet.state, sheet.returned_at = SheetState.JUDGED, at
    sheet.verdict, sheet.handling, sheet.analysis, sheet.planned_on = verdict, handling, told, planned_on
    sheet.external_number = words(external_number, "external_number", longest=NAME) or sheet.external_number
    if handling is Handling.PROVINCE and sheet.external_state is ExternalState.NOT_SENT:
        sheet.external_state = ExternalState.RECEIVED
    text = f"{verdict.label}，{handling.label}"
    line(actor, sheet, EventKind.JUDGED, text=text, at=at, changes={"verdict": [before, [verdict, handling]]})
    tell_ticket(actor, sheet, TicketEvent.REFERRAL_RETURNED, text=f"反馈单 {sheet.number} 判定：{text}")
    return sheet


def settle_sheet(
    actor: Actor, sheet_id: uuid.UUID, *, outcome: Outcome, result: str, settled_at: datetime | None = None
) -> Sheet:
    """End a sheet with its outcome. Needs referral.log; what lies with the province needs the bureau.

    Before the verdict only a withdrawal ends it. What became a requirement needs that requirement to be there.
    """
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    if outcome is Outcome.VOID:
        raise Invalid(fields={"outcome": ["作废请使用“作废”。"]})
    if outcome is Outcome.WITHDRAWN:
        _need(sheet, *OPEN)
    else:
        _need(sheet, SheetState.JUDGED)
    if (_with_province(sheet) or outcome is Outcome.FIXED_BY_PROVINCE) and not access.is_bureau(actor):
        raise BureauOnly("省级处理的问题须由局方确认办结，运维单位不能自行办结。")
    _fits(sheet, outcome)
    told = words(result, "result", needed=True)
    at = past(settled_at, "settled_at")
    since = sheet.returned_at or sheet.sent_at or sheet.found_at
    if at < since:
        raise Invalid(fields={"settled_at": ["不能早于上一步的时间。"]})
    sheet.state, sheet.outcome, sheet.result, sheet.settled_at = SheetState.SETTLED, outcome, told, at
    if outcome is Outcome.FIXED_BY_PROVINCE:
        sheet.external_state = ExternalState.FIXED
    line(actor, sheet, EventKind.SETTLED, text=f"{outcome.label}：{told}", at=at, changes={"outcome": [None, outcome]})
    tell_ticket(actor, sheet, TicketEvent.REFERRAL_RETURNED, text=f"反馈单 {sheet.number} 办结：{outcome.label}")
    return sheet


def visit_sheet(
    actor: Actor, sheet_id: uuid.UUID, *, satisfied: bool, note: str = "", visited_at: datetime | None = None
) -> Sheet:
    """Write down what the reporter said when asked afterwards. Needs referral.log; the newest visit counts."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    _need(sheet, SheetState.SETTLED)
    told = words(note, "note", longest=LONG_LINE, needed=not satisfied)
    at = past(visited_at, "visited_at")
    if sheet.settled_at is not None and at < sheet.settled_at:
        raise Invalid(fields={"visited_at": ["不能早于办结时间。"]})
    sheet.satisfied, sheet.visit_note, sheet.visited_at = satisfied, told, at
    line(
        actor, sheet, EventKind.VISITED, text=f"{'满意' if satisfied else '不满意'}{f'：{told}' if told else ''}", at=at
    )
    return sheet


def reopen_sheet(actor: Actor, sheet_id: uuid.UUID, *, reason: str) -> Sheet:
    """Take a settled sheet up again, because it was not solved. Needs referral.decide: the bureau's word."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    if not access.is_bureau(actor):
        raise BureauOnly
    _need(sheet, SheetState.SETTLED)
    told = words(reason, "reason", longest=LONG_LINE, needed=True)
    before = sheet.outcome
    sheet.state = SheetState.JUDGED if sheet.verdict else SheetState.SENT if sheet.sent_at else SheetState.FILED
    sheet.outcome = sheet.settled_at = sheet.satisfied = sheet.visited_at = None
    sheet.result = sheet.visit_note = ""
    if sheet.external_state is ExternalState.FIXED:
        sheet.external_state = ExternalState.IN_PROGRESS
    line(actor, sheet, EventKind.REOPENED, text=told, changes={"outcome": [before, None]})
    return sheet


def void_sheet(actor: Actor, sheet_id: uuid.UUID, *, reason: str) -> Sheet:
    """Set a sheet aside that was written by mistake; its number stays. Not after it was sent: then it is withdrawn."""
    sheet = access.hold(actor, Sheet, sheet_id, Permission.REFERRAL_LOG)
    _need(sheet, SheetState.FILED)
    told = words(reason, "reason", longest=LONG_LINE, needed=True)
    sheet.state, sheet.outcome, sheet.result, sheet.settled_at = SheetState.VOID, Outcome.VOID, told, clock.now()
    line(actor, sheet, EventKind.VOIDED, text=told)
    return sheet


def phone_place(sheet_id: uuid.UUID) -> str:
    """Where a sealed phone number belongs, so that it opens nowhere else."""
    return f"referrals:phone:{sheet_id}"


def _with_province(sheet: Sheet) -> bool:
    """B18: what lies with the province is not settled because the vendor says so, in whoever's name."""
    return sheet.handling is Handling.PROVINCE or sheet.external_state is not ExternalState.NOT_SENT


def _need(sheet: Sheet, *states: SheetState) -> None:
    if sheet.state not in states:
        raise WrongSheetState


def _fits(sheet: Sheet, outcome: Outcome) -> None:
    """An outcome that the sheet's own record bears out."""
    if FIXED_BY.get(outcome, sheet.handling) is not sheet.handling:
        handled = sheet.handling.label if sheet.handling else "尚未判定"
        raise Invalid(fields={"outcome": [f"“{handled}”的反馈单不能以此办结；处理方有变的，请先更改判定。"]})
    if outcome is Outcome.BECAME_REQUIREMENT:
        made = sa.select(Requirement.id).where(
            Requirement.sheet_id == sheet.id, Requirement.state != RequirementState.VOID
        )
        if session().scalar(made.limit(1)) is None:
            raise Invalid(fields={"outcome": ["还没有由这张反馈单形成的需求，请先提交需求。"]})


def _sealed(sheet: Sheet, phone: str) -> str | None:
    number = words(phone, "reporter_phone", longest=30)
    return crypto.ring().seal(number, phone_place(sheet.id)) if number else None


def _checked(draft: SheetDraft) -> dict[str, Any]:
    return {
        "title": words(draft.title, "title", longest=TITLE, needed=True),
        "system": words(draft.system, "system", longest=LINE, needed=True),
        "module": words(draft.module, "module", longest=LINE),
        "kind": draft.kind,
        "urgency": draft.urgency,
        "channel": draft.channel,
        "reporter_unit": words(draft.reporter_unit, "reporter_unit", longest=LINE),
        "reporter_name": words(draft.reporter_name, "reporter_name", longest=NAME),
        "found_at": past(draft.found_at, "found_at"),
        "steps": words(draft.steps, "steps"),
        "expected": words(draft.expected, "expected"),
        "actual": words(draft.actual, "actual", needed=True),
        "first_judgement": words(draft.first_judgement, "first_judgement"),
    }
