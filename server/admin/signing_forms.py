"""Forms of signing."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.core import clock

ACCEPT = "application/pdf,image/png,image/jpeg"


class SignSchema(Schema):
    """A signature in the console. ``sha256`` and ``intent`` are what the page showed."""

    sha256 = fields.String(required=True, validate=validate.Length(equal=64), metadata={"widget": "hidden"})
    intent = fields.String(required=True, validate=validate.Length(max=2000), metadata={"widget": "hidden"})
    drawing = fields.String(load_default="", validate=validate.Length(max=420_000), metadata={"widget": "hidden"})
    agree = fields.Boolean(
        required=True,
        validate=validate.Equal(True, error="请先阅读文书，并勾选同意签署。"),
        metadata={"label": "我已完整阅读文书，同意上述声明"},
    )
    password = fields.String(
        required=True,
        validate=validate.Length(max=200),
        metadata={"label": "登录口令", "widget": "password", "autocomplete": "current-password"},
    )


class ScanSchema(Schema):
    """A scan of the paper that was signed by hand."""

    upload = fields.Raw(
        required=True,
        error_messages={"required": "请选择扫描件。"},
        metadata={
            "label": "签署扫描件",
            "widget": "file",
            "accept": ACCEPT,
            "help": "PDF、PNG 或 JPG，须含有二维码的一页",
        },
    )
    code = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": "校验码", "help": "二维码无法识别时填写纸面上印的校验码", "placeholder": "XXXX-XXXX-XXXX"},
    )
    vendor_name = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "乙方签署人"})
    vendor_on = fields.Date(load_default=clock.today, metadata={"label": "乙方签署日期"})
    bureau_name = fields.String(load_default="", validate=validate.Length(max=64), metadata={"label": "甲方签署人"})
    bureau_on = fields.Date(load_default=clock.today, metadata={"label": "甲方签署日期"})


class ReasonSchema(Schema):
    """Why."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={"label": "原因", "widget": "textarea", "rows": "3"},
    )
