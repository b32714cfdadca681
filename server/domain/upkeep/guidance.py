"""Operation guidance (操作指导, A04): who asked what by which channel, what was answered, how long it took."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Invalid
from server.core.ids import new_id
from server.domain.identity import Actor
from server.domain.upkeep import access, files, links, log
from server.domain.upkeep.models import NAME, TITLE, Guidance
from server.domain.upkeep.vocabulary import EventKind, GuidanceChannel
from server.domain.upkeep.words import past, said
from server.gateways.papers import Paper

SERIES = "ZD"
QUESTION, ANSWER, REASON = 1000, 4000, 500
MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceDraft:
    """What is to be kept of one guidance."""

    channel: GuidanceChannel
    asker: str
    question: str
    answer: str
    minutes: int
    given_at: datetime
    who: str
    unit: str = ""
    article_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None


def note_guidance(
    actor: Actor, contract_id: uuid.UUID, draft: GuidanceDraft, *, uploads: Sequence[Paper] = ()
) -> Guidance:
    """Put a guidance on record. Needs record.log on the contract; the article must be one that the actor may read."""
    access.contract_for(actor, contract_id)
    row = Guidance(
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
    log.write(actor, row, EventKind.NOTED, f"登记操作指导（{row.channel.label}，{row.asker}）：{row.question[:60]}")
    files.attach(actor, row, uploads)
    return row


def correct_guidance(
    actor: Actor,
    guidance_id: uuid.UUID,
    draft: GuidanceDraft,
    *,
    version: int,
    reason: str,
    uploads: Sequence[Paper] = (),
) -> Guidance:
    """Put right what was noted; the log keeps what it said before."""
    row = access.hold(actor, Guidance, guidance_id, version=version)
    words = said(reason, field="reason", longest=REASON)
    before = {name: log.plain(getattr(row, name)) for name in GuidanceDraft.__dataclass_fields__}
    moved = log.put(row, _checked(actor, row.contract_id, draft))
    row.version += 1
    data = {"version": version, "before": before, "changed": sorted(moved)}
    log.write(actor, row, EventKind.CORRECTED, f"更正操作指导：{words}", text=words, data=data, changes=moved)
    files.attach(actor, row, uploads)
    return row


def last_guidance_of(actor: Actor) -> Guidance | None:
    """The guidance that the actor noted last."""
    mine = sa.select(Guidance).where(Guidance.noted_by_id == actor.id, *access.visible(actor, Guidance.contract_id))
    return session().scalars(mine.order_by(Guidance.noted_at.desc(), Guidance.number.desc()).limit(1)).one_or_none()


def _checked(actor: Actor, contract_id: uuid.UUID, draft: GuidanceDraft) -> dict[str, Any]:
    past(draft.given_at, field="given_at")
    if not 1 <= draft.minutes <= MOST_MINUTES:
        raise Invalid(fields={"minutes": [f"须为 1 至 {MOST_MINUTES} 分钟。"]})
    links.ticket_for(actor, draft.ticket_id, contract_id)
    links.article_for(actor, draft.article_id)
    who = said(draft.who, field="who", longest=NAME)
    return {
        "channel": draft.channel,
        "asker": said(draft.asker, field="asker", longest=NAME),
        "unit": said(draft.unit, field="unit", longest=TITLE, needed=False),
        "question": said(draft.question, field="question", longest=QUESTION),
        "answer": said(draft.answer, field="answer", longest=ANSWER),
        "minutes": draft.minutes,
        "given_at": draft.given_at,
        "who": who,
        "designated": links.designated(contract_id, who, clock.local_day(draft.given_at)),
        "article_id": draft.article_id,
        "ticket_id": draft.ticket_id,
    }
