"""Data applications (B19): written, submitted to the data office, approved or refused, delivered.

What the data office said is noted by the bureau, whose application it is; the vendor helps.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain.identity import Actor, Permission
from server.domain.referrals import access
from server.domain.referrals.access import BureauOnly, words
from server.domain.referrals.log import line, source, tell_ticket
from server.domain.referrals.models import LINE, LONG_LINE, NAME, TITLE, Application
from server.domain.referrals.vocabulary import ApplicationState, EventKind
from server.domain.tickets import EventKind as TicketEvent

PREFIX = "SJ"
OPEN = frozenset({ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.APPROVED})


class WrongApplicationState(Conflict):
    """The application is not in a state for this step."""

    code = "wrong_application_state"
    message = "数据申请的当前状态不允许这样操作，请刷新后再试。"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDraft:
    """What the form of a data application asks for. ``item`` and ``item_code`` as the catalogue names them."""

    item: str
    purpose: str
    applicant_unit: str
    item_code: str = ""
    provider: str = ""
    extent: str = ""


def draft_application(
    actor: Actor, draft: ApplicationDraft, *, contract_id: uuid.UUID, ticket_id: uuid.UUID | None = None
) -> Application:
    """Write an application down. Needs referral.log on the contract."""
    contract = access.contract_of(actor, contract_id, Permission.REFERRAL_LOG)
    ticket = source(actor, ticket_id)
    if ticket is not None and ticket.contract_id != contract_id:
        raise Invalid(fields={"ticket_id": ["工单不属于所选合同。"]})
    now = clock.now()
    made = Application(
        id=new_id(),
        contract_id=contract_id,
        ticket_id=ticket_id,
        ticket_number=ticket.number if ticket else "",
        state=ApplicationState.DRAFT,
        created_at=now,
        updated_at=now,
        **_checked(draft),
        **access.writer(actor),
    )
    made.number = access.number(PREFIX, contract, now)
    session().add(made)
    session().flush()
    line(actor, made, EventKind.FILED, text=made.item)
    tell_ticket(actor, made, TicketEvent.REFERRED, text=f"登记数据申请 {made.number}")
    return made


def amend_application(actor: Actor, application_id: uuid.UUID, draft: ApplicationDraft) -> Application:
    """Correct an application that was not submitted yet."""
    application = _hold(actor, application_id, ApplicationState.DRAFT)
    values = _checked(draft)
    changes = {n: [getattr(application, n), new] for n, new in values.items() if getattr(application, n) != new}
    for name, value in values.items():
        setattr(application, name, value)
    line(actor, application, EventKind.CHANGED, changes=changes)
    return application


def submit_application(
    actor: Actor, application_id: uuid.UUID, *, to: str, submitted_on: date | None = None
) -> Application:
    """Hand the application in at the data office. Needs referral.log."""
    application = _hold(actor, application_id, ApplicationState.DRAFT)
    application.submitted_to = words(to, "to", longest=LINE, needed=True)
    application.submitted_on = _day(submitted_on, "submitted_on")
    application.state = ApplicationState.SUBMITTED
    line(actor, application, EventKind.SUBMITTED, text=f"{application.submitted_on} 提交{application.submitted_to}")
    return application


def approve_application(
    actor: Actor,
    application_id: uuid.UUID,
    *,
    approved_by: str,
    approved_on: date | None = None,
    expected_on: date | None = None,
) -> Application:
    """Note that the data office approved. The bureau's step."""
    application = _hold(actor, application_id, ApplicationState.SUBMITTED, bureau=True)
    day = _day(approved_on, "approved_on", since=application.submitted_on)
    if expected_on is not None and expected_on < day:
        raise Invalid(fields={"expected_on": ["不能早于批准日期。"]})
    application.approved_by = words(approved_by, "approved_by", longest=LINE, needed=True)
    application.state, application.approved_on, application.expected_on = ApplicationState.APPROVED, day, expected_on
    line(actor, application, EventKind.APPROVED, text=f"{day} {application.approved_by}批准")
    tell_ticket(actor, application, TicketEvent.REFERRAL_RETURNED, text=f"数据申请 {application.number} 已批准")
    return application


def refuse_application(
    actor: Actor, application_id: uuid.UUID, *, reason: str, refused_on: date | None = None
) -> Application:
    """Note that the data office refused, and why. The bureau's step."""
    application = _hold(actor, application_id, ApplicationState.SUBMITTED, bureau=True)
    application.refusal = words(reason, "reason", longest=LONG_LINE, needed=True)
    application.refused_on = _day(refused_on, "refused_on", since=application.submitted_on)
    application.state = ApplicationState.REFUSED
    line(actor, application, EventKind.REFUSED, text=application.refusal)
    tell_ticket(actor, application, TicketEvent.REFERRAL_RETURNED, text=f"数据申请 {application.number} 未获批准")
    return application


def deliver_application(
    actor: Actor, application_id: uuid.UUID, *, delivery: str, delivered_on: date | None = None
) -> Application:
    """Note that the data have come, and how. Needs referral.log."""
    application = _hold(actor, application_id, ApplicationState.APPROVED)
    application.delivery = words(delivery, "delivery", longest=LONG_LINE, needed=True)
    application.delivered_on = _day(delivered_on, "delivered_on", since=application.approved_on)
    application.state = ApplicationState.DELIVERED
    line(actor, application, EventKind.DELIVERED, text=f"{application.delivered_on} {application.delivery}")
    tell_ticket(actor, application, TicketEvent.REFERRAL_RETURNED, text=f"数据申请 {application.number} 已交付")
    return application


def withdraw_application(actor: Actor, application_id: uuid.UUID, *, reason: str) -> Application:
    """Take an application back. Needs referral.log; once it was submitted, the bureau."""
    application = _hold(actor, application_id, *OPEN)
    if application.state is not ApplicationState.DRAFT and not access.is_bureau(actor):
        raise BureauOnly
    told = words(reason, "reason", longest=LONG_LINE, needed=True)
    application.state = ApplicationState.WITHDRAWN
    line(actor, application, EventKind.WITHDRAWN, text=told)
    return application


def _hold(actor: Actor, application_id: uuid.UUID, *states: ApplicationState, bureau: bool = False) -> Application:
    application = access.hold(actor, Application, application_id, Permission.REFERRAL_LOG)
    if bureau and not access.is_bureau(actor):
        raise BureauOnly
    if application.state not in states:
        raise WrongApplicationState
    return application


def _day(given: date | None, field: str, *, since: date | None = None) -> date:
    today = clock.today()
    day = given or today
    if day > today:
        raise Invalid(fields={field: ["不能晚于今天。"]})
    if since is not None and day < since:
        raise Invalid(fields={field: ["不能早于上一步的日期。"]})
    return day


def _checked(draft: ApplicationDraft) -> dict[str, Any]:
    return {
        "item": words(draft.item, "item", longest=TITLE, needed=True),
        "item_code": words(draft.item_code, "item_code", longest=NAME),
        "provider": words(draft.provider, "provider", longest=LINE),
        "applicant_unit": words(draft.applicant_unit, "applicant_unit", longest=LINE, needed=True),
        "purpose": words(draft.purpose, "purpose", needed=True),
        "extent": words(draft.extent, "extent"),
    }
