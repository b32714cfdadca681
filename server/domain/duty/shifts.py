"""The roster: shifts planned one by one or by rotation, changed, cancelled, handed over (A19)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from server.core import clock, crypto
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.duty import access, cover, phones, rotation
from server.domain.duty.access import wrote
from server.domain.duty.coverage import Span, shared
from server.domain.duty.models import NAME, Shift
from server.domain.duty.vocabulary import Pattern
from server.domain.identity import Actor, Permission

LONGEST_SHIFT = timedelta(days=31)
LONGEST_PLAN = timedelta(days=400)
MOST_PEOPLE = 20
SHOWN_ROWS = 3


class ShiftOver(Conflict):
    """The shift was cancelled."""

    code = "duty_shift_over"
    message = "该班次已取消。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """Who is on duty. Without a ``phone`` the one of their last shift on this contract is taken."""

    name: str
    phone: str = ""
    officer_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A shift that a rotation would plan."""

    name: str
    span: Span


def plan_shift(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    name: str,
    phone: str = "",
    starts_at: datetime,
    ends_at: datetime,
    officer_id: uuid.UUID | None = None,
    backup: bool = False,
    note: str = "",
) -> Shift:
    """Put somebody on duty from a moment up to another. Double cover is shown, not refused. Needs duty.manage."""
    access.contract_of(actor, contract_id, Permission.DUTY_MANAGE)
    span = _span(starts_at, ends_at)
    someone = Someone(name=name, phone=phone, officer_id=officer_id)
    shift = _write(actor, contract_id, someone, span, backup=backup, batch_id=None, note=note)
    _record(actor, "duty.planned", contract_id, f"安排 {shift.name} 值班：{_told(span)}", shift)
    return shift


def plan_rotation(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    people: Sequence[Someone],
    pattern: Pattern,
    first: date,
    last: date,
    change_at: time,
    night_at: time | None = None,
    backup: bool = False,
    fill_only: bool = True,
) -> list[Shift]:
    """Have people take turns over days so that no moment is left out. ``fill_only``: only where nobody is planned yet.

    The same call again with ``fill_only`` plans nothing more. Needs duty.manage.
    """
    access.contract_of(actor, contract_id, Permission.DUTY_MANAGE)
    drafts = _drafts(contract_id, people, pattern, first, last, change_at, night_at, fill_only=fill_only and not backup)
    batch = new_id()
    made = [
        _write(actor, contract_id, people[place], span, backup=backup, batch_id=batch, note="")
        for place, span in drafts
    ]
    names = "、".join(each.name for each in people[:SHOWN_ROWS]) + ("等" if len(people) > SHOWN_ROWS else "")
    _record(actor, "duty.rotated", contract_id, f"{first} 至 {last} 由 {names} {pattern.label}，共 {len(made)} 个班次")
    return made


def preview_rotation(
    actor: Actor,
    *,
    contract_id: uuid.UUID,
    people: Sequence[Someone],
    pattern: Pattern,
    first: date,
    last: date,
    change_at: time,
    night_at: time | None = None,
    backup: bool = False,
    fill_only: bool = True,
) -> list[Draft]:
    """The shifts that ``plan_rotation`` would plan."""
    access.contract_of(actor, contract_id, Permission.DUTY_MANAGE)
    drafts = _drafts(contract_id, people, pattern, first, last, change_at, night_at, fill_only=fill_only and not backup)
    return [Draft(people[place].name, span) for place, span in drafts]


def change_shift(
    actor: Actor,
    shift_id: uuid.UUID,
    *,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    phone: str = "",
    officer_id: uuid.UUID | None = None,
    backup: bool = False,
    note: str = "",
) -> Shift:
    """Give a shift another person or other hours; without ``phone`` the known number stays."""
    shift = _standing(actor, shift_id)
    span = _span(starts_at, ends_at)
    before = (shift.name, _told(Span(shift.starts_at, shift.ends_at)))
    words = wrote("note", note, longest=300, needed=False)
    someone = Someone(name=wrote("name", name, longest=NAME), phone=phone, officer_id=officer_id)
    if someone.name != shift.name or phone.strip():
        _call_by(shift, _phone_for(shift.contract_id, someone))
    shift.name, shift.officer_id = someone.name, officer_id
    shift.starts_at, shift.ends_at, shift.backup = span.starts_at, span.ends_at, backup
    shift.note = words
    session().flush()
    changes = {"name": [before[0], shift.name], "span": [before[1], _told(span)]}
    identity.record(
        actor,
        "duty.changed",
        subject=("duty_shift", shift.id),
        summary=f"调整值班：{shift.name}，{_told(span)}",
        changes=changes,
    )
    return shift


def cancel_shift(actor: Actor, shift_id: uuid.UUID, *, reason: str) -> Shift:
    """Take a shift off the roster; it stays on record."""
    shift = _standing(actor, shift_id)
    shift.cancelled_at, shift.cancel_reason = clock.now(), wrote("reason", reason, longest=200)
    told = _told(Span(shift.starts_at, shift.ends_at))
    _record(
        actor, "duty.cancelled", shift.contract_id, f"取消 {shift.name} 的值班（{told}）：{shift.cancel_reason}", shift
    )
    return shift


def hand_over(actor: Actor, shift_id: uuid.UUID, *, text: str) -> Shift:
    """What the next one must know, written at the end of a shift. Needs call.log: those on duty hold it."""
    shift = access.hold(actor, Shift, shift_id, Permission.CALL_LOG)
    if shift.cancelled_at is not None:
        raise ShiftOver
    shift.handover = wrote("text", text)
    shift.handed_over_at, shift.handed_over_by_name = clock.now(), actor.name[:NAME]
    shift.taken_over_at, shift.taken_over_by_name = None, ""
    _record(actor, "duty.handed_over", shift.contract_id, f"{shift.name} 值班交接", shift)
    return shift


def take_over(actor: Actor, shift_id: uuid.UUID) -> Shift:
    """Confirm that a hand-over was read: by somebody else than who wrote it."""
    shift = access.hold(actor, Shift, shift_id, Permission.CALL_LOG)
    if shift.handed_over_at is None or shift.taken_over_at is not None:
        raise Conflict("没有待接班的交接记录。")
    if shift.handed_over_by_name == actor.name[:NAME]:
        raise Conflict("交班和接班不能是同一人。")
    shift.taken_over_at, shift.taken_over_by_name = clock.now(), actor.name[:NAME]
    _record(actor, "duty.taken_over", shift.contract_id, f"{shift.name} 的值班由 {actor.name} 接班", shift)
    return shift


def find_shift(actor: Actor, shift_id: uuid.UUID) -> Shift:
    """One shift; DutyNotFound if not this actor's to see."""
    return access.find(actor, Shift, shift_id)


def shifts_between(
    actor: Actor, first: datetime, last: datetime, *, contract_id: uuid.UUID | None = None
) -> list[Shift]:
    """The standing shifts that touch a span of time, in order, as far as the actor may see."""
    query = sa.select(Shift).where(
        *access.visible(actor, Shift), Shift.cancelled_at.is_(None), Shift.starts_at < last, Shift.ends_at > first
    )
    if contract_id is not None:
        query = query.where(Shift.contract_id == contract_id)
    return list(session().scalars(query.order_by(Shift.starts_at, Shift.backup, Shift.id)))


def number_of(shift: Shift) -> str:
    """The number of somebody on duty, whole: it is there to be called. For those who may see the shift."""
    return crypto.ring().unseal(shift.phone_sealed, phones.shift_place(shift.id)) if shift.phone_sealed else ""


def _standing(actor: Actor, shift_id: uuid.UUID) -> Shift:
    shift = access.hold(actor, Shift, shift_id, Permission.DUTY_MANAGE)
    if shift.cancelled_at is not None:
        raise ShiftOver
    return shift


def _drafts(
    contract_id: uuid.UUID,
    people: Sequence[Someone],
    pattern: Pattern,
    first: date,
    last: date,
    change_at: time,
    night_at: time | None,
    *,
    fill_only: bool,
) -> list[tuple[int, Span]]:
    faults: dict[str, list[str]] = {}
    if not 0 < len(people) <= MOST_PEOPLE:
        faults["people"] = [f"请填写 1 至 {MOST_PEOPLE} 人"]
    if last < first or last - first > LONGEST_PLAN:
        faults["last"] = [f"应不早于开始日期，且一次不超过 {LONGEST_PLAN.days} 天"]
    if pattern is Pattern.DAY_NIGHT and (night_at is None or night_at == change_at):
        faults["night_at"] = ["请填写与白班不同的夜班开始时间"]
    if faults:
        raise Invalid(fields=faults)
    made = rotation.turns(len(people), pattern, first, last, change_at=change_at, night_at=night_at)
    if not fill_only:
        return [(turn.who, turn.span) for turn in made]
    free = cover.holes(contract_id, Span(clock.start_of(first), clock.end_of(last)))
    return [(turn.who, part) for turn in made for part in shared(turn.span, free)]


def _write(
    actor: Actor,
    contract_id: uuid.UUID,
    someone: Someone,
    span: Span,
    *,
    backup: bool,
    batch_id: uuid.UUID | None,
    note: str,
) -> Shift:
    shift = Shift(
        id=new_id(),
        contract_id=contract_id,
        officer_id=someone.officer_id,
        name=wrote("name", someone.name, longest=NAME),
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        backup=backup,
        batch_id=batch_id,
        note=wrote("note", note, longest=300, needed=False),
        created_at=clock.now(),
        created_by_name=actor.name[:NAME],
    )
    _call_by(shift, _phone_for(contract_id, someone))
    session().add(shift)
    session().flush()
    return shift


def _call_by(shift: Shift, number: str) -> None:
    shift.phone_sealed, shift.phone_masked = phones.seal_shift(shift.id, number), phones.masked(number)


def _phone_for(contract_id: uuid.UUID, someone: Someone) -> str:
    """The number given, or the one of the same person's last shift on the contract."""
    given = phones.clean(someone.phone, field="phone")
    if given:
        return given
    same = Shift.officer_id == someone.officer_id if someone.officer_id else Shift.name == someone.name.strip()
    query = sa.select(Shift).where(Shift.contract_id == contract_id, Shift.phone_sealed.is_not(None), same)
    known = session().scalars(query.order_by(Shift.created_at.desc(), Shift.id.desc()).limit(1)).one_or_none()
    return number_of(known) if known else ""


def _span(starts_at: datetime, ends_at: datetime) -> Span:
    if ends_at <= starts_at:
        raise Invalid(fields={"ends_at": ["应晚于开始时间"]})
    if ends_at - starts_at > LONGEST_SHIFT:
        raise Invalid(fields={"ends_at": [f"一个班次不超过 {LONGEST_SHIFT.days} 天"]})
    return Span(starts_at, ends_at)


def _told(span: Span) -> str:
    since, until = clock.to_local(span.starts_at), clock.to_local(span.ends_at)
    return f"{since:%Y-%m-%d %H:%M} 至 {until:%Y-%m-%d %H:%M}"


def _record(actor: Actor, action: str, contract_id: uuid.UUID, summary: str, shift: Shift | None = None) -> None:
    subject = ("duty_shift", shift.id) if shift else ("contract", contract_id)
    identity.record(actor, action, subject=subject, summary=summary)
