"""The desk's rows: the ticket, its event log, its clocks, and the ratings."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.contracts import Party
from server.domain.identity import ActorKind
from server.domain.tickets.vocabulary import (
    AskerKind,
    Basis,
    Channel,
    ClockKind,
    Consent,
    ConsultKind,
    ContentState,
    EventKind,
    Kind,
    Scope,
    Severity,
    TicketState,
)

TITLE = 120
NAME = 64
HASH = 64
SYSTEM_NAME = 100


class Ticket(Keyed, Base):
    """One matter. ``version`` is the number of its last event: a verb that was decided on an older one is refused.

    ``state``, ``severity`` and the moments are what the event log says, kept beside it for queries. A ticket with
    ``merged_into_id`` was absorbed and stays closed; ``scope_confirmed_at`` is set when both sides agreed on its scope.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        sa.Index("ix_tickets_contract_state", "contract_id", "state"),
        sa.Index("ix_tickets_state_received", "state", "received_at"),
        # A list's keys are cut from these alone, however far the page is.
        sa.Index("ix_tickets_received", "received_at", "id"),
        sa.Index("ix_tickets_contract_received", "contract_id", "received_at", "id"),
        sa.Index("ix_tickets_contract_resolved", "contract_id", "resolved_at"),
        sa.Index("ix_tickets_assignee", "assignee_id", "contract_id", "state"),
        sa.Index("ix_tickets_subject", "subject_kind", "subject_id"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    kind: Mapped[Kind] = enum_column(Kind)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    text: Mapped[str] = mapped_column(LongText)
    content_state: Mapped[ContentState] = enum_column(ContentState, default=ContentState.PASS)
    severity: Mapped[Severity] = enum_column(Severity, default=Severity.NORMAL)
    business_stopped: Mapped[bool] = mapped_column(default=False)
    scope: Mapped[Scope] = enum_column(Scope, default=Scope.UNDECIDED)
    channel: Mapped[Channel] = enum_column(Channel)
    state: Mapped[TicketState] = enum_column(TicketState, default=TicketState.NEW)
    contract_id: Mapped[uuid.UUID | None]
    reporter_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    contact_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    contact_sealed: Mapped[str | None] = mapped_column(sa.String(512))
    contact_index: Mapped[str | None] = mapped_column(sa.String(HASH), index=True)
    opened_by_kind: Mapped[ActorKind] = enum_column(ActorKind)
    opened_by_id: Mapped[uuid.UUID | None]
    assignee_id: Mapped[uuid.UUID | None]
    assignee_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    subject_kind: Mapped[str | None] = mapped_column(sa.String(20))
    subject_id: Mapped[uuid.UUID | None]
    query_digest: Mapped[str | None] = mapped_column(sa.String(HASH))
    cause: Mapped[str] = mapped_column(LongText, default="")
    received_at: Mapped[datetime]
    responded_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]
    reopened_count: Mapped[int] = mapped_column(default=0)
    stars: Mapped[int | None]
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    consent: Mapped[Consent] = enum_column(Consent, default=Consent.NONE)
    scope_proposed: Mapped[Scope | None] = enum_column(Scope)
    scope_proposed_by: Mapped[Party | None] = enum_column(Party)
    scope_confirmed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    asker_kind: Mapped[AskerKind | None] = enum_column(AskerKind)
    consult_kind: Mapped[ConsultKind | None] = enum_column(ConsultKind)
    consulted_system: Mapped[str] = mapped_column(sa.String(SYSTEM_NAME), default="")
    version: Mapped[int]


class TicketEvent(Keyed, Base):
    """One line of a ticket's log: never changed (but for its content mark), never deleted.

    ``at`` is when it happened, ``recorded_at`` when it was written. ``data["state"]`` is the state that it led to.
    """

    __tablename__ = "ticket_events"
    __table_args__ = (sa.UniqueConstraint("ticket_id", "seq"),)

    ticket_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tickets.id"))
    seq: Mapped[int]
    kind: Mapped[EventKind] = enum_column(EventKind)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(100), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    public: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(LongText, default="")
    content_state: Mapped[ContentState] = enum_column(ContentState, default=ContentState.PASS)
    data: Mapped[dict[str, Any]]


class TicketClock(Keyed, Base):
    """What the log, the contract and the calendar together say of one promise; recomputable at any time (A20, A21)."""

    __tablename__ = "ticket_clocks"
    __table_args__ = (
        sa.UniqueConstraint("ticket_id", "kind"),
        sa.Index("ix_ticket_clocks_open", "met_at", "due_at"),
    )

    ticket_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tickets.id"))
    kind: Mapped[ClockKind] = enum_column(ClockKind)
    basis: Mapped[Basis] = enum_column(Basis)
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    calendar_version: Mapped[int]
    contract_revision: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")


class Rating(Keyed, Base):
    """One rating. All are kept; the newest counts. The content mark of its words is on its event."""

    __tablename__ = "ticket_ratings"

    ticket_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tickets.id"), index=True)
    event_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ticket_events.id"))
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(LongText, default="")
    at: Mapped[datetime] = mapped_column(index=True)


class SavedView(Keyed, Base):
    """A list's filters under a name: an officer's own, or shared with the organisation. At most one is the default."""

    __tablename__ = "ticket_views"
    __table_args__ = (sa.UniqueConstraint("officer_id", "name"),)

    officer_id: Mapped[uuid.UUID]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    query: Mapped[str] = mapped_column(sa.String(2000))
    shared: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class DeskPolicy(Base):
    """The desk's own rules, one row; a missing row means the defaults of ``policy.Policy``."""

    __tablename__ = "ticket_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
