"""What the pages of acceptance ask for."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import FileStorage

from server.admin.messages import AnyField
from server.core.clock import LOCAL
from server.domain import records
from server.domain.records import CompletionItem, Conclusion, ItemResult, ReceiptKind
from server.gateways.papers import Paper

MOST_FILES = 9
ACCEPTED_KINDS = "application/pdf,image/png,image/jpeg,image/webp"
ROWS, MOST_ROWS = 4, 30
DECISIONS = (Conclusion.PASSED, Conclusion.FAILED, Conclusion.RECHECK)


def papers_field(
    label: str = "附件", help_text: str = "PDF 或图片，最多 9 个，每个不超过 20 MB。"
) -> fields.List[FileStorage]:
    """Some papers, as a form asks for them."""
    return fields.List(
        fields.Raw(),
        load_default=list,
        validate=validate.Length(max=MOST_FILES, error=f"一次最多 {MOST_FILES} 个附件。"),
        metadata={"label": label, "widget": "file", "accept": ACCEPTED_KINDS, "help": help_text},
    )


def words_field(
    label: str, help_text: str = "", *, most: int = 500, required: bool = True, rows: int = 3
) -> fields.String:
    """Some words."""
    told = {"label": label, "help": help_text, "widget": "textarea", "rows": str(rows)}
    if required:
        return fields.String(required=True, validate=validate.Length(max=most), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=most), metadata=told)


def moment_field(label: str, help_text: str, *, required: bool = False) -> fields.AwareDateTime:
    """A moment on the bureau's clock."""
    told = {"label": label, "help": help_text}
    if required:
        return fields.AwareDateTime(required=True, default_timezone=LOCAL, metadata=told)
    return fields.AwareDateTime(load_default=None, default_timezone=LOCAL, metadata=told)


class NoticeSchema(Schema):
    """A completion notice; its items are rows of their own."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    title = fields.String(required=True, validate=validate.Length(max=120), metadata={"label": "工作名称"})
    content = words_field("完成内容", "做了什么、何时完成、涉及的版本。", most=5000, rows=5)
    how_to_check = words_field("验收办法", "局方怎样核对：在哪里看、看什么、正常时是什么样。", most=5000)
    sent_at = moment_field("发出时间", "不填即为现在；此前已书面发出的可补录。")
    final = fields.Boolean(
        load_default=False,
        metadata={"label": "整体验收", "help": "合同全部工作完成后提交；通过之日是尾款付款条件之一。"},
    )
    upload = papers_field()


class OtherReceiptSchema(Schema):
    """Receipt that did not happen in the console, with its proof."""

    kind = fields.Enum(
        ReceiptKind,
        by_value=True,
        required=True,
        validate=validate.NoneOf([ReceiptKind.CONSOLE], error="请选择系统外的签收方式。"),
        metadata={
            "label": "签收方式",
            "widget": "select",
            "choices": [(kind.value, kind.label) for kind in ReceiptKind if kind is not ReceiptKind.CONSOLE],
        },
    )
    received_at = moment_field("签收时间", "验收期限自签收次日起算，请以证据上的时间为准。", required=True)
    by = fields.String(required=True, validate=validate.Length(max=64), metadata={"label": "签收人"})
    evidence = words_field("证据说明", "回执编号、消息编号或签收单号；上传扫描件的可不填。", required=False, rows=2)
    upload = papers_field("证据文件")


class ReasonSchema(Schema):
    """A step that needs a reason."""

    reason = words_field("原因", "双方可见，记入时间线和审计日志。")


def notice_schema(rows: int) -> Schema:
    """The notice's form with so many rows for items."""
    lines: dict[str, AnyField] = {}
    for place in range(1, rows + 1):
        lines[f"text_{place}"] = fields.String(
            load_default="",
            validate=validate.Length(max=500),
            metadata={"label": f"第 {place} 项验收内容", "widget": "text", "placeholder": "验收内容"},
        )
        lines[f"standard_{place}"] = fields.String(
            load_default="",
            validate=validate.Length(max=300),
            metadata={"label": f"第 {place} 项验收标准", "widget": "text", "placeholder": "标准或依据"},
        )
    made: Schema = type("NoticeWithItems", (NoticeSchema,), lines)()
    return made


class DecisionSchema(Schema):
    """The bureau's word; each item's result is a field of its own."""

    conclusion = fields.Enum(
        Conclusion,
        by_value=True,
        required=True,
        validate=validate.OneOf(DECISIONS, error="请选择结论。"),
        metadata={
            "label": "结论",
            "widget": "radio",
            "choices": [(each.value, each.label) for each in DECISIONS],
        },
    )
    words = words_field("意见", "不合格须写明理由；合格时选填。双方可见。", most=5000, required=False, rows=4)
    members = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": "验收人员", "help": "参加验收的人员姓名。"},
    )
    upload = papers_field("附件", "已签字的验收清单扫描件、照片等，PDF 或图片。")

    @validates_schema
    def _reasoned(self, data: dict[str, object], **_: object) -> None:
        if data.get("conclusion") in (Conclusion.FAILED, Conclusion.RECHECK) and not data.get("words"):
            raise ValidationError("不合格须写明理由，否则不能中止验收期限。", "words")


def decision_schema(items: Sequence[CompletionItem]) -> Schema:
    """The decision's form with a result and a remark for every item."""
    lines: dict[str, AnyField] = {}
    for item in items:
        lines[f"result_{item.position}"] = fields.Enum(
            ItemResult,
            by_value=True,
            load_default=None,
            metadata={"label": f"第 {item.position} 项结果", "widget": "select", "placeholder": "未检查"},
        )
        lines[f"remark_{item.position}"] = fields.String(
            load_default="",
            validate=validate.Length(max=500),
            metadata={"label": f"第 {item.position} 项备注", "widget": "text", "placeholder": "备注"},
        )
    made: Schema = type("DecisionOnItems", (DecisionSchema,), lines)()
    return made


def kept(files: Sequence[FileStorage]) -> list[Paper]:
    """The papers of a form, kept before the unit of work: nothing is locked while they are read."""
    return [records.take_paper(name=file.filename or "", raw=file.read()) for file in files]
