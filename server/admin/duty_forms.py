"""What the pages of the duty roster and of the calls ask for."""

from __future__ import annotations

from datetime import time

from marshmallow import Schema, fields, validate

from server.admin.yes_no import YesNo
from server.core.clock import LOCAL
from server.core.errors import Invalid
from server.domain.duty import HEADINGS, Pattern, Someone
from server.domain.tickets import Kind, Severity

WORDS = validate.Length(max=5000)
LINE = validate.Length(max=200)
NAME = validate.Length(max=64)
PHONE = validate.Length(max=30)
CALL_KINDS = (Kind.CONSULTATION, Kind.FAULT, Kind.BUG, Kind.REQUIREMENT, Kind.SUGGESTION, Kind.DATA_REQUEST)


def _moment(label: str, help_text: str = "", *, required: bool = True) -> fields.AwareDateTime:
    told = {"label": label, "help": help_text}
    if required:
        return fields.AwareDateTime(required=True, default_timezone=LOCAL, metadata=told)
    return fields.AwareDateTime(load_default=None, default_timezone=LOCAL, metadata=told)


def _area(label: str, help_text: str = "", *, required: bool = False, rows: int = 3) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "textarea", "rows": str(rows)}
    if required:
        return fields.String(required=True, validate=WORDS, metadata=told)
    return fields.String(load_default="", validate=WORDS, metadata=told)


class ShiftSchema(Schema):
    """One shift."""

    name = fields.String(required=True, validate=NAME, metadata={"label": "值班人"})
    phone = fields.String(
        load_default="",
        validate=PHONE,
        metadata={"label": "联系电话", "inputmode": "tel", "help": "不填则沿用此人上次登记的号码；加密保存。"},
    )
    starts_at = _moment("开始")
    ends_at = _moment("结束", "可以跨午夜、跨节假日。")
    backup = fields.Boolean(load_default=False, metadata={"label": "备班", "help": "备班不计入值守，不能填补空档。"})
    note = fields.String(load_default="", validate=validate.Length(max=300), metadata={"label": "备注"})


class NewShiftSchema(ShiftSchema):
    """One shift of a contract."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})

    class Meta:
        fields = ("contract_id", "name", "phone", "starts_at", "ends_at", "backup", "note")


class RotationSchema(Schema):
    """Turns over weeks."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    people = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": "轮换人员",
            "widget": "textarea",
            "rows": "4",
            "help": "按轮换顺序每行一人：姓名 电话。不写电话则沿用上次登记的号码。",
            "placeholder": "郑一鸣 13800001111",
        },
    )
    pattern = fields.Enum(Pattern, by_value=True, required=True, metadata={"label": "轮换方式", "widget": "radio"})
    first = fields.Date(required=True, metadata={"label": "开始日期"})
    last = fields.Date(required=True, metadata={"label": "结束日期", "help": "含当日，至 24:00。"})
    change_at = fields.Time(
        load_default=time(8, 30), metadata={"label": "交接时间", "help": "每周轮换在周一的这个时间交接。"}
    )
    night_at = fields.Time(load_default=None, metadata={"label": "夜班开始时间", "help": "仅白班夜班轮换需要。"})
    backup = fields.Boolean(load_default=False, metadata={"label": "生成备班"})
    fill_only = fields.Boolean(
        load_default=False, metadata={"label": "只填空档", "help": "已有人值班的时段不再安排，可放心重复执行。"}
    )


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(required=True, validate=LINE, metadata={"label": "原因"})


class HandOverSchema(Schema):
    """What the next one must know."""

    text = _area("交接内容", "未办结的事项、需要留意的情况。", required=True, rows=4)


class LineSchema(Schema):
    """The public number."""

    hotline = fields.String(
        load_default="",
        validate=PHONE,
        metadata={"label": "值班电话", "inputmode": "tel", "help": "对外公布的号码。"},
    )
    owed = fields.Boolean(
        load_default=False,
        metadata={"label": "全年 365 天、每天 24 小时值守", "help": "勾选后，任何空档都会预警。"},
    )


class CallSchema(Schema):
    """A call, logged by hand."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    number = fields.String(
        load_default="",
        validate=PHONE,
        metadata={"label": "来电号码", "inputmode": "tel", "help": "加密保存，页面只显示部分；未显示号码可不填。"},
    )
    caller = fields.String(load_default="", validate=NAME, metadata={"label": "来电人"})
    started_at = _moment("来电时间")
    answered = YesNo("结果", yes="已接听", no="未接")
    answered_at = _moment("接听时间", "不填即为来电时间。", required=False)
    ended_at = _moment("结束时间", required=False)
    kind = fields.Enum(
        Kind,
        by_value=True,
        load_default=Kind.CONSULTATION,
        metadata={
            "label": "未接时登记为",
            "choices": [(each.value, each.label) for each in CALL_KINDS],
            "help": "未接来电自动生成工单，按来电时间起算响应时限。",
        },
    )
    note = _area("备注")


class CallBackSchema(Schema):
    """Calling back."""

    text = _area("回拨情况", "计入工单，作为首次响应。", required=True)
    at = _moment("回拨时间", "不填即为现在。", required=False)


class LinkSchema(Schema):
    """An existing ticket."""

    ticket = fields.String(
        required=True, validate=validate.Length(max=24), metadata={"label": "工单编号", "placeholder": "FW-2026-0042"}
    )


class OpenSchema(Schema):
    """A new ticket for an answered call."""

    kind = fields.Enum(
        Kind,
        by_value=True,
        required=True,
        metadata={"label": "类型", "choices": [(each.value, each.label) for each in CALL_KINDS]},
    )
    severity = fields.Enum(Severity, by_value=True, load_default=Severity.NORMAL, metadata={"label": "严重程度"})
    text = _area("问题", "来电人反映了什么。", required=True)
    answer = _area("当场答复", "填写后按接听时间记为首次响应。")


class UnmaskSchema(Schema):
    """Why the whole number is needed."""

    reason = fields.String(required=True, validate=LINE, metadata={"label": "查看原因", "help": "记入审计日志。"})


class ImportSchema(Schema):
    """The exchange's list."""

    contract_id = fields.UUID(required=True, metadata={"label": "合同", "widget": "select"})
    upload = fields.Raw(
        required=True,
        metadata={
            "label": "话单文件",
            "widget": "file",
            "accept": ".csv,text/csv",
            "help": f"CSV，首行为：{'、'.join(HEADINGS)}。接听时间为空即为未接；时间如 2025-09-28 09:12:00。",
        },
    )


def someone_in(text: str) -> list[Someone]:
    """People as typed, one a line: the name, then the number."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        digits = words[-1].lstrip("+").replace("-", "")
        phone = words[-1] if len(words) > 1 and digits.isdigit() else ""
        found.append(Someone(name=" ".join(words[:-1] if phone else words), phone=phone))
    if not found:
        raise Invalid(fields={"people": ["请至少填写一人"]})
    return found
