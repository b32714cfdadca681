"""Check-in: by the rotating code with one's own phone, or by the trainer's hand for who has none."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict, Invalid
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.training import access, codes
from server.domain.training.access import wrote
from server.domain.training.models import NAME, UNIT, Answer, Attendance, Training
from server.domain.training.states import after
from server.domain.training.vocabulary import State, Step, Way

GRACE = timedelta(minutes=10)
NOTE = 200
MOST_PEOPLE = 500
PHONE = re.compile(r"1\d{10}")


class CheckInClosed(Conflict):
    """Check-in has not begun, or is over."""

    code = "training_check_in_closed"
    message = "该培训未开放签到或签到已结束，请联系培训人登记。"


class AlreadyEntered(Conflict):
    """There is somebody of that name and unit; two of one name are told apart in the name."""

    code = "training_already_entered"
    message = "该单位同名人员已登记；确为不同的人，请在姓名后注明，例如“张伟（二科）”。"


class TrainingFull(Conflict):
    """More people than one training can have."""

    code = "training_full"
    message = f"一次培训最多登记 {MOST_PEOPLE} 人。"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in with its training. ``repeated``: it was there before, as it is shown."""

    training: Training
    attendance: Attendance
    repeated: bool


def check_in(actor: Actor, *, code: str, name: str, unit: str, phone: str = "") -> CheckIn:
    """A citizen was there, says the code on the screen. The second time tells of the first, and changes nothing.

    Needs consent to the notice; to its scope ``phone`` if a number is given, of which only the mask is kept.
    """
    identity.require_consent(actor)
    if phone:
        identity.require_consent(actor, "phone")
    training = _opened(code)
    seen = session().scalars(_own(actor, training).with_for_update()).one_or_none()
    if seen is not None:
        return CheckIn(training, seen, repeated=True)
    now = clock.now()
    row = _row(training, name=name, unit=unit, phone=phone, way=Way.TYPED if codes.is_typed(code) else Way.SCANNED)
    row.citizen_id = actor.id
    row.late = now > training.planned_start + GRACE
    session().add(row)
    session().flush()
    identity.record(
        actor,
        "training.checked_in",
        subject=(access.SUBJECT, training.id),
        summary=f"{training.number} {row.way.label}签到{'（迟到）' if row.late else ''}",
    )
    return CheckIn(training, row, repeated=False)


def check_in_by_hand(
    actor: Actor, training_id: uuid.UUID, *, name: str, unit: str, phone: str = "", late: bool = False, note: str = ""
) -> Attendance:
    """The trainer enters somebody without a phone; it says so. Needs record.log on the contract."""
    training = access.hold(actor, training_id)
    after(training.state, Step.ATTENDED)
    row = _row(training, name=name, unit=unit, phone=phone, way=Way.BY_HAND)
    same = sa.select(Attendance.id).where(
        Attendance.training_id == training.id, Attendance.name == row.name, Attendance.unit == row.unit
    )
    if session().scalar(same.limit(1)) is not None:
        raise AlreadyEntered
    row.late, row.entered_by_name = late, actor.name[:NAME]
    row.note = wrote("note", note, longest=NOTE, needed=False)
    session().add(row)
    access.move(actor, training, Step.ATTENDED, summary="手工登记参训人员", text=row.unit)
    return row


def strike(actor: Actor, attendance_id: uuid.UUID, *, reason: str) -> Training:
    """Take back a check-in that was none, with the reason; its answers go with it."""
    found = session().get(Attendance, attendance_id)
    if found is None:
        raise access.TrainingNotFound
    training = access.hold(actor, found.training_id)
    after(training.state, Step.STRUCK)
    told = wrote("reason", reason, longest=NOTE)
    session().execute(sa.delete(Answer).where(Answer.attendance_id == attendance_id))
    session().delete(found)
    access.move(actor, training, Step.STRUCK, summary=f"撤销一人签到：{told}", text=told)
    return training


def _opened(code: str) -> Training:
    """The training that the code is of, held, and open; whoever checks in at once waits for the other a moment."""
    now = clock.now()
    training_id = _typed(code) if codes.is_typed(code) else codes.training_of(code, now)
    query = sa.select(Training).where(Training.id == training_id)
    training = session().scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if training is None:
        raise codes.CodeWrong
    if training.state is not State.OPEN or now > training.check_in_until:
        raise CheckInClosed
    return training


def _typed(code: str) -> uuid.UUID:
    """Whose six digits these are, among the trainings that are open; should two show the same, scanning tells."""
    now = clock.now()
    open_ones = session().scalars(sa.select(Training.id).where(Training.state == State.OPEN))
    found = [training_id for training_id in open_ones if codes.fits(code, training_id, now)]
    if len(found) != 1:
        raise codes.CodeWrong
    return found[0]


def _own(actor: Actor, training: Training) -> sa.Select[tuple[Attendance]]:
    return sa.select(Attendance).where(Attendance.training_id == training.id, Attendance.citizen_id == actor.id)


def _row(training: Training, *, name: str, unit: str, phone: str, way: Way) -> Attendance:
    count = sa.select(sa.func.count()).select_from(Attendance).where(Attendance.training_id == training.id)
    if (session().scalar(count) or 0) >= MOST_PEOPLE:
        raise TrainingFull
    if phone and not PHONE.fullmatch(phone):
        raise Invalid(fields={"phone": ["手机号格式不正确。"]})
    return Attendance(
        id=new_id(),
        training_id=training.id,
        name=wrote("name", name, longest=NAME),
        unit=wrote("unit", unit, longest=UNIT),
        phone_masked=identity.mask_phone(phone or None) or "",
        way=way,
        checked_in_at=clock.now(),
    )
