"""Trainings under the mini program's contract in force: one held last week, one overdue, one today, one to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from server.core import clock
from server.domain import training
from server.domain.training import Ground
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today
from server.jobs.demo.years.trainings import Course, plan


def stories(today: Today) -> Iterator[Story]:
    """What a list and a month show today."""
    yield from (_held(today), _overdue(today), _ahead(today))


def _held(today: Today) -> Story:
    start = _on(today.day - timedelta(days=8), 14)
    yield start - timedelta(days=5)
    year = today.year
    row_id = plan(year, Course(clock.now(), start, "新版问题反馈功能操作", Ground.ON_SITE, people=3))
    training.keep_as_template(year.maintainer, row_id, name="问题反馈功能操作")
    yield start + timedelta(hours=3)
    training.hold(year.maintainer, row_id, actual_start=start, actual_end=start + timedelta(hours=2))
    for name, unit in (("王秀兰", "城东市场监管所"), ("李志强", "注册登记科"), ("张敏", "政务服务大厅")):
        training.check_in_by_hand(year.maintainer, row_id, name=name, unit=unit)


def _overdue(today: Today) -> Story:
    start = _on(today.day - timedelta(days=3), 9)
    yield start - timedelta(days=4)
    plan(today.year, Course(clock.now(), start, "投诉举报分流规则", minutes=60, people=0))


def _ahead(today: Today) -> Story:
    start = _on(today.day + timedelta(days=4), 14)
    yield today.now - timedelta(days=1)
    plan(today.year, Course(clock.now(), start, "年报集中填报答疑", people=0))


def _on(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), clock.LOCAL)
