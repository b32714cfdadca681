"""What the steps of payments, claims, orders and matters ask for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.domain.contracts import InvoiceKind
from server.domain.payments import MatterKind, MatterStage, OrderOutcome

PAPERS = ".pdf,.docx,.xlsx,image/png,image/jpeg,image/webp"


def _text(label: str, *, longest: int = 1000, needed: bool = True, rows: str = "3", hint: str = "") -> fields.String:
    told = {"label": label, "widget": "textarea", "rows": rows, "help": hint}
    if needed:
        return fields.String(required=True, validate=validate.Length(max=longest), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata=told)


def _line(label: str, *, longest: int = 120, needed: bool = True, hint: str = "") -> fields.String:
    told = {"label": label, "help": hint}
    if needed:
        return fields.String(required=True, validate=validate.Length(max=longest), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=longest), metadata=told)


def _money(label: str, *, hint: str = "", needed: bool = True) -> fields.Decimal:
    told = {"label": label, "help": hint}
    if needed:
        return fields.Decimal(required=True, places=2, metadata=told)
    return fields.Decimal(load_default=None, places=2, metadata=told)


class ApplySchema(Schema):
    """Applying for an instalment."""

    amount = _money("申请金额（元）", hint="须与该期未付金额一致，大写由系统生成。")
    applied_on = fields.Date(required=True, metadata={"label": "申请日期"})
    basis = _text("申请依据", hint="例如：合同第四条第（二）款，年度服务费。")


class ResubmitSchema(Schema):
    """Submitting again."""

    basis = _text("申请依据")


class ReasonSchema(Schema):
    """Why."""

    reason = _text("原因", longest=500)


class ReceiptSchema(Schema):
    """When the application came in."""

    received_on = fields.Date(required=True, metadata={"label": "收到日期", "help": "合同约定的付款期可能自此日起算。"})


class InvoiceSchema(Schema):
    """An invoice as it is on paper."""

    kind = fields.Enum(InvoiceKind, by_value=True, required=True, metadata={"label": "发票种类"})
    number = _line("发票号码", longest=40)
    issued_on = fields.Date(required=True, metadata={"label": "开票日期"})
    received_on = fields.Date(required=True, metadata={"label": "收到日期"})
    amount = _money("价税合计（元）")
    tax_percent = fields.Decimal(
        required=True,
        validate=validate.Range(min=0, max=99),
        metadata={"label": "税率（%）", "help": "免税填 0。"},
    )
    tax_amount = _money("税额（元）", hint="= 价税合计 − 价税合计 ÷ (1 + 税率)，允许相差 1 分。")
    buyer_title = _line("购买方名称")
    buyer_tax_number = _line("购买方纳税人识别号", longest=40)


class RemarkSchema(Schema):
    """A signature with or without words."""

    remark = _text("意见", needed=False)


class ReturnSchema(Schema):
    """Sending back needs the reason."""

    remark = _text("退回原因")


class PaySchema(Schema):
    """A transfer."""

    paid_on = fields.Date(required=True, metadata={"label": "付款日期"})
    amount = _money("付款金额（元）", hint="可分次支付，不得超过未付金额。")
    reference = _line("银行流水号", longest=80, hint="同一流水号只能登记一次。")


class FileSchema(Schema):
    """A paper."""

    upload = fields.Raw(
        required=True,
        metadata={
            "label": "文件",
            "widget": "file",
            "accept": PAPERS,
            "help": "PDF、docx、xlsx 或图片，不超过 20 MB。",
        },
    )
    label = _line("说明", longest=60, needed=False, hint="例如：发票扫描件、银行回单。")


class PayeeSchema(Schema):
    """Another account."""

    name = _line("收款单位")
    bank = _line("开户行")
    account = _line("收款账号", longest=40, hint="提交后只显示后四位；须对方确认后生效。")
    reason = _text("变更原因", longest=500)


class ClaimSchema(Schema):
    """A penalty for one event."""

    penalty = fields.String(required=True, metadata={"label": "依据的违约约定", "choices": ()})
    event = _line("事件", longest=200)
    occurred_on = fields.Date(required=True, metadata={"label": "发生日期"})
    ticket = _line("对应工单编号", longest=24, needed=False, hint="系统不能使用类事件必须指明工单，一个事件一张工单。")
    material = _line(
        "对应资料编号", longest=24, needed=False, hint="甲方资料逾期或有缺陷致工作停滞时填写，例如 ZL-2026-0001。"
    )
    milestone = fields.String(
        load_default="",
        metadata={"label": "付款节点", "choices": (), "placeholder": "不涉及", "help": "仅逾期付款需要。"},
    )
    until = fields.Date(load_default=None, metadata={"label": "计算至", "help": "仅逾期付款；不填为今天或付清之日。"})
    facts = _text("事实与依据", longest=4000, rows="5")


class ReworkSchema(Schema):
    """Working a claim out again."""

    penalty = fields.String(required=True, metadata={"label": "依据的违约约定", "choices": ()})
    until = fields.Date(load_default=None, metadata={"label": "计算至", "help": "仅逾期付款需要。"})


class AgreeSchema(Schema):
    """One side's word."""

    amount = _money("确认金额（元）", hint="双方确认的金额一致时结案。")
    remark = _text("说明", needed=False, hint="金额与测算不同时必填。")


class OrderSchema(Schema):
    """An order to rectify."""

    facts = _text("存在的问题", longest=4000, rows="4")
    demands = _text("整改要求", longest=4000, rows="4")
    due_on = fields.Date(required=True, metadata={"label": "整改期限"})
    ticket = _line("对应工单编号", longest=24, needed=False)


class AnswerSchema(Schema):
    """What was done."""

    text = _text("整改情况", longest=4000, rows="5")


class PassSchema(Schema):
    """It is in order now."""

    remark = _text("复查意见", longest=4000)


class FailSchema(Schema):
    """It is not."""

    remark = _text("复查意见", longest=4000)
    due_on = fields.Date(
        load_default=None, metadata={"label": "重新限期", "help": "不填即记为未按要求整改，付款继续暂停。"}
    )


class OutcomeSchema(Schema):
    """What follows."""

    outcome = fields.Enum(OrderOutcome, by_value=True, required=True, metadata={"label": "处置", "widget": "radio"})
    note = _text("说明", longest=4000)


class MatterSchema(Schema):
    """A matter without a figure."""

    kind = fields.Enum(MatterKind, by_value=True, required=True, metadata={"label": "类别"})
    title = _line("标题", longest=200)
    occurred_on = fields.Date(required=True, metadata={"label": "发生日期"})
    notified_on = fields.Date(load_default=None, metadata={"label": "通知对方日期"})
    facts = _text("事实", longest=4000, rows="5")
    proof = _text("证明材料", longest=4000, needed=False, hint="不可抗力必填。")
    loss = _money("实际损失（元）", needed=False, hint="合同没有约定比例，只作登记。")


class StageSchema(Schema):
    """How it goes on."""

    stage = fields.Enum(MatterStage, by_value=True, required=True, metadata={"label": "进展"})
    note = _text("说明", longest=4000, hint="了结时写明结果。")
