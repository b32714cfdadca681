"""What the steps on a ticket ask for."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from server.admin.uploads import pictures_field
from server.core.clock import LOCAL
from server.domain.tickets import Kind, Scope, Severity

WORDS = validate.Length(max=5000)
SHORT = validate.Length(max=500)


def _text(label: str, help_text: str = "", *, rows: int = 4, required: bool = True, **told: Any) -> fields.String:
    metadata = {"label": label, "help": help_text, "widget": "textarea", "rows": str(rows), **told}
    if required:
        return fields.String(required=True, validate=WORDS, metadata=metadata)
    return fields.String(load_default="", validate=WORDS, metadata=metadata)


def _moment(label: str) -> fields.AwareDateTime:
    told = {"label": label, "help": "不填即为现在；可补录已发生的时间。"}
    return fields.AwareDateTime(load_default=None, default_timezone=LOCAL, metadata=told)


def _yes_or_no(label: str, yes: str, no: str) -> fields.String:
    told = {"label": label, "choices": [("yes", yes), ("no", no)]}
    return fields.String(required=True, validate=validate.OneOf(["yes", "no"], [yes, no]), metadata=told)


class PlainSchema(Schema):
    """A step that asks for nothing."""


class NoteSchema(Schema):
    """A step with an optional word among the staff."""

    note = _text("说明", "选填。", rows=2, required=False)


class RespondSchema(Schema):
    """The first human answer."""

    text = _text("答复内容", "市民会收到，并停止响应计时。")
    at = _moment("响应时间")
    pictures = pictures_field()


class CommentSchema(Schema):
    """A word to the citizen, or among the staff."""

    audience = fields.String(
        required=True,
        validate=validate.OneOf(["public", "internal"], ["公开答复", "内部备注"]),
        metadata={"label": "给谁看"},
    )
    text = _text("内容")
    pictures = pictures_field()


class AssignSchema(Schema):
    """Whose it is."""

    assignee_id = fields.String(required=True, metadata={"label": "分派给"})
    note = _text("说明", "选填，仅内部可见。", rows=2, required=False)


class SeveritySchema(Schema):
    """How grave it is."""

    severity = fields.Enum(Severity, by_value=True, required=True, metadata={"label": "级别"})
    business_stopped = fields.Boolean(
        load_default=False, metadata={"label": "业务已中断", "help": "“重大”并且业务中断时，开始计算到场时限。"}
    )
    reason = _text("理由", "选填，仅内部可见。", rows=2, required=False)


class WaitSchema(Schema):
    """Others must act first."""

    reason = _text("等待什么", "市民会看到。合同时限不会因此暂停。", rows=3)


class VisitSchema(Schema):
    """Somebody goes there, or is there."""

    who = fields.String(required=True, validate=validate.Length(max=100), metadata={"label": "人员"})
    at = _moment("时间")


class ResolveSchema(Schema):
    """What was done, and why it broke."""

    text = _text("处理结果", "市民会收到，并被邀请评价。")
    cause = _text("原因", "仅内部可见，用于统计和服务记录单。", rows=2, required=False)
    pictures = pictures_field()


class CloseSchema(Schema):
    """Done with it."""

    note = _text("关闭说明", "选填，市民可以看到。", rows=2, required=False)


class ReopenSchema(Schema):
    """Not solved after all."""

    reason = _text("重新打开的原因", "市民可以看到。", rows=3)


class CancelSchema(Schema):
    """Not a matter for us."""

    reason = _text("撤销原因", "市民可以看到，例如重复提交。", rows=3)


class ScopeSchema(Schema):
    """Whether the contract covers it."""

    scope = fields.Enum(Scope, by_value=True, required=True, metadata={"label": "判定"})
    reason = _text("依据", "合同范围外的工单不计入运维单位的时限考核。", rows=3)


class ProposeScopeSchema(Schema):
    """A scope for the other side to confirm."""

    scope = fields.Enum(
        Scope,
        by_value=True,
        required=True,
        metadata={
            "label": "判定",
            "choices": [(each.value, each.label) for each in Scope if each is not Scope.UNDECIDED],
        },
    )
    reason = _text("依据", "写明合同条款或补充协议；须由对方确认后才生效。", rows=3)


class ConfirmScopeSchema(Schema):
    """The other side's word."""

    agreed = _yes_or_no("是否同意", "同意，按此判定", "不同意")
    reason = _text("理由", "不同意时必填。", rows=3, required=False)


class AnalyseSchema(Schema):
    """What both found out at the place."""

    text = _text("分析结论", "现场双方共同分析的原因和影响，仅内部可见。", rows=5)


class AskConsentSchema(Schema):
    """The repair that the vendor proposes."""

    proposal = _text("处置方案", "写明步骤、影响、回退办法；局方同意后才能修复。", rows=5)


class ConsentSchema(Schema):
    """The bureau's word on the repair."""

    agreed = _yes_or_no("是否同意处置", "同意处置", "不同意")
    text = _text("意见", "不同意时必填。", rows=3, required=False)


class ReclassifySchema(Schema):
    """What sort of matter it really is."""

    kind = fields.Enum(Kind, by_value=True, required=True, metadata={"label": "类型"})
    reason = _text("理由", "改为“需求”后，须双方确认范围才能继续处理。", rows=2)


class ContractSchema(Schema):
    """Under which contract it is handled."""

    contract_id = fields.String(required=True, metadata={"label": "合同", "help": "时限自接报起按该合同重新计算。"})


class UnmaskSchema(Schema):
    """Why somebody has to see a number in full."""

    reason = fields.String(
        required=True,
        validate=validate.Length(min=2, max=200),
        metadata={"label": "查看原因", "help": "会记入审计日志。", "placeholder": "例如：回访处理结果"},
    )
