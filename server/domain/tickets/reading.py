"""A ticket as its readers see it: the timeline with its pictures, in full for staff, in plain words for the citizen."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from server.core.db import session
from server.domain.identity import Actor, ActorKind
from server.domain.tickets import access, resolution
from server.domain.tickets.attachments import attachments_of
from server.domain.tickets.clocks import clocks_of as _clocks_of
from server.domain.tickets.content import may_read
from server.domain.tickets.files import Attachment
from server.domain.tickets.models import Ticket, TicketClock, TicketEvent
from server.domain.tickets.policy import policy
from server.domain.tickets.resolution import Resolution
from server.domain.tickets.vocabulary import ContentState, EventKind, TicketState
from server.domain.tickets.words import shown

# What the citizen reads of each step; {state} is where it led. Steps that are not here are not shown.
WORDING = {
    EventKind.OPENED: "您提交了问题",
    EventKind.AUTO_REPLIED: "系统已收到您的问题",
    EventKind.RESPONDED: "工作人员已响应",
    EventKind.COMMENTED: "工作人员回复",
    EventKind.FED_BACK: "您补充了信息",
    EventKind.WAITED: "等待您补充信息或其他单位反馈",
    EventKind.DISPATCHED: "已安排人员前往现场",
    EventKind.ARRIVED: "工作人员已到达现场",
    EventKind.RESOLVED: "问题已解决",
    EventKind.CLOSED: "工单已关闭",
    EventKind.REOPENED: "工单已重新打开",
    EventKind.RATED: "您作了评价",
    EventKind.CANCELLED: "工单已撤销",
    EventKind.ABSORBED: "您的问题与已受理的同一问题合并处理",
    EventKind.CONFIRMED: "您确认问题已解决",
    EventKind.REJECTED: "经核查尚未解决，已继续处理",
    EventKind.MATERIAL_STALLED: "正在等待有关资料",
    EventKind.MATERIAL_RESUMED: "有关资料已到位",
    EventKind.REFERRED: "已转交有关单位处理",
    EventKind.REFERRAL_RETURNED: "有关单位已反馈",
    EventKind.SESSION_LOGGED: "工作人员提供了远程服务",
}
# Words that staff wrote for staff stay inside even where the step itself is shown.
SILENT = frozenset({EventKind.DISPATCHED, EventKind.ARRIVED, EventKind.ABSORBED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. ``event`` is for staff; ``what``, ``who`` and ``text`` are what this reader may read.

    ``withheld``: there is a text that this reader may not see until it has passed the content check.
    """

    event: TicketEvent
    seq: int
    kind: EventKind
    at: datetime
    what: str
    who: str
    own: bool
    text: str
    withheld: bool
    state: TicketState
    attachments: Sequence[Attachment]


def timeline(actor: Actor, ticket: Ticket) -> list[Entry]:
    """The log for this reader, oldest first: everything for staff, public steps in plain words for its citizen.

    ``ticket`` comes from ``find`` and so has been found visible. Two queries.
    """
    staff = access.is_staff(actor)
    query = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.seq)
    if not staff:
        query = query.where(TicketEvent.public, TicketEvent.kind.in_(WORDING))
    pictures = _by_event([ticket.id])
    return [
        (_staff_entry if staff else _citizen_entry)(actor, ticket, event, pictures[event.id])
        for event in session().scalars(query)
    ]


def clocks_of(actor: Actor, ticket: Ticket) -> list[TicketClock]:
    """A visible ticket's clocks, response first; nothing for citizens, to whom nothing is owed by them."""
    return _clocks_of([ticket.id])[ticket.id] if access.is_staff(actor) else []


def resolution_of(actor: Actor, ticket: Ticket, now: datetime) -> Resolution | None:
    """Our own figure of a visible ticket, for staff: how long, how much of it was waiting, and our own target."""
    if not access.is_staff(actor):
        return None
    query = sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id).order_by(TicketEvent.seq)
    target = policy().target(ticket.severity)
    return resolution.resolution(list(session().scalars(query)), now, target=target)


def _by_event(ticket_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Attachment]]:
    found: dict[uuid.UUID, list[Attachment]] = defaultdict(list)
    for attachment in attachments_of(ticket_ids):
        if attachment.event_id is not None:
            found[attachment.event_id].append(attachment)
    return found


def _staff_entry(actor: Actor, ticket: Ticket, event: TicketEvent, pictures: Sequence[Attachment]) -> Entry:
    text = ticket.text if event.kind is EventKind.OPENED else event.text
    return Entry(
        event=event,
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        what=event.kind.label,
        who=(event.actor_name or event.actor_kind.label) + (f"（{event.organisation}）" if event.organisation else ""),
        own=event.actor_id is not None and event.actor_id == actor.id,
        text=shown(actor, text) if event.actor_kind in (ActorKind.CITIZEN, ActorKind.ANONYMOUS) else text,
        withheld=False,
        state=TicketState(event.data["state"]),
        attachments=pictures,
    )


def _citizen_entry(actor: Actor, ticket: Ticket, event: TicketEvent, pictures: Sequence[Attachment]) -> Entry:
    own = _is_reporters(ticket, event)
    text = ticket.text if event.kind is EventKind.OPENED else event.text
    if event.kind in SILENT:
        text = ""
    readable = may_read(actor, event.content_state, own=own)
    return Entry(
        event=event,
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        what=_told(event, own=own),
        who="我" if own else _party(event),
        own=own,
        text=text if readable else "",
        withheld=bool(text) and not readable,
        state=TicketState(event.data["state"]),
        attachments=[each for each in pictures if may_read(actor, each.state, own=own)],
    )


def _is_reporters(ticket: Ticket, event: TicketEvent) -> bool:
    if event.actor_kind is ActorKind.CITIZEN:
        return event.actor_id == ticket.reporter_id
    return event.actor_kind is ActorKind.ANONYMOUS and ticket.reporter_id is None


def _party(event: TicketEvent) -> str:
    """Which side spoke; a clerk's name is nobody's business outside."""
    if event.actor_kind is ActorKind.SYSTEM:
        return "系统"
    return "运维单位" if event.by_vendor else "市场监管部门"


def content_note(state: ContentState) -> str:
    """What an author reads about their own words while these are not shown to others."""
    if state is ContentState.PASS:
        return ""
    return "内容未通过安全检查，仅工作人员可见。" if state is ContentState.RISKY else "内容正在进行安全检查。"


def _told(event: TicketEvent, *, own: bool) -> str:
    """What happened, in words for the citizen."""
    if event.kind is EventKind.COMMENTED and own:
        return "您补充了信息"
    if event.kind is EventKind.RATED and "stars" in event.data:
        return f"您评了 {event.data['stars']} 星"
    return WORDING[event.kind]
