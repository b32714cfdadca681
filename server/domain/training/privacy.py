"""What the room knows of a citizen, and how it forgets: the tie at once, the name when it is on paper or after 15 days.

The sheet of who was there is an archive of the contract; once it is issued it keeps its names by that duty.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import hit, session
from server.domain import documents, identity
from server.domain.identity import SCHEDULER, Actor
from server.domain.training.models import Answer, Attendance, Training
from server.domain.training.vocabulary import State

ERASED = "已注销人员"
SHEET = "training_sign_in"
AT_MOST = timedelta(days=15)
BATCH = 200


def copy_of(citizen_id: uuid.UUID) -> list[dict[str, Any]]:
    """A citizen's own check-ins and answers as plain data, for the copy that PIPL 45 promises."""
    query = (
        sa.select(Training, Attendance, Answer.answers)
        .join(Attendance, Attendance.training_id == Training.id)
        .outerjoin(Answer, Answer.attendance_id == Attendance.id)
        .where(Attendance.citizen_id == citizen_id)
        .order_by(Attendance.checked_in_at)
    )
    return [
        {
            "number": training.number,
            "topic": training.topic,
            "name": attendance.name,
            "unit": attendance.unit,
            "phone_masked": attendance.phone_masked,
            "checked_in_at": attendance.checked_in_at.isoformat(),
            "way": attendance.way.label,
            "late": attendance.late,
            "answers": answers,
        }
        for training, attendance, answers in session().execute(query)
    ]


def forget_citizen(citizen_id: uuid.UUID) -> int:
    """Cut the tie between an account and its check-ins, and drop the phone's mask; how many. Again at any time."""
    count = hit(
        sa.update(Attendance)
        .where(Attendance.citizen_id == citizen_id)
        .values(citizen_id=None, phone_masked="", forgotten_at=clock.now())
    )
    if count:
        identity.record(SCHEDULER, "training.citizen_forgotten", summary=f"注销用户的 {count} 次培训签到已脱钩")
    return count


def erase_names(actor: Actor) -> int:
    """Erase the names of forgotten people where the sheet is issued, the training called off, or 15 days gone. A batch."""
    waiting = sa.select(Attendance, Training.state).join(Training, Training.id == Attendance.training_id)
    waiting = waiting.where(Attendance.forgotten_at.is_not(None), Attendance.erased_at.is_(None))
    rows = [(row, state) for row, state in session().execute(waiting.order_by(Attendance.forgotten_at).limit(BATCH))]
    issued = documents.states_of(SHEET, {row.training_id for row, _ in rows}) if rows else {}
    before = clock.now() - AT_MOST
    gone = 0
    for row, state in rows:
        if row.training_id in issued or state is State.CANCELLED or (row.forgotten_at or before) <= before:
            row.name, row.unit, row.note, row.erased_at = ERASED, "", "", clock.now()
            gone += 1
    if gone:
        session().flush()
        identity.record(actor, "training.names_erased", summary=f"抹去 {gone} 名已注销人员的签到姓名")
    return gone


def names_to_erase() -> bool:
    """Whether anybody forgotten still has a name here."""
    query = sa.select(Attendance.id).where(Attendance.forgotten_at.is_not(None), Attendance.erased_at.is_(None))
    return session().scalar(query.limit(1)) is not None


def forget_phones(actor: Actor, *, days: int) -> int:
    """Drop the masks of phone numbers of trainings that were closed so many days ago. A batch."""
    old = sa.select(Attendance.id).join(Training, Training.id == Attendance.training_id)
    old = old.where(Attendance.phone_masked != "", Training.closed_at < clock.now() - timedelta(days=days))
    ids = list(session().scalars(old.limit(BATCH)))
    if ids:
        hit(sa.update(Attendance).where(Attendance.id.in_(ids)).values(phone_masked=""))
        identity.record(actor, "training.phones_forgotten", summary=f"到期清除 {len(ids)} 条培训签到的联系方式")
    return len(ids)
