"""What the pages of security incidents ask for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.admin.acceptance_forms import moment_field, words_field
from server.admin.secrecy_forms import line
from server.domain import secrecy
from server.domain.secrecy import Grade, IncidentKind, Told


class IncidentSchema(Schema):
    """An incident, as far as it is known."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    title = line("事件名称", 200)
    kind = fields.Enum(IncidentKind, by_value=True, required=True, metadata={"label": "类别"})
    grade = fields.Enum(
        Grade,
        by_value=True,
        required=True,
        metadata={"label": "级别", "help": "初判即可，局方可以调整；较重的级别须限时上报。"},
    )
    discovered_at = moment_field("发现时间", "上报时限自发现时起算。", required=True)
    discovered_by = line("发现人", 64)
    systems = line("影响系统", 1000)
    symptom = words_field("现象和经过", most=5000, rows=4)
    impact = words_field("影响和危害", "选填，可在处置中补充。", most=5000, required=False)
    leak = fields.Boolean(load_default=False, metadata={"label": "可能涉及个人信息泄露"})
    persons_count = fields.Integer(
        load_default=None, validate=validate.Range(min=0), metadata={"label": "涉及人数", "help": "不清楚的先不填。"}
    )
    data_kinds = line("涉及的信息种类", 200, "例如：姓名、手机号。", required=False)


class StepSchema(Schema):
    """What was done."""

    text = words_field("处置内容", "做了什么、结果如何。", most=5000)
    at = moment_field("时间", "不填即为现在。")


class ToldSchema(Schema):
    """Somebody was told."""

    whom = fields.Enum(
        Told,
        by_value=True,
        required=True,
        metadata={"label": "通知对象", "choices": [(each.value, each.label) for each in Told if each is not Told.CAC]},
    )
    name = line("单位或人员", 100, "选填；通知个人的写人数和方式。", required=False)
    text = words_field("内容", "选填。", most=5000, required=False)
    at = moment_field("时间", "不填即为现在。")


class ReportSchema(Schema):
    """The report to the authority."""

    reported_at = moment_field("上报时间", "以实际报出的时间为准。", required=True)
    to = line("上报单位", 100)
    ref = line("上报编号或方式", 200, "平台回执号、电话记录、传真编号。")
    text = words_field("说明", "选填。", most=5000, required=False)


class GradeSchema(Schema):
    """Another grade."""

    grade = fields.Enum(Grade, by_value=True, required=True, metadata={"label": "级别"})
    reason = line("依据", 1000)


class PersonsSchema(Schema):
    """Personal data are concerned."""

    persons_count = fields.Integer(
        load_default=None, validate=validate.Range(min=0), metadata={"label": "涉及人数", "help": "待查的不填。"}
    )
    data_kinds = line("信息种类", 200)
    harmless_reason = words_field(
        "可以不通知个人的理由",
        "仅局方填写：采取的措施能够有效避免危害的，写明措施（第五十七条）。",
        most=1000,
        required=False,
    )


class ContainSchema(Schema):
    """It does no further harm."""

    text = words_field("控制情况", most=5000)
    at = moment_field("控制时间", "不填即为现在。")


class CloseSchema(Schema):
    """The review."""

    cause = words_field("原因分析", most=5000)
    measures = words_field("已采取和拟采取的措施", most=5000)
    review = words_field("总结和整改", "责任、教训、整改人和期限。", most=5000)


class RulesSchema(Schema):
    """The installation's rule on reporting."""

    hours = fields.Integer(
        required=True,
        validate=validate.OneOf(secrecy.HOURS),
        metadata={
            "label": "上报时限",
            "widget": "radio",
            "choices": [
                ("1", "1 小时（关键信息基础设施）"),
                ("2", "2 小时（中央和国家机关）"),
                ("4", "4 小时（其他运营者）"),
            ],
        },
    )
    source = line("依据", 200)
    authority = line("上报单位", 100)
    report_from = fields.Enum(Grade, by_value=True, required=True, metadata={"label": "从哪一级起须上报"})
    review_days = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=90),
        metadata={"label": "总结期限（天）", "help": "事件控制后多少天内完成总结结案。"},
    )
