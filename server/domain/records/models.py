"""Tables: completion notices with items and receipts, materials owed, remote sessions, their common log and papers."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.records.vocabulary import (
    Basis,
    CompletionState,
    Conclusion,
    EventKind,
    ItemResult,
    MaterialForm,
    MaterialState,
    Quality,
    ReceiptKind,
    ReceiptState,
    SessionChannel,
    Subject,
)

NUMBER = 24
TITLE = 120
NAME = 64
ORGANISATION = 100
HASH = 64
SLOT = 60


class Completion(Keyed, Base):
    """One completion notice and what became of it (A36, A37). A rejected one is followed by a new one of the next round.

    ``slot`` is what only one undecided notice may stand for (a ticket, or the whole contract), and free when it is NULL.
    ``due_at`` is the end of the last day (24:00 Shanghai of ``due_on``); ``deemable``: silence until then accepts.
    ``decided_at`` is when it was accepted, rejected or deemed so; a deemed one happened at ``due_at``, however late the
    job ran that wrote it down. ``accepted_on`` is the day that counts for payments (B27). ``seq``: its last log line.
    """

    __tablename__ = "completions"
    __table_args__ = (
        sa.Index("ix_completions_contract_sent", "contract_id", "sent_at"),
        sa.Index("ix_completions_state_due", "state", "due_at"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    round: Mapped[int] = mapped_column(default=1)
    follows_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("completions.id"), unique=True)
    slot: Mapped[str | None] = mapped_column(sa.String(SLOT), unique=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    release_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    final: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    content: Mapped[str] = mapped_column(LongText)
    how_to_check: Mapped[str] = mapped_column(LongText)
    state: Mapped[CompletionState] = enum_column(CompletionState, default=CompletionState.SENT)
    sent_at: Mapped[datetime]
    sent_by_id: Mapped[uuid.UUID | None]
    sent_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    received_at: Mapped[datetime | None]
    received_on: Mapped[date | None]
    basis: Mapped[Basis] = enum_column(Basis, default=Basis.AWAITING)
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    deemable: Mapped[bool] = mapped_column(default=False)
    provisional: Mapped[bool] = mapped_column(default=False)
    calendar_version: Mapped[int | None]
    contract_revision: Mapped[int | None]
    trace: Mapped[list[Any]]
    decided_at: Mapped[datetime | None]
    decided_recorded_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    conclusion: Mapped[Conclusion | None] = enum_column(Conclusion)
    reasons: Mapped[str] = mapped_column(LongText, default="")
    members: Mapped[str] = mapped_column(sa.String(200), default="")
    accepted_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class CompletionItem(Keyed, Base):
    """One line of the acceptance list: what is checked against which standard, and what came of it."""

    __tablename__ = "completion_items"
    __table_args__ = (sa.UniqueConstraint("completion_id", "position"),)

    completion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("completions.id"))
    position: Mapped[int]
    standard: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.String(500))
    result: Mapped[ItemResult | None] = enum_column(ItemResult)
    remark: Mapped[str] = mapped_column(sa.String(500), default="")


class Receipt(Keyed, Base):
    """Evidence that the bureau had a notice: the bureau's own, or the vendor's that the bureau confirmed or disputes.

    Only a confirmed one starts the clock.
    """

    __tablename__ = "completion_receipts"

    completion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("completions.id"), index=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    kind: Mapped[ReceiptKind] = enum_column(ReceiptKind)
    state: Mapped[ReceiptState] = enum_column(ReceiptState)
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(sa.String(NAME))
    evidence: Mapped[str] = mapped_column(sa.String(500), default="")
    submitted_by_id: Mapped[uuid.UUID | None]
    submitted_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    submitted_at: Mapped[datetime]
    judged_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    judged_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")


class Material(Keyed, Base):
    """A material that the bureau owes (A28). Days may lie before the contract's first one (finding 15).

    ``stalled_since`` is set while its being late or defective holds up the ticket's internal target.
    """

    __tablename__ = "materials"
    __table_args__ = (
        sa.Index("ix_materials_contract_due", "contract_id", "due_on"),
        sa.Index("ix_materials_state_due", "state", "due_on"),
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    item: Mapped[str] = mapped_column(sa.String(200))
    form: Mapped[MaterialForm] = enum_column(MaterialForm)
    note: Mapped[str] = mapped_column(sa.String(1000), default="")
    state: Mapped[MaterialState] = enum_column(MaterialState, default=MaterialState.REQUESTED)
    requested_on: Mapped[date]
    due_on: Mapped[date]
    delivered_on: Mapped[date | None]
    quality: Mapped[Quality | None] = enum_column(Quality)
    defect: Mapped[str] = mapped_column(sa.String(1000), default="")
    stalled_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class RemoteSession(Keyed, Base):
    """One remote service (A12): who, from where, with which account, why, from when to when (None: still running)."""

    __tablename__ = "remote_sessions"
    __table_args__ = (sa.Index("ix_remote_sessions_contract_started", "contract_id", "started_at"),)

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    channel: Mapped[SessionChannel] = enum_column(SessionChannel)
    who: Mapped[str] = mapped_column(sa.String(NAME))
    from_where: Mapped[str] = mapped_column(sa.String(120), default="")
    account: Mapped[str] = mapped_column(sa.String(80), default="")
    purpose: Mapped[str] = mapped_column(sa.String(500))
    work: Mapped[str] = mapped_column(sa.String(2000), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    logged_by_id: Mapped[uuid.UUID | None]
    logged_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    logged_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(default=0)


class RecordEvent(Keyed, Base):
    """One line of the log of a notice, a material or a session: never changed, never deleted.

    ``at`` is when it happened, ``recorded_at`` when it was written down. ``state``: what it led to.
    """

    __tablename__ = "record_events"
    __table_args__ = (sa.UniqueConstraint("subject_id", "seq"),)

    subject: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    seq: Mapped[int]
    kind: Mapped[EventKind] = enum_column(EventKind)
    state: Mapped[str] = mapped_column(sa.String(32))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class RecordFile(Keyed, Base):
    """A paper that belongs to a notice, a material or a session; its bytes lie in the room's own folder."""

    __tablename__ = "record_files"
    __table_args__ = (sa.Index("ix_record_files_subject", "subject_id", "added_at"),)

    subject: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("record_events.id"))
    contract_id: Mapped[uuid.UUID] = mapped_column(index=True)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(HASH))
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    added_by_id: Mapped[uuid.UUID | None]
    added_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    added_at: Mapped[datetime]
