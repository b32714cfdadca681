"""Tables: maintenance, guidance and visits as they were noted, contingency plans and drills, their log and files."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.upkeep.vocabulary import (
    DrillForm,
    DrillResult,
    EventKind,
    GuidanceChannel,
    Risk,
    Subject,
    WorkKind,
)

NUMBER = 24
NAME = 64
TITLE = 120
SYSTEMS = 300
ORGANISATION = 100


class Work(Keyed, Base):
    """One piece of maintenance (维护记录). ``version`` moves with every correction; the log keeps what it said before.

    ``designated``: whether who did it was a designated maintainer of the contract on that day (None: nobody is on record
    for that day). ``template``: the name under which it serves as a pattern for quick entry, empty if it does not.
    """

    __tablename__ = "upkeep_works"
    __table_args__ = (
        sa.Index("ix_upkeep_works_contract_started", "contract_id", "started_at"),
        sa.Index("ix_upkeep_works_noted_by", "noted_by_id", "noted_at"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    kind: Mapped[WorkKind] = enum_column(WorkKind)
    what: Mapped[str] = mapped_column(sa.String(500))
    why: Mapped[str] = mapped_column(sa.String(1000), default="")
    before: Mapped[str] = mapped_column(sa.String(2000), default="")
    after: Mapped[str] = mapped_column(sa.String(2000), default="")
    risk: Mapped[Risk] = enum_column(Risk, default=Risk.NONE)
    rollback: Mapped[str] = mapped_column(sa.String(2000), default="")
    systems: Mapped[str] = mapped_column(sa.String(SYSTEMS), default="")
    versions: Mapped[str] = mapped_column(sa.String(SYSTEMS), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(sa.String(NAME))
    designated: Mapped[bool | None]
    release_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    inspection_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    template: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_by_id: Mapped[uuid.UUID | None]
    noted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class Guidance(Keyed, Base):
    """One time that somebody was shown how to do something (操作指导, A04)."""

    __tablename__ = "upkeep_guidances"
    __table_args__ = (sa.Index("ix_upkeep_guidances_contract_given", "contract_id", "given_at"),)

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    channel: Mapped[GuidanceChannel] = enum_column(GuidanceChannel)
    asker: Mapped[str] = mapped_column(sa.String(NAME))
    unit: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    question: Mapped[str] = mapped_column(sa.String(1000))
    answer: Mapped[str] = mapped_column(sa.String(4000))
    minutes: Mapped[int]
    given_at: Mapped[datetime]
    who: Mapped[str] = mapped_column(sa.String(NAME))
    designated: Mapped[bool | None]
    article_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    noted_by_id: Mapped[uuid.UUID | None]
    noted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class Visit(Keyed, Base):
    """One visit (现场服务, A11). Where it belongs to a ticket, going there and arriving are that ticket's own moments."""

    __tablename__ = "upkeep_visits"
    __table_args__ = (sa.Index("ix_upkeep_visits_contract_on", "contract_id", "visited_on"),)

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    visited_on: Mapped[date]
    place: Mapped[str] = mapped_column(sa.String(TITLE))
    who: Mapped[str] = mapped_column(sa.String(NAME))
    designated: Mapped[bool | None]
    host: Mapped[str] = mapped_column(sa.String(NAME), default="")
    reason: Mapped[str] = mapped_column(sa.String(500))
    work: Mapped[str] = mapped_column(sa.String(4000), default="")
    result: Mapped[str] = mapped_column(sa.String(1000), default="")
    dispatched_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    noted_by_id: Mapped[uuid.UUID | None]
    noted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class Plan(Keyed, Base):
    """A contingency plan (应急预案, A15) as it stands in its newest version; the log keeps the ones before."""

    __tablename__ = "upkeep_plans"

    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    scenario: Mapped[str] = mapped_column(sa.String(TITLE))
    trigger: Mapped[str] = mapped_column(sa.String(1000))
    steps: Mapped[str] = mapped_column(LongText)
    owner: Mapped[str] = mapped_column(sa.String(NAME))
    contacts: Mapped[str] = mapped_column(sa.String(500), default="")
    every_months: Mapped[int] = mapped_column(default=12)
    next_drill_on: Mapped[date | None]
    retired_at: Mapped[datetime | None]
    noted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class Drill(Keyed, Base):
    """One drill of a plan, of the version that it had then."""

    __tablename__ = "upkeep_drills"

    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    plan_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("upkeep_plans.id"), index=True)
    plan_version: Mapped[int]
    drilled_on: Mapped[date]
    form: Mapped[DrillForm] = enum_column(DrillForm)
    leader: Mapped[str] = mapped_column(sa.String(NAME))
    people: Mapped[str] = mapped_column(sa.String(500), default="")
    course: Mapped[str] = mapped_column(sa.String(4000))
    result: Mapped[DrillResult] = enum_column(DrillResult)
    lessons: Mapped[str] = mapped_column(sa.String(2000), default="")
    noted_by_id: Mapped[uuid.UUID | None]
    noted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    noted_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int] = mapped_column(default=0)


class UpkeepEvent(Keyed, Base):
    """One line of the log of anything here: never changed, never deleted. ``data`` of a correction is what it said before."""

    __tablename__ = "upkeep_events"
    __table_args__ = (sa.UniqueConstraint("subject_id", "seq"),)

    subject: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    seq: Mapped[int]
    kind: Mapped[EventKind] = enum_column(EventKind)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION), default="")
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class UpkeepFile(Keyed, Base):
    """A photograph or a paper; its bytes lie in the room's own folder."""

    __tablename__ = "upkeep_files"
    __table_args__ = (sa.Index("ix_upkeep_files_subject", "subject_id", "added_at"),)

    subject: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    added_by_id: Mapped[uuid.UUID | None]
    added_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    added_at: Mapped[datetime]
