"""Who serves the mini program today, and the roster of its line with one evening still open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

from server.core import clock
from server.domain import duty, staffing
from server.domain.duty import Pattern, Someone
from server.domain.staffing import Person, Reason, SkillLevel
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today

EXPERIENCE = "多年从事市场监管系统运维，证明材料已提交。"
LINE = (("唐川", "13500000001"), ("乔安", "13500000002"), ("苏明", "13500000003"))
# The open evening lies so far ahead, and the roster goes so far beyond it.
AHEAD, BEYOND = timedelta(days=5), timedelta(days=40)


def stories(today: Today) -> Iterator[Story]:
    """People and roster."""
    yield from (_staff(today), _roster(today))


def _staff(today: Today) -> Story:
    """Two who are agreed to, one who waits for the bureau's word, and one notice of replacement in good time."""
    year = today.year
    yield today.ago(220)
    found = [
        staffing.assign(
            year.manager,
            contract_id=year.contract_id,
            name=name,
            role=role,
            experience_from=since,
            valid_from=today.starts_on,
            experience=EXPERIENCE,
            officer_id=officer_id,
            skills=skills,
        ).id
        for name, role, since, officer_id, skills in (
            ("唐川", "维护工程师", date(2015, 9, 1), year.maintainer.id, {"小程序开发": SkillLevel.EXPERT}),
            ("苏明", "驻场工程师", date(2016, 4, 1), None, {"登记业务": SkillLevel.SKILLED}),
        )
    ]
    for each in found:
        staffing.review(year.administrator, each, agreed=True, remark="证明已核对。")
    yield today.ago(2)
    staffing.notify_replacement(
        year.manager,
        maintainer_id=found[1],
        reason=Reason.TRANSFERRED,
        received_on=clock.today(),
        effective_on=min(clock.today() + timedelta(days=40), today.ends_on),
        substitute=Person(name="韩雪", role="驻场工程师", experience_from=date(2014, 6, 1), experience=EXPERIENCE),
        comparison="接替人员从业年限更长，熟悉登记业务。",
    )


def _roster(today: Today) -> Story:
    """From the contract's first day to some weeks ahead; one evening is nobody's yet."""
    yield today.ago(210)
    contract_id, manager = today.year.contract_id, today.year.manager
    duty.set_line(manager, contract_id=contract_id, hotline="0000-12345678", owed=True)
    open_day = today.day + AHEAD
    people = [Someone(name=name, phone=phone) for name, phone in LINE]
    stretches = (
        (today.starts_on, min(open_day - timedelta(days=1), today.ends_on)),
        (open_day + timedelta(days=1), min(open_day + BEYOND, today.ends_on)),
    )
    for first, last in stretches:
        if first <= last:
            duty.plan_rotation(
                manager,
                contract_id=contract_id,
                people=people,
                pattern=Pattern.WEEKLY,
                first=first,
                last=last,
                change_at=time(9),
            )
    if open_day <= today.ends_on:
        starts_at = clock.start_of(open_day)
        duty.plan_shift(
            manager,
            contract_id=contract_id,
            name=LINE[0][0],
            phone=LINE[0][1],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=18),
        )
