"""What the pages of upkeep ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from server.admin.acceptance_forms import papers_field, words_field
from server.core import clock
from server.core.clock import LOCAL
from server.domain import upkeep
from server.domain.upkeep import DrillForm, DrillResult, GuidanceChannel, Risk, Severity, WorkKind
from server.gateways.papers import Paper

HALF_AN_HOUR = timedelta(minutes=30)


def line_field(label: str, most: int, help_text: str = "", *, required: bool = True) -> fields.String:
    """One line of words."""
    told = {"label": label, "help": help_text, "widget": "text"}
    if required:
        return fields.String(required=True, validate=validate.Length(max=most), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=most), metadata=told)


def day_field(label: str, help_text: str = "", *, required: bool = True) -> fields.Date:
    """A day; today unless another is named."""
    told = {"label": label, "help": help_text}
    if required:
        return fields.Date(load_default=clock.today, metadata=told)
    return fields.Date(load_default=None, metadata=told)


def _now(label: str, *, ago: timedelta = timedelta()) -> fields.AwareDateTime:
    return fields.AwareDateTime(
        load_default=lambda: (clock.now() - ago).replace(second=0, microsecond=0),
        default_timezone=LOCAL,
        metadata={"label": label},
    )


def _moment(label: str, help_text: str = "") -> fields.AwareDateTime:
    return fields.AwareDateTime(load_default=None, default_timezone=LOCAL, metadata={"label": label, "help": help_text})


def _contract() -> fields.String:
    return fields.String(required=True, metadata={"label": "所属合同"})


def _choice(label: str, none: str = "不关联") -> fields.String:
    return fields.String(load_default="", metadata={"label": label, "placeholder": none})


def _ticket() -> fields.String:
    return line_field("关联工单", 24, "填写工单编号，如 FW-2026-0042。", required=False)


class WorkSchema(Schema):
    """A piece of maintenance: the first five fields are enough."""

    contract_id = _contract()
    kind = fields.Enum(WorkKind, by_value=True, load_default=WorkKind.ROUTINE, metadata={"label": "类别"})
    what = words_field("做了什么", most=500, rows=2)
    started_at = _now("开始时间", ago=HALF_AN_HOUR)
    ended_at = _now("结束时间")
    who = line_field("维护人员", 64)
    systems = line_field("涉及系统", 300, required=False)
    versions = line_field("涉及版本", 300, required=False)
    why = words_field("原因", most=1000, required=False, rows=2)
    before = words_field("维护前情况", most=2000, required=False, rows=2)
    after = words_field("维护后情况", most=2000, required=False, rows=2)
    risk = fields.Enum(Risk, by_value=True, load_default=Risk.NONE, metadata={"label": "风险等级"})
    rollback = words_field("回退办法", "风险为“高”时必填。", most=2000, required=False, rows=2)
    ticket = _ticket()
    release_id = _choice("关联版本")
    inspection_id = _choice("关联巡检")
    upload = papers_field()


class GuidanceSchema(Schema):
    """A guidance."""

    contract_id = _contract()
    channel = fields.Enum(
        GuidanceChannel, by_value=True, load_default=GuidanceChannel.PHONE, metadata={"label": "方式"}
    )
    asker = line_field("咨询人", 64)
    question = words_field("问题", most=1000, rows=2)
    answer = words_field("指导内容", most=4000, rows=3)
    minutes = fields.Integer(
        load_default=10, validate=validate.Range(min=1, max=1440), metadata={"label": "用时（分钟）"}
    )
    given_at = _now("指导时间")
    who = line_field("指导人员", 64)
    unit = line_field("所在部门", 120, required=False)
    article_id = _choice("知识条目")
    ticket = _ticket()
    upload = papers_field()


class VisitSchema(Schema):
    """A visit."""

    contract_id = _contract()
    visited_on = day_field("服务日期")
    place = line_field("服务地点", 120)
    reason = words_field("服务事由", most=500, rows=2)
    who = line_field("服务人员", 64)
    work = words_field("处理过程", most=4000, required=False, rows=3)
    result = words_field("处理结果", most=1000, required=False, rows=2)
    host = line_field("甲方接待人", 64, required=False)
    ticket = line_field("关联工单", 24, "填了工单的，派员、到达、签认时间取自工单，不再填写。", required=False)
    dispatched_at = _moment("派员时间")
    arrived_at = _moment("到达时间")
    left_at = _moment("离开时间")
    upload = papers_field()


def correcting(schema: type[Schema]) -> Schema:
    """The same form for a correction, with its reason; whose contract it is does not change."""
    reason = words_field("更正原因", "原内容保留在记录的时间线中。", most=500, rows=2)
    version = fields.Integer(required=True, metadata={"label": "版本", "widget": "hidden"})
    made: Schema = type(f"Correct{schema.__name__}", (schema,), {"correction": reason, "version": version})(
        exclude=("contract_id",)
    )
    return made


class TemplateSchema(Schema):
    """The name under which an entry serves as a pattern."""

    name = line_field("模板名称", 64, "留空即不再作为模板。", required=False)


class PlanYearSchema(Schema):
    """The year's plan of a contract."""

    contract_id = _contract()
    working_day = fields.Integer(
        load_default=10,
        validate=validate.Range(min=1, max=15),
        metadata={"label": "每月第几个工作日", "help": "只安排还没有巡检的月份；日历未维护的月份不猜测。"},
    )
    inspector = line_field("巡检人", 64)


class BeginSchema(Schema):
    """A month's sheet."""

    contract_id = _contract()
    month = fields.Date("%Y-%m", required=True, metadata={"label": "巡检月份", "widget": "month"})
    inspector = line_field("巡检人", 64)
    place = line_field("巡检地点", 120, "不填则沿用上次。", required=False)
    extra = fields.Boolean(load_default=False, metadata={"label": "追加巡检", "help": "该月已有巡检时勾选，再做一次。"})


class HeadSchema(Schema):
    """Who, when and where, and the words at the end."""

    version = fields.Integer(required=True, metadata={"label": "版本", "widget": "hidden"})
    inspected_on = day_field("巡检日期", required=False)
    place = line_field("巡检地点", 120, required=False)
    inspector = line_field("巡检人", 64, required=False)
    companion = line_field("甲方陪同", 64, required=False)
    on_site = fields.Boolean(load_default=False, metadata={"label": "现场巡检"})
    off_site_reason = line_field(
        "未到现场的原因", 500, "未勾选“现场巡检”时必填；合同要求每月至少一次现场。", required=False
    )
    summary = words_field("巡检总结", most=2000, required=False, rows=3)
    advice = words_field("优化建议", most=2000, required=False, rows=2)
    upload = papers_field("照片和附件")


class FindingSchema(Schema):
    """What was found."""

    item_id = _choice("检查项", "不针对具体检查项")
    severity = fields.Enum(
        Severity, by_value=True, load_default=Severity.MINOR, metadata={"label": "程度", "widget": "radio"}
    )
    text = words_field("发现的问题", most=1000, rows=2)
    advice = words_field("整改建议", most=1000, required=False, rows=2)
    owner = line_field("整改责任人", 64)
    due_on = fields.Date(load_default=lambda: clock.today() + timedelta(days=7), metadata={"label": "整改期限"})
    plan_id = _choice("适用的应急预案")


class RectifySchema(Schema):
    """It is put right."""

    done_on = day_field("完成日期")
    note = words_field("整改情况", most=1000, rows=2)


class ReasonSchema(Schema):
    """A step that needs a reason."""

    reason = words_field("原因", "双方可见。", most=500, rows=2)


class RescheduleSchema(Schema):
    """Another day of the same month."""

    version = fields.Integer(required=True, metadata={"label": "版本", "widget": "hidden"})
    planned_on = fields.Date(required=True, metadata={"label": "计划日期"})
    inspector = line_field("巡检人", 64)


class PlanSchema(Schema):
    """A contingency plan."""

    contract_id = _contract()
    scenario = line_field("适用场景", 120)
    trigger = words_field("启动条件", most=1000, rows=2)
    steps = words_field("处置步骤", "一行一步。", most=10000, rows=8)
    owner = line_field("负责人", 64)
    contacts = line_field("联系方式", 500, required=False)
    every_months = fields.Integer(
        load_default=12,
        validate=validate.Range(min=0, max=36),
        metadata={"label": "演练周期（月）", "help": "0 表示不定期。"},
    )
    next_drill_on = day_field("下次演练", "不填则按周期推算。", required=False)
    upload = papers_field()


class DrillSchema(Schema):
    """A drill."""

    drilled_on = day_field("演练日期")
    form = fields.Enum(
        DrillForm, by_value=True, load_default=DrillForm.TABLETOP, metadata={"label": "方式", "widget": "radio"}
    )
    leader = line_field("组织人", 64)
    people = line_field("参加人员", 500, required=False)
    course = words_field("演练过程", most=4000, rows=4)
    result = fields.Enum(DrillResult, by_value=True, required=True, metadata={"label": "结果", "widget": "radio"})
    lessons = words_field("存在问题与改进措施", "未完全达到预期时必填。", most=2000, required=False, rows=2)
    upload = papers_field()


def kept(files: Sequence[FileStorage]) -> list[Paper]:
    """The files of a form, kept before the unit of work: nothing is locked while they are read."""
    return [upkeep.take_paper(name=file.filename or "", raw=file.read()) for file in files]
