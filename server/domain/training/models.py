"""The room's rows: trainings, who was there, answers, papers, history, and templates of courses."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, Keyed, LongText, enum_column
from server.domain.training.vocabulary import AHEAD, FileKind, Ground, Mode, State, Step, Way

NAME = 64
TOPIC = 120
PLACE = 120
UNIT = 100
ORGANISATION = 120
TITLE = 60
AUDIENCE = 200
REASON = 500
MASKED = 30
CHECK_IN_AFTER_END = timedelta(minutes=30)


class Training(Keyed, Base):
    """One training: planned, held, and on paper.

    The trainer is a named person: ``trainer_id`` of the contract's roster, or somebody else with organisation and title.
    ``planned_*`` stay when it is held; ``actual_*`` and ``hours`` come then (``hours_reason``: why they are not what the
    clock says). ``questions`` are the questionnaire as it is asked here (see ``questions``).
    """

    __tablename__ = "trainings"
    __table_args__ = (
        sa.Index("ix_trainings_contract", "contract_id", "planned_start"),
        sa.Index("ix_trainings_state", "state", "planned_end"),
    )

    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    ground: Mapped[Ground] = enum_column(Ground)
    release_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("releases.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
    topic: Mapped[str] = mapped_column(sa.String(TOPIC))
    content: Mapped[str] = mapped_column(LongText, default="")
    mode: Mapped[Mode] = enum_column(Mode)
    place: Mapped[str] = mapped_column(sa.String(PLACE), default="")
    audience: Mapped[str] = mapped_column(sa.String(AUDIENCE), default="")
    trainer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("staff_maintainers.id"), index=True)
    trainer_name: Mapped[str] = mapped_column(sa.String(NAME))
    trainer_organisation: Mapped[str] = mapped_column(sa.String(ORGANISATION), default="")
    trainer_title: Mapped[str] = mapped_column(sa.String(TITLE), default="")
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    actual_start: Mapped[datetime | None]
    actual_end: Mapped[datetime | None]
    hours: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 1))
    hours_reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
    outcome: Mapped[str] = mapped_column(LongText, default="")
    questions: Mapped[list[Any]]
    state: Mapped[State] = enum_column(State, default=State.PLANNED)
    state_reason: Mapped[str] = mapped_column(sa.String(REASON), default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[uuid.UUID | None]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    @property
    def free(self) -> bool:
        """Whether the contract has it given for nothing (A32): its paper says cost 0."""
        return self.ground is Ground.AFTER_RELEASE

    @property
    def check_in_until(self) -> datetime:
        """When check-in ends by itself, should nobody end it."""
        return self.planned_end + CHECK_IN_AFTER_END

    def overdue_at(self, moment: datetime) -> bool:
        """Whether the planned time has passed without the training being held."""
        return self.state in AHEAD and self.planned_end < moment


class Attendance(Keyed, Base):
    """Somebody was there. ``citizen_id``: their account, where they checked in themselves; once for each training.

    Of the phone number only the mask is kept. ``forgotten_at``: the account was cancelled, the name goes once it is on
    paper (``erased_at``).
    """

    __tablename__ = "training_attendances"
    __table_args__ = (
        sa.UniqueConstraint("training_id", "citizen_id"),
        sa.Index("ix_training_attendances_time", "training_id", "checked_in_at"),
        sa.Index("ix_training_attendances_forgotten", "forgotten_at", "erased_at"),
    )

    training_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("trainings.id"))
    citizen_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME))
    unit: Mapped[str] = mapped_column(sa.String(UNIT))
    phone_masked: Mapped[str] = mapped_column(sa.String(MASKED), default="")
    way: Mapped[Way] = enum_column(Way)
    late: Mapped[bool] = mapped_column(default=False)
    checked_in_at: Mapped[datetime]
    entered_by_name: Mapped[str] = mapped_column(sa.String(NAME), default="")
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    forgotten_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Answer(Keyed, Base):
    """What somebody who was there answered, in the order of the training's questions."""

    __tablename__ = "training_answers"

    training_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("trainings.id"), index=True)
    attendance_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("training_attendances.id"), unique=True)
    answers: Mapped[list[Any]]
    answered_at: Mapped[datetime]


class TrainingFile(Keyed, Base):
    """A paper that belongs to a training: its slides, the sheet that hands have signed, a photograph."""

    __tablename__ = "training_files"

    training_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("trainings.id"), index=True)
    contract_id: Mapped[uuid.UUID]
    kind: Mapped[FileKind] = enum_column(FileKind)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    mime: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stored_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    added_at: Mapped[datetime]
    added_by_name: Mapped[str] = mapped_column(sa.String(NAME))


class TrainingEvent(Keyed, Base):
    """A line of a training's history."""

    __tablename__ = "training_events"
    __table_args__ = (sa.Index("ix_training_events_training", "training_id", "at"),)

    training_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("trainings.id"))
    step: Mapped[Step] = enum_column(Step)
    state: Mapped[State] = enum_column(State)
    at: Mapped[datetime]
    actor_name: Mapped[str] = mapped_column(sa.String(NAME))
    by_vendor: Mapped[bool]
    text: Mapped[str] = mapped_column(LongText, default="")


class TrainingTemplate(Keyed, Base):
    """A course that is given again and again: what a new plan begins with."""

    __tablename__ = "training_templates"

    contract_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("contracts.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    ground: Mapped[Ground] = enum_column(Ground)
    mode: Mapped[Mode] = enum_column(Mode)
    topic: Mapped[str] = mapped_column(sa.String(TOPIC))
    content: Mapped[str] = mapped_column(LongText, default="")
    place: Mapped[str] = mapped_column(sa.String(PLACE), default="")
    audience: Mapped[str] = mapped_column(sa.String(AUDIENCE), default="")
    minutes: Mapped[int]
    questions: Mapped[list[Any]]
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_name: Mapped[str] = mapped_column(sa.String(NAME))
