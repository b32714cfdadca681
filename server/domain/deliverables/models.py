"""Tables: what was handed in for which cycle, its versions and remarks, and the due days with every move of them."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled

KEY = 40
NAME = 64
TITLE = 200
REMARK = 1000


class State(Labelled):
    """Where a paper that is owed stands. A delivery's row has one of the last three."""

    UPCOMING = "upcoming", "未到期"
    DUE_SOON = "due_soon", "即将到期"
    LATE = "late", "逾期未交"
    HANDED_IN = "handed_in", "已提交"
    RETURNED = "returned", "已退回"
    SIGNED = "signed", "已签收"


class Delivery(Keyed, Base):
    """What was handed in for one cycle of one deliverable: at most one row, with numbered versions.

    ``cycle_on`` is the cycle's first day (a contract's first day for what is owed once). ``handed_at`` is the first
    hand-in, which decides whether it was late; it never moves. ``with_id``: this duty is met by another delivery's
    paper and shares its one signature (finding 25). ``signed_version``: the version that the bureau signed or approved.
    """

    __tablename__ = "deliveries"
    __table_args__ = (sa.UniqueConstraint("contract_id", "key", "cycle_on"),)

    contract_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(sa.String(KEY))
    cycle_on: Mapped[date]
    state: Mapped[State] = enum_column(State)
    version: Mapped[int]
    with_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    handed_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    signed_version: Mapped[int | None]
    signed_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    changed_at: Mapped[datetime]


class DeliveryVersion(Keyed, Base):
    """One version as it was handed in, with the word on it. Its file is kept under ``stored_key``; empty: no file."""

    __tablename__ = "delivery_versions"
    __table_args__ = (sa.UniqueConstraint("delivery_id", "number"),)

    delivery_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("deliveries.id"))
    contract_id: Mapped[uuid.UUID]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    summary: Mapped[str] = mapped_column(LongText)
    file_name: Mapped[str] = mapped_column(sa.String(120), default="")
    mime: Mapped[str] = mapped_column(sa.String(80), default="")
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    stored_key: Mapped[str] = mapped_column(sa.String(60), default="", index=True)
    handed_at: Mapped[datetime]
    handed_by_id: Mapped[uuid.UUID | None]
    handed_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    state: Mapped[State] = enum_column(State, default=State.HANDED_IN)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    remark: Mapped[str] = mapped_column(sa.String(REMARK), default="")


class DeliveryComment(Keyed, Base):
    """A remark of either side on a version (A31: the plan is talked over before it is approved)."""

    __tablename__ = "delivery_comments"

    delivery_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("deliveries.id"), index=True)
    contract_id: Mapped[uuid.UUID]
    version: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(REMARK))
    at: Mapped[datetime]
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(NAME))
    author_organisation: Mapped[str] = mapped_column(sa.String(100), default="")


class DueDay(Keyed, Base):
    """The due moment of one cycle as it was last computed: what a change of calendar or terms is compared with.

    Pages compute; this is only the memory that makes a move visible. ``due_at`` None: not agreed, or not computable.
    """

    __tablename__ = "deliverable_due_days"
    __table_args__ = (sa.UniqueConstraint("contract_id", "key", "cycle_on"),)

    contract_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(sa.String(KEY))
    cycle_on: Mapped[date]
    due_at: Mapped[datetime | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    computed_at: Mapped[datetime]


class DueMove(Keyed, Base):
    """A due day that moved: from when to when, and why. Written once."""

    __tablename__ = "deliverable_due_moves"
    __table_args__ = (sa.Index("ix_deliverable_due_moves_contract", "contract_id", "moved_at"),)

    contract_id: Mapped[uuid.UUID]
    key: Mapped[str] = mapped_column(sa.String(KEY))
    cycle_on: Mapped[date]
    before_at: Mapped[datetime | None]
    after_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(300))
    moved_at: Mapped[datetime]
