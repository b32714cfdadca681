"""What the secrecy pages ask for."""

from __future__ import annotations

import hashlib

from marshmallow import Schema, fields, validate
from werkzeug.datastructures import FileStorage

from server.admin.acceptance_forms import words_field
from server.admin.yes_no import YesNo
from server.core import clock
from server.domain.secrecy import AssetKind, Carrier, Level, PromiseKind
from server.gateways import classified

DECLARABLE = [(each.value, each.label) for each in Level if each is not Level.UNDECLARED]


def line(label: str, most: int, help_text: str = "", *, required: bool = True) -> fields.String:
    """One line of words."""
    told = {"label": label, "help": help_text, "widget": "text"}
    if required:
        return fields.String(required=True, validate=validate.Length(max=most), metadata=told)
    return fields.String(load_default="", validate=validate.Length(max=most), metadata=told)


def day(label: str, help_text: str = "", *, today: bool = True) -> fields.Date:
    """A day; today unless said otherwise."""
    told = {"label": label, "help": help_text}
    if today:
        return fields.Date(load_default=clock.today, metadata=told)
    return fields.Date(load_default=None, metadata=told)


class ItemSchema(Schema):
    """Something that is handed over. No file: only what it is called."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    item = line("资料名称", 200, "属于国家秘密、名称本身也涉密的，只写登记代号；不得上传资料本身。")
    holder = line("持有人", 64, "接收并保管资料的人。")
    maintainer_id = fields.String(
        load_default="",
        metadata={"label": "对应维护人员", "help": "选填；离岗时自动要求归还。", "placeholder": "不对应"},
    )
    copies = fields.Integer(load_default=1, validate=validate.Range(min=1, max=1000), metadata={"label": "份数"})
    carrier = fields.Enum(Carrier, by_value=True, required=True, metadata={"label": "载体"})
    serials = line("介质或文件编号", 200, "选填。", required=False)
    purpose = line("用途", 200)
    handed_on = day("交接日期")
    due_back_on = day("应归还日期", "选填；到期前提醒，逾期告警。", today=False)


class BureauItemSchema(ItemSchema):
    """The same, for who may declare."""

    level = fields.Enum(
        Level,
        by_value=True,
        load_default=Level.UNDECLARED,
        metadata={"label": "密级", "help": "未申报的按“内部”对待。"},
    )
    basis = line("定密依据", 200, "秘密、机密、绝密必填，如定密文件编号。", required=False)


class DeclareSchema(Schema):
    """The bureau's word on a level."""

    level = fields.Enum(Level, by_value=True, required=True, metadata={"label": "密级", "choices": DECLARABLE})
    basis = line("依据", 200, "秘密、机密、绝密必填，如定密文件编号。", required=False)


class PassOnSchema(Schema):
    """Another holder."""

    holder = line("新的持有人", 64)
    reason = line("原因", 200)


class AskBackSchema(Schema):
    """A day by which it is to be back."""

    due_back_on = fields.Date(required=True, metadata={"label": "归还期限"})
    reason = line("原因", 200)


class GiveBackSchema(Schema):
    """It came back."""

    on = day("归还日期")
    proof = line("凭证", 200, "回执或交接单编号、收件人。")
    witness = line("见证人", 64, "选填。", required=False)


class DestroySchema(Schema):
    """It was destroyed."""

    on = day("销毁日期")
    proof = line("凭证", 200, "销毁单编号、方式、地点。")
    witness = line("监销人", 64, "不能是持有人本人。")


class ReasonSchema(Schema):
    """Why."""

    reason = line("原因", 200, "双方可见，记入时间线。")


class PromiseSchema(Schema):
    """A promise to be drawn up."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    kind = fields.Enum(
        PromiseKind,
        by_value=True,
        load_default=PromiseKind.PERSON,
        metadata={"label": "种类", "widget": "radio"},
    )
    name = line("承诺人或承诺单位", 64)
    role = line("岗位", 80, "选填。", required=False)
    valid_until = day("有效期至", "选填；不填即至合同终止或离岗。", today=False)


class SignedSchema(Schema):
    """The signed paper."""

    signed_on = day("签署日期", "以纸质承诺书上的日期为准，原件由局方留存。")
    note = line("说明", 200, "选填，如存放位置。", required=False)


class EndPromiseSchema(Schema):
    """It stands no longer."""

    on = day("终止日期")
    reason = line("原因", 200, "保密义务不因终止而免除。")


class HandoverSchema(Schema):
    """A list of results to be begun."""

    contract_id = fields.String(required=True, metadata={"label": "所属合同"})
    title = line("移交内容", 200, "例如：小程序 2.4.0 源代码、设计和文档。")


class AssetSchema(Schema):
    """One result. A file is hashed and forgotten."""

    kind = fields.Enum(AssetKind, by_value=True, required=True, metadata={"label": "类别"})
    name = line("成果名称", 200)
    version = line("版本", 60, "选填。", required=False)
    snapshot = line("代码库快照编号", 120, "提交编号或标签；没有校验值时必填。", required=False)
    file = fields.Raw(
        load_default=None,
        metadata={"label": "计算校验值", "widget": "file", "help": "选填；只计算 SHA-256，文件不保存，不超过 20 MB。"},
    )
    sha256 = line("SHA-256 校验值", 64, "选择了文件的不用填；大文件请在本地计算后粘贴。", required=False)
    file_name = line("文件名", 200, "选填。", required=False)
    note = line("备注", 200, "账号类只写账号名，不得填写口令。", required=False)


class DeliverSchema(Schema):
    """The list goes over."""

    on = day("移交日期")


class RemarkSchema(Schema):
    """A remark that may be left out."""

    remark = words_field("意见", "选填。", most=1000, required=False)


class RefuseSchema(Schema):
    """What is missing."""

    remark = words_field("退回原因", "缺什么、哪里不符。", most=1000)


class CheckSchema(Schema):
    """A file to be compared with the list."""

    file = fields.Raw(
        load_default=None,
        metadata={"label": "收到的文件", "widget": "file", "help": "只计算校验值，文件不保存，不超过 20 MB。"},
    )
    sha256 = line("或 SHA-256 校验值", 64, "在本地计算后粘贴。", required=False)


class UseSchema(Schema):
    """Another use of the results."""

    purpose = words_field("用途和范围", "除履行合同以外，拟用于什么、给谁、多久。", most=1000)


class DecideUseSchema(Schema):
    """The bureau's answer."""

    agreed = YesNo("答复", yes="书面同意", no="不同意")
    remark = words_field("意见", "不同意时必填。", most=1000, required=False)


def hashed(file: FileStorage | None) -> dict[str, object]:
    """A file's SHA-256, name and size; nothing of it is kept. ClassifiedUpload where it bears a mark."""
    if not isinstance(file, FileStorage):
        return {}
    raw = file.read()
    classified.refuse(name=file.filename or "", raw=raw)
    return {"sha256": hashlib.sha256(raw).hexdigest(), "file_name": (file.filename or "")[:200], "size": len(raw)}
