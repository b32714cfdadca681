"""The maintenance log (维护日志): noted the day it was done, corrected without losing what it said, used as a pattern."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain.identity import Actor
from server.domain.upkeep import access, files, links, log
from server.domain.upkeep.models import NAME, SYSTEMS, Work
from server.domain.upkeep.vocabulary import EventKind, Risk, WorkKind
from server.domain.upkeep.words import said, span
from server.gateways.papers import Paper

SERIES = "WH"
WHAT, WHY, TEXT, REASON = 500, 1000, 2000, 500
MOST_TEMPLATES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDraft:
    """What a maintainer says of a piece of work; only what, when and who are needed."""

    kind: WorkKind
    what: str
    started_at: datetime
    ended_at: datetime
    who: str
    why: str = ""
    before: str = ""
    after: str = ""
    risk: Risk = Risk.NONE
    rollback: str = ""
    systems: str = ""
    versions: str = ""
    release_id: uuid.UUID | None = None
    ticket_id: uuid.UUID | None = None
    inspection_id: uuid.UUID | None = None


def note_work(actor: Actor, contract_id: uuid.UUID, draft: WorkDraft, *, uploads: Sequence[Paper] = ()) -> Work:
    """Put a piece of maintenance on record. Needs record.log on the contract.

    Ticket, release and inspection must be of the same contract. A high risk needs its way back.
    """
    access.contract_for(actor, contract_id)
    values = _checked(actor, contract_id, draft)
    work = Work(
        id=new_id(),
        contract_id=contract_id,
        noted_by_id=actor.id,
        noted_by_name=actor.name[:NAME],
        noted_at=clock.now(),
        version=1,
        seq=0,
        **values,
    )
    work.number = links.numbered(SERIES)
    session().add(work)
    session().flush()
    log.write(actor, work, EventKind.NOTED, f"登记维护（{work.kind.label}，{work.who}）：{work.what}")
    files.attach(actor, work, uploads)
    return work


def correct_work(
    actor: Actor, work_id: uuid.UUID, draft: WorkDraft, *, version: int, reason: str, uploads: Sequence[Paper] = ()
) -> Work:
    """Put right what was noted; the log keeps what it said before, with the reason. Moved if somebody else was quicker."""
    work = access.hold(actor, Work, work_id, version=version)
    words = said(reason, field="reason", longest=REASON)
    before = snapshot(work)
    moved = log.put(work, _checked(actor, work.contract_id, draft))
    work.version += 1
    data = {"version": version, "before": before, "changed": sorted(moved)}
    log.write(actor, work, EventKind.CORRECTED, f"更正维护记录：{words}", text=words, data=data, changes=moved)
    files.attach(actor, work, uploads)
    return work


def use_as_template(actor: Actor, work_id: uuid.UUID, *, name: str) -> Work:
    """Let an entry serve as a pattern for quick entry under a name; an empty name takes it out again."""
    work = access.hold(actor, Work, work_id)
    called = said(name, field="name", longest=NAME, needed=False)
    moved = log.put(work, {"template": called})
    if moved:
        log.write(actor, work, EventKind.CORRECTED, f"设为模板“{called}”" if called else "不再作为模板", changes=moved)
    return work


def templates(actor: Actor) -> list[Work]:
    """The patterns of the contracts that the actor may write for, by name."""
    actor.need(access.LOG)
    scope = actor.contracts_for(access.LOG)
    query = sa.select(Work).where(Work.template != "").order_by(Work.template, Work.number).limit(MOST_TEMPLATES)
    return list(session().scalars(query if scope is None else query.where(Work.contract_id.in_(scope))))


def last_of(actor: Actor) -> Work | None:
    """The entry that the actor noted last: what quick entry starts from."""
    mine = sa.select(Work).where(Work.noted_by_id == actor.id, *access.visible(actor, Work.contract_id))
    return session().scalars(mine.order_by(Work.noted_at.desc(), Work.number.desc()).limit(1)).one_or_none()


def snapshot(work: Work) -> dict[str, Any]:
    """What an entry says, in plain JSON."""
    return {name: log.plain(getattr(work, name)) for name in WorkDraft.__dataclass_fields__}


def _checked(actor: Actor, contract_id: uuid.UUID, draft: WorkDraft) -> dict[str, Any]:
    span(draft.started_at, draft.ended_at)
    links.ticket_for(actor, draft.ticket_id, contract_id)
    links.release_for(actor, draft.release_id, contract_id)
    links.inspection_for(actor, draft.inspection_id, contract_id)
    who = said(draft.who, field="who", longest=NAME)
    return {
        "kind": draft.kind,
        "what": said(draft.what, field="what", longest=WHAT),
        "why": said(draft.why, field="why", longest=WHY, needed=False),
        "before": said(draft.before, field="before", longest=TEXT, needed=False),
        "after": said(draft.after, field="after", longest=TEXT, needed=False),
        "risk": draft.risk,
        "rollback": said(draft.rollback, field="rollback", longest=TEXT, needed=draft.risk is Risk.HIGH),
        "systems": said(draft.systems, field="systems", longest=SYSTEMS, needed=False),
        "versions": said(draft.versions, field="versions", longest=SYSTEMS, needed=False),
        "started_at": draft.started_at,
        "ended_at": draft.ended_at,
        "who": who,
        "designated": links.designated(contract_id, who, clock.local_day(draft.started_at)),
        "release_id": draft.release_id,
        "ticket_id": draft.ticket_id,
        "inspection_id": draft.inspection_id,
    }
