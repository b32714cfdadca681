"""The room's rows: designated people with skills, replacements, departures, subcontracts, papers and history."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.staffing.vocabulary import (
    Ability,
    CheckItem,
    Disposition,
    DocumentKind,
    EventKind,
    Reason,
    ReplacementState,
    Review,
    SkillLevel,
    SubcontractState,
    SubjectKind,
)

NAME = 64
ROLE = 80
NUMBER = 24


class Maintainer(Keyed, Base):
    """One person designated for a contract from a day on (A17).

    ``valid_to`` is the last day, if known. ``experience_years`` are the whole years on ``valid_from``,
    ``required_years`` what the contract asked for then (None: 未约定). ``subcontract_id``: somebody else's employee.
    """

    __tablename__ = "staff_maintainers"
    __table_args__ = (sa.Index("ix_staff_maintainers_contract", "contract_id", "valid_from"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    officer_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    role: Mapped[str] = mapped_column(sa.String(ROLE))
    experience_from: Mapped[date]
    experience: Mapped[str] = mapped_column(LongText, default="")
    experience_years: Mapped[int]
    required_years: Mapped[int | None]
    subcontract_id: Mapped[uuid.UUID | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    review: Mapped[Review] = enum_column(Review, default=Review.PENDING)
    review_remark: Mapped[str] = mapped_column(sa.String(500), default="")
    reviewed_at: Mapped[datetime | None]
    reviewed_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[uuid.UUID | None]
    assigned_by_name: Mapped[str] = mapped_column(sa.String(NAME))

    @property
    def short_of_experience(self) -> bool:
        """Whether less experience than agreed was there on the first day: only a substitute's can be (A18)."""
        return self.required_years is not None and self.experience_years < self.required_years

    def serves_on(self, day: date) -> bool:
        """Whether the person is designated on a day."""
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return in_time and self.review in (Review.PENDING, Review.AGREED)


class Skill(Keyed, Base):
    """What somebody knows and how well (B15: staff must know the processes)."""

    __tablename__ = "staff_skills"
    __table_args__ = (sa.UniqueConstraint("maintainer_id", "name"),)

    maintainer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_maintainers.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    level: Mapped[SkillLevel] = enum_column(SkillLevel)


class Replacement(Keyed, Base):
    """A notice that somebody will be replaced (A18). ``breaches``: values of ``Breach`` as last computed.

    ``notice_by`` is the day by which the notice had to be received under the terms of ``revision``; None: 未约定.
    """

    __tablename__ = "staff_replacements"
    __table_args__ = (sa.Index("ix_staff_replacements_state", "state", "effective_on"),)

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    maintainer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_maintainers.id"), index=True)
    substitute_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_maintainers.id"), index=True)
    reason: Mapped[Reason] = enum_column(Reason)
    note: Mapped[str] = mapped_column(LongText, default="")
    received_on: Mapped[date]
    effective_on: Mapped[date]
    notice_by: Mapped[date | None]
    comparison: Mapped[str] = mapped_column(LongText, default="")
    breaches: Mapped[list[Any]]
    revision: Mapped[int]
    state: Mapped[ReplacementState] = enum_column(ReplacementState, default=ReplacementState.NOTIFIED)
    ability: Mapped[Ability] = enum_column(Ability, default=Ability.PENDING)
    judge_remark: Mapped[str] = mapped_column(sa.String(500), default="")
    judged_at: Mapped[datetime | None]
    judged_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    effected_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))

    @property
    def in_breach(self) -> bool:
        """Whether anything of the contract was not kept."""
        return bool(self.breaches)


class OffBoarding(Keyed, Base):
    """Somebody's departure: ``last_on`` is the last day; access ends with it (A39)."""

    __tablename__ = "staff_off_boardings"
    __table_args__ = (sa.Index("ix_staff_off_boardings_open", "access_ended_at", "last_on"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    maintainer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_maintainers.id"), unique=True)
    last_on: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    access_ended_at: Mapped[datetime | None]
    access_note: Mapped[str] = mapped_column(sa.String(200), default="")
    finished_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))


class OffBoardingItem(Keyed, Base):
    """One line of the departure's checklist."""

    __tablename__ = "staff_off_boarding_items"
    __table_args__ = (sa.UniqueConstraint("off_boarding_id", "item"),)

    off_boarding_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("staff_off_boardings.id"))
    item: Mapped[CheckItem] = enum_column(CheckItem)
    disposition: Mapped[Disposition] = enum_column(Disposition, default=Disposition.OPEN)
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    settled_at: Mapped[datetime | None]
    settled_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")


class Subcontract(Keyed, Base):
    """Work handed to a third party, which needs the bureau's consent in writing (A33)."""

    __tablename__ = "staff_subcontracts"

    number: Mapped[str] = mapped_column(sa.String(NUMBER), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    party: Mapped[str] = mapped_column(sa.String(120))
    scope: Mapped[str] = mapped_column(LongText)
    reason: Mapped[str] = mapped_column(LongText)
    touches_data: Mapped[bool]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[SubcontractState] = enum_column(SubcontractState, default=SubcontractState.REQUESTED)
    consented_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    remark: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))

    def holds_on(self, day: date) -> bool:
        """Whether people of the third party may work on a day."""
        return self.state is SubcontractState.CONSENTED and self.starts_on <= day <= self.ends_on


class StaffDocument(Keyed, Base):
    """A paper that proves something, kept in the room's folder."""

    __tablename__ = "staff_documents"
    __table_args__ = (sa.Index("ix_staff_documents_subject", "subject_kind", "subject_id"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    subject_kind: Mapped[SubjectKind] = enum_column(SubjectKind)
    subject_id: Mapped[uuid.UUID]
    kind: Mapped[DocumentKind] = enum_column(DocumentKind)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    uploaded_at: Mapped[datetime]
    uploaded_by_name: Mapped[str] = mapped_column(sa.String(NAME))


class StaffEvent(Keyed, Base):
    """One line of a person's, a notice's or a subcontract's history; never changed."""

    __tablename__ = "staff_events"
    __table_args__ = (sa.Index("ix_staff_events_subject", "subject_kind", "subject_id"),)

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    subject_kind: Mapped[SubjectKind] = enum_column(SubjectKind)
    subject_id: Mapped[uuid.UUID]
    kind: Mapped[EventKind] = enum_column(EventKind)
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME))
    by_vendor: Mapped[bool]
    text: Mapped[str] = mapped_column(LongText, default="")
