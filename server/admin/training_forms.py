"""What the pages of trainings ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from server.admin.acceptance_forms import moment_field, words_field
from server.admin.messages import AnyField
from server.core.errors import Invalid
from server.core.ids import parse_id
from server.domain import training
from server.domain.training import FileKind, Ground, Mode, Question, QuestionKind, Trainer, Training

LENGTHS = (
    ("30", "半小时"),
    ("60", "1 小时"),
    ("90", "1.5 小时"),
    ("120", "2 小时"),
    ("180", "3 小时"),
    ("240", "4 小时"),
    ("360", "6 小时"),
)
OUTSIDE = "outside"
MOST_QUESTIONS = 10
SPARE_QUESTIONS = 3
SPLIT = "/"
RIGHT = "*"
MOST_FILES = 9
FILES = ".pdf,.docx,.xlsx,image/png,image/jpeg,image/webp"


def _line(
    label: str, most: int, help_text: str = "", *, required: bool = False, placeholder: str = ""
) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "text"} | ({"placeholder": placeholder} if placeholder else {})
    if required:
        return fields.String(required=True, validate=validate.Length(max=most), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=most), metadata=told)


def _minutes() -> fields.String:
    return fields.String(
        load_default="120",
        validate=validate.OneOf([value for value, _ in LENGTHS], [text for _, text in LENGTHS]),
        metadata={"label": "时长", "widget": "select"},
    )


class ContentSchema(Schema):
    """What it is about, where, for whom and by whom."""

    topic = _line("培训主题", 120, required=True)
    trainer_id = fields.String(required=True, metadata={"label": "培训人"})
    trainer_name = _line("外部讲师姓名", 64, "只在培训人选“外部讲师”时填写，须同时填写单位和职务。")
    trainer_organisation = _line("外部讲师单位", 120)
    trainer_title = _line("外部讲师职务", 60)
    mode = fields.Enum(Mode, by_value=True, load_default=Mode.ON_SITE, metadata={"label": "方式", "widget": "radio"})
    place = _line("地点", 120, "远程培训填写会议名称或接入方式。")
    audience = _line("培训对象", 200, "例如：注册登记科及各基层所业务骨干。")
    content = words_field("培训内容", "系统运行、日常维护、功能操作等；归档前必填。", most=5000, required=False)
    reason = words_field("缘由", "选填；上线培训没有关联版本时必填。", required=False, rows=2)


class PlanSchema(ContentSchema):
    """A new training."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    ground = fields.Enum(Ground, by_value=True, required=True, metadata={"label": "性质", "widget": "radio"})
    release_id = fields.String(load_default="", metadata={"label": "对应版本", "placeholder": "不关联"})
    planned_start = moment_field("开始时间", "", required=True)
    minutes = _minutes()
    fixed = fields.Boolean(
        load_default=False, metadata={"label": "时间、地点和对象已确定，直接排期", "widget": "checkbox"}
    )


# The order in which a thumb goes through it: what must be said first, the rest below.
FIRST = ("contract_id", "ground", "topic", "planned_start", "minutes", "trainer_id", "place", "audience", "fixed")
OUTSIDER = ("trainer_name", "trainer_organisation", "trainer_title")
MORE = ("mode", "release_id", "reason", "content")


class ScheduleSchema(Schema):
    """When and where."""

    planned_start = moment_field("开始时间", "", required=True)
    minutes = _minutes()
    place = _line("地点", 120, required=True)
    audience = _line("培训对象", 200, required=True)
    reason = words_field("改期原因", "已排期的改期时必填。", required=False, rows=2)


class ReasonSchema(Schema):
    """A step that needs a reason."""

    reason = words_field("原因", "双方可见，记入时间线和审计日志。", rows=2)


class HoldSchema(Schema):
    """From when to when it was."""

    actual_start = moment_field("实际开始", "", required=True)
    actual_end = moment_field("实际结束", "课时按实际起止时间计算，以半小时为单位。", required=True)
    outcome = words_field("培训情况及效果", "选填。", most=5000, required=False)


class HoursSchema(Schema):
    """Other hours."""

    hours = fields.Decimal(
        required=True,
        places=1,
        validate=validate.Range(min=Decimal("0.5"), max=Decimal(24)),
        metadata={"label": "课时（小时）", "help": "以 0.5 为单位。"},
    )
    reason = words_field("更正原因", "例如：中间休息、分两批讲授。", rows=2)


class PersonSchema(Schema):
    """Somebody without a phone."""

    name = _line("姓名", 64, required=True)
    unit = _line("单位", 100, required=True)
    phone = fields.String(
        load_default="",
        validate=validate.Regexp(r"^1\d{10}$", error="手机号格式不正确。"),
        metadata={"label": "手机号", "help": "选填，只保存掩码。", "inputmode": "tel"},
    )
    late = fields.Boolean(load_default=False, metadata={"label": "迟到", "widget": "checkbox"})
    note = _line("备注", 200)


class FilesSchema(Schema):
    """Papers of a training."""

    kind = fields.Enum(FileKind, by_value=True, load_default=FileKind.MATERIAL, metadata={"label": "类别"})
    upload = fields.List(
        fields.Raw(),
        required=True,
        validate=validate.Length(min=1, max=MOST_FILES, error=f"请选择 1 至 {MOST_FILES} 个文件。"),
        metadata={
            "label": "文件",
            "widget": "file",
            "accept": FILES,
            "help": "PDF、Word、Excel 或图片，每个不超过 20 MB。",
        },
    )


class TemplateSchema(Schema):
    """What a template is called."""

    name = _line("模板名称", 80, "以后新建培训时可选用。", required=True)


def question_schema(rows: int) -> Schema:
    """The questionnaire's form with so many rows."""
    lines: dict[str, AnyField] = {}
    for number in range(1, rows + 1):
        lines[f"kind_{number}"] = fields.Enum(
            QuestionKind, by_value=True, load_default=QuestionKind.SCORE, metadata={"label": f"第 {number} 题题型"}
        )
        lines[f"text_{number}"] = _line(f"第 {number} 题题目", 120, placeholder="题目")
        lines[f"options_{number}"] = _line(f"第 {number} 题选项", 500, placeholder="选项，仅单选题填写")
    made: Schema = type("QuestionRows", (Schema,), lines)()
    return made


def question_rows(questions: Sequence[Question]) -> tuple[int, dict[str, str]]:
    """How many rows the form needs, and what stands in them."""
    rows = min(len(questions) + SPARE_QUESTIONS, MOST_QUESTIONS)
    data: dict[str, str] = {}
    for number, question in enumerate(questions, 1):
        data[f"kind_{number}"], data[f"text_{number}"] = question.kind.value, question.text
        marked = [text + RIGHT * (at == question.right) for at, text in enumerate(question.options)]
        data[f"options_{number}"] = f" {SPLIT} ".join(marked)
    return rows, data


def questions_from(values: Mapping[str, Any], rows: int) -> list[Question]:
    """The questions that were filled in; an empty row is none. Options stand between slashes, the right one has a star."""
    found = []
    for number in range(1, rows + 1):
        text = values[f"text_{number}"]
        if not text:
            continue
        kind = values[f"kind_{number}"]
        options = [part.strip() for part in values[f"options_{number}"].split(SPLIT) if part.strip()]
        right = [at for at, option in enumerate(options) if option.endswith(RIGHT)]
        if len(right) > 1:
            raise Invalid(fields={f"options_{number}": ["只能有一个正确答案"]})
        told = tuple(option.removesuffix(RIGHT).strip() for option in options)
        found.append(Question(kind, text, told if kind is QuestionKind.CHOICE else (), right[0] if right else None))
    return found


def trainer_from(values: Mapping[str, Any]) -> Trainer:
    """The trainer that a form names: somebody of the roster, or the outsider below."""
    if values["trainer_id"] != OUTSIDE:
        return Trainer(maintainer_id=parse_id(values["trainer_id"]))
    return Trainer(
        name=values["trainer_name"], organisation=values["trainer_organisation"], title=values["trainer_title"]
    )


def timed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Beginning and end, as the verbs want them."""
    start = values["planned_start"]
    return {"planned_start": start, "planned_end": start + timedelta(minutes=int(values["minutes"]))}


def told_of(row: Training) -> dict[str, Any]:
    """What a form begins with that copies or changes a training."""
    minutes = int((row.planned_end - row.planned_start).total_seconds()) // 60
    return {
        "topic": row.topic,
        "trainer_id": str(row.trainer_id) if row.trainer_id else OUTSIDE,
        "trainer_name": "" if row.trainer_id else row.trainer_name,
        "trainer_organisation": "" if row.trainer_id else row.trainer_organisation,
        "trainer_title": "" if row.trainer_id else row.trainer_title,
        "mode": row.mode.value,
        "place": row.place,
        "audience": row.audience,
        "content": row.content,
        "reason": row.reason,
        "minutes": nearest(minutes),
    }


def nearest(minutes: int) -> str:
    """The length on offer that is nearest to one that was."""
    return min((value for value, _ in LENGTHS), key=lambda value: abs(int(value) - minutes))


def first_error(error: Invalid) -> str:
    """What a refusal says, for a page without its form."""
    return next((text for texts in error.fields.values() for text in texts), error.text)


STEP_SCHEMAS: Mapping[str, type[Schema]] = {
    "schedule": ScheduleSchema,
    "postpone": ReasonSchema,
    "cancel": ReasonSchema,
    "hold": HoldSchema,
    "hours": HoursSchema,
    "attend": PersonSchema,
    "files": FilesSchema,
    "template": TemplateSchema,
}
STATE_TONES = {
    training.State.PLANNED: "gray",
    training.State.SCHEDULED: "blue",
    training.State.OPEN: "violet",
    training.State.HELD: "amber",
    training.State.CLOSED: "green",
    training.State.POSTPONED: "amber",
    training.State.CANCELLED: "gray",
}
