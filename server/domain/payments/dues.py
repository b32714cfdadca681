"""When each instalment falls due: computed from what happened, kept, and computed again when calendar or terms change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from server.core import clock
from server.core.db import session
from server.domain import calendar, contracts, identity
from server.domain.calendar import CalendarMissing, Move, WorkCalendar
from server.domain.contracts import Contract, ContractState, Due, Event, Milestone, Terms
from server.domain.identity import Actor, Permission
from server.domain.payments.access import found, held
from server.domain.payments.happenings import Happened, days, happenings
from server.domain.payments.models import Application, DueChange, Payment, PaymentMilestone

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A due day as it comes out now; ``refused`` says why it does not."""

    due: Due | None
    refused: str

    @property
    def on(self) -> date | None:
        """The last day, once it is settled."""
        return self.due.deadline.on if self.due is not None and self.due.deadline is not None else None

    @property
    def provisional(self) -> bool:
        """Whether it is an estimate."""
        return bool(self.due is not None and self.due.deadline is not None and self.due.deadline.provisional)


def reckon(milestone: Milestone, book: WorkCalendar, happened: Mapping[Event, Happened]) -> Reckoned:
    """When an instalment falls due, given what happened; refused where a year of the calendar is missing."""
    try:
        return Reckoned(contracts.payment_due(milestone.due, book, days(happened)), "")
    except CalendarMissing as missing:
        return Reckoned(None, missing.text)


def hold(contract_id: uuid.UUID, milestone: str) -> PaymentMilestone:
    """The instalment's row, held until the unit ends, so that one writer moves its money at a time."""
    query = (
        sa.select(PaymentMilestone)
        .where(PaymentMilestone.contract_id == contract_id, PaymentMilestone.milestone == milestone)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    session().flush()
    row = session().scalars(query).one_or_none()
    if row is None:
        _begin(contract_id, milestone)
        row = session().scalars(query).one()
    return row


def hold_all(contract_id: uuid.UUID) -> dict[str, PaymentMilestone]:
    """A contract and its instalments' rows, held until the unit ends.

    Everybody holds in this order, contract, instalments by the terms, application: who waits for another is never waited for.
    """
    session().flush()
    # as much of the contract as its amending holds, and no more than a new ticket's reference to it can bear
    session().execute(sa.select(Contract.id).where(Contract.id == contract_id).with_for_update(key_share=True))
    return {each.key: hold(contract_id, each.key) for each in contracts.terms_of(contract_id).milestones}


def held_application(
    actor: Actor, application_id: uuid.UUID, permission: Permission, *, seen: int | None = None
) -> Application:
    """An application as it stands now, held with its contract's instalments; as ``access.held``."""
    hold_all(found(actor, Application, application_id, permission).contract_id)
    return held(actor, Application, application_id, permission, seen=seen)


def refresh(actor: Actor, contract: Contract, reason: str) -> list[DueChange]:
    """Compute the due days of a contract again; what moved is written down with the reason, and answered."""
    terms, book = contracts.terms_of(contract.id), calendar.load()
    facts = happenings(contract, terms)
    changed = []
    rows = hold_all(contract.id)
    for milestone in terms.milestones:
        row = rows[milestone.key]
        if row.settled_on is not None:
            if _paid(contract.id, milestone.key) >= milestone.amount:
                continue
            # changed terms ask for more than was paid: it is open again
            row.settled_on = None
        now_due = reckon(milestone, book, facts[milestone.key])
        before, after = row.due_on, now_due.on
        row.due_on, row.provisional, row.note = after, now_due.provisional, now_due.refused[:LONGEST]
        row.calendar_version, row.contract_revision, row.updated_at = book.version, terms.revision, clock.now()
        if before != after:
            changed.append(_note(actor, contract, milestone, before, now_due, reason))
    session().flush()
    return changed


def refresh_all(actor: Actor, reason: str) -> int:
    """The same for every contract in force; how many due days moved. For the daily job and a changed calendar."""
    moved = 0
    for contract in session().scalars(_in_force()).all():
        moved += len(refresh(actor, contract, reason))
    return moved


def changes_of(contract_id: uuid.UUID) -> list[DueChange]:
    """The due days of a contract that moved, newest first. The caller has found the contract."""
    query = sa.select(DueChange).where(DueChange.contract_id == contract_id)
    return list(session().scalars(query.order_by(DueChange.at.desc(), DueChange.id.desc())))


class Deadlines:
    """The room as a follower of the calendar."""

    def preview(self, calendar: WorkCalendar) -> Sequence[Move]:
        """The due days of unpaid instalments that would move if this calendar were in force."""
        kept = {
            (row.contract_id, row.milestone): row
            for row in session().scalars(sa.select(PaymentMilestone).where(PaymentMilestone.settled_on.is_(None)))
        }
        moves = []
        for contract in session().scalars(_in_force()).all():
            terms = contracts.terms_of(contract.id)
            facts = happenings(contract, terms)
            for milestone in terms.milestones:
                row = kept.get((contract.id, milestone.key))
                after = reckon(milestone, calendar, facts[milestone.key]).on
                if row is not None and row.due_on != after:
                    moves.append(_move(contract, milestone, row.due_on, after))
        return moves

    def recompute(self, actor: Actor, reason: str) -> None:
        """Contracts are few: their due days move in the unit of the change itself."""
        refresh_all(actor, reason)


def contract_changed(actor: Actor, contract_id: uuid.UUID, reason: str) -> None:
    """Terms, signatures or the end of a contract have changed."""
    contract = session().get(Contract, contract_id)
    if contract is not None and contract.state is not ContractState.DRAFT:
        refresh(actor, contract, reason)


def install() -> None:
    """Follow calendar and contracts; called once where the room is imported."""
    calendar.follow(Deadlines())
    contracts.follow(contract_changed)


def _in_force() -> sa.Select[tuple[Contract]]:
    return sa.select(Contract).where(Contract.state != ContractState.DRAFT).order_by(Contract.number)


def _paid(contract_id: uuid.UUID, milestone: str) -> Decimal:
    query = sa.select(Payment.amount).where(Payment.contract_id == contract_id, Payment.milestone == milestone)
    return sum(session().scalars(query), Decimal(0))


def _begin(contract_id: uuid.UUID, milestone: str) -> None:
    row = PaymentMilestone(
        contract_id=contract_id,
        milestone=milestone,
        calendar_version=0,
        contract_revision=0,
        note="",
        provisional=False,
        updated_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        # somebody else just began it
        return


def _note(
    actor: Actor, contract: Contract, milestone: Milestone, before: date | None, found: Reckoned, reason: str
) -> DueChange:
    change = DueChange(
        contract_id=contract.id,
        milestone=milestone.key,
        before_on=before,
        after_on=found.on,
        provisional=found.provisional,
        reason=reason[:LONGEST],
        at=clock.now(),
    )
    session().add(change)
    spelled = [day.isoformat() if day else None for day in (before, found.on)]
    identity.record(
        actor,
        "payment_due.moved",
        subject=("contract", contract.id),
        summary=f"“{milestone.title}”付款到期日{'重算' if before else '确定'}：{reason}"[:500],
        changes={"due_on": spelled},
    )
    return change


def _move(contract: Contract, milestone: Milestone, before: date | None, after: date | None) -> Move:
    ends = [clock.end_of(day) if day else None for day in (before, after)]
    return Move(f"合同 {contract.number}", f"“{milestone.title}”付款到期日", *ends)


def terms_and_milestone(contract: Contract, key: str) -> tuple[Terms, Milestone | None]:
    """The terms that hold, and one instalment of them."""
    terms = contracts.terms_of(contract.id)
    return terms, next((each for each in terms.milestones if each.key == key), None)
