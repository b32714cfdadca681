"""The rows of what is handed on to others; each belongs to a contract."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.identity import ActorKind
from server.domain.referrals.vocabulary import (
    ApplicationState,
    EventKind,
    ExternalState,
    Handling,
    Medium,
    Outcome,
    RequirementOutcome,
    RequirementState,
    SheetKind,
    SheetState,
    Subject,
    Urgency,
    Verdict,
)
from server.domain.tickets import Channel

NUMBER = 64
TITLE = 120
NAME = 64
LINE = 100
LONG_LINE = 200


class Sheet(Keyed, Base):
    """应用系统问题反馈单 (B17, §5.1): a problem of somebody else's software, with what became of it."""

    __tablename__ = "referral_sheets"
    __table_args__ = (
        sa.Index("ix_referral_sheets_contract", "contract_id", "state", "found_at"),
        sa.Index("ix_referral_sheets_ticket", "ticket_id"),
    )

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID]
    ticket_id: Mapped[uuid.UUID | None]
    ticket_number: Mapped[str] = mapped_column(sa.String(24), default="")
    state: Mapped[SheetState] = enum_column(SheetState, default=SheetState.FILED)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    system: Mapped[str] = mapped_column(sa.String(LINE))
    module: Mapped[str] = mapped_column(sa.String(LINE), default="")
    kind: Mapped[SheetKind] = enum_column(SheetKind)
    urgency: Mapped[Urgency] = enum_column(Urgency, default=Urgency.NORMAL)
    channel: Mapped[Channel] = enum_column(Channel)
    reporter_unit: Mapped[str] = mapped_column(sa.String(LINE), default="")
    reporter_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    reporter_phone: Mapped[str | None] = mapped_column(sa.String(512))
    found_at: Mapped[datetime]
    steps: Mapped[str] = mapped_column(LongText, default="")
    expected: Mapped[str] = mapped_column(LongText, default="")
    actual: Mapped[str] = mapped_column(LongText)
    first_judgement: Mapped[str] = mapped_column(LongText, default="")
    sent_to: Mapped[str] = mapped_column(sa.String(LINE), default="")
    sent_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    verdict: Mapped[Verdict | None] = enum_column(Verdict)
    analysis: Mapped[str] = mapped_column(LongText, default="")
    handling: Mapped[Handling | None] = enum_column(Handling)
    planned_on: Mapped[date | None]
    external_number: Mapped[str] = mapped_column(sa.String(NAME), default="")
    external_state: Mapped[ExternalState] = enum_column(ExternalState, default=ExternalState.NOT_SENT)
    outcome: Mapped[Outcome | None] = enum_column(Outcome)
    result: Mapped[str] = mapped_column(LongText, default="")
    settled_at: Mapped[datetime | None]
    visited_at: Mapped[datetime | None]
    satisfied: Mapped[bool | None]
    visit_note: Mapped[str] = mapped_column(sa.String(LONG_LINE), default="")
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Requirement(Keyed, Base):
    """需求提交单 (B18): a wish for change, told to the bureau, which hands it on to the province or not."""

    __tablename__ = "referral_requirements"
    __table_args__ = (
        sa.Index("ix_referral_requirements_contract", "contract_id", "state", "submitted_at"),
        sa.Index("ix_referral_requirements_ticket", "ticket_id"),
    )

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID]
    ticket_id: Mapped[uuid.UUID | None]
    ticket_number: Mapped[str] = mapped_column(sa.String(24), default="")
    sheet_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("referral_sheets.id"), index=True)
    state: Mapped[RequirementState] = enum_column(RequirementState, default=RequirementState.SUBMITTED)
    title: Mapped[str] = mapped_column(sa.String(TITLE))
    system: Mapped[str] = mapped_column(sa.String(LINE))
    module: Mapped[str] = mapped_column(sa.String(LINE), default="")
    urgency: Mapped[Urgency] = enum_column(Urgency, default=Urgency.NORMAL)
    proposer_unit: Mapped[str] = mapped_column(sa.String(LINE), default="")
    proposer_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    text: Mapped[str] = mapped_column(LongText)
    reason: Mapped[str] = mapped_column(LongText, default="")
    submitted_at: Mapped[datetime]
    forwarded_at: Mapped[datetime | None]
    forwarded_to: Mapped[str] = mapped_column(sa.String(LINE), default="")
    planned_on: Mapped[date | None]
    external_number: Mapped[str] = mapped_column(sa.String(NAME), default="")
    external_state: Mapped[ExternalState] = enum_column(ExternalState, default=ExternalState.NOT_SENT)
    outcome: Mapped[RequirementOutcome | None] = enum_column(RequirementOutcome)
    result: Mapped[str] = mapped_column(LongText, default="")
    settled_at: Mapped[datetime | None]
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Application(Keyed, Base):
    """数据申请单 (B19): help with applying for catalogued provincial data at the city bureau's data office."""

    __tablename__ = "referral_applications"
    __table_args__ = (sa.Index("ix_referral_applications_contract", "contract_id", "state"),)

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID]
    ticket_id: Mapped[uuid.UUID | None]
    ticket_number: Mapped[str] = mapped_column(sa.String(24), default="")
    state: Mapped[ApplicationState] = enum_column(ApplicationState, default=ApplicationState.DRAFT)
    item: Mapped[str] = mapped_column(sa.String(TITLE))
    item_code: Mapped[str] = mapped_column(sa.String(NAME), default="")
    provider: Mapped[str] = mapped_column(sa.String(LINE), default="")
    applicant_unit: Mapped[str] = mapped_column(sa.String(LINE))
    purpose: Mapped[str] = mapped_column(LongText)
    extent: Mapped[str] = mapped_column(LongText, default="")
    submitted_on: Mapped[date | None]
    submitted_to: Mapped[str] = mapped_column(sa.String(LINE), default="")
    approved_on: Mapped[date | None]
    approved_by: Mapped[str] = mapped_column(sa.String(LINE), default="")
    refused_on: Mapped[date | None]
    refusal: Mapped[str] = mapped_column(sa.String(LONG_LINE), default="")
    expected_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    delivery: Mapped[str] = mapped_column(sa.String(LONG_LINE), default="")
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class FrontDatabase(Keyed, Base):
    """前置库 (B20): the particulars of a city front-end database. How to sign in is nobody's to write here."""

    __tablename__ = "referral_databases"
    __table_args__ = (sa.UniqueConstraint("contract_id", "name"),)

    contract_id: Mapped[uuid.UUID]
    name: Mapped[str] = mapped_column(sa.String(LINE))
    purpose: Mapped[str] = mapped_column(sa.String(LONG_LINE), default="")
    product: Mapped[str] = mapped_column(sa.String(NAME), default="")
    zone: Mapped[str] = mapped_column(sa.String(LINE), default="")
    address: Mapped[str] = mapped_column(sa.String(LINE), default="")
    account: Mapped[str] = mapped_column(sa.String(NAME), default="")
    keeper: Mapped[str] = mapped_column(sa.String(LINE), default="")
    note: Mapped[str] = mapped_column(LongText, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Liaison(Keyed, Base):
    """沟通记录 (B20): one talk with those who deliver the data. Never changed; a correction is another entry."""

    __tablename__ = "referral_liaisons"
    __table_args__ = (sa.Index("ix_referral_liaisons_contract", "contract_id", "at"),)

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID]
    application_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("referral_applications.id"), index=True)
    database_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("referral_databases.id"), index=True)
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("referral_liaisons.id"), unique=True)
    at: Mapped[datetime]
    medium: Mapped[Medium] = enum_column(Medium)
    with_unit: Mapped[str] = mapped_column(sa.String(LINE))
    with_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    topic: Mapped[str] = mapped_column(sa.String(TITLE))
    text: Mapped[str] = mapped_column(LongText)
    result: Mapped[str] = mapped_column(LongText, default="")
    follow_up: Mapped[str] = mapped_column(sa.String(LONG_LINE), default="")
    follow_up_on: Mapped[date | None]
    followed_at: Mapped[datetime | None]
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(LINE), default="")
    created_at: Mapped[datetime]


class ReferralEvent(Keyed, Base):
    """One line of a matter's log, never changed. ``at`` is when it happened, ``recorded_at`` when it was written."""

    __tablename__ = "referral_events"
    __table_args__ = (sa.Index("ix_referral_events_subject", "subject_id", "recorded_at"),)

    subject_kind: Mapped[Subject] = enum_column(Subject)
    subject_id: Mapped[uuid.UUID]
    kind: Mapped[EventKind] = enum_column(EventKind)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = enum_column(ActorKind)
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    organisation: Mapped[str] = mapped_column(sa.String(LINE), default="")
    by_vendor: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(LongText, default="")
    data: Mapped[dict[str, Any]]


class SheetPaper(Keyed, Base):
    """A screenshot or paper of a feedback sheet; the file lies in this room's own folder."""

    __tablename__ = "referral_papers"

    sheet_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral_sheets.id"), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_key: Mapped[str] = mapped_column(sa.String(60))
    added_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    added_at: Mapped[datetime]
