"""Spoken numbers without gaps: a counter row per series and year, moved in the transaction that uses it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, session


class Serial(Base):
    """The last number given in a series; a rolled-back unit gives its number back."""

    __tablename__ = "serials"

    series: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


def next_number(series: str, year: int) -> int:
    """The next number of a series in a year, from 1. Writers of one series wait for each other."""
    moved = (
        sa.update(Serial).where(Serial.series == series, Serial.year == year).values(last=Serial.last + 1)
    ).execution_options(synchronize_session=False)
    if session().execute(moved).rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult
        try:
            with session().begin_nested():
                session().execute(sa.insert(Serial).values(series=series, year=year, last=1))
                return 1
        except IntegrityError:
            session().execute(moved)
    return session().scalars(sa.select(Serial.last).where(Serial.series == series, Serial.year == year)).one()
