"""Requirements (B18): all of them go to the bureau; it hands them on to the province, keeps or declines them.

    SUBMITTED ── forward ──▶ FORWARDED ──┐
        ├────── keep ──────▶ KEPT ───────┤── settle ──▶ SETTLED
        └────────────────────────────────┘
        └── void ──▶ VOID

Only the bureau moves one after it was submitted; the vendor submits, and reports what the province says.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from server.core import clock
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
    RequirementOutcome,
    RequirementState,
    Urgency,
)
from server.domain.tickets import EventKind as TicketEvent

PREFIX = "XQ"
OPEN = frozenset({RequirementState.SUBMITTED, RequirementState.FORWARDED, RequirementState.KEPT})
# Which ends a requirement may come to from where it stands.
ENDS = {
    RequirementState.SUBMITTED: frozenset({RequirementOutcome.DECLINED, RequirementOutcome.DROPPED}),
    RequirementState.FORWARDED: frozenset(
        {
            RequirementOutcome.DONE_BY_PROVINCE,
            RequirementOutcome.REFUSED_BY_PROVINCE,
            RequirementOutcome.DROPPED,
        }
    ),
    RequirementState.KEPT: frozenset(
        {RequirementOutcome.DONE_BY_VENDOR, RequirementOutcome.DECLINED, RequirementOutcome.DROPPED}
    ),
}


class WrongRequirementState(Conflict):
    """The requirement is not in a state for this step."""

    code = "wrong_requirement_state"
    message = "需求的当前状态不允许这样操作，请刷新后再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementDraft:
    """What the form of a requirement asks for."""

    title: str
    system: str
    text: str
    module: str = ""
    reason: str = ""
    urgency: Urgency = Urgency.NORMAL
    proposer_unit: str = ""
    proposer_name: str = ""


def submit_requirement(
    actor: Actor,
    draft: RequirementDraft,
    *,
    contract_id: uuid.UUID,
    ticket_id: uuid.UUID | None = None,
    sheet_id: uuid.UUID | None = None,
    submitted_at: datetime | None = None,
) -> Requirement:
    """Tell the bureau of a wish for change, from a ticket, a feedback sheet or neither. Needs referral.log."""
    contract = access.contract_of(actor, contract_id, Permission.REFERRAL_LOG)
    sheet = access.find(actor, Sheet, sheet_id) if sheet_id else None
    ticket = source(actor, ticket_id or (sheet.ticket_id if sheet else None))
    if any(each is not None and each.contract_id != contract_id for each in (sheet, ticket)):
        raise Invalid(fields={"contract_id": ["来源不属于所选合同。"]})
    at, now = past(submitted_at, "submitted_at"), clock.now()
    made = Requirement(
        id=new_id(),
        contract_id=contract_id,
        ticket_id=ticket.id if ticket else None,
        ticket_number=ticket.number if ticket else "",
        sheet_id=sheet_id,
        state=RequirementState.SUBMITTED,
        title=words(draft.title, "title", longest=TITLE, needed=True),
        system=words(draft.system, "system", longest=LINE, needed=True),
        module=words(draft.module, "module", longest=LINE),
        urgency=draft.urgency,
        proposer_unit=words(draft.proposer_unit, "proposer_unit", longest=LINE),
        proposer_name=words(draft.proposer_name, "proposer_name", longest=NAME),
        text=words(draft.text, "text", needed=True),
        reason=words(draft.reason, "reason"),
        submitted_at=at,
        created_at=now,
        updated_at=now,
        **access.writer(actor),
    )
    made.number = access.number(PREFIX, contract, now)
    session().add(made)
    session().flush()
    line(actor, made, EventKind.FILED, text=made.title, at=at)
    tell_ticket(actor, made, TicketEvent.REFERRED, text=f"提交需求 {made.number}")
    return made


def forward_requirement(
    actor: Actor,
    requirement_id: uuid.UUID,
    *,
    to: str,
    external_number: str = "",
    forwarded_at: datetime | None = None,
    planned_on: date | None = None,
) -> Requirement:
    """Hand a requirement on to the province. The bureau's step."""
    requirement = _hold(actor, requirement_id, RequirementState.SUBMITTED, RequirementState.KEPT)
    whom = words(to, "to", longest=LINE, needed=True)
    at = past(forwarded_at, "forwarded_at")
    if at < requirement.submitted_at:
        raise Invalid(fields={"forwarded_at": ["不能早于提交时间。"]})
    requirement.state = RequirementState.FORWARDED
    requirement.forwarded_to, requirement.forwarded_at = whom, at
    requirement.external_number = words(external_number, "external_number", longest=NAME)
    requirement.external_state = ExternalState.RECEIVED
    requirement.planned_on = planned_on
    line(actor, requirement, EventKind.FORWARDED, text=f"转{whom}", at=at)
    return requirement


def keep_requirement(actor: Actor, requirement_id: uuid.UUID, *, reason: str) -> Requirement:
    """See to a requirement without the province. The bureau's step."""
    requirement = _hold(actor, requirement_id, RequirementState.SUBMITTED)
    told = words(reason, "reason", longest=LONG_LINE, needed=True)
    requirement.state = RequirementState.KEPT
    line(actor, requirement, EventKind.KEPT, text=told)
    return requirement


def settle_requirement(
    actor: Actor,
    requirement_id: uuid.UUID,
    *,
    outcome: RequirementOutcome,
    result: str,
    settled_at: datetime | None = None,
) -> Requirement:
    """End a requirement with its outcome. The bureau's step: a vendor must not mark one as done by itself."""
    requirement = _hold(actor, requirement_id, *OPEN)
    if outcome not in ENDS[requirement.state]:
        raise Invalid(fields={"outcome": [f"“{requirement.state.label}”的需求不能以此办结。"]})
    told = words(result, "result", needed=True)
    at = past(settled_at, "settled_at")
    if at < (requirement.forwarded_at or requirement.submitted_at):
        raise Invalid(fields={"settled_at": ["不能早于上一步的时间。"]})
    requirement.state, requirement.outcome = RequirementState.SETTLED, outcome
    requirement.result, requirement.settled_at = told, at
    if outcome is RequirementOutcome.DONE_BY_PROVINCE:
        requirement.external_state = ExternalState.FIXED
    elif outcome is RequirementOutcome.REFUSED_BY_PROVINCE:
        requirement.external_state = ExternalState.REFUSED
    text = f"{outcome.label}：{told}"
    line(actor, requirement, EventKind.SETTLED, text=text, at=at, changes={"outcome": [None, outcome]})
    told_ticket = f"需求 {requirement.number} 办结：{outcome.label}"
    tell_ticket(actor, requirement, TicketEvent.REFERRAL_RETURNED, text=told_ticket)
    return requirement


def void_requirement(actor: Actor, requirement_id: uuid.UUID, *, reason: str) -> Requirement:
    """Set a requirement aside that was written by mistake; its number stays. Its writer's side, before the bureau acts."""
    requirement = access.hold(actor, Requirement, requirement_id, Permission.REFERRAL_LOG)
    _need(requirement, RequirementState.SUBMITTED)
    told = words(reason, "reason", longest=LONG_LINE, needed=True)
    requirement.state, requirement.outcome = RequirementState.VOID, RequirementOutcome.VOID
    requirement.result, requirement.settled_at = told, clock.now()
    line(actor, requirement, EventKind.VOIDED, text=told)
    return requirement


def _hold(actor: Actor, requirement_id: uuid.UUID, *states: RequirementState) -> Requirement:
    requirement = access.hold(actor, Requirement, requirement_id, Permission.REFERRAL_VIEW)
    if not access.is_bureau(actor):
        raise BureauOnly
    _need(requirement, *states)
    return requirement


def _need(requirement: Requirement, *states: RequirementState) -> None:
    if requirement.state not in states:
        raise WrongRequirementState
