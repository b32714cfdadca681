"""Spoken numbers without gaps: a counter row per series and year, moved in the transaction that uses it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base, run, session, table


class Serial(Base):
    """The last number given in a series; a rolled-back unit gives its number back."""

    __tablename__ = "serials"

    series: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


_serials = table(Serial)
_this_one = (_serials.c.series == sa.bindparam("of"), _serials.c.year == sa.bindparam("in"))
_MOVE = sa.update(_serials).where(*_this_one).values(last=_serials.c.last + 1)
_LAST = sa.select(_serials.c.last).where(*_this_one)


def prepare(series: str, year: int) -> None:
    """Make a series ready before its first number is taken.

    Three writers who would all begin a series at once lock each other out on MariaDB, and one would be turned away.
    """
    if session().get(Serial, (series, year)) is None:
        _begin(series, year, last=0)


def next_number(series: str, year: int) -> int:
    """The next number of a series in a year, from 1. Writers of one series wait for each other."""
    which = {"of": series, "in": year}
    if run(_MOVE, which).rowcount == 0:
        if _begin(series, year, last=1):
            return 1
        run(_MOVE, which)
    number: int = run(_LAST, which).scalar_one()
    return number


def _begin(series: str, year: int, *, last: int) -> bool:
    """Write the counter's row; False if somebody else just did."""
    try:
        with session().begin_nested():
            session().execute(sa.insert(Serial).values(series=series, year=year, last=last))
    except IntegrityError:
        return False
    return True
