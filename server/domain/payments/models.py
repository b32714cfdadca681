"""Tables of payment: instalments with their due day, applications, invoices, payments, and the account they go to."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.payments.vocabulary import ApplicationState, InvoiceState, MoneyStep, PayeeState, Subject

NAME = 64
KEY = 60


class PaymentMilestone(Keyed, Base):
    """One instalment's due day as last computed, kept so that a changed calendar can show what it moved.

    The row is also what writers of one instalment hold. ``due_on`` None: events are missing, or a year is (``note``).
    """

    __tablename__ = "payment_milestones"
    __table_args__ = (sa.UniqueConstraint("contract_id", "milestone"), sa.Index("ix_payment_milestones_due", "due_on"))

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    milestone: Mapped[str] = mapped_column(sa.String(KEY))
    due_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    calendar_version: Mapped[int]
    contract_revision: Mapped[int]
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    settled_on: Mapped[date | None]
    updated_at: Mapped[datetime]


class DueChange(Keyed, Base):
    """A due day that moved, and why."""

    __tablename__ = "payment_due_changes"

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    milestone: Mapped[str] = mapped_column(sa.String(KEY))
    before_on: Mapped[date | None]
    after_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(sa.String(300))
    at: Mapped[datetime]


class Application(Keyed, Base):
    """A vendor's application for one instalment. ``version`` is the number of its last log line.

    ``open_key`` is set while it is not over, and unique: one open application an instalment. The payee is what the
    contract said on the day of the application; ``payee_digest`` tells whether that is still so.
    """

    __tablename__ = "payment_applications"
    __table_args__ = (
        sa.CheckConstraint("paid <= amount", name="paid_at_most"),
        sa.Index("ix_payment_applications_contract", "contract_id", "milestone"),
        sa.Index("ix_payment_applications_state", "state", "applied_on"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    milestone: Mapped[str] = mapped_column(sa.String(KEY))
    title: Mapped[str] = mapped_column(sa.String(200))
    amount: Mapped[Decimal]
    words: Mapped[str] = mapped_column(sa.String(120))
    paid: Mapped[Decimal] = mapped_column(default=Decimal(0))
    basis: Mapped[str] = mapped_column(LongText, default="")
    state: Mapped[ApplicationState] = enum_column(ApplicationState)
    open_key: Mapped[str | None] = mapped_column(sa.String(100), unique=True)
    payee_name: Mapped[str] = mapped_column(sa.String(120))
    payee_bank: Mapped[str] = mapped_column(sa.String(120), default="")
    payee_masked: Mapped[str] = mapped_column(sa.String(40), default="")
    payee_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    applied_on: Mapped[date]
    applied_by_id: Mapped[uuid.UUID | None]
    applied_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    received_on: Mapped[date | None]
    checked_by_id: Mapped[uuid.UUID | None]
    checked_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    approved_by_id: Mapped[uuid.UUID | None]
    approved_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Invoice(Keyed, Base):
    """An invoice as received. ``live_number`` is its number while it counts: a seller's number counts once."""

    __tablename__ = "payment_invoices"
    __table_args__ = (sa.UniqueConstraint("seller_id", "live_number"),)

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("payment_applications.id"), index=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    milestone: Mapped[str] = mapped_column(sa.String(KEY))
    seller_id: Mapped[uuid.UUID]
    state: Mapped[InvoiceState] = enum_column(InvoiceState, default=InvoiceState.VALID)
    kind: Mapped[str] = mapped_column(sa.String(32))
    number: Mapped[str] = mapped_column(sa.String(40))
    live_number: Mapped[str | None] = mapped_column(sa.String(40))
    issued_on: Mapped[date]
    received_on: Mapped[date]
    amount: Mapped[Decimal]
    tax_rate: Mapped[Decimal] = mapped_column(sa.Numeric(6, 4))
    tax_amount: Mapped[Decimal]
    buyer_title: Mapped[str] = mapped_column(sa.String(120))
    buyer_tax_number: Mapped[str] = mapped_column(sa.String(40))
    reject_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    registered_by_id: Mapped[uuid.UUID | None]
    registered_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]


class Payment(Keyed, Base):
    """Money that went out, under the bank's reference, which is entered once."""

    __tablename__ = "payments"
    __table_args__ = (sa.UniqueConstraint("contract_id", "reference"),)

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("payment_applications.id"), index=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    milestone: Mapped[str] = mapped_column(sa.String(KEY))
    paid_on: Mapped[date]
    amount: Mapped[Decimal]
    reference: Mapped[str] = mapped_column(sa.String(80))
    recorded_by_id: Mapped[uuid.UUID | None]
    recorded_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]


class PayeeChange(Keyed, Base):
    """Another account, wanted by one side; in force when the other side confirms (A26). The number lies sealed."""

    __tablename__ = "payee_changes"

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    state: Mapped[PayeeState] = enum_column(PayeeState, default=PayeeState.PROPOSED)
    open_key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    bank: Mapped[str] = mapped_column(sa.String(120))
    account_sealed: Mapped[str] = mapped_column(sa.String(512))
    account_masked: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.String(500))
    by_vendor: Mapped[bool]
    proposed_by_id: Mapped[uuid.UUID | None]
    proposed_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    decided_by_id: Mapped[uuid.UUID | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MoneyEvent(Keyed, Base):
    """One line of the log of an application, a claim, an order or a matter: never changed, never deleted."""

    __tablename__ = "money_events"
    __table_args__ = (sa.UniqueConstraint("subject_id", "seq"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    subject_kind: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    seq: Mapped[int]
    step: Mapped[MoneyStep] = enum_column(MoneyStep)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(100), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class MoneyFile(Keyed, Base):
    """A paper that belongs to an application, a claim, an order or a matter; served to who may see that."""

    __tablename__ = "money_files"
    __table_args__ = (sa.Index("ix_money_files_subject", "subject_id"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    subject_kind: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    label: Mapped[str] = mapped_column(sa.String(60), default="")
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_key: Mapped[str] = mapped_column(sa.String(60), index=True)
    uploaded_by_id: Mapped[uuid.UUID | None]
    uploaded_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    uploaded_at: Mapped[datetime]
