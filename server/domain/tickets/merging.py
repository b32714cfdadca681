"""The same matter twice: one ticket goes into another, or two are marked as doubles. Both keep their own logs.

After a merger the earliest receipt's clock stands, in the ticket that remains; the absorbed one's own clock ends. Its
reporter is told at once and again when the remaining ticket is solved or cancelled, without a word of other people's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.domain.identity import Actor, Permission
from server.domain.tickets import access, gates, sla, states
from server.domain.tickets.clocks import logs_of
from server.domain.tickets.models import Ticket, TicketEvent
from server.domain.tickets.steps import Step, begin, take
from server.domain.tickets.tellings import tell
from server.domain.tickets.vocabulary import EventKind, Severity
from server.domain.tickets.words import said

RANK = {level: place for place, level in enumerate(Severity)}
TOLD_ABSORBED = "您的问题与已受理的同一问题合并处理，结果会通知您。"
TOLD_SOLVED = "与您的问题合并处理的工单已解决。如问题仍未解决，请重新提交。"
TOLD_CANCELLED = "与您的问题合并处理的工单已撤销。如问题仍未解决，请重新提交。"


class CannotMerge(Conflict):
    """These two cannot become one; the message says why."""

    code = "cannot_merge"
    message = "这两个工单不能合并。"


class OthersDepend(Conflict):
    """Other people's tickets were merged into this one, so it is not one person's to take back."""

    code = "others_depend"
    message = "已有其他工单并入此工单。"


def merge(
    actor: Actor, source_id: uuid.UUID, *, into_id: uuid.UUID, reason: str = "", version: int | None = None
) -> TicketEvent:
    """Close ``source`` into another open ticket of the same contract. Needs ticket.close on both; answers its last line.

    Nothing else moves: severity, assignee, texts and pictures stay where they are, so a graver ticket is not absorbed.
    """
    source, into = _both(actor, source_id, into_id, Permission.TICKET_CLOSE)
    begin(actor, source.id, version=version, step=EventKind.ABSORBED)
    states.after(into.state, EventKind.MERGED)
    _weigh(source, into)
    gates.pass_gates(source)
    words = said(reason, field="reason", needed=False)
    log = logs_of([source.id])[source.id]
    merged = {"ticket_id": str(source.id), "number": source.number, **_carried(log)}
    take(
        actor,
        into,
        Step(kind=EventKind.MERGED, text=words, data=merged),
        summary=f"并入 {source.number}",
        changes={"merged": [None, source.number]},
    )
    absorbed = {"into_id": str(into.id), "number": into.number}
    step = Step(kind=EventKind.ABSORBED, public=True, text=words, data=absorbed)
    source.merged_into_id = into.id
    event = take(actor, source, step, summary=f"并入 {into.number}", changes={"merged_into": [None, into.number]})
    source.closed_at = event.at
    tell(source, event, text=TOLD_ABSORBED)
    return event


def link_duplicate(
    actor: Actor, ticket_id: uuid.UUID, *, other_id: uuid.UUID, note: str = "", version: int | None = None
) -> TicketEvent:
    """Mark two tickets of one contract as the same matter, in both logs; both go on by themselves."""
    ticket, other = _both(actor, ticket_id, other_id, Permission.TICKET_RESPOND)
    begin(actor, ticket.id, version=version, step=EventKind.LINKED)
    words = said(note, field="note", needed=False)
    if other.id in related_ids(ticket.id):
        raise CannotMerge("这两个工单已标记为重复。")
    _link(actor, other, ticket, words)
    return _link(actor, ticket, other, words)


def absorbed_by(ticket_id: uuid.UUID) -> list[Ticket]:
    """The tickets that went into this one, by number."""
    query = sa.select(Ticket).where(Ticket.merged_into_id == ticket_id).order_by(Ticket.number)
    return list(session().scalars(query))


def related_ids(ticket_id: uuid.UUID) -> set[uuid.UUID]:
    """The tickets that were marked as the same matter."""
    query = sa.select(TicketEvent.data).where(TicketEvent.ticket_id == ticket_id, TicketEvent.kind == EventKind.LINKED)
    return {uuid.UUID(data["ticket_id"]) for data in session().scalars(query)}


def related(actor: Actor, ticket: Ticket) -> tuple[list[Ticket], list[Ticket], Ticket | None]:
    """Of a visible ticket, as far as the actor may see them: its doubles, those it absorbed, and the one it went into."""
    doubles = related_ids(ticket.id)
    keys = doubles | ({ticket.merged_into_id} if ticket.merged_into_id else set())
    # Only what there is to ask for: a condition that nothing fits keeps databases from using the indexes of the others.
    wanted = sa.or_(Ticket.merged_into_id == ticket.id, *([Ticket.id.in_(keys)] if keys else []))
    seen = session().scalars(sa.select(Ticket).where(*access.visible(actor), wanted))
    found = sorted(seen, key=lambda each: each.number)
    into = next((each for each in found if each.id == ticket.merged_into_id), None)
    absorbed = [each for each in found if each.merged_into_id == ticket.id]
    return [each for each in found if each.id in doubles], absorbed, into


def tell_followers(actor: Actor, ticket: Ticket, text: str) -> None:
    """Tell the reporters of absorbed tickets how it ended, in their own logs, with none of the answer's words."""
    for each in _followers(ticket.id):
        held = access.find_for_update(actor, each.id)
        step = Step(kind=EventKind.COMMENTED, public=True, text=text, data={"by": ticket.number})
        tell(held, take(actor, held, step, summary="告知合并处理结果"))


def _followers(ticket_id: uuid.UUID) -> list[Ticket]:
    """All that went into it, directly or by way of another. There are no circles: what was absorbed stays closed."""
    found: list[Ticket] = []
    for each in absorbed_by(ticket_id):
        found += [each, *_followers(each.id)]
    return found


def has_followers(ticket_id: uuid.UUID) -> bool:
    """Whether other tickets went into this one."""
    query = sa.select(Ticket.id).where(Ticket.merged_into_id == ticket_id).limit(1)
    return session().scalars(query).one_or_none() is not None


def _both(actor: Actor, one_id: uuid.UUID, other_id: uuid.UUID, permission: Permission) -> tuple[Ticket, Ticket]:
    """Both tickets, held in the order of their ids, so that two mergers the other way round do not lock each other."""
    if one_id == other_id:
        raise Invalid("请选择另一个工单。")
    held = {key: begin(actor, key, permission) for key in sorted((one_id, other_id))}
    one, other = held[one_id], held[other_id]
    if one.contract_id != other.contract_id:
        raise CannotMerge("两个工单不属于同一合同。")
    return one, other


def _weigh(source: Ticket, into: Ticket) -> None:
    graver = RANK[source.severity] > RANK[into.severity] or (source.business_stopped and not into.business_stopped)
    if graver:
        raise CannotMerge(f"{source.number} 比 {into.number} 严重，请反向合并，或先调整级别。")


def _carried(log: Iterable[sla.Entry]) -> dict[str, str]:
    """What the remaining ticket's clocks must know of the other's past."""
    past = sla.past_of(list(log))
    told: dict[str, datetime | None] = {
        "received_at": past.received_at,
        "responded_at": past.responded_at,
        "major_since": past.major_since,
        "arrived_at": past.arrived_at,
    }
    return {name: at.isoformat() for name, at in told.items() if at is not None}


def _link(actor: Actor, ticket: Ticket, other: Ticket, words: str) -> TicketEvent:
    step = Step(kind=EventKind.LINKED, text=words, data={"ticket_id": str(other.id), "number": other.number})
    return take(actor, ticket, step, summary=f"标记与 {other.number} 重复")
