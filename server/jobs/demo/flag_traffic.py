"""The demo's evaluations: who asked for flags in the last two weeks, counted as the service counts them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock, tallies
from server.core.db import reading, session
from server.domain import flags
from server.domain.flags import ContextSampler, Environment, FlagSet, Revision
from server.jobs.demo.flag_documents import TESTERS, tester

DAYS = 14
# Contexts are kept for so many days.
RECORDED = 7
A_DAY = {Environment.DEVELOP: 24, Environment.TRIAL: 40, Environment.RELEASE: 420}
WEEKEND = 0.6
SATURDAY = 5
PLATFORMS = ("android",) * 10 + ("ios",) * 7 + ("ohos",) * 2 + ("windows",)
LIBRARIES = ("3.7.2",) * 11 + ("3.6.6",) * 4 + ("3.5.8",) * 3 + ("3.3.4", "2.33.0")
REGIONS = ("330402", "330411", "330421", "330424", "330481")
# How many of twenty have the newest version, by days ago.
NEWEST_SINCE, NEWEST_OF_TWENTY = 3, 2


def play_evaluations(now: datetime) -> None:
    """Two weeks, day by day; each day's flags are those of that day's revision."""
    for days in range(DAYS - 1, -1, -1):
        moment = now - timedelta(days=days)
        with clock.replaying(moment):
            for environment in Environment:
                _day(environment, moment, days)
            tallies.flush()


def _day(environment: Environment, moment: datetime, days: int) -> None:
    with reading():
        compiled = _compiled(environment, moment)
    if compiled is None:
        return
    sampler = ContextSampler(environment, compiled.attributes) if days < RECORDED else None
    weekday = clock.to_local(moment).weekday()
    count = int(A_DAY[environment] * (WEEKEND if weekday >= SATURDAY else 1.0) * (1 + days % 3 / 10))
    for context in _askers(environment, days, count):
        found = compiled.outcomes(context, at=moment)
        flags.note_evaluations(environment, context.get("version"), found)
        if sampler is not None:
            sampler.note(context, pseudonymous=True)


def _compiled(environment: Environment, moment: datetime) -> FlagSet | None:
    held = sa.select(sa.func.max(Revision.number))
    number = session().scalar(held.where(Revision.environment == environment, Revision.created_at <= moment))
    return None if number is None else flags.compile_set(flags.document_of(flags.content(environment, number)))


def _askers(environment: Environment, days: int, count: int) -> Iterator[dict[str, Any]]:
    """The same people each day, with phones that stay theirs; numbers without a common divisor keep them apart."""
    for number in range(count):
        person = (number * 7 + days * 13) % 600
        yield {
            "targetingKey": tester(person) if person < TESTERS else flags.pseudonym(f"demo-citizen-{person}"),
            "environment": environment.value,
            "version": _version(environment, person, days),
            "platform": PLATFORMS[person % len(PLATFORMS)],
            "baseLibrary": LIBRARIES[person // 3 % len(LIBRARIES)],
            "region": REGIONS[person % len(REGIONS)],
        }


def _version(environment: Environment, person: int, days: int) -> str:
    if environment is not Environment.RELEASE:
        return "1.5.1" if days < 1 else "1.5.0"
    if days <= NEWEST_SINCE and person % 20 < NEWEST_OF_TWENTY:
        return "1.5.0"
    return "1.4.1" if person % 11 == 0 else "1.4.2"
