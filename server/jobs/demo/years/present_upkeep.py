"""The upkeep that is alive today: what the months so far brought, this month's sheet half filled in, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from server.domain import upkeep
from server.domain.upkeep import FindingDraft, Severity
from server.jobs.demo.years import upkeep_year
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today
from server.jobs.demo.years.upkeep_words import A_CHORES, B_CHORES
from server.jobs.demo.years.upkeep_year import PLACE, Script

SCRIPT_A = Script(A_CHORES, {}, 18, 0, 20260701)
SCRIPT_B = Script(B_CHORES, {}, 24, 0, 20260702)


def of_mini(today: Today) -> Iterator[Story]:
    """The mini program's contract."""
    yield from upkeep_year.stories(today.year, SCRIPT_A, until=today.day.replace(day=1) - timedelta(days=1))
    yield _going(today)


def of_data(today: Today) -> Iterator[Story]:
    """The data exchange's contract."""
    yield from upkeep_year.stories(today.year, SCRIPT_B, until=today.day.replace(day=1) - timedelta(days=1))
    yield _going(today)


def _going(today: Today) -> Story:
    """This month's sheet: begun this morning, with a finding that waits to become a ticket; the months ahead planned."""
    year = today.year
    yield today.ago(0)
    sheet = upkeep.begin(
        year.maintainer, year.contract_id, month_on=today.day, inspector=year.maintainer.name, place=PLACE
    )
    draft = FindingDraft(
        text="应用服务器磁盘峰值接近警戒值",
        severity=Severity.MAJOR,
        advice="归档三个月前的日志",
        owner=year.maintainer.name,
        due_on=today.day + timedelta(days=6),
        item_id=upkeep.items_of(sheet)[0].id,
    )
    upkeep.add_finding(year.maintainer, sheet.id, draft)
    upkeep.plan_year(year.manager, year.contract_id, working_day=10, inspector=year.maintainer.name)
