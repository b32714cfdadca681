"""How things stand: what is owed, what of it came, late or in time, and what a week asks for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import NotFound
from server.domain import calendar, contracts
from server.domain.calendar import CycleKind, WorkCalendar
from server.domain.contracts import Contract, ContractState, ContractTerms, DeliverableKind, Terms
from server.domain.deliverables.expected import Expected, expected_under
from server.domain.deliverables.models import Delivery, DeliveryComment, DeliveryVersion, State
from server.domain.identity import Actor, Permission

SOON_DAYS = 3


class DeliverableNotFound(NotFound):
    """There is no such duty, or it is not this person's to see."""

    code = "deliverable_not_found"
    message = "没有找到这项交付物。"


@dataclass(frozen=True, slots=True)
class Standing:
    """One duty and what became of it. ``late`` stays true for a paper that came late, whatever happened afterwards."""

    contract: Contract
    expected: Expected
    state: State
    late: bool
    delivery: Delivery | None

    @property
    def owed(self) -> bool:
        """Whether the vendor has still to hand something in."""
        return self.state not in (State.HANDED_IN, State.SIGNED)

    @property
    def awaits_signature(self) -> bool:
        """Whether the bureau has still to sign what came, or to approve the plan (A31)."""
        needed = self.expected.deliverable.signed or self.expected.kind is DeliverableKind.PLAN
        return self.state is State.HANDED_IN and needed

    @property
    def done(self) -> bool:
        """Whether nobody has anything left to do."""
        return not self.owed and not self.awaits_signature


@dataclass(frozen=True, slots=True)
class Folder:
    """One duty with everything that was handed in for it, newest version first."""

    standing: Standing
    versions: Sequence[DeliveryVersion]
    comments: Sequence[DeliveryComment]
    covers: Sequence[Standing]


def contracts_seen(
    actor: Actor, *, only: Collection[uuid.UUID] | None = None, permission: Permission = Permission.DELIVERABLE_VIEW
) -> list[Contract]:
    """The contracts that have come into force, of those for which the actor holds the permission."""
    actor.need(permission)
    query = sa.select(Contract).where(Contract.state != ContractState.DRAFT)
    scope = actor.contracts_for(permission)
    if scope is not None:
        query = query.where(Contract.id.in_(scope))
    if only is not None:
        query = query.where(Contract.id.in_(only))
    return list(session().scalars(query.order_by(Contract.starts_on.desc(), Contract.number)))


def find_contract(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """One of them; DeliverableNotFound if it is another's, a draft, or none."""
    found = contracts_seen(actor, only=[contract_id])
    if not found:
        raise DeliverableNotFound
    return found[0]


def owed_by(contract: Contract, book: WorkCalendar, *, today: date) -> list[Expected]:
    """Everything that a contract owes, each cycle under the terms that hold for it."""
    return expected_under(revisions_of(contract.id), contract, book, today=today)


def revisions_of(contract_id: uuid.UUID) -> Mapping[int, tuple[date, Terms]]:
    """A contract's revisions with the day from which each holds."""
    query = sa.select(ContractTerms.revision, ContractTerms.effective_from)
    rows = session().execute(query.where(ContractTerms.contract_id == contract_id)).all()
    return {row.revision: (row.effective_from, contracts.terms_of(contract_id, row.revision)) for row in rows}


def standing(
    actor: Actor, contract_id: uuid.UUID, today: date | None = None, *, soon_days: int = SOON_DAYS
) -> list[Standing]:
    """Every duty of a contract by due moment. Needs deliverable.view; NotFound for another's contract."""
    return standings_of([find_contract(actor, contract_id)], today=today, soon_days=soon_days)


def standings(
    actor: Actor,
    *,
    contract_id: uuid.UUID | None = None,
    kinds: Collection[DeliverableKind] | None = None,
    first: date | None = None,
    last: date | None = None,
    today: date | None = None,
    soon_days: int = SOON_DAYS,
) -> list[Standing]:
    """The duties of every contract that the actor sees, due between two days; without a due day only if unbounded."""
    seen = contracts_seen(actor, only=None if contract_id is None else [contract_id])
    found = standings_of(seen, today=today, soon_days=soon_days)
    return [
        each
        for each in found
        if (kinds is None or each.expected.kind in kinds) and _between(each.expected.due_on, first, last)
    ]


def standings_of(
    seen: Sequence[Contract], *, today: date | None = None, soon_days: int = SOON_DAYS, book: WorkCalendar | None = None
) -> list[Standing]:
    """The duties of contracts that the caller may see."""
    used, day, now = book or calendar.load(), today or clock.today(), clock.now()
    if today is not None:
        now = min(now, clock.end_of(today)) if today <= clock.today() else clock.start_of(today)
    rows = deliveries_of([contract.id for contract in seen])
    found = []
    for contract in seen:
        for each in owed_by(contract, used, today=day):
            delivery = rows.get((contract.id, each.key, each.cycle_on))
            found.append(standing_of(contract, each, delivery, now=now, soon_days=soon_days))
    far = clock.end_of(date(9000, 1, 1))
    return sorted(found, key=lambda each: (each.expected.due_at or far, each.contract.number, each.expected.key))


def standing_of(
    contract: Contract, each: Expected, delivery: Delivery | None, *, now: datetime, soon_days: int = SOON_DAYS
) -> Standing:
    """Pure: what a duty's state is at a moment. Lateness is judged by the first hand-in against the day as it stands."""
    due_at = each.due_at
    if delivery is not None:
        return Standing(contract, each, delivery.state, due_at is not None and delivery.handed_at > due_at, delivery)
    if due_at is None:
        return Standing(contract, each, State.UPCOMING, False, None)
    if now > due_at:
        return Standing(contract, each, State.LATE, True, None)
    soon = now >= due_at - timedelta(days=soon_days)
    return Standing(contract, each, State.DUE_SOON if soon else State.UPCOMING, False, None)


def week(actor: Actor, day: date, *, today: date | None = None) -> list[Standing]:
    """What the week of a day asks for: everything due in it, and everything due before it that is still open."""
    cycle = calendar.cycle_of(CycleKind.WEEK, day)
    found = standings(actor, last=cycle.ends_on, today=today)
    return [each for each in found if not each.done or _between(each.expected.due_on, cycle.starts_on, cycle.ends_on)]


def folder(actor: Actor, contract_id: uuid.UUID, key: str, cycle_on: date) -> Folder:
    """One duty with its versions and remarks; DeliverableNotFound if the contract owes no such thing."""
    found = standing(actor, contract_id)
    one = next((each for each in found if (each.expected.key, each.expected.cycle_on) == (key, cycle_on)), None)
    if one is None:
        raise DeliverableNotFound
    holder = one.delivery.with_id or one.delivery.id if one.delivery else None
    versions = session().scalars(
        sa.select(DeliveryVersion).where(DeliveryVersion.delivery_id == holder).order_by(DeliveryVersion.number.desc())
    )
    comments = session().scalars(
        sa.select(DeliveryComment).where(DeliveryComment.delivery_id == holder).order_by(DeliveryComment.at)
    )
    covers = [each for each in found if each.delivery and one.delivery and each.delivery.with_id == one.delivery.id]
    return Folder(one, versions.all(), comments.all(), covers)


def deliveries_of(contract_ids: Collection[uuid.UUID]) -> dict[tuple[uuid.UUID, str, date], Delivery]:
    """What was handed in under some contracts, by duty, in one statement."""
    query = sa.select(Delivery).where(Delivery.contract_id.in_(contract_ids))
    return {(row.contract_id, row.key, row.cycle_on): row for row in session().scalars(query)}


def _between(day: date | None, first: date | None, last: date | None) -> bool:
    if day is None:
        return first is None and last is None
    return (first is None or day >= first) and (last is None or day <= last)
