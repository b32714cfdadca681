"""The citizen's verbs: add a word, confirm and rate the answer, ask again. They act on the newest version, whatever they saw."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Forbidden, Invalid
from server.core.ids import new_id
from server.domain.identity import Actor, ActorKind, Permission
from server.domain.tickets import access, attachments, content, states
from server.domain.tickets.models import Rating, Ticket, TicketEvent
from server.domain.tickets.policy import policy
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.vocabulary import ACTIVE, CheckSubject, ContentState, EventKind, TicketState
from server.domain.tickets.words import said

MOST_STARS = 5
WORDS = 1000
MERGED = "该工单已并入其他工单处理，不能重新打开；如问题仍未解决，请重新提交。"


class ReopenedBefore(Conflict):
    """A citizen may ask again once."""

    code = "reopened_before"
    message = "该工单已重新打开过，如问题仍未解决，请重新提交。"


class TooLateToReopen(Conflict):
    """The days in which a citizen may ask again are over."""

    code = "too_late_to_reopen"
    message = "已超过可重新打开的期限，如问题仍未解决，请重新提交。"


class TooLateToRate(Conflict):
    """The days in which an answer may be rated are over."""

    code = "too_late_to_rate"
    message = "已超过评价期限。"


def add(actor: Actor, ticket_id: uuid.UUID, *, text: str, upload_ids: Sequence[uuid.UUID] = ()) -> TicketEvent:
    """A citizen's further word. While we wait for it, it puts the ticket back to work."""
    _reporters_own(actor)
    ticket = begin(actor, ticket_id)
    if ticket.state not in ACTIVE | {TicketState.RESOLVED}:
        raise states.WrongState(f"工单{ticket.state.label}，不能再补充内容。", state=ticket.state.value)
    kind = EventKind.FED_BACK if ticket.state is TicketState.WAITING else EventKind.COMMENTED
    step = Step(kind=kind, public=True, text=said(text), content_state=content.first_state(actor))
    event = take(actor, ticket, step, summary="用户补充信息")
    content.ask(actor, CheckSubject.EVENT, event.id, ticket_id=ticket.id)
    attachments.attach(actor, ticket, event, upload_ids)
    return event


def rate(actor: Actor, ticket_id: uuid.UUID, *, stars: int, text: str = "") -> Rating:
    """Rate the answer. Every rating is kept and the newest counts; the same one again is the same one."""
    _reporters_own(actor)
    if not 1 <= stars <= MOST_STARS:
        raise Invalid(fields={"stars": ["请选择 1 至 5 星。"]})
    words = said(text, longest=WORDS, needed=False)
    ticket = begin(actor, ticket_id, step=EventKind.RATED)
    if ticket.resolved_at is not None and clock.now() - ticket.resolved_at > policy().rating_within:
        raise TooLateToRate
    newest = newest_rating(ticket.id)
    if newest is not None and (newest.stars, newest.text) == (stars, words):
        return newest
    state = content.first_state(actor) if words else ContentState.PASS
    step = Step(kind=EventKind.RATED, public=True, text=words, content_state=state, data={"stars": stars})
    changes = {"stars": [ticket.stars, stars]}
    ticket.stars = stars
    event = take(actor, ticket, step, summary=f"评价 {stars} 星", changes=changes)
    rating = Rating(id=new_id(), ticket_id=ticket.id, event_id=event.id, stars=stars, text=words, at=event.at)
    session().add(rating)
    session().flush()
    if words:
        content.ask(actor, CheckSubject.EVENT, event.id, ticket_id=ticket.id)
    return rating


def confirm_answer(actor: Actor, ticket_id: uuid.UUID) -> TicketEvent:
    """The citizen says that it is solved. It closes nothing: that is the bureau's word. Said again, it is the same."""
    _reporters_own(actor)
    ticket = begin(actor, ticket_id, step=EventKind.CONFIRMED)
    if ticket.confirmed_at is not None:
        said_before = sa.select(TicketEvent).where(
            TicketEvent.ticket_id == ticket.id, TicketEvent.kind == EventKind.CONFIRMED
        )
        return session().scalars(said_before.order_by(TicketEvent.seq.desc()).limit(1)).one()
    event = take(actor, ticket, Step(kind=EventKind.CONFIRMED, public=True), summary="用户确认已解决")
    ticket.confirmed_at = event.at
    return event


def reopen(actor: Actor, ticket_id: uuid.UUID, *, reason: str, version: int | None = None) -> TicketEvent:
    """Not solved after all. A citizen may say so once within the days of the policy, the bureau at any time.

    A citizen who says it again while the ticket is open gets the step that was taken.
    """
    wanted = Permission.TICKET_CLOSE if access.is_staff(actor) else None
    ticket = begin(actor, ticket_id, wanted, version=version)
    words = said(reason, field="reason", longest=WORDS)
    if ticket.merged_into_id is not None:
        raise states.WrongState(MERGED, state=ticket.state.value)
    if actor.kind is ActorKind.CITIZEN:
        earlier = _same_reopening(ticket, words)
        if earlier is not None:
            return earlier
        states.after(ticket.state, EventKind.REOPENED)
        _in_time(ticket)
        ticket.reopened_count += 1
    states.after(ticket.state, EventKind.REOPENED)
    ticket.resolved_at = ticket.closed_at = ticket.confirmed_at = None
    step = Step(kind=EventKind.REOPENED, public=True, text=words, content_state=content.first_state(actor))
    event = take(actor, ticket, step, summary="重新打开工单")
    content.ask(actor, CheckSubject.EVENT, event.id, ticket_id=ticket.id)
    return event


def may_reopen(ticket: Ticket) -> bool:
    """Whether its citizen may still ask again: what the mini program asks before it shows the button."""
    if ticket.merged_into_id is not None or not states.allows(ticket.state, EventKind.REOPENED):
        return False
    try:
        _in_time(ticket)
    except Conflict:
        return False
    return True


def newest_rating(ticket_id: uuid.UUID) -> Rating | None:
    """The rating that counts."""
    query = sa.select(Rating).where(Rating.ticket_id == ticket_id).order_by(Rating.at.desc(), Rating.id.desc())
    return session().scalars(query.limit(1)).one_or_none()


def ratings_of(actor: Actor, ticket_id: uuid.UUID) -> list[Rating]:
    """Every rating of a ticket, newest first; the first one counts."""
    ticket = access.find(actor, ticket_id)
    query = sa.select(Rating).where(Rating.ticket_id == ticket.id).order_by(Rating.at.desc(), Rating.id.desc())
    return list(session().scalars(query))


def _reporters_own(actor: Actor) -> None:
    """These verbs are the citizen's; staff have their own and must not speak for them."""
    if access.is_staff(actor):
        raise Forbidden


def _in_time(ticket: Ticket) -> None:
    rules = policy()
    if ticket.reopened_count >= rules.reopen_count:
        raise ReopenedBefore
    if ticket.resolved_at is not None and clock.now() - ticket.resolved_at > rules.reopen_within:
        raise TooLateToReopen


def _same_reopening(ticket: Ticket, words: str) -> TicketEvent | None:
    """The last step, if it is this very reopening that is being repeated."""
    last = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id, TicketEvent.seq == ticket.version)
    event = session().scalars(last).one_or_none()
    if event is not None and event.kind is EventKind.REOPENED and event.text == words:
        return event
    return None
