"""The inspections of a contract month by month: which are expected (finding 18), planned, done, late; and the year's plan."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import calendar, contracts
from server.domain.calendar import CalendarMissing, Cycle, CycleKind, WorkCalendar
from server.domain.contracts import Contract, DeliverableKind
from server.domain.identity import Actor
from server.domain.upkeep import access, links, log
from server.domain.upkeep.inspection_models import Inspection
from server.domain.upkeep.models import NAME
from server.domain.upkeep.states import S, after
from server.domain.upkeep.vocabulary import DONE, EventKind, InspectionState
from server.domain.upkeep.words import said

SERIES = "XJ"
SOON = timedelta(days=5)
MOST_WORKING_DAY = 15


class MonthTaken(Conflict):
    """The month has its inspection already; another one is entered as an extra."""

    code = "inspection_month_taken"
    message = "该月已有巡检，如需再次巡检请选择“追加巡检”。"


@dataclass(frozen=True, slots=True)
class Month:
    """One month in which an inspection is expected. ``last_on`` is its last day inside the contract."""

    cycle: Cycle
    last_on: date
    regular: Inspection | None
    extra: list[Inspection] = field(default_factory=list)

    @property
    def month_on(self) -> date:
        """Its first day, as inspections name it."""
        return self.cycle.starts_on

    @property
    def done(self) -> Inspection | None:
        """The inspection that fulfils it: submitted or signed, on site (A13)."""
        there = [each for each in (self.regular, *self.extra) if each is not None]
        return next((each for each in there if each.state in DONE and each.on_site), None)

    @property
    def late(self) -> bool:
        """Whether its last day went by without one."""
        return self.done is None and clock.today() > self.last_on

    @property
    def soon(self) -> bool:
        """Whether there are few days left, or the planned day is here."""
        today = clock.today()
        if self.done is not None or today > self.last_on or today < self.month_on:
            return False
        planned = self.regular.planned_on if self.regular else None
        return today + SOON >= self.last_on or (planned is not None and planned <= today)


def expected_months(contract: Contract) -> list[Cycle]:
    """The calendar months that ask for an inspection: as the terms' deliverable counts them, else every month touched."""
    first, last = contract.starts_on, contract.ends_on
    for each in contracts.terms_of(contract.id).deliverables:
        if each.kind is DeliverableKind.INSPECTION and each.cycle is CycleKind.MONTH:
            return contracts.cycles_owed(each, starts_on=first, ends_on=last)
    return calendar.cycles_touched(CycleKind.MONTH, first, last)


def months_of(actor: Actor, contract: Contract) -> list[Month]:
    """Every expected month of a contract that the caller found visible, with what is planned or done; two statements."""
    query = sa.select(Inspection).where(
        Inspection.contract_id == contract.id,
        Inspection.state != InspectionState.CANCELLED,
        *access.visible(actor, Inspection.contract_id),
    )
    regular: dict[date, Inspection] = {}
    extra: dict[date, list[Inspection]] = {}
    for each in session().scalars(query.order_by(Inspection.month_on, Inspection.number)):
        if each.slot is not None:
            regular[each.month_on] = each
        else:
            extra.setdefault(each.month_on, []).append(each)
    return [
        Month(
            cycle,
            min(cycle.ends_on, contract.ends_on),
            regular.get(cycle.starts_on),
            extra.get(cycle.starts_on, []),
        )
        for cycle in expected_months(contract)
    ]


def plan_year(
    actor: Actor, contract_id: uuid.UUID, *, working_day: int, inspector: str
) -> tuple[list[Inspection], list[str]]:
    """Plan an inspection on the n-th working day of every month that has none and is not over. Needs record.log.

    Gives what was planned, and the months whose calendar is not maintained: no day is guessed.
    """
    contract = access.contract_for(actor, contract_id)
    if not 1 <= working_day <= MOST_WORKING_DAY:
        raise Invalid(fields={"working_day": [f"须为 1 至 {MOST_WORKING_DAY}。"]})
    who = said(inspector, field="inspector", longest=NAME)
    book, made, missing = calendar.load(), [], []
    for month in months_of(actor, contract):
        if month.regular is not None or month.last_on < clock.today():
            continue
        try:
            day = _day_in(book, month, contract, working_day)
        except CalendarMissing:
            missing.append(month.cycle.label)
            continue
        made.append(plan_month(actor, contract, month.cycle, planned_on=day, inspector=who))
    return made, missing


def plan_month(actor: Actor, contract: Contract, cycle: Cycle, *, planned_on: date, inspector: str) -> Inspection:
    """Put one month's inspection into the plan; the caller has asked for the permission."""
    inspection = new_inspection(contract.id, cycle.starts_on, InspectionState.PLANNED)
    inspection.planned_on, inspection.inspector = planned_on, inspector
    put_in_slot(inspection)
    log.write(actor, inspection, EventKind.PLANNED, f"列入巡检计划：{cycle.label}，{planned_on}，{inspector}")
    return inspection


def reschedule(actor: Actor, inspection_id: uuid.UUID, *, planned_on: date, inspector: str, version: int) -> Inspection:
    """Another day of the same month, or another person."""
    inspection = access.hold(actor, Inspection, inspection_id, version=version)
    if inspection.state is not S.PLANNED:
        raise Conflict("巡检已开始填写，不再改期。")
    if planned_on.replace(day=1) != inspection.month_on:
        raise Invalid(fields={"planned_on": ["须在该月之内。"]})
    moved = log.put(
        inspection, {"planned_on": planned_on, "inspector": said(inspector, field="inspector", longest=NAME)}
    )
    if moved:
        inspection.version += 1
        inspection.updated_at = clock.now()
        log.write(
            actor, inspection, EventKind.RESCHEDULED, f"改期至 {planned_on}，{inspection.inspector}", changes=moved
        )
    return inspection


def cancel(actor: Actor, inspection_id: uuid.UUID, *, reason: str) -> Inspection:
    """Take back what was planned or begun by mistake; its month is free again."""
    inspection = access.hold(actor, Inspection, inspection_id)
    words = said(reason, field="reason", longest=500)
    inspection.state, inspection.slot = after(inspection.state, EventKind.CANCELLED), None
    inspection.version += 1
    inspection.updated_at = clock.now()
    log.write(actor, inspection, EventKind.CANCELLED, f"取消巡检：{words}", text=words)
    return inspection


def new_inspection(contract_id: uuid.UUID, month_on: date, state: InspectionState) -> Inspection:
    """A row that is not yet put down."""
    now = clock.now()
    return Inspection(
        id=new_id(),
        contract_id=contract_id,
        month_on=month_on,
        slot=f"{contract_id}:{month_on:%Y-%m}",
        state=state,
        on_site=True,
        created_at=now,
        updated_at=now,
        version=1,
        seq=0,
    )


def put_in_slot(inspection: Inspection) -> None:
    """Give it a number and put it down; MonthTaken where the month has one. Writers of one series wait for each other."""
    if inspection.slot is not None and session().scalar(
        sa.select(Inspection.id).where(Inspection.slot == inspection.slot)
    ):
        raise MonthTaken
    inspection.number = links.numbered(SERIES)
    try:
        with session().begin_nested():
            session().add(inspection)
    except sa.exc.IntegrityError as clash:
        raise MonthTaken from clash


def late_months(months: Sequence[Month]) -> list[Month]:
    """Those that went by without an inspection."""
    return [month for month in months if month.late]


def _day_in(book: WorkCalendar, month: Month, contract: Contract, number: int) -> date:
    """The n-th working day of a month, or the last one inside the contract where the month is cut short."""
    day = max(month.month_on, contract.starts_on)
    worked = []
    while day <= month.last_on:
        if book.works(day):
            worked.append(day)
        day += timedelta(days=1)
    if not worked:
        return month.last_on
    return worked[min(number, len(worked)) - 1]
