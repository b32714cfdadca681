"""The rooms that the agenda asks, through their doors. A source filters by the actor; nothing is kept here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta

from server.core import clock
from server.core.db import session
from server.domain import calendar, deliverables, duty, payments, records, referrals, secrecy, staffing, tickets, upkeep
from server.domain.agenda import policy as rules
from server.domain.agenda.vocabulary import Entry, EntryKind, Window
from server.domain.calendar import YearStatus
from server.domain.contracts import ContractState, DeliverableKind
from server.domain.deliverables import Standing
from server.domain.identity import Actor, Permission
from server.domain.tickets import ClockKind, Ticket, TicketClock

Source = Callable[[Actor, Window], Iterable[Entry]]

# By 1 December the next year's list has to be in (domain.md §3): without it no deadline beyond New Year is sure.
CALENDAR_MONTH, CALENDAR_DAY = 12, 1
MOST_TICKETS = 500
MATERIAL = records.Subject.MATERIAL


def papers(actor: Actor, window: Window) -> Iterator[Entry]:
    """What is owed in papers, and what came."""
    for each in deliverables.standings(actor, contract_id=window.contract_id):
        expected = each.expected
        due_on = expected.due_on
        if not _asked_for(each) if due_on is None else not window.first <= due_on <= window.last:
            continue
        yield Entry(
            kind=EntryKind.DELIVERABLE,
            object_id=f"{each.contract.id}:{expected.key}:{expected.cycle_on}",
            contract_id=each.contract.id,
            title=f"{expected.title}（{expected.period}）",
            short=expected.title if expected.kind is DeliverableKind.OTHER else expected.kind.label,
            due_on=due_on,
            due_at=expected.due_at,
            done=not each.owed,
            late=each.late,
            label=f"{each.state.label}，待签收" if each.awaits_signature else each.state.label,
            note="" if expected.agreed else expected.note,
            provisional=expected.provisional,
            refused=expected.refused,
            place={"contract_id": str(each.contract.id), "key": expected.key, "cycle_on": str(expected.cycle_on)},
        )


def _asked_for(each: Standing) -> bool:
    """Whether a paper without a day belongs here: its day cannot be computed, or none is agreed and it is owed by now."""
    cycle = each.expected.cycle
    return bool(each.expected.refused) or (each.owed and (cycle is None or cycle.starts_on <= clock.today()))


def recorded(actor: Actor, window: Window) -> Iterator[Entry]:
    """Acceptances under their clock, and material that the bureau owes."""
    for due in records.dues(actor, window.first, window.last):
        is_material = due.subject is MATERIAL
        yield Entry(
            kind=EntryKind.MATERIAL if is_material else EntryKind.ACCEPTANCE,
            object_id=str(due.object_id),
            contract_id=due.contract_id,
            title=f"{due.number} {due.title}",
            short=due.title,
            due_on=due.due_on,
            due_at=due.due_at,
            provisional=due.provisional,
            place={("material_id" if is_material else "completion_id"): str(due.object_id)},
        )


def money(actor: Actor, window: Window) -> Iterator[Entry]:
    """Instalments that are unpaid, and orders to rectify that stand."""
    for due in payments.dues_between(actor, window.first, window.last, contract_id=window.contract_id):
        is_order = due.kind == "order"
        yield Entry(
            kind=EntryKind.RECTIFICATION if is_order else EntryKind.PAYMENT,
            object_id=str(due.object_id),
            contract_id=due.contract_id,
            title=due.title,
            due_on=due.on,
            provisional=due.provisional,
            place={"contract_id": str(due.contract_id), "id": str(due.object_id), "key": due.key},
        )


def people(actor: Actor, window: Window) -> Iterator[Entry]:
    """Replacements that take effect, hand-overs of those who leave, subcontracts that end."""
    for due in staffing.dues(actor, window.first, window.last):
        yield Entry(
            kind=EntryKind.REPLACEMENT,
            object_id=f"{due.kind}:{due.object_id}",
            contract_id=due.contract_id,
            title=due.title,
            due_on=due.on,
            place={"what": due.kind, "id": str(due.object_id)},
        )


def gaps(actor: Actor, _window: Window) -> Iterator[Entry]:
    """Holes in the roster that the watch found ahead: due when they begin (A19)."""
    for gap in duty.warnings_open(actor):
        begins, ends = clock.to_local(gap.starts_at), clock.to_local(gap.ends_at)
        yield Entry(
            kind=EntryKind.DUTY_GAP,
            object_id=str(gap.id),
            contract_id=gap.contract_id,
            short="无人值班",
            title=f"无人值班：{begins:%m-%d %H:%M} 至 {ends:%m-%d %H:%M}",
            due_on=begins.date(),
            due_at=gap.starts_at,
            place={"contract_id": str(gap.contract_id)},
        )


def clocks(actor: Actor, window: Window) -> Iterator[Entry]:
    """Open tickets whose response or arrival is due, the earliest first; pages get no more than they can show."""
    query = (
        tickets.matching(actor, tickets.Filters(states=tickets.ACTIVE, contract_id=window.contract_id))
        .order_by(None)
        .join(TicketClock, TicketClock.ticket_id == Ticket.id)
        .where(TicketClock.met_at.is_(None))
        .where(TicketClock.due_at.between(clock.start_of(window.first), clock.end_of(window.last)))
        .add_columns(TicketClock)
        .order_by(TicketClock.due_at, Ticket.number)
        .limit(None if window.whole else MOST_TICKETS)
    )
    for ticket, promise in session().execute(query):
        yield Entry(
            kind=EntryKind.TICKET,
            object_id=f"{ticket.id}:{ClockKind(promise.kind).value}",
            contract_id=ticket.contract_id,
            title=f"{ticket.number} {promise.kind.label}：{ticket.title}",
            short=f"{promise.kind.label} {ticket.number.rsplit('-', 1)[-1]}",
            due_on=clock.local_day(promise.due_at),
            due_at=promise.due_at,
            label=ticket.state.label,
            provisional=promise.provisional,
            place={"ticket_id": str(ticket.id)},
        )


def handed_on(actor: Actor, window: Window) -> Iterator[Entry]:
    """Sheets, requirements and applications without an outcome: by their planned day, else by a reminder of ours."""
    waits = timedelta(days=rules.policy().referral_days)
    for each in referrals.unsettled(actor, contract_id=window.contract_id):
        yield Entry(
            kind=EntryKind.REFERRAL,
            object_id=f"{each.kind.value}:{each.id}",
            contract_id=each.contract_id,
            title=f"{each.number} {each.title}",
            short=each.title,
            due_on=each.planned_on or clock.local_day(each.since) + waits,
            label=each.state.label,
            note="" if each.planned_on else f"内部提醒：登记满 {waits.days} 天尚无结论",
            place={"what": each.kind.value, "id": str(each.id)},
        )


def upkept(actor: Actor, window: Window) -> Iterator[Entry]:
    """Planned inspections, what they found and is not put right, drills."""
    for due in upkeep.dues(actor, window.first, window.last):
        yield Entry(
            kind=EntryKind(due.kind.value),
            object_id=str(due.object_id),
            contract_id=due.contract_id,
            title=due.title,
            short=due.kind.label,
            due_on=due.due_on,
            label=due.state,
            place={"what": due.kind.value, "id": str(due.page_id)},
        )


def secret(actor: Actor, window: Window) -> Iterator[Entry]:
    """Things to come back, promises to renew; incidents to report by the hour, and to close with a review."""
    for due in secrecy.dues(actor, window.first, window.last, contract_id=window.contract_id):
        yield Entry(
            kind=EntryKind.INCIDENT if due.kind in ("report", "review") else EntryKind.SECRECY,
            object_id=f"{due.kind}:{due.object_id}",
            contract_id=due.contract_id,
            title=due.title,
            due_on=due.on,
            due_at=due.at,
            place={"what": due.kind, "id": str(due.object_id)},
        )


def contract_ends(actor: Actor, window: Window) -> Iterator[Entry]:
    """The last days of terms: a renewal is a new contract (A02)."""
    only = None if window.contract_id is None else [window.contract_id]
    for contract in deliverables.contracts_seen(actor, only=only, permission=Permission.CONTRACT_VIEW):
        if window.first <= contract.ends_on <= window.last:
            yield Entry(
                kind=EntryKind.CONTRACT_END,
                object_id=str(contract.id),
                contract_id=contract.id,
                title=f"合同 {contract.number} 期满",
                due_on=contract.ends_on,
                done=contract.state is ContractState.ENDED or contract.ends_on < clock.today(),
                label=contract.state.label,
                note="续签须另订合同",
                place={"contract_id": str(contract.id)},
            )


def calendar_lists(_actor: Actor, window: Window) -> Iterator[Entry]:
    """The day by which the list of the year after must be in, this year's and the next's."""
    if window.contract_id is not None:
        return
    book = calendar.load()
    for year in range(clock.today().year, clock.today().year + 2):
        status = book.status(year + 1)
        yield Entry(
            kind=EntryKind.CALENDAR,
            object_id=str(year + 1),
            contract_id=None,
            title=f"导入 {year + 1} 年放假安排",
            due_on=date(year, CALENDAR_MONTH, CALENDAR_DAY),
            done=status is YearStatus.OFFICIAL,
            label=status.label,
            place={"year": str(year + 1)},
        )


ALL: tuple[tuple[Collection[EntryKind], Source], ...] = (
    ((EntryKind.DELIVERABLE,), papers),
    ((EntryKind.ACCEPTANCE, EntryKind.MATERIAL), recorded),
    ((EntryKind.PAYMENT, EntryKind.RECTIFICATION), money),
    ((EntryKind.REPLACEMENT,), people),
    ((EntryKind.DUTY_GAP,), gaps),
    ((EntryKind.TICKET,), clocks),
    ((EntryKind.REFERRAL,), handed_on),
    ((EntryKind.INSPECTION, EntryKind.FINDING, EntryKind.DRILL), upkept),
    ((EntryKind.SECRECY, EntryKind.INCIDENT), secret),
    ((EntryKind.CONTRACT_END,), contract_ends),
    ((EntryKind.CALENDAR,), calendar_lists),
)
