"""Chinese for the refusals of marshmallow's own fields and validators; a schema's own messages are left alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields, validate

AnyField = fields.Field[Any]

REQUIRED = "请填写此项。"
OF_KEYS = {
    "required": REQUIRED,
    "null": REQUIRED,
    "validator_failed": "内容不符合要求。",
    "type": "格式不正确。",
    "invalid": "格式不正确。",
    "invalid_utf8": "文字编码不正确。",
    "invalid_uuid": "编号格式不正确。",
    "too_large": "数字过大。",
    "special": "请填写普通数字。",
    "invalid_awareness": "时间格式不正确。",
    "format": "格式不正确。",
    "invalid_ip": "IP 地址格式不正确。",
    "invalid_ip_interface": "IP 网段格式不正确。",
    "unknown": "请从列表中选择。",
}
OF_FIELDS: dict[type[AnyField], str] = {
    fields.Integer: "请填写整数。",
    fields.Decimal: "请填写数字。",
    fields.Float: "请填写数字。",
    fields.Date: "请填写日期，例如 2026-11-20。",
    fields.DateTime: "请填写日期和时间。",
    fields.Email: "邮箱格式不正确。",
    fields.Url: "网址格式不正确。",
}


def in_chinese(schema: Schema) -> Schema:
    """The same schema object with Chinese messages; neither its class nor other instances are touched."""
    for field in {**schema.load_fields, **schema.dump_fields}.values():
        _translate(field)
    return schema


def _translate(field: AnyField) -> None:
    shipped = _shipped_messages(type(field))
    own = next((text for kind, text in OF_FIELDS.items() if isinstance(field, kind)), None)
    field.error_messages = {
        key: (own if key == "invalid" and own else OF_KEYS.get(key, text)) if text == shipped.get(key) else text
        for key, text in field.error_messages.items()
    }
    field.validators = [_translated(validator) for validator in field.validators]
    if isinstance(field, fields.List):
        _translate(field.inner)


def _shipped_messages(kind: type[AnyField]) -> dict[str, str]:
    messages: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        messages.update(getattr(each, "default_error_messages", {}))
    return messages


def _translated(validator: Callable[..., object]) -> Callable[..., object]:
    if isinstance(validator, validate.Length) and validator.error is None:
        spoken = copy.copy(validator)
        spoken.message_min = "至少 {min} 个字。"
        spoken.message_max = "最多 {max} 个字。"
        spoken.message_all = "应为 {min} 至 {max} 个字。"
        spoken.message_equal = "应为 {equal} 个字。"
        return spoken
    if isinstance(validator, validate.Range) and validator.error is None:
        ranged = copy.copy(validator)
        ranged.message_min = "不能小于 {min}。" if validator.min_inclusive else "应大于 {min}。"
        ranged.message_max = "不能大于 {max}。" if validator.max_inclusive else "应小于 {max}。"
        ranged.message_all = "应在 {min} 与 {max} 之间。"
        return ranged
    if isinstance(validator, (validate.OneOf, validate.ContainsOnly)) and validator.error == validator.default_message:
        chosen = copy.copy(validator)
        chosen.error = "请从列表中选择。"
        return chosen
    if isinstance(validator, validate.Regexp) and validator.error == validator.default_message:
        matched = copy.copy(validator)
        matched.error = "格式不正确。"
        return matched
    return validator
