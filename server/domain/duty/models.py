"""The room's rows: the line, the shifts, the warnings of gaps, and the calls."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.duty.vocabulary import CallSource, CallState

NAME = 64
SEALED = 512
MASKED = 30


class DutyLine(Base):
    """The public number of a contract's duty, and whether somebody must be on it at every hour (365×24, A19)."""

    __tablename__ = "duty_lines"

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    hotline: Mapped[str] = mapped_column(sa.String(40), default="")
    owed: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str] = mapped_column(sa.String(NAME))


class Shift(Keyed, Base):
    """Somebody's turn, from a moment up to another. A backup does not close a gap. ``phone`` is sealed.

    ``batch_id`` joins the shifts of one rotation. A cancelled shift stays on record.
    """

    __tablename__ = "duty_shifts"
    __table_args__ = (sa.Index("ix_duty_shifts_contract", "contract_id", "starts_at", "ends_at"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    phone_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    phone_masked: Mapped[str] = mapped_column(sa.String(MASKED), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    backup: Mapped[bool] = mapped_column(default=False)
    batch_id: Mapped[uuid.UUID | None]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    handover: Mapped[str] = mapped_column(LongText, default="")
    handed_over_at: Mapped[datetime | None]
    handed_over_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    taken_over_at: Mapped[datetime | None]
    taken_over_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")

    @property
    def late_entry(self) -> bool:
        """Whether it was entered only after it had begun."""
        return self.created_at > self.starts_at


class GapWarning(Keyed, Base):
    """A gap that the watch found ahead; ``closed_at`` when it was filled. One that nobody filled stays as evidence."""

    __tablename__ = "duty_gap_warnings"
    __table_args__ = (sa.UniqueConstraint("contract_id", "starts_at"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Call(Keyed, Base):
    """One call to the duty line. The number is sealed, shown masked, and found whole by its blind index.

    ``external_id`` is the exchange's own mark, once in a contract: what is imported twice is here once.
    """

    __tablename__ = "duty_calls"
    __table_args__ = (
        sa.UniqueConstraint("contract_id", "external_id"),
        sa.Index("ix_duty_calls_contract", "contract_id", "started_at"),
        sa.Index("ix_duty_calls_state", "state", "started_at"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    phone_sealed: Mapped[str | None] = mapped_column(sa.String(SEALED))
    phone_masked: Mapped[str] = mapped_column(sa.String(MASKED), default="")
    phone_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    caller: Mapped[str] = mapped_column(sa.String(NAME), default="")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(sa.String(NAME), default="")
    state: Mapped[CallState] = enum_column(CallState)
    called_back_at: Mapped[datetime | None]
    called_back_by: Mapped[str] = mapped_column(sa.String(NAME), default="")
    note: Mapped[str] = mapped_column(LongText, default="")
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tickets.id"), index=True)
    source: Mapped[CallSource] = enum_column(CallSource, default=CallSource.TYPED)
    logged_at: Mapped[datetime]
    logged_by_name: Mapped[str] = mapped_column(sa.String(NAME))
