"""A contract's weeks and months: what is due, being written, handed in, signed, late. And the drafts that begin themselves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import deliverables
from server.domain.deliverables import Standing
from server.domain.identity import SCHEDULER, Actor
from server.domain.reports import access, drafting
from server.domain.reports.models import Report
from server.domain.reports.vocabulary import ReportKind, ReportState

# A cycle that ended longer ago gets no draft by itself: a new installation is not flooded.
RECENT = timedelta(days=45)
KINDS = {kind.duty: kind for kind in ReportKind}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cycle: the duty, if it is owed, and the report, if there is one."""

    kind: ReportKind
    starts_on: date
    duty: Standing | None
    report: Report | None

    @property
    def begun(self) -> bool:
        """Whether there is anything to tell yet."""
        return self.starts_on <= clock.today()


@dataclass(frozen=True, slots=True)
class Line:
    """The cycles of one duty, in order."""

    kind: ReportKind
    key: str
    title: str
    cells: tuple[Cell, ...]


def overview(actor: Actor, contract_id: uuid.UUID) -> list[Line]:
    """Every cycle of every report that a contract owes, and those written without being owed. Needs report.view."""
    contract = access.find_contract(actor, contract_id)
    written = {(each.key, each.cycle_on): each for each in reports_of(actor, contract_id)}
    lines: dict[str, list[Cell]] = {}
    titles: dict[str, tuple[ReportKind, str]] = {}
    for duty in deliverables.standing(SCHEDULER, contract_id):
        kind = KINDS.get(duty.expected.kind)
        if kind is None:
            continue
        each = duty.expected
        report = written.pop((each.key, each.cycle_on), None)
        first = max(each.cycle_on, contract.starts_on)
        lines.setdefault(each.key, []).append(Cell(kind, first, duty, report))
        titles[each.key] = (kind, each.title)
    for report in written.values():
        lines.setdefault(report.key, []).append(Cell(report.kind, report.starts_on, None, report))
        titles.setdefault(report.key, (report.kind, f"{report.kind.label}（合同未约定）"))
    found = [
        Line(titles[key][0], key, titles[key][1], tuple(sorted(cells, key=lambda cell: cell.starts_on)))
        for key, cells in lines.items()
    ]
    return sorted(found, key=lambda line: (list(ReportKind).index(line.kind), line.key))


def reports_of(actor: Actor, contract_id: uuid.UUID) -> list[Report]:
    """A contract's reports, newest first."""
    query = sa.select(Report).where(Report.contract_id == contract_id, *access.visible(actor))
    return list(session().scalars(query.order_by(Report.starts_on.desc(), Report.kind)))


def matching(actor: Actor, *, states: frozenset[ReportState] = frozenset()) -> sa.Select[tuple[Report]]:
    """The reports that the actor may see, newest first."""
    query = sa.select(Report).where(*access.visible(actor))
    if states:
        query = query.where(Report.state.in_(states))
    return query.order_by(Report.starts_on.desc(), Report.id.desc())


def for_duty(actor: Actor, contract_id: uuid.UUID, key: str, cycle_on: date) -> Report | None:
    """The report that meets a deliverable, if there is one."""
    query = sa.select(Report).where(
        Report.contract_id == contract_id, Report.key == key, Report.cycle_on == cycle_on, *access.visible(actor)
    )
    return session().scalars(query).one_or_none()


def due_for_drafting() -> list[tuple[uuid.UUID, ReportKind, date, str]]:
    """Cycles that ended lately, for which nothing came and no report was begun: contract, kind, first day, key."""
    today = clock.today()
    written = {(row.contract_id, row.key, row.cycle_on) for row in session().scalars(sa.select(Report))}
    found = []
    for duty in deliverables.standings(SCHEDULER, kinds=list(KINDS)):
        each, contract = duty.expected, duty.contract
        last = min(each.cycle.ends_on, contract.ends_on) if each.cycle else contract.ends_on
        if not last < today <= last + RECENT or duty.delivery is not None:
            continue
        if (contract.id, each.key, each.cycle_on) not in written:
            found.append((contract.id, KINDS[each.kind], max(each.cycle_on, contract.starts_on), each.key))
    return found


def draft_due() -> int:
    """Begin those; again at any time."""
    made = 0
    for contract_id, kind, day, key in due_for_drafting():
        drafting.draft(SCHEDULER, contract_id=contract_id, kind=kind, day=day, key=key)
        made += 1
    return made
