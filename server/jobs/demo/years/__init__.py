"""Two contracts' whole years, played through the rooms' doors: what the demo shows as history, and what tests check.

Year A: the mini program's maintenance, 2025-03-04 to 2026-03-31. Year B: the data exchange, 2025-07-07 to 2026-07-06,
and its last payment in the summer after. The dice are seeded; what matters has fixed moments.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.core import clock
from server.core.db import unit
from server.domain.identity import Actor, Role
from server.jobs.demo.people import Town
from server.jobs.demo.years import (
    a_acceptance,
    a_desk,
    a_duty,
    a_money,
    a_papers,
    a_people,
    articles,
    b_desk,
    b_money,
    b_papers,
    b_people,
    one_of_each,
    secrets,
    trainings,
    upkeep_year,
)
from server.jobs.demo.years.cast import Year, register_citizens, then
from server.jobs.demo.years.entering import A, B, enter
from server.jobs.demo.years.script import Play, Story, at
from server.jobs.demo.years.upkeep_words import A_CHORES, A_FINDINGS, B_CHORES, B_FINDINGS

__all__ = ["OldContracts", "Year", "enter_both", "play_both"]

UPKEEP_A = upkeep_year.Script(A_CHORES, A_FINDINGS, 13, 5, 20250305)
UPKEEP_B = upkeep_year.Script(B_CHORES, B_FINDINGS, 22, 0, 20250708)
# Old contracts go into the archive when their last payment is long made.
ARCHIVED = at(2026, 10, 26, 10)
SEED_A, SEED_B = 20250304, 20250707
CITIZENS = ("陈淑芬", "刘大勇", "周小雨", "黄志强")


@dataclass(frozen=True, slots=True)
class OldContracts:
    """The two contracts of the played years."""

    mini_program: uuid.UUID
    data_exchange: uuid.UUID


def enter_both(town: Town) -> OldContracts:
    """Both, entered from their papers and in force."""
    return OldContracts(enter(A, town.mini_vendor), enter(B, town.data_vendor))


def play_both(actors: Mapping[str, Actor], old: OldContracts, *, until: datetime | None = None) -> tuple[Year, Year]:
    """Both years side by side in order of time, at most until a moment (now, if none is given)."""
    a, b, play = _year_a(actors, old.mini_program), _year_b(actors, old.data_exchange), Play()
    play.add(*_stories_a(a), *_stories_b(b))
    play.run(until or clock.now())
    return a, b


def _year_a(actors: Mapping[str, Actor], contract_id: uuid.UUID) -> Year:
    with clock.replaying(A.begins_at), unit():
        citizens = register_citizens(*CITIZENS)
    return Year(
        contract_id=contract_id,
        handler=actors["lin"],
        administrator=actors["zhou"],
        maintainer=then(actors["tang"], contract_id, Role.VENDOR_MAINTAINER),
        manager=then(actors["qiao"], contract_id, Role.VENDOR_MANAGER),
        former=then(actors["geng"], contract_id, Role.VENDOR_MAINTAINER),
        citizens=citizens,
        draw=random.Random(SEED_A),  # noqa: S311 - dice for a story, not for secrets
    )


def _year_b(actors: Mapping[str, Actor], contract_id: uuid.UUID) -> Year:
    return Year(
        contract_id=contract_id,
        handler=actors["lin"],
        administrator=actors["zhou"],
        maintainer=then(actors["bai"], contract_id, Role.VENDOR_MAINTAINER),
        manager=then(actors["yuan"], contract_id, Role.VENDOR_MANAGER),
        draw=random.Random(SEED_B),  # noqa: S311 - dice for a story, not for secrets
    )


def _stories_a(year: Year) -> Iterator[Story]:
    for part in (a_desk, a_acceptance, a_people, a_papers, a_money, a_duty):
        yield from part.stories(year)
    yield from articles.of_a(year)
    yield from upkeep_year.stories(year, UPKEEP_A)
    yield from trainings.of_a(year)
    yield from secrets.of_a(year)
    yield from one_of_each.stories(year, ARCHIVED)


def _stories_b(year: Year) -> Iterator[Story]:
    for part in (b_desk, b_people, b_papers, b_money):
        yield from part.stories(year)
    yield from articles.of_b(year)
    yield from upkeep_year.stories(year, UPKEEP_B)
    yield from trainings.of_b(year)
    yield from secrets.of_b(year)
    yield from one_of_each.stories(year, ARCHIVED)
