"""What stands around the log of one ticket: its doubles, the visit of a major fault, what other rooms made of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import url_for

from server.admin.acceptance_words import TONES, due_of
from server.admin.navigation import url_if
from server.admin.ticket_desk_steps import side_of
from server.core import clock
from server.domain import records, tickets, upkeep
from server.domain.identity import Actor, Permission
from server.domain.tickets import Consent, Entry, EventKind, Ticket

E = EventKind
# Where the papers of other rooms are shown: what their line in the log names, the page, and the page's argument.
PAPERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "completion": ("acceptances.show", "completion_id"),
        "material": ("records.material", "material_id"),
        "session": ("records.session", "session_id"),
        "sheet": ("referral_sheets.show", "sheet_id"),
        "requirement": ("referral_requirements.show", "requirement_id"),
        "application": ("referral_applications.show", "application_id"),
        "article": ("knowledge.show", "article_id"),
    }
)
# What can be begun from a ticket in other rooms: label, icon, page, the ticket's argument there, the right it takes.
ELSEWHERE: Sequence[tuple[str, str, str, str, Permission]] = (
    ("提交完工通知", "clipboard-check", "acceptances.new", "ticket_id", Permission.ACCEPTANCE_NOTIFY),
    ("登记资料需求", "files", "records.new_material", "ticket_id", Permission.RECORD_LOG),
    ("登记远程服务", "device-desktop", "records.new_session", "ticket_id", Permission.RECORD_LOG),
    ("登记反馈单", "arrows-exchange", "referral_sheets.new", "ticket", Permission.REFERRAL_LOG),
    ("提交需求", "file-export", "referral_requirements.new", "ticket", Permission.REFERRAL_LOG),
    ("形成知识", "book-2", "knowledge_edit.new", "ticket", Permission.KNOWLEDGE_EDIT),
)
# The daily entries that may belong to a ticket.
UPKEPT = (
    ("works", "登记维护", "tool"),
    ("visits", "登记现场服务", "map-pin"),
    ("guidance", "登记操作指导", "help-circle"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way to a repair on site: what, when it was done and by whom, and the step that does it."""

    label: str
    at: datetime | None
    who: str
    text: str
    step: str = ""
    tone: str = ""


def around(actor: Actor, ticket: Ticket, entries: Sequence[Entry], open_steps: set[str]) -> dict[str, Any]:
    """The parts of the page that are not the log itself."""
    doubles, absorbed, into = tickets.related(actor, ticket)
    judged = records.for_ticket(actor, ticket.id)
    now = clock.now()
    return {
        "doubles": doubles,
        "absorbed": absorbed,
        "into": into,
        "known": {str(each.id): each for each in (*doubles, *absorbed, *([into] if into else []))},
        "visit": _visit(ticket, entries, open_steps),
        "scope_asked": next((e for e in reversed(entries) if e.kind is E.SCOPE_PROPOSED), None)
        if ticket.scope_proposed is not None
        else None,
        "waits_for_scope": tickets.waits_for_scope(ticket) and ticket.state in tickets.ACTIVE,
        "asked_of_us": ticket.scope_proposed_by is not None and ticket.scope_proposed_by is not side_of(actor),
        "paper_of": {entry.seq: url for entry in entries if (url := _paper(entry))},
        "elsewhere": _elsewhere(actor, ticket),
        "found_in": upkeep.finding_of_ticket(actor, ticket),
        "judged": [(each, TONES[each.state], due_of(each, now)) for each in judged],
    }


def _visit(ticket: Ticket, entries: Sequence[Entry], open_steps: set[str]) -> list[Stage]:
    """The stages of A11, for a fault that needs the bureau's consent or whose visit has begun."""
    started = {E.DISPATCHED, E.ARRIVED, E.ARRIVAL_SIGNED, E.CONSENT_ASKED, E.CONSENTED, E.ANALYSED}
    if not tickets.needs_consent(ticket) and not any(entry.kind in started for entry in entries):
        return []
    answered = {E.CONSENTED, E.CONSENT_REFUSED}
    refused = ticket.consent is Consent.REFUSED
    stages = [
        ("派员", {E.DISPATCHED}, "dispatch"),
        ("到场", {E.ARRIVED}, "arrive"),
        ("到场签认（甲方）", {E.ARRIVAL_SIGNED}, "sign_arrival"),
        ("联合分析", {E.ANALYSED}, "analyse"),
        ("处置方案（乙方）", {E.CONSENT_ASKED}, "ask_consent"),
        ("同意处置（甲方）", answered, "consent"),
    ]
    found = []
    for label, kinds, step in stages:
        entry = next((each for each in reversed(entries) if each.kind in kinds), None)
        # What the bureau signed is the arrival, whether or not the vendor entered it as well.
        signed = next((each for each in reversed(entries) if each.kind is E.ARRIVAL_SIGNED), None)
        by_signature = entry is None and step == "arrive" and signed is not None
        entry = signed if by_signature else entry
        waiting = kinds == answered and ticket.consent is Consent.ASKED
        done = entry is not None and not waiting
        found.append(
            Stage(
                label,
                entry.at if entry and done else None,
                entry.who if entry and done else "",
                _told(entry, step, by_signature=by_signature) if entry and done else "",
                step if step in open_steps and (not done or (kinds == answered and refused)) else "",
                _tone(waiting=waiting, done=done, refused=kinds == answered and refused),
            )
        )
    return found


def _tone(*, waiting: bool, done: bool, refused: bool) -> str:
    if waiting:
        return "amber"
    if not done:
        return "gray"
    return "red" if refused else "green"


def _told(entry: Entry, step: str, *, by_signature: bool) -> str:
    if by_signature:
        return "乙方未另行登记，以甲方签认为准。"
    return f"人员：{entry.text}" if entry.text and step in ("dispatch", "arrive", "sign_arrival") else entry.text


def _paper(entry: Entry) -> str:
    """The page of the paper that another room's line in the log is about; nothing if it cannot be told."""
    if entry.kind not in tickets.LOGGED:
        return ""
    endpoint, argument = PAPERS.get(str(entry.event.data.get("url_kind", "")), ("", ""))
    try:
        key = uuid.UUID(str(entry.event.data.get("id", "")))
    except ValueError:
        return ""
    return url_if(endpoint, **{argument: key}) if endpoint else ""


def _elsewhere(actor: Actor, ticket: Ticket) -> list[tuple[str, str, str]]:
    """What this officer can begin in other rooms from here: label, icon, address. Most of it needs a contract."""
    found = []
    for label, icon, endpoint, argument, permission in ELSEWHERE:
        if ticket.contract_id is None and permission is not Permission.KNOWLEDGE_EDIT:
            continue
        # what nobody has answered yet cannot be complete
        if permission is Permission.ACCEPTANCE_NOTIFY and not tickets.allows(ticket.state, E.COMPLETION_NOTICED):
            continue
        if tickets.may(actor, permission, ticket.contract_id) and (url := url_if(endpoint, **{argument: ticket.id})):
            found.append((label, icon, url))
    if ticket.contract_id is not None and tickets.may(actor, Permission.RECORD_LOG, ticket.contract_id):
        for sort, label, icon in UPKEPT:
            found.append((label, icon, url_for("upkeep_entry.new", sort=sort, ticket_id=ticket.id)))
    return found
