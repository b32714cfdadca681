"""Tables: what is secret and who holds it, promises, results handed over, incidents, their common log, and our rules."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.secrecy.vocabulary import (
    AssetKind,
    Carrier,
    EventKind,
    Grade,
    HandoverState,
    IncidentKind,
    IncidentState,
    ItemState,
    Level,
    PromiseKind,
    PromiseState,
    SignedHow,
    Subject,
    UseState,
)

NUMBER = 24
TITLE = 200
NAME = 64
ORGANISATION = 100
TEXT = 1000
HASH = 64


class SecrecyItem(Keyed, Base):
    """One thing that one side handed to the other, with its level (A38). Never with a file.

    ``material_id`` names the material of the records room that it is, if it is one. ``maintainer_id``: the designated
    person who holds it, so that their departure asks for it.
    """

    __tablename__ = "secrecy_items"
    __table_args__ = (
        sa.Index("ix_secrecy_items_contract_handed", "contract_id", "handed_on"),
        sa.Index("ix_secrecy_items_state_due", "state", "due_back_on"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    item: Mapped[str] = mapped_column(sa.String(TITLE))
    level: Mapped[Level] = enum_column(Level, default=Level.UNDECLARED)
    basis: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    declared_at: Mapped[datetime | None]
    declared_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    material_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    holder: Mapped[str] = mapped_column(sa.String(NAME))
    maintainer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    copies: Mapped[int] = mapped_column(default=1)
    carrier: Mapped[Carrier] = enum_column(Carrier)
    serials: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    purpose: Mapped[str] = mapped_column(sa.String(TITLE))
    handed_on: Mapped[date]
    due_back_on: Mapped[date | None]
    state: Mapped[ItemState] = enum_column(ItemState, default=ItemState.HELD)
    ended_on: Mapped[date | None]
    proof: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    witness: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class Promise(Keyed, Base):
    """One promise to keep secrets: a person's, or the vendor's own about security (A39, B31).

    ``words`` are the text of ``text_version`` as it was on that day. ``slot`` is what only one standing promise may be for,
    and free when it is NULL.
    """

    __tablename__ = "secrecy_promises"
    __table_args__ = (sa.Index("ix_secrecy_promises_contract_state", "contract_id", "state"),)

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    kind: Mapped[PromiseKind] = enum_column(PromiseKind)
    slot: Mapped[str | None] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str] = mapped_column(sa.String(ORGANISATION))
    role: Mapped[str] = mapped_column(sa.String(80), default="")
    officer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    maintainer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    text_version: Mapped[str] = mapped_column(sa.String(20))
    words: Mapped[str] = mapped_column(LongText)
    state: Mapped[PromiseState] = enum_column(PromiseState, default=PromiseState.DRAFT)
    signed_on: Mapped[date | None]
    signed_how: Mapped[SignedHow | None] = enum_column(SignedHow)
    valid_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class Handover(Keyed, Base):
    """Results that go over to the bureau (A40). ``use_*``: whether the vendor may use them otherwise than to perform."""

    __tablename__ = "secrecy_handovers"
    __table_args__ = (sa.Index("ix_secrecy_handovers_contract", "contract_id", "created_at"),)

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    state: Mapped[HandoverState] = enum_column(HandoverState, default=HandoverState.DRAFT)
    delivered_on: Mapped[date | None]
    delivered_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    decided_on: Mapped[date | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    remark: Mapped[str] = mapped_column(sa.String(TEXT), default="")
    use_state: Mapped[UseState] = enum_column(UseState, default=UseState.NONE)
    use_purpose: Mapped[str] = mapped_column(sa.String(TEXT), default="")
    use_remark: Mapped[str] = mapped_column(sa.String(TEXT), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class Asset(Keyed, Base):
    """One line of a hand-over: a file by its SHA-256, a state of a repository by its snapshot, an account by its name."""

    __tablename__ = "secrecy_assets"
    __table_args__ = (sa.UniqueConstraint("handover_id", "position"),)

    handover_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("secrecy_handovers.id"))
    position: Mapped[int]
    kind: Mapped[AssetKind] = enum_column(AssetKind)
    name: Mapped[str] = mapped_column(sa.String(TITLE))
    version: Mapped[str] = mapped_column(sa.String(60), default="")
    snapshot: Mapped[str] = mapped_column(sa.String(120), default="")
    file_name: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    sha256: Mapped[str] = mapped_column(sa.String(HASH), default="", index=True)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(sa.String(TITLE), default="")


class Incident(Keyed, Base):
    """One incident of network security, from its discovery to the review (§6, B31).

    ``hours`` and ``source`` are the rule in force when it was found; ``due_at`` the moment by which the authority has to
    hear of it, None while its grade asks for no report. ``persons_count`` None: not known yet.
    """

    __tablename__ = "secrecy_incidents"
    __table_args__ = (
        sa.Index("ix_secrecy_incidents_contract_discovered", "contract_id", "discovered_at"),
        sa.Index("ix_secrecy_incidents_state_due", "state", "due_at"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    kind: Mapped[IncidentKind] = enum_column(IncidentKind)
    grade: Mapped[Grade] = enum_column(Grade)
    state: Mapped[IncidentState] = enum_column(IncidentState, default=IncidentState.OPEN)
    discovered_at: Mapped[datetime]
    discovered_by: Mapped[str] = mapped_column(sa.String(NAME))
    systems: Mapped[str] = mapped_column(sa.String(TEXT))
    symptom: Mapped[str] = mapped_column(LongText)
    impact: Mapped[str] = mapped_column(LongText, default="")
    leak: Mapped[bool] = mapped_column(default=False)
    persons_count: Mapped[int | None]
    data_kinds: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    harmless_reason: Mapped[str] = mapped_column(sa.String(TEXT), default="")
    hours: Mapped[int]
    source: Mapped[str] = mapped_column(sa.String(TITLE))
    authority: Mapped[str] = mapped_column(sa.String(ORGANISATION))
    due_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    reported_to: Mapped[str] = mapped_column(sa.String(ORGANISATION), default="")
    report_ref: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    contained_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(LongText, default="")
    measures: Mapped[str] = mapped_column(LongText, default="")
    review: Mapped[str] = mapped_column(LongText, default="")
    entered_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class SecrecyEvent(Keyed, Base):
    """One line of a record's log; never changed. ``at`` is when it happened, ``recorded_at`` when it was written down."""

    __tablename__ = "secrecy_events"
    __table_args__ = (sa.UniqueConstraint("subject_id", "seq"),)

    subject: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    kind: Mapped[EventKind] = enum_column(EventKind)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME))
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION), default="")
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class SecrecyRules(Base):
    """The installation's own rules on reporting, one row; empty rules mean the defaults."""

    __tablename__ = "secrecy_rules"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
