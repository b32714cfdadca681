"""On-site visits (现场服务, A11). Where a visit belongs to a ticket, going and arriving are read from that ticket's log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import new_id
from server.domain.identity import Actor
from server.domain.upkeep import access, files, links, log
from server.domain.upkeep.models import NAME, TITLE, Visit
from server.domain.upkeep.vocabulary import EventKind
from server.domain.upkeep.words import not_ahead, past, said
from server.gateways.papers import Paper

SERIES = "XC"
REASONS, WORK, RESULT, REASON = 500, 4000, 1000, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDraft:
    """What is to be kept of one visit. With a ticket, leave going and arriving empty: the ticket has them."""

    visited_on: date
    place: str
    who: str
    reason: str
    host: str = ""
    work: str = ""
    result: str = ""
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    ticket_id: uuid.UUID | None = None


def note_visit(actor: Actor, contract_id: uuid.UUID, draft: VisitDraft, *, uploads: Sequence[Paper] = ()) -> Visit:
    """Put a visit on record. Needs record.log on the contract."""
    access.contract_for(actor, contract_id)
    row = Visit(
        id=new_id(),
        contract_id=contract_id,
        noted_by_id=actor.id,
        noted_by_name=actor.name[:NAME],
        noted_at=clock.now(),
        version=1,
        seq=0,
        **_checked(actor, contract_id, draft),
    )
    row.number = links.numbered(SERIES)
    session().add(row)
    session().flush()
    log.write(actor, row, EventKind.NOTED, f"登记现场服务（{row.who}，{row.place}）：{row.reason[:60]}")
    files.attach(actor, row, uploads)
    return row


def correct_visit(
    actor: Actor, visit_id: uuid.UUID, draft: VisitDraft, *, version: int, reason: str, uploads: Sequence[Paper] = ()
) -> Visit:
    """Put right what was noted; the log keeps what it said before."""
    row = access.hold(actor, Visit, visit_id, version=version)
    words = said(reason, field="reason", longest=REASON)
    before = {name: log.plain(getattr(row, name)) for name in VisitDraft.__dataclass_fields__}
    moved = log.put(row, _checked(actor, row.contract_id, draft))
    row.version += 1
    data = {"version": version, "before": before, "changed": sorted(moved)}
    log.write(actor, row, EventKind.CORRECTED, f"更正现场服务：{words}", text=words, data=data, changes=moved)
    files.attach(actor, row, uploads)
    return row


def last_visit_of(actor: Actor) -> Visit | None:
    """The visit that the actor noted last."""
    mine = sa.select(Visit).where(Visit.noted_by_id == actor.id, *access.visible(actor, Visit.contract_id))
    return session().scalars(mine.order_by(Visit.noted_at.desc(), Visit.number.desc()).limit(1)).one_or_none()


def presence(visit: Visit) -> links.Presence:
    """When they set out and arrived: the ticket's word where there is a ticket, else what was entered here."""
    if visit.ticket_id is not None:
        return links.presence_of(visit.ticket_id)
    return links.Presence(visit.dispatched_at, visit.arrived_at, "")


def _checked(actor: Actor, contract_id: uuid.UUID, draft: VisitDraft) -> dict[str, Any]:
    not_ahead(draft.visited_on, field="visited_on")
    ticket = links.ticket_for(actor, draft.ticket_id, contract_id)
    if ticket is not None and (draft.dispatched_at or draft.arrived_at):
        told = [f"工单 {ticket.number} 已记录派员和到场，此处不再填写。"]
        raise Invalid(fields={"arrived_at" if draft.arrived_at else "dispatched_at": told})
    arrived = links.presence_of(ticket.id).arrived_at if ticket is not None else draft.arrived_at
    for name in ("dispatched_at", "arrived_at", "left_at"):
        past(getattr(draft, name), field=name)
    if draft.dispatched_at and draft.arrived_at and draft.arrived_at < draft.dispatched_at:
        raise Invalid(fields={"arrived_at": ["到达时间不能早于出发时间。"]})
    if arrived and draft.left_at and draft.left_at < arrived:
        raise Invalid(fields={"left_at": ["离开时间不能早于到达时间。"]})
    who = said(draft.who, field="who", longest=NAME)
    return {
        "visited_on": draft.visited_on,
        "place": said(draft.place, field="place", longest=TITLE),
        "who": who,
        "designated": links.designated(contract_id, who, draft.visited_on),
        "reason": said(draft.reason, field="reason", longest=REASONS),
        "host": said(draft.host, field="host", longest=NAME, needed=False),
        "work": said(draft.work, field="work", longest=WORK, needed=False),
        "result": said(draft.result, field="result", longest=RESULT, needed=False),
        "dispatched_at": draft.dispatched_at,
        "arrived_at": draft.arrived_at,
        "left_at": draft.left_at,
        "ticket_id": draft.ticket_id,
    }
