"""Tables of breach: penalties claimed, orders to rectify, and matters that have no figure."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Json, Keyed, LongText, enum_column
from server.domain.contracts import Party
from server.domain.payments.models import KEY, NAME
from server.domain.payments.vocabulary import ClaimState, MatterKind, MatterStage, OrderOutcome, OrderState


class Claim(Keyed, Base):
    """A penalty claimed for one event. ``live_key`` is contract, event and family of clauses that exclude each other,
    and unique while the claim stands: the double entry of finding 7 cannot be written.

    ``computed`` and ``worksheet`` are a reference; ``settled`` is what both sides agreed.
    """

    __tablename__ = "penalty_claims"
    __table_args__ = (sa.Index("ix_penalty_claims_contract", "contract_id", "state"),)

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    penalty: Mapped[str] = mapped_column(sa.String(KEY))
    title: Mapped[str] = mapped_column(sa.String(200))
    owed_by: Mapped[Party] = enum_column(Party)
    event: Mapped[str] = mapped_column(sa.String(200))
    live_key: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    milestone: Mapped[str] = mapped_column(sa.String(KEY), default="")
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    ticket_number: Mapped[str] = mapped_column(sa.String(24), default="")
    material_id: Mapped[uuid.UUID | None]
    occurred_on: Mapped[date]
    facts: Mapped[str] = mapped_column(LongText, default="")
    computed: Mapped[Decimal | None]
    worksheet: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refund: Mapped[bool] = mapped_column(default=False)
    state: Mapped[ClaimState] = enum_column(ClaimState, default=ClaimState.OPEN)
    bureau_amount: Mapped[Decimal | None]
    bureau_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    vendor_amount: Mapped[Decimal | None]
    vendor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    settled: Mapped[Decimal | None]
    settled_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RectificationOrder(Keyed, Base):
    """An order to put something right by a day (B30). While it is overdue, the contract's payment gate is closed.

    ``found_undone``: the last recheck found it not done and gave no other day.
    """

    __tablename__ = "rectification_orders"
    __table_args__ = (sa.Index("ix_rectification_orders_contract", "contract_id", "state"),)

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    ticket_id: Mapped[uuid.UUID | None]
    ticket_number: Mapped[str] = mapped_column(sa.String(24), default="")
    facts: Mapped[str] = mapped_column(LongText)
    demands: Mapped[str] = mapped_column(LongText)
    issued_on: Mapped[date]
    due_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[OrderState] = enum_column(OrderState, default=OrderState.ORDERED)
    answer: Mapped[str] = mapped_column(LongText, default="")
    answered_on: Mapped[date | None]
    rechecked_on: Mapped[date | None]
    recheck_remark: Mapped[str] = mapped_column(LongText, default="")
    found_undone: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[OrderOutcome | None] = enum_column(OrderOutcome)
    outcome_note: Mapped[str] = mapped_column(LongText, default="")
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Matter(Keyed, Base):
    """A dispute, force majeure, an infringement or a general breach: written down, nothing computed."""

    __tablename__ = "contract_matters"
    __table_args__ = (sa.Index("ix_contract_matters_contract", "contract_id", "stage"),)

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    kind: Mapped[MatterKind] = enum_column(MatterKind)
    title: Mapped[str] = mapped_column(sa.String(200))
    facts: Mapped[str] = mapped_column(LongText)
    proof: Mapped[str] = mapped_column(LongText, default="")
    occurred_on: Mapped[date]
    notified_on: Mapped[date | None]
    loss: Mapped[Decimal | None]
    stage: Mapped[MatterStage] = enum_column(MatterStage, default=MatterStage.NOTIFIED)
    outcome: Mapped[str] = mapped_column(LongText, default="")
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
