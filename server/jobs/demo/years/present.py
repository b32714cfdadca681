"""Today under the two contracts in force: so that every page of the console has something alive on it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from server.core import clock
from server.core.db import unit
from server.domain import agenda, calendar, duty
from server.domain.contracts import Contract
from server.domain.identity import SCHEDULER
from server.jobs.demo.people import Cast
from server.jobs.demo.years import (
    present_data,
    present_desk,
    present_people,
    present_reports,
    present_training,
    present_upkeep,
    secrets,
)
from server.jobs.demo.years.cast import Year
from server.jobs.demo.years.script import Play, Story
from server.jobs.demo.years.today import Today


def play_present(cast: Cast) -> None:
    """Play what has happened under today's contracts so far, and raise the alerts that follow."""
    mini = _today(cast, cast.contracts.current, "tang", "qiao")
    data = _today(cast, cast.contracts.exchange_current, "bai", "yuan")
    play = Play()
    play.add(*_stories(mini, data))
    play.run(mini.now)
    with clock.replaying(_last_reminders(mini)), unit():
        agenda.arm(SCHEDULER)
    with unit():
        duty.watch(SCHEDULER)
        agenda.arm(SCHEDULER)


def _last_reminders(today: Today) -> datetime:
    """Ten o'clock of the last working day before today: reminders are told on working days only."""
    known, day = calendar.load(), today.day - timedelta(days=1)
    while not known.works(day):
        day -= timedelta(days=1)
    return datetime.combine(day, time(10), clock.LOCAL)


def _stories(mini: Today, data: Today) -> Iterator[Story]:
    yield from present_desk.stories(mini)
    yield from present_people.stories(mini)
    yield from present_data.stories(data)
    yield from present_upkeep.of_mini(mini)
    yield from present_upkeep.of_data(data)
    yield from present_training.stories(mini)
    yield from secrets.of_today(mini)
    yield from present_reports.stories(mini, data)


def _today(cast: Cast, contract: Contract, maintainer: str, manager: str) -> Today:
    year = Year(
        contract_id=contract.id,
        handler=cast.actors["lin"],
        administrator=cast.actors["zhou"],
        maintainer=cast.actors[maintainer],
        manager=cast.actors[manager],
        draw=random.Random(contract.starts_on.toordinal()),  # noqa: S311 - dice for a story, not for secrets
    )
    return Today(year, contract.starts_on, contract.ends_on, clock.now())
