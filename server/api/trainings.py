"""培训：扫描现场二维码或输入 6 位签到码签到，查看本人参加的培训，填写反馈。"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint
from marshmallow import ValidationError, fields, validate

from server.api.http import Body, fails, gives, idempotent, limited, needs_citizen, takes
from server.api.schemas import STORABLE, UNSTORABLE, Flag, Id, Moment, Schema, Text
from server.core.secrecy import SecretMarked
from server.domain import training
from server.domain.identity import Actor, ConsentRequired
from server.domain.training import (
    AnsweredBefore,
    CheckIn,
    CheckInClosed,
    CodeExpired,
    CodeWrong,
    FeedbackClosed,
    Mode,
    QuestionKind,
    Seat,
    State,
    TrainingFull,
    TrainingNotFound,
    Way,
)

blueprint = Blueprint("trainings", __name__, url_prefix="/trainings")

CODE = 120
MOST_ANSWERS = 10
LONGEST_ANSWER = 500
LARGEST_ANSWER = 5
PHONE = r"^1\d{10}$"


class Answered(fields.Field[Any]):
    """One answer: an option's place, a score, words, or null."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, float) and value.is_integer():
            # JSON knows one kind of number: 5.0 is 5.
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValidationError("应为整数或文字，不答的填 null。")
        if isinstance(value, int) and not 0 <= value <= LARGEST_ANSWER:
            raise ValidationError(f"应在 0 与 {LARGEST_ANSWER} 之间。")
        if isinstance(value, str) and (len(value) > LONGEST_ANSWER or UNSTORABLE.search(value)):
            raise ValidationError(f"最多 {LONGEST_ANSWER} 个字，且不能含无法保存的字符。")
        return value


class CheckInAsked(Schema):
    """Who is there, and what the screen shows."""

    code = Text(
        longest=CODE,
        required=True,
        metadata={"description": "二维码的内容，或屏幕上的 6 位签到码。", "example": "204816"},
    )
    name = Text(longest=64, required=True, metadata={"description": "真实姓名，印在签到表上。"})
    unit = Text(longest=100, required=True, metadata={"description": "工作单位或科室。"})
    phone = fields.String(
        validate=validate.Regexp(PHONE),
        metadata={"description": "选填；须已同意手机号一项，只保存掩码。", "example": "13800138000"},
    )


class QuestionOut(Schema):
    """One question of the questionnaire."""

    kind = fields.Enum(QuestionKind, by_value=True, required=True)
    text = fields.String(required=True)
    options = fields.List(fields.String(), required=True, metadata={"description": "单选题的选项，其他题为空。"})


class AttendanceOut(Schema):
    """The citizen's own check-in."""

    name = fields.String(required=True)
    unit = fields.String(required=True)
    phone_masked = fields.String(required=True)
    way = fields.Enum(Way, by_value=True, required=True)
    late = Flag(required=True)
    checked_in_at = Moment(required=True)


class TrainingOut(Schema):
    """What somebody who was there may know of a training."""

    id = Id(required=True, attribute="training.id")
    number = fields.String(required=True, attribute="training.number")
    topic = fields.String(required=True, attribute="training.topic")
    mode = fields.Enum(Mode, by_value=True, required=True, attribute="training.mode")
    place = fields.String(required=True, attribute="training.place")
    trainer = fields.String(required=True, attribute="training.trainer_name")
    starts_at = Moment(required=True, attribute="training.planned_start")
    ends_at = Moment(required=True, attribute="training.planned_end")
    state = fields.Enum(State, by_value=True, required=True, attribute="training.state")
    attendance = fields.Nested(AttendanceOut, required=True)
    questions = fields.List(fields.Nested(QuestionOut), required=True)
    answered = Flag(required=True, metadata={"description": "本人是否已提交反馈。"})
    answerable = Flag(required=True, metadata={"description": "现在能否提交反馈。"})


class CheckInOut(Schema):
    """The check-in that counts."""

    training_id = Id(required=True, attribute="training.id")
    topic = fields.String(required=True, attribute="training.topic")
    attendance = fields.Nested(AttendanceOut, required=True)
    repeated = Flag(required=True, metadata={"description": "此前已签到，本次未改变任何内容。"})


class Feedback(Schema):
    """Answers in the order of the questions."""

    answers = fields.List(
        Answered(
            allow_none=True,
            metadata={
                "type": ["integer", "string"],
                "minimum": 0,
                "maximum": LARGEST_ANSWER,
                "maxLength": LONGEST_ANSWER,
                "pattern": STORABLE,
            },
        ),
        required=True,
        validate=validate.Length(min=1, max=MOST_ANSWERS),
        metadata={
            "description": "与题目逐一对应：单选填选项序号（从 0 起），评分填 1 至 5，文字填内容，不答填 null。",
        },
    )


# A whole class sits behind the one address of its office: the limit by address leaves room for it.
@blueprint.post("/check-in")
@needs_citizen
@limited("10/minute;60/day")
@limited("600/hour", by_address=True)
@idempotent
@takes(CheckInAsked)
@gives(CheckInOut, status=201)
@fails(ConsentRequired, CodeWrong, CodeExpired, CheckInClosed, TrainingFull, SecretMarked)
def check_in(actor: Actor, body: Body) -> CheckIn:
    """培训签到。

    须已同意隐私保护指引。签到码每 30 秒更换，上一个码仍可用一次轮换；每人每次培训签到一次，再次签到返回首次的结果。
    """
    return training.check_in(
        actor, code=body["code"], name=body["name"], unit=body["unit"], phone=body.get("phone", "")
    )


@blueprint.get("/<uuid:id>")
@needs_citizen
@limited("120/minute")
@gives(TrainingOut)
@fails(TrainingNotFound)
def show(actor: Actor, id: uuid.UUID) -> Seat:
    """本人已签到的一次培训。"""
    return training.seat_of(actor, id)


@blueprint.post("/<uuid:id>/feedback")
@needs_citizen
@limited("10/minute;60/day")
@idempotent
@takes(Feedback)
@gives(TrainingOut, status=201)
@fails(TrainingNotFound, ConsentRequired, AnsweredBefore, FeedbackClosed, SecretMarked)
def feedback(actor: Actor, id: uuid.UUID, body: Body) -> Seat:
    """提交培训反馈。每人一次，培训归档后不再接收；汇总时不显示姓名。"""
    return training.answer(actor, id, answers=body["answers"])
