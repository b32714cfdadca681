"""Tables: every maintained day, every maintained year, and one counter that moves with each change."""

from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, enum_column
from server.domain.calendar.working import DayKind, YearStatus


class CalendarDay(Base):
    """One day of a maintained year; ``version`` is the calendar's at the day's last change."""

    __tablename__ = "calendar_days"

    day_on: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(index=True)
    kind: Mapped[DayKind] = enum_column(DayKind)
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    version: Mapped[int]


class CalendarYear(Base):
    """A year, how sure its days are, and where they came from."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[YearStatus] = enum_column(YearStatus)
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    version: Mapped[int]
    updated_at: Mapped[datetime]


class CalendarVersion(Base):
    """The one row that says which version is in force. ``stamp`` is new with every change, so that a version number
    that was rolled back and given again is not taken for the same calendar."""

    __tablename__ = "calendar_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    stamp: Mapped[uuid.UUID]
    changed_at: Mapped[datetime]
