"""The desk's rows for pictures and content checks."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, enum_column
from server.domain.identity import ActorKind
from server.domain.tickets.models import HASH
from server.domain.tickets.vocabulary import CheckSubject, ContentState, Scene


class Attachment(Keyed, Base):
    """A clean picture. It belongs to its uploader until a ticket takes it; what no ticket took goes after a day."""

    __tablename__ = "ticket_attachments"

    ticket_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tickets.id"), index=True)
    event_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ticket_events.id"))
    owner_kind: Mapped[ActorKind] = enum_column(ActorKind)
    owner_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    sha256: Mapped[str] = mapped_column(sa.String(HASH))
    mime: Mapped[str] = mapped_column(sa.String(40))
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    thumb_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[ContentState] = enum_column(ContentState, default=ContentState.PENDING)
    uploaded_at: Mapped[datetime] = mapped_column(index=True)


class DayUse(Keyed, Base):
    """One thing (picture, ticket) that one party used up on a day; ``size`` in bytes.

    ``owner`` is a person's id, or an address as a blind index.
    """

    __tablename__ = "desk_day_uses"
    __table_args__ = (sa.Index("ix_desk_day_uses_owner", "owner", "what", "day_on"),)

    owner: Mapped[str] = mapped_column(sa.String(80))
    what: Mapped[str] = mapped_column(sa.String(16))
    day_on: Mapped[date] = mapped_column(index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)


class ContentCheck(Keyed, Base):
    """One check of one text or picture, from asking WeChat to the last word, which may be a person's."""

    __tablename__ = "content_checks"
    __table_args__ = (
        sa.Index("ix_content_checks_subject", "subject_kind", "subject_id"),
        sa.Index("ix_content_checks_state", "state", "asked_at"),
    )

    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject_kind: Mapped[CheckSubject] = enum_column(CheckSubject)
    subject_id: Mapped[uuid.UUID]
    citizen_id: Mapped[uuid.UUID | None]
    scene: Mapped[Scene] = enum_column(Scene)
    state: Mapped[ContentState] = enum_column(ContentState, default=ContentState.PENDING)
    trace_id: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    label: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    asked_at: Mapped[datetime]
    judged_at: Mapped[datetime | None]
    reviewer_id: Mapped[uuid.UUID | None]
    reviewer_name: Mapped[str] = mapped_column(sa.String(64), default="")
