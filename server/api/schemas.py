"""What every schema of the API shares: unknown fields refused, Chinese refusals, moments in RFC 3339 UTC."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import marshmallow
from marshmallow import ValidationError, fields, validate

MESSAGES = {
    "required": "请填写此项。",
    "null": "不能为空。",
    "validator_failed": "内容不符合要求。",
    "type": "格式不正确。",
    "invalid": "格式不正确。",
    "invalid_utf8": "文字编码不正确。",
    "invalid_uuid": "编号格式不正确。",
    "too_large": "数字过大。",
    "special": "请填写普通数字。",
    "invalid_awareness": "时间必须带时区。",
    "format": "格式不正确。",
    "unknown": "没有这个选项。",
}
# What databases refuse to store (NUL) or cannot spell in UTF-8 (lone surrogates).
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# The same for the OpenAPI document; a text that must be there has at least one character that is not white, to Python's
# eyes as to JavaScript's: separators of control and the next line are trimmed here and no space there.
STORABLE = r"^[^\u0000]*$"
WRITTEN = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"


class Schema(marshmallow.Schema):
    """Base of every schema. Fields keep their order, unknown ones are refused, messages are Chinese."""

    class Meta:
        """Said aloud so that the OpenAPI document says it as well."""

        unknown = marshmallow.RAISE

    error_messages = {"unknown": "没有这个字段。", "type": "应为一个 JSON 对象。"}  # noqa: RUF012 - marshmallow's own way to say it

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002 - marshmallow's signature
        """Speak Chinese where marshmallow would speak English."""
        _speak(field_obj)


class Text(fields.String):
    """Words of a person: trimmed, line ends unified, nothing that a database cannot keep. Length in characters."""

    def __init__(self, *, longest: int, shortest: int = 1, **kwargs: Any) -> None:
        metadata = {"pattern": WRITTEN if shortest else STORABLE} | kwargs.pop("metadata", {})
        super().__init__(validate=validate.Length(min=shortest, max=longest), metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if UNSTORABLE.search(text):
            raise ValidationError("含有无法保存的字符。")
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class Whole(fields.Integer):
    """A whole number, as JSON knows it: 5 and 5.0 are the same, "5" and true are none."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(int(value), attr, data, **kwargs)


class Flag(fields.Boolean):
    """``true`` or ``false`` and nothing that only looks like it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.AwareDateTime):
    """An aware moment; out as ``2026-11-20T01:02:03.456Z``, in with any offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else spelled(value)


def spelled(moment: datetime) -> str:
    """A moment as every answer writes it: RFC 3339 in UTC, to the millisecond."""
    text = moment.astimezone(UTC).isoformat()
    # Cut, which is quicker than to have it written to the millisecond; a whole second comes without a fraction.
    return f"{text[:23]}Z" if text[19] == "." else f"{text[:19]}.000Z"


class Id(fields.UUID):
    """A key of ours."""

    def _serialize(self, value: uuid.UUID | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)


class PageQuery(Schema):
    """How a list is read on."""

    cursor = fields.String(
        validate=validate.Length(max=1024), metadata={"description": "上一页给出的 next；不填为第一页。"}
    )
    limit = fields.Integer(
        load_default=20, validate=validate.Range(min=1, max=100), metadata={"description": "每页条数，最多 100。"}
    )


class Nothing(Schema):
    """An empty object."""


def _speak(field: fields.Field[Any]) -> None:
    shipped: dict[str, str] = {}
    for kind in reversed(type(field).__mro__):
        shipped.update(getattr(kind, "default_error_messages", {}))
    field.error_messages = {
        key: MESSAGES.get(key, text) if text == shipped.get(key) else text for key, text in field.error_messages.items()
    }
    for validator in field.validators:
        _speak_validator(validator)
    for inner in _parts_of(field):
        _speak(inner)


def _parts_of(field: fields.Field[Any]) -> list[fields.Field[Any]]:
    """The fields inside a list or a dictionary."""
    if isinstance(field, fields.List):
        return [field.inner]
    if isinstance(field, fields.Dict):
        return [part for part in (field.key_field, field.value_field) if part is not None]
    return []


def _speak_validator(validator: Any) -> None:
    """Validators belong to the schema's declaration, so saying it twice says the same."""
    if isinstance(validator, validate.Length):
        validator.message_min = "至少 {min} 个。"
        validator.message_max = "最多 {max} 个。"
        validator.message_all = "应为 {min} 至 {max} 个。"
        validator.message_equal = "应为 {equal} 个。"
    elif isinstance(validator, validate.Range):
        validator.message_min = "不能小于 {min}。" if validator.min_inclusive else "应大于 {min}。"
        validator.message_max = "不能大于 {max}。" if validator.max_inclusive else "应小于 {max}。"
        validator.message_all = "应在 {min} 与 {max} 之间。"
    elif isinstance(validator, validate.Regexp):
        _replace(validator, "格式不正确。")
    elif isinstance(validator, (validate.OneOf, validate.ContainsOnly)):
        _replace(validator, "没有这个选项。")


def _replace(validator: Any, sentence: str) -> None:
    if validator.error in (validator.default_message, None):
        validator.error = sentence
