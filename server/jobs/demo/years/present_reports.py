"""The reports of today: those of the periods that ended lately and of the running ones, as drafts that nobody touched yet."""

from __future__ import annotations

from collections.abc import Iterator

from server.domain import deliverables, reports
from server.domain.identity import SCHEDULER
from server.domain.reports import ReportKind
from server.jobs.demo.years.script import Story
from server.jobs.demo.years.today import Today


def stories(*every: Today) -> Iterator[Story]:
    """Both contracts'."""
    for today in every:
        yield _running(today)


def _running(today: Today) -> Story:
    yield today.ago(0)
    reports.draft_due()
    kinds = {kind.duty: kind for kind in ReportKind}
    for duty in deliverables.standing(SCHEDULER, today.year.contract_id):
        kind, cycle = kinds.get(duty.expected.kind), duty.expected.cycle
        if kind is None or cycle is None or not cycle.starts_on <= today.day <= cycle.ends_on:
            continue
        if reports.for_duty(SCHEDULER, today.year.contract_id, duty.expected.key, duty.expected.cycle_on) is None:
            reports.draft(
                today.year.maintainer,
                contract_id=today.year.contract_id,
                kind=kind,
                day=today.day,
                key=duty.expected.key,
            )
