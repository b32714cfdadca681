"""How often each flag came to which variant, for each version of the mini program and day (Shanghai's).

Counting is cheap enough for every evaluation: a bulk appends one entry; entries become rows of a tally in batches.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core import clock
from server.core.db import Base, enum_column, hit, run, table
from server.core.tallies import Tally, before_flush, flush_soon
from server.domain.flags import access
from server.domain.flags.environments import Environment
from server.domain.flags.evaluation import Outcome
from server.domain.identity import Actor

# So many bulks are taken together; more would make one caller in so many wait longer.
BATCH = 200
LONGEST_VERSION = 32
VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}")


class FlagEvaluation(Base):
    """Evaluations of one flag to one variant by one version on one day. ``version`` is empty where none was told."""

    __tablename__ = "flag_evaluations"

    environment: Mapped[Environment] = enum_column(Environment, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    flag: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    variant: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(LONGEST_VERSION), primary_key=True)
    evaluations: Mapped[int] = mapped_column(sa.BigInteger)


_tally = Tally(
    FlagEvaluation,
    keys=("environment", "day", "flag", "variant", "version"),
    counts=("evaluations",),
    folds=("version",),
    within=("environment", "day"),
)
_rows = table(FlagEvaluation).c


@dataclass(frozen=True, slots=True)
class Evaluations:
    """One row of the counts."""

    day: date
    flag: str
    variant: str
    version: str
    count: int


# Appending and taking are atomic, so no evaluation waits for another's lock.
_waiting: deque[tuple[Environment, str, Sequence[Outcome]]] = deque()


def note_evaluations(environment: Environment, version: object, outcomes: Sequence[Outcome]) -> None:
    """Count what flags came to. ``version`` is what the caller says; what cannot be one is none. Errors are not counted."""
    known = version if isinstance(version, str) and VERSION.fullmatch(version) else ""
    _waiting.append((environment, known, outcomes))
    waiting = len(_waiting)
    if waiting == 1:
        flush_soon()
    elif waiting >= BATCH:
        hand_over()


def hand_over() -> None:
    """Give the tally what waits."""
    counted: dict[tuple[Environment, str], Counter[Outcome]] = {}
    try:
        while True:
            environment, version, outcomes = _waiting.popleft()
            counted.setdefault((environment, version), Counter()).update(outcomes)
    except IndexError:
        pass
    day = clock.today()
    for (environment, version), counter in counted.items():
        for outcome, count in counter.items():
            came = outcome.resolution
            if came.error_code is None:
                _tally.add((environment, day, came.key, came.variant or "", version), evaluations=count)


before_flush(hand_over)


def evaluation_counts(
    actor: Actor, environment: Environment, *, days: int, key: str | None = None
) -> list[Evaluations]:
    """The counts of the last ``days`` days, today included, oldest first; of one flag, if ``key`` names it."""
    access.need(actor)
    wanted = sa.select(_rows.day, _rows.flag, _rows.variant, _rows.version, _rows.evaluations).where(
        _rows.environment == environment, _rows.day > clock.today() - timedelta(days=days)
    )
    if key is not None:
        wanted = wanted.where(_rows.flag == key)
    found = run(wanted.order_by(_rows.day, _rows.flag, _rows.variant, _rows.version))
    return [Evaluations(*row) for row in found]


def last_evaluated(environment: Environment) -> dict[str, date]:
    """The last day on which each flag was evaluated; a flag that never was is missing."""
    wanted = (
        sa.select(_rows.flag, sa.func.max(_rows.day).label("day"))
        .where(_rows.environment == environment)
        .group_by(_rows.flag)
    )
    return {row.flag: row.day for row in run(wanted)}


def sparkline(environment: Environment, days: int) -> dict[str, list[int]]:
    """Evaluations of each flag on each of the last ``days`` days, today last; a flag without any is missing."""
    first = clock.today() - timedelta(days=days - 1)
    wanted = (
        sa.select(_rows.flag, _rows.day, sa.func.sum(_rows.evaluations))
        .where(_rows.environment == environment, _rows.day >= first)
        .group_by(_rows.flag, _rows.day)
    )
    lines: dict[str, list[int]] = {}
    for flag, day, count in run(wanted):
        at = (day - first).days
        if at < days:
            lines.setdefault(flag, [0] * days)[at] = int(count)
    return lines


def forget_evaluations(*, days: int) -> int:
    """Remove counts older than ``days`` days; how many rows."""
    return hit(sa.delete(FlagEvaluation).where(FlagEvaluation.day < clock.today() - timedelta(days=days)))
