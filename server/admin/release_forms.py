"""What the steps of a release ask for."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from server.core.clock import LOCAL
from server.domain.releases import Scope

WORDS = validate.Length(max=2000)


def _text(label: str, help_text: str = "", *, required: bool = True, rows: int = 3) -> fields.String:
    told = {"label": label, "help": help_text, "widget": "textarea", "rows": str(rows)}
    if required:
        return fields.String(required=True, validate=WORDS, metadata=told)
    return fields.String(load_default="", validate=WORDS, metadata=told)


def _note() -> fields.String:
    return _text("说明", "选填，双方可见。", required=False, rows=2)


def _reason(label: str = "原因") -> fields.String:
    return _text(label, "双方可见，记入版本时间线和审计日志。")


def _moment() -> fields.AwareDateTime:
    told = {"label": "办理时间", "help": "不填即为现在；可补录已在微信公众平台办理的时间。"}
    return fields.AwareDateTime(load_default=None, default_timezone=LOCAL, metadata=told)


class ClickedSchema(Schema):
    """A step that a person clicked in WeChat's console."""

    note = _note()
    at = _moment()


class UndoneSchema(Schema):
    """A step back, with its reason."""

    reason = _reason()
    at = _moment()


class SubmitSchema(Schema):
    """Sent to WeChat's audit."""

    audit_id = fields.String(
        load_default="",
        validate=validate.Length(max=20),
        metadata={"label": "审核单号", "help": "选填，微信返回的数字编号。", "inputmode": "numeric"},
    )
    note = _note()
    at = _moment()


class RejectedSchema(Schema):
    """WeChat's refusal."""

    reason = _reason("微信给出的原因")
    at = _moment()


class ApproveSchema(Schema):
    """The bureau's approval."""

    scope = fields.Enum(Scope, by_value=True, required=True, metadata={"label": "费用范围", "widget": "radio"})
    acceptance = _text("验收依据", "选填，每行一条：验收单文号或链接。", required=False, rows=2)
    note = _note()


class ReasonSchema(Schema):
    """A decision against."""

    reason = _reason()


class GraySchema(Schema):
    """How many get it."""

    percent = fields.Integer(
        required=True,
        validate=validate.Range(min=1, max=99),
        metadata={"label": "灰度比例（%）", "help": "1 至 99，只能增大。按用户随机分配，放量需数小时。"},
    )
    note = _note()
    at = _moment()


class RollBackSchema(Schema):
    """Where to, why, and whether the version is stopped."""

    target = fields.String(required=True, metadata={"label": "回退到", "widget": "select"})
    reason = _reason("回退原因")
    block = fields.Boolean(
        load_default=False,
        metadata={"label": "同时停用该版本", "help": "仍在使用它的小程序会被要求更新后才能继续。"},
    )
    message = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"label": "给用户的更新提示", "help": "选填，不填则沿用现有提示。"},
    )
    at = _moment()


class AcceptSchema(Schema):
    """What the acceptance says."""

    acceptance = _text("验收依据", "每行一条：验收单文号或链接。", rows=2)
    note = _note()
