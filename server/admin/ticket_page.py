"""What stands on the page of one ticket: the log, what can be done now, and the facts beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import Response

from server.admin.forms import Choices, Form
from server.admin.pages import page
from server.admin.service_record_box import service_record_box
from server.admin.ticket_action import Action
from server.admin.ticket_around import around
from server.admin.ticket_filters import severity_level
from server.admin.ticket_forms import UnmaskSchema
from server.admin.ticket_steps import ACTIONS, COMMENT, FIRST
from server.core import clock
from server.core.db import session
from server.domain import bugs, contracts, identity, notices, releases, tickets
from server.domain.identity import Actor, AuditEntry, AuditFilters, Citizen, Permission
from server.domain.notices import Message
from server.domain.tickets import Attachment, Entry, EventKind, Kind, Scope, Severity, Ticket, TicketChanged

E = EventKind
MARKS: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        E.OPENED: ("inbox", "blue"),
        E.AUTO_REPLIED: ("robot", "gray"),
        E.RESPONDED: ("message-2", "green"),
        E.COMMENTED: ("message", "blue"),
        E.FED_BACK: ("message", "blue"),
        E.ASSIGNED: ("user-check", "gray"),
        E.SEVERITY_CHANGED: ("gauge", "amber"),
        E.SCOPE_DECIDED: ("scale", "amber"),
        E.CONTRACT_CHOSEN: ("contract", "gray"),
        E.STARTED: ("player-play", "violet"),
        E.WAITED: ("player-pause", "amber"),
        E.DISPATCHED: ("send", "blue"),
        E.ARRIVED: ("map-pin", "green"),
        E.RESOLVED: ("circle-check", "green"),
        E.CLOSED: ("archive", "gray"),
        E.REOPENED: ("rotate", "amber"),
        E.RATED: ("star", "amber"),
        E.CANCELLED: ("ban", "red"),
        E.RECLASSIFIED: ("tag", "gray"),
        E.MERGED: ("git-merge", "violet"),
        E.ABSORBED: ("git-merge", "gray"),
        E.LINKED: ("link", "gray"),
        E.ANALYSED: ("report-analytics", "blue"),
        E.CONSENT_ASKED: ("help-circle", "amber"),
        E.CONSENTED: ("checkbox", "green"),
        E.CONSENT_REFUSED: ("circle-x", "red"),
        E.ARRIVAL_SIGNED: ("signature", "green"),
        E.SCOPE_PROPOSED: ("scale", "amber"),
        E.SCOPE_CONFIRMED: ("scale", "green"),
        E.SCOPE_DECLINED: ("scale", "red"),
        E.CONFIRMED: ("thumb-up", "green"),
        E.MATERIAL_STALLED: ("hourglass", "amber"),
        E.MATERIAL_RESUMED: ("files", "green"),
        E.COMPLETION_NOTICED: ("clipboard-list", "blue"),
        E.ACCEPTED: ("circle-check", "green"),
        E.REJECTED: ("circle-x", "red"),
        E.DEEMED_ACCEPTED: ("hourglass", "violet"),
        E.REFERRED: ("arrows-exchange", "blue"),
        E.REFERRAL_RETURNED: ("arrow-back-up", "green"),
        E.SESSION_LOGGED: ("device-desktop", "blue"),
        E.ARTICLE_MADE: ("book-2", "violet"),
        E.CALL_LINKED: ("phone", "gray"),
    }
)
LATEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A step that could not be taken: its form as it was filled in, and what stood in the way."""

    action: Action
    form: Form
    pictures: Sequence[uuid.UUID] = ()
    changed: TicketChanged | None = None
    refused: str = ""


def show_ticket(
    actor: Actor,
    ticket: Ticket,
    *,
    tried: Try | None = None,
    unmasked: tickets.Contact | None = None,
    status: int = 200,
) -> Response:
    """The page of a ticket that the actor may see."""
    return page("tickets/show.html", status=status, **context_of(actor, ticket, tried=tried, unmasked=unmasked))


def context_of(
    actor: Actor, ticket: Ticket, *, tried: Try | None = None, unmasked: tickets.Contact | None = None
) -> dict[str, Any]:
    """Everything that the page's template shows."""
    entries = tickets.timeline(actor, ticket)
    open_actions = [action for action in ACTIONS if action.open_to(actor, ticket)]
    report = bugs.report_of(ticket)
    return {
        "ticket": ticket,
        "level": severity_level(ticket.severity),
        "entries": entries,
        "marks": MARKS,
        "clocks": tickets.clocks_of(actor, ticket),
        "resolution": tickets.resolution_of(actor, ticket, clock.now()),
        "contract": _contract(actor, ticket),
        "reporter": _reporter(actor, ticket),
        "contact": unmasked or tickets.contact_of(actor, ticket.id),
        "whole_contact": unmasked is not None,
        "checks": tickets.checks_of(ticket.id),
        "may_review": tickets.may(actor, Permission.CONTENT_REVIEW, ticket.contract_id),
        "ratings": tickets.ratings_of(actor, ticket.id) if ticket.stars else [],
        "device": bugs.facts_of(report) if report else [],
        "alike": _alike(actor, report) if report else [],
        "shipped_in": releases.releases_for(ticket.id)
        if actor.may(Permission.RELEASE_VIEW, ticket.contract_id)
        else [],
        "messages": _messages(actor, ticket, entries),
        "title_of": notices.title_of,
        "severities": dict(Severity.choices()),
        "scopes": dict(Scope.choices()),
        "may_unmask": actor.may(Permission.PII_UNMASK) and not unmasked,
        "unmask_form": Form(UnmaskSchema(), prefix="unmask"),
        "audit": _audit(actor, ticket),
        "tried": tried,
        "kinds": dict(Kind.choices()),
        "canned": tickets.texts_of(actor, kind=ticket.kind) if actor.may(Permission.TICKET_COMMENT) else [],
        "may_pair": tickets.may(actor, Permission.TICKET_RESPOND, ticket.contract_id),
        **service_record_box(actor, ticket),
        **around(actor, ticket, entries, {action.name for action in open_actions}),
        **_steps(actor, ticket, open_actions, tried),
    }


def _steps(actor: Actor, ticket: Ticket, open_actions: list[Action], tried: Try | None) -> dict[str, Any]:
    forms = {action.name: _form(actor, ticket, action) for action in open_actions}
    commenting = COMMENT.open_to(actor, ticket)
    composer = Form(COMMENT.schema(), {"audience": "public"}, prefix="compose") if commenting else None
    reopened = ""
    if tried and tried.action.name in forms:
        forms[tried.action.name], reopened = tried.form, tried.action.name
    if tried and tried.action is COMMENT and commenting:
        composer = tried.form
    first = [name for name in FIRST.get(ticket.state, ()) if name in forms]
    by_name = {action.name: action for action in open_actions}
    return {
        "step_forms": forms,
        "forms_needed": {action.name: bool(forms[action.name].names) for action in open_actions},
        "composer": composer,
        "reopened": reopened,
        "actions": open_actions,
        "first_actions": [by_name[name] for name in first],
        "more_actions": [action for action in open_actions if action.name not in first],
        "kept": _kept(actor, tried),
    }


def _form(actor: Actor, ticket: Ticket, action: Action) -> Form:
    data: dict[str, Any] = {}
    if action.name == "severity":
        data = {"severity": ticket.severity, "business_stopped": ticket.business_stopped}
    elif action.name == "assign":
        data = {"assignee_id": str(ticket.assignee_id or "")}
    elif action.name == "contract":
        data = {"contract_id": str(ticket.contract_id or "")}
    elif action.name in ("scope", "propose_scope"):
        data = {"scope": ticket.scope_proposed or ticket.scope}
    elif action.name == "reclassify":
        data = {"kind": ticket.kind}
    return Form(action.schema(), data, choices=choices_of(actor, ticket, action), prefix=action.name)


def choices_of(actor: Actor, ticket: Ticket, action: Action) -> Mapping[str, Choices]:
    """The options of a step's form that only the database knows."""
    if action.name == "assign":
        able = identity.officers_for(ticket.contract_id, Permission.TICKET_RESPOND)
        people = [(str(officer.id), officer.name) for officer in able]
        return {"assignee_id": [*people, ("nobody", "取消分派")] if ticket.assignee_id else people}
    if action.name == "contract" and actor.may(Permission.CONTRACT_VIEW):
        scope = actor.contracts_for(Permission.TICKET_ASSIGN)
        names = contracts.titles(actor)
        return {"contract_id": [(str(key), name) for key, name in names.items() if scope is None or key in scope]}
    return {}


def _kept(actor: Actor, tried: Try | None) -> list[Attachment]:
    return [tickets.find_attachment(actor, key) for key in tried.pictures] if tried else []


def _contract(actor: Actor, ticket: Ticket) -> contracts.Contract | None:
    if ticket.contract_id is None or not actor.may(Permission.CONTRACT_VIEW, ticket.contract_id):
        return None
    return session().scalars(contracts.matching(actor).where(contracts.Contract.id == ticket.contract_id)).one_or_none()


def _reporter(actor: Actor, ticket: Ticket) -> tuple[Citizen, str | None] | None:
    if ticket.reporter_id is None:
        return None
    citizen = identity.find_citizen(actor, ticket.reporter_id)
    return citizen, identity.masked_phone_of(citizen)


def _alike(actor: Actor, report: bugs.BugReport) -> list[Ticket]:
    ids = bugs.seen_with(report)
    return list(session().scalars(tickets.matching(actor).where(Ticket.id.in_(ids)))) if ids else []


def _messages(actor: Actor, ticket: Ticket, entries: Sequence[Entry]) -> list[Message]:
    """What the citizen was told of the steps, newest first."""
    if ticket.reporter_id is None or not actor.may(Permission.MESSAGE_VIEW):
        return []
    keys = [f"ticket:{entry.event.id}" for entry in entries]
    told = notices.messages_matching(actor, citizen_id=ticket.reporter_id).where(Message.dedupe_key.in_(keys))
    return list(session().scalars(told.limit(LATEST)))


def _audit(actor: Actor, ticket: Ticket) -> list[AuditEntry]:
    if not actor.may(Permission.AUDIT_VIEW):
        return []
    about = AuditFilters(subject_kind="ticket", subject_id=str(ticket.id))
    return list(session().scalars(identity.audit_matching(actor, about).limit(LATEST)))
