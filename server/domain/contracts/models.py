"""Tables: contracts, the systems that they maintain, and the numbered revisions of their terms."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, enum_column
from server.core.enums import Labelled


class ContractState(Labelled):
    """Where a contract is in its life. A renewal is a new contract (A02), never a longer old one."""

    DRAFT = "draft", "草稿"
    ACTIVE = "active", "履行中"
    ENDED = "ended", "已终止"


class MaintainedSystem(Labelled):
    """What a contract keeps running."""

    MINI_PROGRAM = "mini_program", "微信小程序"
    DATA_EXCHANGE = "data_exchange", "市场主体数据交换"


class Contract(Keyed, Base):
    """One O&M contract. ``number`` is ours and unique; ``paper_number`` is what the paper says, even if incomplete.

    ``vendor_id`` is the vendor's organisation; ``revision`` the newest of its terms; ``version`` moves with each change.
    """

    __tablename__ = "contracts"

    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    paper_number: Mapped[str] = mapped_column(sa.String(80), default="")
    title: Mapped[str] = mapped_column(sa.String(200))
    vendor_id: Mapped[uuid.UUID] = mapped_column(index=True)
    vendor_name: Mapped[str] = mapped_column(sa.String(120))
    bureau_name: Mapped[str] = mapped_column(sa.String(120))
    state: Mapped[ContractState] = enum_column(ContractState, default=ContractState.DRAFT)
    effective_on: Mapped[date | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ContractSystem(Base):
    """A system that a contract maintains."""

    __tablename__ = "contract_systems"

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    system: Mapped[MaintainedSystem] = enum_column(MaintainedSystem, primary_key=True)


class ContractTerms(Keyed, Base):
    """One revision of a contract's terms; written once, never changed. ``sha256`` is of the terms' canonical JSON."""

    __tablename__ = "contract_terms"
    __table_args__ = (sa.UniqueConstraint("contract_id", "revision"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    revision: Mapped[int]
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.String(500))
    effective_from: Mapped[date]
    terms: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
