"""Tables: alerts under their key, who has read them, personal feeds, and the rules that reminders follow."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, enum_column
from server.domain.agenda.vocabulary import AlertKind, AlertState, EntryKind

OBJECT = 80
TITLE = 200


class Alert(Keyed, Base):
    """One alert. Its key is the object, the kind and the due day, so a moved day makes another alert, and the old one
    never stands in the new one's way (domain.md §2).

    ``notify_at``: from when on people see it, which is a matter of the reminders' own calendar, not of ``raised_at``.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        sa.UniqueConstraint("object_kind", "object_id", "kind", "due_on"),
        sa.Index("ix_alerts_state", "state", "notify_at"),
    )

    object_kind: Mapped[EntryKind] = enum_column(EntryKind)
    object_id: Mapped[str] = mapped_column(sa.String(OBJECT))
    kind: Mapped[AlertKind] = enum_column(AlertKind)
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    contract_id: Mapped[uuid.UUID | None]
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    provisional: Mapped[bool] = mapped_column(default=False)
    place: Mapped[dict[str, Any]]
    state: Mapped[AlertState] = enum_column(AlertState, default=AlertState.STANDING)
    raised_at: Mapped[datetime]
    notify_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class AlertRead(Base):
    """That an officer has read an alert."""

    __tablename__ = "alert_reads"

    alert_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("alerts.id"), primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, index=True)
    read_at: Mapped[datetime]


class Feed(Keyed, Base):
    """An officer's personal address of the calendar feed; the secret in it is kept as its hash."""

    __tablename__ = "agenda_feeds"

    officer_id: Mapped[uuid.UUID] = mapped_column(index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AgendaPolicy(Base):
    """The one row of the agenda's rules."""

    __tablename__ = "agenda_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
