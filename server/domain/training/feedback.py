"""What people who were there may read, and what they answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.core import clock
from server.core.db import session
from server.core.errors import Conflict
from server.core.ids import new_id
from server.domain import identity
from server.domain.identity import Actor
from server.domain.training import questions
from server.domain.training.access import SUBJECT, TrainingNotFound
from server.domain.training.models import Answer, Attendance, Training
from server.domain.training.questions import Question, Result
from server.domain.training.vocabulary import State

ANSWERABLE = frozenset({State.OPEN, State.HELD})


class FeedbackClosed(Conflict):
    """The training is closed, or asks nothing."""

    code = "training_feedback_closed"
    message = "该培训没有问卷，或问卷已截止。"


class AnsweredBefore(Conflict):
    """One answer each."""

    code = "training_answered_before"
    message = "您已提交过反馈，感谢参与。"


@dataclass(frozen=True, slots=True)
class Seat:
    """A training as somebody who was there sees it."""

    training: Training
    attendance: Attendance
    questions: list[Question]
    answered: bool

    @property
    def answerable(self) -> bool:
        """Whether an answer would be taken now."""
        return bool(self.questions) and not self.answered and self.training.state in ANSWERABLE


def seat_of(actor: Actor, training_id: uuid.UUID) -> Seat:
    """A training that the calling citizen has checked in to; TrainingNotFound for every other."""
    query = (
        sa.select(Training, Attendance, Answer.id)
        .join(Attendance, Attendance.training_id == Training.id)
        .outerjoin(Answer, Answer.attendance_id == Attendance.id)
        .where(Training.id == training_id, Attendance.citizen_id == actor.id)
    )
    found = session().execute(query).one_or_none()
    if found is None:
        raise TrainingNotFound
    training, attendance, answer_id = found
    return Seat(training, attendance, questions.asked(training.questions), answer_id is not None)


def answer(actor: Actor, training_id: uuid.UUID, *, answers: Sequence[Any]) -> Seat:
    """Answer the questionnaire, once, until the training is closed. Names are not told with the answers."""
    identity.require_consent(actor)
    held = sa.select(Training).where(Training.id == training_id).with_for_update()
    session().scalars(held.execution_options(populate_existing=True)).one_or_none()
    seat = seat_of(actor, training_id)
    if seat.answered:
        raise AnsweredBefore
    if not seat.answerable:
        raise FeedbackClosed
    row = Answer(
        id=new_id(),
        training_id=training_id,
        attendance_id=seat.attendance.id,
        answers=questions.answers_to(seat.questions, answers),
        answered_at=clock.now(),
    )
    session().add(row)
    session().flush()
    number = seat.training.number
    identity.record(actor, "training.answered", subject=(SUBJECT, training_id), summary=f"{number} 提交培训反馈")
    return Seat(seat.training, seat.attendance, seat.questions, answered=True)


def results_of(training: Training) -> list[Result]:
    """What was answered, question by question. The caller has found the training for its actor."""
    query = sa.select(Answer.answers).where(Answer.training_id == training.id).order_by(Answer.answered_at, Answer.id)
    return questions.summed(questions.asked(training.questions), list(session().scalars(query)))
