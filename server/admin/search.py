"""One box for everything: tickets, contracts, acceptances, records, people and announcements that this officer may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for

from server.admin.acceptance_words import MATERIAL_TONES, TONES
from server.admin.access import current_actor, for_officers
from server.admin.navigation import url_if
from server.admin.pages import page, redirect_to
from server.core.db import session
from server.domain import contracts, identity, notices, records, tickets
from server.domain.identity import Actor, Officer, PeopleFilters, Permission
from server.domain.records import CompletionFilters, MaterialFilters, SessionFilters
from server.domain.tickets import Filters, Order, Ticket

blueprint = Blueprint("search", __name__, url_prefix="/admin/search")

MOST = 8
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: how it is called, a line about it, where it is, and its state if it has one."""

    title: str
    note: str
    url: str
    state: Any = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The things of one kind; ``more_url`` leads to the list with the same words."""

    label: str
    icon: str
    hits: list[Hit]
    more_url: str = ""


@blueprint.get("/")
@for_officers()
def index() -> Response:
    """What was found, by kind. A ticket's whole number leads straight to it."""
    actor = current_actor()
    words = request.args.get("q", "").replace("\0", "").strip()[:LONGEST]
    exact = _exact(actor, words) if words else None
    if exact is not None:
        return redirect_to("ticket.show", ticket_id=exact.id)
    groups = [found for found in _groups(actor, words) if found.hits] if words else []
    return page("search/index.html", words=words, groups=groups)


def _groups(actor: Actor, words: str) -> Iterator[Found]:
    if actor.may(Permission.TICKET_VIEW):
        yield _tickets(actor, words)
    if actor.may(Permission.CONTRACT_VIEW):
        yield _contracts(actor, words)
    if actor.may(Permission.ACCEPTANCE_VIEW):
        yield _completions(actor, words)
    if actor.may(Permission.RECORD_VIEW):
        yield _records(actor, words)
    if actor.may(Permission.NOTICE_VIEW):
        yield _notices(actor, words)
    if actor.may(Permission.PEOPLE_VIEW):
        yield _people(actor, words)


def _exact(actor: Actor, words: str) -> Ticket | None:
    if not actor.may(Permission.TICKET_VIEW):
        return None
    query = tickets.matching(actor).where(Ticket.number == words.upper())
    return session().scalars(query).one_or_none()


def _tickets(actor: Actor, words: str) -> Found:
    query = tickets.matching(actor, Filters(text=words, order=Order.UPDATED))
    hits = [
        Hit(
            each.title,
            f"{each.number} · {each.kind.label} · {each.assignee_name or '未分派'}",
            url_for("ticket.show", ticket_id=each.id),
            each.state,
        )
        for each in tickets.page_of(query, limit=MOST)
    ]
    return Found("工单", "ticket", hits, url_for("tickets.index", q=words) if len(hits) == MOST else "")


def _contracts(actor: Actor, words: str) -> Found:
    query = contracts.matching(actor, text=words).limit(MOST)
    hits = [
        Hit(
            each.title,
            f"{each.number} · {each.vendor_name}",
            url_if("contracts.show", contract_id=each.id),
            each.state,
        )
        for each in session().scalars(query)
    ]
    return Found("运维合同", "contract", hits)


def _completions(actor: Actor, words: str) -> Found:
    query = records.matching(actor, CompletionFilters(text=words)).limit(MOST)
    hits = [
        Hit(
            each.title,
            f"{each.number} · 第 {each.round} 轮",
            url_for("acceptances.show", completion_id=each.id),
            each.state,
            TONES[each.state],
        )
        for each in session().scalars(query)
    ]
    return Found(
        "完工与验收", "clipboard-check", hits, url_for("acceptances.index", q=words) if len(hits) == MOST else ""
    )


def _records(actor: Actor, words: str) -> Found:
    owed = session().scalars(records.materials_matching(actor, MaterialFilters(text=words)).limit(MOST))
    served = session().scalars(records.sessions_matching(actor, SessionFilters(text=words)).limit(MOST))
    hits = [
        Hit(
            each.item,
            f"{each.number} · 资料，应交 {each.due_on}",
            url_for("records.material", material_id=each.id),
            each.state,
            MATERIAL_TONES[each.state],
        )
        for each in owed
    ]
    hits += [
        Hit(each.purpose, f"{each.number} · 远程服务，{each.who}", url_for("records.session", session_id=each.id))
        for each in served
    ]
    return Found("履约记录", "notebook", hits)


def _notices(actor: Actor, words: str) -> Found:
    query = notices.notices_matching(actor, text=words).limit(MOST)
    hits = [
        Hit(each.title, each.audience.label, url_if("notices.show", notice_id=each.id), each.state)
        for each in session().scalars(query)
    ]
    return Found("公告与指南", "news", hits)


def _people(actor: Actor, words: str) -> Found:
    query = identity.people_matching(actor, PeopleFilters(text=words)).order_by(Officer.name, Officer.id).limit(MOST)
    hits = [
        Hit(
            officer.name,
            f"{of.name}{f' · {officer.title}' if officer.title else ''}",
            url_if("people.show", officer_id=officer.id),
            officer.state,
        )
        for officer, of in session().execute(query)
    ]
    return Found("人员", "users", hits)
