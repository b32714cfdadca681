"""The payment plan of a contract: each instalment with what it waits for, when it falls due and why, and what lateness costs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.domain import calendar, contracts
from server.domain.calendar import WorkCalendar
from server.domain.contracts import Contract, Due, Event, Milestone, Terms
from server.domain.identity import Actor
from server.domain.payments import dues
from server.domain.payments.access import MoneyNotFound, WrongStep, contract_of
from server.domain.payments.dues import Reckoned
from server.domain.payments.happenings import Happened, happenings
from server.domain.payments.lateness import Owed, late_sheet
from server.domain.payments.models import Application, Payment
from server.domain.payments.vocabulary import MilestoneState
from server.domain.payments.worksheets import Worksheet


@dataclass(frozen=True, slots=True)
class MilestoneStanding:
    """One instalment today. ``due`` None with ``refused``: a year of the calendar is missing.

    ``late`` is the worksheet of its lateness so far, None while there is none or nothing was agreed.
    """

    contract_id: uuid.UUID
    milestone: Milestone
    words: str
    amount: Decimal
    paid: Decimal
    happened: Mapping[Event, Happened]
    due: Due | None
    refused: str
    state: MilestoneState
    settled_on: date | None
    late: Worksheet | None
    applications: tuple[Application, ...]
    payments: tuple[Payment, ...]

    @property
    def unpaid(self) -> Decimal:
        """What is left to pay."""
        return self.amount - self.paid

    @property
    def due_on(self) -> date | None:
        """The last day, once it is settled."""
        return self.due.deadline.on if self.due is not None and self.due.deadline is not None else None

    @property
    def provisional(self) -> bool:
        """Whether the due day is an estimate."""
        return bool(self.due is not None and self.due.deadline is not None and self.due.deadline.provisional)

    @property
    def trace(self) -> tuple[str, ...]:
        """Why the due day is this day, step by step."""
        return self.due.deadline.trace if self.due is not None and self.due.deadline is not None else ()


def plan_of(actor: Actor, contract_id: uuid.UUID) -> list[MilestoneStanding]:
    """Every instalment of a contract that the actor may see."""
    contract = contract_of(actor, contract_id)
    return _plan(contract, contracts.terms_of(contract.id), calendar.load(), clock.today())


def late_fee(actor: Actor, contract_id: uuid.UUID, milestone: str, *, until: date | None = None) -> Worksheet | None:
    """What lateness of an instalment comes to, up to a day (today, or the day of the last payment), step by step.

    None where nothing was agreed. WrongStep while no due day is settled.
    """
    contract = contract_of(actor, contract_id)
    terms, book = contracts.terms_of(contract.id), calendar.load()
    day = until or clock.today()
    standing = next((each for each in _plan(contract, terms, book, day) if each.milestone.key == milestone), None)
    if standing is None:
        raise MoneyNotFound
    sheet = sheet_of(terms, book, standing, day)
    if sheet is None and standing.due_on is None:
        raise WrongStep("付款到期日尚未确定，无法测算逾期。")
    return sheet


def sheet_of(terms: Terms, book: WorkCalendar, standing: MilestoneStanding, until: date) -> Worksheet | None:
    """The worksheet of one instalment as it stands."""
    if standing.due is None or standing.due.deadline is None:
        return None
    starts = [standing.happened[event].on for event in standing.milestone.due.events if event in standing.happened]
    payments = [(each.paid_on, each.amount) for each in standing.payments]
    owed = Owed(standing.milestone, standing.due.deadline, max(starts, default=None), payments, until)
    return late_sheet(terms, book, owed)


def _plan(contract: Contract, terms: Terms, book: WorkCalendar, today: date) -> list[MilestoneStanding]:
    facts = happenings(contract, terms)
    by_milestone = sa.select(Application).where(Application.contract_id == contract.id).order_by(Application.number)
    applications = list(session().scalars(by_milestone))
    transfers = sa.select(Payment).where(Payment.contract_id == contract.id).order_by(Payment.paid_on, Payment.id)
    payments = list(session().scalars(transfers))
    found = []
    for milestone in terms.milestones:
        mine = tuple(each for each in applications if each.milestone == milestone.key)
        spent = tuple(each for each in payments if each.milestone == milestone.key)
        reckoned = dues.reckon(milestone, book, facts[milestone.key])
        standing = _standing(contract, milestone, facts[milestone.key], reckoned, mine, spent, today)
        late = None
        if standing.due_on is not None and (standing.settled_on or today) > standing.due_on:
            late = sheet_of(terms, book, standing, today)
        found.append(replace(standing, late=late))
    return found


def _standing(
    contract: Contract,
    milestone: Milestone,
    happened: Mapping[Event, Happened],
    reckoned: Reckoned,
    applications: tuple[Application, ...],
    payments: tuple[Payment, ...],
    today: date,
) -> MilestoneStanding:
    paid = sum((each.amount for each in payments), Decimal(0))
    settled_on = max(each.paid_on for each in payments) if payments and paid >= milestone.amount else None
    return MilestoneStanding(
        contract_id=contract.id,
        milestone=milestone,
        words=contracts.due_in_words(milestone.due),
        amount=milestone.amount,
        paid=paid,
        happened=happened,
        due=reckoned.due,
        refused=reckoned.refused,
        state=_state(reckoned, paid, milestone.amount, today),
        settled_on=settled_on,
        late=None,
        applications=applications,
        payments=payments,
    )


def _state(reckoned: Reckoned, paid: Decimal, amount: Decimal, today: date) -> MilestoneState:
    if paid >= amount:
        return MilestoneState.PAID
    if reckoned.on is not None and reckoned.on < today:
        return MilestoneState.LATE
    if paid > 0:
        return MilestoneState.PARTLY
    return MilestoneState.DUE if reckoned.on is not None else MilestoneState.WAITING
