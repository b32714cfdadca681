"""What the pages of materials and remote services ask for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.admin.acceptance_forms import moment_field, papers_field, words_field
from server.core import clock
from server.domain.records import MaterialForm, Quality, SessionChannel


def _day(label: str, help_text: str = "", *, today: bool = True) -> fields.Date:
    told = {"label": label, "help": help_text}
    if today:
        return fields.Date(load_default=clock.today, metadata=told)
    return fields.Date(required=True, metadata=told)


def _line(label: str, most: int, help_text: str = "", *, required: bool = True) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "text"}
    if required:
        return fields.String(required=True, validate=validate.Length(max=most), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=most), metadata=told)


class MaterialSchema(Schema):
    """A material that the bureau is asked for."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    item = _line("资料名称", 200)
    form = fields.Enum(MaterialForm, by_value=True, required=True, metadata={"label": "类别"})
    requested_on = _day("提出日期", "可早于合同起始日：合同签订前约定的资料也在此登记。")
    due_on = _day("应交日期", "该日 24:00 前交付为按期。", today=False)
    note = words_field("说明", "选填，要求的格式、份数、用途。", most=1000, required=False, rows=2)
    upload = papers_field()


class DeliverSchema(Schema):
    """The bureau hands it over."""

    delivered_on = _day("交付日期")
    quality = fields.Enum(
        Quality, by_value=True, load_default=Quality.COMPLETE, metadata={"label": "交付时情况", "widget": "radio"}
    )
    note = words_field("说明", "选填。", most=1000, required=False, rows=2)
    upload = papers_field()


class ReturnSchema(Schema):
    """What was delivered is wanting."""

    quality = fields.Enum(
        Quality,
        by_value=True,
        required=True,
        metadata={
            "label": "问题",
            "widget": "radio",
            "choices": [(each.value, each.label) for each in Quality if each is not Quality.COMPLETE],
        },
    )
    defect = words_field("缺陷说明", "缺什么、哪里有误；作为停滞依据保存。", most=1000)
    returned_on = _day("退回日期")
    upload = papers_field()


class RescheduleSchema(Schema):
    """Another day."""

    due_on = _day("新的应交日期", today=False)
    reason = words_field("原因", "双方可见。", rows=2)


class DropSchema(Schema):
    """Not needed after all."""

    reason = words_field("原因", "双方可见。", rows=2)


class SessionSchema(Schema):
    """A remote service; without an end it is running."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    channel = fields.Enum(SessionChannel, by_value=True, required=True, metadata={"label": "方式", "widget": "radio"})
    who = _line("服务人员", 64)
    purpose = _line("目的", 500)
    from_where = _line("接入地点", 120, "远程接入必填：从哪里接入。", required=False)
    account = _line("使用的账号", 80, "远程接入必填；只写账号名，不得填写口令。", required=False)
    started_at = moment_field("开始时间", "不填即为现在。")
    ended_at = moment_field("结束时间", "不填表示正在进行，结束时再登记。")
    work = words_field("处理内容", "已结束的填写做了什么。", most=2000, required=False)
    upload = papers_field()


class EndSessionSchema(Schema):
    """The running service is over."""

    work = words_field("处理内容", "做了什么、结果如何。", most=2000)
    ended_at = moment_field("结束时间", "不填即为现在。")
    upload = papers_field()
