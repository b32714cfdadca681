"""Which tickets: filters of a list, as one SELECT that the face pages."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.enums import Labelled
from server.domain.identity import Actor, Permission
from server.domain.tickets.access import visible
from server.domain.tickets.models import Ticket, TicketClock
from server.domain.tickets.phones import with_phone
from server.domain.tickets.vocabulary import (
    ACTIVE,
    NEEDS_REVIEW,
    Channel,
    ClockKind,
    ContentState,
    Kind,
    Severity,
    TicketState,
)

WORDS = 8
NUMBER = re.compile(r"[A-Za-z]{2}-\d{4}(-\d*)?")


class Order(Labelled):
    """How a list is sorted."""

    NEWEST = "newest", "最新接报"
    OLDEST = "oldest", "最早接报"
    DUE = "due", "最早到期"
    UPDATED = "updated", "最近更新"
    SEVERITY = "severity", "级别最高"


class Assigned(Labelled):
    """Whose tickets, where no one person is named."""

    MINE = "mine", "我负责的"
    NOBODY = "nobody", "未分派"


class Lateness(Labelled):
    """How a ticket stands with its open clocks."""

    LATE = "late", "已超时"
    DUE = "due", "即将到期"
    BROKEN = "broken", "曾超时"
    UNKNOWN = "unknown", "期限待定"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All conditions together; an empty one asks for nothing. Days are Shanghai's, both ends included."""

    states: frozenset[TicketState] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    severities: frozenset[Severity] = frozenset()
    channels: frozenset[Channel] = frozenset()
    contract_id: uuid.UUID | None = None
    without_contract: bool = False
    assignee_id: uuid.UUID | None = None
    assigned: Assigned | None = None
    reporter_id: uuid.UUID | None = None
    business_stopped: bool | None = None
    lateness: Lateness | None = None
    due_minutes: int = 60
    most_stars: int | None = None
    content: ContentState | None = None
    needs_review: bool = False
    text: str = ""
    since: date | None = None
    until: date | None = None
    order: Order = Order.NEWEST


def matching(actor: Actor, filters: Filters | None = None) -> sa.Select[tuple[Ticket]]:
    """The tickets that the actor may see and that fit, in the order asked for. Staff need ticket.view."""
    wanted = filters or Filters()
    query = sa.select(Ticket).where(*visible(actor), *conditions(actor, wanted))
    return _sorted(query, wanted.order)


def counted(actor: Actor, filters: Filters | None = None) -> sa.Select[tuple[int]]:
    """How many ``matching`` would give."""
    wanted = filters or Filters()
    return sa.select(sa.func.count(Ticket.id)).where(*visible(actor), *conditions(actor, wanted))


def exportable(actor: Actor, filters: Filters | None = None) -> sa.Select[tuple[Ticket]]:
    """The same for a file that leaves the house; needs ticket.export, and shows its contracts only."""
    actor.need(Permission.TICKET_EXPORT)
    wanted = filters or Filters()
    allowed = (*visible(actor), *visible(actor, Permission.TICKET_EXPORT))
    return _sorted(sa.select(Ticket).where(*allowed, *conditions(actor, wanted)), wanted.order)


def conditions(actor: Actor, wanted: Filters) -> list[sa.ColumnElement[bool]]:
    """What the filters say, without what the actor may see."""
    found = [
        *_among(Ticket.state, wanted.states),
        *_among(Ticket.kind, wanted.kinds),
        *_among(Ticket.severity, wanted.severities),
        *_among(Ticket.channel, wanted.channels),
        *_equal(Ticket.contract_id, wanted.contract_id),
        *_equal(Ticket.assignee_id, wanted.assignee_id),
        *_equal(Ticket.reporter_id, wanted.reporter_id),
        *_equal(Ticket.business_stopped, wanted.business_stopped),
        *_equal(Ticket.content_state, wanted.content),
        *_people(actor, wanted),
        *_period(wanted),
        *_words(actor, wanted.text),
    ]
    if wanted.without_contract:
        found.append(Ticket.contract_id.is_(None))
    if wanted.needs_review:
        found.append(Ticket.content_state.in_(NEEDS_REVIEW))
    if wanted.most_stars is not None:
        found.append(Ticket.stars <= wanted.most_stars)
    if wanted.lateness is not None:
        found.append(standing(wanted.lateness, clock.now(), wanted.due_minutes))
    return found


def standing(lateness: Lateness, now: datetime, due_minutes: int) -> sa.ColumnElement[bool]:
    """Tickets with a clock that stands so. A clock whose contract or calendar gives no end is never late.

    The few clocks that fit are found first, by their own index; asking each ticket in turn took seconds at ten thousand.
    """
    met, due = TicketClock.met_at, TicketClock.due_at
    soon = now + timedelta(minutes=due_minutes)
    late = _runs_and(due < now)
    clause: dict[Lateness, sa.ColumnElement[bool]] = {
        Lateness.LATE: late,
        Lateness.DUE: _runs_and(due >= now, due <= soon),
        Lateness.BROKEN: sa.or_(_with_clock(met > due), late),
        Lateness.UNKNOWN: _runs_and(due.is_(None)),
    }
    return clause[lateness]


def by_first_due(
    query: sa.Select[tuple[Ticket]], *, descending: bool = False, then: Any = Ticket.received_at
) -> sa.Select[tuple[Ticket]]:
    """Ordered by the running clock that ends first; tickets without one come last both ways, on every database."""
    first = (
        sa.select(TicketClock.ticket_id, sa.func.min(TicketClock.due_at).label("due_at"))
        .where(TicketClock.met_at.is_(None), TicketClock.due_at.is_not(None))
        .group_by(TicketClock.ticket_id)
        .subquery()
    )
    running = sa.case((sa.and_(Ticket.state.in_(ACTIVE), first.c.due_at.is_not(None)), 0), else_=1)
    due = first.c.due_at.desc() if descending else first.c.due_at
    joined = query.outerjoin(first, first.c.ticket_id == Ticket.id)
    return joined.order_by(None).order_by(running, due, then, Ticket.id)


def _with_clock(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return Ticket.id.in_(sa.select(TicketClock.ticket_id).where(*conditions))


def _runs_and(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.and_(Ticket.state.in_(ACTIVE), _with_clock(TicketClock.met_at.is_(None), *conditions))


def _among(column: Any, values: frozenset[Any]) -> list[sa.ColumnElement[bool]]:
    return [column.in_(values)] if values else []


def _equal(column: Any, value: Any) -> list[sa.ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _people(actor: Actor, wanted: Filters) -> list[sa.ColumnElement[bool]]:
    if wanted.assigned is Assigned.MINE:
        return [Ticket.assignee_id == actor.id]
    if wanted.assigned is Assigned.NOBODY:
        return [Ticket.assignee_id.is_(None)]
    return []


def _period(wanted: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(Ticket.received_at >= clock.start_of(wanted.since))
    if wanted.until is not None:
        found.append(Ticket.received_at < clock.end_of(wanted.until))
    return found


def _words(actor: Actor, text: str) -> list[sa.ColumnElement[bool]]:
    """Every word somewhere: LIKE, since two Chinese characters are a word and too short for most indexes."""
    return [_somewhere(actor, word) for word in text.replace("\0", "").split()[:WORDS]]


def _somewhere(actor: Actor, word: str) -> sa.ColumnElement[bool]:
    """A word that knows no capitals is looked for as it is: folding five columns of every row costs more than the rest.

    So is a ticket's number, which everybody writes in capitals.
    """
    places = (Ticket.number, Ticket.title, Ticket.text, Ticket.assignee_name, Ticket.contact_name)
    word = word.upper() if NUMBER.fullmatch(word) else word
    plain = word.lower() == word.upper() or NUMBER.fullmatch(word) is not None
    found = [
        place.contains(word, autoescape=True) if plain else place.icontains(word, autoescape=True) for place in places
    ]
    return sa.or_(*found, *with_phone(actor, word))


def _sorted(query: sa.Select[tuple[Ticket]], order: Order) -> sa.Select[tuple[Ticket]]:
    if order is Order.DUE:
        return by_first_due(query)
    if order is Order.SEVERITY:
        rank = sa.case({level.value: place for place, level in enumerate(Severity)}, value=Ticket.severity, else_=0)
        return query.order_by(rank.desc(), Ticket.received_at, Ticket.id)
    if order is Order.UPDATED:
        return query.order_by(Ticket.updated_at.desc(), Ticket.id.desc())
    if order is Order.OLDEST:
        return query.order_by(Ticket.received_at, Ticket.id)
    return query.order_by(Ticket.received_at.desc(), Ticket.id.desc())


def open_clock(clocks: list[TicketClock]) -> TicketClock | None:
    """Of a ticket's clocks the one that a list shows: the running one that ends first, else the response clock."""
    running = [each for each in clocks if each.met_at is None and each.due_at is not None]
    if running:
        return min(running, key=lambda each: each.due_at or each.started_at)
    return next((each for each in clocks if each.kind is ClockKind.RESPONSE), None)
