"""Tables: contracts, the systems that they maintain, and the numbered revisions of their terms."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.core.enums import Labelled
from server.domain.contracts.choices import Party


class ContractState(Labelled):
    """Where a contract is in its life. A renewal is a new contract (A02), never a longer old one."""

    DRAFT = "draft", "草稿"
    ACTIVE = "active", "履行中"
    ENDED = "ended", "已终止"


class MaintainedSystem(Labelled):
    """What a contract keeps running."""

    MINI_PROGRAM = "mini_program", "微信小程序"
    DATA_EXCHANGE = "data_exchange", "市场主体数据交换"


class SupplementState(Labelled):
    """Where a supplement is in its life; a void one keeps its number."""

    DRAFT = "draft", "待签署"
    IN_FORCE = "in_force", "已生效"
    VOID = "void", "已作废"


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


class Supplement(Keyed, Base):
    """An agreement that changes a contract or prices what is outside of it (A23, A44, A47).

    ``changes`` are new values by path of the terms. ``revision`` is the one that its coming into force wrote.
    """

    __tablename__ = "contract_supplements"
    __table_args__ = (sa.UniqueConstraint("contract_id", "number"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    reason: Mapped[str] = mapped_column(sa.String(500))
    scope: Mapped[str] = mapped_column(LongText, default="")
    changes: Mapped[dict[str, Any]]
    amount_fen: Mapped[int | None] = mapped_column(sa.BigInteger)
    effective_from: Mapped[date]
    state: Mapped[SupplementState] = enum_column(SupplementState, default=SupplementState.DRAFT)
    in_force_on: Mapped[date | None]
    revision: Mapped[int | None]
    void_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[uuid.UUID | None]
    author_name: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def amount(self) -> Decimal | None:
        """The price in yuan of what the supplement adds; None where it adds none."""
        return None if self.amount_fen is None else Decimal(self.amount_fen) / 100

    @property
    def label(self) -> str:
        """补充协议第 1 号《…》."""
        return f"补充协议第 {self.number} 号《{self.title}》"


class Signing(Keyed, Base):
    """When one side signed and sealed a contract (``paper`` 0) or its supplement of that number (A47, B33)."""

    __tablename__ = "contract_signings"
    __table_args__ = (sa.UniqueConstraint("contract_id", "paper", "party"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    supplement_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("contract_supplements.id"))
    paper: Mapped[int] = mapped_column(default=0)
    party: Mapped[Party] = enum_column(Party)
    signed_on: Mapped[date | None]
    sealed_on: Mapped[date | None]
    signer: Mapped[str] = mapped_column(sa.String(64), default="")
    recorded_by_id: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(sa.String(64))
    recorded_at: Mapped[datetime]
