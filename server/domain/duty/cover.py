"""Who is on duty when, where nobody is, and whether a contract owes that somebody always is (365×24, A19)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.ids import new_id
from server.domain import contracts, identity
from server.domain.contracts import Contract, ContractState
from server.domain.duty import access, phones
from server.domain.duty.coverage import Span, doubles_in, gaps_in
from server.domain.duty.models import NAME, DutyLine, GapWarning, Shift
from server.domain.identity import SCHEDULER, Actor, Permission

# A clause that promises somebody on the telephone at every hour names this among what it concerns.
DUTY = "duty"
WATCH = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a contract's term without anybody on duty. ``owed``: the contract promises that there is none."""

    contract_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    owed: bool

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at


def gaps(contract_id: uuid.UUID, first: date, last: date) -> list[Gap]:
    """The gaps between two days (both included) inside the contract's term. For programs: it asks nobody's permission."""
    contract = session().get_one(Contract, contract_id)
    whole = _term(contract, Span(clock.start_of(first), clock.end_of(last)))
    if whole is None:
        return []
    due = owed(contract_id)
    return [Gap(contract_id, each.starts_at, each.ends_at, due) for each in holes(contract_id, whole)]


def doubles(contract_id: uuid.UUID, first: date, last: date) -> list[Span]:
    """Where more than one is on duty, backups aside: shown, since it may be meant."""
    whole = Span(clock.start_of(first), clock.end_of(last))
    return doubles_in(_spans(contract_id, whole), whole)


def holes(contract_id: uuid.UUID, whole: Span) -> list[Span]:
    """The parts of a span without anybody on duty, whatever the contract's term is."""
    return gaps_in(_spans(contract_id, whole), whole)


def on_call(contract_id: uuid.UUID, at: datetime | None = None) -> list[Shift]:
    """Who is on duty at a moment, those before their backups. For programs: it asks nobody's permission."""
    moment = at or clock.now()
    query = sa.select(Shift).where(
        Shift.contract_id == contract_id,
        Shift.cancelled_at.is_(None),
        Shift.starts_at <= moment,
        Shift.ends_at > moment,
    )
    return list(session().scalars(query.order_by(Shift.backup, Shift.starts_at, Shift.id)))


def set_line(actor: Actor, *, contract_id: uuid.UUID, hotline: str, owed: bool) -> DutyLine:
    """Say which number the duty answers, and whether it must be manned at every hour. Needs duty.manage."""
    access.contract_of(actor, contract_id, Permission.DUTY_MANAGE)
    line = session().get(DutyLine, contract_id, with_for_update=True) or DutyLine(contract_id=contract_id)
    before = [line.hotline, line.owed]
    line.hotline, line.owed = phones.clean(hotline, field="hotline"), owed
    line.changed_at, line.changed_by_name = clock.now(), actor.name[:NAME]
    session().add(line)
    session().flush()
    identity.record(
        actor,
        "duty.line_set",
        subject=("contract", contract_id),
        summary=f"值班电话设为 {line.hotline or '未公布'}，{'全年全天值守' if owed else '不要求全年全天值守'}",
        changes={"hotline": [before[0], line.hotline], "owed": [before[1], owed]},
    )
    return line


def line_of(contract_id: uuid.UUID) -> DutyLine | None:
    """The duty's number and rule, if somebody has set them."""
    return session().get(DutyLine, contract_id)


def owed(contract_id: uuid.UUID) -> bool:
    """Whether a gap breaks a promise: as somebody has set it, else as a clause of the contract says."""
    line = line_of(contract_id)
    if line is not None:
        return line.owed
    return any(DUTY in clause.concerns for clause in contracts.terms_of(contract_id).clauses)


def watch(actor: Actor = SCHEDULER) -> list[Gap]:
    """Look two weeks ahead on every contract that owes duty: new gaps are put down and told in the trail, filled ones
    closed. Answers the new ones. Again at any time."""
    today = clock.today()
    fresh: list[Gap] = []
    query = sa.select(Contract).where(Contract.state == ContractState.ACTIVE).order_by(Contract.number)
    for contract in session().scalars(query).all():
        ahead = _term(contract, Span(clock.start_of(today), clock.end_of(today + WATCH)))
        if ahead is not None and owed(contract.id):
            fresh += _look(actor, contract, ahead)
        else:
            close_warnings(contract.id)
    session().flush()
    return fresh


def close_warnings(contract_id: uuid.UUID) -> None:
    """Nothing is owed any more: what is still ahead is no gap. One that has passed stays as evidence."""
    now = clock.now()
    ahead = (GapWarning.contract_id == contract_id, GapWarning.closed_at.is_(None), GapWarning.ends_at > now)
    for warning in session().scalars(sa.select(GapWarning).where(*ahead)):
        warning.closed_at = now


def warnings_open(actor: Actor) -> list[GapWarning]:
    """The gaps ahead that nobody has filled yet, as far as the actor may see, soonest first."""
    query = sa.select(GapWarning).where(
        *access.visible(actor, GapWarning), GapWarning.closed_at.is_(None), GapWarning.ends_at > clock.now()
    )
    return list(session().scalars(query.order_by(GapWarning.starts_at, GapWarning.id)))


def _look(actor: Actor, contract: Contract, ahead: Span) -> list[Gap]:
    """Bring one contract's warnings in line with its gaps. A gap that began before the look keeps its warning."""
    open_ones = sa.select(GapWarning).where(
        GapWarning.contract_id == contract.id, GapWarning.closed_at.is_(None), GapWarning.ends_at >= ahead.starts_at
    )
    known = list(session().scalars(open_ones))
    seen: set[uuid.UUID] = set()
    fresh: list[Gap] = []
    for hole in holes(contract.id, ahead):
        runs = hole.starts_at == ahead.starts_at
        warning = next((row for row in known if row.starts_at == hole.starts_at or (runs and _holds(row, hole))), None)
        if warning is None:
            warning = _warn(actor, contract, hole)
            fresh.append(Gap(contract.id, hole.starts_at, hole.ends_at, True))
        warning.ends_at = hole.ends_at
        seen.add(warning.id)
    for row in known:
        if row.id not in seen and row.ends_at > ahead.starts_at:
            row.closed_at = clock.now()
    return fresh


def _holds(row: GapWarning, hole: Span) -> bool:
    return row.starts_at <= hole.starts_at <= row.ends_at


def _warn(actor: Actor, contract: Contract, hole: Span) -> GapWarning:
    same = (GapWarning.contract_id == contract.id, GapWarning.starts_at == hole.starts_at)
    row = session().scalars(sa.select(GapWarning).where(*same)).one_or_none()
    if row is None:
        row = GapWarning(id=new_id(), contract_id=contract.id, starts_at=hole.starts_at, ends_at=hole.ends_at)
        session().add(row)
    row.found_at, row.closed_at = clock.now(), None
    since, until = clock.to_local(hole.starts_at), clock.to_local(hole.ends_at)
    identity.record(
        actor,
        "duty.gap_found",
        subject=("contract", contract.id),
        summary=f"合同 {contract.number} 值班空档：{since:%Y-%m-%d %H:%M} 至 {until:%Y-%m-%d %H:%M}",
    )
    return row


def _term(contract: Contract, span: Span) -> Span | None:
    """The part of a span inside the contract's term; None if there is none, or the contract never came into force."""
    if contract.state is ContractState.DRAFT:
        return None
    starts = max(span.starts_at, clock.start_of(contract.starts_on))
    ends = min(span.ends_at, clock.end_of(contract.ends_on))
    return Span(starts, ends) if starts < ends else None


def _spans(contract_id: uuid.UUID, whole: Span) -> list[Span]:
    query = sa.select(Shift.starts_at, Shift.ends_at).where(
        Shift.contract_id == contract_id,
        Shift.cancelled_at.is_(None),
        Shift.backup.is_(False),
        Shift.starts_at < whole.ends_at,
        Shift.ends_at > whole.starts_at,
    )
    return [Span(row.starts_at, row.ends_at) for row in session().execute(query)]
